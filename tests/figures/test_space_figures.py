"""Each drawing step of the space of classes, from files to a figure that says what it shows."""

import importlib
import json

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image
from safetensors.numpy import save_file

from preimage.errors import UserError
from preimage.figures import space
from preimage.measures.images.distances import tabulate as distances
from preimage.measures.images.predictions import logit_rows, predictions
from preimage.measures.space.neighbours import neighbour_groups
from preimage.measures.space.normality import distributions
from preimage.measures.space.principal import tabulate as principal
from preimage.measures.space.similarity import compare
from preimage.status import OK
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
            **{"size": 8, "iterations": 1, "seconds": 0.0},
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
    """Write everything that the steps read; return plan and options of each by name."""

    def written(table, frame):
        path = tmp_path / f"{table.name}.parquet"
        write_table(frame, path, table)
        return path

    rows = items("a")
    pixels = np.random.default_rng(2).random((COUNT, 3, 8, 8), np.float32)
    about = json.dumps(
        [{key: row[key] for key in ("objective", "seed")} for _, row in rows.iterrows()]
    )
    save_file({"images": pixels}, tmp_path / "0.safetensors", {"address": about})
    pictures = {"images": tmp_path / "0.safetensors", "items": written(ITEMS, rows)}
    told, full = judged()
    neighbours = distances(told, full)[1]
    components, coordinates = principal(told, full)
    of_maps = written(MAP_MEANS, means())
    near = written(NEIGHBOURS, neighbours)
    groups = written(NEIGHBOUR_GROUPS, neighbour_groups(neighbours, GROUPS))
    return {
        "draw_maps": (SPACE, {"means": of_maps, **pictures}),
        "draw_map_distributions": (
            SPACE,
            {
                "means": of_maps,
                "distributions": written(MAP_DISTRIBUTIONS, distributions(means())),
            },
        ),
        "draw_neighbour_graph": (
            {**RUN, "kind": "second logit", "groups": [*GROUPS.items()]},
            {"neighbours": near},
        ),
        "draw_neighbour_groups": (None, {"groups": groups}),
        "draw_principal_components": (
            RUN,
            {
                "components": written(PRINCIPAL_COMPONENTS, components),
                "coordinates": written(PRINCIPAL_COORDINATES, coordinates),
                **pictures,
            },
        ),
        "draw_space_comparison": (
            None,
            {"comparison": written(SPACE_COMPARISON, compare(told, full))},
        ),
    }


STEPS = [
    *("draw_maps", "draw_map_distributions", "draw_neighbour_graph"),
    *("draw_neighbour_groups", "draw_principal_components", "draw_space_comparison"),
]


def draw(name, study, folder, output="out.png", **changes):
    plan, options = study[name]
    words = ["--output", str(folder / output)]
    for option, value in options.items():
        words += [f"--{option}", str(value)]
    if plan is None:
        words += ["--study", "mine"]
    else:
        (folder / "plan.json").write_text(json.dumps({**plan, **changes}))
        words += ["--plan", str(folder / "plan.json")]
    step = importlib.import_module(f"preimage.steps.{name}")
    step.main(step.parser().parse_args(words))
    return folder / output


@pytest.mark.parametrize("name", STEPS)
def test_a_figure_is_a_picture_with_its_address_and_repeats(name, study, tmp_path):
    files = [draw(name, study, tmp_path, output) for output in ("one.png", "two.png")]
    assert files[0].read_bytes() == files[1].read_bytes()
    assert files[0].with_suffix(".pdf").read_bytes() == files[1].with_suffix(".pdf").read_bytes()
    with Image.open(files[0]) as picture:
        assert min(picture.size) > 200
        plan = study[name][0] or {"study": "mine"}
        for key in ("set", "network", "space", "kind", "study"):
            assert picture.text.get(key) == plan.get(key)


@pytest.mark.parametrize("name", ["draw_maps", "draw_principal_components"])
def test_a_plane_says_which_classes_it_shows_as_pictures(name, study, tmp_path):
    with Image.open(draw(name, study, tmp_path)) as picture:
        shown = json.loads(picture.text["shown"])
    assert 2 < len(shown) <= COUNT - 1
    assert COUNT - 1 not in shown  # the one that failed


def test_an_unknown_kind_of_neighbour_is_an_error(study, tmp_path):
    with pytest.raises(UserError, match="'third logit': use one of second logit, L2 distance"):
        draw("draw_neighbour_graph", study, tmp_path, kind="third logit")


@pytest.mark.parametrize("name", STEPS)
def test_a_study_in_which_all_failed_has_a_figure_that_says_so(name, study, tmp_path, monkeypatch):
    said, real = [], Figure.text
    monkeypatch.setattr(Figure, "text", lambda *a, **o: (said.append(a[3]), real(*a, **o))[1])
    tables = {"means": MAP_MEANS, "distributions": MAP_DISTRIBUTIONS, "neighbours": NEIGHBOURS}
    tables |= {"groups": NEIGHBOUR_GROUPS, "components": PRINCIPAL_COMPONENTS}
    tables |= {"coordinates": PRINCIPAL_COORDINATES, "comparison": SPACE_COMPARISON}
    for option, path in study[name][1].items():
        if option in tables:
            write_table(pd.DataFrame(columns=tables[option].names), path, tables[option])
    draw(name, study, tmp_path)
    assert any(text.startswith(("no ", "too few ")) for text in said)


def test_histograms_hold_the_pictures_that_count():
    figure, rows = Figure(), means()
    space.draw_distributions(figure, rows, distributions(rows))
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
    space.draw_comparison(figure, table)
    first = table[table.statistic == "CKA"].iloc[0]
    axes = figure.axes[0]
    assert axes.get_yticklabels()[0].get_text() == "a, b: each its own pictures"
    interval, dot = axes.lines[:2]
    assert dot.get_xdata().tolist() == [first.value]
    assert interval.get_xdata().tolist() == [first.low, first.high]
    bar = axes.patches[0]
    assert bar.get_x() == pytest.approx(first.baseline_low)
    assert bar.get_x() + bar.get_width() == pytest.approx(first.baseline_high)
