"""Whatever a study consists of, and whatever its sets are called, it can be planned."""

import copy
import json
import random
import re
from pathlib import Path
from textwrap import dedent

import pytest
import yaml
from PIL import Image

from preimage.study import animations, areas, atlas, comparisons, depth, merging, opposites, space
from preimage.study.configuration import checked
from preimage.study.cutting import NAMES
from preimage.study.study import Study

WORKFLOW = Path(__file__).parents[2] / "workflow"
SCHEMA = WORKFLOW / "schemas" / "config.schema.yaml"
DEMO = yaml.safe_load((WORKFLOW / "demo.yaml").read_text(encoding="utf-8"))
LISTS = ("comparisons", "spaces", "inversions", "mlps")


def plans(study):
    """Return every plan of a study, and the names of its tables and figures."""
    blocks = {run: study.blocks(*run) for run in study.runs}
    single, ordered = areas.single_runs(study), areas.ordered_runs(study)
    compared = comparisons.comparison_plans(study)
    of_layers = {
        (*run, layer): atlas.blocks_of_layer(blocks[run], layer)
        for run in atlas.map_runs(study)
        for layer in atlas.layers(study, run[0])
    }
    made = [
        *(study.check_plan(), study.factors_plan(), study.figure_plans(), space.checks(study)),
        *(areas.plans(study, single + ordered), areas.figure_plans(study, single)),
        *(areas.animation_plans(study, ordered), animations.animation_plans(study)),
        *(atlas.judge_plan(study), atlas.witness_plan(study), atlas.figure_plans(study)),
        *(compared, comparisons.figure_plans(study, compared)),
        *(comparisons.claims_plan(study, compared), depth.figure_plans(study)),
        *(merging.claims_plan(study), opposites.claims_plan(study)),
        *(space.figure_plans(study), space.claims_plan(study)),
        [study.reconstructions_plan(*run) for run in study.photo_runs],
        [study.network_plan(network) for network in study.networks],
        [
            {"/".join(run): names for run, names in atlas.blocks_of(study, name, blocks).items()}
            for name in atlas.comparison_plans(study)
        ],
    ]
    json.dumps([list(blocks.values()), made], allow_nan=False)
    assert all(of_layers.values())
    assert all(re.fullmatch(NAMES, name) for run in blocks.values() for name in run)
    return blocks, tables(study)


def tables(study):
    single, ordered = areas.single_runs(study), areas.ordered_runs(study)
    listed = [
        *(study.tables, opposites.plots(study), space.tables(study), depth.tables(study)),
        *(merging.tables(study), comparisons.tables(study), feature_maps.tables(study)),
        areas.tables(single, ordered),
    ]
    return {name for names in listed for name in names}


def part(draw):
    """Return some of the demo: image sets and networks, and what can be made of these."""
    config = copy.deepcopy(DEMO)
    config["networks"] = some(draw, config["networks"])
    config["image_sets"] = some(draw, config["image_sets"])
    for key in LISTS:
        config[key] = some(draw, config[key], 0)
    config["atlas"]["comparisons"] = some(draw, config["atlas"]["comparisons"], 0)
    while prune(config):
        pass
    return config


def some(draw, entries, least=1):
    return draw.sample(entries, draw.randint(least, len(entries)))


def prune(config):
    """Take away what needs something that is not there; say whether there was any."""
    before = json.dumps(config)
    networks = {network["name"] for network in config["networks"]}
    for one in config["image_sets"]:
        one["runs"] = [run for run in one["runs"] if run["network"] in networks]
    runs = {(s["name"], run["network"]) for s in config["image_sets"] for run in s["runs"]}
    keep(config, "image_sets", lambda s: s["runs"] and is_made(s, runs, networks))
    keep(config, "networks", lambda n: is_whole(n["weights"], runs, networks))
    for holder in (config, config["atlas"]):
        keep(holder, "comparisons", lambda one: all(run_of(c) in runs for c in one["columns"]))
    keep(config, "spaces", lambda one: run_of(one) in runs)
    return json.dumps(config) != before


def keep(holder, key, condition):
    holder[key] = [one for one in holder[key] if condition(one)]


def run_of(entry):
    return entry["set"], entry["network"]


def is_made(image_set, runs, networks):
    named = set(re.findall(r"(\w+):", image_set["objective"]))
    return named <= networks and run_of(image_set.get("pictures", FIRST)) in {*runs, run_of(FIRST)}


