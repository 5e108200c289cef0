"""Each drawing step, from files to a figure that says what it shows."""

import importlib
import json

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image
from safetensors.numpy import save_file

from preimage.errors import UserError
from preimage.figures import pictures
from preimage.figures.curves import draw_training
from preimage.steps import draw_grid, draw_opposites
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
from preimage.tables.parquet import read_table, write_table
from preimage.tables.training import TRAINING

NAMES = ["tench", "goldfish", "great white shark"]
STATUS = ["ok", "ok", "no gradient"]
SETS = {"class_images": "{}", "opposites": "-{}"}


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


def item(image_set, c):
    return {
        "code": "A3",
        "set": image_set,
        "network": "net",
        "layer": "logits",
        "item": f"{c:03d}",
        "target": SETS[image_set].format(NAMES[c]),
        "class_a": c,
        "objective": SETS[image_set].format(f"net:logits[{c}]"),
        "recipe": "quick",
        "seed": 999,
        "size": 8,
        "status": STATUS[c],
    }


def save_images(pixels, path, image_set):
    """Write pictures of the classes from 0 as `generate_images` does."""
    items = [item(image_set, c) for c in range(len(pixels))]
    about = [{key: row[key] for key in ("objective", "seed")} for row in items]
    save_file({"images": pixels}, path, {"address": json.dumps(about)})


def said(image_set, c):
    own = {k: item(image_set, c)[k] for k in ("set", "network", "item", "seed", "class_a")}
    top = {"top1": c, "top1_name": NAMES[c], "top1_probability": 0.9}
    return {**own, "judge": "net", **(top if STATUS[c] == "ok" else {})}


def opposite(c):
    row = {"set": "opposites", "network": "net", "seed": 999, "class": c, "name": NAMES[c]}
    found = {"opposite": 1 - c, "opposite_name": "x", "opposite_logit": 3.5}
    found |= {"is_self": False, "commutative": c == 0}
    return {**row, "status": STATUS[c], **(found if STATUS[c] == "ok" else {})}


def traced(c):
    row = {"set": "class_images", "network": "net", "item": f"{c:03d}", "seed": 999}
    return [{**row, "iteration": i, "loss": 5.0 - i, "gradient": float(c < 2)} for i in range(4)]


def shares(image_set, judge):
    names = ("target_top1", "top1_agreement")
    values = {f"{n}{e}": v for n in names for e, v in (("", 0.5), ("_low", 0.4), ("_high", 0.6))}
    return {"set": image_set, "network": "net", "judge": judge, **values}


