"""By how much losses of merged networks fell, and what that says of the page's claims."""

import numpy as np
import pandas as pd
import pytest

from preimage.measures.claims_of_merging import Pictures, claims
from preimage.measures.merging import tabulate
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


def verdicts(images, predictions=NOTHING, pictures=()):
    found = claims(images, predictions, pictures)
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
    assert verdicts(many) == {
        ("B1", "no network that learnt one class by the sum of squares"): "not run",
        ("B3", "a to n"): "reproduced",
    }


def test_a_loss_that_no_network_has_and_networks_that_hardly_learnt_are_not_judged():
    assert verdicts(learnt("n", [0], [4]))["B1", "no such network to n"] == "not run"
    images = pd.concat([learnt("n", [0], [1.9]), learnt("a", [0], [1.9], "l1")])
    assert verdicts(images)["B1", "a to n, which hardly learnt"] == "not run"
    made = [Pictures("n", "old", "s", "s")]
    told = pd.concat([said(n, "s", "third", [0.5] * 4) for n in ("n", "old")])
    found = verdicts(images, told, made)
    assert found["B2", "n to old, judged by nobody, for it hardly learnt"] == "not run"


@pytest.mark.parametrize(
    ("after", "verdict"),
    [
        ([0.21, 0.31, 0.39, 0.5], "reproduced"),
        ([0.5, 0.6, 0.71, 0.8], "not reproduced"),
        ([0.1, 0.31, 0.45, 0.9], "inconclusive"),
    ],
)
def test_pictures_are_no_better_where_a_third_network_sees_the_class_no_more(after, verdict):
    told = [
        said("n", "merged", "third", after),
        said("old", "class_images", "third", [0.2, 0.3, 0.4, 0.5, 0.9]),
        said("n", "merged", "n", [1.0] * 4),
        said("old", "class_images", "old", [1.0] * 4),
        said("n", "merged", "old", [0.9] * 4),
    ]
    made = [Pictures("n", "old", "merged", "class_images")]
    of_one, of_many = learnt("n", [0], [15]), learnt("n", [0, 1], [15, 16])
    for images, code in ((of_one, "B2"), (of_many, "B3")):
        found = verdicts(images, pd.concat(told), made)
        pictures = {key: value for key, value in found.items() if "judged by" in key[1]}
        assert pictures == {(code, "n to old, judged by third"): verdict}


def test_failed_pictures_do_not_count_and_without_pictures_nothing_is_judged():
    told = pd.concat([said(n, "s", "third", [0.5, 0.5]) for n in ("n", "old")], ignore_index=True)
    told.loc[0, "status"] = "diverged"
    found = claims(learnt("n", [0], [15]), told, [Pictures("n", "old", "s", "s")])
    assert found[found.code == "B2"].n.tolist() == [1]
    found = verdicts(learnt("n", [0], [15]), told, [Pictures("n", "old")])
    assert found["B2", "n to old, judged by nobody, for want of pictures"] == "not run"
