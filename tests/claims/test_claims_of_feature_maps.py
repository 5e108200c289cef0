"""Claims of maps by depth and of pictures of one map, on tables of known answer."""

import numpy as np
import pandas as pd
import pytest

from preimage.claims.feature_maps import TRENDS, MapsRun, Pair, claims
from preimage.measures.feature_maps.layers import tabulate
from preimage.measures.feature_maps.objectness import objectness, with_objectness
from preimage.measures.feature_maps.trends import difference, estimate, spearman
from preimage.measures.statistics.verdicts import INCONCLUSIVE, NOT_REPRODUCED, NOT_RUN, REPRODUCED
from preimage.tables.claims import CLAIMS
from preimage.tables.feature_maps import (
    FEATURE_MAPS,
    FEATURE_SIMILARITY,
    LAYERS_BY_DEPTH,
    MEASURES,
    PICTURED_OBJECTS,
    UNMOVED,
)
from preimage.tables.parquet import write_table

LAYERS = ["conv1", "layer1", "layer2", "layer3"]
COUNTS = ["live", "dead", "unmoved", "degenerate"]
AS_CLAIMED = {  # means by depth of what the page says
    "colourfulness": (90, 60, 40, 20),
    "contrast": (0.02, 0.2, 0.22, 0.25),
    "oriented_contrast": (0.01, 0.18, 0.15, 0.13),
    "local_coherence": (0.3, 0.9, 0.7, 0.5),
    "entropy": (1, 3, 5, 7),
    "centroid_cycles": (2, 30, 20, 10),
}
OBJECTS, NO_OBJECTS = (0.1, 0.2, 0.3, 0.4), (0.2, 0.2, 0.2, 0.2)
TEXTURES = NO_OBJECTS  # of all layers, with scrambled phases


def maps(means=None, *, count=8, spread=0.01, network="net", status="ok"):
    """Return rows FEATURE_MAPS of four layers; measures that are not given are noise."""
    random = np.random.default_rng(0)
    rows = []
    for depth, layer in enumerate(LAYERS):
        for number in range(count):
            middle = {k: v[depth] for k, v in (means or {}).items()}
            drawn = {
                c.name: middle.get(c.name, 1) * (1 + spread * random.normal()) for c in MEASURES
            }
            about = {"code": "N1", "set": "maps", "network": network, "layer": layer}
            about |= {"depth": depth, "map": number, "item": f"{layer}[{number}]", "seed": 999}
            rows.append(about | {"size": 64, "status": status} | drawn)
    return pd.DataFrame(rows, columns=FEATURE_MAPS.names)


def said(frame, certainty, seed=1):
    """Return the logits of rows FEATURE_MAPS by a network that is so certain, by depth."""
    noise = np.random.default_rng(seed).normal(size=(len(LAYERS), 30))  # of each map
    certain = np.array(certainty)[frame.depth] * (1 + 0.01 * noise[frame.depth, frame["map"]])
    return of_probability(certain)


def of_probability(certain, best=0):
    """Return logits of 100 classes: one has the probability, the others share the rest."""
    logits = np.log((1 - certain) / 99)[:, None].repeat(100, axis=1)
    logits[:, best] = np.log(certain)
    return logits


def judged(frame, runs, certainty=OBJECTS):
    return claims(known(frame, [said(frame, certainty)]), NONE, runs)


def known(frame, seen, textures=TEXTURES):
    """Return rows FEATURE_MAPS with what networks that see but textures elsewhere see there."""
    scrambled = [said(frame, textures, seed=2)] * len(seen)
    pictured = frame[["set", "network", "item", "seed"]].reset_index(drop=True)
    pictured = pictured.drop_duplicates().join(objectness(seen, scrambled))
    return with_objectness(frame, pictured)


def run(network="net", *, normalised=True, untrained=False, baselines=()):
    about = {"set": "maps", "network": network, "recipe": "octaves"}
    about |= {"normalised": normalised, "untrained": untrained}
    return MapsRun(**about, baselines=tuple(baselines))


RUN = run()


