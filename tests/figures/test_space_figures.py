"""The figures of the space of classes, from files to figures that say what they show."""

import json

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image
from safetensors.numpy import save_file

from preimage.figures.space_panels import draw_comparison, draw_distributions, draw_scree
from preimage.measures.images.distances import tabulate as distances
from preimage.measures.images.predictions import logit_rows, predictions
from preimage.measures.space.neighbours import neighbour_groups
from preimage.measures.space.normality import distributions
from preimage.measures.space.principal import tabulate as principal
from preimage.measures.space.similarity import compare
from preimage.status import OK
from preimage.steps.space import draw_space
from preimage.tables.images import ITEMS, NEIGHBOURS
from preimage.tables.parquet import write_table
from preimage.tables.space import (
    MAP_DISTRIBUTIONS,
    MAP_MEANS,
    NEIGHBOUR_GROUPS,
    PRINCIPAL_COMPONENTS,
    PRINCIPAL_COORDINATES,
    SPACE_COMPARISON,
)

COUNT = 12
NAMES = [f"class {c}" for c in range(COUNT)]
RUN = {"set": "class_images", "network": "a"}
SPACE = {**RUN, "space": "s", "code": "L1", "judge": "a", "layer": "l", "maps": [0, 4]}
SPACE |= {"batch_norm": False}
GROUPS = {"low": [0, 1, 2, 3, 4], "high": [5, 6, 7, 8]}
PLAN = {"study": "mine", "spaces": [SPACE], "class_images": "class_images", "networks": ["a", "b"]}
PLAN |= {"groups": [*GROUPS.items()]}


def items(network):
    """Return rows ITEMS of one picture a class, of which the last failed."""
    return pd.DataFrame(
        {
            **{column.name: None for column in ITEMS.columns if column.nullable},
            **{"code": "A3", "set": "class_images", "network": network, "layer": "logits"},
            "item": [f"{c:03d}" for c in range(COUNT)],
            "target": NAMES,
            "class_a": range(COUNT),
            "objective": [f"{network}:logits[{c}]" for c in range(COUNT)],
            **{"recipe": "quick", "recipe_digest": "0", "precision": "float32", "seed": 999},
            **{"size": 8, "iterations": 1, "batch": 1, "seconds": 0.0},
            "status": [*[OK] * (COUNT - 1), "no gradient"],
        }
    )


def judged():
    draw = np.random.default_rng(0)
    told, full = [], []
    for maker in ("a", "b"):
        rows = items(maker).assign(class_b=pd.array([None] * COUNT, dtype="Int64"))
        for judge in ("a", "b"):
            logits = draw.normal(size=(COUNT, COUNT))
            told.append(predictions(rows, logits, judge, 8, NAMES))
            full.append(logit_rows(rows, logits, judge))
    return pd.concat(told), pd.concat(full)


def means():
    draw = np.random.default_rng(1)
    rows = items("a")[["set", "network", "seed", "class_a", "target", "status"]]
    rows = rows.rename(columns={"class_a": "class", "target": "name"})
    shared = {key: SPACE[key] for key in ("code", "space", "judge", "layer", "batch_norm")}
    parts = [rows.assign(map=m, mean=draw.normal(size=COUNT), **shared) for m in (0, 4)]
    return pd.concat(parts, ignore_index=True)


@pytest.fixture
def study(tmp_path):
    """Write everything that the step reads; return the files by the names of its options."""

    def written(table, frame):
        path = tmp_path / f"{table.name}.parquet"
        write_table(frame, path, table)
        return path

    told, full = judged()
    neighbours = distances(told, full)[1]
    components, coordinates = principal(told, full)
    tables = {
        "means": written(MAP_MEANS, means()),
        "map_distributions": written(MAP_DISTRIBUTIONS, distributions(means())),
        "neighbours": written(NEIGHBOURS, neighbours),
        "neighbour_groups": written(NEIGHBOUR_GROUPS, neighbour_groups(neighbours, GROUPS)),
        "principal_components": written(PRINCIPAL_COMPONENTS, components),
        "principal_coordinates": written(PRINCIPAL_COORDINATES, coordinates),
        "space_comparison": written(SPACE_COMPARISON, compare(told, full)),
    }
    return {name: [path] for name, path in tables.items()} | pictures(tmp_path)


def pictures(folder):
    files = {"images": [], "item_tables": []}
    for network in ("a", "b"):
        rows, images = items(network), folder / f"{network}.safetensors"
        about = rows[["objective", "seed"]].to_dict("records")
        pixels = np.random.default_rng(2).random((COUNT, 3, 8, 8), np.float32)
        save_file({"images": pixels}, images, {"address": json.dumps(about)})
        write_table(rows, folder / f"{network}.items.parquet", ITEMS)
        files["images"].append(images)
        files["item_tables"].append(folder / f"{network}.items.parquet")
    return files


def of_networks(networks, **about):
    return [about | {"set": "class_images", "network": network} for network in networks]


def figures(spaces=1, networks=("a", "b")):
    """Return what each figure must say that it shows, in the order of the step's outputs."""
    kinds = ("second logit", "L2 distance")
    return {
        "planes": [RUN | {"space": "s"}] * spaces,
        "histograms": [RUN | {"space": "s"}] * spaces,
        "graphs": [about for kind in kinds for about in of_networks(networks, kind=kind)],
        "shares": [{"study": "mine"}][: len(networks)],
        "principal": of_networks(networks),
        "alike": [{"study": "mine"}] if len(networks) > 1 else [],
    }