FIRST = {"set": None, "network": None}


def is_whole(weights, runs, networks):
    merged = weights.get("merged")
    ends = {merged["network"], merged["toward"]} if merged else set()
    return ends <= networks and (not merged or run_of(merged["images"]) in runs)


@pytest.mark.parametrize("seed", range(60))
def test_any_part_of_the_demo_is_a_study(seed):
    config = part(random.Random(seed))
    if not config["image_sets"] or not config["networks"]:
        return
    study = Study(checked(config, SCHEMA))
    blocks, there = plans(study)
    assert sum(map(len, blocks.values())) <= 1.2 * len(study.runs) + 1
    assert ("opposites" in there) == ("cycles" in there) == bool(study.opposites)
    assert ("distances" in there) == ("components" in there) == study.has_distances
    assert ("space_comparison" in there) == (study.has_distances and len(study.class_images) > 1)
    assert ("pairs" in there) == bool(comparisons.pair_runs(study))
    assert ("depth" in there) == bool(study.photo_runs)
    assert ("predictions" in there) == bool(study.class_runs)
    made = {f"class_to_opposite/{n}" for _, n in study.opposites}
    of_both = {f"class_to_opposite/{n}" for _, n in study.class_images} & made
    assert {name for name in study.figures if name.startswith("class_to")} == of_both


def renamed(config):
    """Call sets by other names, and let each be of another experiment."""
    names = {one["name"]: f"set{i}" for i, one in enumerate(config["image_sets"])}
    text = re.sub(r'"set": "(\w+)"', lambda f: f'"set": "{names[f[1]]}"', json.dumps(config))
    found = json.loads(text)
    for one in found["image_sets"]:
        one |= {"name": names[one["name"]], "code": "A9"}
    return found


def test_names_and_codes_of_sets_decide_nothing():
    ours, theirs = (Study(checked(config, SCHEMA)) for config in (DEMO, renamed(DEMO)))
    assert plans(ours)[1] == plans(theirs)[1]
    assert [n for _, n in ours.class_images] == [n for _, n in theirs.class_images]
    assert [n for _, n in ours.opposites] == [n for _, n in theirs.opposites]
    assert len(ours.figures) == len(theirs.figures)
    assert ours.figure_plans()["class_to_opposite/googlenet"]["class_images"] == "class_images"
    assert theirs.figure_plans()["class_to_opposite/googlenet"]["class_images"] == "set0"


def test_the_class_images_are_those_of_most_classes():
    few, many = ({"name": n, "code": "A3", "objective": "2 * A"} for n in ("few", "many"))
    runs = {"runs": [{"network": "third", "recipe": "quick"}]}
    sets = [few | runs | {"classes": [1, 2]}, many | runs | {"classes": "all"}]
    study = Study(checked(DEMO | {"image_sets": sets} | NOTHING, SCHEMA))
    assert study.class_images == [("many", "third")]
    assert study.opposites == []


NOTHING = {"comparisons": [], "spaces": [], "atlas": {"comparisons": []}}
NOTHING |= {"networks": [n for n in DEMO["networks"] if "merged" not in n["weights"]]}


def test_one_class_has_no_distances():
    one = {"name": "one", "code": "A3", "objective": "A", "classes": [4]}
    one["runs"] = [{"network": "third", "recipe": "quick"}]
    study = Study(checked(DEMO | {"image_sets": [one]} | NOTHING, SCHEMA))
    assert study.class_images == [("one", "third")]
    assert plans(study)[1] == {"items", "predictions", "agreement", "factors"}
    assert not [name for name in study.figures if "distances" in name]


def test_the_study_of_the_readme_asks_for_nothing_that_has_no_input(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (8, 8)).save("dog.jpg")
    Path("names.txt").write_text("\n".join(["cat", *map(str, range(9))]), encoding="utf-8")
    Path("mine.pth").touch()
    readme = (WORKFLOW.parent / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^    study: mine$.*?\n\n", readme, re.MULTILINE | re.DOTALL)
    study = Study(checked(yaml.safe_load(dedent(block)), SCHEMA))
    blocks, there = plans(study)
    assert [len(made) for made in blocks.values()] == [1]
    assert not {"opposites", "cycles", "pairs", "depth", "space_comparison", "factors"} & there
    assert {"items", "predictions", "distances", "neighbours", "agreement"} <= there
    assert opposites.figures(study) == []
