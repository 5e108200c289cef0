"""The steps that draw pictures of classes, from files to figures that say what they show."""

import json

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image
from safetensors.numpy import save_file

from preimage import blocks
from preimage.errors import UserError
from preimage.figures import class_sheets, opposites
from preimage.figures.curves import draw_traces
from preimage.figures.look import Look
from preimage.steps.classes import draw_classes, draw_sheet
from preimage.steps.opposites import draw_opposites
from preimage.tables.columns import TEXT
from preimage.tables.images import (
    AGREEMENT,
    DISTANCES,
    FACTORS,
    ITEMS,
    OPPOSITES,
    PREDICTIONS,
    TRACE,
)
from preimage.tables.opposites import CYCLES, OPPOSITE_GROUPS
from preimage.tables.parquet import write_table

NAMES = ["tench", "goldfish", "great white shark"]
STATUS = ["ok", "ok", "no gradient"]
SETS = {"class_images": "{}", "opposites": "-{}"}
NETWORKS = ["net", "other"]


def written(folder, table, rows):
    """Write rows of a table, empty in the columns that they leave out."""
    frame = pd.DataFrame(rows)
    for column in table.columns:
        if column.name not in frame:
            empty = None if column.nullable else "" if column.type == TEXT else 0
            frame[column.name] = pd.Series([empty] * len(frame), dtype=object).infer_objects()
    path = folder / f"{table.name}.parquet"
    write_table(frame, path, table)
    return path


def item(image_set, c, network="net"):
    return {
        "code": "A3",
        "set": image_set,
        "network": network,
        "layer": "logits",
        "item": f"{c:03d}",
        "target": SETS[image_set].format(NAMES[c]),
        "class_a": c,
        "objective": SETS[image_set].format(f"{network}:logits[{c}]"),
        "recipe": "quick",
        "seed": 999,
        "size": 8,
        "status": STATUS[c],
    }


def save_images(path, items):
    """Write a picture of each item as `generate_images` does."""
    pixels = np.random.default_rng(0).random((len(items), 3, 8, 8), np.float32)
    about = [{key: row[key] for key in ("objective", "seed")} for row in items]
    save_file({"images": pixels}, path, {"address": json.dumps(about)})
    return path


def said(image_set, c, network="net"):
    own = {k: v for k, v in item(image_set, c, network).items() if k in PREDICTIONS.names}
    top = {"top1": c, "top1_name": NAMES[c], "top1_probability": 0.9}
    return {**own, "judge": network, **(top if STATUS[c] == "ok" else {})}


def opposite(c):
    row = {"set": "opposites", "network": "net", "seed": 999, "class": c, "name": NAMES[c]}
    found = {"opposite": 1 - c, "opposite_name": "x", "opposite_logit": 3.5}
    found |= {"is_self": False, "commutative": c == 0}
    return {**row, "status": STATUS[c], **(found if STATUS[c] == "ok" else {})}


def traced(c, network):
    row = {"set": "class_images", "network": network, "item": f"{c:03d}", "seed": 999}
    return [{**row, "iteration": i, "loss": 5.0 - i, "gradient": float(c < 2)} for i in range(4)]


def shares(image_set, judge):
    names = ("target_top1", "top1_agreement")
    values = {f"{n}{e}": v for n in names for e, v in (("", 0.5), ("_low", 0.4), ("_high", 0.6))}
    return {"set": image_set, "network": "net", "judge": judge, **values}


def block(folder, image_set, network):
    (at := folder / image_set / network).mkdir(parents=True, exist_ok=True)
    items = [item(image_set, c, network) for c in range(3)]
    return {
        "images": [save_images(at / "0.safetensors", items)],
        "item-tables": [written(at, ITEMS, items)],
    }


def together(*parts):
    return {key: [file for part in parts for file in part[key]] for key in parts[0]}


@pytest.fixture
def study(tmp_path):
    return prepared(tmp_path)


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    """Return a folder with what all steps draw."""
    folder = tmp_path_factory.mktemp("figures")
    study = prepared(folder / "study")
    assert [run(step, study, folder) for step in study] == [0, 0, 0]
    return folder


