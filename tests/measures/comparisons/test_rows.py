"""The rows of a comparison are those that all of its columns have, in one order."""

import pandas as pd
import pytest
from pictures import item_rows

from preimage.errors import UserError
from preimage.measures.comparisons.rows import in_rows
from preimage.measures.comparisons.sides import Side


def side(image_set, of=None):
    return Side(image_set, "mine", "alone", ("mine",), image_set, of)


def rows(classes, image_set, seed=999):
    return item_rows(classes, image_set=image_set, seed=seed)


def test_rows_are_the_classes_and_seeds_that_all_have():
    there = [rows([2, 1, 0], "a"), rows([1, 2, 3], "b"), rows([1], "b", seed=7)]
    one, other = in_rows(pd.concat(there), [side("a"), side("b")])
    assert list(one.classes) == list(other.classes) == ["001", "002"]
    assert list(one["set"]) == ["a", "a"]
    assert list(other.item) == ["001", "002"]
    assert other.class_b.isna().all()


def test_beside_pairs_a_picture_of_a_class_is_in_every_row_of_it():
    pictures = pd.concat([rows([(1, 2), (1, 0), (3, 1)], "sums"), rows([0, 1, 2], "ones")])
    sums, first, second = in_rows(pictures, [side("sums"), side("ones", "A"), side("ones", "B")])
    assert list(sums.classes) == ["001+000", "001+002"]  # of class 3 there is no picture
    assert list(first.item) == ["001", "001"]
    assert list(second.item) == ["000", "002"]
    assert list(second.class_a) == [1, 1]
    assert first.own.nunique() == 1
    assert second.own.nunique() == 2


def test_a_pair_and_its_reverse_are_two_rows():
    pictures = pd.concat([rows([(1, 2)], "a"), rows([(2, 1)], "b")])
    with pytest.raises(UserError, match="no class and seed is in all of a, b"):
        in_rows(pictures, [side("a"), side("b")])
