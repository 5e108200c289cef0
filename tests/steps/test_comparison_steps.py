"""From pictures of several sets to their distances, statistics, claims and a figure."""

import json

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from safetensors.numpy import save_file

from preimage.measures.images.features import Features
from preimage.networks.network import Network, build, load_network, save_network
from preimage.photos import squash
from preimage.steps import (
    cli,
    compare_images,
    draw_comparison,
    judge_comparisons,
    judge_images,
    tabulate_comparisons,
    tabulate_pairs,
)
from preimage.tables.claims import CLAIMS
from preimage.tables.columns import TEXT
from preimage.tables.comparisons import COMPARED_IMAGES, COMPARISONS, PAIRS
from preimage.tables.depth import RECONSTRUCTIONS
from preimage.tables.images import ITEMS
from preimage.tables.parquet import read_table, write_table

SMALL = "shufflenet_v2_x0_5"
NAMES = ("tench", "goldfish", "great white shark", "tiger shark")
RANDOM = np.random.default_rng(0)
PICTURES = {
    name: RANDOM.random((4, 3, 8, 8), np.float32) for name in ("ours", "theirs", "sums", "lost")
}
TARGETS = {
    "ours": [0, 1, 2, 3],
    "theirs": [0, 1, 2],
    "sums": [(0, 1), (0, 2), (3, 1)],
    "lost": [0, 1],
}


def item(image_set, target):
    classes = target if isinstance(target, tuple) else (target,)
    return {
        **{"code": "A3", "set": image_set, "network": "mine", "layer": "logits", "recipe": "r"},
        "item": "+".join(f"{c:03d}" for c in classes),
        "target": " + ".join(NAMES[c] for c in classes),
        "class_a": classes[0],
        "class_b": classes[1] if len(classes) > 1 else None,
        "objective": " + ".join(f"mine:logits[{c}]" for c in classes),
        **{"seed": 9, "size": 8, "precision": "float32"},
        "status": "diverged"
        if image_set == "lost" or (image_set, target) == ("theirs", 1)
        else "ok",
    }


def call(step, *arguments):
    return cli.run(step.main, step.parser(), [str(argument) for argument in arguments])


def files(folder, ending, *sets):
    return [folder / f"{name}.{ending}" for name in sets]


