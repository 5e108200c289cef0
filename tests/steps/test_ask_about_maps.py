"""The step that asks networks about pictures of maps: its numbers are those of the networks."""

import json

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import save_file
from torch.nn.functional import softmax
from torchvision.transforms.functional import resize

from preimage.measures.feature_maps import witnesses
from preimage.measures.images.scrambling import scrambled
from preimage.networks.network import Network, build, load_network, save_network
from preimage.steps.ask_about_maps import ask_about_maps
from preimage.tables.feature_maps import PICTURED_OBJECTS
from preimage.tables.images import ITEMS
from preimage.tables.parquet import read_table, write_table

SMALL = "shufflenet_v2_x0_5"
CATEGORIES = tuple(f"class {i}" for i in range(6))
SIZES = {"one": 32, "two": 48, "maker": 32}
BLOCKS = {"first": range(3), "second": range(3, 5)}
RUN = {"set": "maps", "network": "maker", "witnesses": ["one", "two"]}


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("networks")
    for seed, (name, size) in enumerate(SIZES.items()):
        network = Network(name, SMALL, build(SMALL, 6, seed=seed), CATEGORIES, size)
        save_network(network, folder / f"{name}.safetensors", f"untrained, seed {seed}")
    return folder


def pictures(maps):
    return torch.stack(
        [torch.rand(3, 40, 40, generator=torch.Generator().manual_seed(m)) for m in maps]
    )


@pytest.fixture
def study(tmp_path):
    """Return a folder with two blocks of pictures of maps."""
    empty = {column.name: 1 for column in ITEMS.columns if not column.nullable}
    words = {"code": "N1", "set": "maps", "network": "maker", "layer": "conv1", "status": "ok"}
    words |= {"recipe": "r", "recipe_digest": "d", "precision": "float32", "seed": 9}
    for name, maps in BLOCKS.items():
        rows = [
            empty | words | {"item": f"conv1[{m}]", "target": "t", "objective": objective(m)}
            for m in maps
        ]
        frame = pd.DataFrame(rows).reindex(columns=ITEMS.names)
        write_table(frame, tmp_path / f"{name}.items.parquet", ITEMS)
        save(tmp_path, name, pictures(maps))
    return tmp_path


def objective(number):
    return f"maker:conv1[{number}]"


def save(folder, name, images):
    told = json.dumps([{"objective": objective(m), "seed": 9} for m in BLOCKS[name]])
    save_file({"images": images}, folder / f"{name}.safetensors", {"address": told})


def ask(study, networks, *arguments, run=RUN, given=tuple(SIZES)):
    (study / "plan.json").write_text(json.dumps({"runs": [run]}))
    words = [
        *("--plan", study / "plan.json", "--device", "cpu"),
        *("--networks", *(networks / f"{name}.safetensors" for name in given)),
        *("--images", *(study / f"{name}.safetensors" for name in BLOCKS)),
        *("--item-tables", *(study / f"{name}.items.parquet" for name in BLOCKS)),
        *("--objectness", study / "out.parquet", *arguments),
    ]
    return ask_about_maps.main([str(word) for word in words])


def probabilities(networks, images, names):
    """Return what networks say together, by plain forwards."""
    said = []
    for name in names:
        network = load_network(networks / f"{name}.safetensors")
        with torch.no_grad():
            seen = resize(images, [network.size] * 2, antialias=True)
            said.append(softmax(network.model(seen).double(), dim=1))
    return torch.stack(said).mean(dim=0)


@pytest.mark.parametrize("asked", [["one", "two"], ["two"]])
def test_the_numbers_are_those_of_plain_forwards_whatever_the_blocks(study, networks, asked):
    assert not ask(study, networks, "--batch", 2, run=RUN | {"witnesses": asked})
    found = read_table(study / "out.parquet", PICTURED_OBJECTS)
    assert found["item"].tolist() == [f"conv1[{m}]" for m in range(5)]
    assert set(found.witnesses) == {", ".join(asked)}
    images = pictures(range(5))
    torn = scrambled(images, [f"{objective(m)} 9" for m in range(5)])
    for column, shown in (("certainty", images), ("scrambled", torn)):
        plain = probabilities(networks, shown, asked).max(dim=1).values.numpy()
        np.testing.assert_allclose(found[column], plain, rtol=1e-4)
    np.testing.assert_array_equal(found.objectness, found.certainty - found.scrambled)
    for number, image in enumerate(images):
        parts = torch.stack(
            [image[:, t : t + 20, x : x + 20] for t in (0, 10, 20) for x in (0, 10, 20)]
        )
        labels = probabilities(networks, parts, asked).argmax(dim=1)
        assert found["labels"][number] == len(labels.unique())


def test_the_batch_decides_nothing(study, networks):
    assert not ask(study, networks, "--batch", 1)
    one = read_table(study / "out.parquet", PICTURED_OBJECTS)
    assert not ask(study, networks, "--batch", 4)
    pd.testing.assert_frame_equal(read_table(study / "out.parquet", PICTURED_OBJECTS), one)


def test_no_more_pictures_are_read_at_once_than_a_batch_has(study, networks, monkeypatch):
    asked, real = [], witnesses.judge

    def judge(model, images, *args, **options):
        asked.append(images)
        return real(model, images, *args, **options)

    monkeypatch.setattr(witnesses, "judge", judge)
    assert not ask(study, networks, "--batch", 2, run=RUN | {"witnesses": ["one"]})
    # as they are, scrambled, and in nine parts
    assert [len(images) for images in asked] == [2, 2, 18, 2, 2, 18, 1, 1, 9]


def test_a_picture_that_is_not_finite_is_a_row_without_numbers(study, networks):
    images = pictures(BLOCKS["second"])
    images[0, 0, 3, 3] = torch.nan
    save(study, "second", images)
    assert not ask(study, networks)
    found = read_table(study / "out.parquet", PICTURED_OBJECTS)
    assert found.objectness.isna().tolist() == [False, False, False, True, False]


def test_networks_of_other_classes_are_a_mistake(study, networks, capsys):
    names = ("none", *CATEGORIES[1:])
    odd = Network("odd", SMALL, build(SMALL, 6, seed=5), names, 32)
    save_network(odd, networks / "odd.safetensors", "test")
    run = RUN | {"witnesses": ["one", "odd"]}
    assert ask(study, networks, run=run, given=("one", "odd")) == 2
    assert "one and odd have other categories" in capsys.readouterr().err


def test_a_witness_whose_file_is_not_given_is_a_mistake(study, networks, capsys):
    assert ask(study, networks, given=("one", "maker")) == 2
    assert "the network 'two', whose file is not given" in capsys.readouterr().err
