"""Claims by depth: each gets the verdict that its numbers were made to give."""

import numpy as np
import pandas as pd
import pytest
from reconstructed import LAYERS, reconstructed, traced

from preimage.claims.depth import cases, claims
from preimage.measures.depth.stages import Run
from preimage.tables.claims import CLAIMS
from preimage.tables.images import TRACE
from preimage.tables.parquet import read_table, write_table

NO_TRACES = pd.DataFrame(columns=TRACE.names)
JITTER = [1.0, 1.1, 0.95]  # of three photos, so that intervals have a width


def run(network="net", architecture="resnet50", state="untrained", blur=True, layers=LAYERS):
    about = {"network": network, "architecture": architecture, "state": state, "blur": blur}
    return Run(set="reconstructions", layers=tuple(layers), **about)


@pytest.fixture
def judged(tmp_path):
    def judged(rows, runs, traces=NO_TRACES):
        write_table(claims(rows, traces, runs), tmp_path / "c.parquet", CLAIMS)
        return read_table(tmp_path / "c.parquet", CLAIMS)

    return judged


def verdicts(found, code, word=""):
    rows = found[(found.code == code) & found.compared.str.startswith(word)]
    assert len(rows)
    return set(rows.verdict)


def by_layer(**factors):
    """Return a value by place: `factors` of those layers, 1 elsewhere, spread over the photos."""
    return lambda i, j: factors.get(LAYERS[i], 1.0) * JITTER[j]


@pytest.mark.parametrize(
    ("factors", "shallow", "deep"),
    [
        ({"layer1": 9.0, "layer4": 0.2}, "reproduced", "reproduced"),
        ({"layer1": 0.2, "layer4": 9.0}, "not reproduced", "not reproduced"),
    ],
)
def test_neighbours_are_nearer_at_conv2_and_further_at_conv5(judged, factors, shallow, deep):
    found = judged(reconstructed(m_g=by_layer(**factors), m_r_18=2.0), [run()])
    assert verdicts(found, "D1", "Conv2") == {shallow}
    assert verdicts(found, "D1", "Conv5") == {deep}


def test_photos_that_differ_are_inconclusive_and_failures_not_run(judged):
    rows = reconstructed(m_g=lambda _, j: [0.1, 2.0, 40.0][j])
    rows.loc[rows.layer == "layer4", "status"] = "diverged"
    found = judged(rows, [run()])
    assert verdicts(found, "D1", "Conv2") == {"inconclusive"}
    assert verdicts(found, "D1", "Conv5") == {"not run"}
    one = judged(reconstructed(photos=["cat"], m_g=0.001), [run()])
    assert verdicts(one, "D1", "Conv5") == {"inconclusive"}


def test_a_stage_counts_photos_that_all_its_layers_have(judged):
    rows = reconstructed(["a", "b", "c", "d", "e", "f"], m_g=lambda _, j: JITTER[j])
    rows.loc[(rows.layer == "f") & (rows.photo == "cup"), "status"] = "diverged"
    found = judged(rows, [run(architecture="vgg11", layers="abcdef")])
    last = found[(found.code == "D1") & found.compared.str.startswith("last third")]
    assert set(last.n) == {2}
    assert set(found[(found.code == "D1") & found.compared.str.startswith("first")].n) == {3}


def test_the_last_stage_loses_more_in_deeper_networks(judged):
    depths = {"resnet18": 1.0, "resnet50": 3.0, "resnet152": 2.0}
    rows = [
        reconstructed(network=name, m_i=lambda _, j, by=by: by * (1 + 9 * j) * JITTER[j])
        for name, by in depths.items()
    ]
    runs = [run(name, name) for name in reversed(depths)]
    found = judged(pd.concat(rows), runs)
    growth = found[found.statistic == "ratio of m_i"].set_index("compared")
    assert growth.index.str.contains("of resnet50 .* to .* of resnet18 ").tolist() == [True, False]
    assert growth.verdict.tolist() == ["reproduced", "not reproduced"]
    # Compared photo by photo: that photos differ by decades does not matter.
    assert growth.value.tolist() == pytest.approx([3, 2 / 3])
    assert growth.low.tolist() == pytest.approx([3, 2 / 3])


