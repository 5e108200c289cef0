"""Figures of representation by depth: from tables and blocks to what stands on them."""

import json

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from msgspec.structs import replace
from PIL import Image
from safetensors.numpy import save_file

from preimage.figures import reconstructions
from preimage.figures.depth import draw_distances, draw_gradients
from preimage.figures.stack import stack
from preimage.figures.trajectories import draw_trajectories
from preimage.measures.depth.layers import renamed, tabulate
from preimage.measures.depth.stages import Run, pooled
from preimage.steps.depth import draw_depth
from preimage.tables.depth import RECONSTRUCTIONS
from preimage.tables.images import ITEMS, TRACE
from preimage.tables.parquet import write_table

LAYERS = ("conv1", "layer1", "layer4")
PHOTOS = ("dog", "cup")
RUNS = [
    {"set": image_set, "network": network, "architecture": "resnet18", "state": state}
    | {"blur": blur, "layers": LAYERS, "kind": network}
    for image_set, blur in (("blurred", True), ("raw", False))
    for network, state in (("mine", "trained"), ("new", "untrained"))
]
FAILED = {"set": "blurred", "network": "new", "layer": "layer4", "photo": "cup"}


def all_runs(**only):
    chosen = [r for r in RUNS if only.items() <= r.items()]
    return [Run(**run) for run in chosen]


def rows(run):
    shared = {column.name: 2.0 for column in RECONSTRUCTIONS.columns}
    shared |= {"code": "C1", "set": run["set"], "network": run["network"], "recipe": "r"}
    for depth, layer in enumerate(LAYERS):
        for j, photo in enumerate(PHOTOS):
            row = shared | {"layer": layer, "depth": depth, "photo": photo, "seed": 9}
            row |= {
                "item": f"{layer}.{photo}",
                "m_g": 3.0 + j - depth + run["blur"],
                "m_i": 10.0 * (depth + 1),
            }
            row |= {"psnr": 30.0 - depth - 10 * j, "m_r_18": 5.0}
            yield row | {"status": "not finite" if FAILED.items() <= row.items() else "ok"}


RECONSTRUCTED = pd.DataFrame([row for run in RUNS for row in rows(run)])


def steps_of(row):
    place = {key: row[key] for key in ("set", "network", "item", "seed")}
    for i in range(3):
        m_g, m_i = 8.0 / (i + 1) + row["depth"], 9.0 + i * row["m_i"]
        yield place | {"iteration": i, "loss": 1.0, "gradient": 1.0, "m_g": m_g, "m_i": m_i}


TRACES = pd.DataFrame([s for row in RECONSTRUCTED.to_dict("records") for s in steps_of(row)])


def save_block(folder, run):
    """Write the pictures of a run as `generate_images` does; return both files."""
    own = list(rows(run))
    items = pd.DataFrame(own)
    items = items.assign(target=items.photo, objective=items.item, precision="float32")
    items = items.assign(**{c.name: 1 for c in ITEMS.columns if c.name not in items})
    items = items.assign(recipe_digest="abc", class_a=None, class_b=None, size=8)
    name = f"{folder}/{run['set']}.{run['network']}"
    write_table(items[ITEMS.names], f"{name}.items.parquet", ITEMS)
    about = [{"objective": row["item"], "seed": row["seed"]} for row in own]
    pixels = np.random.default_rng(0).random((len(own), 3, 8, 8), np.float32)
    save_file({"images": pixels}, f"{name}.safetensors", {"address": json.dumps(about)})
    return f"{name}.safetensors", f"{name}.items.parquet"


@pytest.fixture
def study(tmp_path):
    write_table(RECONSTRUCTED, tmp_path / "r.parquet", RECONSTRUCTIONS)
    write_table(TRACES, tmp_path / "t.parquet", TRACE)
    for name in PHOTOS:
        Image.new("RGB", (20, 10), (255, 0, 0)).save(tmp_path / f"{name}.png")
    return tmp_path


