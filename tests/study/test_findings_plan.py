"""The page of findings shows of each family the figure that its claims are about."""

from types import SimpleNamespace

import pytest

from preimage.study.findings import plan

OF_NOISE = {"trained": {"data": "noise", "images": 20, "labels": 4, "epochs": 1}}
BUILDER = {"module": "mine:net", "arguments": {"kind": "net-a", "classes": 4}}
FILES = [
    "results/s/figures/depth/reconstructions/resnet18.cat.png",
    "results/s/figures/depth/reconstructions/net-a.7c4b.cat.png",
    "results/s/figures/depth/distances.png",
]


def figures(*networks):
    config = {"study": "s", "comparisons": [], "image_sets": [], "mlps": []}
    study = SimpleNamespace(config=config, networks=dict(enumerate(networks)))
    return plan(study, FILES)["figures"]


@pytest.mark.parametrize("builder", [{"architecture": "resnet18"}, BUILDER])
def test_what_learnt_noise_is_shown_and_not_what_stands_first(builder, monkeypatch):
    monkeypatch.setattr("preimage.study.sources.digest", lambda _: "7c4b")
    first = {"architecture": "resnet18", "weights": {"untrained": 1}}
    shown = figures(first, builder | {"weights": OF_NOISE})
    assert shown["H"] == FILES["module" in builder]
    assert (shown["C"], shown["D"]) == (FILES[0], FILES[2])


def test_of_a_study_without_such_networks_nothing_is_shown():
    assert "H" not in figures({"architecture": "resnet18", "weights": {"untrained": 1}})
