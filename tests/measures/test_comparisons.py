"""Statistics and claims of comparisons: what moved is told from what only became paler."""

import numpy as np
import pandas as pd
import pytest
from pictures import item_rows, said

from preimage.measures.claims_of_comparisons import Found, claims
from preimage.measures.comparisons import tabulate
from preimage.measures.nearness import among_others, l2
from preimage.measures.pairs import pairs
from preimage.measures.predictions import with_logits
from preimage.measures.sides import Comparison, Side
from preimage.measures.verdicts import INCONCLUSIVE, NOT_REPRODUCED, NOT_RUN, REPRODUCED
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
    return Comparison.read({"name": "c", "code": code, "columns": [*ALONE, *columns]})


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


def told(one, certain):
    """Return what goog and other say: `certain` is the logit of the class by title."""
    found = []
    for column in one.sides:
        rows = item_rows(range(CLASSES), network=column.network, image_set=column.set)
        for judge in ("goog", "other"):
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
    verdicts = judged(VECTORISED, paler)
    assert set(verdicts[verdicts.n > 0].verdict) == {INCONCLUSIVE}


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
    assert list(whole.verdict) == [REPRODUCED] * 2
    tench = found[found.claim.str.contains("tench") & (found.n > 0)]
    assert list(tench.verdict) == [INCONCLUSIVE] * 2  # one seed has no interval
    assert (tench.value > 0.5).all()
    assert set(found[found.code == "B5"].verdict) == {NOT_RUN}


COMBINED = comparison(side("both", "res", "combined", "goog"), code="A1")


@pytest.mark.parametrize(("logit", "verdict"), [(6, REPRODUCED), (1, NOT_REPRODUCED)])
def test_the_combined_picture_is_compared_with_the_better_one(logit, verdict):
    certain = {"theirs": 2, "ours": 5, "both": logit}
    found = judged(COMBINED, {"theirs": THEIRS, "ours": OURS, "both": OURS}, certain)
    of_a1 = found[found.code == "A1"]
    assert list(of_a1.verdict) == [verdict] * 2
    assert of_a1.compared.str.contains("both to ours").all()


APART = comparison(side("less", "res", "difference", "goog"), code="A2")


@pytest.mark.parametrize(
    ("pixels", "logit", "verdict"),
    [(OURS + NEAR, 1, REPRODUCED), (OURS + 9, 9, NOT_REPRODUCED)],
)
def test_a_difference_changes_little_and_lowers_the_class_for_the_other(pixels, logit, verdict):
    certain = {"theirs": 5, "ours": 5, "less": logit}
    found = judged(APART, {"theirs": THEIRS, "ours": OURS, "less": pixels}, certain)
    assert list(found[found.code == "A2"].verdict) == [verdict] * 2


EMPTY = [
    pd.DataFrame(columns=table.names)
    for table in (COMPARED_IMAGES, COMPARISONS, PAIRS, RECONSTRUCTIONS)
]


@pytest.mark.parametrize(("m_g", "verdict"), [(0.2, REPRODUCED), (8.0, NOT_REPRODUCED)])
def test_a_photo_is_met_where_it_is_nearer_than_its_neighbour(m_g, verdict):
    row = {
        "code": "B7",
        "set": "photos",
        "network": "res",
        "status": "ok",
        "m_r_25": 1,
        "m_r_18": 1.3,
    }
    rows = [
        row | {"photo": photo, "m_g": m_g * (1 + 0.1 * place + 0.01 * seed), "seed": seed}
        for place, photo in enumerate(("cat", "dog", "cup"))
        for seed in (1, 2)
    ]
    failed = row | {"photo": "owl", "m_g": np.nan, "seed": 1, "status": "not finite"}
    other = row | {"code": "C1", "photo": "owl", "m_g": 1.0, "seed": 1}
    found = claims(Found(*EMPTY[:3], pd.DataFrame([*rows, failed, other])), [], [], [])
    of_b7 = found[found.code == "B7"]
    assert list(of_b7.verdict) == [verdict] * 2
    assert list(of_b7.n) == [3, 3]


def test_without_comparisons_or_pairs_no_claim_is_run():
    found = claims(Found(*EMPTY), [], [], [])
    assert set(found.verdict) == {NOT_RUN}
    assert set(found.code) == {"A1", "A2", "B4", "B5", "B6", "B7", "K1", "K2"}


TWO = [(a, b) for a in range(6) for b in range(6) if a != b]


def seen(logit_a, logit_b, judge="other"):
    rows = item_rows(TWO, network="res", image_set="sums")
    logits = np.tile(-np.arange(CLASSES, dtype=float), (len(TWO), 1))
    for row, (a, b) in zip(logits, TWO, strict=True):
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


@pytest.mark.parametrize(
    ("kind", "logits", "code", "verdict"),
    [
        ("sum", (9, 8), "K1", REPRODUCED),
        ("weaker", (9, 8), "K1", REPRODUCED),
        ("sum", (9, -99), "K1", NOT_REPRODUCED),
        ("subtraction", (9, -99), "K2", REPRODUCED),
        ("subtraction", (9, 8), "K2", NOT_REPRODUCED),
    ],
)
def test_sums_show_both_classes_and_subtractions_the_first(kind, logits, code, verdict):
    tables = [pairs(*seen(*logits, judge)) for judge in ("res", "other")]
    run = Side("sums", "res", kind, ("res",))
    found = claims(Found(*EMPTY[:2], pd.concat(tables), EMPTY[3]), [], [run], [])
    assert list(found[found.code == code].verdict) == [verdict] * 2
