"""Photos as the descents take them: upright RGB in [0, 1]."""

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms.functional import resize

from preimage.errors import UserError
from preimage.photo_files import photo_file
from preimage.photos import load_photo, squash


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


def test_what_is_no_photo_of_8_bits_is_told(tmp_path, monkeypatch):
    Image.fromarray(np.full((4, 4), 40000, np.uint16)).save(tmp_path / "deep.png")
    (tmp_path / "text.png").write_text("no picture")
    Image.new("RGB", (64, 64)).save(tmp_path / "large.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    for name, message in (
        ("deep.png", "deep.png is a picture of mode I;16: save it as RGB"),
        ("text.png", "text.png is no readable photo"),
        ("none.png", "none.png is no readable photo"),
        ("large.png", "large.png is no readable photo: Image size"),
    ):
        with pytest.raises(UserError, match=message):
            load_photo(tmp_path / name)


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
