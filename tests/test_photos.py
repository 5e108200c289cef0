"""Photos as the descents take them: upright RGB in [0, 1]."""

import hashlib
import logging
import random
from contextlib import suppress

import numpy as np
import pytest
import torch
from PIL import Image, ImageCms
from torchvision.transforms.functional import resize

from preimage.errors import UserError
from preimage.photo_files import MOST_PIXELS, photo_file
from preimage.photos import as_pictures, load_photo, open_photo, squash


def test_a_photo_is_rgb_from_0_to_1_in_its_own_size(tmp_path):
    pixels = np.zeros((2, 5, 3), np.uint8)
    pixels[1, 4] = (255, 51, 0)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    photo = load_photo(tmp_path / "a.png")
    assert photo.shape == (3, 2, 5)
    assert photo.dtype == torch.float32
    torch.testing.assert_close(photo[:, 1, 4], torch.tensor([1.0, 0.2, 0.0]))
    assert photo.sum() == pytest.approx(1.2)


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "RGBA"])
def test_other_modes_become_rgb(tmp_path, mode):
    file = tmp_path / f"a.{'jpg' if mode == 'CMYK' else 'png'}"
    Image.new("RGB", (4, 3), "white").convert(mode).save(file)
    assert torch.equal(load_photo(file), torch.ones(3, 3, 4))


def test_a_photo_is_turned_upright(tmp_path):
    image, exif = Image.new("RGB", (6, 2)), Image.Exif()
    exif[0x0112] = 6  # orientation: a quarter turn
    image.save(tmp_path / "a.jpg", exif=exif)
    assert load_photo(tmp_path / "a.jpg").shape == (3, 6, 2)


