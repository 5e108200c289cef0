"""What jobs ask a cluster for follows from what they compute."""

from pathlib import Path

import msgspec
import pytest
import torch
import yaml

from preimage.cost.estimate import Machine
from preimage.cost.jobs import StudyJobs
from preimage.cost.rates import Rates
from preimage.steps.check_study import StudyCheck, check_study
from preimage.study import needs
from preimage.study.configuration import checked
from preimage.study.keys import read_known
from preimage.study.needs import Needs
from preimage.study.study import Study

ROOT = Path(__file__).parents[2]
WILDCARDS = {
    "generate_images": ("image_set", "network", "block"),
    "ask_networks": ("image_set",),
    "train_network": ("network",),
    "memorise_noise": ("network",),
    "merge_network": ("network",),
    "measure_reconstructions": ("image_set",),
}


def study_of(name):
    file = ROOT / ("config.yaml" if name == "config" else f"workflow/{name}.yaml")
    if "efficientnet" in file.read_text(encoding="utf-8"):
        pytest.importorskip("efficientnet_lite_pytorch", reason="pip install preimage[real]")
    config = yaml.safe_load(file.read_text(encoding="utf-8"))
    return Study(checked(config, ROOT / "workflow/schemas/config.schema.yaml"))


def known_of(study, file):
    """Return what the check of a study writes down of its networks."""
    plan = {"networks": study.check_plan()["networks"], "objectives": []}
    check_study(msgspec.convert(plan, StudyCheck), costs=file)
    return read_known(file)


@pytest.fixture
def read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def read(name, *, on_gpu=False):
        study = study_of(name)
        return Needs(study, known_of(study, tmp_path / "costs.json"), on_gpu=on_gpu)

    return read


def asked(study):
    """Yield rule and wildcards of the jobs that descend, ask or train."""
    for image_set, network in study.runs:
        for block in study.blocks(image_set, network):
            yield "generate_images", (image_set, network, block)
    yield from (("ask_networks", (image_set,)) for image_set in dict(study.class_runs))
    yield from (("measure_reconstructions", (name,)) for name in dict(study.photo_runs))
    for name, entry in study.networks.items():
        if "merged" in entry["weights"]:
            yield "merge_network", (name,)
        elif "trained" in entry["weights"]:
            noise = entry["weights"]["trained"].get("data") == "noise"
            yield "memorise_noise" if noise else "train_network", (name,)


def wanted(found, rule, values, attempt=1):
    wildcards = dict(zip(WILDCARDS[rule], values, strict=True))
    return found.minutes(rule, wildcards, attempt), found.megabytes(rule, wildcards, attempt)


@pytest.mark.parametrize("name", ["small", "demo"])
def test_small_jobs_ask_for_little(read, name):
    found = read(name)
    jobs = [wanted(found, *job) for job in asked(found.study)]
    assert len(jobs) > 10
    assert all(20 < minutes < 120 for minutes, _ in jobs)
    assert all(2000 < megabytes < 8000 for _, megabytes in jobs)


def test_jobs_of_the_pages_study_ask_for_hours_of_a_gpu(read):
    found = read("config", on_gpu=True)
    jobs = {(rule, *values): wanted(found, rule, values) for rule, values in asked(found.study)}
    assert all(20 < minutes <= 24 * 60 for minutes, _ in jobs.values())
    assert all(5000 < megabytes < 32000 for _, megabytes in jobs.values())
    minutes = {rule: 0 for rule, *_ in jobs}
    for (rule, *_), (asked_for, _) in jobs.items():
        minutes[rule] = max(minutes[rule], asked_for)
    assert minutes["generate_images"] > 60, "a block of 125 pictures at up to 600 px"
    assert minutes["ask_networks"] < minutes["generate_images"]


def test_no_job_asks_for_less_than_it_takes(read, monkeypatch):
    """Nor for much more, beside the time that each has: a minute is so many operations here."""
    monkeypatch.setattr(needs, "_FLOPS", {"cpu": 1e7})
    monkeypatch.setattr(needs, "_MOST", 10**9)
    monkeypatch.setattr(needs, "_STEP", 0.0)
    found = read("small")
    threads = found.study.config["threads"]
    rates = Rates({"float32": 1e9}, {10: 1e9})
    machine = Machine(torch.device("cpu"), rates, start=0, resident=8e8)
    jobs = {
        (job.rule, job.name): job for job in StudyJobs(found.study, found.study.config["batch"])
    }
    compared = 0
    for rule, values in asked(found.study):
        job = jobs.get((rule, "/".join(values)))
        if job is None:
            continue
        minutes, megabytes = wanted(found, rule, values)
        taken = sum(work.flops for work in job.work.values()) / (1e7 * threads) / 60
        assert 0.9 * taken < minutes - 20 < 5 * taken + 2, (rule, values)
        assert machine.estimate(job).memory / 1e6 < megabytes < 8000, (rule, values)
        compared += 1
    assert compared > 5


def test_whoever_is_tried_again_has_twice_as_much(read):
    found = read("small")
    job = next(asked(found.study))
    once, again = wanted(found, *job), wanted(found, *job, attempt=2)
    assert again == tuple(2 * value for value in once)


def test_of_what_is_not_known_all_ask_alike(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = Needs(study_of("small"), {}, on_gpu=False)
    assert not found.are_known
    assert {wanted(found, *job) for job in asked(found.study)} == {(60, 8000)}


def test_weights_do_not_matter_to_what_a_network_takes():
    plan = {"architecture": "resnet18", "size": 64, "categories": ["a", "b"], "weights": "X"}
    assert needs.key(plan) == needs.key(plan | {"weights": {"untrained": 1}, "options": {}})
    assert needs.key(plan) == needs.key(plan | {"categories": ["c", "d"]})
    assert needs.key(plan) != needs.key(plan | {"size": 32})
    assert needs.key(plan) != needs.key(plan | {"categories": ["a"]})
