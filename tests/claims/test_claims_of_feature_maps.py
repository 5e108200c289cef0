"""Claims of maps by depth get the verdicts that tables of maps were made to give."""

import numpy as np
import pandas as pd
import pytest

from preimage.claims.feature_maps import (
    FeatureMapClaims,
    MapsRun,
    Pair,
    settle_feature_maps,
    settle_same_patterns,
)
from preimage.claims.ledger import table
from preimage.claims.makers import Maker
from preimage.tables.feature_maps import FEATURE_MAPS, FEATURE_PAIRS, MEASURES, PICTURED_OBJECTS
from preimage.tables.images import TRACE

LAYERS, MAPS = 12, 32
MAKERS = {
    "net": Maker("inception_v3", "trained", published=True),
    "twin": Maker("inception_v3", "untrained"),
}
RUN = MapsRun(
    "maps", "net", "octaves", octaves=True, twins=[("maps", "twin")], raw=["raw"], resized=["low"]
)
FLAT = np.full(LAYERS, 1.0)
RISING = np.linspace(0.2, 1, LAYERS)
CYAN, YELLOW = 180, 60
EARLY, MIDDLE, LATE = (np.exp(-((np.arange(LAYERS) - at) ** 2) / 8) for at in (2, 5, 9))


def maps(network="net", image_set="maps", layers=LAYERS, status="ok", **measures):
    """Return rows FEATURE_MAPS; measures: by layer, of all maps alike but for some noise."""
    random = np.random.default_rng(len(network) + layers)
    rows = [
        {"code": "N1", "set": image_set, "network": network, "layer": f"l{d}", "depth": d, "map": m}
        | {"item": f"l{d}[{m}]", "seed": seed, "size": 64, "moved": 0.1, "status": status}
        | dict.fromkeys((column.name for column in MEASURES), 1.0)
        | {k: v[d] * (1 + 0.01 * random.normal()) for k, v in measures.items() if k != "objectness"}
        for d in range(layers)
        for m in range(MAPS)
        for seed in (1, 2)
    ]
    return pd.DataFrame(rows).reindex(columns=FEATURE_MAPS.names)


def objects(rows, objectness=FLAT, labels=FLAT):
    """Return rows PICTURED_OBJECTS; both by layer."""
    found = rows[["set", "network", "item", "seed"]].assign(witnesses="w")
    random = np.random.default_rng(5)
    noise = 1 + 0.02 * random.normal(size=len(rows))
    found["objectness"] = np.asarray(objectness)[rows.depth] * noise
    return found.assign(labels=np.asarray(labels)[rows.depth] * noise).reindex(
        columns=PICTURED_OBJECTS.names
    )


def traces(losses):
    """Return rows TRACE of maps of `net`, by layer the loss at each step."""
    rows = [
        {
            "set": "maps",
            "network": "net",
            "item": f"l{d}[{m}]",
            "seed": s,
            "iteration": i,
            "loss": x,
        }
        for d, curve in enumerate(losses)
        for m in range(MAPS)
        for s in (1, 2)
        for i, x in enumerate(curve)
    ]
    return pd.DataFrame(rows).reindex(columns=TRACE.names)


def judged(own, twin=None, pictured=None, *, losses=(), runs=(RUN,), makers=MAKERS):
    all_maps = pd.concat([own, *([twin] if twin is not None else [])], ignore_index=True)
    pictured = objects(all_maps) if pictured is None else pictured
    plan = FeatureMapClaims(list(runs), [])
    rows = traces(losses)
    return table(settle_feature_maps(plan, makers, all_maps, pictured, rows)).set_index("id")


def primary(found, claim):
    return found[found.role == "primary"].loc[claim]


def verdict(found, claim):
    return primary(found, claim).verdict


def test_without_rows_nothing_is_run():
    found = judged(maps()[:0], pictured=objects(maps()[:0]))
    assert set(found.loc["N0.1":"N4.2"].verdict) == {"not run"}


def test_another_network_is_exploratory():
    own = maps(contrast=RISING)
    found = judged(own, makers={})
    assert set(found[found.role == "primary"].verdict) <= {"not run", "not judged"}
    (row,) = found[found.role == "exploratory"].loc[["N1.1"]].to_dict("records")
    assert row["verdict"] == "reproduced"
    assert row["n"] == LAYERS - 1
    once = MapsRun("maps", "net", "raw", octaves=False, twins=[], raw=[], resized=[])
    assert verdict(judged(own, runs=[once]), "N1.1") == "not run"  # the page has octaves


def test_the_first_layer_is_plain_where_the_others_have_more_contrast_for_their_colours():
    flat, rising, falling = (maps(contrast=c) for c in (FLAT, RISING, RISING[::-1]))
    assert verdict(judged(rising), "N1.1") == "reproduced"
    assert verdict(judged(falling), "N1.1") == "not reproduced"
    assert verdict(judged(flat), "N1.1") != "reproduced"
    twin = maps("twin", contrast=RISING)
    assert primary(judged(rising, twin), "N1.1").control_verdict == "reproduced"
    assert verdict(judged(rising, twin), "N1.1") == "inconclusive"


