"""Objectives with letters: what they ask for, when, of whom, and in words."""

import pytest

from preimage.errors import UserError
from preimage.study.features import read_feature
from preimage.study.template import template


def of(text, classes=(3, 5), t=0.0):
    return str(template(text).of_classes("net", "fc", classes, "dog", t))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A", "net:fc[3]"),
        (" -  A", "-net:fc[3]"),
        ("2*A  - 0.5 * B", "2 * net:fc[3] - 0.5 * net:fc[5]"),
        ("A + A", "2 * net:fc[3]"),
        ("min(A, B)", "min(net:fc[3], net:fc[5])"),
        ("A - other@48:A", "net:fc[3] - other@48:logits[3]"),
        ("A - other:fc[7]", "net:fc[3] - other:fc[7]"),
        ("match(P)", "match(net:fc, dog, L1)"),
        (
            "match(P, L2) + match(other@8:P)",
            "match(net:fc, dog, L2) + match(other@8:logits, dog, L1)",
        ),
        ("match(A, 20)", "match(net:fc[3], 20, L1)"),
    ],
)
def test_letters_stand_for_classes_and_pictures(text, expected):
    assert of(text) == expected
    assert not template(text).moves


def test_weights_move_with_t():
    text = "(1 - t) * A + t * B - 2 * other:A"
    assert template(text).moves
    assert of(text, t=0) == "net:fc[3] - 2 * other:logits[3]"
    assert of(text, t=1 / 3) == "0.666667 * net:fc[3] + 0.333333 * net:fc[5] - 2 * other:logits[3]"
    assert template(text).words(["cat", "owl"], 0.25) == "0.75 * cat + 0.25 * owl - 2 * other:cat"
    assert template(text).words(["cat", "owl"]) == "(1 - t) * cat + t * owl - 2 * other:cat"


@pytest.mark.parametrize("network", ["swin-t", "t", "swin_t.t", "A", "swin-B"])
def test_a_network_may_have_a_letter_or_t_in_its_name(network):
    found = template(f"A + {network}:A")
    assert not found.moves
    assert found.letters == {"A"}
    assert found.networks == {network}
    assert of(f"A + {network}:A") == f"net:fc[3] + {network}:logits[3]"
    assert of(f"(1 - t) * A + t * {network}:A", t=1) == f"{network}:logits[3]"


@pytest.mark.parametrize(
    ("text", "plain", "kind"),
    [
        ("A", "A", "alone"),
        ("2*A", "A", "alone"),
        (" - A", "-A", "opposite"),
        ("2 * A + 2 * B", "A + B", "sum"),
        ("A - 0.5 * B", "A - 0.5 * B", "subtraction"),
        ("min(A, B)", "min(A, B)", "weaker"),
        ("0.5 * A + 0.5 * other:A", "A + other:A", "combined"),
        ("A - other:A", "A - other:A", "difference"),
        ("match(P)", "match(P, picture, L1)", "vectorised"),
        ("other:A", "other:A", "alone"),
    ],
)
def test_an_objective_is_known_however_it_is_written(text, plain, kind):
    assert template(text).plain == plain
    assert template(text).kind == kind


def test_views_are_those_of_the_picture():
    assert {str(view) for view in template("A - b@9:B").views("net")} == {"net", "b@9"}
    assert {str(view) for view in template("other:F").views("net")} == {"other"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-F", "-net:a[1] - net:b[2]"),
        ("0.5 * F", "0.5 * net:a[1] + 0.5 * net:b[2]"),
        ("F - 2 * other:F", "net:a[1] + net:b[2] - 2 * other:a[1] - 2 * other:b[2]"),
        ("F + googlenet@224:F", "net:a[1] + net:b[2] + googlenet@224:a[1] + googlenet@224:b[2]"),
        ("F - net:fc[3]", "net:a[1] + net:b[2] - net:fc[3]"),
    ],
)
def test_signs_and_weights_are_of_all_parts_of_a_feature(text, expected):
    (feature,) = read_feature("a[1] + b[2]").steps
    assert str(template(text).of_feature("net", feature)) == expected


@pytest.mark.parametrize("text", ["match(F, 200, L2)", "min(F, other:F)"])
def test_a_level_and_the_weaker_are_of_one_address(text):
    (alone,), (both,) = (read_feature(f).steps for f in ("a[1, :3]", "a[1] + b[2]"))
    assert str(template(text).of_feature("net", alone)).count("net:a[1, :3]") == 1
    with pytest.raises(UserError, match="take one address"):
        template(text).of_feature("net", both)


@pytest.mark.parametrize(
    "text", ["A[3]", "A * A", "min(A)", "A-B", "t", "A + t", "match(P, L3)", ""]
)
def test_what_is_no_objective_is_an_error(text):
    with pytest.raises(UserError, match="cannot read the objective"):
        template(text)


def test_an_objective_that_asks_for_nothing_is_an_error():
    with pytest.raises(UserError, match="'A - A' asks for nothing"):
        template("A - A")
