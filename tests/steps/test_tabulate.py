"""The steps that tabulate: from the judges' files to the study's tables."""

import json

import numpy as np
import pandas as pd
import pytest

from preimage.measures.images.predictions import logit_rows, predictions
from preimage.networks.world import World
from preimage.steps import (
    cli,
    tabulate_agreement,
    tabulate_distances,
    tabulate_factors,
    tabulate_opposites,
)
from preimage.tables.images import (
    AGREEMENT,
    DISTANCES,
    FACTORS,
    LOGITS,
    NEIGHBOURS,
    OPPOSITES,
    PREDICTIONS,
)
from preimage.tables.parquet import read_table, write_table

WORLD = World(shapes=("ring", "square"), colours=("red", "blue"), textures=("plain", "dotted"))
COUNT = len(WORLD.classes)


@pytest.fixture
def study(tmp_path):
    """Return a folder with what two judges say of class images and opposites of each other."""
    random = np.random.default_rng(0)
    for image_set in ("class_images", "opposites"):
        for network in ("one", "two"):
            items = pd.DataFrame({"item": [f"{i:03d}" for i in range(COUNT)], "target": "any"})
            items = items.assign(code="X", set=image_set, network=network, seed=9, status="ok")
            items = items.assign(class_a=range(COUNT), class_b=None)
            said = [(judge, random.normal(size=(COUNT, COUNT))) for judge in ("one", "two")]
            told = [predictions(items, logits, j, 64, WORLD.classes) for j, logits in said]
            full = [logit_rows(items, logits, j) for j, logits in said]
            name = tmp_path / f"{image_set}.{network}"
            write_table(pd.concat(told), f"{name}.predictions.parquet", PREDICTIONS)
            write_table(pd.concat(full), f"{name}.logits.parquet", LOGITS)
    return tmp_path


def call(step, *arguments):
    return cli.run(step.main, step.parser(), [str(argument) for argument in arguments])


def files(study, image_set, kind):
    return [study / f"{image_set}.{network}.{kind}.parquet" for network in ("one", "two")]


def given(study, *image_sets, logits=False):
    told = [file for s in image_sets for file in files(study, s, "predictions")]
    full = [file for s in image_sets for file in files(study, s, "logits")]
    return ["--predictions", *told, *(["--logits", *full] if logits else [])]


def test_opposites_have_a_row_for_each_network_and_class(study):
    output = study / "opposites.parquet"
    assert not call(tabulate_opposites, *given(study, "opposites"), "--opposites", output)
    found = read_table(output, OPPOSITES)
    assert list(zip(found["network"], found["class"], strict=True)) == [
        (network, index) for network in ("one", "two") for index in range(COUNT)
    ]


def test_distances_lead_to_agreement(study):
    distances, neighbours = study / "d.parquet", study / "n.parquet"
    arguments = [*given(study, "class_images", logits=True), "--distances", distances]
    assert not call(tabulate_distances, *arguments, "--neighbours", neighbours)
    assert len(read_table(distances, DISTANCES)) == 4 * COUNT * (COUNT - 1) / 2
    assert len(read_table(neighbours, NEIGHBOURS)) == 4 * COUNT
    arguments = [*given(study, "class_images", "opposites"), "--distances", distances]
    assert not call(tabulate_agreement, *arguments, "--agreement", study / "a.parquet")
    found = read_table(study / "a.parquet", AGREEMENT)
    assert len(found) == 2 * 2 * 2
    assert (found["pearson"].notna() == (found["set"] == "class_images")).all()
    own = found[found["network"] == found["judge"]]
    assert (own["top1_agreement"] == 1).all()


@pytest.fixture
def factors(study):
    def factors(plan):
        (study / "plan.json").write_text(json.dumps(plan))
        sets = given(study, "class_images", "opposites", logits=True)
        output = study / "f.parquet"
        return call(tabulate_factors, "--plan", study / "plan.json", *sets, "--factors", output)

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
        ({"world": {}}, "plan.json: objectives missing"),
        ({"world": {}, "objektives": {}}, "unknown key 'objektives' (did you mean objectives?)"),
        ([], "plan.json is no mapping of world, objectives"),
        ({"world": {"shapes": ["rong"]}, "objectives": {}}, "'rong', which cannot be drawn"),
        ({"world": {}, "objectives": {}}, "8 classes, the demo world of the plan has 36"),
    ],
)
def test_plans_that_do_not_fit_are_told(factors, capsys, plan, message):
    assert factors(plan) == 2
    assert message in capsys.readouterr().err
