"""The step that descends: what its three files say, and what its plan must."""

import json
import signal
import subprocess
import sys

import numpy as np
import pytest
import safetensors
import torch
from PIL import Image

from preimage.checkpoint import Checkpoint
from preimage.networks.network import Network, build, save_network
from preimage.photos import squash
from preimage.steps import generate_images
from preimage.tables.images import ITEMS, TRACE
from preimage.tables.parquet import read_metadata, read_table

NAMES = ("cat", "dog", "hen")
CHECKPOINT = "b.checkpoint.safetensors"
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

    def generate(*networks, batch=8, run=generate_images.generate_images.main, **changes):
        (tmp_path / "plan.json").write_text(json.dumps(PLAN | changes))
        out = {
            "images": "b.safetensors",
            "item-table": "b.items.parquet",
            "trace": "b.trace.parquet",
            "log": "b.log.txt",
        }
        argv = ["--plan", "plan.json", "--networks", "net.safetensors", *networks]
        argv = [str(tmp_path / word) if "." in word else word for word in argv]
        argv += [w for option, file in out.items() for w in (f"--{option}", str(tmp_path / file))]
        return run([*argv, "--device", "cpu", "--batch", str(batch)])

    return generate


def test_how_many_at_once_is_found_out_and_written_down(generate, tmp_path):
    """Two pictures of one layer and one of another; a table says of each how many there were."""
    items = [*PLAN["items"], PLAN["items"][0] | {"objective": "net:features[0]", "seed": 3}]
    assert generate(batch="auto", items=items) == 0
    assert [*read_table(tmp_path / "b.items.parquet", ITEMS).batch] == [2, 2, 1]


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
    assert [file.name for file in tmp_path.glob("b.*")] == ["b.log.txt"]


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


# A long block that is killed

LONG = {
    "recipe": {
        "octaves": [
            {"size": 36, "crop": 32, "iterations": 5, "lr": 0.1, "sigma": [1.0, 0.4]},
            {"size": 44, "crop": 40, "iterations": 6, "lr": 0.1, "sigma": [1.0, 0.4]},
        ],
        "optimiser": "momentum",
    },
    "frames": 3,
    "items": [
        {"item": f"{i}", "target": "cat", "objective": objective, "classes": [0]}
        | {"layer": "logits", "seed": i}
        for i, objective in enumerate(
            ["net:logits[0]", "net:features.3[5]", "net:logits[1]", "net:logits[2]"]
        )
    ],
}
STEPS = 3 * 11  # of two batches of one kind, and of one of the other, with a batch of 2
KILLED = """
import os, signal, sys
from preimage.steps import generate_images as module

class Killed(module.Checkpoint):
    saved = 0

    def save(self, state):
        super().save(state)
        Killed.saved += 1
        if Killed.saved == 18:
            os.kill(os.getpid(), signal.SIGKILL)

module.Checkpoint, module.SECONDS = Killed, 0
module.generate_images.main(sys.argv[1:])
"""


class Stopped(BaseException):
    pass


@pytest.fixture
def stopped(generate, monkeypatch):
    """Run the step and stop it after so many steps, each of which it saves."""

    def stopped(after, **changes):
        class Stopping(Checkpoint):
            saved = 0

            def save(self, state):
                super().save(state)
                Stopping.saved += 1
                if Stopping.saved == after:
                    raise Stopped

        with monkeypatch.context() as patch:
            patch.setattr(generate_images, "Checkpoint", Stopping)
            patch.setattr(generate_images, "SECONDS", 0)
            with pytest.raises(Stopped):
                generate(**changes)

    return stopped


def written(folder):
    """Return the bytes of the images and all that the two tables say, but for seconds."""
    items = read_table(folder / "b.items.parquet", ITEMS).drop(columns="seconds")
    trace = read_table(folder / "b.trace.parquet", TRACE)
    images = (folder / "b.safetensors").read_bytes()
    return images, items.to_csv(), trace.to_csv()


def clear(folder):
    for file in folder.glob("b.*"):
        file.unlink()


