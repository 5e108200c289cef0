"""Claims that need no descent, from tables of facts whose verdict is known."""

import msgspec
import numpy as np
import pandas as pd
import pytest

from preimage.claims.facts import settle_facts, settle_labels
from preimage.claims.kinds import DepthClaims
from preimage.claims.ledger import table
from preimage.claims.makers import Maker
from preimage.tables.depth import NETWORK_FACTS

MAKERS = {
    "new": Maker("resnet50", "untrained"),
    "mine": Maker("resnet50", "trained", published=True),
    **{f"noise {k}": Maker("resnet50", "noise") for k in range(3)},
}


RUN = {
    **{"set": "s", "network": "new", "architecture": "resnet50", "state": "untrained", "code": "D"},
    **{"blur": True, "layers": ["conv1"], "kind": "new", "recipe": "r", "iterations": 9},
    **{"size": 299, "normalised": True, "fixed": False},
}
PLAN = msgspec.convert({"runs": [RUN], "judges": []}, DepthClaims)


def facts(*rows):
    names = ["network", "layer", "statistic", "number", "value"]
    return pd.DataFrame(rows, columns=names)[NETWORK_FACTS.names]


def row(claim, *rows):
    found = table(settle_facts(PLAN, MAKERS, facts(*rows)))
    (only,) = found[(found.id == claim) & (found.role == "primary")].to_dict("records")
    return only


@pytest.mark.parametrize(("share", "verdict"), [(0.76, "not reproduced"), (1.5, "reproduced")])
def test_conv5_has_as_many_elements_as_it_has(share, verdict):
    conv1 = ("new", "conv1", "elements", None, 5.4)
    found = row("D0.1", ("new", "layer4", "elements", None, share), conv1)
    assert (found["verdict"], found["value"], found["control_value"]) == (verdict, share, 5.4)


@pytest.mark.parametrize(
    ("conv1", "maxpool", "verdict"),
    [(0, 520, "reproduced"), (12, 520, "not reproduced"), (0, 0, "inconclusive")],
)
def test_an_inverse_is_a_matter_of_rank_and_not_of_counting_alone(conv1, maxpool, verdict):
    sizes = {"conv1": (5.37, conv1), "maxpool": (1.34, maxpool)}
    rows = [
        ("new", layer, statistic, None, value)
        for layer, values in sizes.items()
        for statistic, value in zip(("elements", "lost"), values, strict=True)
    ]
    assert row("F3.5", *rows)["verdict"] == verdict


def test_batch_norms_of_the_untrained_are_at_rest_and_those_of_the_trained_not():
    rows = [("new", None, "at rest", 53, 1.0), ("mine", None, "at rest", 53, 0.0)]
    found = row("D7.2", *rows)
    assert (found["verdict"], found["control_verdict"]) == ("reproduced", "not reproduced")
    assert row("D7.2", ("new", None, "at rest", 53, 0.98))["verdict"] == "not reproduced"


@pytest.mark.parametrize(("gain", "verdict"), [(0.3, "reproduced"), (-0.1, "not reproduced")])
def test_kernels_are_compared_one_by_one(gain, verdict):
    rng = np.random.default_rng(1)
    trained, new, noise = 0.3 + 0.05 * rng.standard_normal((3, 64))
    kernels = {"mine": trained + gain, "new": new, "noise 0": noise}
    rows = [
        (name, None, "coherence", number, value)
        for name, values in kernels.items()
        for number, value in enumerate(values)
    ]
    found = row("G4.2", *rows)
    assert (found["verdict"], found["n"]) == (verdict, 64)
    assert found["value"] == pytest.approx(np.mean(trained + gain - new))
    assert found["control_value"] == pytest.approx(np.mean(noise - new))


