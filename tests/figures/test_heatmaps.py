"""Distance matrices and their order."""

import numpy as np
import pandas as pd

from preimage.figures.heatmaps import matrix, seriate


def test_the_matrix_is_symmetric_and_says_what_is_missing():
    rows = pd.DataFrame({"class_a": [3, 3], "class_b": [5, 9], "l2": [1.0, 2.0]})
    classes, full = matrix(rows, "l2")
    assert classes == [3, 5, 9]
    np.testing.assert_array_equal(full, [[0, 1, 2], [1, 0, np.nan], [2, np.nan, 0]])


def test_points_of_a_line_come_back_in_their_order():
    place = np.random.default_rng(0).permutation(30).astype(float)
    order = seriate(np.abs(place[:, None] - place[None, :]))
    assert sorted(place[order]) in (list(place[order]), list(place[order][::-1]))


def test_clusters_are_not_torn():
    group = np.random.default_rng(1).integers(0, 2, 40)
    order = seriate(np.where(group[:, None] == group[None, :], 1.0, 5.0) * (1 - np.eye(40)))
    assert (np.diff(group[order]) != 0).sum() == 1


def test_two_classes_and_equal_ones_have_an_order():
    assert sorted(seriate(np.array([[0.0, 1.0], [1.0, 0.0]]))) == [0, 1]
    assert sorted(seriate(np.zeros((4, 4)))) == [0, 1, 2, 3]


def test_distances_that_are_not_known_do_not_lose_a_class():
    full = np.array([[0.0, np.nan, 1.0], [np.nan, 0.0, 2.0], [1.0, 2.0, 0.0]])
    assert sorted(seriate(full)) == [0, 1, 2]
