"""The step that says what a study costs."""

import json
from pathlib import Path

import pytest
import yaml

from preimage.cost.rates import Rates
from preimage.steps.cost import cost

ROOT = Path(__file__).parents[2]
STUDY = {
    "study": "cheap",
    "classes": ["a", "b", "c"],
    "threads": 1,
    "networks": [
        {"name": "net", "architecture": "squeezenet1_1", "size": 64, "weights": "IMAGENET1K_V1"}
    ],
    "recipes": [{"name": "quick", "octaves": [{"size": 64, "iterations": 10, "lr": 1.0}]}],
    "image_sets": [
        {
            "name": "class_images",
            "code": "A3",
            "objective": "A",
            "classes": "all",
            "runs": [{"network": "net", "recipe": "quick"}],
        }
    ],
}


@pytest.fixture
def study(tmp_path, monkeypatch):
    """The file of a study whose weights would have to be fetched."""
    monkeypatch.chdir(tmp_path)
    rates = Rates({"float32": 1e9}, {10: 1e9, 30: 1e9})
    monkeypatch.setattr(Rates, "measured", lambda *_: rates)
    file = tmp_path / "cheap.yaml"
    file.write_text(yaml.safe_dump(STUDY))
    return file


def said(capsys, *words):
    assert cost.main([str(word) for word in words]) == 0
    return capsys.readouterr().out


def test_a_study_costs_what_its_jobs_cost(study, capsys):
    found = json.loads(said(capsys, study, "--device", "cpu", "--json"))
    (job,) = [job for job in found["jobs"] if job["rule"] == "generate_images"]
    assert (job["part"], job["image_steps"]) == ("class_images of net", 30)
    trial = found["trial"]
    assert (trial["of"], trial["batch"]) == ("net:logits[0] at 64 px", 3)
    assert job["seconds"] - found["start"] == pytest.approx(30 * trial["seconds"], rel=0.3)
    assert job["memory"] > 1e8
    assert not list(study.parent.rglob("*.pth")), "nothing is fetched"


@pytest.mark.parametrize("rate", ["0", "-1", "nan", "inf"])
def test_a_rate_is_a_number_above_0(study, rate, capsys):
    assert cost.main([str(study), "--device", "cpu", "--rate", rate]) != 0
    assert "give the image-steps of a second, above 0" in capsys.readouterr().err


def test_a_rate_that_is_given_decides(study, capsys):
    """Of the job's 30 steps the rest is that a network is proven before."""
    found = json.loads(said(capsys, study, "--device", "cpu", "--json", "--rate", "0.5"))
    (job,) = [job for job in found["jobs"] if job["rule"] == "generate_images"]
    assert found["trial"]["seconds"] == 2
    assert 60 < job["seconds"] - found["start"] < 72


def test_the_table_adds_up_and_names_the_costliest(study, capsys):
    lines = said(capsys, study, "--device", "cpu", "--rate", "0.001").splitlines()
    (made,) = [line for line in lines if line.startswith("generate_images")]
    assert made.split()[1:6] == ["class_images", "of", "net", "1", "30"]
    (total,) = [line for line in lines if line.startswith("all ")]
    assert total.split()[1:3] == ["3", "30"]
    hours = [float(line.split()[-3]) for line in lines[1:4]]
    assert float(total.split()[3]) == pytest.approx(sum(hours), abs=0.02)
    costliest = lines[lines.index("The costliest jobs:") + 1]
    assert costliest.split()[:2] == ["generate_images", "class_images/net/000.999:"]
    assert "0.00 image-steps a second of net:logits[0] at 64 px (given)" in lines[-2]


@pytest.mark.parametrize(
    ("change", "words", "message"),
    [
        ({}, ["--rate", "-1"], "--rate -1: give the image-steps of a second, above 0"),
        ({"recipe": []}, [], "unknown key 'recipe' (did you mean recipes"),
        ({"networks": []}, [], "net"),
    ],
)
def test_mistakes_are_named(study, capsys, change, words, message):
    study.write_text(yaml.safe_dump(STUDY | change))
    assert cost.main([str(study), *words]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("text", ["[1, 2]", "a: [", None])
def test_a_study_that_cannot_be_read_is_named(tmp_path, capsys, text):
    file = tmp_path / "odd.yaml"
    if text:
        file.write_text(text)
    assert cost.main([str(file)]) == 2
    assert str(file) in capsys.readouterr().err
