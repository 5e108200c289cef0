"""The page's worked examples, by hand and as computed."""

import pytest

from preimage.measures.mlps.examples import worked_examples


def test_the_worked_examples_come_out_as_the_page_says():
    table = worked_examples()
    said = table.dropna(subset="page")
    assert len(said) == 5
    assert said.computed.to_numpy() == pytest.approx(said.page.to_numpy(), abs=1e-12)
    computed = table.set_index("quantity").computed
    assert computed["dimensions of inputs with that output"] == 1
    assert computed["dimensions of inputs with that output, padded with 0"] == 0
    assert computed["output of the shortest of them"] == pytest.approx(2.5)
    assert computed["its distance from (2, 3)"] == pytest.approx(0.5**0.5)
    assert computed["alone"] == 1
    assert computed["padded"] == computed["identity"] == 0
    assert computed["padded, with a stride of 2"] == 3
    swaps = computed[computed.index.str.contains("kernel")]
    assert (swaps[swaps.index.str.startswith("uniform")] < 1e-12).all()
    assert (swaps[swaps.index.str.startswith("random")] > 1e-6).all()
    assert computed["condition number of E"] == pytest.approx(1000)
