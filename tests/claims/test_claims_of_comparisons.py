"""Claims of two networks' pictures get the verdicts that the pictures were made to give."""

import msgspec
import numpy as np
import pandas as pd
import pytest
from compared_rows import compared, comparison, side
from pictures import item_rows, said

from preimage.claims import ledger
from preimage.claims.comparisons import ComparisonClaims, settle_comparisons
from preimage.claims.makers import Maker
from preimage.tables.comparisons import HUES

CLASSES = 40
RANDOM = np.random.default_rng(3)
OURS, THEIRS, ELSEWHERE = RANDOM.normal(size=(3, CLASSES, 60))  # about 11 apart
NEAR = RANDOM.normal(size=(CLASSES, 60)) * 0.05  # about 0.4 away
NAMES = ["tench", "goldfinch", *(f"class {i}" for i in range(2, CLASSES))]
MAKERS = {
    "res": Maker("resnet50", "trained", published=True),
    "goog": Maker("googlenet", "trained", published=True),
    "other": Maker("squeezenet1_0", "trained", published=True),
}
REPRODUCED, NOT, OPEN = "reproduced", "not reproduced", "inconclusive"


def told(one, certain, judges=("res", "goog", "other"), seed=999):
    """Return what judges say of each column: `certain` is the logit of the class by title."""
    found = []
    for column in one.sides:
        rows = item_rows(range(CLASSES), network=column.network, image_set=column.set, seed=seed)
        logits = np.eye(CLASSES) * (certain.get(column.title, 9) + RANDOM.random(CLASSES) / 9)
        found += [said(rows, logits, judge)[0] for judge in judges]
    return pd.concat(found)


def claims_plan(*comparisons, **more):
    lists = {key: [] for key in ("one_step", "alone", "pairs", "turns")}
    return ComparisonClaims(
        **{"comparisons": list(comparisons), **lists, "classes": NAMES}
        | {"judges": ["res", "goog", "other"]}
        | more
    )


NO_HUES = pd.DataFrame(columns=HUES.names)


def settled(one, columns, certain=None, gap=np.nan, makers=MAKERS, **more):
    """Return the rows CLAIMS of what is found, by claim."""
    columns = {"ours": OURS, "theirs": THEIRS} | columns
    rows, words = compared(one, columns, gap), told(one, certain or {})
    found = ledger.table(settle_comparisons(claims_plan(one, **more), makers, rows, words, NO_HUES))
    return found[found.networks != ""].set_index("id")


def mixed(one, other):
    """Return every other row of two columns."""
    return np.where(np.arange(CLASSES)[:, None] % 2, one, other)


WEIGHTED = comparison(
    side("both", "res", "combined", "goog"), side("weighted", "res", "combined", "goog"), code="A1"
)


@pytest.mark.parametrize(
    ("weighted", "gap", "verdict"),
    [
        (ELSEWHERE + NEAR, 5, REPRODUCED),
        (OURS, 5, NOT),
        (mixed(OURS, ELSEWHERE + NEAR), 2, OPEN),
        (ELSEWHERE + NEAR, 50, OPEN),  # seeds differ more than classes do
    ],
)
def test_weights_matter_little_where_seeds_matter_more(weighted, gap, verdict):
    found = settled(WEIGHTED, {"both": ELSEWHERE, "weighted": weighted}, gap=gap).loc["A1.1"]
    assert (found.verdict, found.role, found.n) == (verdict, "primary", CLASSES)


def test_without_two_seeds_nothing_is_said_of_what_is_told_from_seeds():
    found = settled(WEIGHTED, {"both": ELSEWHERE, "weighted": OURS})
    assert {"A1.2"} <= {*found.index}
    assert {*found.index}.isdisjoint({"A1.1", "A2.2", "A3.1"})


@pytest.mark.parametrize(
    ("certain", "verdict"),
    [
        ({"ours": 7, "theirs": 2, "both": 8}, REPRODUCED),
        ({"ours": 2, "theirs": 7, "both": 4}, NOT),
        ({"ours": 0, "theirs": 0, "both": 0}, OPEN),  # a judge that sees nothing
    ],
)
def test_both_gradients_are_compared_with_the_better_network(certain, verdict):
    found = settled(WEIGHTED, {"both": ELSEWHERE, "weighted": OURS}, certain).loc["A1.2"]
    assert (found.verdict, found.measured_in) == (verdict, "other")


