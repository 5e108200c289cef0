"""The pages of docs/ say what the program says, and lead somewhere."""

import re
from dataclasses import fields

import pages
import pytest
from pages import PAGES, ROOT, make

from preimage.descent.recipe import Loss, Recipe
from preimage.figures.look import FPS, Look
from preimage.networks.demo_training import Training
from preimage.networks.memorising import Memorising
from preimage.networks.merging import Merging
from preimage.study import inversions, mlps
from preimage.study.configuration import DEFAULTS

KEYS = make.every_key(make.read_schema())


def test_made_pages_are_what_the_program_says_now():
    stale = [page.name for page, text in make.pages().items() if PAGES.get(page) != text]
    assert not stale, "run: python docs/make.py"


def test_every_key_of_the_configuration_is_explained():
    assert not [name for name, about in KEYS.items() if not about.get("description")]


RECIPE = Recipe.read({"octaves": [{"size": 8, "iterations": 1, "lr": 1}]})
MERGED = "networks[].weights.merged."


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("", DEFAULTS),
        ("mlps[].", mlps.DEFAULTS | {"depths": [1]}),
        ("inversions[].", inversions.DEFAULTS),
        ("recipes[].loss.", {one.name: one.default for one in fields(Loss)}),
        ("recipes[].octaves[].", {k: getattr(RECIPE.octaves[0], k) for k in ("crop", "sigma")}),
        (MERGED, {one.name: one.default for one in fields(Merging)}),
        ("figures.animations.", {"fps": FPS}),
    ],
)
def test_the_defaults_that_are_told_are_those_of_the_code(place, expected):
    assert defaults(place) == expected


def test_so_are_those_of_recipes_and_figures():
    whole = RECIPE.data() | {"optimiser": RECIPE.optimiser.data(), "loss": {}}
    told = defaults("recipes[].")
    assert told == {key: whole[key] for key in told}
    assert {*whole} - {*told} == {"octaves"}
    look = Look()
    told = defaults("figures.") | {"show": ()}
    assert {k: getattr(look, k) for k in look.__struct_fields__}.items() <= told.items()


def test_so_are_those_of_networks_that_are_trained():
    trained = "networks[].weights.trained."
    demo, noise = Training(), Memorising
    assert defaults(trained) == {"data": "demo", "seed": demo.seed, "steps": demo.steps}
    said = KEYS[f"{trained}batch"]["description"]
    assert f"{noise.batch} of noise, {demo.batch} of the demo world" in said
    found = re.findall(r"\d\S*e-\d", KEYS[f"{trained}learning_rate"]["description"])
    assert [*map(float, found)] == [noise.learning_rate, demo.learning_rate]


def defaults(place):
    """Return the defaults of the keys right below a place, by name."""
    own = {k.removeprefix(place): about for k, about in KEYS.items() if k.startswith(place)}
    return {k: a["default"] for k, a in own.items() if k.isidentifier() and "default" in a}


LINKS = [
    (page, target)
    for page, text in PAGES.items()
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", pages.without_code(text))
]


@pytest.mark.parametrize(("page", "target"), LINKS, ids=[f"{p.name}-{t}" for p, t in LINKS])
def test_a_link_leads_somewhere(page, target):
    file, _, anchor = target.partition("#")
    there = (page.parent / file).resolve() if file else page
    assert there.is_relative_to(ROOT)
    assert there.exists()
    if anchor:
        assert anchor in pages.anchors(PAGES[there])


def test_every_page_is_linked_to_from_another():
    linked = {(page.parent / target.partition("#")[0]).resolve() for page, target in LINKS}
    assert {*PAGES} <= linked | {ROOT / "README.md"}
