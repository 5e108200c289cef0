"""Plans of representation by depth: what networks are, and which runs a figure shows."""

import pytest

from preimage.study.configuration import DEFAULTS
from preimage.study.depth import (
    claims_plan,
    facts_plan,
    figure_plan,
    judges,
    measures_plan,
    recognition_plan,
    runs_plan,
    sets,
    shown,
)
from preimage.study.study import Study

NOISE = {"trained": {"data": "noise", "images": 9, "labels": 100}}
WEIGHTS = {"mine": "IMAGENET1K_V1", "new": {"untrained": 1}, "noise": NOISE}


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for photo in ("dog", "cup"):
        (tmp_path / f"{photo}.png").write_bytes(photo.encode())
    octave = {"size": 64, "iterations": 2, "lr": 0.1}
    raw = {"code": "C1", "objective": "match(P)", "layers": ["layer1", "layer4"]}
    config = {
        "study": "test",
        "classes": ["cat", "dog"],
        "photos": [{"name": name, "file": f"{name}.png"} for name in ("dog", "cup")],
        "networks": [
            {"name": name, "architecture": "resnet50", "size": 64, "weights": weights}
            for name, weights in WEIGHTS.items()
        ]
        + [{"name": "small", "architecture": "resnet18", "size": 64, "weights": NOISE}],
        "recipes": [
            {"name": "blurred", "octaves": [octave, octave | {"sigma": [2.4, 0.4]}]},
            {"name": "raw", "octaves": [octave]},
        ],
        "image_sets": [
            {"name": "class_images", "code": "A3", "objective": "A", "classes": [0]}
            | {"runs": [{"network": "mine", "recipe": "raw"}]},
            {"name": "first", "photos": ["dog", "cup"], **raw}
            | {"runs": [{"network": name, "recipe": "blurred"} for name in WEIGHTS]},
            {"name": "second", "photos": ["dog"], **raw}
            | {"runs": [{"network": name, "recipe": "raw"} for name in ("mine", "small")]},
        ],
    }
    return Study(DEFAULTS | config)


def test_runs_say_what_their_networks_are_and_whether_they_blur(study):
    found = [(r["set"], r["network"], r["state"], r["blur"]) for r in runs_plan(study)]
    assert found == [
        ("first", "mine", "trained", True),
        ("first", "new", "untrained", True),
        ("first", "noise", "noise", True),
        ("second", "mine", "trained", False),
        ("second", "small", "noise", False),
    ]
    assert {tuple(run["layers"]) for run in runs_plan(study)} == {("layer1", "layer4")}


def test_a_sheet_shows_all_runs_of_its_architecture_that_have_the_photo(study):
    assert shown(study) == [("resnet50", "dog"), ("resnet50", "cup"), ("resnet18", "dog")]
    dog, cup, small = figure_plan(study)["sheets"]
    rows = [[(row["set"], row["network"]) for row in sheet["rows"]] for sheet in (cup, small)]
    assert rows[0] == [("first", "mine"), ("first", "new"), ("first", "noise")]
    assert rows[1] == [("second", "small")]
    assert dog["rows"][-1]["title"] == "mine · resnet50, trained, without blur"
    assert dog["photo"]["file"] == "dog.png"


def test_how_photos_are_made_square_is_in_all_plans(study):
    plain = [figure_plan(study), measures_plan(study, "second")]
    study.config["photos"][0]["fit"] = "crop"
    study.__dict__.pop("_photos")  # which it had found
    sheets, measures = figure_plan(study)["sheets"], measures_plan(study, "second")
    assert measures["photos"]["dog"] == plain[1]["photos"]["dog"] | {"fit": "crop"}
    fits = {sheet["photo"]["name"]: sheet["photo"].get("fit") for sheet in sheets}
    assert fits == {"dog": "crop", "cup": None}
    assert study.blocks("second", "mine")["000.layer1.999"]["photos"]["dog"]["fit"] == "crop"


def test_each_set_of_photos_is_measured_with_all_its_networks(study):
    assert sets(study) == ["first", "second"]
    plan = measures_plan(study, "second")
    assert [run["network"] for run in plan["runs"]] == ["mine", "small"]
    assert plan["runs"][0]["layers"] == ["layer1", "layer4"]
    assert [*plan["photos"]] == ["dog"]


def test_a_picture_that_a_recipe_starts_from_is_among_the_photos(study):
    study.config["recipes"][1]["start"] = {"picture": "cup"}
    assert [*measures_plan(study, "second")["photos"]] == ["cup", "dog"]
    assert [*measures_plan(study, "first")["photos"]] == ["cup", "dog"]


def test_a_run_may_make_some_of_the_photos_alone(study):
    first = study.config["image_sets"][1]
    first["runs"][1] |= {"photos": ["cup"]}
    items = [item for plan in study.blocks("first", "new").values() for item in plan["items"]]
    assert {item["photo"] for item in items} == {"cup"}
    whole = [item for plan in study.blocks("first", "mine").values() for item in plan["items"]]
    assert [item for item in whole if item["photo"] == "cup"] == [
        item | {"objective": item["objective"].replace("new:", "mine:")} for item in items
    ]
    assert [row["network"] for row in figure_plan(study)["sheets"][0]["rows"]] == [
        *("mine", "noise", "mine")
    ]
    assert [*recognition_plan(study, "first")["photos"]] == ["cup", "dog"]
    first["runs"] = [first["runs"][1]]
    fresh = Study(study.config)
    assert [*measures_plan(fresh, "first")["photos"]] == ["cup"]
    assert ("resnet50", "dog") in shown(fresh)  # by the other set


def test_networks_that_chance_alone_tells_apart_are_of_one_kind(study):
    twin = next(n for n in study.config["networks"] if n["name"] == "new")
    study.config["networks"].append(twin | {"name": "newer", "weights": {"untrained": 2}})
    study.config["image_sets"][1]["runs"].append({"network": "newer", "recipe": "blurred"})
    kinds = {run["network"]: run["kind"] for run in claims_plan(study)["runs"] if run["blur"]}
    assert kinds["new"] == kinds["newer"]
    assert len({*kinds.values()}) == 3
    assert [run["kind"] for run in measures_plan(study, "first")["runs"]] == [*kinds.values()]


def test_a_recipe_of_the_page_is_known_by_its_numbers(study):
    octave = {"size": 64, "iterations": 500, "lr": 0.1, "sigma": [2.4, 0.4]}
    page_s = {"loss": {"scale": 0.15}, "octaves": [octave]}
    study.config["recipes"][1] |= page_s
    runs = [run for run in claims_plan(study)["runs"] if run["set"] == "second"]
    assert [(run["recorded"], run["fixed"], run["size"]) for run in runs] == [
        ("Conv5", True, 64)
    ] * 2
    assert {run["recorded"] for run in claims_plan(study)["runs"] if run["set"] == "first"} == {""}


def test_only_who_has_learnt_classes_judges_and_ranks_are_taken_once(study):
    assert judges(study) == ["mine"]
    first = study.config["image_sets"][1]
    first["layers"] = ["conv1", "maxpool", "layer4"]
    asked = facts_plan(study)["networks"]
    assert [*asked] == ["mine", "new", "noise", "small"]
    assert asked["mine"]["small"] == ["conv1", "maxpool"]
    assert [asked[name]["tiny"] for name in ("mine", "new")] == [["layer4"], []]
    assert {*facts_plan(study)["photos"]} == {"dog", "cup"}
    assert asked["small"]["small"] == []
    assert "noise" not in asked["new"]
