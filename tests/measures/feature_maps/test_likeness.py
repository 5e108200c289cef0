"""How alike pictures of features are: the same pattern elsewhere, in other colours, by chance."""

import numpy as np
import pandas as pd
import pytest

from preimage.measures.feature_maps.likeness import log_spectrum, pairs, scores, standing, summary

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


def alike(one, other):
    """Return the scores of two pictures in columns with all patterns."""
    columns = [
        [picture, *(stripes(*p, seed=i + place) for i, p in enumerate(PATTERNS))]
        for picture, place in ((one, 20), (other, 40))
    ]
    return {name: found[0, 0] for name, found in scores(*columns).items()}


def test_a_picture_is_like_itself():
    found = scores([stripes(*p) for p in PATTERNS], [stripes(*p) for p in PATTERNS])
    for score in found.values():
        assert np.diagonal(score) == pytest.approx(1)


def test_the_same_pattern_elsewhere_is_alike_by_its_spectrum_alone():
    found = alike(stripes(6, 30), stripes(6, 30, phase=np.pi, seed=1))
    assert found["spectrum"] > 0.8
    assert found["ssim"] < 0


@pytest.mark.parametrize("other", [stripes(6, 120), stripes(20, 30)])
def test_other_directions_and_frequencies_are_less_alike(other):
    same = alike(stripes(6, 30), stripes(6, 30, seed=1))["spectrum"]
    assert alike(stripes(6, 30), other)["spectrum"] < same - 0.4


def test_the_same_stripes_in_another_colour_are_less_alike():
    green = stripes(6, 30, colour=(-1, 1, 0))
    same = alike(green, stripes(6, 30, colour=(-1, 1, 0), seed=1))["spectrum"]
    assert alike(green, stripes(6, 30, seed=2))["spectrum"] < same - 0.4


def test_what_all_pictures_of_a_column_share_does_not_count():
    one = [stripes(*p, seed=i) for i, p in enumerate(PATTERNS)]
    everywhere = stripes(25, 60) - 0.5  # as raw descents have fine noise, and octaves have none
    other = [stripes(*p, phase=1, seed=i + 9) + everywhere for i, p in enumerate(PATTERNS)]
    assert np.diagonal(scores(one, other)["spectrum"]).min() > 0.5


