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


def shown_by(pictures, pairs=PAIRS[:20]):
    """Return what a third network says of sums where a number of a pair shows which pairs."""
    words = sums(0, 0, pairs)
    five = np.full((len(pairs), 5), CLASSES - 1)
    for row, both in pictures.items():
        five[row, : 2 * len(both)] = np.array(pairs)[both].ravel()
    columns = {f"top{k + 1}": five[:, k] for k in range(5)}
    return settled_sums(words.assign(**columns))


@pytest.mark.parametrize(
    ("pictures", "excess", "verdict"),
    [
        ({row: [row] for row in range(20)}, REPRODUCED, REPRODUCED),
        # Each picture shows the next pair, none its own: less than chance, of which little is left.
        ({row: [(row + 1) % 20] for row in range(20)}, OPEN, NOT),
        # All show the same two pairs: the two themselves are no more than chance.
        ({row: [0, 1] for row in range(20)}, NOT, NOT),
    ],
)
def test_that_a_sum_shows_both_beyond_chance_has_three_ends(pictures, excess, verdict):
    row = shown_by(pictures)
    assert row["parts"].rpartition(": ")[2] == excess
    assert row["verdict"] == verdict
    assert 0 < row["p"] <= 1


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
    words.loc[words.class_a == 0, "status"] = "not finite"
    words.loc[words.class_a == 2, "status"] = "diverged"  # which is a picture
    row = settled_sums(words)
    assert (row["n"], row["failed"]) == (23, 1)
    row = settled_sums(words.assign(status="no gradient"))
    assert (row["n"], row["failed"], row["verdict"]) == (0, 24, OPEN)


FRAMES = 11


def turned(a, b, judges=("inc", "third"), pairs=PAIRS[:12]):
    """Return PREDICTIONS and LOGITS of frames whose logits are functions of the time."""
    found = []
    for number in range(FRAMES):
        t = number / (FRAMES - 1)
        rows = item_rows(pairs, network="inc", image_set="turns")
        rows["item"] += f".{number:03d}"
        logits = RANDOM.random((len(pairs), CLASSES)) / 9
        for row, (one, other) in enumerate(pairs):
            logits[row, one] += a(t)
            logits[row, other] += b(t)
        found += [said(rows, logits, judge) for judge in judges]
    return tuple(map(pd.concat, zip(*found, strict=True)))


def settled_turns(words, logits):
    of_turns = plan(turns=[of_kind("sum", "inc", "turns")])
    found = ledger.table(settle_transfigurations(of_turns, MAKERS, words, logits))
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
    found = settled_turns(*turned(a, b))
    assert found.verdict.to_dict() == {"J1.1": both, "J1.2": gradual}
    assert set(found.n) == {12}
    assert found.measured_in.to_dict() == {"J1.1": "third", "J1.2": "inc"}


def test_few_pairs_are_inconclusive():
    found = settled_turns(*turned(lambda t: evenly(1 - t), evenly, pairs=PAIRS[:4]))
    assert set(found.verdict) == {OPEN}


def test_a_failed_frame_is_no_frame_that_turned():
    words, logits = turned(lambda t: evenly(1 - t), evenly)
    words.loc[words["item"].str.endswith("000+001.005"), "status"] = "no gradient"
    words.loc[words["item"].str.endswith("002+003.005"), "status"] = "diverged"
    found = settled_turns(words, logits)
    assert found.failed.to_dict() == {"J1.1": 1, "J1.2": 1}


def test_what_is_always_there_halfway_is_no_mixture():
    words, logits = turned(lambda t: evenly(1 - t), evenly)
    favourites = [c for pair in PAIRS[:12] for c in pair][:5]
    five = {f"top{k}": c for k, c in zip(range(1, 6), favourites, strict=True)}
    found = settled_turns(words.assign(**five), logits)
    assert found.verdict["J1.1"] == NOT


def test_what_rises_halfway_whatever_is_asked_for_is_no_mixture():
    words, logits = turned(lambda t: evenly(1 - t), evenly)
    found = settled_turns(words, logits)
    assert found.control_verdict["J1.1"] == NOT
    # Halfway all classes rise, and the judge sees all of these: a pair of others would do as well.
    halfway = logits["item"].str.endswith(".005").to_numpy()
    logits["logits"] = [one + 9 * half for one, half in zip(logits.logits, halfway, strict=True)]
    everything = words.assign(**{f"top{k}": words.class_a for k in (1, 2)})
    dealt = {a: PAIRS[(at - 1) % 12][1] for at, (a, _) in enumerate(PAIRS[:12])}
    everything = everything.assign(top3=words.class_b, top4=words.class_a.map(dealt))
    found = settled_turns(everything, logits)
    assert (found.control_verdict["J1.1"], found.verdict["J1.1"]) == (REPRODUCED, OPEN)
