"""Groups of opposites: shares, and what shuffles give."""

import numpy as np
import pandas as pd
import pytest
from opposite_rows import rows_of

from preimage.measures.opposites.groups import led, members, opposite_groups, statistics
from preimage.measures.statistics.intervals import orders, shuffled
from preimage.tables.opposites import OPPOSITE_GROUPS, OPPOSITE_STATISTICS
from preimage.tables.parquet import read_table, write_table

GROUPS = {"low": [0, 1, 2, 3], "high": [4, 5, 6, 7], "even": [0, 2, 4, 6], "absent": [20]}
APART = {0: 4, 1: 5, 2: 6, 3: 7, 4: 0, 5: 1, 6: 2, 7: 3}


def grouped(tmp_path, rows, groups=GROUPS):
    write_table(opposite_groups(rows, groups), tmp_path / "g", OPPOSITE_GROUPS)
    return read_table(tmp_path / "g", OPPOSITE_GROUPS).set_index(["group", "opposite_group"])


def told(tmp_path, rows, groups=GROUPS):
    write_table(statistics(rows, groups), tmp_path / "s", OPPOSITE_STATISTICS)
    return read_table(tmp_path / "s", OPPOSITE_STATISTICS).set_index("statistic")


def test_the_share_is_that_of_the_groups_classes(tmp_path):
    table = grouped(tmp_path, rows_of(APART | {3: 2}))
    assert table.share["low", "high"] == table.share["even", "low"] + 0.25 == 0.75
    assert table.n.unique().tolist() == [4]
    assert "absent" not in table.index.get_level_values("group")
    assert (table.share.xs("absent", level="opposite_group") == 0).all()


def test_the_chance_of_all_shuffles_is_that_of_some(tmp_path):
    random = np.random.default_rng(0)
    inside, reached = random.random((2, 60)) < 0.4
    inside[:10] = reached[:10] = True
    _, exact = led(inside, reached)
    drawn = (inside & reached[orders(60)]).sum(axis=1) / inside.sum()
    assert exact.mean == pytest.approx(drawn.mean(), abs=0.01)
    assert (exact.low, exact.high) == pytest.approx(np.percentile(drawn, (2.5, 97.5)), abs=0.04)
    observed = (inside & reached).sum() / inside.sum()
    further = np.abs(drawn - exact.mean) >= abs(observed - exact.mean) - 1e-12
    assert exact.p_value == pytest.approx(further.mean(), abs=0.02)


def test_a_favourite_opposite_is_no_relation(tmp_path):
    table = grouped(tmp_path, rows_of(dict.fromkeys(range(8), 5)))
    row = table.loc["low", "high"]
    assert (row.share, row.baseline_low, row.baseline_high, row.p_value) == (1, 1, 1, 1)


def test_opposites_that_change_the_group_are_beyond_chance(tmp_path):
    table = told(tmp_path, rows_of(APART), {k: GROUPS[k] for k in ("low", "high")})
    assert table.value.to_dict() == {
        "self": 0,
        "commutative": 1,
        "same group": 0,
        "cycles": 4,
        "longest cycle": 2,
    }
    assert table.baseline["same group"] == pytest.approx(0.5, abs=0.05)
    assert table.value["same group"] < table.baseline_low["same group"]
    assert table.value["commutative"] > table.baseline_high["commutative"]
    assert (table.n == 8).all()


def test_a_class_may_be_in_several_groups_and_in_none():
    inside = members(pd.Series([0, 1, 9]), GROUPS)
    assert inside.tolist() == [[True, False, True, False], [True, *[False] * 3], [False] * 4]


def test_only_classes_of_a_group_are_counted_as_in_the_same(tmp_path):
    table = told(tmp_path, rows_of({0: 9, 9: 0, 8: 9, 4: 6}))
    assert (table.n["same group"], table.value["same group"]) == (2, 0.5)
    assert table.n["self"] == 4


def test_without_groups_there_is_still_the_way_back(tmp_path):
    table = told(tmp_path, rows_of(APART), {})
    assert "same group" not in table.index
    assert table.value["commutative"] == 1
    assert grouped(tmp_path, rows_of(APART), {}).empty


def test_a_number_of_cycles_has_a_baseline_and_no_interval(tmp_path):
    table = told(tmp_path, rows_of(APART))
    assert table[["value_low", "value_high"]].loc[["cycles", "longest cycle"]].isna().all(axis=None)
    # A random permutation of 8 has 1 + 1/2 + ... + 1/8 cycles.
    assert table.baseline["cycles"] == pytest.approx(sum(1 / k for k in range(1, 9)), abs=0.1)


def test_where_no_opposite_is_known_the_way_back_is_not_judged(tmp_path):
    table = told(tmp_path, rows_of({0: 20, 1: 21}))
    assert np.isnan(table.value["commutative"])
    assert np.isnan(table.baseline["commutative"])
    assert table.n["commutative"] == 0


def test_replicates_are_told_apart_and_failures_left_out(tmp_path):
    both = pd.concat([rows_of(APART), rows_of(APART | {0: None}, seed=1)])
    table = told(tmp_path, both)
    assert table.n["self"].tolist() == [8, 7]
    assert told(tmp_path, rows_of({0: None})).empty


def test_scores_of_pairs_are_shuffled_as_ever():
    by_chance = shuffled(np.eye(20))
    assert by_chance.mean == pytest.approx(1 / 20, abs=0.01)
    assert by_chance.p_value < 0.01
