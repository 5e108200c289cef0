"""By how much losses of merged networks fell, and what that says of the page's claims."""

import numpy as np
import pandas as pd
import pytest

from preimage.claims.merging import Pictures, claims
from preimage.measures.merging.losses import tabulate
from preimage.tables.images import PREDICTIONS
from preimage.tables.merging import MERGING, MERGING_IMAGES
from preimage.tables.parquet import read_tables

SETTINGS = {"origin": "old", "toward": "other", "set": "s", "made_by": "other", "loss": "l1"}
SETTINGS |= {"optimiser": "SGD", "learning_rate": 1e-5, "steps": 9, "batch": 8, "order_seed": 0}


def learnt(network, classes, factors, loss="sum_of_squares"):
    """Return what a network learnt: pictures whose sum of squares fell by these factors."""
    rows = [
        SETTINGS
        | {"network": network, "loss": loss, "item": f"{c:03d}", "seed": 999, "class": c}
        | {"sum_of_squares_before": 90.0, "sum_of_squares_after": 90.0 / factor}
        | {"l1_before": 30.0, "l1_after": 30 / factor**0.5}
        | {"l2_before": 90.0**0.5, "l2_after": (90 / factor) ** 0.5}
        for c, factor in zip(classes, factors, strict=True)
    ]
    return pd.DataFrame(rows)[MERGING_IMAGES.names]


def said(network, image_set, judge, probabilities):
    """Return what a judge says of a network's pictures of classes 0, 1 and so on."""
    empty = read_tables([], PREDICTIONS)
    rows = [
        {"network": network, "set": image_set, "judge": judge, "seed": 999, "class_a": c}
        | {"probability_a": p, "status": "ok"}
        for c, p in enumerate(probabilities)
    ]
    return pd.DataFrame(rows).reindex(columns=empty.columns)


NOTHING = read_tables([], PREDICTIONS)


def test_a_row_a_network_with_the_factor_of_its_own_loss_and_of_the_sum_of_squares():
    table = tabulate(
        pd.concat([learnt("many", [0, 1, 2], [4, 8, 16], "l1"), learnt("one", [5], [9])])
    )
    assert list(table.columns) == MERGING.names
    many, one = table.iloc
    assert (many.network, many.classes, many.images, many.loss) == ("many", 3, 3, "l1")
    assert many.factor == pytest.approx(8**0.5)
    assert many.factor_of_squares == pytest.approx(8)
    assert many.loss_before == 30
    assert many.loss_after == pytest.approx(30 * np.mean([4**-0.5, 8**-0.5, 16**-0.5]))
    assert many.factor_low < many.factor < many.factor_high
    assert (one.factor, one.loss_after) == pytest.approx((9, 10))
    assert np.isnan(one.factor_low)


def verdicts(images, predictions=NOTHING):
    found = claims(images, predictions, [])
    return {(row.code, row.compared): row.verdict for row in found.itertuples()}


def test_networks_of_one_class_each_are_replicates():
    parts = [learnt(f"n{c}", [c], [factor]) for c, factor in enumerate((13, 15, 17))]
    images = pd.concat([*parts, learnt("apart", [7], [3]).assign(steps=1)])
    factors = claims(images, NOTHING, []).query("statistic == 'loss before over loss after'")
    assert factors.compared.tolist() == ["n0, n1, n2", "apart"]
    assert factors.value.tolist() == pytest.approx([(13 * 15 * 17) ** (1 / 3), 3])
    assert factors.n.tolist() == [3, 1]
    assert factors.verdict.tolist() == ["reproduced", "inconclusive"]
    assert set(factors.rule) == {"95 % interval between 7.5 and 30"}


@pytest.mark.parametrize(
    ("factors", "verdict"), [((2, 2.1, 2.2), "not reproduced"), ((6, 15, 31), "inconclusive")]
)
def test_other_factors_are_not_about_15(factors, verdict):
    parts = [learnt(f"n{c}", [c], [factor]) for c, factor in enumerate(factors)]
    assert verdicts(pd.concat(parts))["B1", "n0, n1, n2"] == verdict


def test_a_loss_is_compared_with_the_sum_of_squares_picture_by_picture():
    squares = [learnt(f"n{c}", [c], [f]) for c, f in enumerate((4, 8, 16))]
    alike = [learnt(f"a{c}", [c], [f], "l1") for c, f in enumerate((4.4, 8.2, 17))]
    apart = [learnt(f"b{c}", [c], [f], "l2") for c, f in enumerate((1.1, 1.9, 4.1))]
    found = verdicts(pd.concat([*squares, *alike, *apart]))
    assert found["B1", "a0, a1, a2 to n0, n1, n2"] == "reproduced"
    assert found["B1", "b0, b1, b2 to n0, n1, n2"] == "not reproduced"
    many = pd.concat([learnt("n", [0, 1], [4, 8]), learnt("a", [0, 1], [4, 8.1], "l1")])
    found = verdicts(many)
    assert [key for key in found if not key[1].startswith("no ")] == [("B3", "a to n")]
    assert found["B3", "a to n"] == "reproduced"


def test_a_claim_without_what_it_needs_is_not_run_in_one_row():
    """However many networks are there that it cannot be judged on."""
    one_class = [learnt(f"{loss}{c}", [c], [4], loss) for loss in ("l1", "l2") for c in (0, 1)]
    found = claims(pd.concat(one_class), NOTHING, [])
    assert found.code.tolist() == ["B1", "B1", "B1", "B2", "B3"]
    assert set(found.verdict) == {"not run"}
    assert found.claim.is_unique
    assert found.compared.tolist() == [
        "no network that learnt one class by the sum of squares",
        "no network that learnt one class by the L1 distance, and one alike by the sum of squares",
        "no network that learnt one class by the L2 distance, and one alike by the sum of squares",
        "no network that learnt one class and made class images of it, as the one before did",
        "no network that learnt pictures of many classes and made class images of them, as the one "
        "before did",
    ]