def test_a_failed_picture_is_counted_for_and_against():
    rows = compared(WEIGHTED, {"ours": OURS, "theirs": THEIRS, "both": OURS, "weighted": OURS})
    words = told(WEIGHTED, {"ours": 4, "both": 4})
    lost = (words["set"] == "both") & (words.class_a < 15)
    words.loc[lost, "status"] = "no gradient"
    words.loc[words.class_a == 20, "status"] = "diverged"  # of which there is a picture
    found = ledger.table(settle_comparisons(claims_plan(WEIGHTED), MAKERS, rows, words, NO_HUES))
    row = found[found.id == "A1.2"].iloc[0]
    assert (row.n, row.failed) == (CLASSES - 15, 15)


ONE_STEP = comparison(code="A1")


@pytest.mark.parametrize(
    ("theirs", "verdict"),
    [(OURS + 4 * NEAR, REPRODUCED), (-OURS, NOT), (THEIRS, OPEN)],
)
def test_gradients_are_alike_where_a_step_leads_nearer_to_the_same_class(theirs, verdict):
    found = settled(ONE_STEP, {"theirs": theirs}, one_step=["c"])
    assert list(found.index) == ["A1.3"]  # of pictures after a step nothing else is said
    row = found.loc["A1.3"]
    assert (row.verdict, row.measured_in) == (verdict, "pixels")


DIFFERENCE = comparison(
    side("both", "res", "combined", "goog"), side("less", "res", "difference", "goog"), code="A2"
)


@pytest.mark.parametrize(
    ("less", "both", "verdict"),
    [
        (OURS + NEAR, (OURS + THEIRS) / 2 + NEAR, REPRODUCED),
        (THEIRS + NEAR, OURS, NOT),
        (mixed(OURS, THEIRS) + NEAR, THEIRS, OPEN),
        (OURS + NEAR, OURS + NEAR, OPEN),  # the sum is as near
    ],
)
def test_a_difference_shows_ours_where_it_is_nearer_to_it(less, both, verdict):
    found = settled(DIFFERENCE, {"less": less, "both": both}).loc["A2.1"]
    assert found.verdict == verdict


def test_what_is_nearer_to_all_of_ours_does_not_show_the_class():
    style = np.ones(60) * 5
    columns = {"ours": OURS + style, "theirs": THEIRS - style, "less": ELSEWHERE + style}
    found = settled(DIFFERENCE, columns | {"both": THEIRS}).loc["A2.1"]
    assert "share 1 " in found.parts
    assert found.verdict != REPRODUCED


@pytest.mark.parametrize(
    ("less", "gap", "verdict"),
    [
        (OURS + NEAR, 3, REPRODUCED),
        (ELSEWHERE, 3, NOT),
        (mixed(OURS, ELSEWHERE) + NEAR, 3, OPEN),
        (OURS + NEAR, 50, OPEN),  # theirs is within that, too
    ],
)
def test_a_difference_changes_little_within_what_seeds_change(less, gap, verdict):
    found = settled(DIFFERENCE, {"less": less, "both": OURS}, gap=gap).loc["A2.2"]
    assert (found.verdict, found.n) == (verdict, CLASSES)


@pytest.mark.parametrize(
    ("theirs", "certain", "gap", "verdict"),
    [
        (THEIRS, 9, 5, REPRODUCED),
        (OURS + NEAR, 9, 5, NOT),  # nearer than seeds are
        (THEIRS, -9, 5, NOT),  # not seen by the other
    ],
)
def test_networks_differ_beyond_seeds_and_see_each_others_classes(theirs, certain, gap, verdict):
    said = {"ours": certain, "theirs": certain}
    found = settled(DIFFERENCE, {"theirs": theirs, "less": OURS, "both": OURS}, said, gap)
    assert found.verdict["A3.1"] == verdict


