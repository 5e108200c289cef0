"""Figures of classes can be read for two classes and for a thousand, whatever these are called.

That no text is cut off, or runs into another, is seen for every figure that a test saves.
"""

import json
from functools import cache

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from safetensors.numpy import save_file

from preimage.blocks import read_pictures
from preimage.figures.class_plots import distances_plot
from preimage.figures.class_sheets import set_sheet
from preimage.figures.look import Look
from preimage.figures.opposites import graph_plot, pairs_sheet
from preimage.figures.opposites import groups_plot as opposite_groups_plot
from preimage.figures.space import (
    distributions_plot,
    groups_plot,
    neighbours_plot,
    plane_plot,
    principal_plot,
)
from preimage.measures.images.distances import tabulate as distances
from preimage.measures.images.predictions import logit_rows, predictions
from preimage.measures.opposites.cycles import cycles
from preimage.measures.opposites.groups import opposite_groups
from preimage.measures.opposites.labels import opposites
from preimage.measures.space.neighbours import KINDS, neighbour_groups
from preimage.measures.space.normality import distributions
from preimage.measures.space.principal import tabulate as principal
from preimage.measures.space.spaces import Space
from preimage.networks.classes import class_names
from preimage.study.groups import default_groups, read_groups
from preimage.tables.images import ITEMS
from preimage.tables.parquet import write_table

NETWORKS = ("a", "convnext_large.fb_in22k_ft_in1k_384-untrained")
LONG = [
    "greater horseshoe bat, Rhinolophus ferrumequinum, hanging from the roof of a cave",
    "<b>$5_$10</b> Größe, кошка в шляпе, γάτα, a_b^c % {x}",
]
NAMES = {2: LONG, 1000: [*class_names("imagenet")[:-2], *LONG]}
GROUPS = {
    2: {LONG[0]: [0], "the other one": [1]},
    1000: read_groups(default_groups("imagenet"), class_names("imagenet")),
}
SETS = {"class_images": 1, "opposites": -1}


def items(network, image_set, count):
    return pd.DataFrame(
        {
            **{column.name: None for column in ITEMS.columns if column.nullable},
            **{"code": "A3", "set": image_set, "network": network, "layer": "logits"},
            "item": [f"{c:03d}" for c in range(count)],
            "target": [("" if SETS[image_set] > 0 else "-") + name for name in NAMES[count]],
            "class_a": range(count),
            "objective": [f"{network}:logits[{c}]" for c in range(count)],
            **{"recipe": "quick", "recipe_digest": "0", "precision": "float32", "seed": 999},
            **{"size": 8, "iterations": 1, "batch": 1, "seconds": 0.0, "status": "ok"},
        }
    )


@cache
def judged(count):
    """Return what networks say: classes lie on a ring, where the opposite is across."""
    draw, angle = np.random.default_rng(0), 2 * np.pi * np.arange(count) / count
    told, full = [], []
    for image_set, sign in SETS.items():
        for maker in NETWORKS:
            rows = items(maker, image_set, count)
            rows = rows.assign(class_b=pd.array([None] * count, dtype="Int64"))
            for judge in NETWORKS:
                logits = sign * 8 * np.cos(angle[:, None] - angle) + draw.normal(
                    size=(count, count)
                )
                told.append(predictions(rows, logits, judge, 8, NAMES[count]))
                full.append(logit_rows(rows, logits, judge))
    return pd.concat(told, ignore_index=True), pd.concat(full, ignore_index=True)


def of_images(count):
    told, full = judged(count)
    return told[told.set == "class_images"], full[full.set == "class_images"]


@cache
def found(count):
    return distances(*of_images(count))


def pictures(folder, count):
    images, tables = [], []
    for image_set in SETS:
        for network in NETWORKS:
            rows, file = items(network, image_set, count), folder / f"{image_set}.{network}"
            about = rows[["objective", "seed"]].to_dict("records")
            pixels = np.random.default_rng(2).random((count, 3, 8, 8), np.float32)
            images.append(file.with_name(f"{file.name}.safetensors"))
            tables.append(file.with_name(f"{file.name}.parquet"))
            save_file({"images": pixels}, images[-1], {"address": json.dumps(about)})
            write_table(rows, tables[-1], ITEMS)
    return read_pictures(images, tables)