def test_what_is_no_photo_of_8_bits_is_told(tmp_path):
    Image.fromarray(np.full((4, 4), 40000, np.uint16)).save(tmp_path / "deep.png")
    (tmp_path / "text.png").write_text("no picture")
    Image.new("1", (8000, MOST_PIXELS // 8000 + 1)).save(tmp_path / "large.png")
    Image.new("1", (20000, 20000)).save(tmp_path / "huge.png")  # too much for Pillow, too
    for name, message in (
        ("deep.png", "deep.png is a picture of mode I;16: save it as RGB"),
        ("text.png", "text.png is no readable photo"),
        ("none.png", "none.png is no readable photo"),
        ("large.png", "large.png is too large, 8000 x 8001 pixels: a photo may have up to 64 mil"),
        ("huge.png", "huge.png is too large: a photo may have up to 64 million"),
    ):
        with pytest.raises(UserError, match=message):
            load_photo(tmp_path / name)


@pytest.mark.parametrize("in_place", [True, False])
def test_a_photo_that_is_replaced_is_not_what_was_planned(tmp_path, in_place):
    """By another file, or by other content of the same one."""
    path, other = tmp_path / "a.png", tmp_path / "b.png"
    Image.new("RGB", (4, 4), "red").save(path)
    Image.new("RGB", (4, 4), "blue").save(other)
    planned = {"file": str(path), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    assert open_photo(planned)[0].min() == 1
    path.write_bytes(other.read_bytes()) if in_place else other.replace(path)
    with pytest.raises(UserError, match=r"a\.png has changed since the plan .*Run snakemake again"):
        open_photo(planned)
    assert open_photo({"file": str(path)})[2].min() == 1


@pytest.mark.parametrize("name", ["rgba.png", "rgba.webp", "grey.png", "palette.png", "a.gif"])
def test_what_is_transparent_lies_on_white(tmp_path, name):
    """A red square, three quarters of which are not seen, whatever colour hides there."""
    pixels = np.zeros((4, 4, 4), np.uint8)
    pixels[..., 0] = 255
    pixels[:2, :2, 3] = 255
    image, options = Image.fromarray(pixels), {"lossless": True} if "webp" in name else {}
    if name == "grey.png":
        image = image.convert("LA")
    if name in ("palette.png", "a.gif"):
        image = Image.fromarray(np.where(pixels[..., 3] == 255, 1, 2).astype(np.uint8), "L")
        image = image.convert("P")
        image.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0])
        options = {"transparency": 2}
    image.save(tmp_path / name, **options)
    photo = load_photo(tmp_path / name)
    assert torch.equal(photo[:, 2:], torch.ones(3, 2, 4))
    seen = torch.tensor([76 / 255] * 3 if name == "grey.png" else [1.0, 0, 0])
    torch.testing.assert_close(photo[:, 0, 0], seen, atol=0.01, rtol=0)


def test_what_lets_half_through_is_half_white(tmp_path):
    Image.new("RGBA", (2, 2), (255, 0, 0, 51)).save(tmp_path / "a.png")
    assert load_photo(tmp_path / "a.png")[:, 0, 0].tolist() == pytest.approx([1, 0.8, 0.8])


def swapped() -> bytes:
    """Return a profile in which red is green and green is red."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = profile.find(b"rXYZ"), profile.find(b"gXYZ")
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(profile)


@pytest.mark.parametrize("ending", ["png", "jpg", "webp", "tiff"])
def test_colours_of_another_profile_become_those_of_srgb(tmp_path, ending):
    Image.new("RGB", (8, 8), (255, 0, 0)).save(tmp_path / f"a.{ending}", icc_profile=swapped())
    middle = load_photo(tmp_path / f"a.{ending}")[:, 4, 4]
    torch.testing.assert_close(middle, torch.tensor([0.0, 1, 0]), atol=0.02, rtol=0)


def test_a_profile_counts_where_pictures_are_transparent_or_grey(tmp_path):
    Image.new("RGBA", (2, 2), (255, 0, 0, 0)).save(tmp_path / "a.png", icc_profile=swapped())
    Image.new("L", (2, 2), 255).save(tmp_path / "b.png", icc_profile=swapped())
    for name in "ab":
        assert load_photo(tmp_path / f"{name}.png").min() > 0.99


def test_srgbs_own_profile_changes_nothing_that_is_seen(tmp_path):
    image = Image.effect_noise((32, 32), 100).convert("RGB")
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image.save(tmp_path / "a.png")
    image.save(tmp_path / "b.png", icc_profile=profile)
    apart = load_photo(tmp_path / "a.png") - load_photo(tmp_path / "b.png")
    assert apart.abs().max() < 1.5 / 255


def test_a_damaged_profile_is_a_word(tmp_path, caplog):
    Image.new("RGB", (2, 2), "red").save(tmp_path / "a.png", icc_profile=b"no profile")
    assert load_photo(tmp_path / "a.png")[:, 0, 0].tolist() == [1, 0, 0]
    assert "a.png: its colours are taken for sRGB's" in caplog.text


@pytest.mark.parametrize("ending", ["png", "jpg", "webp"])
def test_damaged_exif_data_say_nothing(tmp_path, ending):
    file = tmp_path / f"a.{ending}"
    Image.new("RGB", (6, 2)).save(file, exif=b"Exif\0\0XX*\0\x08\0\0\0\0\0")
    assert load_photo(file).shape == (3, 2, 6)


@pytest.mark.parametrize("ending", ["png", "jpg", "webp", "gif", "tiff", "bmp"])
def test_a_damaged_file_is_read_or_refused(tmp_path, ending):
    """Never another error than ours; bytes are changed, or missing at the end."""
    image, exif = Image.effect_noise((24, 16), 90).convert("RGB"), Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "maker"
    image.save(tmp_path / f"whole.{ending}", exif=exif, icc_profile=swapped())
    whole, draw = (tmp_path / f"whole.{ending}").read_bytes(), random.Random(0)
    for _ in range(80):
        damaged = bytearray(whole[: draw.choice([len(whole), draw.randrange(len(whole))])])
        for _ in range(draw.randint(1, 5)):
            if damaged:
                at = draw.randrange(min(len(damaged), draw.choice([60, 10**6])))
                damaged[at] = draw.randrange(256)
        (tmp_path / "a.photo").write_bytes(damaged)
        with suppress(UserError):
            assert len(load_photo(tmp_path / "a.photo")) == 3


def test_a_photo_that_is_not_square_is_squashed_with_a_word(tmp_path, caplog):
    entry = {"file": str(tmp_path / "a.png")}
    Image.new("RGB", (9, 5)).save(entry["file"])
    assert open_photo(entry).shape == (3, 5, 9)
    assert (
        "a.png has 9 x 5 pixels and is squashed to a square; give the photo fit: cr" in caplog.text
    )
    caplog.clear()
    assert open_photo(entry | {"fit": "squash"}).shape == (3, 5, 9)
    Image.new("RGB", (5, 5)).save(entry["file"])
    open_photo(entry)
    open_photo({"shipped": "chelsea"})
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_a_photo_is_cut_or_padded_to_a_square(tmp_path):
    pixels = np.zeros((2, 6, 3), np.uint8)
    pixels[:, 2:4] = (0, 51, 0)
    entry = {"file": str(tmp_path / "a.png")}
    for turned, shape in ((pixels, (2, 6)), (pixels.transpose(1, 0, 2), (6, 2))):
        Image.fromarray(turned).save(entry["file"])
        middle = open_photo(entry | {"fit": "crop"})
        assert middle.shape == (3, 2, 2)
        torch.testing.assert_close(middle[1], torch.full((2, 2), 0.2))
        padded = open_photo(entry | {"fit": "pad"})
        assert padded.shape == (3, 6, 6)
        inside = (slice(None), slice(2, 4)) if shape[0] == 6 else (slice(2, 4),)
        there = padded[(slice(None), *inside)].clone()
        assert torch.equal(there, load_photo(entry["file"]))
        padded[(slice(None), *inside)] = 1
        assert torch.equal(padded, torch.ones(3, 6, 6))


@pytest.mark.parametrize(
    ("part", "rows", "columns"),
    [
        ("left", slice(0, 4), slice(0, 3)),
        ("right", slice(0, 4), slice(3, 7)),
        ("upper", slice(0, 2), slice(0, 7)),
        ("lower", slice(2, 4), slice(0, 7)),
    ],
)
def test_a_half_may_stand_for_a_photo(tmp_path, part, rows, columns):
    pixels = np.random.default_rng(0).integers(0, 256, (4, 7, 3), dtype=np.uint8)
    entry = {"file": str(tmp_path / "a.png")}
    Image.fromarray(pixels).save(entry["file"])
    whole = open_photo(entry)
    half = open_photo(entry | {"part": part})
    assert torch.equal(half, whole[:, rows, columns])
    cut = open_photo(entry | {"part": part, "fit": "crop"})
    assert cut.shape[1] == cut.shape[2] == min(half.shape[1:])


PICTURE = torch.rand(3, 8, 8, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        ((PICTURE * 255).to(torch.uint8), r"is of torch\.uint8: give .* such as picture / 255"),
        (PICTURE > 0.5, r"is of torch\.bool: give"),
        (PICTURE * 255, "has values from 0.* to 25.*: give .* from 0 to 1"),
        ((PICTURE * 5).round(), "has values from 0 to 5"),
        (PICTURE[None], r"is 1 x 3 x 8 x 8, a batch: picture\[0\]; give"),
        (torch.rand(4, 8, 8), "is 4 x 8 x 8, with alpha: .* lies on white; give"),
        (
            PICTURE.permute(1, 2, 0),
            r"is 8 x 8 x 3, channels last: picture\.permute\(2, 0, 1\); give",
        ),
        (PICTURE[:1], r"is 1 x 8 x 8, grey: picture\.expand\(3, -1, -1\); give"),
        (PICTURE[0], "is 8 x 8, grey"),
        (PICTURE[:, :0], "is 3 x 0 x 8, no picture"),
        (PICTURE.numpy(), r"is a numpy\.ndarray: give .*; torch\.from_numpy"),
    ],
)
def test_a_picture_of_another_form_is_refused_with_the_form_wanted(picture, message):
    with pytest.raises(UserError, match=f"picture 'p' {message}"):
        as_pictures({"p": picture})


def test_what_a_message_about_a_form_proposes_is_taken():
    grey, alpha = PICTURE[:1], torch.cat([PICTURE, torch.zeros(1, 8, 8)])
    on_white = alpha[:3] * alpha[3] + 1 - alpha[3]
    assert torch.equal(on_white, torch.ones(3, 8, 8))
    pictures = (grey.expand(3, -1, -1), PICTURE[None][0], on_white)
    assert len(as_pictures(dict(enumerate(pictures)))) == 3


@pytest.mark.parametrize(
    "picture",
    [
        PICTURE * 300 - 1,
        PICTURE.half(),
        PICTURE.double(),
        PICTURE.clone().requires_grad_(),
        PICTURE.round(),
        PICTURE * torch.nan,
    ],
    ids=["made by a descent", "half", "double", "leaf", "black and white", "failed"],
)
def test_pictures_of_floats_are_taken(picture):
    taken = as_pictures({"p": picture})["p"]
    assert taken.dtype == (torch.float64 if picture.dtype == torch.float64 else torch.float32)
    assert not taken.requires_grad
    assert torch.equal(taken.nan_to_num(), picture.detach().to(taken.dtype).nan_to_num())


def test_photos_are_squashed_as_torchvision_does():
    photos = torch.rand(2, 3, 30, 47, generator=torch.Generator().manual_seed(0))
    for size in (8, 64):
        expected = resize(photos, [size, size], antialias=True)
        assert torch.equal(squash(photos, size), expected)
        assert torch.equal(squash(photos[0], size), expected[0])


@pytest.mark.parametrize("entry", [{}, {"shipped": "owl"}])
def test_a_photo_is_a_file_or_shipped(entry):
    with pytest.raises(UserError, match="needs a file, or to be shipped: one of chelsea, coffee"):
        photo_file(entry)
