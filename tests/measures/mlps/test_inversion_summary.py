"""Inversions in short: medians of seeds, and how points compare with those found by solving."""

import numpy as np
import pandas as pd
import pytest

from preimage.measures.mlps.inversions import PAGE_INPUTS, tabulate

ROW = {"code": "E8", "inversion": "inverse", "photo": "cat", "layers": 3, "inputs": PAGE_INPUTS}
ROW |= {
    "precision": "float64",
    "method": "solve",
    "outside": 0.5,
    "deviation": None,
    "initial": "linear",
}
SEEDS = {1: 10.0, 2: 1000.0}


def rows(point, values, **about):
    """Return three points of each seed whose median m_i is that of `values`."""
    return [
        {**ROW, "point": point, "seed": seed, "sample": i, "m_i": m * f, "m_g": m / 100, **about}
        for seed, m in values.items()
        for i, f in enumerate((0.5, 1, 2))
    ]


@pytest.fixture
def inversions():
    found = rows("neighbour", SEEDS, deviation=0.001)
    found += rows("neighbour", {1: 20.0, 2: 2000.0}, deviation=0.001, precision="float32")
    found += rows("shifted", {1: 3.0, 2: 3.0}, deviation=0.04, method="noise")
    found += rows("recovered", {1: 0.0, 2: np.nan})
    return pd.DataFrame(found)


def one(table, point, precision="float64"):
    (row,) = table[(table.point == point) & (table.precision == precision)].to_dict("records")
    return row


def test_medians_of_seeds_are_averaged_as_logarithms(inversions):
    row = one(tabulate(inversions), "neighbour")
    assert row["m_i"] == pytest.approx(100)
    assert (row["m_i_least"], row["m_i_most"]) == (10, 1000)
    assert row["m_i_low"] < 10
    assert row["m_i_high"] > 1000
    assert (row["seeds"], row["samples"]) == (2, 3)
    assert row["further"] == pytest.approx(1 / 3)


def test_points_are_compared_with_the_neighbours_of_their_seed(inversions):
    table = tabulate(inversions)
    rounded, shifted = one(table, "neighbour", "float32"), one(table, "shifted")
    assert rounded["i_over_neighbour"] == pytest.approx(2)
    assert rounded["i_over_neighbour_low"] == pytest.approx(2)
    assert shifted["i_over_neighbour"] == pytest.approx((0.3 * 0.003) ** 0.5)
    assert shifted["g_over_neighbour"] == pytest.approx((0.3 * 0.003) ** 0.5)
    assert shifted["further"] == 1
    assert shifted["outside"] == 0.5


def test_distances_of_nothing_and_of_infinity_do_not_count(inversions):
    row = one(tabulate(inversions), "recovered")
    assert np.isnan(row["m_i"])
    assert row["m_i_most"] == 0


def test_the_page_speaks_of_photos_as_large_as_its_own(inversions):
    assert one(tabulate(inversions), "neighbour")["page_m_i"] == 40_000
    other = tabulate(inversions.assign(inputs=48))
    assert other.page_m_i.isna().all()


def test_depths_and_inversions_have_rows_of_their_own(inversions):
    both = pd.concat([inversions, inversions.assign(layers=4, m_i=7.0)])
    table = tabulate(both)
    assert len(table) == 2 * len(tabulate(inversions))
    assert one(table[table.layers == 4], "neighbour")["m_i"] == pytest.approx(7)
