"""Whatever a study consists of, and however its sets are called, it can be planned and run."""

import copy
import json
import random
import re
from textwrap import dedent

import pytest
import torch
import yaml
from PIL import Image
from project import ROOT, STUDY
from torchvision.models import get_model

WORLD = yaml.safe_load((ROOT / "workflow" / "world.yaml").read_text(encoding="utf-8"))
LISTS = ("comparisons", "feature_comparisons", "spaces", "inversions", "mlps")
NOWHERE = {"set": None, "network": None}
NOTHING = {key: [] for key in LISTS}
UNTRAINED = {"name": "net", "architecture": "resnet18", "size": 32, "weights": {"untrained": 1}}
QUICK = {"name": "quick", "octaves": [{"size": 32, "iterations": 2, "lr": 0.1}]}
RUN = {"runs": [{"network": "net", "recipe": "quick"}]}


def part(draw, config):
    """Return some of a study: image sets and networks, and what can be made of these."""
    found = copy.deepcopy(config)
    found["networks"] = some(draw, found["networks"], 2)
    found["image_sets"] = some(draw, found["image_sets"])
    for key in LISTS:
        found[key] = some(draw, found[key], 0)
    while prune(found):
        pass
    return found


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
    for key in ("comparisons", "feature_comparisons"):
        keep(config, key, lambda one: all(run_of(c) in runs for c in one["columns"]))
    keep(config, "spaces", lambda one: run_of(one) in runs)
    return json.dumps(config) != before


def keep(holder, key, condition):
    holder[key] = [one for one in holder[key] if condition(one)]


def run_of(entry):
    return entry["set"], entry["network"]


def is_made(image_set, runs, networks):
    named = set(re.findall(r"(\w+):", image_set["objective"]))
    matched = run_of(image_set.get("pictures", NOWHERE))
    return named <= networks and matched in {*runs, run_of(NOWHERE)}


def is_whole(weights, runs, networks):
    merged = weights.get("merged")
    ends = {merged["network"], merged["toward"]} if merged else set()
    return ends <= networks and (not merged or run_of(merged["images"]) in runs)


def renamed(config):
    """Call sets by other names, and let each be of another experiment."""
    names = {one["name"]: f"set{i:02d}" for i, one in enumerate(config["image_sets"])}
    text = re.sub(r'"set": "(\w+)"', lambda f: f'"set": "{names[f[1]]}"', json.dumps(config))
    found = json.loads(text)
    for one in found["image_sets"]:
        one |= {"name": names[one["name"]], "code": "A9"}
    return found


def tiny(config):
    """Return the study with as much of everything as makes a few seconds of work."""
    found = copy.deepcopy(config)
    for network in found["networks"]:
        match network["weights"]:
            case {"trained": {"data": "noise"} as told}:
                told |= {"images": 8, "labels": 3, "epochs": 2, "batch": 4}
            case {"trained": told}:
                told |= {"steps": 2, "batch": 4}
            case {"merged": told}:
                told |= {"steps": 2}
    for recipe in found["recipes"]:
        for octave in recipe["octaves"]:
            octave["iterations"] = 2
    for one in found["image_sets"]:
        few = {"classes": [0, 7, 14], "frames": 3}
        one |= {key: value for key, value in few.items() if key in one}
        if "sample" in one.get("pairs", ()):
            one["pairs"] = [[0, 7], [7, 14]]
    return found | {"inversions": [], "mlps": []}


@pytest.fixture
def project(fresh, tmp_path):
    return fresh.copy(tmp_path / "project")


def plan_of(project, config):
    """Plan a study; return how many jobs there are of each rule."""
    project.path(STUDY).write_text(yaml.safe_dump(config))
    planned = [job.partition(" ")[0] for job in project.planned()]
    return {rule: planned.count(rule) for rule in planned}


@pytest.mark.parametrize("seed", [2, 17, 24, 36, 37])
def test_any_part_of_the_world_can_be_planned(project, seed):
    config = part(random.Random(seed), WORLD)
    assert config["image_sets"]
    jobs = plan_of(project, config)
    runs = sum(len(one["runs"]) for one in config["image_sets"])
    assert runs <= jobs["generate_images"] <= 1.2 * runs + 1
    assert ("compare_features" in jobs) == bool(config["feature_comparisons"])
    assert ("draw_comparisons" in jobs) == bool(config["comparisons"])
    assert ("measure_axes" in jobs) == bool(config["spaces"])
    assert ("descend_mlps" in jobs) == bool(config["mlps"])
    asked = {one["objective"] for one in config["image_sets"] if "frames" not in one}
    assert ("tabulate_opposites" in jobs) == ("-A" in asked)
    photos = [one for one in config["image_sets"] if "photos" in one]
    assert ("tabulate_depth" in jobs) == bool(photos)


def test_names_and_codes_of_sets_decide_nothing(project):
    assert plan_of(project, renamed(WORLD)) == plan_of(project, WORLD)


ONE = {"name": "one", "code": "A3", "objective": "A", "classes": [4]} | RUN
OPPOSED = {"name": "away", "code": "I1", "objective": "-A", "classes": [4, 5]} | RUN
OF_PHOTOS = {"name": "photos", "code": "C1", "objective": "match(P)", "photos": ["chelsea"]} | RUN
OF_PHOTOS |= {"layers": ["layer1"]}


