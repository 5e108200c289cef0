"""Claims of maps by depth and of pictures of one map, on tables of known answer."""

import numpy as np
import pandas as pd
import pytest

from preimage.measures.atlas.claims import TRENDS, claims, estimate, spearman
from preimage.measures.atlas.layers import tabulate
from preimage.measures.statistics.verdicts import INCONCLUSIVE, NOT_REPRODUCED, NOT_RUN, REPRODUCED
from preimage.tables.atlas import FEATURE_MAPS, FEATURE_SIMILARITY, LAYERS_BY_DEPTH, MEASURES
from preimage.tables.claims import CLAIMS
from preimage.tables.parquet import write_table

LAYERS = ["conv1", "layer1", "layer2", "layer3"]
AS_CLAIMED = {  # means by depth of what the page says
    "colourfulness": (90, 60, 40, 20),
    "contrast": (0.02, 0.2, 0.22, 0.25),
    "oriented_contrast": (0.01, 0.18, 0.15, 0.13),
    "local_coherence": (0.3, 0.9, 0.7, 0.5),
    "entropy": (1, 3, 5, 7),
    "centroid_cycles": (2, 30, 20, 10),
}


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


def similarity(above=(1.0, 0.8, 1.0), comparison="ways", n=16):
    row = {"code": "M5", "comparison": comparison, "one": "raw", "other": "octaves"}
    row |= dict(zip(("above", "above_low", "above_high"), above, strict=True))
    return pd.DataFrame(
        [row | {"score": "spectrum", "n": n, "degenerate": 0}], columns=FEATURE_SIMILARITY.names
    )


NONE = pd.DataFrame(columns=FEATURE_SIMILARITY.names)


def of_trends(found):
    return found[found.statistic.isin([trend.claim.statistic for trend in TRENDS])]


def test_what_is_as_the_page_says_is_reproduced(tmp_path):
    found = claims(maps(AS_CLAIMED), NONE, {})
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
    found = of_trends(claims(maps(turned), NONE, {}))
    assert set(found.verdict) == {NOT_REPRODUCED}


def test_noise_is_inconclusive():
    found = of_trends(claims(maps(count=30), NONE, {}))
    assert (found.verdict == INCONCLUSIVE).sum() >= len(TRENDS) - 1


def test_dead_maps_do_not_count():
    dead = maps({"colourfulness": (1, 2, 3, 4)}, status="no gradient")
    with_dead = claims(pd.concat([maps(AS_CLAIMED), dead]), NONE, {})
    pd.testing.assert_frame_equal(with_dead, claims(maps(AS_CLAIMED), NONE, {}))


def test_a_run_of_one_layer_says_nothing_of_depth():
    one = maps(AS_CLAIMED)
    found = claims(one[one.depth == 2], NONE, {})
    assert set(found.verdict) == {NOT_RUN}
    assert set(found.code) == {"M5", "N1", "N2", "N3", "N4"}


def test_every_network_has_rows_of_its_own():
    found = of_trends(claims(pd.concat([maps(AS_CLAIMED), maps(network="other")]), NONE, {}))
    assert found.compared.value_counts().tolist() == [len(TRENDS)] * 2


def test_plain_pictures_have_no_say_in_edges():
    plain = maps(AS_CLAIMED)
    plain.loc[plain.depth == 0, "local_coherence"] = np.nan
    found = of_trends(claims(plain, NONE, {}))
    assert found[found.claim.str.startswith("Colours come first")].n.tolist() == [32]
    plain.loc[plain.depth == 1, "local_coherence"] = np.nan
    found = of_trends(claims(plain, NONE, {}))
    assert found[found.claim.str.startswith("Behind the first layer, edges")].n.tolist() == [16]


def test_a_measure_that_never_varies_is_not_run():
    same = maps({"colourfulness": (1, 1, 1, 1)}, spread=0)
    found = of_trends(claims(same, NONE, {}))
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
    found = claims(maps(), similarity(above), {"ways": kind})
    (row,) = found[found.compared == "ways: raw to octaves"].to_dict("records")
    assert row["verdict"].startswith(verdict)
    assert (row["code"], row["n"]) == (code, 16)
    others = found[found.statistic.str.startswith("share of maps") & (found.compared != "ways")]
    assert NOT_RUN in set(others.verdict)


def test_layers_have_means_over_live_maps(tmp_path):
    frame = maps({"contrast": (0.1, 0.2, 0.3, 0.4)}, spread=0)
    frame.loc[frame["map"] < 3, "status"] = "no gradient"
    frame.loc[frame["map"] == 3, "status"] = "diverged"
    frame.loc[frame["map"] < 4, "contrast"] = np.nan
    found = tabulate(frame)
    assert found.layer.tolist() == LAYERS
    assert found[["live", "dead", "degenerate"]].to_numpy().tolist() == [[4, 3, 1]] * 4
    assert found.contrast.tolist() == pytest.approx([0.1, 0.2, 0.3, 0.4])
    write_table(found, tmp_path / "t", LAYERS_BY_DEPTH)


def test_a_map_counts_once_whatever_its_seeds():
    once = maps(AS_CLAIMED)
    twice = pd.concat([once, once.assign(seed=1)])
    pd.testing.assert_frame_equal(claims(twice, NONE, {}), claims(once, NONE, {}))
    pd.testing.assert_frame_equal(tabulate(twice), tabulate(once))


def test_a_layer_of_dead_maps_has_no_means():
    frame = maps(status="no gradient")
    assert tabulate(frame).contrast.isna().all()
