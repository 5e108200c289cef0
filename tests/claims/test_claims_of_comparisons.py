"""Statistics and claims of comparisons: what moved is told from what only became paler."""

import msgspec
import numpy as np
import pandas as pd
import pytest
from pictures import item_rows, said

from preimage.claims.comparisons import Found, claims
from preimage.measures.comparisons.columns import tabulate
from preimage.measures.comparisons.nearness import among_others, l2
from preimage.measures.comparisons.pairs import pairs
from preimage.measures.comparisons.sides import Comparison, Side
from preimage.measures.images.predictions import with_logits
from preimage.measures.statistics.verdicts import INCONCLUSIVE, NOT_REPRODUCED, NOT_RUN, REPRODUCED
from preimage.tables.comparisons import COMPARED_IMAGES, COMPARISONS, PAIRS
from preimage.tables.depth import RECONSTRUCTIONS

CLASSES = 12
RANDOM = np.random.default_rng(1)
THEIRS, OURS = RANDOM.normal(size=(2, CLASSES, 40))
NEAR = RANDOM.normal(size=(CLASSES, 40)) * 0.1


def side(title, network, kind, *others):
    return {"set": title, "network": network, "kind": kind, "networks": [network, *others]} | {
        "title": title
    }


ALONE = [side("theirs", "goog", "alone"), side("ours", "res", "alone")]


def comparison(*columns, code="B4"):
    return msgspec.convert({"name": "c", "code": code, "columns": [*ALONE, *columns]}, Comparison)


def compared(one, columns):
    """Return rows COMPARED_IMAGES of `columns`: vectors by title, as a third network sees them."""
    rows = item_rows(range(CLASSES))
    tables = [
        among_others(l2(columns[a], columns[b]), np.arange(CLASSES)).assign(
            **{"one": a, "other": b, "by": by, "third": third, "metric": "l2", "ssim": np.nan},
            **{"code": one.code, "comparison": one.name, "classes": rows.item},
            **{key: rows[key] for key in ("class_a", "class_b", "seed")},
        )
        for a in columns
        for b in columns
        for by, third in (("pixels", None), ("other", True), ("goog", False))
        if a != b
    ]
    return pd.concat(tables)[COMPARED_IMAGES.names]


def told(one, certain, judges=("goog", "other")):
    """Return what judges say: `certain` is the logit of the class by title."""
    found = []
    for column in one.sides:
        rows = item_rows(range(CLASSES), network=column.network, image_set=column.set)
        for judge in judges:
            logits = np.eye(CLASSES) * certain[column.title]
            found.append(with_logits(*said(rows, logits, judge)))
    return pd.concat(found)


def statistics(one, columns, certain=None):
    certain = certain or dict.fromkeys(columns, 5)
    return tabulate(one, compared(one, columns), told(one, certain))


def value(table, statistic, **where):
    for key, wanted in {"statistic": statistic, "by": "other", **where}.items():
        table = table[table[key] == wanted]
    (row,) = table.to_dict("records")
    return row


def judged(one, columns, certain=None, classes=()):
    found = Found(
        compared(one, columns),
        statistics(one, columns, certain),
        *(pd.DataFrame(columns=table.names) for table in (PAIRS, RECONSTRUCTIONS)),
    )
    return claims(found, [one], [], classes)


def verdicts(found, part):
    """Return what is found of the claims with a part, of those that are judged."""
    return list(found[found.claim.str.contains(part) & (found.n > 0)].verdict)


VECTORISED = comparison(side("new", "res", "vectorised", "goog"))


def test_what_moved_is_nearer_its_own_row_than_chance_says():
    found = statistics(VECTORISED, {"theirs": THEIRS, "ours": OURS, "new": THEIRS + NEAR})
    assert list(found.columns) == COMPARISONS.names
    moved = value(found, "moved", one="new")
    assert moved["other"] == "ours"
    assert moved["toward"] == "theirs"
    assert moved["value"] > 0.8
    assert moved["baseline"] < 0.5
    assert value(found, "moved beyond")["low"] > 0.5
    assert value(found, "nearer")["value"] == 1
    assert value(found, "nearest", one="new", other="theirs")["value"] == 1
    assert value(found, "nearest", one="ours", other="theirs")["baseline"] == 1 / CLASSES


def test_what_is_only_paler_has_moved_but_not_beyond_chance():
    paler = {"theirs": THEIRS, "ours": OURS, "new": OURS * 0.2}
    found = statistics(VECTORISED, paler)
    assert value(found, "moved")["low"] > 0.2
    assert value(found, "moved beyond")["low"] < 0 < value(found, "moved beyond")["high"]
    assert verdicts(judged(VECTORISED, paler), "moved toward") == [INCONCLUSIVE] * 2
    assert verdicts(judged(VECTORISED, paler), "looks like") == [NOT_REPRODUCED] * 2


