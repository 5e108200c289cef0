"""The step that trains: it goes through, and its mistakes are told before a long training."""

import json

import pytest
from safetensors import safe_open

from preimage.networks.network import load_network
from preimage.networks.prepared import IMAGENET
from preimage.networks.world import World
from preimage.steps.train_network import train_network
from preimage.tables.parquet import read_table
from preimage.tables.training import TRAINING

CLASSES = World().classes


@pytest.fixture
def train(tmp_path):
    def train(**changes):
        plan = {"name": "mine", "architecture": "squeezenet1_1", "size": 32, "categories": CLASSES}
        plan |= {"weights": {"trained": {"steps": 2, "batch": 2}}} | changes
        (tmp_path / "plan.json").write_text(json.dumps(plan))
        options = {"plan": "plan.json", "network": "mine.safetensors", "history": "mine.parquet"}
        argv = [word for key, file in options.items() for word in (f"--{key}", tmp_path / file)]
        argv = [*map(str, argv), "--device", "cpu"]
        return train_network.main(argv)

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


def test_a_network_learns_from_images_as_it_expects_them(train, tmp_path):
    """What it learns, and all that asks it later, depends on it."""
    digests = []
    for expects in (None, "imagenet"):
        assert train(input=expects) == 0
        digests.append(json.loads((tmp_path / "mine.json").read_text())["sha256"])
    assert digests[0] != digests[1]
    assert load_network(tmp_path / "mine.safetensors").model.expects == IMAGENET


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"categories": CLASSES[::-1]}, "36 categories, which are not the 36 classes of the demo"),
        ({"categories": ["cat", "dog"]}, "2 categories, which are not the 36 classes of the demo"),
        ({"weights": "IMAGENET1K_V1"}, "plan.json: Expected `object`, got `str` - at `$.weights`"),
        ({"weights": {"trained": {"step": 3}}}, "unknown field `step` - at `$.weights.trained`"),
        ({"weights": {"trained": {"data": "noise"}}}, "mine: data is 'noise', here it is demo"),
        (
            {"weights": {"trained": {"steps": "3"}}},
            "Expected `int`, got `str` - at `$.weights.trained.steps`",
        ),
        (
            {"weights": {"trained": {"steps": None}}},
            "Expected `int`, got `null` - at `$.weights.trained.steps`",
        ),
        ({"weights": {"trained": {"learning_rate": 0}}}, "learning_rate is 0.0, must be above 0"),
    ],
)
def test_mistakes_are_told(train, tmp_path, capsys, changes, message):
    assert train(**changes) == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.glob("mine*"))