def pictures(network, image_set, *origin_sets):
    return Pictures(network=network, origin="old", set=image_set, origin_sets=origin_sets)


MADE = pictures("n", "merged", "class_images")


def better(images, told, *made):
    """Return the rows that say whether class images are better."""
    found = claims(images, pd.concat(told), made or [MADE])
    return found[found.statistic == "difference of the probability of the class"]


def test_networks_that_hardly_learnt_are_not_judged():
    images = pd.concat([learnt("n", [0], [1.9]), learnt("a", [0], [1.9], "l1")])
    assert verdicts(images)["B1", "a to n, which hardly learnt"] == "not run"
    told = [said("n", "merged", "third", [0.5]), said("old", "class_images", "third", [0.5])]
    rows = better(images, told)
    assert rows.compared.tolist()[0] == "n to old, which hardly learnt"
    assert set(rows.verdict) == {"not run"}


@pytest.mark.parametrize(
    ("after", "verdict"),
    [
        ([0.31, 0.41, 0.51, 0.6], "reproduced"),
        ([0.6, 0.7, 0.81, 0.9], "not reproduced"),
        ([0.1, 0.41, 0.55, 0.9], "inconclusive"),
    ],
)
def test_pictures_are_no_better_where_a_third_network_sees_the_class_no_more(after, verdict):
    """Those who took part do not judge, and classes that were not learnt do not count."""
    before = [0.3, 0.4, 0.5, 0.6]
    told = [said("old", "class_images", "third", [*before, 0.9, 0.1])]
    told += [said("n", "merged", "third", [*after, 0.0, 1.0])]
    for part in ("n", "old", "other"):
        told += [said("n", "merged", part, [1.0] * 6), said("old", "class_images", part, [0.0] * 6)]
    rows = better(learnt("n", [0, 1, 2, 3], [15] * 4), told)
    many = rows[rows.code == "B3"]
    assert many.compared.tolist() == ["n to old, judged by third"]
    assert (many.n.tolist(), many.verdict.tolist()) == ([4], [verdict])
    assert many.value.iloc[0] == pytest.approx(np.mean(after) - np.mean(before))


def test_of_networks_that_learnt_one_class_each_that_class_counts_and_they_count_together():
    """The classes that a network did not learn could hide that it is better at its own."""
    made = [pictures(f"n{c}", f"of_{c}", "class_images") for c in range(3)]
    images = pd.concat([learnt(f"n{c}", [c], [15]) for c in range(3)])
    told = [said("old", "class_images", "third", [0.3, 0.4, 0.5])]
    told += [said(f"n{c}", f"of_{c}", "third", np.eye(3)[c]) for c in range(3)]
    rows = better(images, told, *made)
    one = rows[rows.code == "B2"]
    assert one.compared.tolist() == ["n0, n1, n2 to old, judged by third"]
    assert one.value.tolist() == pytest.approx([0.6])
    assert (one.n.tolist(), one.verdict.tolist()) == ([3], ["not reproduced"])
    weak = pd.concat([images[images.network != "n2"], learnt("n2", [2], [1.9])])
    assert better(weak, told, *made).compared.tolist()[:2] == [
        "n2 to old, which hardly learnt",
        "n0, n1 to old, judged by third",
    ]


def test_a_class_counts_once_whatever_its_seeds_and_sets_but_alone_its_seeds_count():
    made = pictures("n", "merged", "class_images", "more")
    more = [said("old", "more", "third", [0.4, 0.4]), said("n", "merged", "third", [0.5, 0.8])]
    told = [said("old", "class_images", "third", [0.4, 0.4])]
    told += [*more, *(table.assign(seed=1) for table in more)]
    many = better(learnt("n", [0, 1], [15, 15]), told, made).iloc[-1]
    assert (many.n, many.value) == (2, pytest.approx(0.25))
    row = better(learnt("n", [1], [15]), told, made).iloc[0]
    assert (row.code, row.n, row.value) == ("B2", 2, pytest.approx(0.4))


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        ([0.01] * 4, [0.0, 0.02, 0.01, 0.01], "not run"),
        ([0.01] * 4, [0.7, 0.8, 0.9, 0.8], "not reproduced"),
        ([0.7, 0.8, 0.9, 0.8], [0.01] * 4, "reproduced"),
    ],
)
def test_a_judge_that_never_sees_the_class_cannot_say_that_it_is_no_better(before, after, verdict):
    told = [said("n", "merged", "third", after), said("old", "class_images", "third", before)]
    row = better(learnt("n", range(4), [15] * 4), told).iloc[-1]
    assert row.verdict == verdict
    blind = "n to old, judged by third, which sees the class neither before nor after"
    assert (row.compared == blind) == (verdict == "not run")
    rule = "95 % interval below 0.05, where the mean probability is above 0.2 before or after"
    assert row.rule == rule


def test_failed_pictures_do_not_count_and_without_a_third_network_nobody_judges():
    images = learnt("n", [0, 1], [15, 15])
    told = [
        said("n", "merged", "third", [0.5] * 2),
        said("old", "class_images", "third", [0.5] * 2),
    ]
    told[0].loc[0, "status"] = "diverged"
    assert better(images, told).n.tolist() == [0, 1]
    rows = better(images, [table.assign(judge="other") for table in told])
    assert rows.compared.iloc[-1] == "n to old, with no picture that a third network judges"
    assert set(rows.verdict) == {"not run"}
