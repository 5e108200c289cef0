"""From pictures of several sets to their distances, statistics, claims and a figure."""

import json

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from safetensors.numpy import save_file

from preimage.measures.comparisons import compared
from preimage.measures.comparisons.hues import hues
from preimage.measures.comparisons.nearness import METRICS
from preimage.measures.images.features import Features
from preimage.measures.images.judging import judge
from preimage.measures.images.predictions import logit_rows, predictions
from preimage.networks.network import Network, build, load_network, save_network
from preimage.photos import squash
from preimage.steps.compare_images import compare_images
from preimage.steps.comparisons import draw_comparisons, tabulate_comparisons
from preimage.tables.columns import TEXT
from preimage.tables.comparisons import COMPARED_IMAGES, COMPARISONS, HUES, PAIRS
from preimage.tables.images import ITEMS, LOGITS, PREDICTIONS
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
        "status": "not finite"
        if image_set == "lost" or (image_set, target) == ("theirs", 1)
        else "ok",
    }


def call(step, *arguments):
    return step.main([str(argument) for argument in arguments])


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
    """Return a folder with two networks, pictures of some sets, and what the networks say."""
    folder = tmp_path_factory.mktemp("study")
    write_study(folder, TARGETS, NAMES)
    return folder


def write_study(folder, sets, names):
    networks = [
        Network(name, SMALL, build(SMALL, len(names), seed=seed), names, size)
        for name, seed, size in (("mine", 1, 32), ("other", 2, 48))
    ]
    for network in networks:
        save_network(network, folder / f"{network.name}.safetensors", "untrained")
    for name, targets in sets.items():
        frame = complete(pd.DataFrame([item(name, target) for target in targets]), ITEMS)
        write_table(frame, folder / f"{name}.items.parquet", ITEMS)
        about = frame[["objective", "seed"]].to_dict("records")
        pixels = PICTURES[name][: len(targets)]
        save_file({"images": pixels}, folder / f"{name}.blocks", {"address": json.dumps(about)})
        told, full = map(pd.concat, zip(*(seen(n, frame, pixels) for n in networks), strict=True))
        write_table(told, folder / f"{name}.predictions.parquet", PREDICTIONS)
        write_table(full, folder / f"{name}.logits.parquet", LOGITS)


def seen(network, items, pixels):
    """Return what a network says of pictures, and the contrary of pictures from elsewhere."""
    logits = judge(network.model.eval(), torch.from_numpy(pixels), network.size)
    frame = pd.concat([items, items.assign(network="elsewhere")])
    logits = np.concatenate([logits, -logits])
    told = predictions(frame, logits, network.name, network.size, network.categories)
    return told, logit_rows(frame, logits, network.name)


def column(name, kind="alone", **more):
    return {
        "set": name,
        "network": "mine",
        "kind": kind,
        "networks": ["mine"],
        "title": name,
    } | more


def comparison(*columns, name="c"):
    return {"name": name, "code": "K1", "columns": columns}


def plan(folder, *comparisons, **more):
    path = folder / "plan.json"
    path.write_text(json.dumps({"comparisons": comparisons} | more))
    return path


def pictures(study, comparisons):
    sets = dict.fromkeys(c["set"] for one in comparisons for c in one["columns"])
    return [
        *("--images", *files(study, "blocks", *sets)),
        *("--item-tables", *files(study, "items.parquet", *sets)),
    ]


def compare(study, folder, *comparisons):
    assert not call(
        compare_images,
        *("--plan", plan(folder, *comparisons), "--device", "cpu", "--compared", folder / "c"),
        *("--hues", folder / "hues"),
        *("--networks", study / "mine.safetensors", study / "other.safetensors"),
        *pictures(study, comparisons),
    )
    return read_table(folder / "c", COMPARED_IMAGES)


BOTH = comparison(column("ours"), column("theirs"))
SUMS = comparison(
    column("ours", of="A", title="A"), column("sums", kind="sum"), name="sums_of_classes"
)


def test_distances_in_pixels_are_those_of_the_pictures(study, tmp_path):
    found = compare(study, tmp_path, BOTH)
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
    found = compare(study, tmp_path, BOTH).dropna(subset="distance")
    seen = found[found.by != "pixels"]
    by_row = seen[seen.one == "ours"].set_index(["by", "metric", "third", "classes"]).distance
    expected = {
        (by, metric, by == "other", f"{place:03d}"): apart
        for by in ("mine", "other")
        for place in (0, 2)
        for metric, apart in in_features(study / f"{by}.safetensors", place).items()
    }
    assert by_row.to_dict() == pytest.approx(expected, rel=1e-4)


