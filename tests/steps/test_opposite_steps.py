"""The steps of opposites: from what networks see in pictures to tables, claims and figures."""

import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from safetensors.numpy import save_file

from preimage.figures.opposites import graph_plot, groups_plot
from preimage.steps.opposites import draw_opposites, tabulate_opposites
from preimage.tables.columns import TEXT
from preimage.tables.images import ITEMS, OPPOSITES, PREDICTIONS
from preimage.tables.opposites import CYCLES, OPPOSITE_GROUPS, OPPOSITE_STATISTICS
from preimage.tables.parquet import read_table, write_table

STEPS = {0: 1, 1: 0, 2: 1, 3: None}
GROUPS = [["dogs", [0, 1]], ["cats", [2, 3]]]
PLAN = {"groups": GROUPS, "breeds": [], "opposites": "opposites", "class_images": "class_images"}
TABLES = {
    "opposites": OPPOSITES,
    "groups": OPPOSITE_GROUPS,
    "statistics": OPPOSITE_STATISTICS,
    "cycles": CYCLES,
}


def complete(rows, table):
    """Return rows of a table with nothing in the columns that they lack."""
    frame = pd.DataFrame(rows)
    for column in table.columns:
        if column.name not in frame:
            frame[column.name] = None if column.nullable else "" if column.type == TEXT else 0
    return frame[table.names]


def picture(network, seed, c):
    return {
        **{"set": "opposites", "network": network, "seed": seed, "class_a": c, "size": 8},
        "item": f"{c:03d}",
        "objective": f"-{network}:logits[{c}]",
        "status": "no gradient" if STEPS[c] is None else "ok",
    }


def said(network, seed, c, judge):
    top = (STEPS[c] if judge == network else 3) or 0
    known = {"top1": top, "top1_name": f"class {top}", "logit_top1": 2.0, "logit_top2": 1.5}
    row = picture(network, seed, c) | {"judge": judge, "name_a": f"class {c}"}
    return row if STEPS[c] is None else row | known


@pytest.fixture
def study(tmp_path):
    """Return a folder with pictures of two networks from two seeds, and what these see in them."""
    networks = ("net", "other")
    runs = [(network, seed, c) for network in networks for seed in (999, 1) for c in STEPS]
    told = [said(*run, judge) for run in runs for judge in networks]
    write_table(complete(told, PREDICTIONS), tmp_path / "predictions.parquet", PREDICTIONS)
    items = complete([picture(*run) for run in runs], ITEMS)
    write_table(items, tmp_path / "items.parquet", ITEMS)
    pixels = np.random.default_rng(0).random((len(items), 3, 8, 8), np.float32)
    about = json.dumps(items[["objective", "seed"]].to_dict("records"))
    save_file({"images": pixels}, tmp_path / "images.safetensors", {"address": about})
    return tmp_path


def call(step, folder, plan, *arguments):
    (folder / "plan.json").write_text(json.dumps(plan))
    return step.main([str(word) for word in ("--plan", folder / "plan.json", *arguments)])


def files(folder, *names):
    return [word for name in names for word in (f"--{name}", folder / f"{name}.parquet")]


@pytest.fixture
def tabulated(study):
    plan, words = {"groups": GROUPS}, files(study, "predictions", *TABLES)
    assert not call(tabulate_opposites, study, plan, *words)
    return study


def test_the_tables_tell_networks_and_seeds_apart(tabulated):
    found = {name: read_table(tabulated / f"{name}.parquet", t) for name, t in TABLES.items()}
    assert len(found["opposites"]) == 2 * 2 * len(STEPS)
    first = found["opposites"].head(4)
    assert first.opposite.fillna(-1).tolist() == [1, 0, 1, -1]  # as the network itself sees them
    assert first.commutative.tolist()[:3] == [True, True, False]
    assert first.margin.tolist()[:3] == [0.5] * 3
    assert len(found["groups"]) == 2 * 2 * len(GROUPS) ** 2
    assert found["groups"].share.tolist()[:2] == [1, 0]
    assert found["groups"].group.unique().tolist() == ["dogs", "cats"]
    assert len(found["statistics"]) == 2 * 2 * 5
    assert found["cycles"].basin.tolist() == [3] * 4


