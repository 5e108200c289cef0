"""Sheets: one place per picture, empty frames, text that fits."""

import re

import numpy as np
import pytest
from PIL import Image

from preimage.figures import sheet as sheets
from preimage.figures.reduced import Reduced
from preimage.figures.sheet import Line, Name, Pair, Tile, sheet, to_image, wrap
from preimage.figures.stack import stack
from preimage.figures.style import save_picture

RED = np.stack([np.ones((8, 8)), np.zeros((8, 8)), np.zeros((8, 8))]).astype(np.float32)


def count_red(image):
    pixels = np.asarray(image).astype(int)
    return int(((pixels[..., 0] == 255) & (pixels[..., 1:] == 0).all(axis=-1)).sum())


@pytest.mark.parametrize("count", [1, 4, 11])
def test_every_picture_is_there_once_at_full_size(count):
    image = sheet([Tile("t", RED)] * count, columns=4, side=40, heading="h")
    assert count_red(image) == count * 40 * 40


def test_a_degenerate_item_is_an_empty_frame_with_its_status():
    cells = [Tile("a", RED), Tile("b", None, status="no gradient")]
    image = sheet(cells, columns=2, side=160, heading="h")
    assert count_red(image) == 160 * 160
    other = sheet([cells[0], Tile("b", None, status="")], columns=2, side=160, heading="h")
    assert image.size == other.size
    assert image.tobytes() != other.tobytes()  # the status is written


def test_a_pair_is_two_pictures_and_a_commutative_one_looks_different():
    one, both = (
        sheet([Pair(Tile("a", RED), Tile("b", RED), way)], columns=3, side=60, heading="h")
        for way in (False, True)
    )
    assert count_red(one) == count_red(both) == 2 * 60 * 60
    assert one.tobytes() != both.tobytes()


def test_a_hit_looks_different():
    images = [
        sheet([Tile("a", RED, "tench", hit=hit)], columns=1, side=60, heading="h").tobytes()
        for hit in (False, True)
    ]
    assert images[0] != images[1]


def test_lines_below_a_picture_make_room_and_may_be_marked():
    plain, marked = (
        sheet([Tile("a", RED, lines=(Line("tench", hit),))], columns=1, side=60, heading="h")
        for hit in (False, True)
    )
    assert count_red(plain) == count_red(marked) == 60 * 60
    assert plain.tobytes() != marked.tobytes()
    bare = sheet([Tile("a", RED)], columns=1, side=60, heading="h")
    assert plain.height > bare.height


def test_the_name_of_a_row_takes_the_place_of_a_picture():
    images = [
        sheet([Name((name,)), Tile("a", RED)], columns=2, side=60, heading="h")
        for name in ("tench", "goldfish")
    ]
    assert [count_red(image) for image in images] == [60 * 60] * 2
    assert images[0].tobytes() != images[1].tobytes()


def rows(count, pictures):
    return [cell for _ in range(count) for cell in (Name(("a",)), *[Tile("t", RED)] * pictures)]


@pytest.mark.parametrize("count", [1, 3, 32, 33])
def test_named_rows_stand_in_blocks_where_they_would_be_a_tall_sheet(count):
    image = sheet(rows(count, 2), columns=3, side=40, heading="h")
    assert count_red(image) == 2 * count * 40 * 40
    assert image.height < 2.5 * image.width
    assert (
        int(image.info.get("block", image.width))
        == sheet(rows(1, 2), columns=3, side=40, heading="h").width
    )