@pytest.mark.parametrize(("again", "verdict"), [(1, REPRODUCED), (-1, NOT), (0, OPEN)])
def test_where_networks_agree_depends_on_the_class(again, verdict):
    one = DIFFERENCE
    agree = RANDOM.integers(1, 6, CLASSES)
    found = []
    later = {1: agree, -1: 6 - agree, 0: RANDOM.permutation(agree)}[again]
    for seed, common in ((1, agree), (2, later)):
        rows = item_rows(range(CLASSES), network="res", image_set="ours", seed=seed)
        first = np.eye(CLASSES) * 9 - np.arange(CLASSES) / 10
        second = first.copy()
        for row, fives in zip(range(CLASSES), common, strict=True):
            order = np.argsort(-first[row])
            second[row, order[fives:5]] = -99
        found += [said(rows, first, "res")[0], said(rows, second, "goog")[0]]
    rows = compared(one, {"ours": OURS, "theirs": THEIRS, "less": OURS, "both": OURS})
    table = ledger.table(
        settle_comparisons(claims_plan(one), MAKERS, rows, pd.concat(found), NO_HUES)
    )
    assert table[table.id == "A3.2"].iloc[0].verdict == verdict


VECTORISED = comparison(side("new", "res", "vectorised", "goog"))


def seeds(new, count=5):
    columns = {"ours": OURS, "theirs": THEIRS, "new": new}
    random = np.random.default_rng(0)
    return pd.concat(
        compared(
            VECTORISED,
            {k: v + 0.01 * random.normal(size=v.shape) for k, v in columns.items()},
            seed=seed,
        )
        for seed in range(count)
    )


@pytest.mark.parametrize(
    ("new", "verdict"),
    [(THEIRS + NEAR, REPRODUCED), (OURS + NEAR, NOT), (OURS * 0.2, NOT)],
)
def test_a_vectorised_picture_looks_like_theirs_where_it_is_nearer(new, verdict):
    words = told(VECTORISED, {})
    found = ledger.table(
        settle_comparisons(claims_plan(VECTORISED), MAKERS, seeds(new), words, NO_HUES)
    ).set_index("id")
    for claim in ("B4.1", "B5.1"):
        row = found.loc[[claim]].iloc[0]
        assert (row.role, row.n, row.verdict) == ("primary", 5, verdict)
    whole = found.loc["B4.1"].iloc[1]
    assert (whole.role, whole.n, whole.verdict) == ("exploratory", CLASSES, verdict)


def test_two_other_classes_do_not_say_what_any_are_like():
    rows = seeds(THEIRS + NEAR)
    rows = rows[rows.class_a < 3]
    found = ledger.table(
        settle_comparisons(claims_plan(VECTORISED), MAKERS, rows, told(VECTORISED, {}), NO_HUES)
    )
    primary, *others = found[found.id == "B4.1"].to_dict("records")
    assert primary["verdict"] == "not run"
    assert "only 2 other classes" in others[-1]["why"]


def test_one_seed_of_a_class_has_no_interval():
    found = settled(VECTORISED, {"new": THEIRS + NEAR})
    assert found.verdict[found.role == "primary"].to_dict() == {
        "B4.1": OPEN,
        "B5.1": OPEN,
        "B5.3": found.verdict["B5.3"],
    }


@pytest.mark.parametrize(
    ("moved", "verdict"),
    [(lambda d: d, REPRODUCED), (lambda d: 1 / d, NOT), (RANDOM.permuted, OPEN)],
)
def test_more_changes_where_more_differs(moved, verdict):
    differ = np.linspace(1, 9, CLASSES)
    away = RANDOM.normal(size=(2, CLASSES, 60))
    away /= np.linalg.norm(away, axis=2, keepdims=True)
    columns = {"theirs": OURS + differ[:, None] * away[0]}
    columns["new"] = OURS + moved(differ)[:, None] * away[1]
    found = settled(VECTORISED, columns).loc["B5.3"]
    assert found.verdict == verdict


def test_where_ours_is_the_odd_one_out_the_control_says_so():
    odd = OURS * np.linspace(1, 9, CLASSES)[:, None]
    found = settled(VECTORISED, {"ours": odd, "new": THEIRS + NEAR}).loc["B5.3"]
    assert (found.verdict, found.control_verdict) == (OPEN, REPRODUCED)


