"""The step that asks networks about pictures: its numbers are those of the network itself."""

import json
import shutil

import numpy as np
import pytest
import safetensors
import torch
from safetensors.torch import load_file, save_file
from torchvision.transforms.functional import resize

from preimage.measures.images.judging import judge
from preimage.networks.modules import build_module
from preimage.networks.network import Network, build, load_network, save_network
from preimage.steps.ask_networks import ask_networks
from preimage.steps.classes import tabulate_items
from preimage.steps.engine import sha256
from preimage.steps.generate_images import generate_images
from preimage.study.modules import source_digest
from preimage.tables.images import ITEMS, LOGITS, PREDICTIONS
from preimage.tables.parquet import read_metadata, read_table, write_table

SMALL = "shufflenet_v2_x0_5"
CATEGORIES = tuple(f"class {i}" for i in range(6))
BLOCKS = {"0": ("mine", (0, 1, 2)), "1": ("mine", (3, 4)), "2": ("other", (0, 5))}
BOTH = ["mine", "other"]


def call(step, *arguments):
    return step.main([str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def model():
    return build(SMALL, 6, seed=1)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return a folder with two networks, two blocks of pictures by the first, one by the other."""
    folder = tmp_path_factory.mktemp("study")
    for name, seed, size in (("mine", 1, 32), ("other", 2, 48)):
        network = Network(name, SMALL, build(SMALL, 6, seed=seed), CATEGORIES, size)
        save_network(network, folder / f"{name}.safetensors", f"untrained, seed {seed}")
    octave = {"size": 40, "iterations": 2, "lr": [0.1, 0.1]}
    for block, (maker, classes) in BLOCKS.items():
        items = [
            {"item": f"{c:03d}", "target": CATEGORIES[c], "classes": [c], "seed": 9}
            | {"layer": "logits", "objective": f"{maker}:logits[{c}]"}
            for c in classes
        ]
        about = {"set": "s", "code": "A3", "network": maker}
        plan = about | {"recipe": {"octaves": [octave]}, "items": items}
        (folder / f"{block}.json").write_text(json.dumps(plan))
        name = folder / block
        argv = ["--plan", f"{name}.json", "--networks", folder / f"{maker}.safetensors"]
        argv += ["--device", "cpu", "--images", f"{name}.safetensors"]
        argv += ["--item-table", f"{name}.items.parquet", "--trace", f"{name}.trace.parquet"]
        assert not generate_images.main(list(map(str, argv)))
    return folder


@pytest.fixture
def study(made, tmp_path):
    return shutil.copytree(made, tmp_path / "study")


def asked(study, *arguments, judges=None, images=("0", "1"), items=("0", "1"), networks=BOTH):
    plan = {"judges": {"mine": BOTH} if judges is None else judges}
    (study / "plan.json").write_text(json.dumps(plan))
    return call(
        ask_networks,
        *("--plan", study / "plan.json"),
        *("--networks", *(study / f"{name}.safetensors" for name in networks)),
        *("--images", *(study / f"{block}.safetensors" for block in images)),
        *("--item-tables", *(study / f"{block}.items.parquet" for block in items)),
        *("--device", "cpu", *arguments),
        *("--predictions", study / "p.parquet", "--logits", study / "l.parquet"),
    )


def test_the_numbers_are_those_of_a_plain_forward(study):
    assert asked(study, "--batch", 2) == 0
    told = read_table(study / "p.parquet", PREDICTIONS)
    full = read_table(study / "l.parquet", LOGITS)
    assert told["judge"].tolist() == full["judge"].tolist() == ["mine"] * 5 + ["other"] * 5
    assert told["item"].tolist() == ["000", "001", "002", "003", "004"] * 2
    images = torch.cat([load_file(study / f"{b}.safetensors")["images"] for b in "01"])
    for name, size in (("mine", 32), ("other", 48)):
        network = load_network(study / f"{name}.safetensors")
        with torch.no_grad():
            plain = network.model(resize(images, [size, size], antialias=True)).numpy()
        np.testing.assert_allclose(
            np.stack(full["logits"][full["judge"] == name]), plain, rtol=1e-4, atol=1e-6
        )
        rows = told[told["judge"] == name]
        assert rows["top1"].tolist() == plain.argmax(axis=1).tolist()
        assert (rows["size"] == size).all()
        np.testing.assert_allclose(rows["logit_a"], plain[range(5), range(5)], rtol=1e-4, atol=1e-6)


def test_the_small_table_tells_of_every_change_of_the_large_one(study):
    assert asked(study) == 0
    about = read_metadata(study / "p.parquet")
    assert about["sha256 of l.parquet"] == sha256(study / "l.parquet")
    assert about["device"] == "cpu"


def test_each_maker_has_judges_of_its_own(study):
    every = "012"
    assert asked(study, judges={"mine": BOTH, "other": ["other"]}, images=every, items=every) == 0
    told = read_table(study / "p.parquet", PREDICTIONS)
    found = list(told.groupby(["network", "judge"], sort=False).item.agg(list).items())
    of_mine = ["000", "001", "002", "003", "004"]
    assert found == [
        (("mine", "mine"), of_mine),
        (("mine", "other"), of_mine),
        (("other", "other"), ["000", "005"]),
    ]
    together = read_table(study / "l.parquet", LOGITS)
    assert asked(study, judges={"other": ["other"]}, images="2", items="2") == 0
    alone = read_table(study / "l.parquet", LOGITS)
    own = together[together.network == "other"]
    assert np.array_equal(np.stack(own.logits), np.stack(alone.logits))


def test_twice_gives_the_same_bytes(study):
    first = [asked(study), (study / "p.parquet").read_bytes(), (study / "l.parquet").read_bytes()]
    assert first == [0, *first[1:]]
    again = [asked(study), (study / "p.parquet").read_bytes(), (study / "l.parquet").read_bytes()]
    assert first == again


def test_a_picture_that_is_not_finite_is_a_row_without_numbers(study):
    path = study / "1.safetensors"
    address = {"address": json.dumps(addresses(path))}
    images = load_file(path)["images"]
    images[1, 0, 3, 3] = torch.nan
    save_file({"images": images}, path, address)
    assert asked(study, judges={"mine": ["mine"]}) == 0
    told = read_table(study / "p.parquet", PREDICTIONS).set_index("item")
    assert told["status"].to_dict() == dict.fromkeys(["000", "001", "002", "003"], "ok") | {
        "004": "not finite"
    }
    assert told["top1"].notna().tolist() == [True] * 4 + [False]


def addresses(path):
    with safetensors.safe_open(path, framework="pt") as file:
        return json.loads(file.metadata()["address"])


def test_batch_mates_do_not_change_a_result(model):
    images = torch.rand(5, 3, 32, 32)
    whole = judge(model, images, 32, batch=4)
    for i in range(5):
        assert np.array_equal(judge(model, images[i : i + 1], 32, batch=4)[0], whole[i])


def test_progress_counts_every_picture_once(model):
    done = []
    judge(model, torch.rand(5, 3, 32, 32), 32, batch=2, tell=done.append)
    assert done == [2, 2, 1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"images": ["1", "0"]}, "1.safetensors holds other pictures than its item table lists"),
        ({"images": ["0"]}, "1 files of images, 2 of items: give both of each block"),
        ({"images": ["0", "mine"]}, "mine.safetensors is no file of images of this study"),
        ({"images": ["0", "none"]}, "none.safetensors is no file of images of this study"),
        ({"networks": ["mine", "mine"]}, "two of the networks have the same name"),
        ({"networks": ["mine"]}, "other is to judge pictures of mine, but is not given"),
        ({"judges": {"other": ["other"]}}, "no judges of the pictures that mine made"),
        ({"judges": ["mine"]}, "plan.json: Expected `object`, got `array` - at `$.judges`"),
    ],
)
def test_what_does_not_belong_together_is_told(study, capsys, arguments, message):
    assert asked(study, **arguments) == 2
    assert message in capsys.readouterr().err
    assert not (study / "p.parquet").exists()


def test_networks_of_other_classes_are_no_judges(study, capsys, model):
    names = ("one", *CATEGORIES[1:])
    save_network(Network("third", SMALL, model, names, 32), study / "third.safetensors", "test")
    both = ["mine", "third"]
    assert asked(study, judges={"mine": both}, networks=both) == 2
    assert "mine and third have other categories" in capsys.readouterr().err


def test_items_of_blocks_follow_each_other(study):
    inputs = [study / "1.items.parquet", study / "0.items.parquet"]
    output = study / "items.parquet"
    assert not call(tabulate_items, "--item-tables", *inputs, "--all-items", output)
    items = read_table(study / "items.parquet", ITEMS)
    assert items["item"].tolist() == ["003", "004", "000", "001", "002"]


def test_a_judge_whose_answer_depends_on_other_pictures_is_refused(
    study, capsys, monkeypatch, tmp_path
):
    (tmp_path / "mates.py").write_text(
        "from torch import nn\n\n\n"
        "def build():\n"
        "    norm = nn.BatchNorm2d(3, track_running_stats=False)\n"
        "    return nn.Sequential(norm, nn.Flatten(), nn.Linear(3 * 32 * 32, 6))\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    builder = "mates:build"
    code = source_digest(builder)
    network = Network("third", builder, build_module(builder), CATEGORIES, 32, [], code)
    save_network(network, study / "third.safetensors", "test")
    both = ["mine", "third"]
    assert asked(study, "--modules", builder, judges={"mine": both}, networks=both) == 2
    said = capsys.readouterr().err
    assert "third gives an image something else when other images are beside it" in said
    assert "first in 0 (BatchNorm2d)" in said


def test_a_class_that_no_network_knows_is_told(study, capsys):
    items = read_table(study / "1.items.parquet", ITEMS)
    write_table(items.assign(class_a=[3, 99999]), study / "1.items.parquet", ITEMS)
    assert asked(study) == 2
    said = capsys.readouterr().err
    assert "1.safetensors: class_a is 99999, but mine knows only the classes 0 to 5" in said
