"""The step that trains: it goes through, and its mistakes are told before a long training."""

import json

import pytest
from safetensors import safe_open

from preimage.networks.network import load_network
from preimage.networks.world import World
from preimage.steps import cli, train_network
from preimage.tables.parquet import read_table
from preimage.tables.training import TRAINING

CLASSES = World().classes


@pytest.fixture
def train(tmp_path):
    def train(**changes):
        plan = {"name": "mine", "architecture": "squeezenet1_1", "size": 32, "categories": CLASSES}
        plan |= {"weights": {"trained": {"steps": 2, "batch": 2}}} | changes
        (tmp_path / "plan.json").write_text(json.dumps(plan))
        options = {"plan": "plan.json", "output": "mine.safetensors", "history": "mine.parquet"}
        argv = [word for key, file in options.items() for word in (f"--{key}", tmp_path / file)]
        argv = [*map(str, argv), "--device", "cpu"]
        return cli.run(train_network.main, train_network.parser(), argv)

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


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"categories": CLASSES[::-1]}, "36 categories, which are not the 36 classes of the demo"),
        ({"categories": ["cat", "dog"]}, "2 categories, which are not the 36 classes of the demo"),
        ({"weights": "IMAGENET1K_V1"}, "plan.json: weights are IMAGENET1K_V1; give trained"),
        ({"weights": {"trained": {"step": 3}}}, "weights.trained: unknown key 'step' (did you"),
        ({"weights": {"trained": {"data": "noise"}}}, "weights.trained: unknown key 'data'"),
        ({"weights": {"trained": {"steps": "3"}}}, "training: steps is '3', must be above 0"),
        ({"weights": {"trained": {"learning_rate": 0}}}, "learning_rate is 0, must be above 0"),
    ],
)
def test_mistakes_are_told(train, tmp_path, capsys, changes, message):
    assert train(**changes) == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.glob("mine*"))