def prepared(tmp_path):
    """Write everything that the steps read; return plan, inputs and outputs of each."""
    own, others = (block(tmp_path, "class_images", network) for network in NETWORKS)
    opposed = block(tmp_path, "opposites", "net")
    predictions = [said("class_images", c, network) for network in NETWORKS for c in range(3)]
    traces = [row for network in NETWORKS for c in range(3) for row in traced(c, network)]
    distances = [
        {"set": "class_images", "network": "net", "judge": "net", "seed": 999}
        | {"class_a": a, "class_b": b, "l2": float(a + b)}
        for a, b in ((0, 1), (0, 2), (1, 2))
    ]
    factors = [
        {"set": s, "network": "net", "judge": j, "statistic": "carries a", "factor": "shape"}
        | {"value": 0.5, "low": 0.4, "high": 0.6, "baseline_low": 0.2, "baseline_high": 0.4}
        for s in SETS
        for j in NETWORKS
    ]
    agreement = [shares(s, j) for s in SETS for j in NETWORKS]
    return {
        draw_sheet: (
            {"set": "class_images", "octaves": [[n, [2, 2]] for n in NETWORKS], "style": {}},
            together(own, others)
            | {"predictions": written(tmp_path, PREDICTIONS, predictions)}
            | {"trace-tables": written(tmp_path, TRACE, traces)},
            {"sheet": "sheet.png", "traces": "traces.png"},
        ),
        draw_classes: (
            {"study": "test", "class_images": "class_images", "classes": NAMES, "metric": "l2"}
            | {"networks": ["net"], "judges": NETWORKS, "factors": ["class_images", "opposites"]},
            {"agreement": written(tmp_path, AGREEMENT, agreement)}
            | {"distances": written(tmp_path, DISTANCES, distances)}
            | {"factors": written(tmp_path, FACTORS, factors)},
            {"shares": "shares.png", "heatmaps": ["own.png", "by.png"]}
            | {"dots": ["of_classes.png", "of_opposites.png"]},
        ),
        draw_opposites: (
            {"groups": [], "opposites": "opposites", "class_images": "class_images"}
            | {"networks": ["net"], "grouped": [], "style": {}},
            together(own, opposed)
            | {"opposites": written(tmp_path, OPPOSITES, map(opposite, range(3)))}
            | {"groups": written(tmp_path, OPPOSITE_GROUPS, [])}
            | {"cycles": written(tmp_path, CYCLES, [])},
            {"sheets": "opposites.png", "graphs": "graph.png", "heatmaps": []},
        ),
    }


def run(step, study, folder, **changes):
    """Run a step into a folder; return its exit code."""
    plan, inputs, outputs = study[step]
    folder.mkdir(exist_ok=True)
    (folder / "plan.json").write_text(json.dumps({**plan, **changes}))
    argv = ["--plan", str(folder / "plan.json")]
    for key, value in inputs.items():
        argv += [f"--{key}", *map(str, value if isinstance(value, list) else [value])]
    for key, value in outputs.items():
        names = value if isinstance(value, list) else [value]
        argv += [f"--{key}", *(str(folder / name) for name in names)]
    return step.main(argv)


FIGURES = {
    "sheet": draw_sheet,
    "traces": draw_sheet,
    "shares": draw_classes,
    "own": draw_classes,
    "by": draw_classes,
    "of_classes": draw_classes,
    "of_opposites": draw_classes,
    "opposites": draw_opposites,
}


def drawn(name, study, folder, **changes):
    assert run(FIGURES[name], study, folder / "out", **changes) == 0
    return folder / "out" / f"{name}.png"


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_carries_its_address(name, figures):
    with Image.open(figures / f"{name}.png") as picture:
        assert "net" in picture.text["network"]
        assert not {"date", "creation time"} & {key.lower() for key in picture.text}
        if name in ("sheet", "traces"):
            assert picture.text["network"] == "net, other"
            assert picture.text["layer"] == "logits"
            assert picture.text["recipe"] == "quick"
            assert picture.text["seed"] == "999"
            assert json.loads(picture.text["target"]) == NAMES * 2
            assert json.loads(picture.text["items"])[2]["status"] == "no gradient"
        if name in ("own", "by"):
            assert picture.text["judge"] == {"own": "net", "by": "other"}[name]
            assert picture.text["metric"] == "l2"


def test_the_same_data_give_the_same_bytes(study, tmp_path, figures):
    assert [run(step, study, tmp_path / "again") for step in study] == [0, 0, 0]
    again = {file.name: file.read_bytes() for file in tmp_path.glob("again/*.p*")}
    pictures = {"sheet", "opposites"}
    expected = {f"{name}.png" for name in [*FIGURES, "graph"]}
    expected |= {f"{name}.pdf" for name in {*FIGURES, "graph"} - pictures}
    assert again == {name: (figures / name).read_bytes() for name in expected}


