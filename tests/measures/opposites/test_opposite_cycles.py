"""Cycles of class -> opposite: those that networkx finds, and the way back."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from opposite_rows import rows_of

from preimage.measures.opposites.cycles import commutative, cycles, ends, known, lengths, places
from preimage.tables.opposites import CYCLES
from preimage.tables.parquet import read_table, write_table


def found(tmp_path, rows):
    write_table(cycles(rows), tmp_path / "c", CYCLES)
    return read_table(tmp_path / "c", CYCLES)


def random_map(n, seed):
    """Some classes lead outside, to 2 n, and one failed."""
    random = np.random.default_rng(seed)
    drawn = random.integers(0, n, n).tolist()
    return dict(enumerate([None, 2 * n, *drawn[2:]]))


@pytest.mark.parametrize("seed", range(5))
def test_cycles_and_their_basins_are_networkx_s(tmp_path, seed):
    steps = random_map(40, seed)
    table = found(tmp_path, rows_of(steps))
    graph = nx.DiGraph((c, o) for c, o in steps.items() if o is not None)
    expected = {
        frozenset(cycle): len(nx.ancestors(graph, cycle[0]) | set(cycle))
        for cycle in nx.simple_cycles(graph)
    }
    told = {frozenset(map(int, row.classes.split(" → "))): row.basin for row in table.itertuples()}
    assert told == expected
    assert table.length.tolist() == sorted(map(len, expected), reverse=True)


def test_a_cycle_is_told_in_the_order_of_the_walk(tmp_path):
    table = found(tmp_path, rows_of({5: 9, 7: 5, 9: 7, 2: 2, 4: 2, 11: 30}))
    assert table.classes.tolist() == ["5 → 9 → 7", "2"]
    assert table.members[0] == "class 5 → class 9 → class 7"
    assert (table.cycle.tolist(), table.basin.tolist()) == ([0, 1], [3, 2])


def test_seeds_and_networks_are_told_apart(tmp_path):
    parts = [rows_of({0: 1, 1: 0}), rows_of({0: 1, 1: 1}, seed=1), rows_of({0: 5}, network="b")]
    table = found(tmp_path, pd.concat(parts))
    assert table.seed.tolist() == [999, 1]
    assert table.members.tolist() == ["class 0 → class 1", "class 1"]


def test_what_failed_has_no_opposite_and_nothing_gives_an_empty_table(tmp_path):
    rows = known(rows_of({0: 1, 1: None}))
    assert places(rows).tolist() == [1, 1]
    assert found(tmp_path, rows_of({0: None})).empty


def test_many_maps_at_once_are_each_as_alone():
    maps = np.random.default_rng(0).integers(0, 31, (7, 31))
    maps[:, -1] = 30
    for one, length, end in zip(maps, lengths(maps), ends(maps)[0], strict=True):
        np.testing.assert_array_equal(lengths(one), length)
        np.testing.assert_array_equal(ends(one)[0], end)


def test_a_long_way_is_gone_to_its_end():
    chain = np.append(np.arange(1, 100), [99, 100])  # 0 -> 1 -> ... -> 99 -> 99; 100 is nowhere
    assert (ends(chain)[0][:-1] == 99).all()
    assert lengths(chain).tolist() == [0] * 99 + [1]


def test_the_way_back_is_that_of_the_table_of_opposites():
    # 0 <-> 1, 2 -> 0, 3 is its own, 4 leads where nothing is known.
    back, counted = commutative(np.array([1, 0, 0, 3, 5, 5]))
    assert back.tolist() == [True, True, False, False, False]
    assert counted.tolist() == [True, True, True, False, False]


def test_a_way_that_leaves_the_classes_does_not_lead_back():
    """Of a study of some classes: to leave these out would keep those that lead back."""
    back, counted = commutative(np.array([1, 3, 0, 3]))  # 0 -> 1 -> nowhere, 2 -> 0
    assert back.tolist() == [False, False, False]
    assert counted.tolist() == [True, False, True]
