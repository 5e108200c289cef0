"""The jobs of a study take what its plans ask for."""

from math import ceil
from pathlib import Path

import pytest
import torch
import yaml

from preimage.cost.counts import Counts
from preimage.cost.estimate import drawn
from preimage.cost.jobs import StudyJobs
from preimage.cost.mlps import descents
from preimage.descent.layers import Extractor
from preimage.descent.objective import Objective
from preimage.descent.recipe import Octave, Recipe
from preimage.measures.depth.reconstructions import Ruler
from preimage.mlp.descent import Route
from preimage.mlp.networks import Networks
from preimage.operations import Operations, counted
from preimage.study.configuration import checked
from preimage.study.study import Study

ROOT = Path(__file__).parents[2]

CONFIG = {
    "study": "costs",
    "classes": [f"class {i}" for i in range(12)],
    "block": 5,
    "networks": [
        {"name": name, "architecture": "resnet18", "size": 64, "weights": {"untrained": seed}}
        for seed, name in enumerate(["first", "second"])
    ],
    "recipes": [
        {
            "name": "quick",
            "octaves": [
                {"size": 40, "iterations": 3, "lr": 1.0},
                {"size": 72, "crop": 64, "iterations": 7, "lr": 1.0, "sigma": 0.5},
            ],
        }
    ],
    "image_sets": [
        {
            "name": "class_images",
            "code": "A3",
            "objective": "A",
            "classes": "all",
            "runs": [{"network": n, "recipe": "quick"} for n in ("first", "second")],
        },
        {
            "name": "reconstructions",
            "code": "C",
            "objective": "match(P)",
            "photos": ["chelsea", "coffee"],
            "layers": ["layer1", "layer2"],
            "runs": [{"network": "first", "recipe": "quick"}],
        },
    ],
}


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Study(checked(CONFIG, ROOT / "workflow/schemas/config.schema.yaml"))


@pytest.fixture
def jobs(study):
    return StudyJobs(study, batch=4)


@pytest.fixture
def class_step(study, jobs):
    """Return what a step takes of class images of the first network, in an octave and a batch."""
    asked = Objective.parse("first:logits[3]")
    recipe = study.recipe("class_images", "first")
    return lambda octave, batch: jobs.counts.step(asked, recipe, octave, batch)


def test_every_block_is_a_job_with_the_steps_that_it_asks_for(study, jobs):
    found = {job.name: job for job in jobs if job.rule == "generate_images"}
    blocks = {f"{s}/{n}/{b}": plan for s, n in study.runs for b, plan in study.blocks(s, n).items()}
    assert len(blocks) > 3
    asked = {name: 10 * len(plan["items"]) for name, plan in blocks.items()}
    assert {name: job.image_steps for name, job in found.items()} == asked


def test_the_last_batch_is_filled_up(study, jobs, class_step):
    """A block of 5 is two batches of 4, and one of 2 is a batch of 2."""
    found = {job.name: job for job in jobs if job.part == "class_images of first"}
    octaves = study.recipe("class_images", "first").octaves
    for name, plan in study.blocks("class_images", "first").items():
        count = len(plan["items"])
        batch = min(4, count)
        steps = sum(class_step(octave, batch).flops * octave.iterations for octave in octaves)
        proofs = sum(
            8 * jobs.counts.reading("first", "logits", octave.side, 1).flops for octave in octaves
        )
        work = found[f"class_images/first/{name}"].work["float32"]
        assert work.flops == ceil(count / batch) * steps + proofs


def test_networks_that_differ_in_weights_take_the_same(jobs):
    found = [job for job in jobs if job.part.startswith("class_images of")]
    firsts = [job for job in found if "/first/" in job.name]
    seconds = [job for job in found if "/second/" in job.name]
    assert [job.work for job in firsts] == [job.work for job in seconds]
    assert jobs.counts.bytes_of("first") == jobs.counts.bytes_of("second") > 4 * 11e6


@pytest.mark.parametrize("layer", ["conv1", "bn1", "relu", "layer1.0.conv2", "layer2", "logits"])
def test_a_layer_takes_what_it_takes_where_nothing_else_is_read(jobs, layer):
    """One trace serves all layers, and of each exactly what it needs is counted."""
    counts, images = jobs.counts, torch.empty(2, 3, 64, 64, device="meta")
    alone = Extractor(counts._model("first"), [layer], device="meta")
    alone.layouts(64)
    with torch.no_grad():
        expected = counted(lambda: alone(images))
    assert counts.reading("first", layer, 64, 2) == expected


