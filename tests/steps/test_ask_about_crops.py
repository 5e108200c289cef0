"""The step that shows parts of pictures to another network: its counts are those of the network."""

import json

import pandas as pd
import pytest
import torch
from safetensors.torch import save_file
from torchvision.transforms.functional import resize

from preimage.measures.images.scrambling import scrambled
from preimage.networks.network import Network, build, load_network, save_network
from preimage.steps import ask_about_crops as module
from preimage.steps.ask_about_crops import ask_about_crops
from preimage.tables.images import CROPS, ITEMS
from preimage.tables.parquet import read_table, write_table

SMALL, CLASSES = "shufflenet_v2_x0_5", 5
RUN = {"set": "opposites", "network": "maker", "judge": "other"}


def pictures():
    return torch.rand(CLASSES, 3, 40, 40, generator=torch.Generator().manual_seed(1))


def objective(c):
    return f"maker:logits[{c}]"


@pytest.fixture
def study(tmp_path):
    network = Network("other", SMALL, build(SMALL, 6, seed=1), tuple("abcdef"), 32)
    save_network(network, tmp_path / "other.safetensors", "untrained, seed 1")
    empty = {column.name: 1 for column in ITEMS.columns if not column.nullable}
    words = {"code": "I1", "set": "opposites", "network": "maker", "layer": "logits"}
    words |= {"recipe": "r", "recipe_digest": "d", "precision": "float32", "seed": 9}
    rows = [
        empty | words | {"item": f"{c:03}", "target": "t", "class_a": c, "status": "ok"}
        for c in range(CLASSES)
    ]
    rows = [row | {"objective": objective(c)} for c, row in enumerate(rows)]
    frame = pd.DataFrame(rows).reindex(columns=ITEMS.names)
    write_table(frame, tmp_path / "items.parquet", ITEMS)
    told = json.dumps([{"objective": objective(c), "seed": 9} for c in range(CLASSES)])
    save_file({"images": pictures()}, tmp_path / "images.safetensors", {"address": told})
    return tmp_path


def ask(study, runs=(RUN,), batch=4):
    (study / "plan.json").write_text(json.dumps({"runs": [*runs]}))
    words = [
        *("--plan", study / "plan.json", "--device", "cpu", "--batch", batch),
        *("--networks", study / "other.safetensors"),
        *("--images", study / "images.safetensors", "--item-tables", study / "items.parquet"),
        *("--crops", study / "out.parquet"),
    ]
    assert not ask_about_crops.main([str(word) for word in words])
    return read_table(study / "out.parquet", CROPS)


def labels(model, image):
    parts = [image[:, y : y + 20, x : x + 20] for y in (0, 10, 20) for x in (0, 10, 20)]
    with torch.no_grad():
        said = model(resize(torch.stack(parts), [32, 32], antialias=True))
    return len(said.argmax(dim=1).unique())


def test_counts_are_those_of_plain_forwards_whatever_the_batch(study):
    found = ask(study)
    model = load_network(study / "other.safetensors").model
    torn = scrambled(pictures(), [f"{objective(c)} 9" for c in range(CLASSES)])
    assert found["labels"].tolist() == [labels(model, image) for image in pictures()]
    assert found.scrambled_labels.tolist() == [labels(model, image) for image in torn]
    assert set(found.judge) == {"other"}
    assert found.class_a.tolist() == [*range(CLASSES)]
    pd.testing.assert_frame_equal(ask(study, batch=9), found)


def test_of_many_classes_some_are_asked_about(study, monkeypatch):
    monkeypatch.setattr(module, "MOST", 3)
    assert ask(study).class_a.tolist() == [0, 2, 4]


def test_without_runs_the_table_is_empty(study):
    assert ask(study, runs=()).empty
