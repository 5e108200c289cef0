"""Columns of comparisons: what sort of pictures they have, and who took part in them."""

import msgspec
import pytest

from preimage.descent.objective import Objective
from preimage.measures.comparisons.sides import Comparison, Triple, kind, title


@pytest.mark.parametrize(
    ("objective", "found"),
    [
        ("n:logits[3]", "alone"),
        ("-n:logits[3]", "opposite"),
        ("0.5 * n:logits[3] + 0.5 * m@32:logits[3]", "combined"),
        ("n:logits[3] - m:logits[3]", "difference"),
        ("match(n:logits, set.m.003, L1)", "vectorised"),
        ("n:logits[3] + n:logits[5]", "sum"),
        ("n:logits[3] - 0.5 * n:logits[5]", "subtraction"),
        ("min(n:logits[3], n:logits[5])", "weaker"),
        ("min(n:logits[3], m@32:logits[3])", "combined"),
        ("match(n:logits[3], 200, L1)", "alone"),
    ],
)
def test_the_kind_follows_from_the_objective(objective, found):
    assert kind(Objective.parse(objective)) == found


def side(network, sort, *others, of=None):
    return {"set": sort, "network": network, "kind": sort, "title": f"{sort} {network}"} | {
        "networks": [network, *others],
        "of": of,
    }


def comparison(*columns):
    return msgspec.convert({"name": "c", "code": "B4", "columns": columns}, Comparison)


def test_a_third_network_took_part_in_no_column():
    both = comparison(side("n", "alone"), side("n", "difference", "m"))
    assert [both.is_third(name) for name in ("n", "m", "other")] == [False, False, True]


def test_what_a_network_was_merged_of_is_no_third():
    merged = side("n-merged", "alone") | {"origins": ["n", "m"]}
    found = comparison(merged, side("m", "alone"))
    assert [found.is_third(name) for name in ("n", "m", "other")] == [False, False, True]


def test_a_vectorised_picture_is_to_move_from_ours_toward_theirs():
    found = comparison(side("m", "alone"), side("n", "alone"), side("n", "vectorised", "m"))
    assert list(found.triples()) == [
        ("vectorised", Triple("vectorised n", other="alone n", toward="alone m"))
    ]


def test_a_difference_is_to_be_nearer_to_ours_than_theirs_is():
    found = comparison(side("m", "alone"), side("n", "alone"), side("n", "difference", "m"))
    assert list(found.triples()) == [
        ("difference", Triple("difference n", other="alone m", toward="alone n"))
    ]


def test_without_pictures_of_both_nothing_is_compared():
    assert not list(comparison(side("m", "alone"), side("n", "vectorised", "m")).triples())


def test_a_column_without_a_title_is_called_by_what_it_is():
    column = {"set": "class_images", "network": "n"}
    assert title(column) == "n · class_images"
    assert title(column | {"of": "B"}) == "n · class_images · B"
    assert title(column | {"title": "ours"}) == "ours"
