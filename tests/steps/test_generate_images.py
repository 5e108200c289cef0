"""The step that descends: what its three files say, and what its plan must."""

import json

import numpy as np
import pytest
import safetensors
import torch

from preimage.networks.network import Network, build, save_network
from preimage.photos import squash
from preimage.steps import generate_images
from preimage.tables.images import ITEMS, TRACE
from preimage.tables.parquet import read_metadata, read_table

NAMES = ("cat", "dog", "hen")
PLAN = {
    "set": "s",
    "code": "A3",
    "network": "net",
    "recipe": {"name": "quick", "octaves": [{"size": 32, "iterations": 3, "lr": 0.1}]},
    "items": [
        {"item": "000", "target": "cat", "objective": "net:logits[0]", "classes": [0]}
        | {"layer": "logits", "seed": seed}
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
        out = {
            "images": "b.safetensors",
            "item-table": "b.items.parquet",
            "trace": "b.trace.parquet",
        }
        argv = ["--plan", "plan.json", "--networks", "net.safetensors", *networks]
        argv = [str(tmp_path / word) if "." in word else word for word in argv]
        argv += [w for option, file in out.items() for w in (f"--{option}", str(tmp_path / file))]
        return generate_images.generate_images.main([*argv, "--device", "cpu"])

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
        ({"items": []}, "plan.json: Expected `array` of length >= 1 - at `$.items`"),
        (
            {"items": [{"item": "0", "seed": 1}]},
            "field `target` - at `$.items[0]`",
        ),
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


def test_frames_are_pictures_of_the_descent_on_its_way(generate, tmp_path):
    octaves = [
        {"size": 32, "iterations": 4, "lr": 1},
        {"size": 40, "iterations": 4, "lr": 1},
    ]
    asked = {"items": [item | {"objective": "net:features.3[5]"} for item in PLAN["items"]]}
    asked["recipe"] = PLAN["recipe"] | {"octaves": octaves}
    assert generate(**asked) == 0
    results = images_of(tmp_path)
    assert generate(**asked, frames=4) == 0
    items = read_table(tmp_path / "b.items.parquet", ITEMS)
    assert items["item"].tolist() == [f"000.{k:03d}" for k in range(4)] * 2
    assert items["frame"].tolist() == [0, 1, 2, 3] * 2
    assert items["iterations"].tolist() == [2, 4, 6, 8] * 2
    assert items["seed"].tolist() == [1] * 4 + [2] * 4
    frames = images_of(tmp_path)
    assert frames.shape == (8, 3, 40, 40)
    np.testing.assert_array_equal(frames[[3, 7]], results)  # the last frame is the result
    asked["recipe"] = PLAN["recipe"] | {"octaves": octaves[:1]}
    assert generate(**asked) == 0
    halfway = torch.from_numpy(images_of(tmp_path)[0])  # what the first octave gave
    np.testing.assert_array_equal(frames[1], squash(halfway, 40).numpy())
    losses = read_table(tmp_path / "b.items.parquet", ITEMS)["loss_end"]
    assert losses[0] == items["loss_end"][1] != items["loss_end"][3]


def test_a_block_may_have_several_layers(generate, tmp_path):
    """Items of different layers are descended on by themselves, and come in their order."""
    layers = ["features.3", "logits", "features.3", "features.6"]
    asked = [
        {"item": f"{layer}[{i}]", "target": "f", "objective": f"net:{layer}[{i % 3}]", "seed": 4}
        | {"layer": layer}
        for i, layer in enumerate(layers)
    ]
    octave = {"size": 40, "iterations": 3, "lr": 1}
    assert generate(items=asked, frames=3, recipe={"octaves": [octave]}) == 0
    items, frames = read_table(tmp_path / "b.items.parquet", ITEMS), images_of(tmp_path)
    assert items["layer"].tolist() == [layer for layer in layers for _ in range(3)]
    assert items["item"].tolist() == [f"{item['item']}.{k:03d}" for item in asked for k in range(3)]
    for i, item in enumerate(asked):
        assert generate(items=[item], recipe={"octaves": [octave]}) == 0
        np.testing.assert_allclose(images_of(tmp_path)[0], frames[3 * i + 2], atol=1e-5)


def test_more_frames_than_steps_are_an_error(generate, capsys):
    assert generate(frames=4) != 0
    assert "4 frames of a descent of 3 steps: ask for 3 or fewer" in capsys.readouterr().err


def test_a_picture_of_another_block_is_matched(generate, tmp_path):
    assert generate() == 0
    (tmp_path / "b.safetensors").rename(tmp_path / "other.safetensors")
    item = {"item": "000", "target": "cat", "objective": "match(net:features.3, there)", "seed": 1}
    item |= {"layer": "features.3"}
    place = {"file": str(tmp_path / "other.safetensors"), "place": 1}
    assert generate(items=[item], pictures={"there": place}) == 0
    trace = read_table(tmp_path / "b.trace.parquet", TRACE)
    start = np.asarray(read_table(tmp_path / "b.items.parquet", ITEMS)["loss_start"])
    assert start > 0
    own = PLAN["recipe"] | {"start": {"picture": "there"}}
    assert generate(items=[item], pictures={"there": place}, recipe=own) == 0
    assert read_table(tmp_path / "b.trace.parquet", TRACE)["m_i"].iloc[0] == 0  # starts at it
    assert trace["m_i"].iloc[0] > 0


def images_of(folder):
    with safetensors.safe_open(folder / "b.safetensors", "numpy") as file:
        return file.get_tensor("images")