@pytest.mark.parametrize(
    ("image_set", "there", "missing"),
    [
        (ONE, {"ask_networks", "draw_sheet", "tabulate_classes"}, {"tabulate_opposites"}),
        (OPPOSED, {"tabulate_opposites", "draw_opposites"}, {"measure_axes"}),
        (OF_PHOTOS, {"tabulate_depth", "draw_depth"}, {"ask_networks", "tabulate_classes"}),
    ],
    ids=["one class", "no class images", "photos only"],
)
def test_a_small_study_asks_for_nothing_that_has_no_input(project, image_set, there, missing):
    config = NOTHING | {"study": "small", "classes": "demo", "device": "cpu"}
    config |= {"networks": [UNTRAINED], "recipes": [QUICK], "image_sets": [image_set]}
    jobs = plan_of(project, config)
    assert there <= jobs.keys()
    assert not missing & jobs.keys()


SMALL = """
import torch
from torch import nn


class Small(nn.Module):
    # Its normalisation is inside, and its forward cannot be traced.
    def __init__(self, classes):
        super().__init__()
        self.register_buffer("mean", torch.full((3, 1, 1), 0.4))
        self.conv, self.norm = nn.Conv2d(3, 8, 3, stride=2), nn.BatchNorm2d(8)
        self.head = nn.Linear(8, classes)

    def forward(self, images):
        seen = self.norm(self.conv(images - self.mean)).relu_()
        if not seen.isfinite().all():
            raise ValueError("not finite")
        return self.head(seen.mean((2, 3)))
"""


TINY_MLP = {"name": "tiny", "code": "E1", "photo": "chelsea", "side": 3, "iterations": [5]}
TINY_MLP |= {"shapes": [[3, 3], [4, 4]]}
TINY_INVERSION = {"name": "tiny", "photo": "chelsea", "side": 3, "layers": [1], "samples": 3}
EMPTY = {"networks": [], "recipes": [], "image_sets": []}


@pytest.mark.parametrize("lists", [{}, EMPTY], ids=["left out", "empty"])
@pytest.mark.parametrize(
    ("part", "jobs"),
    [
        ({"inversions": [TINY_INVERSION]}, ["invert_mlps", "tabulate_inversions"]),
        ({}, []),
    ],
    ids=["inversions", "nothing"],
)
def test_a_study_needs_no_networks(project, part, jobs, lists):
    found = plan_of(project, {"study": "small", "classes": "demo", "device": "cpu"} | part | lists)
    of_inversions = ["draw_inversions", "rank_layers"] if jobs else []
    assert found == dict.fromkeys([*jobs, *of_inversions, "settle_claims"], 1)


def test_a_study_of_mlps_alone_runs_to_its_end(project):
    config = {"study": "small", "classes": "demo", "device": "cpu", "mlps": [TINY_MLP]}
    found = plan_of(project, config)
    own = ["descend_mlps", "tabulate_mlps", "draw_mlps", "settle_claims"]
    assert found == dict.fromkeys(own, 1)
    done = project.ended()
    assert done.returncode == 0
    assert "Done: pages, figures and tables are in results/small" in done.stderr
    assert project.planned() == {}
    assert project.path("results/small/figures/mlps/tiny.png").is_file()


def test_the_study_of_the_readme_runs_to_its_end(project):
    """With its files, smaller: what it says is what there is to write for a study of one's own."""
    Image.radial_gradient("L").convert("RGB").save(project.path("dog.jpg"))
    names = "\n".join(["cat", *map(str, range(9))])
    project.path("names.txt").write_text(names, encoding="utf-8")
    torch.manual_seed(1)
    network = get_model("resnet34", num_classes=10)
    torch.save(network.state_dict(), project.path("mine.pth"))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^    study: mine$.*?\n\n", readme, re.MULTILINE | re.DOTALL)
    config = yaml.safe_load(dedent(block))
    config["networks"][0]["size"] = 32
    config["recipes"][0]["octaves"][0] |= {"size": 32, "iterations": 2}
    project.path(STUDY).write_text(yaml.safe_dump(config))
    project.run()
    assert project.path("results/mine/figures/sheets/class_images.png").is_file()
    assert project.path("results/mine/tables/predictions.parquet").is_file()
    assert project.planned() == {}


def test_networks_of_anyone_stand_beside_each_other(project):
    """The study of docs/networks.md: networks of the user, of timm and of torchvision."""
    pytest.importorskip("timm")
    names = "\n".join(["cat", *map(str, range(9))])
    project.path("names.txt").write_text(names, encoding="utf-8")
    project.path("my_networks.py").write_text(SMALL, encoding="utf-8")
    found = {}
    exec(SMALL, found)
    torch.save({"model": found["Small"](10).state_dict(), "epoch": 3}, project.path("mine.pth"))
    pages = (ROOT / "docs" / "networks.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^    study: several$.*?\n\n", pages, re.MULTILINE | re.DOTALL)
    config = yaml.safe_load(dedent(block))
    config["recipes"][0]["octaves"][0]["iterations"] = 2
    project.path(STUDY).write_text(yaml.safe_dump(config))
    project.run()
    assert project.path("results/several/figures/comparisons/networks.png").is_file()
    assert project.planned() == {}


def test_a_part_of_the_world_runs_to_its_end(project):
    config = tiny(part(random.Random(55), WORLD))
    plan_of(project, config)
    project.run()
    assert project.planned() == {}
