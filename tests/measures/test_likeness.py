"""How alike pictures of features are: the same pattern elsewhere, in other colours, by chance."""

import numpy as np
import pandas as pd
import pytest

from preimage.measures.likeness import log_spectrum, pairs, scores, summary

SIDE = 64


def stripes(cycles, degrees, *, phase=0.0, colour=(1.0, 1.0, 1.0), seed=0, side=SIDE):
    """Return stripes in a colour on grey with a little noise."""
    rows, columns = np.mgrid[:side, :side] / side
    angle = np.radians(degrees)
    along = np.cos(angle) * columns + np.sin(angle) * rows
    wave = 0.3 * np.cos(2 * np.pi * cycles * along + phase)
    noise = np.random.default_rng(seed).normal(scale=0.02, size=(3, side, side))
    return 0.5 + np.array(colour)[:, None, None] * wave + noise


PATTERNS = [(4, 0), (4, 90), (12, 0), (12, 90), (7, 45)]


def rows(items, seeds=None):
    return pd.DataFrame({"item": items, "seed": seeds or [999] * len(items)})


def test_a_picture_is_like_itself():
    for score in scores([stripes(4, 0)], [stripes(4, 0)]).values():
        assert score[0, 0] == pytest.approx(1)


def test_the_same_pattern_elsewhere_is_alike_by_its_spectrum_alone():
    moved = scores([stripes(6, 30)], [stripes(6, 30, phase=np.pi, seed=1)])
    assert moved["spectrum"][0, 0] > 0.9
    assert moved["ssim"][0, 0] < 0


@pytest.mark.parametrize("other", [stripes(6, 120), stripes(20, 30)])
def test_other_directions_and_frequencies_are_less_alike(other):
    one = [stripes(6, 30)]
    same = scores(one, [stripes(6, 30, seed=1)])["spectrum"][0, 0]
    assert scores(one, [other])["spectrum"][0, 0] < same - 0.2


def test_the_same_stripes_in_another_colour_are_less_alike():
    green = [stripes(6, 30, colour=(-1, 1, 0), seed=1)]
    grey = [stripes(6, 30, seed=2)]
    found = scores([stripes(6, 30, colour=(-1, 1, 0))], green)["spectrum"][0, 0]
    assert scores([stripes(6, 30, colour=(-1, 1, 0))], grey)["spectrum"][0, 0] < found - 0.2


def test_pictures_of_other_sizes_are_compared_at_the_smaller():
    found = scores([stripes(4, 0)], [stripes(4, 0, side=SIDE * 3 // 2)])
    assert found["spectrum"][0, 0] > 0.7
    assert found["ssim"][0, 0] > 0.7


def test_a_spectrum_has_bins_in_three_channels():
    rings = len([2, 4, 8, 16])
    assert log_spectrum(stripes(4, 0)).shape == (3 * 8 * rings,)


def test_a_picture_that_is_missing_has_no_score():
    found = scores([stripes(4, 0), None], [stripes(4, 0), stripes(4, 90)])
    for score in found.values():
        assert np.isnan(score[1]).all()
        assert np.isfinite(score[0]).all()


def test_the_same_features_are_found_among_others():
    one = [stripes(*p, seed=i) for i, p in enumerate(PATTERNS)]
    other = [stripes(*p, phase=1, seed=i + 9) for i, p in enumerate(PATTERNS)]
    found = scores(one, other)["spectrum"]
    told = summary(found, pairs(found, rows(list("abcde"))))
    assert told["above"] == 1
    assert told["likeness"] > told["baseline"] + 0.1
    assert told["p_value"] < 0.05
    assert (told["n"], told["degenerate"]) == (5, 0)


def test_pictures_without_a_common_pattern_are_not():
    found = np.random.default_rng(0).normal(size=(40, 40))
    told = summary(found, pairs(found, rows([f"m{i}" for i in range(40)])))
    assert told["above_low"] < 0.5 < told["above_high"]
    assert told["p_value"] > 0.05


def test_others_are_of_other_features_in_both_columns():
    found = np.array([[1.0, 0.2, 0.4], [0.6, 1.0, 0.0], [0.8, 0.0, 1.0]])
    told = pairs(found, rows(["a", "b", "b"], [1, 1, 2]))
    assert told.others.tolist() == [4, 2, 2]
    assert told.to_others.tolist() == pytest.approx([0.5, 0.4, 0.6])


def test_a_lost_picture_leaves_its_feature_out():
    found = np.array([[1.0, 0.2, np.nan], [0.6, 1.0, np.nan], [0.8, 0.0, np.nan]])
    told = summary(found, pairs(found, rows(list("abc"))))
    assert (told["n"], told["degenerate"]) == (2, 1)
    assert np.isfinite(told["p_value"])


def test_a_single_feature_has_no_baseline():
    found = np.ones((1, 1))
    told = summary(found, pairs(found, rows(["a"])))
    assert told["n"] == 0
    assert np.isnan(told["above"])
