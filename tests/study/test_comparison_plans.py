"""Comparisons: what may stand side by side, and what steps are told of it."""

import copy
from pathlib import Path

import yaml

from preimage.study.comparisons import (
    claims_plan,
    comparison_plans,
    figure_plan,
    judged_runs,
    pair_runs,
    run_plan,
    runs_of,
    table_plan,
    told_runs,
)
from preimage.study.configuration import checked
from preimage.study.study import Study

WORKFLOW = Path(__file__).parents[2] / "workflow"
SCHEMA = WORKFLOW / "schemas" / "config.schema.yaml"
SMALL = yaml.safe_load((WORKFLOW / "small.yaml").read_text(encoding="utf-8"))
RUNS = [{"network": "resnet18", "recipe": "quick"}]
SETS = [
    {"name": "both", "code": "A1", "objective": "A + squeezenet@32:A", "classes": [0, 5, 7]},
    {"name": "vectorised", "code": "B4", "objective": "match(P)", "classes": [1, 5]}
    | {"pictures": {"set": "class_images", "network": "squeezenet"}},
]
OURS = {"set": "class_images", "network": "resnet18"}
THEIRS = {"set": "class_images", "network": "squeezenet", "title": "theirs"}
SUMS = {"set": "additions", "network": "resnet18"}
DIFFERENCES = {"set": "subtractions", "network": "resnet18"}


def of(name, **more):
    return {"set": name, "network": "resnet18", **more}


def study(*columns, **figures):
    config = copy.deepcopy(SMALL)
    config["image_sets"] += [entry | {"runs": RUNS} for entry in SETS]
    config["comparisons"] = [{"name": "c", "code": "A1", "columns": list(columns)}]
    config["figures"] |= figures
    return Study(checked(config, SCHEMA))


def test_columns_say_their_kind_and_who_took_part():
    (plan,) = comparison_plans(study(THEIRS, OURS, of("both"), of("vectorised"))).values()
    assert [c["kind"] for c in plan["columns"]] == ["alone", "alone", "combined", "vectorised"]
    both = ["resnet18", "squeezenet"]
    assert [c["networks"] for c in plan["columns"]] == [["squeezenet"], ["resnet18"], both, both]
    assert [c["title"] for c in plan["columns"]][:2] == ["theirs", "resnet18 · class_images"]


def test_pairs_stand_beside_the_pictures_of_their_classes():
    sums = study({**OURS, "of": "A"}, {**OURS, "of": "B"}, SUMS, DIFFERENCES)
    (plan,) = comparison_plans(sums).values()
    assert [c.get("of") for c in plan["columns"]] == ["A", "B", None, None]
    assert [c["kind"] for c in plan["columns"]][2:] == ["sum", "subtraction"]
    assert runs_of(sums) == [tuple(c.values()) for c in (OURS, *PAIRS)]
    assert pair_runs(sums) == [tuple(c.values()) for c in PAIRS]
    assert [run["kind"] for run in claims_plan(sums, {})["pairs"]] == ["sum", "subtraction"]


PAIRS = (SUMS, DIFFERENCES)


def test_what_merged_networks_are_made_of_is_told_apart_from_who_took_part():
    config = copy.deepcopy(SMALL)
    images = {"set": "class_images", "network": "squeezenet"}
    again = {"network": "resnet18-merged", "toward": "squeezenet", "images": images}
    merged = next(n for n in config["networks"] if n["name"] == "resnet18-merged")
    again = merged["weights"]["merged"] | again
    config["networks"].append({"name": "again", "weights": {"merged": again}})
    config["image_sets"].append(SETS[0] | {"name": "by_again", "objective": "A", "runs": AGAIN})
    plan = run_plan(Study(checked(config, SCHEMA)), "by_again", "again")
    assert plan["networks"] == ["again"]
    assert plan["origins"] == ["resnet18", "resnet18-merged", "squeezenet"]
    assert run_plan(study(OURS, THEIRS), "class_images", "resnet18")["origins"] == []


