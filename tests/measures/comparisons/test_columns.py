"""Statistics of comparisons and of pairs: what moved is told from what only became paler."""

import numpy as np
import pandas as pd
import pytest
from compared_rows import CLASSES, NEAR, OURS, THEIRS, compared, comparison, side, told
from pictures import item_rows, said

from preimage.measures.comparisons.columns import tabulate
from preimage.measures.comparisons.pairs import pairs
from preimage.tables.comparisons import COMPARISONS


def statistics(one, columns, certain=None):
    certain = certain or dict.fromkeys(columns, 5)
    return tabulate(one, compared(one, columns), told(one, certain))


def value(table, statistic, **where):
    for key, wanted in {"statistic": statistic, "by": "other", **where}.items():
        table = table[table[key] == wanted]
    (row,) = table.to_dict("records")
    return row


VECTORISED = comparison(side("new", "res", "vectorised", "goog"))
CERTAIN = dict.fromkeys(["theirs", "ours", "new"], 5)


def test_what_moved_is_nearer_its_own_row_than_chance_says():
    found = statistics(VECTORISED, {"theirs": THEIRS, "ours": OURS, "new": THEIRS + NEAR})
    assert list(found.columns) == COMPARISONS.names
    moved = value(found, "moved", one="new")
    assert moved["other"] == "ours"
    assert moved["toward"] == "theirs"
    assert moved["value"] > 0.8
    assert moved["baseline"] < 0.5
    assert value(found, "moved beyond")["low"] > 0.5
    assert value(found, "nearer")["value"] == 1
    assert value(found, "nearest", one="new", other="theirs")["value"] == 1
    assert value(found, "nearest", one="ours", other="theirs")["baseline"] == 1 / CLASSES


def test_what_is_only_paler_has_moved_but_not_beyond_chance():
    paler = {"theirs": THEIRS, "ours": OURS, "new": OURS * 0.2}
    found = statistics(VECTORISED, paler)
    assert value(found, "moved")["low"] > 0.2
    assert value(found, "moved beyond")["low"] < 0 < value(found, "moved beyond")["high"]
    assert value(found, "ratio beyond")["low"] > 1


def test_what_is_nearer_to_all_of_theirs_does_not_look_like_its_own():
    # All of theirs are alike, and the new pictures are as they are, whatever the class.
    theirs = THEIRS[:1] + NEAR
    alike = THEIRS[:1] + 0.1 * np.random.default_rng(2).normal(size=NEAR.shape)
    columns = {"theirs": theirs, "ours": OURS, "new": alike}
    found = statistics(VECTORISED, columns)
    assert value(found, "ratio")["high"] < 0.5
    assert value(found, "ratio")["baseline"] < 0.5
    assert value(found, "ratio beyond")["low"] > 0.8
    assert value(found, "ratio beyond")["high"] > 1


def test_of_a_picture_that_failed_nothing_is_counted():
    failed = NEAR + THEIRS
    failed[3] = np.nan
    found = statistics(VECTORISED, {"theirs": THEIRS, "ours": OURS, "new": failed})
    assert value(found, "moved")["n"] == CLASSES - 1
    assert value(found, "distance", one="ours", other="theirs")["n"] == CLASSES


def test_seeds_of_a_class_are_no_more_classes():
    columns = {"theirs": THEIRS, "ours": OURS, "new": THEIRS + NEAR}
    rows, words = compared(VECTORISED, columns), told(VECTORISED, dict.fromkeys(columns, 5))
    once = tabulate(VECTORISED, rows, words)
    several = [pd.concat([table, table.assign(seed=1)]) for table in (rows, words)]
    pd.testing.assert_frame_equal(tabulate(VECTORISED, *several), once)


def test_of_several_seeds_the_mean_counts():
    columns = {"theirs": THEIRS, "ours": OURS, "new": OURS + NEAR}
    rows = compared(VECTORISED, columns)
    further = rows.assign(seed=1, distance=3 * rows.distance, nearer_others=1)
    found = tabulate(VECTORISED, pd.concat([rows, further]), told(VECTORISED, CERTAIN))
    once = tabulate(VECTORISED, rows, told(VECTORISED, CERTAIN))
    ends = {"one": "ours", "other": "new"}
    expected = 2 * value(once, "distance", **ends)["value"]
    assert value(found, "distance", **ends)["value"] == pytest.approx(expected)
    assert value(found, "nearest", **ends)["n"] == CLASSES
    assert value(found, "nearest", **ends)["value"] == value(once, "nearest", **ends)["value"] / 2


def test_probabilities_are_those_of_the_rows_class():
    certain = {"theirs": 0, "ours": 3, "new": 5}
    found = statistics(VECTORISED, {"theirs": THEIRS, "ours": OURS, "new": OURS}, certain)
    assert value(found, "probability of A", one="theirs")["value"] == pytest.approx(1 / CLASSES)
    expected = np.exp(5) / (np.exp(5) + CLASSES - 1) - np.exp(3) / (np.exp(3) + CLASSES - 1)
    apart = value(found, "difference of A", one="new", other="ours")
    assert apart["value"] == pytest.approx(expected)


TWO = [(a, b) for a in range(6) for b in range(6) if a != b]


def seen(logit_a, logit_b, judge="other", two=TWO):
    rows = item_rows(two, network="res", image_set="sums")
    logits = np.tile(-np.arange(CLASSES, dtype=float), (len(two), 1))
    for row, (a, b) in zip(logits, two, strict=True):
        row[a], row[b] = logit_a, logit_b
    return said(rows, logits, judge)


def of_pairs(told):
    return pairs(*told).set_index("statistic")


def test_seeds_of_a_pair_are_no_more_pairs():
    first, again = seen(9, 8), [table.assign(seed=1) for table in seen(9, -99)]
    once = of_pairs(first)
    same = [pd.concat([table, table.assign(seed=1)]) for table in first]
    pd.testing.assert_frame_equal(of_pairs(same), once)
    half = of_pairs([pd.concat(tables) for tables in zip(first, again, strict=True)])
    assert half.value["both in five"] == 0.5
    assert half["items"]["both in five"] == len(TWO)
    assert half.low["both in five"] < 0.35  # of 30 pairs; of 60 it is 0.38


def test_pairs_that_show_both_are_told_from_chance():
    found = of_pairs(seen(9, 8))
    shares = {"A first": 1, "B first": 0, "one first": 1, "both in two": 1, "both in five": 1}
    assert found.value[list(shares)].to_dict() == shares
    assert found.value["A not B in five"] == 0
    assert found.baseline["both in two"] < 0.2
    assert found.p_value["both in two"] < 0.001
    assert found.value["probability A + B"] > 0.99
    assert 0.2 < found.value["probability weaker"] < 0.3


def test_a_pair_of_which_one_shows_is_no_sum():
    found = of_pairs(seen(9, -99))
    assert found.value["both in five"] == 0
    assert found.value["A not B in five"] == 1


def test_failures_of_pairs_are_counted_and_left_out():
    told, full = seen(9, 8)
    told.loc[:3, "status"] = "not finite"
    told.loc[4:6, "status"] = "diverged"  # of which there are pictures
    found = of_pairs((told, full))
    assert set(found["items"]) == {len(TWO) - 4}
    assert set(found.degenerate) == {4}
