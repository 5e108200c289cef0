"""Of neurons that share no pixel, one more changes nothing else, unless the recipe couples them."""

import pandas as pd
import pytest
import torch
from torch import nn

from preimage.claims.features import FeatureClaims, FeatureRun, settle_features
from preimage.claims.ledger import table
from preimage.descent.descend import descend
from preimage.descent.layers import Extractor
from preimage.descent.objective import Objective
from preimage.descent.recipe import Recipe
from preimage.measures.features.areas import changes, without_steps
from preimage.measures.features.fields import Reaches
from preimage.measures.features.reading import newest
from preimage.study.features import neuron_by_neuron
from preimage.study.template import template
from preimage.tables.features import AREAS, READING_ORDER

SIDE = 6  # neurons
FRAMES = neuron_by_neuron("0", 1, rows=SIDE, columns=SIDE)
ROW = {"code": "M2", "set": "order", "network": "net", "layer": "0", "target": "0[1]", "map": 1}
ROW |= {"status": "ok", "size": 8 * SIDE, "recipe": "quick", "seed": 9}


def judged(octave, *, hidden=False, **recipe):
    """Return by claim what is found of such neurons; `hidden`: nobody says what the recipe is."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(3, 2, 8, stride=8, bias=False))
    octaves = [{"size": 8 * SIDE, "iterations": 10} | octave]
    recipe = Recipe.read({"start": {"uniform": [0.5, 0.6]}, "octaves": octaves} | recipe, "test")
    about = ROW | {"recipe_digest": recipe.digest}
    about |= {"normalised": recipe.normalised and not hidden}
    about |= {"smooth": recipe.smooth > 0 and not hidden}
    about |= {"absolute": recipe.loss.absolute and not hidden}
    find = Reaches(Extractor(net, ["0"]), recipe)
    steps = [str(template("F").of_feature("net", step)) for step in FRAMES.steps]
    neurons = [newest(step) for step in steps]
    texts = [*steps, *map(str, neurons)]
    found = descend([Objective.parse(t) for t in texts], recipe, {"net": net}, seeds=[9] * 72)
    pictures = [one.image.numpy() for one in found]
    frames, alone = pictures[: len(steps)], pictures[len(steps) :]
    start = without_steps(recipe, [9], {})[9]
    order, areas = [], []
    for number, neuron in enumerate(neurons):
        cells = about | dict(zip(("row", "column"), neuron.index[1:], strict=True))
        reaches = find([neuron])
        before = frames[number - 1] if number else start
        order.append(cells | {"frame": number} | changes(frames[number], before, reaches))
        areas.append(cells | changes(alone[number], start, reaches))
    tables = ((areas, AREAS), (order[1:], READING_ORDER))
    given = (pd.DataFrame(rows).reindex(columns=t.names) for rows, t in tables)
    plan = FeatureClaims([], [FeatureRun("order", "net", 1)])
    found = table(settle_features(plan, {}, *given))
    return found[found.networks != ""].set_index("id").value


@pytest.mark.parametrize("blur", [{}, {"sigma": [0.8, 0.4]}])
def test_unconnected_neurons_change_their_own_pixels_alone(blur):
    found = judged({"lr": 0.5} | blur)
    assert found["M2.1"] < 0.05  # discs leave corners of the square fields out
    assert found["M2.2"] == pytest.approx(1, abs=0.02)


def test_normalised_steps_alone_would_look_like_a_change_of_everything():
    recipe = {"normalised": True}
    blurred = {"lr": 0.05, "sigma": [0.8, 0.4]}
    assert judged(blurred, hidden=True, **recipe)["M2.2"] > 1.2
    assert judged(blurred, **recipe).empty


def test_smooth_gradients_alone_change_other_pixels():
    recipe = {"smooth": 1.5}
    assert judged({"lr": 0.5}, hidden=True, **recipe)["M2.1"] > 0.02
    assert judged({"lr": 0.5}, **recipe).empty


def test_an_absolute_loss_alone_changes_other_pixels():
    recipe = {"loss": {"ceiling": 20, "absolute": True}}
    assert judged({"lr": 0.5}, hidden=True, **recipe)["M2.1"] > 0.01
    assert judged({"lr": 0.5}, **recipe).empty