def test_pictures_of_other_sizes_are_compared_at_the_smaller():
    found = alike(stripes(4, 0), stripes(4, 0, side=SIDE * 3 // 2))
    assert found["spectrum"] > 0.6
    assert found["ssim"] > 0.6


def test_a_spectrum_has_bins_in_three_channels():
    rings = len([2, 4, 8, 16])
    assert log_spectrum(stripes(4, 0)).shape == (3 * 8 * rings,)


def test_a_picture_that_is_missing_has_no_score():
    one = [stripes(4, 0), None, stripes(9, 20)]
    for score in scores(one, [stripes(4, 0), stripes(4, 90), stripes(8, 20)]).values():
        assert np.isnan(score[1]).all()
        assert np.isfinite(score[[0, 2]]).all()


def test_a_column_without_any_picture_has_no_scores():
    for score in scores([None, None], [stripes(4, 0), stripes(4, 90)]).values():
        assert np.isnan(score).all()


def test_the_same_features_are_found_among_others():
    one = [stripes(*p, seed=i) for i, p in enumerate(PATTERNS)]
    other = [stripes(*p, phase=1, seed=i + 9) for i, p in enumerate(PATTERNS)]
    found = scores(one, other)["spectrum"]
    told = summary(found, rows(list("abcde")))
    assert told["above"] == 1
    assert told["likeness"] > told["baseline"] + 0.1
    assert told["p_value"] < 0.05
    assert (told["n"], told["degenerate"]) == (5, 0)
    assert told["likeness_high"] <= 1


def test_pictures_without_a_common_pattern_are_not():
    found = np.random.default_rng(0).normal(size=(40, 40))
    told = summary(found, rows([f"m{i}" for i in range(40)]))
    assert told["above_low"] < 0.5 < told["above_high"]
    assert told["p_value"] > 0.05


@pytest.mark.parametrize("spread", [lambda x: x, np.exp, lambda x: -np.exp(x), np.sign])
def test_by_chance_half_of_others_are_less_alike_however_scores_are_spread(spread):
    tries, found = 60, []
    for seed in range(tries):
        drawn = spread(np.random.default_rng(seed).normal(size=(100, 100)))
        found.append(summary(drawn, rows([f"m{i}" for i in range(100)])))
    told = pd.DataFrame(found)
    assert told.above.mean() == pytest.approx(0.5, abs=4 * told.above.std() / tries**0.5)
    assert ((told.above_low > 0.5) & (told.p_value < 0.05)).mean() <= 0.05
    assert (told.p_value < 0.05).mean() == pytest.approx(0.05, abs=0.07)


def test_standing_is_the_share_that_a_score_is_above_were_it_the_own():
    found = np.random.default_rng(0).integers(4, size=(9, 9)).astype(float)  # with ties
    names = rows(list("abcdefghi"))
    assert np.diagonal(standing(found)) == pytest.approx(pairs(found, names).above.to_numpy())
    turned = np.roll(np.arange(9), 1)
    anew = pairs(found[:, turned], names).above
    assert standing(found)[np.arange(9), turned] == pytest.approx(anew.to_numpy())


def test_ties_count_by_half():
    assert pairs(np.ones((3, 3)), rows(list("abc"))).above.tolist() == [0.5] * 3
    found = summary(np.ones((9, 9)), rows(list("abcdefghi")))
    assert (found["above"], found["p_value"]) == (0.5, 1)


def test_a_lost_score_leaves_no_p_value():
    found = np.eye(12) + np.random.default_rng(0).random((12, 12))
    found[2, 5] = np.nan  # of features that have no seed in common
    told = summary(found, rows(list("abcdefghijkl")))
    assert told["n"] == 12
    assert np.isfinite(told["above"])
    assert np.isnan(told["p_value"])


def test_others_are_of_other_features_from_the_same_seed_in_both_columns():
    found = np.array([[1.0, 0.2, 0.4], [0.6, 1.0, 0.0], [0.8, 0.0, 1.0]])
    told = pairs(found, rows(["a", "b", "b"], [1, 1, 2]))
    assert told.others.tolist() == [2, 2, 0]
    assert told.to_others.tolist()[:2] == pytest.approx([0.4, 0.4])


def test_a_feature_counts_once_whatever_its_seeds():
    found = np.random.default_rng(0).random((10, 10))
    once = summary(found, rows(list("abcdefghij")))
    twice = summary(np.tile(found, (2, 2)), rows(list("abcdefghij") * 2, [1] * 10 + [2] * 10))
    assert twice == pytest.approx(once)


def test_a_lost_picture_leaves_its_feature_out():
    found = np.array([[1.0, 0.2, np.nan], [0.6, 1.0, np.nan], [0.8, 0.0, np.nan]])
    told = summary(found, rows(list("abc")))
    assert (told["n"], told["degenerate"]) == (2, 1)
    assert np.isfinite(told["p_value"])


def test_a_single_feature_has_no_baseline():
    found = np.ones((1, 1))
    told = summary(found, rows(["a"]))
    assert told["n"] == 0
    assert np.isnan(told["above"])


def test_the_next_picture_in_its_place_is_one_of_chance():
    items = [f"m{i}" for i in range(30)]
    found = np.random.default_rng(6).normal(size=(30, 30)) + 9 * np.eye(30)
    told = pairs(found, rows(items))
    assert (told.above == 1).all()
    assert told.dealt.mean() == pytest.approx(0.5, abs=0.1)
    plain = pairs(np.roll(found, -1, axis=1), rows(items))  # as if the next one were its own
    assert told.dealt.to_numpy() == pytest.approx(plain.above.to_numpy())


def test_others_are_of_the_same_layer():
    layers = rows(list("abcd")).assign(layer=["one", "one", "two", "two"])
    found = np.array([[3.0, 1, 9, 9], [1, 3, 9, 9], [9, 9, 3, 1], [9, 9, 1, 3]])
    told = pairs(found, layers)
    assert told.others.tolist() == [2] * 4
    assert told.above.tolist() == [1] * 4
    assert told.dealt.tolist() == [0] * 4