SPACE = Space(
    set="class_images",
    network=NETWORKS[1],
    space="space_of_pictures",
    code="L1",
    judge=NETWORKS[1],
    layer="stages.3.blocks.2.mlp.fc2",
    maps=[0, 4],
    batch_norm=True,
)


def means(count):
    draw = np.random.default_rng(1)
    rows = items(NETWORKS[1], "class_images", count)
    rows = rows[["set", "network", "seed", "class_a", "target", "status"]]
    rows = rows.rename(columns={"class_a": "class", "target": "name"})
    about = {k: getattr(SPACE, k) for k in ("code", "space", "judge", "layer", "batch_norm")}
    parts = [rows.assign(map=m, mean=draw.normal(size=count), **about) for m in SPACE.maps]
    return pd.concat(parts, ignore_index=True)


def labelled(count):
    told, _ = judged(count)
    return opposites(told[told.set == "opposites"])


FIGURES = {
    "distances": lambda n, _: distances_plot(
        found(n)[0], ("class_images", NETWORKS[1], NETWORKS[1]), "l2", NAMES[n]
    ),
    "opposite_graph": lambda n, _: graph_plot(
        labelled(n), cycles(labelled(n)), GROUPS[n], NETWORKS[1]
    ),
    "opposite_groups": lambda n, _: opposite_groups_plot(
        opposite_groups(labelled(n), GROUPS[n]), NETWORKS[1]
    ),
    "neighbours": lambda n, _: neighbours_plot(
        found(n)[1], ("class_images", NETWORKS[1]), next(iter(KINDS)), GROUPS[n]
    ),
    "neighbour_groups": lambda n, _: groups_plot(neighbour_groups(found(n)[1], GROUPS[n]), "mine"),
    "plane": lambda n, folder: plane_plot(SPACE, means(n), pictures(folder, n)),
    "distributions": lambda n, _: distributions_plot(SPACE, means(n), distributions(means(n))),
    "principal": lambda n, folder: principal_plot(
        *principal(*own(n)), pictures(folder, n), ("class_images", NETWORKS[1])
    ),
    "sheet": lambda n, folder: set_sheet(
        pictures(folder, n), judged(n)[0], "opposites", NETWORKS, Look(tile=96)
    ),
    "pairs": lambda n, folder: pairs(n, pictures(folder, n)),
}


def own(count):
    told, full = of_images(count)
    return (rows[rows.judge == rows.network] for rows in (told, full))


def pairs(count, shown):
    made = shown[(shown.set == "opposites") & (shown.network == NETWORKS[1])]
    from_ = shown[(shown.set == "class_images") & (shown.network == NETWORKS[1])]
    table = labelled(count)
    return pairs_sheet(made, from_, table[table.network == NETWORKS[1]], Look(tile=96))


SPARSE = {"principal": 0.0, "opposite_graph": 0.2}  # of two classes: one word, one pair on a ring


@pytest.mark.parametrize(
    ("name", "count"),
    [*((name, 2) for name in FIGURES), ("distances", 1000), ("opposite_groups", 1000)],
)
def test_figures_of_classes_can_be_read(tmp_path, name, count):
    path = tmp_path / f"{name}.{count}.png"
    FIGURES[name](count, tmp_path).save(path)
    with Image.open(path) as picture:
        assert max(picture.size) < 4000
        assert filled(picture) > SPARSE.get(name, 0.45)


def filled(picture):
    """Return the share of rows, or of columns where these are fewer, that are not blank."""
    grey = np.asarray(picture.convert("L"))
    lines = [(grey.min(axis=axis) < 250) for axis in (0, 1)]
    return min(line.mean() for line in lines)