def test_who_took_part_in_the_pictures_that_are_matched_is_told():
    config = copy.deepcopy(SMALL)
    matched = {"pictures": {"set": "both", "network": "resnet18"}, "runs": RUNS}
    sets = [SETS[0] | {"runs": RUNS}, SETS[1] | {"classes": [5]} | matched]
    config["image_sets"] += sets
    plan = run_plan(Study(checked(config, SCHEMA)), "vectorised", "resnet18")
    assert plan["networks"] == ["resnet18"]
    assert plan["origins"] == ["squeezenet"]


AGAIN = [{"network": "again", "recipe": "quick"}]


def test_claims_know_the_runs_of_class_images_of_pairs_and_of_frames_and_their_rule():
    config = copy.deepcopy(SMALL)
    turn = {"code": "J1", "objective": "(1 - t) * A + t * B", "frames": 3, "pairs": [[0, 1]]}
    config["image_sets"].append(turn | {"name": "turn", "runs": RUNS})
    made = Study(checked(config, SCHEMA))
    found = claims_plan(made, {})
    assert [run["set"] for run in found["turns"]] == ["turn"]
    assert ("turn", "resnet18") in judged_runs(made)
    assert next((r["set"], r["network"]) for r in found["alone"]) == tuple(OURS.values())
    assert {run["recipe"] for run in found["alone"]} == {"quick"}
    normalised = {one["name"]: one.get("normalised", False) for one in config["recipes"]}
    for run in found["alone"] + found["pairs"]:
        assert run["normalised"] == normalised[run["recipe"]]


def test_pictures_after_one_step_are_for_comparisons_of_gradients_alone():
    config = copy.deepcopy(SMALL)
    step = {"octaves": [{"size": 32, "iterations": 1, "lr": 0.1}]}
    config["recipes"].append({"name": "step", "normalised": True} | step)
    stepped = {"name": "stepped", "code": "A1", "objective": "A", "classes": [0, 1]}
    config["image_sets"].append(stepped | {"runs": [RUNS[0] | {"recipe": "step"}]})
    columns = [of("stepped", title=title) for title in ("one", "again")]
    config["comparisons"] = [
        {"name": "steps", "code": "A1", "columns": columns},
        {"name": "c", "code": "A1", "columns": [columns[0], {**OURS, "title": "whole"}]},
    ]
    made = Study(checked(config, SCHEMA))
    found = claims_plan(made, comparison_plans(made))
    assert found["one_step"] == ["steps"]
    assert "stepped" not in {run["set"] for run in found["alone"]}


def test_claims_are_judged_on_networks_that_learnt_something():
    both = study(OURS, THEIRS)
    found = claims_plan(both, comparison_plans(both))
    assert found["comparisons"] == []  # squeezenet is untrained
    assert found["judges"] == ["resnet18"]
    alone = study(OURS, of("class_images", title="again"))
    assert claims_plan(alone, comparison_plans(alone))["comparisons"]


def test_a_figure_has_the_look_of_the_study():
    both = study(OURS, THEIRS, most=4, show=[5, 0], columns=7)
    plan = figure_plan(both, comparison_plans(both).values())
    assert plan["style"] == {"most": 4, "show": [0, 5]}
    assert [one["name"] for one in plan["comparisons"]] == ["c"]


def test_a_study_without_comparisons_has_none():
    config = {key: value for key, value in SMALL.items() if key != "comparisons"}
    plain = Study(checked(config, SCHEMA))
    assert comparison_plans(plain) == {}
    assert runs_of(plain) == []
    assert told_runs(plain) == pair_runs(plain)
    pairs = [("additions", "resnet18"), ("subtractions", "resnet18")]
    assert table_plan(plain, []) == {"comparisons": [], "pairs": pairs}


def test_of_a_run_is_told_once_though_it_is_compared_and_of_pairs():
    sums = study({**OURS, "of": "A"}, SUMS)
    runs = [tuple(c.values()) for c in (OURS, SUMS, DIFFERENCES)]
    assert told_runs(sums) == runs