@pytest.fixture
def study(tmp_path):
    """Write everything that the steps read; return the options of each by name."""
    files = {}
    for image_set in SETS:
        folder = tmp_path / image_set
        folder.mkdir()
        pixels = np.random.default_rng(0).random((3, 3, 8, 8), np.float32)
        save_images(pixels, folder / "0.safetensors", image_set)
        files[image_set] = {
            "images": folder / "0.safetensors",
            "items": written(folder, ITEMS, [item(image_set, c) for c in range(3)]),
        }
    one, other = files["class_images"], files["opposites"]
    predictions = [said("class_images", c) for c in range(3)]
    distances = [
        {"set": "class_images", "network": "net", "judge": "net", "seed": 999}
        | {"class_a": a, "class_b": b, "l2": float(a + b)}
        for a, b in ((0, 1), (0, 2), (1, 2))
    ]
    factors = [
        {"set": s, "network": "net", "judge": j, "statistic": "carries a", "factor": "shape"}
        | {"value": 0.5, "low": 0.4, "high": 0.6, "baseline_low": 0.2, "baseline_high": 0.4}
        for s in SETS
        for j in ("net", "other")
    ]
    history = [
        {"network": network, "data": data, "epoch": i // 2 + 1, "step": i, "loss": 1 / (i + 1)}
        | {"accuracy": 0.5 if i % 2 else None}
        for network, data in (("net", "demo"), ("other", "noise"))
        for i in range(4)
    ]
    described = tmp_path / "net.json"
    described.write_text(json.dumps({"categories": NAMES}))
    by = {"set": "class_images", "network": "net"}
    return {
        "draw_grid": (
            by | {"style": {}},
            {**one, "predictions": written(tmp_path, PREDICTIONS, predictions)},
        ),
        "draw_opposites": (
            {"network": "net", "class_images": "class_images", "opposites": "opposites"}
            | {"style": {}},
            {key: [one[key], other[key]] for key in one}
            | {"opposites": written(tmp_path, OPPOSITES, map(opposite, range(3)))},
        ),
        "draw_distances": (
            by | {"judge": "net", "metric": "l2"},
            {"distances": written(tmp_path, DISTANCES, distances), "network": described},
        ),
        "draw_agreement": (
            None,
            {
                "agreement": written(
                    tmp_path, AGREEMENT, [shares(s, j) for s in SETS for j in ("net", "other")]
                )
            },
        ),
        "draw_factors": (
            None,
            {"factors": written(tmp_path, FACTORS, factors), "set": factors[0]["set"]},
        ),
        "draw_traces": (
            by | {"octaves": [2, 2]},
            {
                "traces": written(tmp_path, TRACE, [r for c in range(3) for r in traced(c)]),
                "items": one["items"],
            },
        ),
        "draw_training": (None, {"histories": written(tmp_path, TRAINING, history)}),
    }


STEPS = [
    *("draw_grid", "draw_opposites", "draw_distances", "draw_agreement"),
    *("draw_factors", "draw_traces", "draw_training"),
]


def draw(name, study, folder, output="out.png", **changes):
    plan, options = study[name]
    step = importlib.import_module(f"preimage.steps.{name}")
    argv = ["--output", str(folder / output)]
    if plan is None:
        argv += ["--study", "test"]
    else:
        file = folder / "plan.json"
        file.write_text(json.dumps({**plan, **changes}))
        argv += ["--plan", str(file)]
    for key, value in options.items():
        argv += [f"--{key}", *map(str, value if isinstance(value, list) else [value])]
    step.main(step.parser().parse_args(argv))
    return folder / output


@pytest.mark.parametrize("name", STEPS)
def test_a_figure_carries_its_address(name, study, tmp_path):
    with Image.open(draw(name, study, tmp_path)) as picture:
        assert "net" in picture.text["network"]
        assert not {"date", "creation time"} & {key.lower() for key in picture.text}
        if name in ("draw_grid", "draw_traces"):
            assert picture.text["layer"] == "logits"
            assert picture.text["recipe"] == "quick"
            assert picture.text["seed"] == "999"
            assert json.loads(picture.text["target"]) == NAMES
            assert json.loads(picture.text["items"])[2]["status"] == "no gradient"


@pytest.mark.parametrize("name", STEPS)
def test_the_same_data_give_the_same_bytes(name, study, tmp_path):
    files = [draw(name, study, tmp_path, output) for output in ("one.png", "two.png")]
    assert files[0].read_bytes() == files[1].read_bytes()
    pdf = [file.with_suffix(".pdf") for file in files]
    if name in ("draw_grid", "draw_opposites"):
        assert not pdf[0].exists()
    else:
        assert pdf[0].read_bytes() == pdf[1].read_bytes()


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("draw_grid", {"style": {"colums": 3}}, "style: unknown key 'colums'.*columns"),
        ("draw_opposites", {"style": {"most": 0}}, "style: most is 0"),
        ("draw_traces", {"octave": [2]}, "unknown key 'octave'.*octaves"),
        ("draw_distances", {"metric": "l3"}, "'l3'.*l1, l2, cosine"),
    ],
)
def test_a_plan_that_cannot_be_is_an_error(name, changes, message, study, tmp_path):
    with pytest.raises(UserError, match=message):
        draw(name, study, tmp_path, **changes)
    assert not (tmp_path / "out.png").exists()


def test_distances_of_nothing_are_a_figure_that_says_so(study, tmp_path):
    written(tmp_path, DISTANCES, [])
    with Image.open(draw("draw_distances", study, tmp_path)) as picture:
        assert picture.text["seed"] == ""


@pytest.mark.parametrize("text", [None, "{", "[]", "{}"])
def test_a_description_that_names_no_classes_is_an_error(text, study, tmp_path):
    (tmp_path / "net.json").unlink() if text is None else (tmp_path / "net.json").write_text(text)
    with pytest.raises(UserError, match=r"net\.json is no description of a network"):
        draw("draw_distances", study, tmp_path)