def draw(files, folder, plan=PLAN):
    """Draw into a folder; return the figures with what each must say."""
    folder.mkdir()
    (folder / "plan.json").write_text(json.dumps(plan))
    expected = figures(len(plan["spaces"]), plan["networks"])
    out = {
        kind: [folder / f"{kind}{i}.png" for i in range(len(shown))]
        for kind, shown in expected.items()
    }
    words = []
    for name, paths in {"plan": [folder / "plan.json"], **files, **out}.items():
        words += [f"--{name.replace('_', '-')}", *map(str, paths)]
    assert draw_space.main(words) == 0
    return {
        path: about for kind in out for path, about in zip(out[kind], expected[kind], strict=True)
    }


def says(file, about):
    """Return whether a figure says just that of what addresses may say."""
    with Image.open(file) as picture:
        assert min(picture.size) > 200
        keys = ("set", "network", "space", "kind", "study")
        return all(picture.text.get(key) == about.get(key) for key in keys)


def test_a_figure_is_a_picture_with_its_address_and_repeats(study, tmp_path):
    one, two = draw(study, tmp_path / "one"), draw(study, tmp_path / "two")
    assert len(one) == 1 + 1 + 4 + 1 + 2 + 1
    for (file, about), other in zip(one.items(), two, strict=True):
        assert says(file, about)
        assert file.read_bytes() == other.read_bytes()
        assert file.with_suffix(".pdf").read_bytes() == other.with_suffix(".pdf").read_bytes()
    planes = [file for file in one if file.name.startswith(("planes", "principal"))]
    assert [shows_the_classes_that_it_has_room_for(file) for file in planes] == [True] * 3


def shows_the_classes_that_it_has_room_for(file):
    with Image.open(file) as picture:
        shown = json.loads(picture.text["shown"])
    return 2 < len(shown) <= COUNT - 1 and COUNT - 1 not in shown  # the one that failed


@pytest.mark.parametrize(
    ("change", "without", "count"),
    [({"networks": []}, "neighbours", 2), ({"networks": ["b"], "spaces": []}, "means", 4)],
)
def test_a_study_has_the_figures_that_it_has_something_for(change, without, count, study, tmp_path):
    del study[without]
    found = draw(study, tmp_path / "out", PLAN | change)
    assert len(found) == count
    assert all(says(*each) for each in found.items())


def test_a_study_in_which_all_failed_has_figures_that_say_so(study, tmp_path, monkeypatch):
    said, real = [], Figure.text
    monkeypatch.setattr(Figure, "text", lambda *a, **o: (said.append(a[3]), real(*a, **o))[1])
    tables = [MAP_MEANS, MAP_DISTRIBUTIONS, NEIGHBOURS, NEIGHBOUR_GROUPS]
    tables += [PRINCIPAL_COMPONENTS, PRINCIPAL_COORDINATES, SPACE_COMPARISON]
    for table in tables:
        write_table(pd.DataFrame(columns=table.names), tmp_path / f"{table.name}.parquet", table)
    found = draw(study, tmp_path / "out")
    assert sum(text.startswith(("no ", "too few ")) for text in said) == len(found)


def test_a_scree_plot_has_room_for_the_components_that_there_are():
    shares = {"component": [1, 2, 3], "explained": [0.6, 0.3, 0.1], "cumulated": [0.6, 0.9, 1.0]}
    axes = Figure().subplots()
    draw_scree(axes, pd.DataFrame(shares | {"explained_low": np.nan, "explained_high": np.nan}))
    assert axes.get_xlim() == (0.3, 3.7)


def test_histograms_hold_the_pictures_that_count():
    figure, rows = Figure(), means()
    draw_distributions(figure, rows, distributions(rows))
    for axes, number in zip(figure.axes, (0, 4), strict=True):
        values = rows[(rows["map"] == number) & (rows.status == OK)]["mean"]
        bars = axes.patches
        assert sum(bar.get_height() * bar.get_width() for bar in bars) == pytest.approx(1)
        assert bars[0].get_x() == pytest.approx(values.min())
        assert "Shapiro" in axes.get_title()
        (curve,) = axes.lines
        x, y = curve.get_data()
        assert x[y.argmax()] == pytest.approx(values.mean(), abs=0.02)
        assert y.max() == pytest.approx(0.3989 / values.std(ddof=0), rel=1e-2)


def test_dots_stand_at_their_values_beside_their_baselines(study):
    told, full = judged()
    table, figure = compare(told, full), Figure()
    draw_comparison(figure, table)
    first = table[table.statistic == "CKA"].iloc[0]
    axes = figure.axes[0]
    assert axes.get_yticklabels()[0].get_text() == "a, b: each its own pictures"
    interval, dot = axes.lines[:2]
    assert dot.get_xdata().tolist() == [first.value]
    assert interval.get_xdata().tolist() == [first.low, first.high]
    bar = axes.patches[0]
    assert bar.get_x() == pytest.approx(first.baseline_low)
    assert bar.get_x() + bar.get_width() == pytest.approx(first.baseline_high)
