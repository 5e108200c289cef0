"""The step that trains: it goes through, and its mistakes are told before a long training."""

import json
import signal
import subprocess
import sys

import pytest
from safetensors import safe_open

from preimage.networks.network import load_network
from preimage.networks.world import World
from preimage.steps import cli, train_network
from preimage.tables.parquet import read_table
from preimage.tables.training import TRAINING

CLASSES = World().classes


NOISE = {"data": "noise", "images": 12, "labels": 3, "epochs": 4, "batch": 4, "learning_rate": 1e-3}
ON_NOISE = {"categories": ["label 0", "label 1", "label 2"], "weights": {"trained": NOISE}}


@pytest.fixture
def command(tmp_path):
    """Write a plan; return the arguments of the step."""

    def command(name="mine", **changes):
        plan = {"name": "mine", "architecture": "squeezenet1_1", "size": 32, "categories": CLASSES}
        plan |= {"weights": {"trained": {"steps": 2, "batch": 2}}} | changes
        (tmp_path / "plan.json").write_text(json.dumps(plan))
        files = {"plan": "plan.json", "output": f"{name}.safetensors", "history": f"{name}.parquet"}
        argv = [word for key, file in files.items() for word in (f"--{key}", tmp_path / file)]
        return [*map(str, argv), "--device", "cpu", "--threads", "1"]

    return command


@pytest.fixture
def train(command):
    def train(name="mine", **changes):
        return cli.run(train_network.main, train_network.parser(), command(name, **changes))

    return train


def test_a_network_and_its_history_are_written(train, tmp_path):
    assert train(weights={"trained": {"steps": 2, "batch": 2, "learning_rate": 1e-5}}) == 0
    assert load_network(tmp_path / "mine.safetensors").categories == tuple(CLASSES)
    history = read_table(tmp_path / "mine.parquet", TRAINING)
    assert history["step"].tolist() == [1, 2]
    assert set(history["data"]) == {"demo"}
    assert history["epoch"].isna().all()
    assert history["learning_rate"].max() <= 1e-5
    with safe_open(tmp_path / "mine.safetensors", "pt") as file:
        assert "learning_rate=1e-05" in json.loads(file.metadata()["network"])["source"]


KILLED = """
import os, signal, sys
from preimage.networks import memorising
from preimage.steps import cli, train_network

def fit(*args, **options):
    for row in real(*args, **options):
        if row["step"] == 8:  # of 12, in the middle of the third epoch
            os.kill(os.getpid(), signal.SIGKILL)
        yield row

real, memorising.fit = memorising.fit, fit
cli.run(train_network.main, train_network.parser(), sys.argv[1:])
"""


def test_a_killed_training_goes_on_to_the_same_weights(command, train, tmp_path, capsys):
    """The network has BatchNorm, dropout and Adam's moments to carry over."""
    plan = ON_NOISE | {"architecture": "mobilenet_v3_small"}
    assert train("whole", **plan) == 0
    whole = (tmp_path / "whole.safetensors").read_bytes()
    assert not list(tmp_path.glob("*checkpoint*"))
    history = read_table(tmp_path / "whole.parquet", TRAINING)
    assert history.groupby("epoch").step.max().tolist() == [3, 6, 9, 12]
    assert history.groupby("epoch").accuracy.count().tolist() == [1, 1, 1, 1]

    killed = [sys.executable, "-c", KILLED, *command("cut", **plan)]
    assert subprocess.run(killed, check=False).returncode == -signal.SIGKILL
    assert [file.name for file in tmp_path.glob("cut*")] == ["cut.checkpoint.pt"]
    log = tmp_path / "log.txt"
    argv = [*command("cut", **plan), "--log", str(log)]
    assert cli.run(train_network.main, train_network.parser(), argv) == 0
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
        patch.setattr(train_network, "write_table", stop)
        assert train(**ON_NOISE) == 2
    kept = (tmp_path / "mine.checkpoint.pt").read_bytes()
    other = {"weights": {"trained": NOISE | {"seed": 1}}}
    for key, value in {"plan": other, "code": {}}.items():
        (tmp_path / "mine.checkpoint.pt").write_bytes(kept)
        with monkeypatch.context() as patch:
            if key == "code":
                patch.setattr(train_network, "code_digest", lambda step: "other")
            assert train(**ON_NOISE | value) == 0
        assert "mine.checkpoint.pt is damaged or of another" in capsys.readouterr().err
    (tmp_path / "mine.checkpoint.pt").write_bytes(kept)
    assert train(**ON_NOISE) == 0
    assert "checkpoint" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"categories": CLASSES[::-1]}, "36 categories, which are not the 36 classes of the demo"),
        ({"categories": ["cat", "dog"]}, "2 categories, which are not the 36 classes of the demo"),
        ({"weights": "IMAGENET1K_V1"}, "plan.json: weights are IMAGENET1K_V1; give trained"),
        (
            {"weights": {"trained": {"step": 3}}},
            "weights.trained: unknown key 'step' (did you",
        ),
        ({"weights": {"trained": {"data": "nois"}}}, "weights.trained: unknown key 'data'"),
        ({"weights": {"trained": {"steps": "3"}}}, "training: steps is '3', must be above 0"),
        ({"weights": {"trained": {"learning_rate": 0}}}, "learning_rate is 0, must be above 0"),
        (ON_NOISE | {"categories": CLASSES}, "trained: 3 labels, and 36 categories: give one for"),
        (ON_NOISE | {"weights": {"trained": {"data": "noise"}}}, "images, labels, epochs missing"),
        ({"weights": {"trained": NOISE | {"steps": 2}}}, "trained: unknown key 'steps'"),
    ],
)
def test_mistakes_are_told(train, tmp_path, capsys, changes, message):
    assert train(**changes) == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.glob("mine*"))
