"""Copies of figures that are small enough for a page."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image

from preimage.figures.fold import BLOCK
from preimage.files import write_atomically

MOST = 200_000  # bytes
_WIDTHS = (1400, 1000, 800, 600, 480, 360, 240)  # pixels
_TALL = 1.4  # times as tall as wide a copy may be: of a taller sheet the upper part is shown
_COLOURS = 256


@dataclass(frozen=True)
class Reduced:
    """A PNG of another one, as wide as fits into `MOST` bytes."""

    source: Path

    def save(self, path: Path) -> None:
        """Write the copy."""
        with Image.open(self.source) as opened:
            width = int(opened.info.get(BLOCK, opened.width))  # the first block has the heading
            whole = opened.convert("RGB")
        whole = whole.crop((0, 0, width, min(whole.height, round(_TALL * width))))
        for width in _WIDTHS:
            data = _png(whole, min(width, whole.width))
            if len(data) <= MOST:
                break
        with write_atomically(path) as beside:
            beside.write_bytes(data)


def _png(image: Image.Image, width: int) -> bytes:
    height = max(1, round(image.height * width / image.width))
    small = image.resize((width, height), Image.Resampling.LANCZOS)
    data = BytesIO()
    small.quantize(_COLOURS).save(data, "PNG", optimize=True)
    return data.getvalue()
