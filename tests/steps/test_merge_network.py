"""The steps that merge networks: they measure what they say, go on after a kill, tell mistakes."""

import json
import signal
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import save_file

from preimage.measures.images.judging import judge
from preimage.networks.network import Network, build, load_network, save_network
from preimage.steps.merge_network import merge_network
from preimage.steps.networks import tabulate_merging
from preimage.tables.images import ITEMS
from preimage.tables.merging import MERGING, MERGING_IMAGES
from preimage.tables.parquet import read_table, write_table
from preimage.tables.training import TRAINING

SMALL = "squeezenet1_1"
CLASSES = ("cat", "dog", "hen")
SIZES = {"mine": 32, "other": 48}
MERGED = {"network": "mine", "toward": "other", "steps": 6, "batch": 2, "learning_rate": 1e-3}
MERGED |= {"images": {"set": "s", "network": "other"}}


def write_block(stem, classes, statuses):
    """Write random pictures of 40 pixels with their item table."""
    row = {column.name: 1.0 for column in ITEMS.columns if column.nullable or column.name == "seed"}
    rows = [
        row
        | {"code": "A3", "set": "s", "network": "other", "layer": "logits", "item": f"{c:03d}"}
        | {"target": CLASSES[c], "class_a": c, "class_b": None, "frame": None}
        | {"objective": f"other:logits[{c}]", "recipe": "r", "recipe_digest": "d", "size": 40}
        | {"precision": "float32", "iterations": 1, "batch": 1, "status": status, "seconds": 0.1}
        for c, status in zip(classes, statuses, strict=True)
    ]
    write_table(pd.DataFrame(rows), f"{stem}.items.parquet", ITEMS)
    generator = torch.Generator().manual_seed(classes[0])
    images = torch.rand(len(classes), 3, 40, 40, generator=generator)
    address = json.dumps([{"objective": row["objective"], "seed": 1} for row in rows])
    save_file({"images": images}, f"{stem}.safetensors", {"address": address})
    return images


@pytest.fixture
def study(tmp_path):
    """Return a folder with two networks of two sizes, and two blocks of pictures."""
    for seed, (name, size) in enumerate(SIZES.items()):
        network = Network(name, SMALL, build(SMALL, 3, seed=seed), CLASSES, size)
        save_network(network, tmp_path / f"{name}.safetensors", "untrained")
    write_block(tmp_path / "0", [0, 1], ["ok", "ok"])
    write_block(tmp_path / "1", [2, 1], ["ok", "diverged"])
    return tmp_path


@pytest.fixture
def command(study):
    """Write a plan; return the arguments of the step."""

    def command(name="new", networks=("mine", "other"), changes=(), **merged):
        plan = {"name": name, "architecture": SMALL, "size": 32, "categories": CLASSES}
        plan |= {"weights": {"merged": MERGED | merged}} | dict(changes)
        (study / "plan.json").write_text(json.dumps(plan))
        argv = ["--plan", study / "plan.json", "--device", "cpu", "--threads", "1"]
        argv += ["--networks", *(study / f"{network}.safetensors" for network in networks)]
        argv += ["--images", study / "0.safetensors", study / "1.safetensors"]
        argv += ["--item-tables", study / "0.items.parquet", study / "1.items.parquet"]
        argv += ["--network", study / f"{name}.safetensors"]
        argv += ["--history", study / f"{name}.training.parquet"]
        return [*map(str, argv), "--measured", str(study / f"{name}.merging.parquet")]

    return command


@pytest.fixture
def merge(command):
    def merge(*args, **changes):
        return merge_network.main(command(*args, **changes))

    return merge


def test_what_is_measured_is_what_the_networks_say_of_the_pictures(merge, study):
    """Each network sees the pictures at its own size, and those that failed are left out."""
    assert not merge()
    measured = read_table(study / "new.merging.parquet", MERGING_IMAGES)
    assert measured["item"].tolist() == ["000", "001", "002"]
    assert set(measured["toward"] + measured["loss"] + measured["made_by"]) == {
        "othersum_of_squaresother"
    }
    parts = [write_block(study / "0", [0, 1], ["ok"] * 2), write_block(study / "1", [2], ["ok"])]
    images = torch.cat(parts)
    networks = {name: load_network(study / f"{name}.safetensors") for name in (*SIZES, "new")}
    said = {k: judge(network.model, images, network.size) for k, network in networks.items()}
    for name, when in (("mine", "before"), ("new", "after")):
        apart = (said[name] - said["other"]).astype(float)
        expected = {"sum_of_squares": (apart**2).sum(1), "l1": abs(apart).sum(1)}
        expected["l2"] = expected["sum_of_squares"] ** 0.5
        for loss, values in expected.items():
            np.testing.assert_allclose(measured[f"{loss}_{when}"], values, rtol=1e-4)
    assert (measured["sum_of_squares_after"] < measured["sum_of_squares_before"]).all()
    assert (networks["new"].size, networks["new"].categories) == (32, CLASSES)
    history = read_table(study / "new.training.parquet", TRAINING)
    assert (len(history), set(history["data"]), set(history["network"])) == (6, {"logits"}, {"new"})


