"""Recipes are data: schedules as the pages have them, read, written and hashed."""

import copy
import json
from fractions import Fraction

import pytest
import yaml

from preimage.descent.recipe import Loss, Octave, Optimiser, Recipe, Start
from preimage.errors import UserError

OCTAVE = {"size": 299, "iterations": 220, "lr": [1.5, 1.0], "sigma": [2.4, 0.8]}
GOOGLENET = {
    "start": {"normal": [0.7, 0.05]},
    "loss": {"ceiling": 200, "absolute": True},
    "octaves": [
        OCTAVE,
        {"size": 490, "crop": 470, "iterations": 500, "lr": [1.3, 0.45], "sigma": [1.5, 0.4]},
    ],
}


def changed(**keys):
    return copy.deepcopy(GOOGLENET) | keys


def one_octave(**keys):
    return {"octaves": [OCTAVE | keys]}


def test_schedules_are_those_of_the_page():
    octave = Recipe.read(GOOGLENET).octaves[0]
    seen = list(octave.schedule())
    assert len(seen) == 220
    for i, (lr, sigma) in enumerate(seen):
        n = Fraction(220)
        assert lr == pytest.approx(float(Fraction(3, 2) * (n - i) / n + i / n), rel=1e-12)
        assert sigma == pytest.approx(
            float(Fraction("2.4") * (n - i) / n + Fraction("0.8") * i / n)
        )
    assert seen[0] == (1.5, 2.4)


def test_no_sigma_is_no_blur():
    octave = Octave(size=8, iterations=3, lr=(0.1, 0.1))
    assert [sigma for _, sigma in octave.schedule()] == [None] * 3


def test_what_is_read_is_what_is_meant():
    recipe = Recipe.read(GOOGLENET)
    assert recipe.start == Start("normal", (0.7, 0.05))
    assert recipe.loss == Loss(scale=1, ceiling=200, absolute=True)
    assert recipe.iterations == 720
    assert [octave.side for octave in recipe.octaves] == [299, 470]
    assert (recipe.blur, recipe.precision, recipe.regularisers) == ("image", "float32", {})


def test_steps_may_fade_to_nothing():
    octave = Recipe.read(one_octave(lr=[1.0, 0.0])).octaves[0]
    assert min(lr for lr, _ in octave.schedule()) > 0


@pytest.mark.parametrize(
    "data",
    [
        GOOGLENET,
        one_octave(),
        changed(start={"uniform": [0.5, 0.6]}, blur="crop", precision="bfloat16"),
        changed(start={"picture": "dalmatian"}, regularisers={"l1": 0.001, "total_variation": 2}),
        changed(normalised=True, smooth=1.4, colour=0.5),
        changed(optimiser="momentum"),
        changed(optimiser={"Adam": [0.5, 0.9]}),
    ],
)
def test_recipes_survive_writing_and_reading(data):
    recipe = Recipe.read(data)
    assert Recipe.read(recipe.data()) == recipe
    assert Recipe.read(yaml.safe_load(yaml.safe_dump(recipe.data()))) == recipe
    assert Recipe.read(json.loads(json.dumps(recipe.data()))).digest == recipe.digest


def test_defaults_written_out_or_left_out_are_one_recipe():
    full = one_octave(crop=None) | {
        "start": {"normal": [0.7, 0.05]},
        "loss": {"scale": 1, "ceiling": 0.0, "absolute": False},
        "blur": "image",
        "smooth": 0,
        "colour": 1,
        "optimiser": "gradient",
        "regularisers": {},
        "precision": "float32",
    }
    assert Recipe.read(full).digest == Recipe.read(one_octave()).digest


def test_a_recipe_without_an_optimiser_is_what_it_was_before_there_were_any():
    """So its finished pictures stay."""
    assert "optimiser" not in Recipe.read(GOOGLENET).data()
    assert Recipe.read(GOOGLENET).digest == "57923cf84a2e"


def test_an_optimiser_is_a_word_or_has_decays_of_ones_own():
    of = {
        "gradient": Optimiser(),
        "momentum": Optimiser("momentum", (0.9,)),
        "Adam": Optimiser("Adam", (0.9, 0.999)),
    }
    for word, wanted in of.items():
        assert Recipe.read(changed(optimiser=word)).optimiser == wanted
        assert Recipe.read(changed(optimiser=wanted.data())).optimiser == wanted
    own = Recipe.read(changed(optimiser={"Adam": [0, 0.5]}))
    assert own.optimiser == Optimiser("Adam", (0.0, 0.5))
    assert own.data()["optimiser"] == {"Adam": [0.0, 0.5]}


def test_numbers_may_be_typed_either_way():
    one = changed(loss={"ceiling": 200}, regularisers={"l2": 1}, octaves=[OCTAVE | {"lr": 1}])
    other = changed(
        loss={"ceiling": 200.0}, regularisers={"l2": 1.0}, octaves=[OCTAVE | {"lr": [1.0, 1.0]}]
    )
    assert Recipe.read(one) == Recipe.read(other)
    assert Recipe.read(one).digest == Recipe.read(other).digest


