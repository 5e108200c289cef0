"""CKA and Procrustes disparity are what their definitions say, and chance is told apart."""

import numpy as np
import pandas as pd
import pytest
from pictures import item_rows, said
from scipy.spatial import procrustes
from scipy.stats import ortho_group

from preimage.measures.space.similarity import OWN, cka, compare, disparity, turned
from preimage.tables.parquet import read_table, write_table
from preimage.tables.space import SPACE_COMPARISON


@pytest.fixture
def draw():
    return np.random.default_rng(7)


@pytest.fixture
def vectors(draw):
    return draw.normal(size=(30, 8))


def test_an_arrangement_is_the_same_turned_scaled_and_moved(vectors):
    other = 3.5 * vectors @ ortho_group.rvs(8, random_state=1) + 40
    assert cka(vectors, vectors) == pytest.approx(1)
    assert cka(vectors, other) == pytest.approx(1)
    assert disparity(vectors, other) == pytest.approx(0, abs=1e-12)


def test_stretching_one_axis_is_another_arrangement(vectors):
    other = vectors * np.array([9, *[1] * 7])
    assert cka(vectors, other) < 0.95
    assert disparity(vectors, other) > 0.05


def hsic(one, other):
    """Return HSIC_1 of two matrices of products as Song et al. (2012) write it."""
    n = len(one)
    one, other = (m - np.diag(np.diag(m)) for m in (one, other))
    apart = one.sum() * other.sum() / ((n - 1) * (n - 2)) - 2 / (n - 2) * (one @ other).sum()
    return (np.trace(one @ other) + apart) / (n * (n - 3))


def test_cka_is_made_of_the_unbiased_estimator(vectors, draw):
    other = draw.normal(size=(30, 5)) + vectors[:, :5]
    one, two = vectors @ vectors.T, other @ other.T
    expected = hsic(one, two) / np.sqrt(hsic(one, one) * hsic(two, two))
    assert cka(vectors, other) == pytest.approx(expected)


def test_cka_takes_four_items(vectors):
    assert np.isnan(cka(vectors[:3], vectors[:3]))
    assert cka(vectors[:4], vectors[:4]) == pytest.approx(1)


def test_the_disparity_is_scipys(vectors, draw):
    other = draw.normal(size=(30, 8)) + vectors
    assert disparity(vectors, other) == pytest.approx(procrustes(vectors, other)[2])
    padded = np.pad(other[:, :5], ((0, 0), (0, 3)))
    assert disparity(vectors, other[:, :5]) == pytest.approx(procrustes(vectors, padded)[2])


def test_fewer_dimensions_hold_the_same_arrangement(draw):
    wide, other = draw.normal(size=(6, 50)), draw.normal(size=(6, 40))
    assert turned(wide).shape == (6, 6)
    for statistic in (cka, disparity):
        assert statistic(turned(wide), turned(other)) == pytest.approx(statistic(wide, other))


def test_vectors_that_are_all_the_same_have_no_arrangement(vectors):
    same = np.ones((30, 8))
    assert np.isnan(cka(same, vectors))
    assert np.isnan(disparity(same, vectors))


def tables(logits, classes):
    """Return the rows that judges say of pictures by (maker, judge)."""
    parts = [
        said(item_rows(classes[maker], network=maker), found, judge=judge)
        for (maker, judge), found in logits.items()
    ]
    return (pd.concat(part) for part in zip(*parts, strict=True))


def test_networks_that_agree_are_far_from_chance_and_others_are_not(draw, tmp_path):
    one, noise = draw.normal(size=(2, 30, 30))
    logits = {("a", "a"): one, ("a", "b"): one * 2, ("b", "b"): noise, ("b", "a"): one}
    found = compare(*tables(logits, {"a": range(30), "b": range(30)}))
    write_table(found, tmp_path / "t", SPACE_COMPARISON)
    rows = read_table(tmp_path / "t", SPACE_COMPARISON)
    rows = rows[rows.statistic == "CKA"].set_index("pictures")
    assert list(rows.index) == [OWN, "a", "b"]
    assert rows.value["a"] == pytest.approx(1)
    assert rows.p_value["a"] < 0.01
    assert rows.p_value[OWN] > 0.05
    assert rows.baseline_low[OWN] < rows.value[OWN] < rows.baseline_high[OWN]
    assert (rows.low <= rows.value).all()
    assert (rows.value <= rows.high).all()


def test_intervals_hold_what_many_more_classes_than_logits_give(draw):
    turn = draw.normal(size=(36, 36)) / 6

    def arrangements(n):
        one = draw.normal(size=(n, 36))
        return one, one @ turn + draw.normal(size=(n, 36))

    true, held = cka(*arrangements(3000)), []
    for _ in range(5):
        one, other = arrangements(36)
        logits = {("a", "a"): one, ("a", "b"): one, ("b", "b"): other, ("b", "a"): other}
        found = compare(*tables(logits, {"a": range(36), "b": range(36)}))
        rows = found[found.pictures == OWN].set_index("statistic")
        held.append(rows.low["CKA"] < true < rows.high["CKA"])
        assert np.isnan([rows.low["Procrustes disparity"], rows.high["Procrustes disparity"]]).all()
    assert 0.3 < true < 0.7
    assert sum(held) >= 4


def test_classes_that_one_network_lacks_do_not_count(draw):
    one, other = draw.normal(size=(20, 30)), draw.normal(size=(12, 30))
    logits = {("a", "a"): one, ("a", "b"): one, ("b", "b"): other, ("b", "a"): other}
    found = compare(*tables(logits, {"a": range(20), "b": range(12, 24)}))
    rows = found[found.statistic == "CKA"].set_index("pictures")
    assert rows.classes.to_dict() == {OWN: 8, "a": 20, "b": 12}
    assert rows.value[OWN] == pytest.approx(cka(one[12:], other[:8]))


def test_three_classes_or_one_network_are_nothing_to_compare(draw):
    few = draw.normal(size=(3, 5))
    logits = {(a, b): few for a in "ab" for b in "ab"}
    assert compare(*tables(logits, {"a": range(3), "b": range(3)})).empty
    alone = {("a", "a"): draw.normal(size=(9, 9))}
    assert compare(*tables(alone, {"a": range(9)})).empty