def similarity(above=(1.0, 0.8, 1.0), comparison="ways", n=16, p_value=0.001):
    row = {"code": "M5", "comparison": comparison, "one": "raw", "other": "octaves"}
    row |= dict(zip(("above", "above_low", "above_high"), above, strict=True))
    row |= {"score": "spectrum", "n": n, "degenerate": 0, "p_value": p_value}
    return pd.DataFrame([row], columns=FEATURE_SIMILARITY.names)


NONE = pd.DataFrame(columns=FEATURE_SIMILARITY.names)


def of_trends(found):
    return found[found.statistic.isin([trend.statistic for trend in TRENDS])]


def test_what_is_as_the_page_says_is_reproduced(tmp_path):
    found = judged(maps(AS_CLAIMED), [RUN])
    assert set(of_trends(found).verdict) == {REPRODUCED}
    assert len(of_trends(found)) == len(TRENDS)
    write_table(found, tmp_path / "t", CLAIMS)


def test_what_is_the_other_way_round_is_not():
    turned = {name: values[::-1] for name, values in AS_CLAIMED.items()}
    turned["local_coherence"] = (0.9, 0.5, 0.7, 0.9)
    turned["entropy"] = (9, 7, 5, 3)
    turned["colourfulness"] = (20, 40, 60, 90)
    turned["contrast"] = (0.3, 0.25, 0.22, 0.2)
    turned["oriented_contrast"] = (0.01, 0.09, 0.06, 0.09)
    turned["centroid_cycles"] = (2, 10, 20, 30)
    found = of_trends(judged(maps(turned), [RUN], OBJECTS[::-1]))
    assert set(found.verdict) == {NOT_REPRODUCED}


def test_noise_is_inconclusive():
    found = of_trends(judged(maps(count=30), [RUN], NO_OBJECTS))
    assert (found.verdict == INCONCLUSIVE).sum() >= len(TRENDS) - 1


@pytest.mark.parametrize("status", ["no gradient", UNMOVED])
def test_maps_without_a_picture_do_not_count(status):
    dead = maps({"colourfulness": (1, 2, 3, 4)}, status=status)
    with_dead = judged(pd.concat([maps(AS_CLAIMED), dead]), [RUN])
    pd.testing.assert_frame_equal(with_dead, judged(maps(AS_CLAIMED), [RUN]))


def test_without_a_run_of_several_layers_nothing_is_said_of_depth():
    found = claims(maps(AS_CLAIMED), NONE)
    assert set(found.verdict) == {NOT_RUN}
    assert set(found.code) == {"M5", "N1", "N2", "N3", "N4"}


def test_a_run_with_one_live_layer_has_rows_that_are_not_run():
    one = maps(AS_CLAIMED)
    one.loc[one.depth != 2, "status"] = "no gradient"
    found = of_trends(judged(one, [RUN]))
    assert found.verdict.tolist() == [NOT_RUN] * len(TRENDS)
    assert found.compared.unique().tolist() == [f"1 layers with live maps, {RUN}"]


def test_the_first_layer_is_that_of_all_maps_not_of_live_ones():
    dead = maps(AS_CLAIMED)
    dead.loc[dead.depth == 0, "status"] = "no gradient"
    found = of_trends(judged(dead, [RUN])).set_index("claim")
    first = found[found.index.str.startswith("The first layer's pictures")]
    assert first.verdict.tolist() == [NOT_RUN]
    behind = found[found.index.str.startswith("Behind the first layer")]
    assert behind.n.tolist() == [24, 24]  # as where the first layer is alive
    assert set(behind.verdict) == {REPRODUCED}


def test_every_run_has_rows_of_its_own_that_say_how_it_was_made():
    runs = [run(normalised=False), run("other", untrained=True)]
    both = pd.concat([maps(AS_CLAIMED), maps(network="other")])
    found = of_trends(judged(both, runs))
    assert found.compared.value_counts().tolist() == [len(TRENDS)] * 2
    layers = "4 layers with live maps, "
    assert found.compared.unique().tolist() == [
        f"{layers}net (set maps, recipe octaves, raw steps)",
        f"{layers}other, untrained (set maps, recipe octaves, normalised steps)",
    ]