@pytest.mark.parametrize(("kept", "rows"), [(["demo"], 1), (["noise"], 1), (["demo", "noise"], 2)])
def test_demo_world_and_noise_have_panels_of_their_own(kept, rows, study, tmp_path):
    histories = read_table(study["draw_training"][1]["histories"], TRAINING)
    figure = Figure()
    draw_training(figure, histories[histories.data.isin(kept)])
    assert len(figure.axes) == 2 * rows
    loss, accuracy = figure.axes[-2:]
    assert loss.get_xlabel() == accuracy.get_xlabel() == ("epoch" if "noise" in kept else "step")
    if "noise" in kept:
        (line,) = loss.lines
        assert line.get_xdata().tolist() == [1, 2]
        assert line.get_ydata().tolist() == pytest.approx([3 / 4, 7 / 24])


def seen(monkeypatch, step):
    """Record the cells of the sheet that `step` draws."""
    cells = []
    real = step.sheet
    monkeypatch.setattr(step, "sheet", lambda c, **o: (cells.extend(c), real(c, **o))[1])
    return cells


def test_a_grid_shows_pictures_and_says_what_the_network_sees(study, tmp_path, monkeypatch):
    cells = seen(monkeypatch, draw_grid)
    draw("draw_grid", study, tmp_path)
    assert [cell.title for cell in cells] == NAMES
    assert [cell.label for cell in cells] == ["tench", "goldfish", ""]
    assert [cell.hit for cell in cells] == [True, True, False]
    assert [cell.pixels is None for cell in cells] == [False, False, True]
    assert cells[2].status == "no gradient"


def test_a_grid_shows_the_items_of_its_plan(study, tmp_path, monkeypatch):
    cells = seen(monkeypatch, draw_grid)
    draw("draw_grid", study, tmp_path, style={"show": ["goldfish"], "columns": 1})
    assert [cell.title for cell in cells] == ["goldfish"]


def test_opposites_stand_beside_their_classes(study, tmp_path, monkeypatch):
    cells = seen(monkeypatch, draw_opposites)
    draw("draw_opposites", study, tmp_path)
    assert [cell.left.title for cell in cells] == NAMES
    assert [cell.right.note for cell in cells] == ["logit 3.5", "logit 3.5", ""]
    assert [cell.both_ways for cell in cells] == [True, False, False]
    assert cells[2].right.pixels is None


@pytest.mark.parametrize("name", ["draw_grid", "draw_traces"])
def test_a_network_without_pictures_is_an_error(name, study, tmp_path):
    with pytest.raises(UserError, match="vgg"):
        draw(name, study, tmp_path, network="vgg")


def test_blocks_that_do_not_belong_together_are_an_error(study, tmp_path):
    plan, options = study["draw_grid"]
    few, other = tmp_path / "few.safetensors", tmp_path / "other.safetensors"
    save_images(np.zeros((2, 3, 8, 8), np.float32), few, "class_images")
    save_images(np.zeros((3, 3, 8, 8), np.float32), other, "opposites")
    for images in (few, other):
        changed = {"draw_grid": (plan, {**options, "images": images})}
        with pytest.raises(UserError, match=f"{images} holds other pictures than its item table"):
            draw("draw_grid", changed, tmp_path)


def test_only_the_pictures_of_the_sheet_are_read(study, tmp_path, monkeypatch):
    read = []
    real = pictures.read_image
    monkeypatch.setattr(pictures, "read_image", lambda f, row: (read.append(row), real(f, row))[1])
    draw("draw_grid", study, tmp_path, style={"show": ["goldfish"]})
    assert read == [1]


def test_a_picture_that_its_network_could_not_judge_says_so(study, tmp_path, monkeypatch):
    rows = [opposite(c) for c in range(3)]
    rows[1] = {key: rows[1][key] for key in ("set", "network", "seed", "class", "name")}
    written(tmp_path, OPPOSITES, [rows[0], rows[1] | {"status": "not finite"}, rows[2]])
    cells = seen(monkeypatch, draw_opposites)
    draw("draw_opposites", study, tmp_path)
    assert [cell.right.status for cell in cells] == ["", "not finite", "no gradient"]