@pytest.mark.parametrize(
    ("share", "verdict"), [(0.03, NOT_REPRODUCED), (0.45, NOT_REPRODUCED), (0.7, REPRODUCED)]
)
def test_what_moved_toward_theirs_looks_like_it_only_beyond_half_of_the_way(share, verdict):
    moved = {"theirs": THEIRS, "ours": OURS, "new": OURS + share * (THEIRS - OURS)}
    found = judged(VECTORISED, moved)
    assert verdicts(found, "moved toward") == [REPRODUCED] * 2
    assert verdicts(found, "looks like") == [verdict] * 2


def test_what_is_nearer_to_all_of_theirs_does_not_look_like_its_own():
    # All of theirs are alike, and the new pictures are as they are, whatever the class.
    theirs = THEIRS[:1] + NEAR
    alike = THEIRS[:1] + 0.1 * np.random.default_rng(2).normal(size=NEAR.shape)
    columns = {"theirs": theirs, "ours": OURS, "new": alike}
    found = statistics(VECTORISED, columns)
    assert value(found, "ratio")["high"] < 0.5
    assert value(found, "ratio")["baseline"] < 0.5
    assert value(found, "ratio beyond")["low"] > 0.8
    assert REPRODUCED not in verdicts(judged(VECTORISED, columns), "looks like")


def test_of_a_picture_that_failed_nothing_is_counted():
    failed = NEAR + THEIRS
    failed[3] = np.nan
    found = statistics(VECTORISED, {"theirs": THEIRS, "ours": OURS, "new": failed})
    assert value(found, "moved")["n"] == CLASSES - 1
    assert value(found, "distance", one="ours", other="theirs")["n"] == CLASSES


def test_seeds_of_a_class_are_no_more_classes():
    columns = {"theirs": THEIRS, "ours": OURS, "new": THEIRS + NEAR}
    rows, words = compared(VECTORISED, columns), told(VECTORISED, dict.fromkeys(columns, 5))
    once = tabulate(VECTORISED, rows, words)
    several = [pd.concat([table, table.assign(seed=1)]) for table in (rows, words)]
    pd.testing.assert_frame_equal(tabulate(VECTORISED, *several), once)


def test_of_several_seeds_the_mean_counts():
    columns = {"theirs": THEIRS, "ours": OURS, "new": OURS + NEAR}
    rows = compared(VECTORISED, columns)
    further = rows.assign(seed=1, distance=3 * rows.distance, nearer_others=1)
    found = tabulate(VECTORISED, pd.concat([rows, further]), told(VECTORISED, CERTAIN))
    once = tabulate(VECTORISED, rows, told(VECTORISED, CERTAIN))
    ends = {"one": "ours", "other": "new"}
    expected = 2 * value(once, "distance", **ends)["value"]
    assert value(found, "distance", **ends)["value"] == pytest.approx(expected)
    assert value(found, "nearest", **ends)["n"] == CLASSES
    assert value(found, "nearest", **ends)["value"] == value(once, "nearest", **ends)["value"] / 2


CERTAIN = dict.fromkeys(["theirs", "ours", "new"], 5)


def test_probabilities_are_those_of_the_rows_class():
    certain = {"theirs": 0, "ours": 3, "new": 5}
    found = statistics(VECTORISED, {"theirs": THEIRS, "ours": OURS, "new": OURS}, certain)
    assert value(found, "probability of A", one="theirs")["value"] == pytest.approx(1 / CLASSES)
    expected = np.exp(5) / (np.exp(5) + CLASSES - 1) - np.exp(3) / (np.exp(3) + CLASSES - 1)
    apart = value(found, "difference of A", one="new", other="ours")
    assert apart["value"] == pytest.approx(expected)


def test_a_vectorised_picture_that_came_near_is_like_theirs_class_by_class():
    columns = {"theirs": THEIRS, "ours": OURS, "new": THEIRS + NEAR}
    names = ["tench", *(f"class {i}" for i in range(1, CLASSES))]
    found = judged(VECTORISED, columns, classes=names)
    whole = found[found.claim.str.startswith("Vectorised, the network's")]
    assert list(whole.verdict) == [REPRODUCED] * 4
    tench = found[found.claim.str.contains("tench") & (found.n > 0)]
    assert list(tench.verdict) == [INCONCLUSIVE] * 2  # one seed has no interval
    assert (tench.value < 0.5).all()
    assert set(found[found.code == "B5"].verdict) == {NOT_RUN}