def test_in_reduced_precision_a_network_with_biases_takes_as_much():
    """And half the memory; PyTorch looks at types where there is a bias."""
    plan = {"name": "net", "architecture": "squeezenet1_1", "size": 64, "categories": ["a", "b"]}
    counts = Counts({"net": plan | {"weights": {"untrained": 1}}})
    octave = Octave(64, 3, (0.1, 0.1))
    whole, half = (
        counts.step(Objective.parse("net:logits[0]"), Recipe((octave,), precision=how), octave, 1)
        for how in ("float32", "bfloat16")
    )
    assert half.flops == whole.flops
    assert 0.4 < half.held / whole.held < 0.7


def test_reconstructions_take_what_their_measures_do(study, jobs):
    (job,) = (job for job in jobs if job.rule == "measure_reconstructions")
    recipe, model = study.recipe("reconstructions", "first"), drawn(jobs.counts.plan("first"))
    photo, image = torch.rand(2, 3, 72, 72).unbind()

    def measure():
        for layer in ("layer1", "layer2"):
            ruler = Ruler(model, layer, recipe, torch.device("cpu"))
            list(ruler([(photo, image, 0), (image, photo, 1)]))  # two photos

    assert 0.8 < job.work["float32"].flops / counted(measure).flops < 1.25


def test_judges_see_photos_and_reconstructions(study, jobs):
    (job,) = (job for job in jobs if job.rule == "recognise_photos")
    assert job.work == {"float32": Operations()}, "who has learnt nothing recognises nobody"


def test_a_larger_crop_takes_more(study, class_step):
    octaves = study.recipe("class_images", "first").octaves
    small, large = (class_step(octave, 4).flops for octave in octaves)
    assert 1.5 < large / small < 3, "64 x 64 pixels after 40 x 40"


def test_a_step_is_forward_and_back(study, jobs, class_step):
    octave = study.recipe("class_images", "first").octaves[1]
    step = class_step(octave, 4).flops
    reading = jobs.counts.reading("first", "logits", octave.side, 4).flops
    assert 2 * reading <= step < 2.05 * reading, "and a little for the blur"


def test_files_are_as_large_as_they_will_be(study, jobs):
    job = next(job for job in jobs if job.part == "reconstructions of first")
    assert 0 < job.files - 2 * 2 * 3 * 72**2 * 4 < 1e5


def test_judges_see_all_pictures_of_a_set(study, jobs):
    job = next(job for job in jobs if job.rule == "ask_networks")
    one = jobs.counts.reading("first", "logits", 64, 4).flops
    pictures, judges = 24, len(study.judges_of("first"))
    assert job.work["float32"].flops == pictures / 4 * judges * one
    assert job.image_steps == 0


def test_the_descents_of_linear_networks_are_counted_along_their_route():
    plan = {
        "side": 4,
        "precision": "float32",
        "relu": "always",
        "seeds": [1, 2],
        "curves": [{"widths": [64, 32], "iterations": 100}],
    }
    found = descents(plan)
    networks = Networks.draw(48, [64, 32], [1, 2], relu="always")
    route = Route.cheapest(networks, 100)
    steps = route.cost(networks, 100) - route.cost(networks, 0)
    assert sum(found.moved.values()) == pytest.approx(2 * 4 * steps)
    assert found.held == 4 * 2 * (48 * 64 + 64 * 32)


@pytest.mark.parametrize("name", ["world", "small", "untrained"])
def test_every_study_of_the_project_is_counted(name, tmp_path, monkeypatch):
    config = yaml.safe_load((ROOT / "workflow" / f"{name}.yaml").read_text(encoding="utf-8"))
    monkeypatch.chdir(tmp_path)
    study = Study(checked(config, ROOT / "workflow/schemas/config.schema.yaml"))
    found = [*StudyJobs(study, study.config["batch"])]
    making = {job.part for job in found if job.rule == "generate_images"}
    assert making == {f"{image_set} of {network}" for image_set, network in study.runs}
    assert all(work.flops > 0 for job in found if job.image_steps for work in job.work.values())
    named = {job.name for job in found if job.rule.endswith("_mlps")}
    assert named == {one["name"] for key in ("mlps", "inversions") for one in study.config[key]}