def test_one_class_alone_is_learnt_where_one_is_asked_for(merge, study, settle, settled):
    assert not merge(images=MERGED["images"] | {"classes": [2]}, loss="l1")
    assert not merge("all")
    files = [str(study / f"{name}.merging.parquet") for name in ("new", "all")]
    argv = ["--measured", *files, "--merging", str(study / "merging.parquet")]
    assert not tabulate_merging.main(argv)
    table = read_table(study / "merging.parquet", MERGING)
    assert table[["network", "classes", "loss"]].to_numpy().tolist() == [
        ["new", 1, "l1"],
        ["all", 3, "sum_of_squares"],
    ]

    def plan(*pictures):
        merging = {"pictures": pictures, "comparisons": [], "judges": ["third"]}
        makers = {n: {"architecture": SMALL, "state": "trained"} for n in ("new", "all", "other")}
        return {"makers": makers, "merging": merging}

    found = settled(plan(), merging_images=files)
    of_pages = found[found.code.isin(["B1", "B2", "B3"]) & (found.role == "primary")]
    assert set(of_pages.verdict) == {"not run"}
    made = {"network": "new", "set": "s", "donor_sets": ["s"]}
    assert not settle(plan(made), merging_images=files)
    assert settle(plan(made | {"origins": "mine"}), merging_images=files) == 2
    assert settle(plan({"network": "new", "set": "s"}), merging_images=files) == 2


KILLED = """
import os, signal, sys
from preimage import checkpoint
from preimage.networks.merging import Merging
from preimage.steps.merge_network import merge_network

def pictures(self, step, count):
    if step == 4:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(self, step, count)

real, Merging.pictures = Merging.pictures, pictures
checkpoint.Checkpoint.is_due = lambda self: True
merge_network.main(sys.argv[1:])
"""


def test_a_killed_merging_goes_on_to_the_same_weights(command, merge, study):
    assert not merge()
    whole = (study / "new.safetensors").read_bytes()
    for file in study.glob("new*"):
        file.unlink()
    killed = [sys.executable, "-c", KILLED, *command()]
    assert subprocess.run(killed, check=False).returncode == -signal.SIGKILL
    assert [file.name for file in study.glob("new*")] == ["new.checkpoint.safetensors"]
    kept = (study / "new.checkpoint.safetensors").read_bytes()
    argv = [*command(), "--log", str(study / "log.txt")]
    assert not merge_network.main(argv)
    assert "merging new goes on after step 3 of 6" in (study / "log.txt").read_text()
    assert (study / "new.safetensors").read_bytes() == whole
    assert not list(study.glob("*checkpoint*"))
    other = Network("other", SMALL, build(SMALL, 3, seed=7), CLASSES, 48)
    save_network(other, study / "other.safetensors", "untrained")
    (study / "new.checkpoint.safetensors").write_bytes(kept)
    assert not merge_network.main(argv)
    told = (study / "log.txt").read_text()
    assert "new.checkpoint.safetensors cannot be read or is of other work" in told


NO_PICTURE = {"images": {"set": "s", "network": "other", "classes": []}}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (NO_PICTURE, "of s by other, no picture asked for is of status ok"),
        ({"networks": ("other", "mine")}, "--networks are other, mine; the plan is of mine, other"),
        ({"momentum": 0.9}, "unknown field `momentum` - at `$.weights.merged`"),
        ({"optimiser": "GD"}, "merging: unknown optimiser 'GD'"),
        ({"changes": {"size": 64}}, "size is 64; that of mine, which it starts from, is 32"),
        ({"changes": {"categories": ["cat"]}}, "its categories are not those of mine"),
        (
            {"changes": {"weights": "IMAGENET1K_V1"}},
            "Expected `object`, got `str` - at `$.weights`",
        ),
        (
            {"changes": {"weights": {"merged": {"steps": 1}}}},
            "missing required field `network` - at `$.weights.merged`",
        ),
    ],
)
def test_mistakes_are_told(merge, study, capsys, changes, message):
    assert merge(**changes) == 2
    assert message in capsys.readouterr().err
    assert not list(study.glob("new*"))
