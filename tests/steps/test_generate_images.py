"""The step that descends: what its three files say, and what its plan must."""

import json

import numpy as np
import pytest
import safetensors

from preimage.networks.network import Network, build, save_network
from preimage.steps import cli, generate_images
from preimage.tables.images import ITEMS, TRACE
from preimage.tables.parquet import read_metadata, read_table

NAMES = ("cat", "dog", "hen")
PLAN = {
    "set": "s",
    "code": "A3",
    "network": "net",
    "layer": "logits",
    "recipe": {"name": "quick", "octaves": [{"size": 32, "iterations": 3, "lr": 0.1}]},
    "items": [
        {"item": "000", "target": "cat", "objective": "net:logits[0]", "classes": [0]}
        | {"seed": seed}
        for seed in (1, 2)
    ],
}


@pytest.fixture
def generate(tmp_path):
    model = build("squeezenet1_1", 3, seed=1)
    for folder in ("", "other"):
        file = tmp_path / folder / "net.safetensors"
        save_network(Network("net", "squeezenet1_1", model, NAMES, 32), file, "untrained")

    def generate(*networks, **changes):
        (tmp_path / "plan.json").write_text(json.dumps(PLAN | changes))
        out = {"images": "b.safetensors", "items": "b.items.parquet", "trace": "b.trace.parquet"}
        argv = ["--plan", "plan.json", "--networks", "net.safetensors", *networks]
        argv = [str(tmp_path / word) if "." in word else word for word in argv]
        argv += [w for option, file in out.items() for w in (f"--{option}", str(tmp_path / file))]
        return cli.run(generate_images.main, generate_images.parser(), [*argv, "--device", "cpu"])

    return generate


def test_the_files_of_a_block_say_the_same(generate, tmp_path):
    assert generate() == 0
    items = read_table(tmp_path / "b.items.parquet", ITEMS)
    assert items["seed"].tolist() == [1, 2]
    assert items["class_a"].tolist() == [0, 0]
    assert items["class_b"].isna().all()
    with safetensors.safe_open(tmp_path / "b.safetensors", "numpy") as file:
        images, address = file.get_tensor("images"), json.loads(file.metadata()["address"])
    assert images.shape == (2, 3, 32, 32)
    assert images.dtype == np.float32
    assert [a["seed"] for a in address] == [1, 2]
    trace = read_table(tmp_path / "b.trace.parquet", TRACE)
    for seed, rows in trace.groupby("seed"):
        row = items[items["seed"] == seed].iloc[0]
        assert rows["iteration"].tolist() == [0, 1, 2]
        assert (row["loss_start"], row["loss_end"]) == tuple(rows["loss"].iloc[[0, -1]])
        assert row["gradient_end"] == rows["gradient"].iloc[-1]
    assert json.loads(read_metadata(tmp_path / "b.items.parquet")["plan"]) == PLAN


def test_a_long_trace_is_thinned_and_keeps_its_ends(generate, tmp_path, monkeypatch):
    monkeypatch.setattr(generate_images, "TRACE_POINTS", 10)
    octave = {"size": 32, "iterations": 35, "lr": 0.1}
    assert generate(items=PLAN["items"][:1], recipe={"octaves": [octave]}) == 0
    kept = read_table(tmp_path / "b.trace.parquet", TRACE)["iteration"].tolist()
    assert kept == [0, 1, 4, 8, 11, 15, 19, 23, 26, 30, 34]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"items": []}, "plan.json: items are [], give a list of one or more"),
        ({"items": [{"item": "0", "seed": 1}]}, "items[0]: target, objective missing"),
        ({"recipe": {"octaves": [{"size": 32}]}}, "recipe, octave 0: 'iterations' is missing"),
        ({"photos": {"dog": {"file": "no.jpg"}}}, "no.jpg is no readable photo"),
    ],
)
def test_mistakes_are_told(generate, tmp_path, capsys, changes, message):
    assert generate(**changes) == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.glob("b.*"))


def test_two_networks_of_one_name_are_refused(generate, capsys):
    assert generate("other/net.safetensors") == 2
    assert "two of the networks have the same name" in capsys.readouterr().err
