"""Components of graphs of neighbours, and whether neighbours share a group."""

import numpy as np
import pandas as pd
import pytest

from preimage.measures.space.neighbours import ALL, components, neighbour_groups
from preimage.tables.parquet import read_table, write_table
from preimage.tables.space import COMPONENTS, NEIGHBOUR_GROUPS


def rows(second, l2=None, judge="mine"):
    """Return what tests need of rows NEIGHBOURS: the neighbour of each class, by number."""
    l2 = second if l2 is None else l2
    return pd.DataFrame(
        {
            "set": "class_images",
            "network": "mine",
            "seed": 999,
            "judge": judge,
            "class": range(len(second)),
            "name": [f"class {i}" for i in range(len(second))],
            "second_neighbour": pd.array(second, dtype="Int64"),
            "second_neighbour_name": [f"class {i}" for i in second],
            "l2_neighbour": pd.array(l2, dtype="Int64"),
            "l2_neighbour_name": [f"class {i}" for i in l2],
        }
    )


def test_components_hang_together_whatever_the_directions(tmp_path):
    write_table(components(rows([1, 0, 1, 4, 3], [1, 2, 0, 0, 0])), tmp_path / "t", COMPONENTS)
    found = read_table(tmp_path / "t", COMPONENTS)
    second = found[found.kind == "second logit"]
    assert second["size"].tolist() == [3, 2]
    assert second.members.tolist() == ["class 0; class 1; class 2", "class 3; class 4"]
    assert found[found.kind == "L2 distance"]["size"].tolist() == [5]


def test_a_neighbour_without_a_picture_is_in_the_graph():
    found = components(rows([9, 9]))
    assert found.members[0] == "class 0; class 1; class 9"


def test_a_class_without_a_neighbour_is_alone():
    found = components(rows([1, 0, None]))
    assert found[found.kind == "L2 distance"]["size"].tolist() == [2, 1]


def test_what_other_judges_say_does_not_count():
    assert components(rows([1, 0], judge="other")).empty


def test_shares_of_groups_have_an_interval_and_a_baseline(tmp_path):
    # Class 0 to 9 are dogs, 10 to 19 birds, 20 nothing; one dog's neighbour is a bird.
    second = [*range(1, 10), 15, *range(11, 20), 10, 0]
    groups = {"dogs": range(10), "birds": range(10, 20)}
    write_table(neighbour_groups(rows(second), groups), tmp_path / "t", NEIGHBOUR_GROUPS)
    found = read_table(tmp_path / "t", NEIGHBOUR_GROUPS)
    found = found[found.kind == "second logit"].set_index("group")
    assert found.classes.to_dict() == {ALL: 20, "dogs": 10, "birds": 10}
    assert found.share.to_dict() == {ALL: 0.95, "dogs": 0.9, "birds": 1.0}
    assert found.baseline.tolist() == pytest.approx([0.5, 0.45, 0.55], abs=0.02)
    assert (found.p_value < 0.01).all()
    assert found.share_low[ALL] < 0.95 < found.share_high[ALL]


def test_neighbours_by_chance_are_no_better_than_the_baseline():
    second = np.random.default_rng(0).permutation(40)
    found = neighbour_groups(rows(second), {"low": range(20), "high": range(20, 40)})
    assert (found.p_value > 0.05).all()


def test_without_groups_there_is_nothing_to_tell(tmp_path):
    write_table(neighbour_groups(rows([1, 0]), {}), tmp_path / "t", NEIGHBOUR_GROUPS)
    assert read_table(tmp_path / "t", NEIGHBOUR_GROUPS).empty


def test_a_class_of_two_groups_counts_in_each():
    # 0 and 1 are red rings, 2 and 3 red stars; 1 and 3 have a neighbour of the other shape.
    groups = {"red": range(4), "ring": [0, 1], "star": [2, 3]}
    found = neighbour_groups(rows([1, 2, 3, 0]), groups).set_index(["kind", "group"])
    assert found.share["second logit"].to_dict() == {ALL: 1, "red": 1, "ring": 0.5, "star": 0.5}
    assert found.baseline["second logit"]["ring"] == pytest.approx(0.5, abs=0.05)