@pytest.mark.parametrize(
    "other",
    [
        {"precision": "float64"},
        {"precision": "bfloat16"},
        {"blur": "crop"},
        {"smooth": 1},
        {"colour": 0.5},
        {"optimiser": "momentum"},
        {"optimiser": {"momentum": 0.8}},
        {"optimiser": "Adam"},
        {"optimiser": {"Adam": [0.8, 0.999]}},
        {"start": {"uniform": [0.7, 0.05]}},
        {"start": {"picture": "dalmatian"}},
        {"loss": {"ceiling": 200}},
        {"loss": {"ceiling": 200, "absolute": True, "scale": 0.5}},
        {"regularisers": {"l1": 0.001}},
        {"octaves": [OCTAVE]},
        {"octaves": [OCTAVE, GOOGLENET["octaves"][1] | {"crop": 469}]},
    ],
)
def test_whatever_changes_a_picture_changes_the_digest(other):
    assert Recipe.read(changed(**other)).digest != Recipe.read(GOOGLENET).digest


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (changed(octave=[]), r"mine: unknown key 'octave' \(did you mean octaves\?\); known: blur"),
        (changed(loss={"cieling": 3}), r"mine, loss: unknown key 'cieling' .*mean ceiling"),
        (one_octave(iteration=3), r"mine, octave 0: unknown key 'iteration' .*mean iterations"),
        (changed(regularisers={"l3": 1}), "mine, regularisers: unknown key 'l3' .*mean l"),
        (changed(precision="float16"), "mine: precision is 'float16': use one of float32, tf32"),
        (changed(blur="picture"), "mine: blur is 'picture': use one of image, crop"),
        (changed(smooth=-1), "mine: smooth is -1, give 0 or more"),
        (changed(colour="grey"), "mine: colour is 'grey', give a number"),
        (
            changed(optimiser="Adams"),
            "mine: optimiser is 'Adams', give gradient, momentum, Adam, {mo",
        ),
        (changed(optimiser={"gradient": 1}), "mine: optimiser is {'gradient': 1}, give gradient"),
        (changed(optimiser={"Adam": 0.9}), "mine: optimiser: Adam is 0.9, give 2 numbers"),
        (
            changed(optimiser={"momentum": 1}),
            "mine: optimiser: momentum is 1, give 0 or more, below",
        ),
        (changed(optimiser={"momentum": "x"}), "mine: optimiser: momentum is 'x', give a number"),
        (changed(optimiser=["momentum"]), "mine: optimiser is .'momentum'., give gradient"),
        (
            changed(optimiser={"momentum": 0.9, "Adam": None}),
            "mine: optimiser is .*, give gradient",
        ),
        (changed(start={"gauss": [0, 1]}), "mine: start is .*gauss.*one of normal, uniform"),
        (changed(start={"normal": [0, 1], "picture": "a"}), "mine: start is"),
        (one_octave(crop=300), "mine, octave 0: crop 300 is larger than size 299"),
        (one_octave(sigma=[1.0, 0.0]), r"mine, octave 0: sigma \[1.0, 0.0\] must be above 0"),
        (one_octave(sigma=-1), "sigma .* must be above 0"),
        (one_octave(lr=[1.0, -0.1]), r"mine, octave 0: lr \[1.0, -0.1\] must not be below 0"),
        (one_octave(lr=0), "lr .* nor 0 throughout; .* negate the objective"),
        (changed(loss={"scale": -1}), "mine, loss: scale -1 must be above 0.*negate the objective"),
        (changed(start={"normal": [0.5, -1]}), r"mine: start normal \[0.5, -1.0\]: a deviation is"),
        (one_octave(iterations=0), "mine, octave 0: iterations is 0, give a whole number above 0"),
        (one_octave(size=29.5), "mine, octave 0: size is 29.5, give a whole number above 0"),
        (one_octave(crop=0), "mine, octave 0: crop is 0, give a whole number above 0"),
        (one_octave(size="big"), "mine, octave 0: size is 'big', give a number"),
        (one_octave(lr="fast"), "mine, octave 0: lr is 'fast', give a number"),
        (one_octave(lr=[1.0, float("nan")]), "mine, octave 0: lr is nan, give a number"),
        (changed(start={"normal": 0.7}), "mine: start normal is 0.7, give two numbers"),
        (changed(start={"normal": [0, "x"]}), "mine: start normal is 'x', give a number"),
        (changed(start="noise"), "mine: start is 'noise', give one of normal"),
        (changed(loss={"scale": None}), "mine, loss: scale is None, give a number"),
        (changed(loss=3), "mine, loss is 3, give a mapping of absolute, ceiling, scale"),
        (changed(regularisers={"l1": float("inf")}), "mine, regularisers: l1 is inf, give a num"),
        (changed(octaves=[]), r"mine: octaves are \[\], give a list of one or more"),
        (changed(octaves=[3]), "mine, octave 0 is 3, give a mapping of crop, iterations"),
        (one_octave(lr=[1, 2, 3]), r"mine, octave 0: lr is \[1, 2, 3\]: give one number, or start"),
        ({"blur": "crop"}, "mine: 'octaves' is missing"),
        ({"octaves": [{"size": 3, "iterations": 1}]}, "mine, octave 0: 'lr' is missing"),
    ],
)
def test_mistakes_are_named_with_their_place(data, message):
    with pytest.raises(UserError, match=message):
        Recipe.read(data, "mine")
