"""Distances between the pictures of two columns, and to those of other rows."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from preimage.measures.comparisons import nearness
from preimage.measures.comparisons.nearness import METRICS, among_others, ssim

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize(("metric", "known"), [("l2", "euclidean"), ("cosine", "cosine")])
def test_distances_are_those_of_scipy(metric, known, monkeypatch):
    monkeypatch.setattr(nearness, "_AT_ONCE", 7)  # so that more than one part is added up
    one, other = RANDOM.random((5, 50), np.float32), RANDOM.random((4, 50), np.float32)
    assert np.allclose(METRICS[metric](one, other), cdist(one, other, known))


def test_a_failure_is_nan_and_leaves_the_others():
    one = RANDOM.random((3, 8))
    one[1] = np.nan
    for measure in METRICS.values():
        found = measure(one, one)
        assert np.isnan(found[1]).all()
        assert np.isfinite(found[np.ix_([0, 2], [0, 2])]).all()


def test_others_are_of_other_classes_and_nearer_ones_are_counted():
    distances = np.array([[3.0, 1, 5], [1, 2, 4], [9, np.nan, 6]])
    found = among_others(distances, np.array([0, 1, 0]))
    assert list(found.distance) == [3, 2, 6]
    assert list(found.others) == [1, 2, 0]  # of the same class, or failed
    assert list(found.to_others)[:2] == [1, 2.5]
    assert np.isnan(found.to_others[2])
    assert list(found.nearer_others) == [1, 1, 0]


def test_what_is_seen_is_compared_clipped():
    picture = RANDOM.random((3, 16, 16)).astype(np.float32)
    beyond = np.where(picture > 0.5, picture + 5, picture)
    assert ssim(picture, picture) == pytest.approx(1)
    assert ssim(np.where(picture > 0.5, 1, picture), beyond) == pytest.approx(1)
    assert ssim(picture, 1 - picture) < 0
    assert np.isnan(ssim(picture[:, :2, :2], picture[:, :2, :2]))