def shades(yellow, red, other=0.0):
    """Return rows HUES: how much more of the goldfinch is of a colour in ours, by seed."""
    random = np.random.default_rng(0)
    rows = [
        {"comparison": "c", "class_a": c, "seed": seed, "one": one}
        | {"yellow": random.normal(0.3 + (one == "ours") * (yellow if c == 1 else other), 0.01)}
        | {"red": random.normal(0.3 + (one == "ours") * (red if c == 1 else -other), 0.01)}
        for c in range(CLASSES)
        for seed in range(5)
        for one in ("ours", "theirs", "new")
    ]
    return pd.DataFrame(rows).reindex(columns=HUES.names)


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        ((0.2, -0.2), REPRODUCED),
        ((0.2, 0.2), NOT),
        ((0.0, 0.0), OPEN),
        ((0.2, -0.2, 0.2), OPEN),  # so is every class
    ],
)
def test_a_goldfinch_is_yellow_and_not_red_more_than_others_are(given, verdict):
    rows = compared(VECTORISED, {"ours": OURS, "theirs": THEIRS, "new": OURS})
    words = told(VECTORISED, {})
    found = settle_comparisons(claims_plan(VECTORISED), MAKERS, rows, words, shades(*given))
    table = ledger.table(found)
    row = table[table.id == "B5.2"].iloc[0]
    assert (row.role, row.n, row.verdict) == ("primary", 5, verdict)


def test_other_networks_recipes_and_kin_are_exploratory_and_say_so():
    small = MAKERS | {"res": Maker("resnet18", "trained")}
    found = settled(WEIGHTED, {"both": OURS, "weighted": OURS}, makers=small).loc["A1.2"]
    assert found.role == "exploratory"
    ruled = [msgspec.structs.replace(one, normalised=True) for one in WEIGHTED.sides]
    ruled = msgspec.structs.replace(WEIGHTED, sides=tuple(ruled))
    found = settled(ruled, {"both": OURS, "weighted": OURS}).loc["A1.2"]
    assert found.role == "exploratory"
    kin = MAKERS | {"other": Maker("resnet18", "trained")}
    found = settled(WEIGHTED, {"both": OURS, "weighted": OURS}, makers=kin).loc["A1.2"]
    assert "the judge other is of a family" in found.why


def test_of_comparisons_of_the_same_networks_that_of_most_classes_counts():
    titles = ("ours", "theirs", "both", "weighted")
    few, many = (compared(WEIGHTED, dict.fromkeys(titles, v), 5) for v in (OURS[:9], OURS))
    named = [msgspec.structs.replace(WEIGHTED, name=name) for name in ("few", "many")]
    rows = pd.concat([few.assign(comparison="few"), many.assign(comparison="many")])
    found = ledger.table(
        settle_comparisons(claims_plan(*named), MAKERS, rows, told(WEIGHTED, {}), NO_HUES)
    )
    (row,) = found[found.id == "A1.1"].to_dict("records")
    assert (row["n"], row["networks"]) == (CLASSES, "res and goog (many)")


def test_without_a_judge_that_took_no_part_nothing_is_found():
    found = settled(WEIGHTED, {"both": OURS, "weighted": OURS}, judges=["res", "goog"])
    assert found.empty


@pytest.mark.parametrize(
    ("certain", "verdict"),
    [(0, REPRODUCED), (9, NOT)],  # all are seen as well: no difference
)
def test_pictures_of_inception_are_recognised_less(certain, verdict):
    classes = 120
    makers = MAKERS | {"inc": Maker("inception_v3", "trained", published=True)}
    alone = [side("images", network, "alone") for network in ("res", "goog", "inc")]
    plan = claims_plan(alone=comparison(*alone).sides[2:], classes=[str(i) for i in range(classes)])
    words = [
        said(
            item_rows(range(classes), network=network, image_set="images"),
            np.eye(classes) * (certain if network == "inc" else 9) - np.arange(classes) * 0.01,
            "other",
        )[0]
        for network in ("res", "goog", "inc")
    ]
    found = ledger.table(
        settle_comparisons(plan, makers, pd.DataFrame(), pd.concat(words), NO_HUES)
    )
    row = found[found.id == "A3.3"].iloc[0]
    assert (row.role, row.n, row.verdict) == ("primary", classes, verdict)