@pytest.mark.parametrize(
    ("learnt", "fresh", "trainings", "verdict"),
    [
        ((1.0, 1.0, 0.999), (0.01, 0.012, 0.008), 3, "reproduced"),
        ((0.5, 0.6, 0.4), (0.01, 0.012, 0.008), 3, "not reproduced"),
        ((1.0, 1.0), (0.01, 0.012), 2, "inconclusive"),
    ],
)
def test_noise_is_learnt_by_heart_in_each_of_three_trainings(learnt, fresh, trainings, verdict):
    rows = [
        (f"noise {k}", None, statistic, 1000, values[k])
        for statistic, values in (("learnt", learnt), ("fresh", fresh))
        for k in range(trainings)
    ]
    found = row("H1.1", *rows)
    assert (found["verdict"], found["n"]) == (verdict, trainings)


def test_networks_of_others_make_no_primary_row_nor_pictures_of_another_size():
    rows = [("new", "layer4", "elements", None, 0.3), ("new", None, "at rest", 20, 1.0)]
    small = msgspec.convert({"runs": [RUN | {"size": 64}], "judges": []}, DepthClaims)
    of_another = {"new": Maker("resnet18", "untrained")}
    for plan, makers in ((PLAN, of_another), (small, MAKERS)):
        found = table(settle_facts(plan, makers, facts(*rows)))
        there = found[found.networks != ""]
        assert set(there.role) == {"exploratory"}
        assert set(there.id) == {"D0.1", "D7.2"}


def test_one_untrained_network_speaks_for_all_of_its_architecture():
    makers = {name: Maker("resnet50", "untrained") for name in ("new", "newer")}
    rows = facts(*((name, None, "at rest", 53, 1.0) for name in makers))
    found = table(settle_facts(PLAN, makers, rows))
    assert found.networks[found.networks != ""].tolist() == ["new"]


@pytest.mark.parametrize(
    ("least", "verdict"), [(0.001, "reproduced"), (0.5, "not reproduced"), (0.1, "inconclusive")]
)
def test_how_unevenly_the_last_block_passes_on_changes_is_told_by_photo(least, verdict):
    values = least * np.exp(0.3 * np.random.default_rng(2).standard_normal(9))
    rows = [("mine", "layer4", "condition", k, value) for k, value in enumerate(values)]
    found = row("G1.2", *rows)
    assert (found["verdict"], found["n"], found["size"]) == (verdict, 9, 32)
    assert row("G1.2", *rows[:4])["verdict"] == "inconclusive"


@pytest.mark.parametrize(
    ("shuffled", "renamed", "verdict"),
    [
        (3.0, 1.0, "reproduced"),
        (0.4, 1.0, "not reproduced"),
        (1.0, 1.0, "inconclusive"),
        (3.0, 3.0, "inconclusive"),  # any other names take as long
    ],
)
def test_random_labels_take_longer_than_true_ones_seed_by_seed(shuffled, renamed, verdict):
    factors = {"true": 1.0, "shuffled": shuffled, "renamed": renamed}
    random = np.random.default_rng(4)
    labels = pd.DataFrame(
        {"labels": name, "seed": seed, "steps": 100 * factor * random.lognormal(0, 0.1)}
        for name, factor in factors.items()
        for seed in range(8)
    )
    found = table(settle_labels(PLAN, MAKERS, labels)).set_index("id").loc["H1.2"]
    assert (found.verdict, found.n, found.role) == (verdict, 8, "primary")


def test_labels_that_are_never_learnt_leave_it_open():
    labels = pd.DataFrame(
        {"labels": name, "seed": seed, "steps": np.nan if name == "shuffled" else 100.0}
        for name in ("true", "shuffled", "renamed")
        for seed in range(8)
    )
    found = table(settle_labels(PLAN, MAKERS, labels)).set_index("id").loc["H1.2"]
    assert (found.verdict, found.failed) == ("inconclusive", 8)
    assert table(settle_labels(PLAN, MAKERS, labels[:0])).networks.unique().tolist() == [""]