COMBINED = comparison(side("both", "res", "combined", "goog"), code="A1")


@pytest.mark.parametrize(("logit", "verdict"), [(6, REPRODUCED), (1, NOT_REPRODUCED)])
def test_the_combined_picture_is_compared_with_the_better_one(logit, verdict):
    certain = {"theirs": 2, "ours": 5, "both": logit}
    found = judged(COMBINED, {"theirs": THEIRS, "ours": OURS, "both": OURS}, certain)
    of_a1 = found[found.code == "A1"]
    assert list(of_a1.verdict) == [verdict] * 2
    assert of_a1.compared.str.contains("both to ours").all()


def test_where_no_network_sees_the_class_alone_nothing_is_coherent():
    certain = dict.fromkeys(["theirs", "ours", "both"], 0)
    found = judged(COMBINED, {"theirs": THEIRS, "ours": OURS, "both": OURS}, certain)
    of_a1 = found[found.code == "A1"]
    assert list(of_a1.verdict) == [NOT_RUN] * 2
    assert of_a1.compared.str.contains("sees the class in neither.*mean probability 0.083").all()
    assert of_a1.rule.str.contains(
        "where the mean probability in the better one is above 0.2"
    ).all()


APART = comparison(side("less", "res", "difference", "goog"), code="A2")


@pytest.mark.parametrize(
    ("way", "verdict"), [(0.1, REPRODUCED), (0.6, NOT_REPRODUCED), (0.97, NOT_REPRODUCED)]
)
def test_a_difference_changes_little_if_it_goes_less_than_half_of_the_way(way, verdict):
    pixels = {"theirs": THEIRS, "ours": OURS, "less": OURS + way * (THEIRS - OURS)}
    assert verdicts(judged(APART, pixels), "changes little") == [verdict]


@pytest.mark.parametrize(
    ("logits", "lowered", "kept"),
    [
        ({"goog": 1, "res": 5}, REPRODUCED, REPRODUCED),
        ({"goog": 9, "res": 0}, NOT_REPRODUCED, NOT_REPRODUCED),
    ],
)
def test_a_difference_is_checked_by_both_networks(logits, lowered, kept):
    columns = {"theirs": THEIRS, "ours": OURS, "less": OURS}
    said = [
        told(APART, {"theirs": 5, "ours": 5, "less": logit}, judges=[judge])
        for judge, logit in logits.items()
    ]
    rows = compared(APART, columns)
    tables = [rows, tabulate(APART, rows, pd.concat(said)), *EMPTY[2:]]
    found = claims(Found(*tables), [APART], [], [])
    assert verdicts(found, "less likely in the difference") == [lowered]
    assert verdicts(found, "itself sees the class") == [kept]


EMPTY = [
    pd.DataFrame(columns=table.names)
    for table in (COMPARED_IMAGES, COMPARISONS, PAIRS, RECONSTRUCTIONS)
]


@pytest.mark.parametrize(("m_g", "matched"), [(0.2, REPRODUCED), (8.0, NOT_REPRODUCED)])
@pytest.mark.parametrize(
    ("m_i", "ssim", "alike"), [(3, 0.9, REPRODUCED), (9.7, 0.1, NOT_REPRODUCED)]
)
def test_that_the_output_is_matched_is_told_from_that_the_photo_is(m_g, matched, m_i, ssim, alike):
    row = {
        "code": "B7",
        "set": "photos",
        "network": "res",
        "status": "ok",
        "m_r_25": 1,
        "m_r_18": 1.3,
        "m_i_start": 10,
    }
    rows = [
        row
        | {"photo": photo, "m_g": m_g * (1 + 0.1 * place + 0.01 * seed), "seed": seed}
        | {"m_i": m_i * (1 + 0.01 * place), "ssim": ssim + 0.01 * place}
        for place, photo in enumerate(("cat", "dog", "cup"))
        for seed in (1, 2)
    ]
    failed = row | {"photo": "owl", "m_g": np.nan, "seed": 1, "status": "not finite"}
    found = claims(Found(*EMPTY[:3], pd.DataFrame([*rows, failed])), [], [], [])
    assert verdicts(found, "output is matched") == [matched] * 2
    assert verdicts(found, "looks like the photo") == [alike] * 2
    assert list(found[found.code == "B7"].n) == [3] * 4


def test_without_comparisons_or_pairs_no_claim_is_run():
    found = claims(Found(*EMPTY), [], [], [])
    assert set(found.verdict) == {NOT_RUN}
    assert set(found.code) == {"A1", "A2", "B4", "B5", "B6", "B7", "K1", "K2"}


