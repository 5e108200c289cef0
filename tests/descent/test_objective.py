"""Objectives are values: they add up, print, read back, hash, and never change."""

from dataclasses import FrozenInstanceError

import numpy as np
import pytest
import yaml

from preimage.descent.objective import Direction, Match, Minimum, Objective, Span
from preimage.errors import UserError

parse = Objective.parse
A, B = parse("net:logits[1]"), parse("net:logits[2]")


def worth(objective, values):
    """Return what the objective is worth where each of its terms is worth `values[str(term)]`."""
    return sum(weight * values[str(term)] for weight, term in objective.terms)


WORTH = {"net:logits[1]": 10, "net:logits[2]": 3}  # A is worth 10 and B is worth 3


@pytest.mark.parametrize(
    ("objective", "expected"),
    [
        (A, 10),
        (A + B, 13),
        (A - B, 7),
        (B - A, -7),
        (-A, -10),
        (2 * (A + B), 26),
        ((A - B) * 0.5, 3.5),
        (A - (B - A), 17),
        (-(A - 2 * B), -4),
        (A - A + B, 3),
    ],
)
def test_arithmetic_is_that_of_the_values(objective, expected):
    assert worth(objective, WORTH) == expected


def test_operators_leave_their_operands_alone():
    a, b = parse("net:logits[1]"), parse("3 * net:logits[2] - net:logits[1]")
    before = str(a), str(b), a.terms, b.terms
    _ = a + b, a - b, -a, 2 * b, b * 0.5, a - a
    assert (str(a), str(b), a.terms, b.terms) == before
    with pytest.raises(FrozenInstanceError):
        a.terms = ()


def test_the_opposite_of_the_opposite_is_the_objective():
    opposite = -A
    assert -opposite == A
    assert -(A - B) == B - A


@pytest.mark.parametrize("nothing", [A - A, 0 * A, A + B - B - A, parse("0 * net:logits[1]")])
def test_terms_that_sum_to_zero_vanish(nothing):
    assert nothing.terms == ()
    assert str(nothing) == "0"
    assert nothing == A - A


LINES = [
    "net:logits[11]",
    "-net:logits[11]",
    "googlenet:logits[11] - googlenet:logits[12]",
    "0.5 * resnet50:logits[674] + 0.5 * googlenet:logits[674]",
    "-0.25 * a:b[1] - 3 * c:d[2] + e:f",
    "inception_v3:Mixed_6b[654, :6] + inception_v3:Mixed_6b[654, 6, :3]",
    "net:layer[3, 2:4, :]",
    "net:layer[:, 5]",
    "vit_b_16:encoder.layers.encoder_layer_3[token=0, feature=7]",
    "vit_b_16:encoder.ln[feature=7]",
    "vit_b_16:encoder.ln[token=:]",
    "vit_b_16:encoder.ln[token=1:3, feature=:4]",
    "regnet_y_400mf:trunk_output.block3.block3-2[0]",
    "a.b-c:logits[0] - d:block3-2",
    "own:0.conv[3]",
    "match(resnet50:layer3, dalmatian, L1)",
    "match(resnet50:layer3, dalmatian, Linf) - 2 * resnet50:logits[4]",
    "1e-05 * a:b + 1e+20 * a:c",
    "min(net:logits[13], net:logits[76])",
    "-2 * min(net:layer[3, 2:4], other@64:logits[5], net:logits[1]) + net:logits[2]",
    "net@224:logits[3] + vit_b_16@224:encoder.ln[token=0, feature=7]",
    "match(net@96:layer3, dalmatian, L2)",
    "match(net:Mixed_6b[654, :6], 200, Linf) + match(net:layer, -0.5, L1)",
]


@pytest.mark.parametrize("line", LINES)
def test_a_line_prints_as_it_was_written(line):
    assert str(parse(line)) == line


@pytest.mark.parametrize("weight", [1 / 3, 0.1, 1e-7, 123456.789, 2**0.5, 1e300, 5e-324])
def test_weights_survive_printing_to_the_last_bit(weight):
    objective = weight * A - weight / 3 * B
    again = parse(str(objective))
    assert again == objective
    assert again.digest == objective.digest
    assert dict(map(reversed, again.terms)) == dict(map(reversed, objective.terms))