def complete(frame, table):
    """Return the frame with nothing in the columns of the table that it lacks."""
    for column in table.columns:
        if column.name not in frame:
            frame[column.name] = None if column.nullable else "" if column.type == TEXT else 0
    return frame


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Return a folder with two networks, pictures of three sets, and what the networks say."""
    folder = tmp_path_factory.mktemp("study")
    for name, seed, size in (("mine", 1, 32), ("other", 2, 48)):
        network = Network(name, SMALL, build(SMALL, len(NAMES), seed=seed), NAMES, size)
        save_network(network, folder / f"{name}.safetensors", f"untrained, seed {seed}")
    for name, targets in TARGETS.items():
        frame = pd.DataFrame([item(name, target) for target in targets])
        write_table(complete(frame, ITEMS), folder / f"{name}.items.parquet", ITEMS)
        about = frame[["objective", "seed"]].to_dict("records")
        pixels = {"images": PICTURES[name][: len(targets)]}
        save_file(pixels, folder / f"{name}.blocks", {"address": json.dumps(about)})
        assert not call(
            judge_images,
            *("--networks", folder / "mine.safetensors", folder / "other.safetensors"),
            *("--images", folder / f"{name}.blocks", "--items", folder / f"{name}.items.parquet"),
            *("--predictions", folder / f"{name}.predictions.parquet", "--device", "cpu"),
            *("--logits", folder / f"{name}.logits.parquet"),
        )
    return folder


def column(name, kind="alone", **more):
    return {
        "set": name,
        "network": "mine",
        "kind": kind,
        "networks": ["mine"],
        "title": name,
    } | more


def plan(folder, *columns, **more):
    path = folder / "plan.json"
    path.write_text(json.dumps({"name": "c", "code": "K1", "columns": columns} | more))
    return path


def compare(study, folder, *columns):
    sets = list(dict.fromkeys(c["set"] for c in columns))
    assert not call(
        compare_images,
        *("--plan", plan(folder, *columns), "--device", "cpu", "--output", folder / "c.parquet"),
        *("--networks", study / "mine.safetensors", study / "other.safetensors"),
        *("--images", *files(study, "blocks", *sets)),
        *("--items", *files(study, "items.parquet", *sets)),
    )
    return read_table(folder / "c.parquet", COMPARED_IMAGES)


BOTH = (column("ours"), column("theirs"))
SUMS = (column("ours", of="A", title="A"), column("sums", kind="sum"))


def test_distances_in_pixels_are_those_of_the_pictures(study, tmp_path):
    found = compare(study, tmp_path, *BOTH)
    pixels = found[found.by == "pixels"]
    there = pixels[pixels.one == "ours"].set_index("classes")
    assert list(there.index) == ["000", "001", "002"]
    apart = PICTURES["ours"][[0, 2]] - PICTURES["theirs"][[0, 2]]
    assert np.allclose(there.distance[["000", "002"]], np.linalg.norm(apart.reshape(2, -1), axis=1))
    other = np.linalg.norm(PICTURES["ours"][0] - PICTURES["theirs"][2])
    assert there.to_others["000"] == pytest.approx(other)  # the other one failed
    assert list(there.others) == [1, 2, 1]
    assert np.isnan(there.distance["001"])
    assert np.isnan(there.ssim["001"])
    back = pixels[pixels.one == "theirs"].set_index("classes")
    assert np.allclose(back.distance, there.distance, equal_nan=True)
    assert pixels.third.isna().all()


def test_every_network_compares_in_its_features(study, tmp_path):
    found = compare(study, tmp_path, *BOTH).dropna(subset="distance")
    seen = found[found.by != "pixels"]
    by_row = seen[seen.one == "ours"].set_index(["by", "metric", "third", "classes"]).distance
    expected = {
        (by, metric, by == "other", f"{place:03d}"): apart
        for by in ("mine", "other")
        for place in (0, 2)
        for metric, apart in in_features(study / f"{by}.safetensors", place).items()
    }
    assert by_row.to_dict() == pytest.approx(expected, rel=1e-4)


@torch.inference_mode()
def in_features(path, place):
    """Return how far apart the two sets' pictures at a place are in a network's features."""
    network = load_network(path)
    pictures = torch.from_numpy(np.stack([PICTURES[name][place] for name in ("ours", "theirs")]))
    one, other = Features(network.model)(squash(pictures, network.size))
    return {
        "l2": float((one - other).norm()),
        "cosine": 1 - float(torch.cosine_similarity(one, other, dim=0)),
    }


def test_the_same_picture_is_at_no_distance(study, tmp_path):
    found = compare(study, tmp_path, column("ours"), column("ours", title="again"))
    assert (found.distance < 1e-3 * found.to_others).all()
    assert (found.nearer_others == 0).all()
    assert np.allclose(found.ssim.dropna(), 1)


def test_a_column_that_failed_altogether_is_at_no_known_distance(study, tmp_path):
    found = compare(study, tmp_path, column("ours"), column("lost"))
    assert len(found) == 2 * 2 * 5  # rows, directions, metrics
    assert found.distance.isna().all()


def test_from_distances_to_statistics_and_claims(study, tmp_path):
    compare(study, tmp_path, *SUMS)
    entry = json.loads((tmp_path / "plan.json").read_text())
    told = [
        *("--predictions", *files(study, "predictions.parquet", "ours", "sums")),
        *("--logits", *files(study, "logits.parquet", "ours", "sums")),
    ]
    all_plans = tmp_path / "all.json"
    all_plans.write_text(json.dumps({"comparisons": [entry]}))
    one = ("--plan", all_plans, "--compared", tmp_path / "c.parquet")
    assert not call(
        tabulate_comparisons, *one, *told, "--comparisons", tmp_path / "comparisons.parquet"
    )
    found = read_table(tmp_path / "comparisons.parquet", COMPARISONS)
    assert {"distance", "nearest", "probability of A", "difference of B"} <= set(found.statistic)
    assert set(found.n) == {3}
    sums = [argument for argument in told if "ours" not in str(argument)]
    assert not call(tabulate_pairs, *sums, "--pairs", tmp_path / "pairs.parquet")
    assert set(read_table(tmp_path / "pairs.parquet", PAIRS).judge) == {"mine", "other"}
    run = {"set": "sums", "network": "mine", "kind": "sum", "networks": ["mine"]}
    more = {"comparisons": [entry], "pairs": [run], "photos": [], "judges": ["mine", "other"]}
    classes = [*NAMES, "hammerhead", "electric ray"]
    all_plans.write_text(json.dumps(more | {"classes": classes}))
    assert not call(
        judge_comparisons,
        *(*one, "--comparisons", tmp_path / "comparisons.parquet"),
        *("--pairs", tmp_path / "pairs.parquet", "--claims", tmp_path / "claims.parquet"),
    )
    claims = read_table(tmp_path / "claims.parquet", CLAIMS)
    judged = claims[claims.n > 0]
    assert set(judged.code) == {"K1"}
    assert sorted(judged.compared) == [
        f"sums of mine, judged by {judge}" for judge in ("mine", "other")
    ]


def test_photos_are_judged_of_the_runs_in_the_plan(tmp_path):
    rows = [
        {"code": "B7", "set": name, "network": "mine", "photo": photo, "status": "ok"}
        | dict.fromkeys(("m_r_25", "m_r_18", "m_g", "m_i_start", "m_i", "ssim"), 1.0)
        for name in ("photos", "other_photos")
        for photo in ("cat", "dog")
    ]
    write_table(complete(pd.DataFrame(rows), RECONSTRUCTIONS), tmp_path / "p", RECONSTRUCTIONS)
    empty = {"comparisons": [], "pairs": [], "judges": [], "classes": []}
    photos = [{"set": "photos", "network": "mine"}]
    (tmp_path / "plan.json").write_text(json.dumps(empty | {"photos": photos}))
    assert not call(
        judge_comparisons,
        *("--plan", tmp_path / "plan.json", "--photos", tmp_path / "p"),
        *("--claims", tmp_path / "claims"),
    )
    claims = read_table(tmp_path / "claims", CLAIMS)
    assert list(claims[claims.n > 0].compared) == ["photos of mine"] * 4


def draw(study, folder, *columns, **style):
    sets = list(dict.fromkeys(c["set"] for c in columns))
    return call(
        draw_comparison,
        *("--plan", plan(folder, *columns, style={"tile": 60} | style)),
        *("--images", *files(study, "blocks", *sets)),
        *("--items", *files(study, "items.parquet", *sets)),
        *("--predictions", *files(study, "predictions.parquet", *sets)),
        *("--output", folder / "c.png"),
    )


def test_a_figure_has_a_row_for_each_class_and_says_what_it_shows(study, tmp_path):
    assert not draw(study, tmp_path, *BOTH)
    image = Image.open(tmp_path / "c.png")
    about = json.loads(image.text["columns"])
    assert list(about) == ["ours", "theirs"]
    assert [row["item"] for row in about["theirs"]["items"]] == ["000", "001", "002"]
    whole = image.size
    assert not draw(study, tmp_path, *BOTH, most=2)
    image = Image.open(tmp_path / "c.png")
    assert image.size[1] < whole[1]
    assert len(json.loads(image.text["columns"])["ours"]["items"]) == 1


def test_the_classes_to_show_are_shown_where_there_are_any(study, tmp_path):
    for show, items in (([1, 3], ["000+001", "003+001"]), ([77], None)):
        assert not draw(study, tmp_path, *SUMS, show=show)
        about = json.loads(Image.open(tmp_path / "c.png").text["columns"])
        found = [row["item"] for row in about["sums"]["items"]]
        assert found == (items or ["000+001", "000+002", "003+001"])


def test_columns_without_a_common_row_are_an_error(study, tmp_path, capsys):
    assert draw(study, tmp_path, column("ours"), column("sums")) == 2
    assert "no class and seed is in all of ours, sums" in capsys.readouterr().err