def test_layers_without_live_maps_are_asked_for():
    own = maps(contrast=RISING)
    own.loc[own.depth == 5, "status"] = "no gradient"
    row = primary(judged(own), "N1.1")
    assert (row.n, row.asked, row.failed) == (LAYERS - 2, LAYERS - 1, 1)
    assert primary(judged(own), "N1.4").value == 1


def coloured(hues, **other):
    own = maps(**other)
    own["hue"] = np.asarray(hues, dtype=float)[own["map"]]
    return own


@pytest.mark.parametrize(
    ("hues", "expected"),
    [
        ([CYAN + 25] * 16 + [300] * 10 + [120] * 6, "reproduced"),
        ([YELLOW] * MAPS, "not reproduced"),
        ([0] * MAPS, "not reproduced"),  # red
        ([np.nan] * MAPS, "not reproduced"),  # grey
        ([CYAN] * 18 + [YELLOW] * 14, "not reproduced"),
        ([CYAN] * 18 + [0] * 14, "inconclusive"),
    ],
)
def test_a_palette_is_that_of_printing_without_yellow(hues, expected):
    assert verdict(judged(coloured(hues)), "N1.2") == expected


def test_hues_of_seeds_have_a_mean_across_red():
    own = coloured([100] * MAPS)
    own.loc[own.seed == 2, "hue"] = 140  # both near 120
    assert verdict(judged(own), "N1.2") == "reproduced"


@pytest.mark.parametrize(
    ("hue", "grids", "expected"),
    [
        (CYAN + 20, 6, "reproduced"),
        (CYAN + 90, 6, "not reproduced"),
        (CYAN + 20, MAPS, "not reproduced"),
        (CYAN + 20, 0, "inconclusive"),  # a minority has one, says the page
    ],
)
def test_without_octaves_colours_are_alike_and_a_minority_has_a_grid(hue, grids, expected):
    own = coloured([CYAN] * MAPS).assign(frequency=0.1)
    raw = coloured([hue] * MAPS, image_set="raw", layers=1)
    raw["frequency"] = np.where(raw["map"] < grids, 0.4, 0.1)
    found = judged(pd.concat([own, raw]))
    assert verdict(found, "N1.3") == expected
    assert primary(found, "N1.3").control_verdict in {"inconclusive", "not reproduced"}


def test_grey_pictures_are_those_without_gradient():
    own = maps()
    own.loc[own["map"] == 3, "status"] = "no gradient"
    assert verdict(judged(own), "N1.4") == "reproduced"
    own.loc[own["map"] == 4, "status"] = "unmoved"
    assert verdict(judged(own), "N1.4") == "not reproduced"
    assert verdict(judged(maps()), "N1.4") == "not run"  # no picture is grey


def test_patterns_begin_with_the_second_layer():
    rising = {"contrast": RISING, "entropy": RISING}
    assert verdict(judged(maps(**rising)), "N2.1") == "reproduced"
    assert verdict(judged(maps(contrast=RISING, entropy=RISING[::-1])), "N2.1") == "not reproduced"
    twin = maps("twin", **rising)
    assert verdict(judged(maps(**rising), twin), "N2.1") == "inconclusive"