@pytest.mark.parametrize("line", LINES)
def test_objectives_survive_yaml(line):
    stored = yaml.safe_load(yaml.safe_dump({"objective": str(parse(line))}))
    assert parse(stored["objective"]) == parse(line)


def test_shorthand_is_read_as_the_same_objective():
    assert parse("match(a:b, photo)") == parse("match(a:b, photo, L1)")
    assert parse("a:b[map=3]") == parse("a:b[3]")
    assert parse("a:b[row=2]") == parse("a:b[:, 2]")
    assert parse("a:b[feature=7]") == parse("a:b[token=:, feature=7]")
    assert parse("  - 2*a:b[ 1 ,2:3 ] ") == -2 * parse("a:b[1, 2:3]")
    assert parse("a:b + a:b") == 2 * parse("a:b")


def test_what_is_read_is_what_is_meant():
    (weight, term), (other, match) = parse("-2 * a:b[4, :3] + match(c:d.0, cat.jpg, L2)").terms
    assert (weight, term) == (-2, Direction("a", "b", (4, Span(None, 3))))
    assert (other, match) == (1, Match("c", "d.0", "cat.jpg", "L2"))
    ((_, token),) = parse("v:l[token=0, feature=7]").terms
    assert token == Direction("v", "l", (0, 7), tokens=True)
    assert token != Direction("v", "l", (0, 7))
    ((_, least),) = parse("min(a:b[1, 2], c@64:d)").terms
    assert least == Minimum((Direction("a", "b", (1, 2)), Direction("c", "d", side=64)))
    assert parse("a@64:b[1]") != parse("a:b[1]")


def test_order_of_terms_does_not_matter():
    one, other = A + 2 * B, 2 * B + A
    assert one == other
    assert hash(one) == hash(other)
    assert one.digest == other.digest
    assert {one: "found"}[other] == "found"


def test_different_objectives_differ():
    lines = [*LINES, "net:logits[12]", "2 * net:logits[11]", "net:logits", "v:l[0, 7]"]
    assert len({parse(line) for line in lines}) == len({parse(line).digest for line in lines})
    assert len({parse(line).digest for line in lines}) == len(lines)
    assert parse("v:l[token=0, feature=7]") != parse("v:l[0, 7]")
    assert A != "net:logits[1]"


def test_the_digest_never_changes():
    """Results are filed under it: a change here orphans every picture made before."""
    line = "0.5 * resnet50:logits[674] - match(googlenet:conv1, dalmatian, L2)"
    assert parse(line).digest == "861a154643c5"


def test_the_digest_does_not_depend_on_how_a_number_is_typed():
    assert (
        (2 * A).digest == (2.0 * A).digest == (np.float64(2) * A).digest == (A * np.int64(2)).digest
    )
    assert str(np.float32(0.5) * A) == "0.5 * net:logits[1]"
    assert Objective.of(Direction("net", "logits", (1,)), 1).digest == A.digest


def test_networks_are_named_in_order():
    assert parse("b:l - a:l + b:k").networks == ("b", "a")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "empty objective"),
        ("0", "cannot read the objective '0'"),
        ("net", "cannot read the objective 'net' at 'net'"),
        ("a:b[1] a:c", r"at 'a:c'.*joined by \+ or -"),
        ("a:b[1] + 3", r"at '\+ 3'"),
        ("a:b[1]-a:b[2]", "cannot read"),
        ("1.2.3 * a:b", r"at '1\.2\.3 \* a:b'"),
        ("a:b[-1]", r"index \[-1\] in 'a:b\[-1\]'.*numbers or ranges"),
        ("a:b[x]", r"index \[x\]"),
        ("a:b[token=0, map=1]", "either map, row, column or token, feature"),
        ("a:b[map=1, 3]", "name each axis once"),
        ("a:b[row=1, row=2]", "name each axis once"),
        ("match(a:l, photo, L3)", r"metric 'L3' in match\(a:l, photo, L3\): use L1, L2, Linf"),
        ("match(a:l)", "cannot read"),
    ],
)
def test_what_cannot_be_read_is_quoted(line, message):
    with pytest.raises(UserError, match=message):
        parse(line)