@pytest.mark.parametrize(
    ("step", "changes", "message"),
    [
        (draw_sheet, {"style": {"colums": 3}}, "unknown field `colums` - at `$.style`"),
        (draw_opposites, {"style": {"most": 0}}, "`int` >= 1 - at `$.style.most`"),
        (draw_sheet, {"octave": [2]}, "unknown key 'octave'"),
        (draw_classes, {"metric": "l3"}, "Invalid enum value 'l3' - at `$.metric`"),
        (draw_sheet, {"octaves": [["vgg", [4]]]}, "'class_images' by the network 'vgg'"),
    ],
)
def test_a_plan_that_cannot_be_is_an_error(study, tmp_path, capsys, *, step, changes, message):
    assert run(step, study, tmp_path / "out", **changes) == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.glob("out/*.png"))


def test_distances_of_nothing_are_a_figure_that_says_so(figures):
    with Image.open(figures / "by.png") as picture:
        assert picture.text["seed"] == ""
    with Image.open(figures / "own.png") as picture:
        assert picture.text["seed"] == "999"


def test_factors_of_nothing_are_a_figure_that_says_so(study, tmp_path):
    plan, inputs, outputs = study[draw_classes]
    less = {"networks": [], "factors": ["sums"]}
    study[draw_classes] = (plan, inputs, outputs | {"heatmaps": [], "dots": ["of_classes.png"]})
    with Image.open(drawn("of_classes", study, tmp_path, **less)) as picture:
        assert picture.text["set"] == "sums"
        assert json.loads(picture.text["judge"]) == []


def test_a_study_may_have_none_of_these_figures(study, tmp_path):
    plan, inputs, _ = study[draw_classes]
    written(tmp_path, AGREEMENT, [])
    del inputs["factors"]
    outputs = {"shares": [], "heatmaps": [], "dots": []}
    none = {draw_classes: (plan | {"networks": [], "factors": []}, inputs, outputs)}
    assert run(draw_classes, none, tmp_path / "out") == 0


def seen(monkeypatch, module):
    """Record the cells of the sheets that a module draws."""
    cells = []
    real = module.sheet
    monkeypatch.setattr(module, "sheet", lambda c, **o: (cells.extend(c), real(c, **o))[1])
    return cells


def test_a_sheet_shows_pictures_and_says_what_their_network_sees(study, tmp_path, monkeypatch):
    cells = seen(monkeypatch, class_sheets)
    drawn("sheet", study, tmp_path)
    assert [cell.title for cell in cells] == NAMES * 2
    assert [cell.label for cell in cells] == ["tench", "goldfish", ""] * 2
    assert [cell.hit for cell in cells] == [True, True, False] * 2
    assert [cell.pixels is None for cell in cells] == [False, False, True] * 2
    assert cells[2].status == "no gradient"


def test_frames_of_a_target_are_told_apart(monkeypatch):
    cells = seen(monkeypatch, class_sheets)
    monkeypatch.setattr(class_sheets, "with_pixels", lambda rows: rows.assign(pixels=None))
    rows = [item("opposites", 0) | {"frame": frame} for frame in range(2)]
    pictures = pd.DataFrame(rows).assign(precision="float32", recipe_digest="")
    predictions = pd.DataFrame([said("opposites", 0)])
    class_sheets.set_sheet(pictures, predictions, "opposites", ["net"], Look())
    assert [cell.title for cell in cells] == ["−tench · frame 0", "−tench · frame 1"]


def test_a_sheet_shows_the_items_of_its_plan(study, tmp_path, monkeypatch):
    cells = seen(monkeypatch, class_sheets)
    drawn("sheet", study, tmp_path, style={"show": ["goldfish"], "columns": 1})
    assert [cell.title for cell in cells] == ["goldfish"] * 2


def test_a_sheet_has_those_of_its_networks_one_below_the_other(study, tmp_path):
    sizes = {}
    for networks in (["net"], ["other"], NETWORKS):
        octaves = [[network, [2, 2]] for network in networks]
        with Image.open(drawn("sheet", study, tmp_path, octaves=octaves)) as picture:
            sizes[tuple(networks)] = picture.size
    (one, height), (other, more), both = sizes.values()
    assert both == (max(one, other), height + more)