@pytest.fixture
def whole(generate, tmp_path):
    """What a block gives that nobody stops."""
    assert generate(**LONG, batch=2) == 0
    found = written(tmp_path)
    clear(tmp_path)
    return found


def test_a_killed_block_goes_on_and_its_files_are_the_same(generate, tmp_path, whole):
    def killed(argv):
        return subprocess.run([sys.executable, "-c", KILLED, *argv], check=False).returncode

    assert generate(**LONG, batch=2, run=killed) == -signal.SIGKILL
    assert {file.name for file in tmp_path.glob("b.*")} == {CHECKPOINT, "b.log.txt"}
    assert generate(**LONG, batch=2) == 0
    taken = 2 * 11 + (18 - 11)  # of the second batch, which is of one image
    assert f"goes on after {taken} of 44 image-steps" in (tmp_path / "b.log.txt").read_text()
    assert written(tmp_path) == whole
    assert not (tmp_path / CHECKPOINT).exists()


@pytest.mark.parametrize("after", [3, 11, 14, STEPS])
def test_a_block_may_be_stopped_anywhere(generate, stopped, tmp_path, whole, after):
    stopped(after, **LONG, batch=2)
    assert generate(**LONG, batch=2) == 0
    assert "goes on after" in (tmp_path / "b.log.txt").read_text()
    assert written(tmp_path) == whole


def other_network(folder):
    (folder / "other" / "net.safetensors").replace(folder / "net.safetensors")


def other_photo(folder):
    Image.new("RGB", (9, 9), "blue").save(folder / "photo.png")


@pytest.mark.parametrize(
    ("changes", "change"),
    [
        ({"batch": 3}, None),
        ({"recipe": LONG["recipe"] | {"optimiser": "Adam"}}, None),
        ({"items": LONG["items"][:3]}, None),
        ({"frames": 2}, None),
        ({}, other_network),
        ({}, other_photo),
    ],
)
def test_a_checkpoint_of_other_work_is_not_taken_up(generate, stopped, tmp_path, changes, change):
    Image.new("RGB", (9, 9), "red").save(tmp_path / "photo.png")
    photo = {"photos": {"p": {"file": str(tmp_path / "photo.png")}}}
    model = build("squeezenet1_1", 3, seed=2)
    file = tmp_path / "other" / "net.safetensors"
    save_network(Network("net", "squeezenet1_1", model, NAMES, 32), file, "untrained")
    asked = LONG | photo | {"batch": 2}
    stopped(14, **asked)
    if change:
        change(tmp_path)
    assert generate(**asked | changes) == 0
    log = (tmp_path / "b.log.txt").read_text()
    assert f"{CHECKPOINT} cannot be read or is of other work: starting anew" in log
    found = written(tmp_path)
    clear(tmp_path)
    assert generate(**asked | changes) == 0
    assert written(tmp_path) == found


def test_nor_is_one_of_other_code_nor_a_damaged_one(
    generate, stopped, tmp_path, whole, monkeypatch
):
    stopped(14, **LONG, batch=2)
    with monkeypatch.context() as patch:
        patch.setattr(generate_images, "step_digest", lambda _: "other")
        stopped(2, **LONG, batch=2)
        assert "starting anew" in (tmp_path / "b.log.txt").read_text()
        assert generate(**LONG, batch=2) == 0
        assert "starting anew" not in (tmp_path / "b.log.txt").read_text()
    assert written(tmp_path) == whole
    clear(tmp_path)
    stopped(14, **LONG, batch=2)
    half = (tmp_path / CHECKPOINT).read_bytes()[:-500]
    (tmp_path / CHECKPOINT).write_bytes(half)
    assert generate(**LONG, batch=2) == 0
    assert "starting anew" in (tmp_path / "b.log.txt").read_text()
    assert written(tmp_path) == whole


def test_short_work_writes_no_checkpoint(generate, monkeypatch):
    monkeypatch.setattr(Checkpoint, "save", lambda *_: pytest.fail("saved"))
    assert generate() == 0
