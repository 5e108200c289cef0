"""What a sheet shows: which items, and which classes their objectives ask for."""

import json

import pandas as pd
import pytest

from preimage.errors import UserError
from preimage.figures.look import Look
from preimage.figures.pictures import choose, wanted
from preimage.plans import read_plan


def frame(count=10):
    rows = [
        {"item": f"{c:03d}", "target": f"name {c}", "class_a": c, "class_b": None}
        for c in range(count)
    ]
    return pd.DataFrame(rows)


def test_at_most_so_many_spread_over_all():
    shown = choose(frame(100), Look(most=4))
    assert list(shown.class_a) == [0, 33, 66, 99]
    assert len(choose(frame(3), Look(most=4))) == 3


def test_items_are_named_by_address_number_or_name():
    assert list(choose(frame(), Look(show=("name 7", 2, "005"))).class_a) == [2, 5, 7]


def test_items_that_are_not_there_are_an_error():
    with pytest.raises(UserError, match="nothing here"):
        choose(frame(), Look(show=("nothing here",)))


@pytest.mark.parametrize(
    ("objective", "classes"),
    [
        ("n:logits[3]", {3}),
        ("-n:logits[3]", set()),
        ("n:logits[3] + n:logits[7]", {3, 7}),
        ("n:logits[3] - n:logits[7]", {3}),
    ],
)
def test_classes_asked_for_are_those_raised(objective, classes):
    row = pd.Series({"class_a": 3, "class_b": 7, "objective": objective})
    assert wanted(row) == classes


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"colums": 3}, "unknown key 'colums'.*mean columns"),
        ({"most": 0}, r">= 1 - at `\$\.most`"),
    ],
)
def test_a_look_that_cannot_be_is_an_error(tmp_path, data, message):
    (tmp_path / "look.json").write_text(json.dumps(data))
    with pytest.raises(UserError, match=message):
        read_plan(tmp_path / "look.json", Look)
