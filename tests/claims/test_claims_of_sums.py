"""Claims of sums of two classes, and of one that turns into another."""

import numpy as np
import pandas as pd
import pytest
from pictures import item_rows, said

from preimage.claims import ledger
from preimage.claims.comparisons import ComparisonClaims
from preimage.claims.makers import Maker
from preimage.claims.sums import disjoint, settle_sums
from preimage.claims.transfiguration import settle_transfigurations
from preimage.measures.comparisons.sides import Side

REPRODUCED, NOT, OPEN = "reproduced", "not reproduced", "inconclusive"
CLASSES = 60
PAIRS = [(2 * k, 2 * k + 1) for k in range(24)]
MAKERS = {
    "res": Maker("resnet50", "trained", published=True),
    "inc": Maker("inception_v3", "trained", published=True),
    "third": Maker("squeezenet1_0", "trained", published=True),
}
RANDOM = np.random.default_rng(5)


def of_kind(kind, network, image_set):
    return Side(set=image_set, network=network, kind=kind, networks=(network,))


def plan(**lists):
    empty = {key: [] for key in ("comparisons", "one_step", "alone", "pairs", "turns")}
    about = {"judges": ["third"], "classes": [str(c) for c in range(CLASSES)]}
    return ComparisonClaims(**empty | about | lists)


def only(found):
    (row,) = found[found.networks != ""].to_dict("records")
    return row


def sums(logit_a, logit_b, pairs=PAIRS):
    rows = item_rows(pairs, network="res", image_set="sums")
    logits = RANDOM.random((len(pairs), CLASSES))
    for row, (a, b) in enumerate(pairs):
        logits[row, a] += np.broadcast_to(logit_a, len(pairs))[row]
        logits[row, b] += np.broadcast_to(logit_b, len(pairs))[row]
    return said(rows, logits, "third")[0]


def settled_sums(words, **more):
    of_sums = plan(pairs=[of_kind("sum", "res", "sums")], **more)
    return only(ledger.table(settle_sums(of_sums, MAKERS, words)))


@pytest.mark.parametrize(
    ("b", "verdict"), [(8, REPRODUCED), (-9, NOT), (np.where(np.arange(24) % 2, 9, -9), OPEN)]
)
def test_a_sum_shows_both_where_a_third_network_has_both_among_its_first_five(b, verdict):
    row = settled_sums(sums(9, b))
    assert (row["role"], row["n"], row["verdict"]) == ("primary", 24, verdict)


def test_classes_that_are_always_among_the_first_say_nothing_of_a_sum():
    always = sums(0, 0, [(a, b) for a, b in PAIRS])
    five = pd.DataFrame({f"top{k}": k - 1 for k in range(1, 6)}, always.index)
    pairs = [(0, 1), (2, 3)]
    row = settled_sums(always.assign(**five)[always.class_a.isin([a for a, _ in pairs])])
    assert row["verdict"] != REPRODUCED


def test_no_two_pairs_share_a_class():
    assert disjoint(np.array([[1, 2], [2, 3], [3, 4], [4, 1]])).tolist() == [[1, 2], [3, 4]]
    chain = [(c, c + 1) for c in range(40)]
    assert settled_sums(sums(9, 8, chain))["n"] == 20


@pytest.mark.parametrize(("b", "verdict"), [(-9, REPRODUCED), (8, OPEN)])
def test_a_single_class_that_shows_both_leaves_the_sum_open(b, verdict):
    rows = item_rows(range(48), network="res", image_set="images")
    logits = RANDOM.random((48, CLASSES)) + 9 * np.eye(48, CLASSES)
    for a, other in PAIRS:
        logits[a, other] += b
    words = pd.concat([sums(9, 8), said(rows, logits, "third")[0]])
    row = settled_sums(words, alone=[of_kind("alone", "res", "images")])
    assert row["verdict"] == verdict


def test_seeds_of_a_pair_are_no_more_pairs_and_failed_ones_count():
    words = pd.concat([sums(9, 8), sums(9, 8).assign(seed=1)])
    words.loc[words.class_a == 0, "status"] = "diverged"
    row = settled_sums(words)
    assert (row["n"], row["failed"]) == (23, 1)


FRAMES = 11


def turned(a, b, judges=("inc", "third"), pairs=PAIRS[:12]):
    """Return what judges say of frames whose logits are functions of the time."""
    found = []
    for number in range(FRAMES):
        t = number / (FRAMES - 1)
        rows = item_rows(pairs, network="inc", image_set="turns")
        rows["item"] += f".{number:03d}"
        logits = RANDOM.random((len(pairs), CLASSES)) / 9
        for row, (one, other) in enumerate(pairs):
            logits[row, one] += a(t)
            logits[row, other] += b(t)
        found += [said(rows, logits, judge)[0] for judge in judges]
    return pd.concat(found)


def settled_turns(words):
    of_turns = plan(turns=[of_kind("sum", "inc", "turns")])
    found = ledger.table(settle_transfigurations(of_turns, MAKERS, words))
    return found[found.networks != ""].set_index("id")


def evenly(t):
    return 9 * t


@pytest.mark.parametrize(
    ("a", "b", "both", "gradual"),
    [
        (lambda t: evenly(1 - t), evenly, REPRODUCED, REPRODUCED),
        (lambda t: 9.0 * (t <= 0.5), lambda t: 9.0 * (t > 0.5), NOT, NOT),  # a leap
        (lambda t: 9.0, lambda t: -9.0, NOT, NOT),  # nothing turns
    ],
)
def test_what_turns_evenly_shows_both_halfway_and_gradually(a, b, both, gradual):
    found = settled_turns(turned(a, b))
    assert found.verdict.to_dict() == {"J1.1": both, "J1.2": gradual}
    assert set(found.n) == {12}
    assert found.measured_in.to_dict() == {"J1.1": "third", "J1.2": "inc"}


def test_few_pairs_are_inconclusive():
    found = settled_turns(turned(lambda t: evenly(1 - t), evenly, pairs=PAIRS[:4]))
    assert set(found.verdict) == {OPEN}


def test_a_failed_frame_is_no_frame_that_turned():
    words = turned(lambda t: evenly(1 - t), evenly)
    words.loc[words["item"].str.endswith("000+001.005"), "status"] = "diverged"
    found = settled_turns(words)
    assert found.failed.to_dict() == {"J1.1": 1, "J1.2": 1}


def test_what_is_always_there_halfway_is_no_mixture():
    words = turned(lambda t: evenly(1 - t), evenly)
    favourites = [c for pair in PAIRS[:12] for c in pair][:5]
    five = {f"top{k}": c for k, c in zip(range(1, 6), favourites, strict=True)}
    found = settled_turns(words.assign(**five))
    assert found.verdict["J1.1"] == NOT