@pytest.mark.parametrize(("better", "verdict"), [(1, "reproduced"), (-1, "not reproduced")])
def test_training_is_judged_against_the_untrained(judged, better, verdict):
    trained = reconstructed(
        network="trained",
        m_g=lambda _, j: JITTER[j] * 3.0**-better,
        psnr=lambda _, j: 20 + 5 * better + JITTER[j],
        ssim=lambda _, j: 0.5 + 0.2 * better + 0.01 * JITTER[j],
    )
    runs = [run("trained", state="trained", blur=False), run(blur=False)]
    found = judged(pd.concat([trained, reconstructed()]), runs)
    assert verdicts(found, "G2") == {verdict}
    assert set(found[found.code == "G2"].compared.str.split(" ").str[0]) == set(LAYERS)
    assert verdicts(found, "G3") == {verdict}
    assert not found[found.code == "G3"].compared.str.startswith("Conv5").any()


def test_blur_decides_what_is_claimed_of_networks_trained_on_noise():
    codes = {
        blur: {c.code for c in cases([run("n", state="noise", blur=blur), run(blur=blur)])}
        for blur in (True, False)
    }
    assert {"H3", "H4", "H5"} & codes[True] == {"H3", "H5"}
    assert {"H3", "H4", "H5"} & codes[False] == {"H4"}


def test_no_clearer_means_not_noticeably(judged):
    def verdict(gain):
        noise = reconstructed(network="noise", psnr=lambda _, j: 20 + gain + 0.1 * JITTER[j])
        runs = [run("noise", state="noise"), run()]
        found = judged(pd.concat([noise, reconstructed()]), runs)
        (only,) = set(found[(found.code == "H5") & found.statistic.str.contains("PSNR")].verdict)
        return only

    assert [verdict(gain) for gain in (-3, 0.3, 3)] == [
        *("reproduced", "reproduced", "not reproduced")
    ]


@pytest.mark.parametrize(
    ("m_i", "verdict"), [([4, 5, 6, 8], "reproduced"), ([8, 5, 4, 2], "not reproduced")]
)
@pytest.mark.parametrize(("state", "code"), [("untrained", "D6"), ("trained", "G1")])
def test_distances_are_followed_along_the_descent(judged, m_i, verdict, state, code):
    rows = reconstructed(m_i_start=m_i[0], m_i=m_i[-1], m_g=lambda _, j: 2 + JITTER[j])
    found = judged(rows, [run(state=state)], traced(rows, [9, 7, 5, 3], m_i))
    rises = found[(found.code == code) & found.statistic.str.contains("Spearman|^m_i")]
    assert set(rises.verdict) == {verdict}
    spearman = rises[rises.statistic.str.startswith("Spearman")]
    assert spearman.value.tolist() == [-1 if verdict == "reproduced" else 1]


def test_conv1_is_judged_before_and_after_pooling(judged):
    rows = reconstructed(ssim=lambda i, j: (0.99 if i == 0 else 0.6) + 0.001 * j)
    found = judged(rows, [run()])
    found = found[found.code == "F3"].set_index("statistic")
    assert found.verdict[["SSIM", "difference of SSIM"]].tolist() == ["reproduced"] * 2
    assert "F3" not in {case.code for case in cases([run(layers=["conv1", "layer1"])])}


def test_other_architectures_have_thirds_and_one_layer_is_enough():
    stages = run(architecture="squeezenet1_0", layers="abcdefg").stages()
    assert [(stage.name, "".join(stage.layers)) for stage in stages] == [
        *(("first third", "ab"), ("middle third", "cde"), ("last third", "fg"))
    ]
    assert {case.code for case in cases([run(architecture="alexnet", layers=["a"])])} == {
        *("D1", "D4")
    }


def test_every_row_says_what_was_compared_and_where_it_stands(judged):
    rows = pd.concat([reconstructed(), reconstructed(network="trained")])
    found = judged(rows, [run(), run("trained", state="trained")])
    assert found.code.is_monotonic_increasing
    assert not found.duplicated(["code", "claim", "compared", "statistic"]).any()
    assert (found.heading != "").all()
    assert np.isfinite(found[found.n == 3].value).all()