@pytest.mark.parametrize(
    ("means", "verdicts"), [(None, {REPRODUCED}), (AS_CLAIMED, {INCONCLUSIVE})]
)
def test_what_training_adds_is_told_against_a_baseline_without(means, verdicts):
    baseline = run("untrained", untrained=True)
    trained, untrained = maps(AS_CLAIMED, count=30), maps(means, count=30, network="untrained")
    seen = [said(trained, OBJECTS), said(untrained, OBJECTS if means else NO_OBJECTS)]
    runs = [run(baselines=[baseline]), baseline]
    both = pd.concat([trained, untrained])
    found = claims(known(both, [np.concatenate(seen)]), NONE, runs)
    added = found[found.compared == f"{RUN} less {baseline}"]
    assert added.statistic.str.endswith("less that without training").all()
    assert len(added) == len(TRENDS)
    assert set(added.verdict) == verdicts
    assert len(of_trends(found)) == 2 * len(TRENDS)


def test_a_difference_has_the_intervals_of_both_sides():
    random = np.random.default_rng(0)
    depth = np.repeat(np.arange(4), 20)
    one, other = (
        pd.DataFrame({"depth": depth, "x": slope * depth + random.normal(size=80)})
        for slope in (0.5, 0.1)
    )
    found = difference(one, other, spearman)
    alone = [estimate(side, spearman) for side in (one, other)]
    assert found.value == pytest.approx(alone[0].value - alone[1].value)
    squares = sum((side.high - side.low) ** 2 for side in alone)
    assert found.high - found.low == pytest.approx(squares**0.5, rel=0.1)


def test_without_another_network_nothing_is_said_of_objects():
    nobody = pd.DataFrame(columns=PICTURED_OBJECTS.names)
    for unseen in (maps(AS_CLAIMED), with_objectness(maps(), nobody)):
        found = claims(unseen, NONE, [RUN])
        rows = found[found.claim.str.contains("whole objects")]
        assert rows[["verdict", "n"]].to_numpy().tolist() == [[NOT_RUN, 0]] * 2


def test_the_deepest_layer_alone_shows_whole_objects_or_not():
    for depths, verdict in (((0, 0, 0, 0.2), REPRODUCED), ((0.1, 0.2, 0.3, -0.1), NOT_REPRODUCED)):
        found = judged(maps(AS_CLAIMED), [RUN], np.add(TEXTURES, depths))
        (row,) = found[found.claim.str.startswith("The pictures of the deepest")].to_dict("records")
        assert row["value"] == pytest.approx(depths[-1], abs=0.01)
        assert (row["n"], row["verdict"]) == (8, verdict)


@pytest.mark.parametrize(("best", "together"), [(0, 0.8), (1, 0.4)])
def test_networks_that_disagree_are_not_certain_together(best, together):
    frame = maps(AS_CLAIMED)
    certain = np.full(len(frame), 0.8)
    found = known(frame, [of_probability(certain, at) for at in (0, best)])
    assert found.objectness.tolist() == pytest.approx([together - 0.2] * len(frame), abs=0.01)


def test_textures_of_which_networks_are_certain_are_no_objects():
    frame = maps(AS_CLAIMED)
    layers = tabulate(known(frame, [said(frame, (0.9,) * 4)], textures=(0.9, 0.9, 0.5, 0.1)))
    assert layers.objectness.tolist() == pytest.approx([0, 0, 0.4, 0.8], abs=0.01)
    assert (layers.objectness_low[2:] < layers.objectness[2:]).all()


def test_what_is_nothing_but_scrambled_has_less_than_none():
    frame = maps(AS_CLAIMED)
    layers = tabulate(known(frame, [said(frame, TEXTURES)], textures=(0.9,) * 4))
    assert layers.objectness.tolist() == pytest.approx([-0.7] * 4, abs=0.01)


def test_of_a_picture_that_is_not_finite_nothing_is_said():
    seen = of_probability(np.array([0.8, 0.8]))
    seen[1, 3] = np.nan
    found = objectness([seen, seen], [of_probability(np.array([0.2, 0.2]))] * 2)
    assert found.objectness.tolist() == pytest.approx([0.6, np.nan], nan_ok=True)


