"""Factors: what follows the classes is told from what does not."""

import numpy as np
import pandas as pd
import pytest
from pictures import item_rows, one_hot, said

from preimage.measures.images.factors import NAMES, STATISTICS, factors
from preimage.networks.world import World
from preimage.tables.images import FACTORS
from preimage.tables.parquet import read_table, write_table

WORLD = World()
NUMBER = {name: index for index, name in enumerate(WORLD.classes)}
ALL = range(len(WORLD.classes))


def table(tmp_path, classes, tops, objective, **about):
    told, full = said(item_rows(classes, image_set="s", **about), one_hot(tops, len(WORLD.classes)))
    write_table(factors(told, full, WORLD, {"s": objective}), tmp_path / "f", FACTORS)
    return read_table(tmp_path / "f", FACTORS).set_index(["statistic", "factor"])


def recoloured(index):
    about = WORLD.factors(index) | {"colour": "red"}
    if WORLD.factors(index)["colour"] == "red":
        about["colour"] = "blue"
    return NUMBER[f"{about['colour']} {about['texture']} {about['shape']}"]


def test_opposites_that_change_only_the_colour_are_told_from_chance(tmp_path):
    found = table(tmp_path, ALL, [recoloured(i) for i in ALL], "-A").loc["differs"]
    assert found["value"].to_dict() == {"shape": 0, "colour": 1, "texture": 0}
    assert (found["p_value"] < 0.001).all()
    assert found.loc["shape", "baseline"] == pytest.approx(0.75, abs=0.02)
    assert found.loc["texture", "baseline"] == pytest.approx(2 / 3, abs=0.02)
    assert (found["items"] == 36).all()


def test_results_paired_at_random_are_near_chance(tmp_path):
    tops = np.random.default_rng(0).permutation(36).tolist()
    for objective, statistic in (("-A", "differs"), ("A", "carries a")):
        found = table(tmp_path, ALL, tops, objective).loc[statistic]
        assert (found["p_value"] > 0.05).all()
        assert found["value"].between(found["baseline_low"], found["baseline_high"]).all()


PAIRS = [(a, b) for a in ALL for b in ALL if a < b and (a + 5 * b) % 7 == 0]


def values(statistic, found):
    return found.loc[statistic]["value"].to_list()


def test_sums_that_show_both_classes_carry_both(tmp_path):
    found = table(tmp_path, PAIRS, PAIRS, "A + B")
    for statistic in ("carries a", "carries one", "carries both", "carries shared"):
        assert values(statistic, found) == [1, 1, 1]
    assert values("carries b", found) == [0, 0, 0]
    assert (found.loc["carries both"]["p_value"] < 0.001).all()
    assert found.loc["mass a"]["value"].min() > 0.98
    counted = found["items"].unstack()
    for factor in NAMES:
        assert counted.loc["carries a", factor] + counted.loc["carries shared", factor] == len(
            PAIRS
        )


def test_differences_that_show_the_first_class_carry_it_and_not_the_other(tmp_path):
    only_a = table(tmp_path, PAIRS, [a for a, _ in PAIRS], "A - B")
    assert values("carries a", only_a) == [1, 1, 1]
    assert values("carries b", only_a) == [0, 0, 0]
    both = table(tmp_path, PAIRS, PAIRS, "A - B")
    assert values("carries a", both) == [1, 1, 1]
    assert values("carries a, not b", both) == [0, 0, 0]


def test_failures_are_counted_and_left_out(tmp_path):
    found = table(tmp_path, [0, 1, 2], [1, 1, 1], "-A", status=["ok", "not finite", "diverged"])
    assert (found["items"] == 2).all()
    assert (found["degenerate"] == 1).all()
    nothing = table(tmp_path, [0], [1], "-A", status="no gradient")
    assert nothing.empty


def test_other_objectives_have_no_rows_and_empty_statistics_are_empty(tmp_path):
    assert table(tmp_path, [0], [1], "A * B").empty
    same_shape = table(tmp_path, [(0, 1)], [0], "A + B")
    row = same_shape.loc["carries a", "shape"]
    assert row["items"] == 0
    assert row[["value", "low", "baseline", "p_value"]].isna().all()


def test_the_same_tables_give_the_same_numbers(tmp_path):
    first, second = (table(tmp_path, PAIRS, PAIRS, "A + B") for _ in range(2))
    pd.testing.assert_frame_equal(first, second)
    assert set(first.index.get_level_values(0)) == set(STATISTICS["A + B"])


def test_the_weaker_of_two_counts_as_their_sum_does(tmp_path):
    weaker, both = (table(tmp_path, PAIRS, PAIRS, what) for what in ("min(A, B)", "A + B"))
    pd.testing.assert_frame_equal(weaker, both)
    assert values("carries both", weaker) == [1, 1, 1]
