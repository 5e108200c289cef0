"""The step that trains on noise: it goes through, also after a kill, and tells its mistakes."""

import json
import signal
import subprocess
import sys

import pytest

from preimage.networks.network import load_network
from preimage.steps import memorise_noise
from preimage.tables.parquet import read_table
from preimage.tables.training import TRAINING

NOISE = {"data": "noise", "images": 12, "labels": 3, "epochs": 4, "batch": 4, "learning_rate": 1e-3}
LABELS = ["label 0", "label 1", "label 2"]


@pytest.fixture
def command(tmp_path):
    """Write a plan; return the arguments of the step."""

    def command(name="mine", **changes):
        plan = {"name": "mine", "architecture": "squeezenet1_1", "size": 32, "categories": LABELS}
        plan |= {"weights": {"trained": NOISE}} | changes
        (tmp_path / "plan.json").write_text(json.dumps(plan))
        files = {
            "plan": "plan.json",
            "network": f"{name}.safetensors",
            "history": f"{name}.parquet",
        }
        argv = [word for key, file in files.items() for word in (f"--{key}", tmp_path / file)]
        return [*map(str, argv), "--device", "cpu", "--threads", "1"]

    return command


@pytest.fixture
def train(command):
    def train(name="mine", **changes):
        return memorise_noise.memorise_noise.main(command(name, **changes))

    return train


KILLED = """
import os, signal, sys
from preimage.networks import memorising
from preimage.steps.memorise_noise import memorise_noise

def fit(*args, **options):
    for row in real(*args, **options):
        if row["step"] == 8:  # of 12, in the middle of the third epoch
            os.kill(os.getpid(), signal.SIGKILL)
        yield row

real, memorising.fit = memorising.fit, fit
memorise_noise.main(sys.argv[1:])
"""


def test_a_killed_training_goes_on_to_the_same_weights(command, train, tmp_path, capsys):
    """The network has BatchNorm, dropout and Adam's moments to carry over."""
    plan = {"architecture": "mobilenet_v3_small"}
    assert train("whole", **plan) == 0
    assert load_network(tmp_path / "whole.safetensors").categories == tuple(LABELS)
    whole = (tmp_path / "whole.safetensors").read_bytes()
    assert not list(tmp_path.glob("*checkpoint*"))
    history = read_table(tmp_path / "whole.parquet", TRAINING)
    assert history.groupby("epoch").step.max().tolist() == [3, 6, 9, 12]
    assert history.groupby("epoch").accuracy.count().tolist() == [1, 1, 1, 1]

    killed = [sys.executable, "-c", KILLED, *command("cut", **plan)]
    assert subprocess.run(killed, check=False).returncode == -signal.SIGKILL
    assert [file.name for file in tmp_path.glob("cut*")] == ["cut.checkpoint.safetensors"]
    log = tmp_path / "log.txt"
    argv = [*command("cut", **plan), "--log", str(log)]
    assert memorise_noise.memorise_noise.main(argv) == 0
    assert "goes on after epoch 2 of 4" in log.read_text()
    assert (tmp_path / "cut.safetensors").read_bytes() == whole
    assert read_table(tmp_path / "cut.parquet", TRAINING).equals(history)
    assert not list(tmp_path.glob("*checkpoint*"))


def test_the_checkpoint_of_another_plan_or_other_code_is_not_used(
    train, tmp_path, monkeypatch, capsys
):
    def stop(*args):
        raise OSError(28, "disk full", "mine.parquet")

    with monkeypatch.context() as patch:
        patch.setattr(memorise_noise, "write_table", stop)
        assert train() == 2
    kept = (tmp_path / "mine.checkpoint.safetensors").read_bytes()
    other = {"weights": {"trained": NOISE | {"seed": 1}}}
    for key, value in {"plan": other, "code": {}}.items():
        (tmp_path / "mine.checkpoint.safetensors").write_bytes(kept)
        with monkeypatch.context() as patch:
            if key == "code":
                patch.setattr(memorise_noise, "step_digest", lambda step: "other")
            assert train(**value) == 0
        told = capsys.readouterr().err
        assert "mine.checkpoint.safetensors cannot be read or is of other work" in told
    (tmp_path / "mine.checkpoint.safetensors").write_bytes(kept)
    assert train() == 0
    assert "checkpoint" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"categories": ["cat", "dog"]}, "mine: 3 labels, and 2 categories"),
        ({"weights": "IMAGENET1K_V1"}, "plan.json: Expected `object`, got `str` - at `$.weights`"),
        ({"weights": {"trained": {"steps": 3}}}, "unknown field `steps` - at `$.weights.trained`"),
        (
            {"weights": {"trained": {"data": "noise"}}},
            "missing required field `images`",
        ),
        (
            {"weights": {"trained": NOISE | {"steps": 2}}},
            "unknown field `steps` - at `$.weights.trained`",
        ),
        ({"weights": {"trained": NOISE | {"epochs": 0}}}, "training: epochs is 0, must be above 0"),
        ({"weights": {"trained": NOISE | {"images": 1}}}, "noise: images is 1, must be 2 or more"),
    ],
)
def test_mistakes_are_told(train, tmp_path, capsys, changes, message):
    assert train(**changes) == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.glob("mine*"))