@torch.no_grad()
def in_features(path, place):
    """Return how far apart the two sets' pictures at a place are in a network's features."""
    network = load_network(path)
    pictures = torch.from_numpy(np.stack([PICTURES[name][place] for name in ("ours", "theirs")]))
    one, other = Features(network.model, network.size)(squash(pictures, network.size))
    return {
        "l2": float((one - other).norm()),
        "cosine": 1 - float(torch.cosine_similarity(one, other, dim=0)),
    }


def test_how_much_of_a_picture_is_yellow_or_red_is_told_of_all_that_did_not_fail(study, tmp_path):
    compare(study, tmp_path, BOTH)
    found = read_table(tmp_path / "hues", HUES).set_index(["one", "classes"])
    assert len(found) == 6
    assert found.yellow["ours", "002"] == hues(PICTURES["ours"][2])["yellow"]
    assert found.red.isna().to_dict() == {key: key == ("theirs", "001") for key in found.index}


def test_the_same_picture_is_at_no_distance(study, tmp_path):
    found = compare(study, tmp_path, comparison(column("ours"), column("ours", title="again")))
    assert (found.distance < 1e-3 * found.to_others).all()
    assert (found.nearer_others == 0).all()
    assert np.allclose(found.ssim.dropna(), 1)


def test_a_column_that_failed_altogether_is_at_no_known_distance(study, tmp_path):
    found = compare(study, tmp_path, comparison(column("ours"), column("lost")))
    assert len(found) == 2 * 2 * 5  # rows, directions, metrics
    assert found.distance.isna().all()


def test_several_comparisons_are_those_that_each_is_alone(study, tmp_path):
    whole = compare(study, tmp_path, SUMS, BOTH)
    alone = [compare(study, tmp_path, one) for one in (SUMS, BOTH)]
    pd.testing.assert_frame_equal(whole, pd.concat(alone, ignore_index=True))


@pytest.mark.parametrize("pictures_at_once", [1, 2])
def test_pictures_are_compared_a_few_at_a_time(study, tmp_path, monkeypatch, pictures_at_once):
    whole = compare(study, tmp_path, BOTH)
    monkeypatch.setattr(compared, "_TILE", pictures_at_once * 4 * 3 * 8 * 8)
    pd.testing.assert_frame_equal(compare(study, tmp_path, BOTH), whole)


def tabulate(folder, study, the_plan, *sets, given=()):
    assert not call(
        tabulate_comparisons,
        *("--plan", the_plan, *given),
        *("--predictions", *files(study, "predictions.parquet", *sets)),
        *("--logits", *files(study, "logits.parquet", *sets)),
        *("--comparisons", folder / "comparisons", "--pairs", folder / "pairs"),
    )
    return read_table(folder / "comparisons", COMPARISONS), read_table(folder / "pairs", PAIRS)


@pytest.fixture
def tabulated(study, tmp_path):
    """Return the tables of a comparison of sums with classes, and of the sums."""
    compare(study, tmp_path, SUMS)
    the_plan = plan(tmp_path, SUMS, pairs=[["sums", "mine"]])
    return tabulate(tmp_path, study, the_plan, "ours", "sums", given=("--compared", tmp_path / "c"))


def test_from_distances_to_statistics(tabulated):
    found, pairs = tabulated
    assert {"distance", "nearest", "probability of A", "difference of B"} <= set(found.statistic)
    assert set(found.n) == {3}
    assert set(found.by) == {"pixels", "mine", "other"}
    assert set(pairs.judge) == {"mine", "other"}
    assert set(pairs.network) == {"mine"}  # of elsewhere, whose pictures are told, no plan speaks


def test_a_study_may_have_pairs_alone_or_comparisons_alone_or_neither(study, tmp_path, tabulated):
    found, pairs = tabulated
    alone = plan(tmp_path, pairs=[["sums", "mine"]])
    none, same = tabulate(tmp_path, study, alone, "sums")
    assert none.empty
    pd.testing.assert_frame_equal(same, pairs)
    of_comparisons, given = plan(tmp_path, SUMS, pairs=[]), ("--compared", tmp_path / "c")
    same, none = tabulate(tmp_path, study, of_comparisons, "ours", "sums", given=given)
    assert none.empty
    pd.testing.assert_frame_equal(same, found)
    assert all(table.empty for table in tabulate(tmp_path, study, plan(tmp_path, pairs=[])))