WOBBLE = np.tile([1.0, 1.1, 0.9], LAYERS // 3)


@pytest.mark.parametrize("claim", ["N2.2", "N4.1"])
@pytest.mark.parametrize(
    ("own", "before", "expected"),
    [
        (RISING, WOBBLE, "reproduced"),
        (RISING, RISING, "not reproduced"),  # the architecture's doing
        (WOBBLE, RISING, "not reproduced"),
        (RISING[::-1], WOBBLE, "not reproduced"),
    ],
)
def test_what_rises_with_depth_must_do_so_by_training(claim, own, before, expected):
    rows = [maps(entropy=own), maps("twin", entropy=before)]
    pictured = pd.concat([objects(rows[0], own), objects(rows[1], before)])
    found = judged(*rows, pictured)
    assert verdict(found, claim) == expected
    assert primary(found, claim).n == LAYERS
    assert verdict(judged(rows[0], pictured=pictured), claim) == "not run"  # without a twin


def test_few_layers_leave_it_open():
    rows = [maps(layers=4, entropy=RISING), maps("twin", layers=4, entropy=WOBBLE)]
    assert verdict(judged(*rows), "N2.2") == "inconclusive"


@pytest.mark.parametrize(
    ("mazes", "textures", "things", "expected"),
    [
        (EARLY, MIDDLE, LATE, "reproduced"),
        (LATE, MIDDLE, EARLY, "not reproduced"),
        (MIDDLE, MIDDLE, LATE, "inconclusive"),
    ],
)
def test_mazes_come_before_textures_and_textures_before_objects(mazes, textures, things, expected):
    own = maps(oriented_contrast=mazes)
    own["contrast"] = own.oriented_contrast + textures[own.depth]
    assert verdict(judged(own, pictured=objects(own, things)), "N3.1") == expected


def test_what_comes_in_turn_before_training_is_not_learnt():
    rows = [maps(network, oriented_contrast=EARLY) for network in ("net", "twin")]
    for own in rows:
        own["contrast"] = own.oriented_contrast + MIDDLE[own.depth]
    pictured = pd.concat([objects(own, LATE) for own in rows])
    assert verdict(judged(*rows, pictured), "N3.1") == "inconclusive"


def test_last_layers_jumble_things_where_there_are_any():
    own = maps()
    for labels, expected in ((RISING, "reproduced"), (RISING[::-1], "not reproduced")):
        assert verdict(judged(own, pictured=objects(own, FLAT, labels)), "N4.2") == expected
    few = np.where(np.arange(LAYERS) < 6, -1, 1)  # layers with objects
    row = primary(judged(own, pictured=objects(own, few, RISING)), "N4.2")
    assert (row.verdict, row.n, row.failed) == ("inconclusive", 6, 0)


def test_descents_converge_in_most_layers():
    rest = 1 + np.exp(-np.arange(40) / 3)
    falls, rises = 1 - np.arange(40) / 50, rest[::-1]
    own = maps()
    assert verdict(judged(own, losses=[rest] * LAYERS), "N0.1") == "reproduced"
    for other in (falls, rises, np.ones(40)):
        assert verdict(judged(own, losses=[other] * LAYERS), "N0.1") == "not reproduced"
    mixed = [rest] * 6 + [falls] * 6
    assert verdict(judged(own, losses=mixed), "N0.1") == "inconclusive"
    own["status"] = "no gradient"
    assert verdict(judged(own, losses=[rest] * LAYERS), "N0.1") == "not run"


def pairs(above, layers=1, dealt=0.5):
    """Return rows FEATURE_PAIRS; above: of each map, the same in all layers, of two seeds."""
    rows = [
        {"code": "M5", "comparison": "c", "one": "raw", "other": "octaves", "score": score}
        | {
            "item": f"l{d}[{m}]",
            "seed": s,
            "above": x if score == "spectrum" else 0,
            "dealt": dealt,
        }
        for score in ("spectrum", "ssim")
        for d in range(layers)
        for m, x in enumerate(above)
        for s in (1, 2)
    ]
    return pd.DataFrame(rows).reindex(columns=FEATURE_PAIRS.names)


def of_pairs(rows, makers=MAKERS):
    plan = FeatureMapClaims([], [Pair("c", "raw", "octaves", "net")])
    return table(settle_same_patterns(plan, makers, rows)).set_index("id")


HIGH = np.linspace(0.8, 1, 16)


@pytest.mark.parametrize(
    ("above", "dealt", "expected"),
    [
        (HIGH, 0.5, "reproduced"),
        (1 - HIGH, 0.5, "not reproduced"),
        (np.linspace(0.5, 1, 16), 0.5, "inconclusive"),
        (HIGH[:9], 0.5, "inconclusive"),  # few maps
        (HIGH, 0.9, "inconclusive"),  # so are pictures of other maps
    ],
)
def test_two_pictures_of_a_map_are_alike_beyond_those_of_others(above, dealt, expected):
    found = of_pairs(pairs(above, dealt=dealt))
    assert verdict(found, "M5.1") == expected
    assert primary(found, "M5.1").n == len(above)
    assert verdict(found, "M5.2") == "not run"  # one layer


def test_other_layers_are_judged_layer_by_layer():
    found = of_pairs(pairs(HIGH, layers=8))
    assert verdict(found, "M5.2") == "reproduced"
    assert primary(found, "M5.2").n == 8
    assert verdict(of_pairs(pairs(1 - HIGH, layers=8)), "M5.2") == "not reproduced"
    assert set(of_pairs(pairs(HIGH, layers=8), {}).loc[["M5.1", "M5.2"]].verdict) == {
        "not run",
        "reproduced",
    }


@pytest.mark.parametrize(
    ("octaves", "raw", "expected"),
    [
        ((2.0, 2.0), (1.0, 1.0), "reproduced"),
        ((0.5, 0.5), (1.0, 1.0), "not reproduced"),
        ((1.0, 1.0), (1.0, 1.0), "inconclusive"),
        ((2.0, 0.5), (1.0, 1.0), "not reproduced"),  # more edges, but no finer ones
        ((2.0, 2.0), (3.0, 3.0), "inconclusive"),  # as raw descent is clearer, too
    ],
)
def test_octaves_are_clearer_than_what_is_enlarged_where_edges_and_detail_are(
    octaves, raw, expected
):
    ways = {"maps": octaves, "raw": raw, "low": (1.0, 1.0)}
    rows = pd.concat(
        maps(image_set=name, layers=1, edges=[edges], centroid=[detail])
        for name, (edges, detail) in ways.items()
    )
    rows[["edges", "centroid"]] *= np.random.default_rng(6).normal(1, 0.02, (len(rows), 2))
    row = primary(judged(rows), "M5.3")
    assert (row.n, row.verdict) == (MAPS, expected)


def test_pictures_of_another_size_are_not_compared_in_clearness():
    rows = pd.concat([maps(edges=FLAT), maps(image_set="low", edges=FLAT).assign(size=32)])
    assert verdict(judged(rows), "M5.3") == "not run"
