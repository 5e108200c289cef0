"""What cannot work is one clear error before the first job."""

import pytest
import yaml
from project import STUDY


@pytest.fixture
def project(fresh, tmp_path):
    """A copy of the project before its first run."""
    return fresh.copy(tmp_path / "project")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda config: config["networks"][0].update(architecture="resnet81"),
            "configuration, network resnet18: unknown architecture 'resnet81'",
        ),
        (
            lambda config: config["image_sets"][0]["runs"][0].update(layer="layer5"),
            "configuration, image set class_images, run of resnet18: resnet18 has no layer",
        ),
        (
            lambda config: config["spaces"][0].update(maps=[0, 512]),
            "configuration, space latent: resnet18:layer4[512]: there is no map 512, layer layer4",
        ),
        (
            lambda config: config["image_sets"][0].update(classes=["red plain rign"]),
            "configuration, image_sets[0] (class_images): there is no class 'red plain rign'",
        ),
        (
            lambda config: config.update(threads="two"),
            "configuration, threads: 'two' is not of type 'integer'",
        ),
    ],
)
def test_a_study_that_cannot_be_is_refused_by_a_dry_run(project, change, message):
    project.configure(change)
    said = project.mistake("-n")
    assert message in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("study: x\n".encode("utf-16"), "configuration, study.yaml is UTF-16: save it as UTF-8"),
        (b"study: x\n# \xf6\n", "configuration, study.yaml, line 2: byte 0xf6 is no UTF-8"),
        (b"study: x\na:\n\t- b\n", "configuration, study.yaml, line 3: a tab indents it"),
        (b"study: x\nstudy: y\n", "configuration, study.yaml: the key 'study' is there twice"),
    ],
    ids=["UTF-16", "Latin-1", "tab", "twice"],
)
def test_a_file_that_snakemake_cannot_read_is_one_line(project, written, message):
    project.path(STUDY).write_bytes(written)
    said = [line for line in project.mistake("-n").splitlines() if "profile" not in line]
    assert len(said) == 1
    assert said[0].startswith(message)


def test_two_results_of_one_name_are_refused_by_a_dry_run(project):
    untrained = {"architecture": "resnet18", "size": 32, "weights": {"untrained": 1}}
    names = ["a", "a.by.b", "b", "b.by.b"]
    runs = [{"network": name, "recipe": "quick"} for name in names]
    made = {"name": "made", "code": "A3", "objective": "A", "classes": [4, 5], "runs": runs}
    octave = {"size": 32, "iterations": 2, "lr": 0.1}
    config = {"study": "small", "classes": "demo", "device": "cpu", "image_sets": [made]}
    config |= {"networks": [{"name": name} | untrained for name in names]}
    config |= {"recipes": [{"name": "quick", "octaves": [octave]}]}
    project.path(STUDY).write_text(yaml.safe_dump(config))
    said = project.mistake("-n")
    assert "results/small/figures/distances/a.by.b.by.b.png, of draw_classes and of" in said
    assert "Traceback" not in said


def test_a_missing_gpu_is_missed_before_the_first_job(project, monkeypatch):
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    project.edit(
        "src/preimage/study/machine.py", "    return shutil", "    return False and shutil"
    )
    project.configure(lambda config: config.update(device="cuda"))
    said = project.mistake()
    assert "configuration, device: cuda, but this machine has no NVIDIA GPU" in said
    assert not list(project.folder.glob("results/small/networks/*"))


def test_weights_that_cannot_be_reached_are_missed_before_the_first_job(project):
    def download(config):
        config["mirror"] = "http://127.0.0.1:9"  # the port of the discard service: nobody listens
        config["networks"][1]["weights"] = {
            "url": "http://127.0.0.1:9/weights.pth",
            "sha256": "0" * 64,
        }

    project.configure(download)
    assert "download_weights" in str(project.planned())  # planning needs no network
    said = project.mistake()
    assert "127.0.0.1:9" in said
    assert "mirror" in said
    assert not list(project.folder.glob("results/small/networks/*"))


def test_a_study_needs_its_name(project):
    config = yaml.safe_load(project.path(STUDY).read_text())
    config["study"] = "../elsewhere"
    project.path(STUDY).write_text(yaml.safe_dump(config))
    assert "configuration, study: " in project.mistake("-n")
