"""Claims of the space of classes: groups against shuffles, pixels and untrained networks."""

import numpy as np
import pandas as pd
import pytest

from preimage.claims.ledger import claims, table
from preimage.claims.makers import Maker
from preimage.claims.space import PUBLISHED, SpaceClaims, settle_published, settle_space
from preimage.tables.images import NEIGHBOURS
from preimage.tables.space import MAP_MEANS, PIXEL_NEIGHBOURS, PRINCIPAL_COMPONENTS

CLASSES = 1000
GROUPS = {f"group {i}": [*range(i, CLASSES, 20)] for i in range(20)}
PLAN = SpaceClaims([*GROUPS.items()], imagenet=True, as_it_is=["net", "twin0"])
MAKERS = {"net": Maker("googlenet", "trained", published=True)}
MAKERS |= {f"twin{i}": Maker("googlenet", "untrained") for i in range(8)}
RUN = {"set": "class_images", "seed": 999}
RANDOM = np.random.default_rng(0).permutation(CLASSES)
ALIKE = (np.arange(CLASSES) + 20) % CLASSES  # the next one of the group
NOTHING = {t: pd.DataFrame(columns=t.names) for t in (MAP_MEANS, NEIGHBOURS, PIXEL_NEIGHBOURS)}


def some(share):
    """Return the neighbours of classes of which that share is of the group."""
    return np.where(np.arange(CLASSES) % 100 < 100 * share, ALIKE, RANDOM)


def neighbours(found, network="net", **other):
    rows = pd.DataFrame({"class": range(len(found)), "name": "x", "l2_neighbour": found, "l2": 1.0})
    rows = rows.assign(network=network, judge=network, **RUN).assign(**other)
    return rows.reindex(columns=NEIGHBOURS.names)


def pixels(found, network="net"):
    rows = pd.DataFrame({"class": range(len(found)), "name": "x", "pixel_neighbour": found})
    return rows.assign(network=network, **RUN).reindex(columns=PIXEL_NEIGHBOURS.names)


def judged(near=None, of_pixels=None, means=None, *, makers=MAKERS, plan=PLAN):
    tables = [
        NOTHING[kind] if given is None else given
        for kind, given in ((MAP_MEANS, means), (NEIGHBOURS, near), (PIXEL_NEIGHBOURS, of_pixels))
    ]
    return table(settle_space(plan, makers, *tables)).set_index("id")


def primary(found, claim):
    return found[found.role != "exploratory"].loc[claim]


def verdict(found, claim):
    return primary(found, claim).verdict


@pytest.mark.parametrize(
    ("found", "expected"),
    [(ALIKE, "reproduced"), (some(0.3), "reproduced"), (ALIKE - 1, "not reproduced")],
)
def test_neighbours_are_of_a_group_beyond_shuffles(found, expected):
    assert verdict(judged(neighbours(found)), "L2.1") == expected


def test_a_little_more_than_by_chance_is_inconclusive():
    found = primary(judged(neighbours(some(0.02))), "L2.1")
    assert (found.verdict, found.n) == ("inconclusive", CLASSES)
    assert found.low < 0 < found.high


def test_only_the_page_s_network_on_all_classes_is_primary():
    assert verdict(judged(neighbours(ALIKE), makers={}), "L2.1") == "not run"
    few = neighbours(ALIKE % 100)[:100]
    assert verdict(judged(few), "L2.1") == "not run"
    assert verdict(judged(neighbours(ALIKE, judge="other")), "L2.1") == "not run"


def test_before_training_it_should_not_be_so():
    trained = neighbours(ALIKE)
    twins = [neighbours(np.roll(RANDOM, i), f"twin{i}") for i in range(8)]
    found = judged(pd.concat([trained, *twins]))
    assert verdict(found, "L2.1") == "reproduced"
    assert primary(found, "L2.1").control_verdict == "inconclusive"  # as by chance
    row = primary(found, "L2.2")
    assert (row.verdict, row.n, row.control_verdict) == ("reproduced", 8, "not reproduced")
    assert verdict(judged(pd.concat([trained, *twins[:3]])), "L2.2") == "inconclusive"
    alike = [neighbours(ALIKE, f"twin{i}") for i in range(8)]
    found = judged(pd.concat([trained, *alike]))
    assert verdict(found, "L2.2") == "not reproduced"
    assert verdict(found, "L2.1") == "inconclusive"  # the architecture's doing


@pytest.mark.parametrize(
    ("by_logits", "by_pixels", "expected"),
    [
        (some(0.6), some(0.2), "reproduced"),
        (some(0.2), some(0.6), "not reproduced"),
        (some(0.3), np.roll(some(0.3), 20), "inconclusive"),
    ],
)
def test_logits_tell_more_than_pixels_or_less(by_logits, by_pixels, expected):
    found = judged(neighbours(by_logits), pixels(by_pixels))
    assert verdict(found, "L1.2") == expected
    assert primary(found, "L1.2").control_verdict != "reproduced"


