"""Opposites: the maker's own label, and whether the way leads back."""

import pandas as pd
from pictures import item_rows, one_hot, said

from preimage.measures.opposites.labels import opposites
from preimage.tables.images import OPPOSITES
from preimage.tables.parquet import read_table, write_table


def table(tmp_path, told):
    write_table(opposites(told), tmp_path / "o", OPPOSITES)
    return read_table(tmp_path / "o", OPPOSITES).set_index("class")


def test_the_way_back_is_known_only_where_it_was_gone(tmp_path):
    # 0 <-> 1, 2 -> 0 -> 1, 3 is its own, 4 -> 9 was not asked for, 5 -> 6 failed.
    items = item_rows(range(7), image_set="opposites", status=["ok"] * 6 + ["no gradient"])
    told = said(items, one_hot([(1, 2), (0, 3), 0, 3, 9, 6, 1], 10))[0]
    found = table(tmp_path, told)
    assert found["opposite"].tolist()[:6] == [1, 0, 0, 3, 9, 6]
    assert found["is_self"].tolist()[:6] == [False, False, False, True, False, False]
    assert found["commutative"].tolist()[:3] == [True, True, False]
    assert found["commutative"].isna().tolist() == [False] * 3 + [True] * 4
    assert (found["opposite_name"][0], found["opposite_logit"][0]) == ("class 1", 10)
    assert found["margin"].tolist()[:3] == [5, 5, 10]


def test_a_failure_tells_nothing_but_its_status(tmp_path):
    items = item_rows([0], image_set="opposites", status="no gradient")
    row = table(tmp_path, said(items, [[0.0, 0.0, 0.0]])[0]).iloc[0]
    assert (row["status"], row["name"]) == ("no gradient", "class 0")
    assert row.drop(["status", "name", "set", "network", "seed"]).isna().all()


def test_only_the_maker_labels_and_makers_are_kept_apart(tmp_path):
    mine, theirs = (item_rows([0, 1], network=n, image_set="opposites") for n in ("mine", "theirs"))
    parts = [
        said(mine, one_hot([1, 2], 3), judge="mine"),
        said(mine, one_hot([2, 2], 3), judge="theirs"),
        said(theirs, one_hot([2, 0], 3), judge="theirs"),
    ]
    found = table(tmp_path, pd.concat([told for told, _ in parts]))
    assert found["opposite"].tolist() == [1, 2, 2, 0]
    assert found["network"].tolist() == ["mine", "mine", "theirs", "theirs"]
    assert found["commutative"].tolist()[0] is False
