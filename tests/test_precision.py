"""Arithmetic as asked for while it is, and lengths as they are, whatever their size."""

import pytest
import torch

from preimage.precision import arithmetic, lengths


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


def flags():
    return (
        torch.backends.cuda.matmul.fp32_precision,
        torch.backends.cudnn.conv.fp32_precision,
        torch.backends.cudnn.deterministic,
        torch.backends.cuda.mem_efficient_sdp_enabled(),
        torch.backends.cuda.cudnn_sdp_enabled(),
        torch.backends.cuda.flash_sdp_enabled(),
    )


@pytest.mark.parametrize("on_gpu", [False, True])
@pytest.mark.parametrize("precision", ["float32", "tf32", "bfloat16", "float64"])
def test_arithmetic_is_restored_also_after_an_error(precision, on_gpu, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: on_gpu)
    before = flags()
    expected = "tf32" if precision == "tf32" else "ieee"

    def fail():
        fused = not (on_gpu and precision == "bfloat16")  # there it does not repeat itself
        assert flags() == (expected, expected, True, False, False, fused)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), arithmetic(precision):
        fail()
    assert flags() == before
