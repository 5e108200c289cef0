"""Distances are those of the definition, and the nearest is the nearest."""

import numpy as np
import pandas as pd
import pytest
from pictures import item_rows, said

from preimage.errors import UserError
from preimage.measures.images.distances import pairwise, tabulate
from preimage.tables.images import DISTANCES, NEIGHBOURS
from preimage.tables.parquet import read_table, write_table


@pytest.fixture
def vectors():
    return np.random.default_rng(3).normal(size=(7, 11)).astype(np.float32)


def test_each_distance_is_that_of_its_definition(vectors):
    found = pairwise(vectors)
    a, b = vectors[2].astype(float), vectors[5].astype(float)
    assert found["l1"][2, 5] == pytest.approx(np.abs(a - b).sum())
    assert found["l2"][2, 5] == pytest.approx(np.linalg.norm(a - b))
    cosine = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
    assert found["cosine"][2, 5] == pytest.approx(1 - cosine)


def test_they_are_symmetric_and_exactly_0_between_equals(vectors):
    for matrix in pairwise(np.concatenate([vectors, vectors])).values():
        assert np.array_equal(matrix, matrix.T)
        assert not np.diagonal(matrix).any()
        assert not np.diagonal(matrix[:7, 7:]).any()


def test_a_zero_vector_has_no_direction(vectors):
    vectors[3] = 0
    cosine = pairwise(vectors)["cosine"]
    assert np.isnan(cosine[3]).all()
    assert np.isnan(cosine).sum() == 2 * 7 - 1


def test_the_tables_hold_every_pair_once_and_the_nearest(tmp_path):
    # Out of order, and class 9 failed. Class 4 is nearest to 0 by length, 7 by direction.
    logits = np.zeros((4, 10))
    logits[0, :2], logits[1, :2], logits[2, :2] = (60, 40), (1, 1.5), (2, 1.2)
    logits[3, 5] = np.nan
    told, full = said(item_rows([7, 4, 0, 9]), logits)
    distances, neighbours = tabulate(told, full)
    write_table(distances, tmp_path / "d", DISTANCES)
    write_table(neighbours, tmp_path / "n", NEIGHBOURS)
    pairs = read_table(tmp_path / "d", DISTANCES)[["class_a", "class_b", "l1"]]
    assert pairs.round(4).to_numpy().tolist() == [[0, 4, 1.3], [0, 7, 96.8], [4, 7, 97.5]]
    first = read_table(tmp_path / "n", NEIGHBOURS).iloc[0]
    assert first["class"] == 0
    assert (first["l1_neighbour"], first["l2_neighbour"], first["cosine_neighbour"]) == (4, 4, 7)
    assert first["cosine_neighbour_name"] == "class 7"
    assert first["l2"] == pytest.approx(np.hypot(1, 0.3), rel=1e-6)
    assert (first["second_neighbour"], first["second_neighbour_name"]) == (1, "class 1")


def test_a_class_alone_has_no_neighbour(tmp_path):
    distances, neighbours = tabulate(*said(item_rows([1]), [[1.0, 2, 3]]))
    write_table(neighbours, tmp_path / "n", NEIGHBOURS)
    row = read_table(tmp_path / "n", NEIGHBOURS).iloc[0]
    assert distances.empty
    assert row[["l2_neighbour", "l2_neighbour_name", "l2"]].isna().all()
    assert row["second_neighbour"] == 2


def test_judges_and_seeds_are_kept_apart():
    items = item_rows([0, 1])
    parts = [said(items, [[1, 2], [3, 4]]), said(items, [[1, 2], [1, 2]], judge="other")]
    parts.append(said(item_rows([0, 1], seed=1), [[0, 0], [0, 9]]))
    told, full = (pd.concat(p) for p in zip(*parts, strict=True))
    distances, _ = tabulate(told, full)
    assert distances["l1"].tolist() == [4, 0, 9]
    assert distances["seed"].tolist() == [999, 999, 1]


def test_pictures_of_two_classes_are_refused():
    with pytest.raises(UserError, match=r"000\+001 of the set additions is not of one class"):
        tabulate(*said(item_rows([(0, 1)], image_set="additions"), [[1, 2]]))
