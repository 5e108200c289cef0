"""Claims of merged networks get the verdicts that their losses and pictures were made to give."""

import msgspec
import numpy as np
import pandas as pd
import pytest
from merged_rows import learnt
from pictures import item_rows, said

from preimage.claims import ledger
from preimage.claims.makers import Maker
from preimage.claims.merging import MergingClaims, Pictures, settle_merging
from preimage.measures.comparisons.sides import Comparison
from preimage.tables.comparisons import COMPARED_IMAGES
from preimage.tables.images import PREDICTIONS
from preimage.tables.parquet import read_tables

REPRODUCED, NOT, OPEN = "reproduced", "not reproduced", "inconclusive"
MAKERS = {
    "old": Maker("resnet50", "trained", published=True),
    "other": Maker("googlenet", "trained", published=True),
    "judge": Maker("squeezenet1_0", "trained", published=True),
}
OF_PAGE = {"steps": 1000, "learning_rate": 1e-5, "optimiser": "SGD"}
CLASSES = 40
RANDOM = np.random.default_rng(4)
NO_PICTURES = read_tables([], PREDICTIONS)
NOT_COMPARED = pd.DataFrame(columns=COMPARED_IMAGES.names)


def single(factors, loss="sum_of_squares", **settings):
    """Return what networks learnt of which each learnt a class."""
    parts = [learnt(f"{loss}{c}", [c], [f], loss) for c, f in enumerate(factors)]
    return pd.concat(parts).assign(**OF_PAGE | settings)


def settled(images, predictions=NO_PICTURES, compared=NOT_COMPARED, **plan):
    plan = MergingClaims(**{"pictures": [], "comparisons": [], "judges": [*MAKERS]} | plan)
    found = ledger.table(settle_merging(plan, MAKERS, images, predictions, compared))
    return found[found.networks != ""].set_index("id")


@pytest.mark.parametrize(
    ("factors", "verdict"),
    [
        (np.linspace(12, 19, 8), REPRODUCED),
        (np.linspace(2, 2.4, 8), NOT),
        ([3, 90] * 4, OPEN),
        ([14, 15, 16], OPEN),  # fewer classes than a verdict needs
    ],
)
def test_the_fall_is_that_of_networks_of_one_class_each(factors, verdict):
    row = settled(single(factors)).loc["B1.1"]
    assert (row.role, row.n, row.verdict) == ("primary", len(factors), verdict)
    assert row.value == pytest.approx(np.exp(np.log(factors).mean()))


def test_other_settings_are_networks_of_their_own():
    others = single([3] * 8, steps=9)
    images = pd.concat([single([14] * 8), others.assign(network="less_" + others.network)])
    found = settled(images).loc["B1.1"]
    assert found.role.tolist() == ["primary", "exploratory"]
    assert found.value.tolist() == pytest.approx([14, 3])


def seen(network, image_set, logits, seed=999, status="ok"):
    rows = item_rows(range(CLASSES), network=network, image_set=image_set, seed=seed, status=status)
    logits = np.eye(CLASSES) * (np.asarray(logits) + RANDOM.random(CLASSES))
    return said(rows, logits, "judge")[0]


def pictures(merged, donor=6, again=6):
    """Return what a third network says of the pictures: how sure it is, as logits."""
    return pd.concat(
        [
            *(seen("merged", "after", merged, seed) for seed in (1, 2, 3)),
            seen("other", "before", donor),
            seen("other", "before", again, seed=1),
        ]
    )


MANY = learnt("merged", range(CLASSES), [15] * CLASSES)
AFTER = [Pictures(network="merged", set="after", donor_sets=("before",), recorded=True)]


@pytest.mark.parametrize(
    ("merged", "verdict"), [(0, REPRODUCED), (9, NOT), (np.where(np.arange(40) % 2, 9, 5), OPEN)]
)
def test_pictures_of_merged_networks_are_compared_with_the_donors(merged, verdict):
    row = settled(MANY, pictures(merged), pictures=AFTER).loc["B3.1"]
    assert (row.role, row.n, row.verdict, row.measured_in) == (
        *("primary", CLASSES, verdict),
        "judge",
    )


