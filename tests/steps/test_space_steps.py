"""The steps that measure and tabulate the space of classes, from files to files."""

import json

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from preimage.measures.images import distances
from preimage.measures.images.predictions import logit_rows, predictions
from preimage.networks.network import Network, build, save_network
from preimage.steps.measure_axes import measure_axes
from preimage.steps.space import tabulate_space
from preimage.tables.images import ITEMS, LOGITS, NEIGHBOURS, PREDICTIONS
from preimage.tables.parquet import read_metadata, read_table, write_table
from preimage.tables.space import (
    COMPONENTS,
    MAP_DISTRIBUTIONS,
    MAP_MEANS,
    NEIGHBOUR_GROUPS,
    PRINCIPAL_COMPONENTS,
    PRINCIPAL_COORDINATES,
    SPACE_COMPARISON,
)

NAMES = ["cat", "dog", "hen", "cow", "pig"]
SPACE = {"space": "s", "code": "L1", "set": "class_images", "network": "net", "layer": "layer2"}
SPACE |= {"judge": "net", "maps": [3, 0]}
PLAN = {"study": "mine", "class_images": "class_images", "networks": ["net", "other"]}
PLAN |= {"spaces": [SPACE], "groups": [["pets", [0, 1]]]}
JUDGED = {"groups": PLAN["groups"], "imagenet": False, "as_it_is": []}


def items(network="net"):
    """Return rows ITEMS of five classes, of which the last failed."""
    return pd.DataFrame(
        {
            **{column.name: None for column in ITEMS.columns if column.nullable},
            **{"code": "A3", "set": "class_images", "network": network, "layer": "logits"},
            "item": [f"{c:03d}" for c in range(5)],
            "target": NAMES,
            "class_a": range(5),
            "objective": [f"{network}:logits[{c}]" for c in range(5)],
            **{"recipe": "quick", "recipe_digest": "0", "precision": "float32", "seed": 999},
            **{"size": 32, "iterations": 1, "batch": 1, "seconds": 0.0},
            "status": ["ok", "ok", "ok", "ok", "diverged"],
        }
    )


@pytest.fixture
def block(tmp_path):
    """Write a network with BatchNorms that do something, and a block of pictures."""
    torch.manual_seed(0)
    model = build("resnet18", 5)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_var.fill_(3.0)
    network = Network("net", "resnet18", model, tuple(NAMES), 32)
    save_network(network, tmp_path / "net.safetensors", "a test")
    write_table(items(), tmp_path / "items.parquet", ITEMS)
    about = [{"objective": o, "seed": 999} for o in items().objective]
    pixels = torch.rand(5, 3, 32, 32)
    save_file({"images": pixels}, tmp_path / "i.safetensors", {"address": json.dumps(about)})
    return model, pixels


def words(options):
    return [
        word
        for option, value in options.items()
        for word in (
            f"--{option.replace('_', '-')}",
            *map(str, value if isinstance(value, list) else [value]),
        )
    ]


def measure(folder, *spaces, **files):
    (folder / "plan.json").write_text(json.dumps({"spaces": spaces}))
    given = {"networks": folder / "net.safetensors", "images": folder / "i.safetensors"}
    given |= {"item_tables": folder / "items.parquet", "plan": folder / "plan.json", **files}
    out = {"means": folder / "means.parquet", "device": "cpu"}
    return measure_axes.main(words(given | out))


def measured(folder, *spaces, **files):
    assert measure(folder, *(spaces or [SPACE]), **files) == 0
    return read_table(folder / "means.parquet", MAP_MEANS)


def test_means_of_maps_are_written_by_class_and_map(block, tmp_path):
    model, pixels = block
    found = measured(tmp_path)
    with torch.no_grad():
        stem = model.maxpool(model.relu(model.bn1(model.conv1(pixels))))
        expected = model.layer2(model.layer1(stem)).mean(dim=(2, 3))
    assert found["map"].tolist() == [3] * 5 + [0] * 5
    assert found["class"].tolist() == [0, 1, 2, 3, 4] * 2
    assert found.name.tolist() == NAMES * 2
    assert found["mean"].to_numpy() == pytest.approx(expected.T[[3, 0]].ravel().numpy(), rel=1e-3)
    assert found.status.tolist() == ["ok", "ok", "ok", "ok", "diverged"] * 2


def test_without_batch_norm_the_means_are_others(block, tmp_path):
    both = measured(tmp_path, SPACE, SPACE | {"space": "t", "batch_norm": False})
    with_norm, without = both[both.space == "s"], both[both.space == "t"]
    assert both.space.tolist() == ["s"] * 10 + ["t"] * 10
    assert with_norm.batch_norm.all()
    assert not without.batch_norm.any()
    assert not np.allclose(with_norm["mean"], without["mean"], rtol=1e-2)


def test_spaces_stand_in_the_order_of_the_plan_whatever_that_of_the_networks(block, tmp_path):
    model, _ = block
    alone = measured(tmp_path)
    save_network(Network("b", "resnet18", model, tuple(NAMES), 48), tmp_path / "b.safetensors", "")
    networks = [tmp_path / f"{name}.safetensors" for name in ("b", "net")]
    found = measured(tmp_path, SPACE, SPACE | {"space": "t", "judge": "b"}, networks=networks)
    assert found.judge.tolist() == ["net"] * 10 + ["b"] * 10
    assert found["mean"].tolist()[:10] == alone["mean"].tolist()
    assert found["mean"].tolist()[10:] != alone["mean"].tolist()  # seen at another size
    plan = json.loads(read_metadata(tmp_path / "means.parquet")["plan"])
    assert [space["judge"] for space in plan["spaces"]] == ["net", "b"]