def draw(study, *photos, fit=None, **changes):
    """Draw all figures, with sheets of these photos; return the exit code.

    They are distances, gradients.SET, trajectories.SET and sheet.PHOTO, each a .png.
    """
    rows = [{"set": r["set"], "network": r["network"], "title": r["network"]} for r in RUNS]
    fitted = {"fit": fit} if fit else {}
    sheets = [
        {"photo": {"name": photo, "file": str(study / f"{photo}.png")} | fitted, "rows": rows}
        for photo in photos
    ]
    plan = {"runs": RUNS, "sheets": sheets, "tile": 40} | changes
    (study / "plan.json").write_text(json.dumps(plan))
    images, items = zip(*[save_block(study, run) for run in RUNS], strict=True)
    sets = ("blurred", "raw")
    files = {
        "--plan": ["plan.json"],
        "--images": images,
        "--item-tables": items,
        "--traces": ["t.parquet"],
        "--reconstructions": ["r.parquet"],
        "--distances": ["distances.png"],
        "--gradients": [f"gradients.{name}.png" for name in sets],
        "--trajectories": [f"trajectories.{name}.png" for name in sets],
        "--sheets": [f"sheet.{photo}.png" for photo in photos],
    }
    words = [[word, *(str(study / name) for name in names)] for word, names in files.items()]
    return draw_depth.main([word for part in words for word in part])


@pytest.fixture
def tiles(monkeypatch):
    """Record the tiles of each row of the sheets of reconstructions."""
    rows, real = [], reconstructions.sheet
    monkeypatch.setattr(reconstructions, "sheet", lambda c, **o: (rows.append(c), real(c, **o))[1])
    return rows


def test_a_row_is_the_photo_and_its_layers_by_depth(study, tiles):
    assert draw(study, "dog") == 0
    with Image.open(study / "sheet.dog.png") as picture:
        assert picture.text["network"] == "mine, new"
        assert picture.text["photo"] == "dog"
    assert [[tile.title for tile in row] for row in tiles] == [["photo", *LAYERS]] * len(RUNS)
    assert [tile.label for tile in tiles[0]] == ["dog", "30.0 dB", "29.0 dB", "28.0 dB"]


def test_the_photo_is_squashed_and_a_failed_descent_an_empty_frame(study, tiles):
    assert draw(study, "dog", "cup") == 0
    of_cup = tiles[len(RUNS) :]
    assert of_cup[0][0].pixels.shape == (3, 10, 20)
    assert of_cup[0][0].note == "squashed, 20 × 10"
    of_new = of_cup[1]
    assert [tile.pixels is None for tile in of_new] == [False, False, False, True]
    assert (of_new[3].status, of_new[3].label) == ("not finite", "")


@pytest.mark.parametrize(("fit", "side", "top"), [("crop", 10, [1, 0, 0]), ("pad", 20, [1, 1, 1])])
def test_the_photo_is_shown_as_networks_see_it(study, tiles, fit, side, top):
    assert draw(study, "dog", fit=fit) == 0
    assert tiles[0][0].pixels.shape == (3, side, side)
    assert [*tiles[0][0].pixels[:, 0, 0]] == top
    assert tiles[0][0].note == ""


def test_stacked_sheets_keep_their_pixels():
    one, two = Image.new("RGB", (4, 3), (255, 0, 0)), Image.new("RGB", (6, 2), (0, 255, 0))
    whole = stack([one, two])
    assert whole.size == (6, 5)
    found = [whole.getpixel(place) for place in ((3, 2), (5, 0), (5, 4))]
    assert found == [(255, 0, 0), (255, 255, 255), (0, 255, 0)]


def test_plots_by_depth_carry_their_address_and_repeat(study):
    names = ["distances", "gradients.blurred", "trajectories.raw"]
    files = [study / f"{name}.{ending}" for name in names for ending in ("png", "pdf")]
    assert draw(study) == 0
    first = [file.read_bytes() for file in files]
    for name, sets in zip(names, (["blurred", "raw"], ["blurred"], "raw"), strict=True):
        with Image.open(study / f"{name}.png") as picture:
            assert json.loads(picture.text["network"]) == ["mine", "new"]
            assert json.loads(picture.text["layer"]) == list(LAYERS)
            assert picture.text["set"] == (sets if name == names[2] else json.dumps(sets))
    assert draw(study) == 0
    assert first == [file.read_bytes() for file in files]


def test_distances_are_those_of_the_table():
    depth, figure = tabulate(RECONSTRUCTED), Figure()
    draw_distances(figure, depth, all_runs())
    (mine, _) = [axes for axes in figure.axes if axes.get_visible()]
    lines = [line.get_ydata() for line in mine.get_lines()]
    row = depth[(depth.set == "blurred") & (depth.network == "mine")]
    raw = depth[(depth.set == "raw") & (depth.network == "mine")]
    for drawn in (row.m_r_25, row.m_r_18, row.m_g, row.m_i, raw.m_g, raw.m_i):
        assert any(np.array_equal(drawn, line) for line in lines)
    assert "2 photos" in mine.get_title()


