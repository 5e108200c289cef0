"""Several sheets as one picture, one below the other. Pillow alone."""

from collections.abc import Sequence

from PIL import Image

from preimage.figures.style import PAPER


def stack(sheets: Sequence[Image.Image]) -> Image.Image:
    """Return the sheets, at least one, from top to bottom, flush left."""
    whole = Image.new("RGB", (max(s.width for s in sheets), sum(s.height for s in sheets)), PAPER)
    top = 0
    for sheet in sheets:
        whole.paste(sheet, (0, top))
        top += sheet.height
    return whole
