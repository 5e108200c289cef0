"""Scrambled pictures keep spectrum and colours, and nothing of where things are."""

import pytest
import torch

from preimage.measures.images.scrambling import scrambled


def pictures(count=3, sides=(40, 41)):
    return torch.rand(count, 3, *sides, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("sides", [(40, 40), (41, 40), (40, 41), (41, 41)])
def test_spectrum_and_colours_stay(sides):
    before = pictures(sides=sides)
    after = scrambled(before, ["a", "b", "c"])
    power = [torch.fft.rfft2(images).abs() for images in (before, after)]
    torch.testing.assert_close(power[1], power[0], rtol=1e-3, atol=1e-3)
    covariance = [torch.stack([i.flatten(1).cov() for i in images]) for images in (before, after)]
    torch.testing.assert_close(covariance[1], covariance[0], rtol=1e-3, atol=1e-5)
    torch.testing.assert_close(after.mean(dim=(2, 3)), before.mean(dim=(2, 3)))


def test_what_was_in_one_place_is_everywhere():
    dot = torch.zeros(1, 3, 32, 32)
    dot[..., 10:12, 20:22] = 1
    corner = scrambled(dot, ["a"])[..., 16:, :16]
    assert corner.square().sum() > 0.1 * dot.square().sum()
    assert (dot[..., 16:, :16] == 0).all()


def test_the_key_alone_decides():
    images = pictures()
    alone = scrambled(images[1:2], ["b"])[0]
    assert torch.equal(scrambled(images, ["a", "b", "c"])[1], alone)
    assert (scrambled(images[1:2], ["c"])[0] - alone).abs().max() > 0.1


def test_a_broken_picture_breaks_no_other():
    images = pictures()
    images[0, 0, 0, 0] = torch.nan
    found = scrambled(images, ["a", "b", "c"])
    assert found[0, 0].isnan().all()
    assert found[1:].isfinite().all()