def test_plain_pictures_have_no_say_in_edges():
    plain = maps(AS_CLAIMED)
    plain.loc[plain.depth == 0, "local_coherence"] = np.nan
    found = of_trends(judged(plain, [RUN]))
    assert found[found.claim.str.startswith("Colours come first")].n.tolist() == [32]
    plain.loc[plain.depth == 1, "local_coherence"] = np.nan
    found = of_trends(judged(plain, [RUN]))
    assert found[found.claim.str.startswith("Behind the first layer, edges")].n.tolist() == [16]


def test_a_measure_that_never_varies_is_not_run():
    same = maps({"colourfulness": (1, 1, 1, 1)}, spread=0)
    found = of_trends(judged(same, [RUN]))
    assert found[found.claim.str.startswith("Colours come first")].verdict.tolist() == [NOT_RUN]


def test_intervals_draw_maps_within_their_layer():
    frame = pd.DataFrame({"depth": [0, 0, 1, 1], "x": [1.0, 2.0, 3.0, 4.0]})
    found = estimate(frame, spearman)
    assert found.low >= spearman(np.array([0, 0, 1, 1]), np.array([1.0, 2.0, 3.0, 4.0])) - 1e-9
    assert found.high == pytest.approx(1)  # both maps of each layer the same


@pytest.mark.parametrize(
    ("above", "verdict"),
    [((1.0, 0.8, 1.0), REPRODUCED), ((0.2, 0.1, 0.4), NOT_REPRODUCED), ((0.6, 0.4, 0.8), "inc")],
)
@pytest.mark.parametrize(("kind", "code"), [("recipe", "M5"), ("metric", "N1")])
def test_pictures_of_one_map_are_alike_or_not(kind, code, above, verdict):
    found = claims(maps(), similarity(above), pairs=[pair(kind=kind)])
    (row,) = found[found.compared == "ways: raw to octaves"].to_dict("records")
    assert row["verdict"].startswith(verdict)
    assert (row["code"], row["n"]) == (code, 16)
    assert "p of shuffles below 0.05" in row["rule"]


def pair(**changes):
    about = {"comparison": "ways", "one": "raw", "other": "octaves", "kind": "recipe"}
    return Pair(**about | changes)


@pytest.mark.parametrize("p_value", [0.2, np.nan])
def test_what_shuffles_give_as_well_is_not_reproduced(p_value):
    found = claims(maps(), similarity(p_value=p_value), pairs=[pair()])
    assert found[found.compared == "ways: raw to octaves"].verdict.tolist() == [INCONCLUSIVE]


def test_columns_that_the_page_does_not_compare_have_no_claim():
    found = claims(maps(), similarity(), pairs=[pair(other="another recipe")])
    assert not found.compared.str.startswith("ways").any()


def test_layers_have_means_over_live_maps(tmp_path):
    frame = maps({"contrast": (0.1, 0.2, 0.3, 0.4)}, spread=0)
    frame.loc[frame["map"] < 3, "status"] = "no gradient"
    frame.loc[frame["map"] == 3, "status"] = "diverged"
    frame.loc[frame["map"] == 4, "status"] = UNMOVED
    frame.loc[frame["map"] < 5, "contrast"] = np.nan
    found = tabulate(frame)
    assert found.layer.tolist() == LAYERS
    assert found[COUNTS].to_numpy().tolist() == [[3, 3, 1, 1]] * 4
    assert found.contrast.tolist() == pytest.approx([0.1, 0.2, 0.3, 0.4])
    write_table(found, tmp_path / "t", LAYERS_BY_DEPTH)


def test_a_map_counts_once_whatever_its_seeds():
    once = maps(AS_CLAIMED)
    twice = pd.concat([once, once.assign(seed=1)])
    pd.testing.assert_frame_equal(judged(twice, [RUN]), judged(once, [RUN]))
    pd.testing.assert_frame_equal(tabulate(twice), tabulate(once))


def test_a_layer_of_dead_maps_has_no_means():
    frame = maps(status="no gradient")
    assert tabulate(frame).contrast.isna().all()