def means(judge="net", telling=60, maps=64):
    """Return rows MAP_MEANS of which some maps differ by group."""
    random = np.random.default_rng(len(judge))
    rows = [
        pd.DataFrame({"class": range(CLASSES), "map": m, "mean": random.normal(size=CLASSES)})
        for m in range(maps)
    ]
    for m in range(telling):
        rows[m]["mean"] += np.arange(CLASSES) % 20 / 10
    about = {"code": "L1", "network": "net", "space": judge, "judge": judge, "layer": "l"}
    found = pd.concat(rows).assign(name="x", batch_norm=True, status="ok", **about, **RUN)
    return found.reindex(columns=MAP_MEANS.names)


@pytest.mark.parametrize(
    ("telling", "expected"), [(60, "reproduced"), (0, "not reproduced"), (30, "inconclusive")]
)
def test_maps_are_axes_where_groups_differ_along_them(telling, expected):
    row = primary(judged(means=means(telling=telling)), "L1.1")
    assert (row.verdict, row.n) == (expected, 64)


def test_maps_of_an_untrained_network_are_the_control():
    both = pd.concat([means(), means("twin0")])
    assert verdict(judged(means=both), "L1.1") == "inconclusive"
    both = pd.concat([means(), means("twin0", telling=0)])
    assert verdict(judged(means=both), "L1.1") == "reproduced"


def test_maps_of_remapped_input_are_exploratory():
    remapped = SpaceClaims(PLAN.groups, imagenet=True, as_it_is=[])
    found = judged(means=means(), plan=remapped)
    assert verdict(found, "L1.1") == "not run"
    assert found[found.role == "exploratory"].loc["L1.1"].verdict == "reproduced"


def test_two_maps_are_few():
    assert verdict(judged(means=means(telling=2, maps=2)), "L1.1") == "inconclusive"


def published(change=1.0, instead=None, seeds=(999,)):
    """Return rows NEIGHBOURS as published, but for their values and one class's neighbour."""
    rows = {}
    for claim, check in PUBLISHED.items():
        for number in (check.number, check.neighbour):
            rows.setdefault(number, {**RUN, "class": number, "name": "x"})
        found = (instead or {}).get(check.number, check.neighbour)
        low, high = map(float, claims()[claim].rule[check.part].removeprefix("in ").split(".."))
        middle = (low + high) / 2
        rows[check.number] |= {check.column: found, check.value: middle * change}
    all_rows = [row | {"seed": s} for s in seeds for row in rows.values()]
    table_ = pd.DataFrame(all_rows).assign(network="net", judge="net")
    return table_.reindex(columns=NEIGHBOURS.names)


def principal(classes=CLASSES, half=0.01):
    rows = [
        {**RUN, "network": "net", "component": number, "classes": classes, "explained": value}
        | {"explained_low": value * (1 - half), "explained_high": value * (1 + half)}
        for number, value in ((1, 0.1538), (2, 0.0418))
    ]
    return pd.DataFrame(rows).reindex(columns=PRINCIPAL_COMPONENTS.names)


def checks(near, components, makers=MAKERS, plan=PLAN):
    found = table(settle_published(plan, makers, near, components)).set_index("id")
    return found[found.code == "Z1"]


def test_published_values_calibrate_what_they_are_the_values_of():
    found = checks(published(1.04), principal())
    assert len(found) == len(PUBLISHED) + 2
    assert set(found.role) == {"calibration"}
    assert set(found.verdict) == {"reproduced"}
    assert "18.97" in found.claim["Z1.1"]
    assert found.claim["Z1.1"].startswith("Published: after tench itself")


def test_other_values_and_other_neighbours_are_not_reproduced():
    found = checks(published(1.06), principal(half=0.2))
    assert found.verdict.tolist() == ["not reproduced"] * len(PUBLISHED) + ["inconclusive"] * 2
    found = checks(published(instead={0: 2}), principal())
    assert found.index[found.verdict == "not reproduced"].tolist() == ["Z1.1", "Z1.8"]


def test_several_seeds_are_judged_by_their_interval():
    rows = published(seeds=(1, 2))
    rows.loc[rows.seed == 2, ["logit_second", "l2"]] *= 1.04
    found = checks(rows, principal())
    assert set(found.verdict[: len(PUBLISHED)]) == {"inconclusive"}


def test_without_that_network_or_its_classes_nothing_is_run():
    other = {"net": Maker("googlenet", "trained")}
    for given in ({"makers": other}, {"plan": SpaceClaims([], imagenet=False, as_it_is=[])}):
        assert set(checks(published(), principal(), **given).verdict) == {"not run"}
    rows = published()
    found = checks(rows[rows["class"] != 391], principal(classes=100))
    assert found.index[found.verdict == "not run"].tolist() == ["Z1.8", "Z1.13", "Z1.14"]
