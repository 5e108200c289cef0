"""Films: what is decoded is what was drawn, and a film is there whole or not at all."""

import json
import re
import subprocess
from collections.abc import Sequence

import numpy as np
import pytest
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image

from preimage.errors import UserError
from preimage.figures.films import GIF_WIDTH, Film, write_gif, write_mp4

ADDRESS = {"set": "transfigurations", "objective": "(1 - t) * tench + t * goldfish; é=1"}
SIZE = (96, 64)


def frames(count, size=SIZE):
    """Return frames: left a colour that changes, right one that stays."""
    found = np.full((count, size[1], size[0], 3), (213, 94, 0), np.uint8)
    for i, frame in enumerate(found):
        frame[:, : size[0] // 2] = (20 * i, 255 - 20 * i, 128)
    return found


def ffmpeg(path, *output):
    """Return what ffmpeg makes of a film, and what it says of it."""
    done = subprocess.run(
        [get_ffmpeg_exe(), "-i", str(path), *output, "-"], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr.decode()


def decoded(path):
    pixels, about = ffmpeg(path, "-f", "rawvideo", "-pix_fmt", "rgb24")
    stream = re.search(r"Stream #0:0.*Video: .*", about)[0]
    return np.frombuffer(pixels, np.uint8).reshape(-1, SIZE[1], SIZE[0], 3), stream


def test_an_mp4_is_what_browsers_play(tmp_path):
    write_mp4(frames(7), tmp_path / "film.mp4", 20, ADDRESS)
    found, stream = decoded(tmp_path / "film.mp4")
    assert "Video: h264 (High)" in stream
    assert "yuv420p(tv, bt709" in stream
    assert "96x64, " in stream
    assert " 20 fps," in stream
    assert len(found) == 7
    whole = (tmp_path / "film.mp4").read_bytes()
    assert whole.index(b"moov") < whole.index(b"mdat")  # else it must be loaded before it plays


def test_an_mp4_shows_the_frames_in_their_order_and_colours(tmp_path):
    drawn = frames(7)
    write_mp4(drawn, tmp_path / "film.mp4", 20, ADDRESS)
    for frame, found in zip(drawn, decoded(tmp_path / "film.mp4")[0], strict=True):
        for column in (20, 76):  # of the left half, of the right one
            assert np.abs(found[32, column].astype(int) - frame[32, column]).max() < 10


def test_an_mp4_carries_its_address(tmp_path):
    write_mp4(frames(2), tmp_path / "film.mp4", 20, ADDRESS)
    told, _ = ffmpeg(tmp_path / "film.mp4", "-f", "ffmetadata")
    (line,) = [x for x in told.decode().splitlines() if x.startswith("comment=")]
    comment = re.sub(r"\\(.)", r"\1", line.removeprefix("comment="))
    assert json.loads(comment) == ADDRESS


def test_a_gif_is_a_film_that_goes_on_for_ever(tmp_path):
    write_gif(frames(7), tmp_path / "film.gif", 20, ADDRESS)
    with Image.open(tmp_path / "film.gif") as film:
        assert (film.size, film.n_frames) == (SIZE, 7)
        assert film.info["loop"] == 0
        assert film.info["duration"] == 50  # ms
        assert json.loads(film.info["comment"]) == ADDRESS


def test_a_gif_has_the_same_colours_in_all_frames(tmp_path):
    drawn = frames(7)
    write_gif(drawn, tmp_path / "film.gif", 20, ADDRESS)
    with Image.open(tmp_path / "film.gif") as film:
        shown = []
        for i in range(7):
            film.seek(i)
            shown.append(np.asarray(film.convert("RGB")).astype(int))
    assert local_palettes(tmp_path / "film.gif") == 0
    for frame, found in zip(drawn, shown, strict=True):
        assert np.abs(found[:, 50:] - shown[0][:, 50:]).max() == 0  # nothing flickers
        assert np.abs(found - frame).max() <= 12


def local_palettes(path):
    """Return how many frames of a GIF have colours of their own, by its blocks."""
    data = path.read_bytes()
    place = 13 + 3 * 2 ** ((data[10] & 7) + 1)
    count = 0
    while data[place] != 0x3B:
        if data[place] == 0x21:  # an extension
            place += 2
        else:  # an image
            count += data[place + 9] >> 7
            place += 11 + (3 * 2 ** ((data[place + 9] & 7) + 1) if data[place + 9] >> 7 else 0)
        while data[place]:
            place += data[place] + 1
        place += 1
    return count


def test_a_gif_of_a_large_film_is_smaller(tmp_path):
    write_gif(frames(2, (960, 512)), tmp_path / "film.gif", 20, ADDRESS)
    with Image.open(tmp_path / "film.gif") as film:
        assert film.size == (GIF_WIDTH, round(512 * GIF_WIDTH / 960))


@pytest.mark.parametrize(("write", "ending"), [(write_mp4, "mp4"), (write_gif, "gif")])
def test_the_same_frames_give_the_same_bytes(write, ending, tmp_path):
    for name in ("one", "two"):
        write(frames(5), tmp_path / f"{name}.{ending}", 20, ADDRESS)
    one, two = ((tmp_path / f"{name}.{ending}").read_bytes() for name in ("one", "two"))
    assert one == two


def test_a_film_is_both_and_asks_for_each_frame_once(tmp_path):
    drawn, asked = frames(5, (960, 512)), []

    class Frames(Sequence):
        def __len__(self):
            return len(drawn)

        def __getitem__(self, place):
            asked.append(place)
            return drawn[place]

    Film(Frames(), 20, ADDRESS).save(tmp_path / "a.film.mp4")
    assert [place for place in asked if place < len(drawn)] == [*range(len(drawn))]
    write_mp4(drawn, tmp_path / "one.mp4", 20, ADDRESS)
    write_gif(drawn, tmp_path / "one.gif", 20, ADDRESS)
    for ending in ("mp4", "gif"):
        film, one = (tmp_path / f"{name}.{ending}" for name in ("a.film", "one"))
        assert film.read_bytes() == one.read_bytes()


class Broken(list):
    """Frames of which the third cannot be drawn."""

    def __iter__(self):
        yield from self[:2]
        raise UserError("no third frame")


@pytest.mark.parametrize(("write", "ending"), [(write_mp4, "mp4"), (write_gif, "gif")])
def test_after_a_mistake_nothing_is_left_behind(write, ending, tmp_path):
    film = tmp_path / f"film.{ending}"
    film.write_bytes(b"older")
    with pytest.raises(UserError, match="no third frame"):
        write(Broken(frames(5)), film, 20, ADDRESS)
    assert film.read_bytes() == b"older"
    assert list(tmp_path.iterdir()) == [film]


def test_a_film_that_cannot_be_encoded_is_an_error_in_the_words_of_ffmpeg(tmp_path):
    with pytest.raises(
        UserError, match=r"odd\.mp4: the film cannot be written: .*not divisible by 2"
    ):
        write_mp4(np.zeros((400, 63, 95, 3), np.uint8), tmp_path / "odd.mp4", 20, ADDRESS)
    assert not list(tmp_path.iterdir())
