"""Claims of neurons get the verdicts that tables of their pictures were made to give."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from preimage.claims.features import (
    FeatureClaims,
    FeatureRun,
    pseudovalues_of_pairs,
    settle_features,
)
from preimage.claims.ledger import table
from preimage.claims.makers import Maker
from preimage.tables.features import AREAS, READING_ORDER

LAYER = "Mixed_6b"
MAKERS = {
    "net": Maker("inception_v3", "trained", published=True),
    "twin": Maker("inception_v3", "untrained"),
}
PLACES = [(r, c) for r in (1, 5, 9) for c in (1, 5, 9)]
RUN = {"set": "neurons", "layer": LAYER, "recipe": "r", "recipe_digest": "d", "status": "ok"}


def areas(maps, network="net", *, places=PLACES, off=5.0, radius=None, seeds=(1, 2)):
    """Return rows AREAS; off: how far centroids are from places; radius: by map."""
    random = np.random.default_rng(7)
    radius = radius or {}
    rows = [
        RUN
        | {"network": network, "map": m, "row": r, "column": c, "seed": s, "size": 128}
        | {"target": f"{LAYER}[{m}, {r}, {c}]", "field_rows": 9.0 + (m == 415) * 12}
        | {"place_row": 12.0 * r, "place_column": 12.0 * c}
        | {"centroid_row": 12.0 * r + off * random.normal()}
        | {"centroid_column": 12.0 * c + off * random.normal()}
        | {"radius_50": radius.get(m, 10.0) * random.lognormal(0, 0.05), "ratio_disc": 0.1}
        for m in maps
        for r, c in places
        for s in seeds
    ]
    return pd.DataFrame(rows).reindex(columns=AREAS.names)


def order(ratio, maps=range(8), network="net", **other):
    """Return rows READING_ORDER; ratio: of a map."""
    random = np.random.default_rng(8)
    rows = [
        RUN
        | {"set": "order", "network": network, "map": m, "seed": s, "frame": f, "row": 0}
        | {"column": f, "normalised": False, "smooth": False, "absolute": False}
        | {"ratio_disc": ratio * random.lognormal(0, 0.1)}
        | other
        for m in maps
        for f in range(1, 9)
        for s in (1, 2)
    ]
    return pd.DataFrame(rows).reindex(columns=READING_ORDER.names)


def judged(single, frames=None, sizes=1, makers=MAKERS):
    runs = ([FeatureRun(name, "net", sizes)] for name in ("neurons", "order"))
    plan = FeatureClaims(*runs)
    frames = order(1)[:0] if frames is None else frames
    return table(settle_features(plan, makers, single, frames)).set_index("id")


def primary(found, claim):
    return found[found.role == "primary"].loc[claim]


def verdict(found, claim):
    return primary(found, claim).verdict


def test_without_rows_nothing_is_run():
    found = judged(areas([1])[:0])
    assert set(found.loc["M1.1":"M5.3"].verdict) == {"not run"}


def test_places_are_the_cases_whatever_maps_and_seeds():
    row = primary(judged(areas([1, 2, 3])), "M1.1")
    assert (row.n, row.verdict) == (len(PLACES), "reproduced")
    assert verdict(judged(areas([1, 2, 3], places=PLACES[:6])), "M1.1") == "inconclusive"
    assert verdict(judged(areas([1], off=400.0, seeds=[1])), "M1.1") != "reproduced"
    elsewhere = areas([1])
    elsewhere[["centroid_row", "centroid_column"]] = 128 - elsewhere[["place_row", "place_column"]]
    assert verdict(judged(elsewhere), "M1.1") == "not reproduced"


def test_it_holds_before_training_too():
    both = pd.concat([areas([1, 2]), areas([1, 2], "twin")])
    row = primary(judged(both), "M1.1")
    assert (row.control_verdict, row.verdict) == ("reproduced", "reproduced")


def test_a_correlation_is_that_of_both_axes_with_fisher_s_interval():
    rows = areas([1], seeds=[1], off=30.0)
    at, centroid = (rows[[f"{w}_row", f"{w}_column"]] for w in ("place", "centroid"))
    a, b = ((x - x.mean()).to_numpy().ravel() for x in (at, centroid))
    found = stats.pearsonr(a, b).statistic
    whole = judged(rows)
    assert f"correlation {found:.4g} [" in primary(whole, "M1.1").parts
    half = 1.96 / np.sqrt(len(rows) - 3)
    assert f"[{np.tanh(np.arctanh(found) - half):.3g}" in primary(whole, "M1.1").parts


@pytest.mark.parametrize(("radius", "expected"), [(20, "reproduced"), (60, "not reproduced")])
def test_a_neuron_changes_little_where_half_of_the_change_is_on_little_area(radius, expected):
    assert verdict(judged(areas([1], radius={1: radius})), "M1.2") == expected


def test_a_whole_map_is_the_control():
    single = areas([1], radius={1: 20})
    maps = areas([1, 2, 3], places=[(1, 1)], radius=dict.fromkeys((1, 2, 3), 51.0))
    maps = maps.assign(row=np.nan, column=np.nan, target=[f"{LAYER}[{m}]" for m in maps["map"]])
    row = primary(judged(pd.concat([single, maps])), "M1.2")
    assert (row.verdict, row.control_verdict) == ("reproduced", "not reproduced")
    assert row.control_value == pytest.approx(np.pi * 51**2 / 128**2, rel=0.1)


@pytest.mark.parametrize(
    ("radius", "expected"),
    [
        ({415: 20, 654: 10}, "reproduced"),
        ({415: 10, 654: 20}, "not reproduced"),
        ({415: 10, 654: 10}, "inconclusive"),
    ],
)
def test_maps_are_compared_place_by_place(radius, expected):
    found = judged(areas([415, 654], radius=radius))
    row = primary(found, "M3.1")
    assert (row.verdict, row.n) == (expected, len(PLACES))
    assert verdict(found, "M3.3") == "reproduced"  # 21 rows against 9
    assert primary(found, "M3.3").value == pytest.approx(21 / 9)
    other = judged(areas([415, 654], radius=radius), makers={"net": Maker("resnet50", "trained")})
    assert set(other.loc[["M3.1", "M3.2", "M3.3"]].verdict) == {"not run"}


def test_inner_maps_reach_wider_over_many_maps():
    maps = [*range(0, 24, 2), *range(200, 224, 2)]
    wide = {m: 20 for m in maps if m >= 192}
    assert verdict(judged(areas(maps, places=PLACES[:2], radius=wide)), "M3.2") == "reproduced"
    narrow = {m: 5 for m in maps if m >= 192}
    found = judged(areas(maps, places=PLACES[:2], radius=narrow))
    assert (verdict(found, "M3.2"), primary(found, "M3.2").n) == ("not reproduced", 12)
    assert (
        verdict(judged(areas(maps[2:], places=PLACES[:2], radius=wide)), "M3.2") == "inconclusive"
    )


def test_maps_are_the_cases_of_one_more_neuron():
    alone = areas(range(8))  # of a ratio of 0.1
    found = judged(alone, order(0.8))
    for claim in ("M2.1", "M2.2"):
        assert (verdict(found, claim), primary(found, claim).n) == ("reproduced", 8)
    assert primary(found, "M2.1").control_verdict == "not reproduced"
    assert primary(found, "M2.2").value == pytest.approx(8, rel=0.1)
    found = judged(alone, order(0.1))
    assert (verdict(found, "M2.1"), verdict(found, "M2.2")) == ("not reproduced", "inconclusive")
    assert verdict(judged(alone, order(0.05)), "M2.2") == "not reproduced"
    one = judged(alone, order(0.8, maps=[3]))
    assert (verdict(one, "M2.1"), primary(one, "M2.1").n) == ("inconclusive", 1)


def test_neurons_that_alone_change_everything_say_nothing_of_one_more():
    everywhere = areas(range(8)).assign(ratio_disc=0.8)
    assert verdict(judged(everywhere, order(0.8)), "M2.1") == "inconclusive"


@pytest.mark.parametrize("how", ["normalised", "smooth", "absolute"])
def test_recipes_that_couple_neurons_are_not_judged(how):
    assert verdict(judged(areas(range(8)), order(0.8, **{how: True})), "M2.1") == "not run"


def test_octaves_of_several_sizes_move_neurons():
    found = judged(areas(range(8)), order(0.8), sizes=2)
    assert {verdict(found, claim) for claim in ("M1.1", "M2.1", "M2.2")} == {"not run"}
    assert set(found[found.role == "exploratory"].index) == {"M1.1", "M1.2"}


def test_failed_maps_are_asked_for():
    frames = order(0.8, maps=range(9))
    frames.loc[frames["map"] == 0, ["ratio_disc", "status"]] = (np.nan, "diverged")
    row = primary(judged(areas(range(9)), frames), "M2.1")
    assert (row.n, row.asked, row.failed) == (8, 9, 1)


def from_seeds(several, single, maps=(0.9, 0.9), seeds=8):
    """Return rows AREAS of the page's two neurons and of their maps, by how alike seeds are."""
    random = np.random.default_rng(9)
    neurons = [(415, 9, 9, several), (654, 6, 0, single)]
    whole = [(415, None, None, maps[0]), (654, None, None, maps[1])]
    rows = [
        RUN
        | {"network": "net", "map": m, "row": r, "column": c, "seed": s, "size": 128}
        | {"target": f"{LAYER}[{m}]" if r is None else f"{LAYER}[{m}, {r}, {c}]"}
        | {"alike": alike + 0.03 * random.normal(), "radius_50": 10.0}
        for m, r, c, alike in [*neurons, *whole]
        for s in range(seeds)
    ]
    return pd.DataFrame(rows).reindex(columns=AREAS.names)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (from_seeds(0.3, 0.8), "reproduced"),
        (from_seeds(0.8, 0.3), "not reproduced"),
        (from_seeds(0.6, 0.6), "inconclusive"),
        (from_seeds(0.3, 0.8, seeds=5), "inconclusive"),  # few
        (from_seeds(0.3, 0.8, maps=(0.3, 0.8)), "inconclusive"),  # so it is with the whole maps
    ],
)
def test_a_neuron_with_several_patterns_is_less_alike_from_seed_to_seed(rows, expected):
    assert verdict(judged(rows), "M3.4") == expected


def test_pseudovalues_of_pairs_are_those_of_leaving_each_unit_out():
    together = np.random.default_rng(4).random((6, 6))
    together = together + together.T
    apart = ~np.eye(6, dtype=bool)
    of_one = np.array([together[i][apart[i]].mean() for i in range(6)])
    whole = together[apart].mean()
    for i in range(6):
        kept = np.ix_(*[np.delete(np.arange(6), i)] * 2)
        without = together[kept][apart[kept]].mean()
        assert pseudovalues_of_pairs(of_one)[i] == pytest.approx(6 * whole - 5 * without)