TWO = [(a, b) for a in range(6) for b in range(6) if a != b]


NAMES = [f"class {i}" for i in range(CLASSES)]


def seen(logit_a, logit_b, judge="other", two=TWO):
    rows = item_rows(two, network="res", image_set="sums")
    logits = np.tile(-np.arange(CLASSES, dtype=float), (len(two), 1))
    for row, (a, b) in zip(logits, two, strict=True):
        row[a], row[b] = logit_a, logit_b
    return said(rows, logits, judge)


def of_pairs(told):
    return pairs(*told).set_index("statistic")


def test_seeds_of_a_pair_are_no_more_pairs():
    first, again = seen(9, 8), [table.assign(seed=1) for table in seen(9, -99)]
    once = of_pairs(first)
    same = [pd.concat([table, table.assign(seed=1)]) for table in first]
    pd.testing.assert_frame_equal(of_pairs(same), once)
    half = of_pairs([pd.concat(tables) for tables in zip(first, again, strict=True)])
    assert half.value["both in five"] == 0.5
    assert half["items"]["both in five"] == len(TWO)
    assert half.low["both in five"] < 0.35  # of 30 pairs; of 60 it is 0.38


def test_pairs_that_show_both_are_told_from_chance():
    found = of_pairs(seen(9, 8))
    shares = {"A first": 1, "B first": 0, "one first": 1, "both in two": 1, "both in five": 1}
    assert found.value[list(shares)].to_dict() == shares
    assert found.value["A not B in five"] == 0
    assert found.baseline["both in two"] < 0.2
    assert found.p_value["both in two"] < 0.001
    assert found.value["probability A + B"] > 0.99
    assert 0.2 < found.value["probability weaker"] < 0.3


def test_a_pair_of_which_one_shows_is_no_sum():
    found = of_pairs(seen(9, -99))
    assert found.value["both in five"] == 0
    assert found.value["A not B in five"] == 1


def test_failures_of_pairs_are_counted_and_left_out():
    told, full = seen(9, 8)
    told.loc[:3, "status"] = "diverged"
    found = of_pairs((told, full))
    assert set(found["items"]) == {len(TWO) - 4}
    assert set(found.degenerate) == {4}


def sums(kind, **more):
    return Side(set="sums", network="res", kind=kind, networks=("res",), **more)


@pytest.mark.parametrize(
    ("kind", "logits", "code", "words", "verdict"),
    [
        ("sum", (9, 8), "K1", "In a sum", REPRODUCED),
        ("weaker", (9, 8), "K1", "the weaker of two", REPRODUCED),
        ("sum", (9, -99), "K1", "In a sum", NOT_REPRODUCED),
        ("subtraction", (9, -99), "K2", "In A - B", REPRODUCED),
        ("subtraction", (9, 8), "K2", "In A - B", NOT_REPRODUCED),
    ],
)
def test_sums_show_both_classes_and_subtractions_the_first(kind, logits, code, words, verdict):
    tables = [pairs(*seen(*logits, judge)) for judge in ("res", "other")]
    run = sums(kind)
    found = claims(Found(*EMPTY[:2], pd.concat(tables), EMPTY[3]), [], [run], NAMES)
    own = found[(found.code == code) & (found.n > 0)]
    assert list(own.verdict) == [verdict] * 2
    assert own.claim.str.contains(words).all()


def claims_of_sums(found, classes=NAMES, **more):
    run = sums("sum", **more)
    found = claims(Found(*EMPTY[:2], found, EMPTY[3]), [], [run], classes)
    return found[found.compared.str.startswith("sums")]


def test_classes_that_are_always_among_the_first_say_nothing_of_a_sum():
    favourites = [(a, b) for a in range(5) for b in range(5) if a != b]
    (row,) = claims_of_sums(pairs(*seen(0, 0, two=favourites))).to_dict("records")
    assert row["value"] == 1
    assert row["verdict"] == INCONCLUSIVE
    assert row["rule"].endswith("value above shuffles' 1")


def test_among_five_classes_all_are_first():
    (row,) = claims_of_sums(pairs(*seen(9, 8)), NAMES[:5]).to_dict("records")
    assert row["verdict"] == NOT_RUN
    assert row["compared"] == "sums of res: of 5 classes all are among the first five"


def test_what_a_merged_network_is_made_of_is_no_third_judge_of_its_sums():
    (row,) = claims_of_sums(pairs(*seen(9, 8)), origins=("other",)).to_dict("records")
    assert "third" not in row["claim"]
