"""The steps that tabulate pictures of classes: from what judges say to the study's tables."""

import json

import numpy as np
import pandas as pd
import pytest

from preimage.measures.images.predictions import logit_rows, predictions
from preimage.networks.world import World
from preimage.steps.classes import tabulate_classes, tabulate_factors
from preimage.steps.engine import sha256
from preimage.steps.opposites import tabulate_opposites
from preimage.tables.images import (
    AGREEMENT,
    DISTANCES,
    FACTORS,
    LOGITS,
    NEIGHBOURS,
    OPPOSITES,
    PREDICTIONS,
)
from preimage.tables.parquet import read_metadata, read_table, write_table

WORLD = World(shapes=("ring", "square"), colours=("red", "blue"), textures=("plain", "dotted"))
COUNT = len(WORLD.classes)
OUT = ("all_predictions", "distances", "neighbours", "agreement")


@pytest.fixture
def study(tmp_path):
    """Return a folder with what two judges say of class images and opposites of each other."""
    random = np.random.default_rng(0)
    for image_set in ("class_images", "opposites"):
        told, full = [], []
        for network in ("one", "two"):
            items = pd.DataFrame({"item": [f"{i:03d}" for i in range(COUNT)], "target": "any"})
            items = items.assign(code="X", set=image_set, network=network, seed=9, status="ok")
            items = items.assign(class_a=range(COUNT), class_b=None)
            for judge in ("one", "two"):
                logits = random.normal(size=(COUNT, COUNT))
                told.append(predictions(items, logits, judge, 64, WORLD.classes))
                full.append(logit_rows(items, logits, judge))
        name = tmp_path / image_set
        write_table(pd.concat(told), f"{name}.predictions.parquet", PREDICTIONS)
        write_table(pd.concat(full), f"{name}.logits.parquet", LOGITS)
    return tmp_path


def call(step, study, plan, *arguments):
    (study / "plan.json").write_text(json.dumps(plan))
    return step.main(["--plan", str(study / "plan.json"), *map(str, arguments)])


def files(study, kind, *image_sets):
    return [f"--{kind}", *(study / f"{image_set}.{kind}.parquet" for image_set in image_sets)]


def test_opposites_have_a_row_for_each_network_and_class(study):
    kinds = ("opposites", "groups", "statistics", "cycles")
    out = [word for kind in kinds for word in (f"--{kind}", study / f"{kind}.out")]
    given = files(study, "predictions", "opposites")
    assert not call(tabulate_opposites, study, {"groups": []}, *given, *out)
    found = read_table(study / "opposites.out", OPPOSITES)
    assert list(zip(found["network"], found["class"], strict=True)) == [
        (network, index) for network in ("one", "two") for index in range(COUNT)
    ]


def tabulated(study, sets, class_images, still=()):
    """Run `tabulate_classes`; return its tables."""
    plan = {"class_images": list(class_images), "still": list(still)}
    out = [word for n in OUT for word in (f"--{n.replace('_', '-')}", study / f"{n}.parquet")]
    given = [*files(study, "predictions", *sets), *files(study, "logits", *class_images)]
    assert not call(tabulate_classes, study, plan, *given, *out)
    tables = (PREDICTIONS, DISTANCES, NEIGHBOURS, AGREEMENT)
    return [read_table(study / f"{n}.parquet", t) for n, t in zip(OUT, tables, strict=True)]


def test_distances_lead_to_agreement(study):
    both = ("class_images", "opposites")
    told, distances, neighbours, found = tabulated(study, both, ["class_images"], both)
    assert told["set"].tolist() == ["class_images"] * 4 * COUNT + ["opposites"] * 4 * COUNT
    assert len(distances) == 4 * COUNT * (COUNT - 1) / 2
    assert len(neighbours) == 4 * COUNT
    assert {*distances["set"], *neighbours["set"]} == {"class_images"}
    assert len(found) == 2 * 2 * 2
    assert (found["pearson"].notna() == (found["set"] == "class_images")).all()
    own = found[found["network"] == found["judge"]]
    assert (own["top1_agreement"] == 1).all()


def test_the_small_table_tells_of_every_change_of_the_large_one(study):
    tabulated(study, ["class_images"], ["class_images"])
    about = read_metadata(study / "neighbours.parquet")
    assert about["sha256 of distances.parquet"] == sha256(study / "distances.parquet")


def test_frames_are_predictions_but_no_agreement(study):
    told, *_, found = tabulated(study, ["class_images", "opposites"], [], ["class_images"])
    assert set(told["set"]) == {"class_images", "opposites"}
    assert set(found["set"]) == {"class_images"}


def test_without_class_images_there_are_no_distances(study):
    _, distances, neighbours, found = tabulated(study, ["opposites"], [], ["opposites"])
    assert distances.empty
    assert neighbours.empty
    assert len(found) == 2 * 2
    assert found["pearson"].isna().all()


@pytest.fixture
def factors(study):
    def factors(plan):
        both = ("class_images", "opposites")
        given = [*files(study, "predictions", *both), *files(study, "logits", *both)]
        return call(tabulate_factors, study, plan, *given, "--factors", study / "f.parquet")

    return factors


def test_factors_are_those_of_the_plans_world(study, factors):
    world = {"shapes": WORLD.shapes, "colours": WORLD.colours, "textures": WORLD.textures}
    assert not factors({"world": world, "objectives": {"opposites": "-A", "class_images": "A"}})
    found = read_table(study / "f.parquet", FACTORS)
    assert len(found) == 2 * 2 * 2 * 3
    assert set(found["statistic"]) == {"differs", "carries a"}
    assert (found["items"] == COUNT).all()


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        ({"world": {}}, "plan.json: Object missing required field `objectives`"),
        ({"world": {}, "objectives": {}, "objektives": {}}, "unknown key 'objektives'"),
        ([], "plan.json: Expected `object`, got `array`"),
        ({"world": {"shapes": ["rong"]}, "objectives": {}}, "'rong', which cannot be drawn"),
        ({"world": {}, "objectives": {}}, "8 classes, the demo world of the plan has 36"),
    ],
)
def test_plans_that_do_not_fit_are_told(factors, capsys, plan, message):
    assert factors(plan) == 2
    assert message in capsys.readouterr().err
