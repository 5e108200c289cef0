"""Areas are where a picture differs from what the recipe makes without a gradient."""

import numpy as np
import pytest
import torch
from torch import nn

from preimage.descent.descend import descend
from preimage.descent.objective import Objective
from preimage.descent.recipe import Recipe
from preimage.measures.features.areas import addressed, area, changes, squared, without_steps
from preimage.measures.features.fields import Reach

RECIPES = [
    {"start": {"uniform": [0.5, 0.6]}, "octaves": [{"size": 12, "sigma": [1.0, 0.5]}]},
    {"octaves": [{"size": 10, "sigma": 1.0}, {"size": 16, "crop": 12, "sigma": [0.8, 0.4]}]},
    {"blur": "crop", "octaves": [{"size": 16, "crop": 12, "sigma": [0.8, 0.4]}]},
    {"start": {"picture": "dog"}, "octaves": [{"size": 12}]},
]


def read(data):
    octaves = [{"iterations": 5, "lr": 2} | octave for octave in data["octaves"]]
    return Recipe.read(data | {"octaves": octaves}, "test")


def test_the_start_without_blur_is_the_noise_itself():
    octave = {"size": 64, "iterations": 2, "lr": 0.1}
    recipe = Recipe.read({"start": {"uniform": [0.5, 0.6]}, "octaves": [octave]})
    image = without_steps(recipe, [1], {})[1]
    assert 0.5 <= image.min() < image.max() <= 0.6
    assert image.std() == pytest.approx(0.1 / 12**0.5, rel=0.02)


@pytest.mark.parametrize("data", RECIPES)
def test_a_dead_picture_is_what_a_recipe_makes_without_steps(data):
    recipe, pictures = read(data), {"dog": torch.rand(3, 20, 30)}
    dead = nn.Sequential(nn.Conv2d(3, 2, 1), nn.ReLU())
    with torch.no_grad():
        dead[0].bias.fill_(-100)
    objective = Objective.parse("net:logits[0]")
    found = descend([objective] * 2, recipe, {"net": dead}, seeds=[1, 2], pictures=pictures)
    starts = without_steps(recipe, [2, 1, 2], pictures)
    assert sorted(starts) == [1, 2]
    for one in found:
        assert one.status == "no gradient"
        assert (starts[one.seed] == one.image.numpy()).all()


def blob(row, column, spread=2.0, side=40):
    at = np.arange(side) + 0.5
    bump = np.exp(-((at[:, None] - row) ** 2 + (at - column) ** 2) / (4 * spread**2))
    return np.tile(bump, (3, 1, 1)).astype(np.float32)  # whose square has that spread


START = np.full((3, 40, 40), 0.5, np.float32)


def test_of_a_bump_the_middle_and_the_radii_are_found():
    found = area(START - blob(12.0, 25.0), START, [])
    assert (found["centroid_row"], found["centroid_column"]) == pytest.approx((12, 25), abs=0.01)
    assert found["centroid_column_share"] == pytest.approx(25 / 40, abs=1e-3)
    assert (found["spread_row"], found["spread_column"]) == pytest.approx((2, 2), abs=0.02)
    # Of a normal distribution in the plane, a share p is within sqrt(-2 log(1 - p)) deviations.
    assert found["radius_50"] == pytest.approx(2 * np.sqrt(2 * np.log(2)), abs=0.3)
    assert found["radius_90"] == pytest.approx(2 * np.sqrt(2 * np.log(10)), abs=0.3)
    assert {"share_inside", "distance"}.isdisjoint(found)


def test_share_and_distance_are_of_all_octaves():
    reaches = [Reach(([0, 40], [0, 25]), (10, 20), 3.0), Reach(([0, 12], [0, 40]), (14, 24), 3.0)]
    found = area(START + blob(12.0, 25.0), START, reaches)
    assert found["distance"] == pytest.approx(3, abs=0.01)  # from row 12, column 22
    assert found["share_inside"] == pytest.approx(0.75, abs=0.01)


def test_a_picture_like_its_start_has_no_area():
    assert area(START, START, []) == {}


def test_changes_are_means_inside_and_outside_of_the_own_area():
    reach = Reach(([0, 10], [0, 20]), (5.5, 5.5), 0.6)
    picture = START.copy()
    picture[:, :10, :20] += 0.25
    picture[:, 10:, :] -= 0.125
    found = changes(picture, START, [reach])
    assert found["inside_field"] == pytest.approx(0.25)
    assert found["outside_field"] == pytest.approx(0.125 * 1200 / 1400)
    assert found["ratio_field"] == pytest.approx(found["outside_field"] / 0.25)
    assert found["inside_disc"] == pytest.approx(0.25)
    assert found["change"] == pytest.approx((0.25 * 200 + 0.125 * 1200) / 1600)
    assert found["outside_disc"] == pytest.approx((0.25 * 199 + 0.125 * 1200) / 1599)


def test_where_everything_reaches_a_neuron_there_is_no_outside():
    whole = Reach(([0, 40], [0, 40]), (20, 20), 4.0)
    found = changes(START + blob(5, 5), START, [whole])
    assert np.isnan([found["outside_field"], found["ratio_field"]]).all()
    assert found["inside_field"] == found["change"]
    without = changes(START + blob(5, 5), START, [])
    assert np.isnan([without["inside_field"], without["ratio_disc"]]).all()


def test_squares_are_summed_over_colours():
    assert squared(START, START - 0.5)[3, 4] == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("objective", "count"),
    [
        ("net:a[1] + 2 * net:b[2]", 2),
        ("match(net:a[1], 200, L2)", 1),
        ("net:a[1] + other:a[1]", 0),
        ("net@32:a[1]", 0),
        ("match(net:a, dog, L1)", 0),
    ],
)
def test_only_what_the_network_is_asked_itself_has_an_address(objective, count):
    assert len(addressed(objective, "net")) == count