def test_pictures_are_those_of_the_run_block_by_block(block, tmp_path):
    _, pixels = block
    whole = measured(tmp_path)
    files = {"images": [], "item_tables": []}
    for network, rows in (("other", range(5)), ("net", (0, 1, 2)), ("net", (3, 4))):
        part = items(network).iloc[list(rows)]
        about = [{"objective": o, "seed": 999} for o in part.objective]
        name = f"{network}{rows[0]}"
        images, table = tmp_path / f"{name}.safetensors", tmp_path / f"{name}.parquet"
        shown = pixels[list(rows)] if network == "net" else torch.zeros(5, 3, 32, 32)
        save_file({"images": shown}, images, {"address": json.dumps(about)})
        write_table(part, table, ITEMS)
        files["images"].append(images)
        files["item_tables"].append(table)
    pd.testing.assert_frame_equal(measured(tmp_path, **files), whole)


def test_a_space_without_its_judge_is_an_error(block, tmp_path, capsys):
    assert measure(tmp_path, SPACE | {"judge": "another"}) == 2
    assert "space s: the network another is not given" in capsys.readouterr().err


def test_a_picture_that_gives_no_number_says_so(block, tmp_path):
    _, pixels = block
    pixels[1, 0, 0, 0] = float("inf")
    about = [{"objective": o, "seed": 999} for o in items().objective]
    save_file({"images": pixels}, tmp_path / "i.safetensors", {"address": json.dumps(about)})
    found = measured(tmp_path)
    assert found.status.tolist() == ["ok", "not finite", "ok", "ok", "diverged"] * 2
    assert found["mean"].isna().sum() == 2


def test_a_plan_with_another_key_is_an_error(block, tmp_path, capsys):
    assert measure(tmp_path, SPACE | {"layers": ["layer2"]}) == 2
    assert "unknown field `layers`" in capsys.readouterr().err


OUTPUTS = {
    "map_distributions": MAP_DISTRIBUTIONS,
    "components": COMPONENTS,
    "neighbour_groups": NEIGHBOUR_GROUPS,
    "principal_components": PRINCIPAL_COMPONENTS,
    "principal_coordinates": PRINCIPAL_COORDINATES,
    "space_comparison": SPACE_COMPARISON,
}


def tabulated(folder, plan=PLAN, **files):
    (folder / "space.json").write_text(json.dumps(plan))
    out = {name: folder / f"{name}.parquet" for name in OUTPUTS}
    assert tabulate_space.main(words({"plan": folder / "space.json", **files, **out})) == 0
    return {name: read_table(out[name], table) for name, table in OUTPUTS.items()}


@pytest.fixture
def said(tmp_path):
    """Write what networks say of their class images, and what some say that are not asked."""
    draw = np.random.default_rng(0)
    told, full = [], []
    for maker in ("net", "other", "gone"):
        rows = items(maker).assign(class_b=pd.array([None] * 5, dtype="Int64"))
        for judge in ("net", "other", "third"):
            logits = draw.normal(size=(5, 5))
            told.append(predictions(rows, logits, judge, 32, NAMES))
            full.append(logit_rows(rows, logits, judge))
    told[-1]["set"] = full[-1]["set"] = "opposites"
    files = {"predictions": tmp_path / "p.parquet", "logits": tmp_path / "l.parquet"}
    write_table(pd.concat(told), files["predictions"], PREDICTIONS)
    write_table(pd.concat(full), files["logits"], LOGITS)
    _, near = distances.tabulate(pd.concat(told), pd.concat(full))
    write_table(near, tmp_path / "n.parquet", NEIGHBOURS)
    return files | {"neighbours": tmp_path / "n.parquet"}


def test_tables_and_claims_follow_from_tables(block, said, tmp_path, settled):
    measured(tmp_path)
    found = tabulated(tmp_path, means=tmp_path / "means.parquet", **said)
    assert found["map_distributions"]["pictures"].tolist() == [5, 5], "a diverged one is a picture"
    assert {"net", "other"} <= set(found["components"].network)
    assert set(found["neighbour_groups"].group) == {"all", "pets"}
    assert set(found["principal_components"].network) == {"net", "other"}
    assert len(found["principal_components"]) == 2 * 4
    assert len(found["principal_coordinates"]) == 2 * 4 * 5
    assert len(found["space_comparison"]) == 3 * 2
    assert set(found["space_comparison"].pictures) == {"own", "net", "other"}

    tables = {"map_means": tmp_path / "means.parquet", "neighbours": said["neighbours"]}
    tables |= {"principal_components": tmp_path / "principal_components.parquet"}
    found = settled({"makers": {}, "space": JUDGED}, **tables)
    found = found[found.networks != ""]
    assert "L2.1" in set(found.id)
    near = found[found.id == "L2.1"]
    assert near.networks.tolist() == ["net (class_images)", "other (class_images)"]
    assert set(near.verdict) == {"inconclusive"}  # few classes


def test_tables_without_input_are_empty(block, said, tmp_path):
    measured(tmp_path)
    of_spaces = tabulated(tmp_path, PLAN | {"networks": []}, means=tmp_path / "means.parquet")
    assert [name for name, table in of_spaces.items() if len(table)] == ["map_distributions"]
    of_images = tabulated(tmp_path, PLAN | {"spaces": []}, **said)
    assert [name for name, table in of_images.items() if table.empty] == ["map_distributions"]
    assert all(table.empty for table in tabulated(tmp_path).values())