def test_no_named_row_is_cut():
    image = sheet(rows(32, 2), columns=3, side=40, heading="h")
    is_red = (np.asarray(image) == (255, 0, 0)).all(axis=-1)
    block = int(image.info["block"])
    starts = [x for x in range(image.width) if is_red[:, x].any() and not is_red[:, x - 1].any()]
    first = starts[0]
    assert block < image.width
    assert starts[::2] == [*range(first, image.width, starts[2] - first)][: len(starts) // 2]
    assert is_red[:, :block].sum() >= is_red[:, block:].sum() / (len(starts) // 2 - 1)


def test_rows_without_names_are_longer_where_they_would_be_a_tall_sheet():
    image = sheet([Tile("t", RED)] * 100, columns=2, side=40, heading="h")
    assert count_red(image) == 100 * 40 * 40
    assert image.height < 2.5 * image.width
    assert "block" not in image.info


@pytest.mark.parametrize("count", [1, 2, 12])
def test_sheets_that_would_be_a_tall_picture_stand_in_columns(count):
    one = sheet([Tile("a", RED)] * 16, columns=4, side=40, heading="h")
    image = stack([one] * count)
    assert count_red(image) == count * 16 * 40 * 40
    assert image.height < 2.5 * image.width
    assert (image.width > one.width) == (count > 1) == ("block" in image.info)


def test_a_reduced_copy_shows_the_first_block(tmp_path):
    image = sheet(rows(32, 2), columns=3, side=40, heading="h")
    save_picture(image, tmp_path / "all.png", {})
    Reduced(tmp_path / "all.png").save(tmp_path / "copy.png")
    with Image.open(tmp_path / "copy.png") as copy:
        assert copy.width == int(image.info["block"])
        assert copy.height == round(1.4 * copy.width)


def test_pixels_are_clipped_and_not_rescaled():
    pixels = np.full((3, 4, 4), -3, np.float32)
    pixels[1], pixels[2] = 7, 0.5
    assert to_image(pixels, 4).getpixel((0, 0)) == (0, 255, 128)


@pytest.mark.parametrize(
    "text", ["", "tench", "American Staffordshire terrier + green snake", "w" * 99]
)
def test_wrapped_lines_fit(text):
    font = sheets._font(18)
    lines = wrap(text, font, 200, 2)
    assert len(lines) <= 2
    assert all(font.getlength(line) <= 200 for line in lines)


def test_short_text_is_kept_and_long_text_says_that_it_goes_on():
    font = sheets._font(18)
    assert wrap("", font, 200, 2) == []
    assert wrap("green snake", font, 200, 2) == ["green snake"]
    whole = "American Staffordshire terrier + West Highland white terrier"
    assert wrap(whole, font, 200, 2)[-1].endswith("…")
    assert " ".join(wrap(whole, font, 200, 9)) == whole


@pytest.mark.parametrize("width", [60, 120, 200])
def test_an_address_keeps_its_index_when_it_is_shortened(width):
    font = sheets._font(18)
    names = [f"Mixed_6b.branch7x7dbl_1.bn[{number}]" for number in (0, 15)]
    shown = [wrap(f"{name} · seed 999", font, width, 2)[0] for name in names]
    assert all(font.getlength(line) <= width for line in shown)
    assert [re.sub(r".*(?=\[)", "", line) for line in shown] == ["[0]", "[15]"]


@pytest.mark.parametrize("index", ["[5]", ""])
@pytest.mark.parametrize("width", [130, 200, 300])
def test_layers_of_long_names_do_not_look_alike(width, index):
    font = sheets._font(18)
    blocks = [f"encoder.layers.encoder_layer_{i}" for i in (1, 3, 10)]
    names = [f"{block}.{part}{index}" for block in blocks for part in ("ln_1", "ln_2")]
    shown = [wrap(name, font, width, 2)[0] for name in names]
    assert all(font.getlength(line) <= width for line in shown)
    assert len({*shown}) == len(names)
    assert all(line.startswith("e") for line in shown)


def test_an_index_is_not_broken_and_a_sign_stays_with_what_it_is_of():
    font = sheets._font(18)
    first, second = wrap("Mixed_6b[654, :6] + Mixed_6b[654, 6, :9]", font, 200, 2)
    assert first == "Mixed_6b[654, :6]"
    assert second.startswith("+ M")
    assert second.endswith("[654, 6, :9]")


def test_an_index_wider_than_a_line_is_shortened_too():
    font = sheets._font(18)
    assert font.getlength(wrap("a[123456789012345]", font, 80, 2)[0]) <= 80


def test_a_picture_of_the_size_of_its_tile_is_drawn_as_it_is():
    early, late = (
        sheet([Tile("a", pixels)], columns=1, side=40, heading="h")
        for pixels in (to_image(RED, 40), RED)
    )
    assert early.tobytes() == late.tobytes()