def test_sets_of_other_layers_stand_at_their_layers():
    deep, *others = all_runs(network="mine")
    depth, figure = tabulate(RECONSTRUCTED), Figure()
    depth.loc[depth.set == deep.set, "depth"] = 0  # which counts the layers of the set
    draw_distances(figure, depth, [replace(deep, layers=["layer4"]), *others])
    (mine,) = [axes for axes in figure.axes if axes.get_visible()]
    assert [label.get_text() for label in mine.get_xticklabels()] == [*LAYERS]
    lines = {len(line.get_xdata()): line.get_xdata().round() for line in mine.get_lines()}
    assert {count: [*x] for count, x in lines.items()} == {1: [2], 3: [0, 1, 2]}


def test_a_network_without_an_interval_is_drawn_without_one():
    alone = RECONSTRUCTED[RECONSTRUCTED.photo == "cup"]
    figure = Figure()
    draw_gradients(figure, tabulate(alone), all_runs(set="blurred"))
    new = figure.axes[0].get_lines()[1].get_ydata()
    assert np.isfinite(new).tolist() == [True, True, False]  # nothing was counted in layer4


def test_intervals_do_not_flatten_the_curves():
    """Those of two photos may span decades."""
    depth = tabulate(RECONSTRUCTED)
    depth["m_i_low"], depth["m_i_high"] = depth.m_i / 1e12, depth.m_i * 1e12
    figure = Figure()
    draw_distances(figure, depth, all_runs(set="blurred"))
    figure.draw_without_rendering()
    for axes in figure.axes:
        values = np.concatenate([line.get_ydata() for line in axes.get_lines()])
        low, high = np.nanmin(values), np.nanmax(values)
        assert low / 10 < axes.get_ylim()[0] < low
        assert high < axes.get_ylim()[1] < high * 10


def test_trajectories_are_of_the_runs_set_and_of_descents_that_went_well():
    figure = Figure()
    fine = RECONSTRUCTED[RECONSTRUCTED.status == "ok"]
    draw_trajectories(figure, TRACES, fine, all_runs(set="blurred"))
    counts = [sum(len(x.get_xdata()) > 1 for x in axes.get_lines()) for axes in figure.axes]
    assert counts == [len(LAYERS) * len(PHOTOS), len(LAYERS) * len(PHOTOS) - 1]
    line = figure.axes[0].get_lines()[0]
    assert "$" not in figure.axes[0].get_xlabel() + figure.axes[0].get_ylabel()
    np.testing.assert_allclose(line.get_ydata(), [8, 4, 8 / 3])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"runs": []}, "length >= 1 - at `$.runs`"),
        ({"runs": [RUNS[0] | {"layers": []}]}, "length >= 1 - at `$.runs[0].layers`"),
        ({"runs": [RUNS[0] | {"layers": ["conv1", "fc"]}]}, "nothing by depth of fc of mine"),
        ({"runs": [RUNS[0] | {"network": "old"}]}, "nothing by depth of conv1, layer1, layer4 of"),
    ],
)
def test_plans_that_do_not_fit_are_told(study, capsys, changes, message):
    assert draw(study, **changes) == 2
    assert message in capsys.readouterr().err
    assert not (study / "distances.png").exists()


def test_a_photo_that_nobody_reconstructed_is_an_error(study, capsys):
    Image.new("RGB", (3, 3)).save(study / "owl.png")
    assert draw(study, "owl") == 2
    assert "no pictures of the photo 'owl'" in capsys.readouterr().err


def test_networks_that_differ_by_chance_alone_are_drawn_as_one(study):
    runs = [run | {"kind": "alike"} for run in RUNS]
    assert draw(study, runs=runs) == 0
    for name in ("distances", "gradients.raw", "trajectories.raw"):
        with Image.open(study / f"{name}.png") as picture:
            assert json.loads(picture.text["network"]) == ["mine and 1 alike"]


def test_descents_of_networks_that_are_drawn_as_one_stay_apart():
    runs, names = pooled([replace(run, kind="alike") for run in all_runs(set="raw")])
    raw, traces = RECONSTRUCTED[RECONSTRUCTED.set == "raw"], TRACES[TRACES.set == "raw"]
    drawn, depth = renamed(raw, names), tabulate(renamed(raw, names))
    assert [run.network for run in runs] == ["mine and 1 alike"]
    assert depth.m_g.tolist() == tabulate(raw).query("network == 'mine'").m_g.tolist()
    figure = Figure()
    draw_trajectories(figure, renamed(traces, names), drawn, runs)
    lines = [line for line in figure.axes[0].get_lines() if len(line.get_xdata()) == 3]
    assert len(lines) == len(raw)