def test_claims_are_settled_by_the_tables(study, tmp_path, settled):
    pair = [column("ours"), column("theirs", network="other", networks=["other"])]
    run = {"set": "sums", "network": "mine", "kind": "sum", "networks": ["mine"]}
    lists = {"comparisons": [comparison(*pair)], "one_step": ["c"], "pairs": [run]}
    lists |= {"alone": [], "turns": [], "judges": ["mine", "other"]}
    classes = [*NAMES, "hammerhead", "electric ray"]
    compare(study, tmp_path, BOTH)
    maker = {"architecture": SMALL, "state": "trained"}
    makers = dict.fromkeys(("mine", "other"), maker)
    claims = settled(
        {"makers": makers, "comparisons": lists | {"classes": classes}},
        compared_images=tmp_path / "c",
        hues=tmp_path / "hues",
        compared_predictions=files(study, "predictions.parquet", "sums"),
    )
    found = claims[claims.networks != ""].set_index("id")
    assert found.networks.to_dict() == {"A1.3": "mine and other (c)"} | {"K1.1": "mine (sums)"}
    assert found.n.to_dict() == {"A1.3": 2, "K1.1": 1}  # one failed; but one shares no class
    assert found.measured_in.to_dict() == {"A1.3": "pixels", "K1.1": "other"}


def test_how_far_seeds_move_a_picture_is_told_of_all_that_a_set_has(tmp_path):
    vectors = pd.DataFrame(RANDOM.random((5, 6)), index=[3, 4, 5, 7, 8])
    same = pd.Series([1, 1, 2, 1, 2, 2, 9], index=[3, 4, 5, 6, 7, 8, 10])
    found = compared.between_seeds(vectors, same, METRICS["l2"])
    three = [np.linalg.norm(vectors.loc[a] - vectors.loc[b]) for a, b in ((5, 7), (5, 8), (7, 8))]
    assert found.index.tolist() == [1, 2]  # of the others no picture came out
    assert found[1] == pytest.approx(np.linalg.norm(vectors.loc[3] - vectors.loc[4]))
    assert found[2] == pytest.approx(np.mean(three))
    alone = compared.between_seeds(vectors[:1], same, METRICS["cosine"])
    assert np.isnan(alone[1])


def draw(study, folder, *comparisons, **style):
    sets = dict.fromkeys(c["set"] for one in comparisons for c in one["columns"])
    return call(
        draw_comparisons,
        *("--plan", plan(folder, *comparisons, style={"tile": 60} | style)),
        *pictures(study, comparisons),
        *("--predictions", *files(study, "predictions.parquet", *sets)),
        *("--sheets", *(folder / f"{one['name']}.png" for one in comparisons)),
    )


def test_a_figure_has_a_row_for_each_class_and_says_what_it_shows(study, tmp_path):
    assert not draw(study, tmp_path, BOTH)
    image = Image.open(tmp_path / "c.png")
    about = json.loads(image.text["columns"])
    assert list(about) == ["ours", "theirs"]
    assert [row["item"] for row in about["theirs"]["items"]] == ["000", "001", "002"]
    whole = image.size
    assert not draw(study, tmp_path, BOTH, most=2)
    image = Image.open(tmp_path / "c.png")
    assert image.size[1] < whole[1]
    assert len(json.loads(image.text["columns"])["ours"]["items"]) == 1


def test_each_comparison_has_its_figure_that_does_not_depend_on_the_others(study, tmp_path):
    assert not draw(study, tmp_path, BOTH, SUMS)
    together = [(tmp_path / f"{one['name']}.png").read_bytes() for one in (BOTH, SUMS)]
    assert not draw(study, tmp_path, BOTH)
    assert not draw(study, tmp_path, SUMS)
    assert [(tmp_path / f"{one['name']}.png").read_bytes() for one in (BOTH, SUMS)] == together


def test_the_classes_to_show_are_shown_where_there_are_any(study, tmp_path):
    for show, items in (([1, 3], ["000+001", "003+001"]), ([77], None)):
        assert not draw(study, tmp_path, SUMS, show=show)
        image = Image.open(tmp_path / "sums_of_classes.png")
        found = [row["item"] for row in json.loads(image.text["columns"])["sums"]["items"]]
        assert found == (items or ["000+001", "000+002", "003+001"])


def test_columns_without_a_common_row_are_an_error(study, tmp_path, capsys):
    assert draw(study, tmp_path, comparison(column("ours"), column("sums"))) == 2
    assert "no class and seed is in all of ours, sums" in capsys.readouterr().err


def test_a_study_of_two_classes_has_no_third_to_show(tmp_path):
    write_study(tmp_path, {"ours": [0, 1], "sums": [(0, 1), (1, 0)]}, NAMES[:2])
    compare(tmp_path, tmp_path, SUMS)
    the_plan, given = plan(tmp_path, SUMS, pairs=[["sums", "mine"]]), ("--compared", tmp_path / "c")
    found, pairs = tabulate(tmp_path, tmp_path, the_plan, "ours", "sums", given=given)
    assert set(found.n) == {2}
    assert set(pairs[pairs.statistic == "both in five"].value) == {1}
    assert not draw(tmp_path, tmp_path, SUMS)
    assert (tmp_path / "sums_of_classes.png").is_file()
