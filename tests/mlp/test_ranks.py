"""Ranks of Jacobians of small layers, checked on layers whose ranks are known."""

import pytest
import torch

from preimage.mlp.ranks import CHANNELS, TOKENS, jacobian_ranks, least


def test_blocks_and_layers_of_each_seed_have_a_row():
    table = jacobian_ranks()
    lost = (table.inputs - table["rank"]).groupby(table.layer).agg(["min", "max"])
    n = TOKENS * CHANNELS
    assert lost.loc["square linear"].tolist() == [0, 0]
    assert lost.loc["attention, one token"].tolist() == [n - CHANNELS] * 2
    # A LayerNorm forgets the mean of each token.
    assert (lost.loc["mixer without residuals"] >= TOKENS).all()
    needed = table[table.code == "F1"].assign(ratio=lambda t: t.outputs / t.inputs)
    ratio = needed.groupby("layer").ratio.mean()
    assert ratio["linear"] == ratio["tanh"] == ratio["sigmoid"] == ratio["convolution"] == 1
    assert 1.7 < ratio["ReLU"] < 2.3
    assert not table.duplicated(["layer", "seed"]).any()


@pytest.mark.parametrize(("step", "rows"), [(1, 5), (2, 6)])
def test_the_least_number_of_rows_that_see_all_columns(step, rows):
    twice = torch.eye(3, dtype=torch.float64)[[0, 0, 1, 1, 2, 2]]
    assert least(twice, step) == rows
    assert least(twice[:4], step) != least(twice[:4], step)  # NaN
