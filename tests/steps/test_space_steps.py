"""The steps that measure and tabulate the space of classes, from files to files."""

import json

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from preimage.errors import UserError
from preimage.measures.images.predictions import logit_rows, predictions
from preimage.networks.network import Network, build, save_network
from preimage.steps import (
    cli,
    compare_spaces,
    judge_space,
    measure_maps,
    tabulate_distances,
    tabulate_maps,
    tabulate_neighbour_graph,
    tabulate_principal_components,
)
from preimage.tables.claims import CLAIMS
from preimage.tables.images import ITEMS, LOGITS, PREDICTIONS
from preimage.tables.parquet import read_table, write_table
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
PLAN = {"space": "s", "code": "L1", "set": "class_images", "network": "net", "layer": "layer2"}
PLAN |= {"judge": "net", "maps": [3, 0], "batch_norm": True}
JUDGED = {"networks": ["net"], "spaces": ["s"], "googlenets": []}


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
            **{"size": 32, "iterations": 1, "seconds": 0.0},
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


def call(step, *words, **options):
    argv = list(words)
    for option, value in options.items():
        argv += [f"--{option}", *map(str, value if isinstance(value, list) else [value])]
    step.main(step.parser().parse_args(argv))


def measured(folder, **changes):
    (folder / "plan.json").write_text(json.dumps(PLAN | changes))
    files = {"network": folder / "net.safetensors", "images": folder / "i.safetensors"}
    files |= {"items": folder / "items.parquet", "plan": folder / "plan.json"}
    call(measure_maps, "--device", "cpu", **files, output=folder / "means.parquet")
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
    with_norm, without = measured(tmp_path), measured(tmp_path, batch_norm=False)
    assert not without.batch_norm.any()
    assert not np.allclose(with_norm["mean"], without["mean"], rtol=1e-2)


def test_a_picture_that_gives_no_number_says_so(block, tmp_path):
    _, pixels = block
    pixels[1, 0, 0, 0] = float("inf")
    about = [{"objective": o, "seed": 999} for o in items().objective]
    save_file({"images": pixels}, tmp_path / "i.safetensors", {"address": json.dumps(about)})
    found = measured(tmp_path)
    assert found.status.tolist() == ["ok", "not finite", "ok", "ok", "diverged"] * 2
    assert found["mean"].isna().sum() == 2


def test_a_plan_with_another_key_is_an_error(block, tmp_path):
    with pytest.raises(UserError, match="unknown key 'layers'"):
        measured(tmp_path, layers=["layer2"])


def test_tables_follow_from_tables(block, tmp_path):
    measured(tmp_path)
    draw = np.random.default_rng(0)
    told, full = [], []
    for maker in ("net", "other"):
        rows = items(maker).assign(class_b=pd.array([None] * 5, dtype="Int64"))
        for judge in ("net", "other"):
            logits = draw.normal(size=(5, 5))
            told.append(predictions(rows, logits, judge, 32, NAMES))
            full.append(logit_rows(rows, logits, judge))
    said = {"predictions": tmp_path / "p.parquet", "logits": tmp_path / "l.parquet"}
    write_table(pd.concat(told), said["predictions"], PREDICTIONS)
    write_table(pd.concat(full), said["logits"], LOGITS)
    (tmp_path / "groups.json").write_text(json.dumps({"groups": [["pets", [0, 1]]]}))
    (tmp_path / "nets.json").write_text(json.dumps(JUDGED))

    names = ("dist", "d", "n", "comp", "groups", "pc", "co", "cmp", "claims")
    at = {name: tmp_path / f"{name}.out" for name in names}
    call(tabulate_maps, means=tmp_path / "means.parquet", distributions=at["dist"])
    call(tabulate_distances, **said, distances=at["d"], neighbours=at["n"])
    graph = {"plan": tmp_path / "groups.json", "neighbours": at["n"]}
    call(tabulate_neighbour_graph, **graph, components=at["comp"], groups=at["groups"])
    principal = {"components": at["pc"], "coordinates": at["co"]}
    call(tabulate_principal_components, **said, **principal)
    call(compare_spaces, **said, comparison=at["cmp"])
    tables = {"distributions": at["dist"], "neighbours": at["n"], "groups": at["groups"]}
    tables |= {"components": at["pc"], "plan": tmp_path / "nets.json"}
    call(judge_space, **tables, claims=at["claims"])

    assert read_table(at["dist"], MAP_DISTRIBUTIONS)["pictures"].tolist() == [4, 4]
    assert set(read_table(at["comp"], COMPONENTS).network) == {"net", "other"}
    assert set(read_table(at["groups"], NEIGHBOUR_GROUPS).group) == {"all", "pets"}
    assert len(read_table(at["pc"], PRINCIPAL_COMPONENTS)) == 2 * 3
    assert len(read_table(at["co"], PRINCIPAL_COORDINATES)) == 2 * 3 * 4
    assert len(read_table(at["cmp"], SPACE_COMPARISON)) == 3 * 2
    found = read_table(at["claims"], CLAIMS)
    assert {"L1", "L2", "L3"} == set(found.code)
    of_space = found[found.claim.str.contains("mean activations|near to each other")]
    assert of_space.compared.str.contains("net").all()
    assert not of_space.compared.str.contains("other").any()  # it is not to be judged
    (tmp_path / "nets.json").write_text(json.dumps(JUDGED | {"networks": [], "spaces": []}))
    call(judge_space, **tables, claims=at["claims"])
    assert set(read_table(at["claims"], CLAIMS).verdict) == {"not run"}


def test_claims_of_a_study_without_tables_are_not_run(tmp_path):
    (tmp_path / "nets.json").write_text(json.dumps(JUDGED | {"googlenets": ["net"]}))
    call(judge_space, plan=tmp_path / "nets.json", claims=tmp_path / "claims.out")
    assert set(read_table(tmp_path / "claims.out", CLAIMS).verdict) == {"not run"}


def test_blocks_without_their_items_are_refused(block, tmp_path, capsys):
    (tmp_path / "plan.json").write_text(json.dumps(PLAN))
    items_file, images = str(tmp_path / "items.parquet"), str(tmp_path / "i.safetensors")
    argv = ["--plan", str(tmp_path / "plan.json"), "--network", str(tmp_path / "net.safetensors")]
    argv += ["--images", images, images, "--items", items_file, "--output", str(tmp_path / "o")]
    assert cli.run(measure_maps.main, measure_maps.parser(), argv) == 2
    assert "2 files of images, 1 of items" in capsys.readouterr().err