def test_opposites_stand_beside_their_classes(study, tmp_path, monkeypatch):
    cells = seen(monkeypatch, opposites)
    drawn("opposites", study, tmp_path)
    assert [cell.left.title for cell in cells] == NAMES
    assert [cell.right.note for cell in cells] == ["logit 3.5", "logit 3.5", ""]
    assert [cell.both_ways for cell in cells] == [True, False, False]
    assert cells[2].right.pixels is None


def test_a_picture_that_its_network_could_not_judge_says_so(study, tmp_path, monkeypatch):
    rows = [opposite(c) for c in range(3)]
    rows[1] = {key: rows[1][key] for key in ("set", "network", "seed", "class", "name")}
    written(tmp_path, OPPOSITES, [rows[0], rows[1] | {"status": "not finite"}, rows[2]])
    cells = seen(monkeypatch, opposites)
    drawn("opposites", study, tmp_path)
    assert [cell.right.status for cell in cells] == ["", "not finite", "no gradient"]


def test_blocks_that_do_not_belong_together_are_an_error(study, tmp_path, capsys):
    plan, inputs, outputs = study[draw_sheet]
    few, other = tmp_path / "few.safetensors", tmp_path / "other.safetensors"
    save_images(few, [item("class_images", c) for c in range(2)])
    save_images(other, [item("opposites", c) for c in range(3)])
    for images in (few, other):
        changed = inputs | {"images": [images, inputs["images"][1]]}
        assert run(draw_sheet, {draw_sheet: (plan, changed, outputs)}, tmp_path / "out") == 2
        error = capsys.readouterr().err
        assert f"{images} holds other pictures than its item table" in error


def test_only_the_pictures_of_the_sheet_are_read(study, tmp_path, monkeypatch):
    read = []
    real = blocks.read_image
    monkeypatch.setattr(blocks, "read_image", lambda f, row: (read.append(row), real(f, row))[1])
    drawn("sheet", study, tmp_path, style={"show": ["goldfish"]})
    assert read == [1, 1]


def test_a_row_of_panels_shows_each_descent_of_a_network(study, tmp_path, monkeypatch):
    rows = []
    monkeypatch.setattr(class_sheets, "draw_traces", lambda *row: rows.append(row))
    drawn("traces", study, tmp_path)
    assert len(rows) == 2
    for network, (_, traces, status, octaves) in zip(NETWORKS, rows, strict=True):
        assert set(traces.network) == {network}
        assert status.tolist() == STATUS
        assert octaves == [2, 2]


def test_degenerate_descents_are_apart_from_the_median():
    traces = pd.DataFrame([row for c in range(3) for row in traced(c, "net")])
    traces.loc[traces.item == "002", "loss"] = 100.0
    status = pd.Series(STATUS, pd.MultiIndex.from_product([["000", "001", "002"], [999]]))
    figure = Figure()
    draw_traces(figure, traces, status, [2, 2])
    loss, gradient = figure.axes
    assert (loss.get_ylabel(), loss.get_xlabel()) == ("loss", "step")
    assert gradient.get_xlabel() == "step"
    median = next(line for line in loss.lines if line.get_linewidth() == 1.8)
    assert median.get_ydata().tolist() == [5, 4, 3, 2]
    (legend,) = figure.legends
    said = [text.get_text() for text in legend.get_texts()]
    assert said == ["an item (2)", "median", "degenerate (1)", "new octave"]


@pytest.mark.parametrize("moves", [False, True])
def test_frames_have_the_traces_of_their_descents(moves):
    """Frames of one descent have one trace, named without a number of a frame; others their own."""
    frames = [
        item("class_images", c) | {"item": f"{c:03d}.{k:03d}"} for c in (0, 2) for k in (0, 1)
    ]
    names = [row["item"] for row in frames] if moves else ["000", "002"]
    traces = pd.DataFrame([traced(0, "net")[0] | {"item": name} for name in names])
    plot = class_sheets.traces_plot(
        pd.DataFrame(frames).assign(precision="float32").assign(recipe_digest=""),
        traces,
        "class_images",
        {"net": [4]},
    )
    figure = Figure()
    plot.draw(figure)
    (part,) = figure.subfigs
    said = [text.get_text() for text in part.legends[0].get_texts()]
    count = len(names) // 2
    assert said == [f"an item ({count})", "median", f"degenerate ({count})"]


def test_a_network_without_traces_is_an_error():
    items = pd.DataFrame([item("class_images", 0)])
    traces = pd.DataFrame(traced(0, "other"))
    with pytest.raises(UserError, match="'net'"):
        class_sheets.traces_plot(items, traces, "class_images", {"net": [4]})
