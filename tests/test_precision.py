"""Lengths as they are, whatever their size."""

import pytest
import torch

from preimage.precision import lengths


@pytest.mark.parametrize("scale", [1e-30, 1e-16, 1.0, 1e16, 1e30])
def test_lengths_neither_vanish_nor_overflow(scale):
    rows = torch.tensor([[3.0, 4.0], [6.0, 8.0]]) * scale
    assert (lengths(rows) / scale).tolist() == pytest.approx([5, 10], rel=1e-5)


def test_a_row_of_another_size_changes_no_other():
    rows = torch.randn(3, 2, 50, 50, generator=torch.Generator().manual_seed(1))
    alone = lengths(rows)
    rows[1] *= 1e-30
    assert torch.equal(lengths(rows)[[0, 2]], alone[[0, 2]])


def test_what_is_not_finite_is_seen():
    rows = torch.tensor([[1.0, float("inf")], [float("nan"), 1.0], [0.0, 0.0]])
    found = lengths(rows)
    assert found[0].isinf()
    assert found[1].isnan()
    assert found[2] == 0