def test_claims_are_settled_by_the_groups_of_the_plan(tabulated, settled):
    claims = settled({"makers": {}, "opposites": PLAN}, opposites=tabulated / "opposites.parquet")
    found = claims[claims.networks != ""]
    assert found.id.tolist() == ["I1.3", "I1.3", "I1.10", "I1.10"]  # of two networks
    assert found.n.iloc[0] == 2
    assert set(found.verdict) == {"inconclusive"}  # two dogs are few


def draw(folder, ending="", **plan):
    """Draw; return the figures by kind, those of the network `net`."""
    plan = {
        **{"groups": GROUPS, "opposites": "opposites", "class_images": "class_images"},
        **{"networks": ["net"], "grouped": ["net"], "style": {"tile": 60}},
        **plan,
    }
    made = [(kind, n) for kind in ("sheets", "graphs") for n in plan["networks"]]
    made += [("heatmaps", network) for network in plan["grouped"]]
    out = {kind: [f"--{kind}"] for kind in ("sheets", "graphs", "heatmaps")}
    for kind, network in made:
        out[kind].append(folder / f"{kind}.{network}{ending}.png")
    words = [word for words in out.values() for word in words]
    pictures = (
        "--images",
        folder / "images.safetensors",
        "--item-tables",
        folder / "items.parquet",
    )
    given = files(folder, "opposites", "groups", "cycles")
    assert not call(draw_opposites, folder, plan, *pictures, *given, *words)
    return {kind: words[1] for kind, words in out.items() if words[1:]}


def test_figures_carry_their_address_and_are_always_the_same(tabulated):
    one, other = draw(tabulated), draw(tabulated, ".again")
    plots = [(one[kind], other[kind]) for kind in ("graphs", "heatmaps")]
    pdfs = [[figure.with_suffix(".pdf") for figure in pair] for pair in plots]
    for first, again in [*plots, *pdfs, (one["sheets"], other["sheets"])]:
        assert first.read_bytes() == again.read_bytes()
    for plot, _ in plots:
        with Image.open(plot) as image:
            assert (image.text["network"], image.text["seed"]) == ("net", "1")
            assert json.loads(image.text["set"]) == ["opposites"]
    with Image.open(one["sheets"]) as image:
        assert (image.text["network"], image.text["seed"]) == ("net", "999, 1")
        assert json.loads(image.text["items"])[3]["status"] == "no gradient"


def test_each_network_has_its_figures(tabulated):
    draw(tabulated, networks=["other", "net"], grouped=["other"])
    for network in ("net", "other"):
        for kind in ("sheets", "graphs"):
            with Image.open(tabulated / f"{kind}.{network}.png") as image:
                assert image.text["network"] == network
    assert [file.name for file in tabulated.glob("heatmaps*.png")] == ["heatmaps.other.png"]


def test_a_network_without_opposites_has_figures_that_say_so(tabulated):
    opposites, groups, cycles = (
        read_table(tabulated / f"{name}.parquet", TABLES[name])
        for name in ("opposites", "groups", "cycles")
    )
    graph = graph_plot(opposites, cycles, dict(GROUPS), "none")
    for figure in (graph, groups_plot(groups, "none")):
        figure.save(tabulated / "none.png")
        with Image.open(tabulated / "none.png") as image:
            assert image.text["seed"] == ""


def test_a_plan_without_groups_is_an_error(settle, capsys):
    for missing in ("groups", "breeds"):
        plan = {key: value for key, value in PLAN.items() if key != missing}
        assert settle({"makers": {}, "opposites": plan}) == 2
        said = f"claims.json: Object missing required field `{missing}` - at `$.opposites`"
        assert said in capsys.readouterr().err