def test_a_donor_that_another_seed_makes_worse_says_nothing_of_merging():
    row = settled(MANY, pictures(0, 0, 6), pictures=AFTER).loc["B3.1"]
    assert (row.verdict, row.control_verdict) == (OPEN, REPRODUCED)


def test_a_judge_that_sees_nothing_and_networks_that_hardly_learnt_tell_nothing():
    row = settled(MANY, pictures(0, -9, -9), pictures=AFTER).loc["B3.1"]
    assert (row.verdict, "sees the classes in no donor" in row.why) == (OPEN, True)
    hardly = learnt("merged", range(CLASSES), [1.5] * CLASSES)
    assert settled(hardly, pictures(0), pictures=AFTER).empty


def test_networks_of_one_class_each_are_judged_together_by_their_own_class():
    after = [
        Pictures(network=f"sum_of_squares{c}", set="after", donor_sets=("before",), recorded=True)
        for c in range(9)
    ]
    shown = [
        seen(one.network, "after", np.where(np.arange(CLASSES) == c, 0, 9))
        for c, one in enumerate(after)
    ]
    shown.append(seen("other", "before", 6))
    row = settled(single([15] * 9), pd.concat(shown), pictures=after).loc["B2.1"]
    assert (row.role, row.n, row.verdict) == ("primary", 9, REPRODUCED)


def test_failed_pictures_are_counted_for_and_against():
    words = pictures(0)
    words.loc[(words["set"] == "after") & (words.class_a < 4), "status"] = "not finite"
    words.loc[(words["set"] == "after") & (words.class_a == 9), "status"] = "diverged"  # is one
    row = settled(MANY, words, pictures=AFTER).loc["B3.1"]
    assert (row.n, row.failed) == (CLASSES - 4, 4)


def side(network):
    return {"set": network, "network": network, "kind": "alone", "networks": [network]} | {
        "title": network,
        "origins": ["old", "other"] if network != "old" else [],
    }


def by_losses(apart, before=20.0, gap=5.0, fall=15):
    """Return images and rows of comparisons of two networks each, and of the one before."""
    images = pd.concat([single([15] * 8), single([fall] * 8, "l1")])
    plans, rows = [], []
    for c, far in enumerate(apart):
        names = [f"sum_of_squares{c}", f"l1{c}", "old"]
        plans.append({"name": f"c{c}", "code": "B1", "columns": [side(name) for name in names]})
        about = {"comparison": f"c{c}", "class_a": c, "one": names[0], "by": "judge", "seed": 1}
        rows += [
            about | {"other": other, "metric": "l2", "distance": d, "between_seeds": gap}
            for other, d in ((names[1], far), ("old", before + c / 9))
        ]
    compared = pd.DataFrame(rows).reindex(columns=COMPARED_IMAGES.names)
    return images, compared, [msgspec.convert(plan, Comparison) for plan in plans]


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        ({"apart": np.linspace(1, 2, 8)}, REPRODUCED),
        ({"apart": np.linspace(11, 19, 8)}, NOT),
        ({"apart": [2, 12] * 4}, OPEN),
        ({"apart": np.linspace(1, 2, 8), "before": 1}, OPEN),  # so is the one before
    ],
)
def test_another_loss_gives_no_other_picture_within_what_seeds_change(given, verdict):
    images, compared, comparisons = by_losses(**given)
    row = settled(images, compared=compared, comparisons=comparisons).loc["B1.2"]
    assert (row.role, row.n, row.verdict) == ("primary", 8, verdict)


def test_losses_that_fell_otherwise_are_not_compared():
    images, compared, comparisons = by_losses(np.linspace(1, 2, 8), fall=4)
    assert "B1.2" not in settled(images, compared=compared, comparisons=comparisons).index
