"""The parts of a picture lie where they should, and as many labels are counted as there are."""

import numpy as np
import torch

from preimage.measures.images.crops import count_labels, crops


def test_parts_are_half_as_wide_and_cover_the_picture():
    images = torch.arange(2 * 3 * 8 * 8.0).reshape(2, 3, 8, 8)
    parts = crops(images).reshape(2, 9, 3, 4, 4)
    for number, (top, left) in enumerate((y, x) for y in (0, 2, 4) for x in (0, 2, 4)):
        assert (parts[:, number] == images[..., top : top + 4, left : left + 4]).all()


def test_labels_are_counted_picture_by_picture():
    def say(parts):  # its mean is the class
        return np.eye(10)[parts.mean(dim=(1, 2, 3)).round().int().clip(0, 9)]

    plain = torch.full((1, 3, 8, 8), 4.0)
    halves = torch.cat([torch.zeros(1, 3, 8, 4), torch.full((1, 3, 8, 4), 8.0)], dim=3)
    assert count_labels(say, torch.cat([plain, halves])).tolist() == [1, 3]  # 0, 4 and 8


def test_what_a_network_cannot_say_has_no_labels():
    assert np.isnan(
        count_labels(lambda parts: np.full((len(parts), 3), np.nan), torch.ones(1, 3, 8, 8))
    )
