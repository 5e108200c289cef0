"""Films: MP4 for browsers and talks, GIF where a film is shown as a picture.

The frames of a film have one size, in pixels, and even sides. The same frames give the same bytes.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

import numpy as np
from imageio_ffmpeg import get_ffmpeg_exe
from numpy.typing import NDArray
from PIL import Image

from preimage.errors import UserError
from preimage.files import write_atomically
from preimage.progress import progress

Frame = NDArray[np.uint8]  # RGB [H, W, 3]

GIF_WIDTH = 560  # px, at most
_SEEN = 8  # frames that its colours are chosen from, and there every fifth pixel of a row or column

_H264 = [
    *("-c:v", "libx264", "-crf", "18", "-pix_fmt", "yuv420p"),  # the form that every browser plays
    *("-preset", "veryfast"),  # half the time, as small, and no difference that one sees
    *("-vf", "scale=out_color_matrix=bt709:out_range=tv"),
    *("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"),
    *("-threads", "1", "-flags:v", "+bitexact", "-fflags", "+bitexact"),  # the same everywhere
    *("-movflags", "+faststart"),  # plays while it loads
]


@dataclass(frozen=True)
class Film:
    """A film that is drawn when it is saved: its frames, how many in a second, its address."""

    frames: Sequence[Frame]
    fps: float
    address: Mapping[str, Any]

    def save(self, path: Path) -> None:
        """Write an MP4 and, beside it, a GIF. Each frame is asked for once."""
        small: list[Frame] = []
        write_mp4(self._drawn(path, small), path, self.fps, self.address)
        write_gif(small, path.with_suffix(".gif"), self.fps, self.address)

    def _drawn(self, path: Path, small: list[Frame]) -> Iterator[Frame]:
        """Yield the frames; keep each in `small` as a GIF shows it."""
        for frame in progress(self.frames, f"draw {path.stem}", unit="frame"):
            small.append(np.asarray(_small(frame)))
            yield frame


def write_mp4(frames: Iterable[Frame], path: Path, fps: float, address: Mapping[str, Any]) -> None:
    """Write a film as H.264, with its address as comment.

    Raises UserError with the words of ffmpeg where that fails.
    """
    frames = iter(frames)
    first = next(frames)
    height, width, _ = first.shape
    source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", str(fps)]
    about = ["-metadata", f"comment={json.dumps(address, ensure_ascii=False)}"]
    with write_atomically(path) as beside:
        command = [get_ffmpeg_exe(), "-v", "error", *source, "-i", "-", *_H264, *about, str(beside)]
        with Popen(command, stdin=PIPE, stderr=PIPE) as ffmpeg:
            with suppress(BrokenPipeError):  # it has ended, and says why
                for frame in chain([first], frames):
                    ffmpeg.stdin.write(frame.tobytes())
            said = ffmpeg.communicate()[1].decode().strip()
        if ffmpeg.returncode:
            raise UserError(f"{path}: the film cannot be written: {said}")


def write_gif(frames: Sequence[Frame], path: Path, fps: float, address: Mapping[str, Any]) -> None:
    """Write a film that begins anew at its end, with its address as comment.

    All frames have the same colours and none is dithered: nothing flickers that does not move.
    A GIF counts in hundredths of a second, to which the time of a frame is rounded.
    """
    palette = _palette(frames)
    first, *others = _reduced(frames, palette)
    with write_atomically(path) as beside:
        first.save(
            beside,
            save_all=True,
            append_images=others,
            duration=10 * max(2, round(100 / fps)),  # browsers slow a film down that is faster
            loop=0,
            palette=palette.getpalette(),  # else each frame repeats it
            optimize=True,  # writes only what changes
            comment=json.dumps(address).encode(),
        )


def _palette(frames: Sequence[Frame]) -> Image.Image:
    """Return a picture whose palette serves all frames."""
    places = np.unique(np.linspace(0, len(frames) - 1, _SEEN).round().astype(int))
    seen = [np.asarray(_small(frames[place]))[::5, ::5] for place in places]
    whole = Image.fromarray(np.concatenate(seen))
    return whole.quantize(255, Image.Quantize.MAXCOVERAGE, kmeans=1)


def _reduced(frames: Iterable[Frame], palette: Image.Image) -> Iterator[Image.Image]:
    for frame in frames:
        yield _small(frame).quantize(palette=palette, dither=Image.Dither.NONE)


def _small(frame: Frame) -> Image.Image:
    image = Image.fromarray(frame)
    if image.width <= GIF_WIDTH:
        return image
    return image.resize((GIF_WIDTH, round(image.height * GIF_WIDTH / image.width)), Image.LANCZOS)
