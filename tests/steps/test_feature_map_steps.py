"""The steps of feature maps: from pictures to measures, sheets, trends and verdicts."""

import json
from itertools import product

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from safetensors.numpy import load_file, save_file

from preimage.blocks import read_pictures
from preimage.descent.recipe import Recipe
from preimage.figures.feature_maps import tiles
from preimage.measures.feature_maps import aligned
from preimage.measures.feature_maps.appearance import appearance
from preimage.measures.features.areas import without_steps
from preimage.steps.compare_features import compare_features
from preimage.steps.feature_maps import draw_feature_maps, tabulate_feature_maps
from preimage.steps.measure_feature_maps import measure_feature_maps
from preimage.tables.feature_maps import (
    FEATURE_MAPS,
    FEATURE_PAIRS,
    FEATURE_SIMILARITY,
    FEATURE_STARTS,
    LAYERS_BY_DEPTH,
    PICTURED_OBJECTS,
)
from preimage.tables.images import ITEMS
from preimage.tables.parquet import read_table, write_table

SIDE, MAPS = 64, 3
LAYERS = ["layer2", "layer1"]  # by depth, which is not the order of their names
OCTAVES = [
    {"size": 40, "iterations": 3, "lr": 0.1, "sigma": 0.8},
    {"size": SIDE, "iterations": 2, "lr": 0.1},
]
RECIPE = {"octaves": OCTAVES, "start": {"uniform": [0.5, 0.6]}}
TITLES = {"maps": "one way", "twins": "the other"}


def picture(layer, number, phase):
    columns = np.arange(SIDE) / SIDE
    cycles = 4 * (number + 1) + 12 * LAYERS.index(layer)
    wave = 0.5 + 0.4 * np.sin(2 * np.pi * cycles * columns + phase)
    noise = np.random.default_rng(cycles).normal(scale=0.01, size=(3, SIDE, SIDE))
    return (np.tile(wave, (3, SIDE, 1)) + noise).astype(np.float32)


def start(seed):
    noise = np.random.default_rng(seed).uniform(-0.003, 0.003, size=(3, SIDE, SIDE))
    return without_steps(Recipe.read(RECIPE), [seed], {})[seed] + noise.astype(np.float32)


def block(folder, image_set, layer, dead=(), *, maps=MAPS, unmoved=(), seeds=(999,), axis=""):
    """Write the pictures of some maps of a layer; return the files of images and items.

    Those that are unmoved differ from their start by noise that 8 bits hardly show.
    """
    empty = {column.name: 1 for column in ITEMS.columns if not column.nullable}
    words = {"code": "N1", "network": "net", "recipe": "r", "recipe_digest": "d"}
    rows = []
    for seed, number in product(seeds, range(maps)):
        item = f"{layer}[{axis}{number}]"
        about = {"set": image_set, "layer": layer, "item": item, "target": item, "seed": seed}
        about |= {"objective": f"net:{item}", "precision": "float32", "size": SIDE}
        about |= {"status": "no gradient" if number in dead else "ok"}
        rows.append(empty | words | about)
    frame = pd.DataFrame(rows).reindex(columns=ITEMS.names)
    images = folder / f"{image_set}.{layer}.safetensors"
    items = folder / f"{image_set}.{layer}.items.parquet"
    write_table(frame, items, ITEMS)
    phase = list(TITLES).index(image_set)
    pixels = np.stack(
        [
            start(seed) if number in unmoved else picture(layer, number, phase)
            for seed, number in product(seeds, range(maps))
        ]
    )
    told = json.dumps([{"objective": r["objective"], "seed": r["seed"]} for r in rows])
    save_file({"images": pixels}, images, metadata={"address": told})
    return images, items


def call(step, folder, plan, *argv):
    (folder / "plan.json").write_text(json.dumps(plan))
    return step.main(["--plan", str(folder / "plan.json"), *map(str, argv)])


def pictures(files):
    images, items = zip(*files, strict=True)
    return ["--images", *images, "--item-tables", *items]


def blocks(folder, image_set, dead=(), **more):
    return [block(folder, image_set, layer, dead, **more) for layer in LAYERS]


def twins(folder, dead=(), **more):
    return pictures(blocks(folder, "maps", **more) + blocks(folder, "twins", dead, **more))


RUN = {"set": "maps", "network": "net", "code": "N1", "layers": LAYERS, "recipe": RECIPE}


def measure(folder, *runs, files=None):
    out = ["--maps", folder / "maps.parquet", "--starts", folder / "starts.parquet"]
    shown = pictures(files or blocks(folder, "maps", (1,)))
    plan = {"runs": [RUN | run for run in runs or [{}]]}
    return call(measure_feature_maps, folder, plan, *shown, *out)


COMPARED = {
    "name": "ways",
    "code": "M5",
    "columns": [
        {"set": s, "network": "net", "title": title, "recipe": RECIPE}
        for s, title in TITLES.items()
    ],
}


def compare(folder, dead=(), comparisons=(COMPARED,), **more):
    out = ["--pairs", folder / "pairs.parquet", "--similarity", folder / "similarity.parquet"]
    plan = {"comparisons": comparisons}
    return call(compare_features, folder, plan, *twins(folder, dead, **more), *out)


def test_maps_are_measured_in_the_order_of_their_layers(tmp_path):
    assert not measure(tmp_path)
    found = read_table(tmp_path / "maps.parquet", FEATURE_MAPS)
    assert found["item"].tolist() == [f"{layer}[{i}]" for layer in LAYERS for i in range(MAPS)]
    assert found.depth.tolist() == [0, 0, 0, 1, 1, 1]
    assert found["map"].tolist() == [0, 1, 2] * 2
    live = found[found.status == "ok"]
    assert live.cycles.tolist() == pytest.approx([4, 12, 16, 24])
    assert (live.orientation - 90).abs().max() < 2
    assert found[found.status != "ok"].contrast.isna().all()


def test_features_of_tokens_count_by_their_number(tmp_path):
    assert not measure(tmp_path, files=blocks(tmp_path, "maps", axis="feature="))
    found = read_table(tmp_path / "maps.parquet", FEATURE_MAPS)
    assert found["map"].tolist() == [0, 1, 2] * 2
    assert found["item"][2] == "layer2[feature=2]"


def test_a_picture_that_is_its_start_is_unmoved(tmp_path):
    assert not measure(tmp_path, files=blocks(tmp_path, "maps", (1,), unmoved=(0,)))
    found = read_table(tmp_path / "maps.parquet", FEATURE_MAPS)
    assert found.status.tolist() == ["unmoved", "no gradient", "ok"] * 2
    far = found.moved.to_numpy().reshape(2, MAPS)
    assert far[:, 0] == pytest.approx(0.003 / 3**0.5, rel=0.02)
    assert np.isnan(far[:, 1]).all()
    assert (far[:, 2] > 0.2).all()
    assert found[found.status != "ok"].contrast.isna().all()


def test_each_seed_has_a_start_of_its_own(tmp_path):
    assert not measure(tmp_path, files=blocks(tmp_path, "maps", unmoved=(0,), seeds=(999, 7)))
    found = read_table(tmp_path / "maps.parquet", FEATURE_MAPS)
    assert found[found.status == "unmoved"].seed.tolist() == [7, 999] * 2
    (first,) = read_table(tmp_path / "starts.parquet", FEATURE_STARTS).to_dict("records")
    assert first["seed"] == 999


def test_the_start_is_what_the_recipe_leaves_of_it(tmp_path):
    measure(tmp_path)
    (found,) = read_table(tmp_path / "starts.parquet", FEATURE_STARTS).to_dict("records")
    image = without_steps(Recipe.read(RECIPE), [999], {})[999]
    assert image.shape == (3, SIDE, SIDE)
    assert found["contrast"] == appearance(image)["contrast"]
    assert (found["seed"], found["size"]) == (999, SIDE)


def test_a_photo_to_start_from_is_no_reference(tmp_path):
    photo = RECIPE | {"start": {"picture": "chelsea"}}
    assert not measure(tmp_path, {"recipe": photo})
    assert read_table(tmp_path / "starts.parquet", FEATURE_STARTS).empty
    found = read_table(tmp_path / "maps.parquet", FEATURE_MAPS)
    assert found[found.status == "ok"].moved.isna().all()


def test_a_layer_that_the_plan_does_not_know_is_a_mistake(tmp_path, capsys):
    assert measure(tmp_path, {"layers": LAYERS[:1]}) == 2
    assert "the pictures are of layer1, which is none of its layers" in capsys.readouterr().err


def test_runs_are_measured_one_after_the_other(tmp_path):
    files = blocks(tmp_path, "twins") + blocks(tmp_path, "maps")
    assert not measure(tmp_path, {}, {"set": "twins", "layers": LAYERS[::-1]}, files=files)
    found = read_table(tmp_path / "maps.parquet", FEATURE_MAPS)
    assert found["set"].tolist() == ["maps"] * 6 + ["twins"] * 6
    assert found.layer[::3].tolist() == [*LAYERS, *LAYERS[::-1]]
    assert read_table(tmp_path / "starts.parquet", FEATURE_STARTS)["set"].tolist() == [*TITLES]


def objectness(folder):
    """Write what another network says of the maps that are measured, also with scrambled phases."""
    shown = read_table(folder / "maps.parquet", FEATURE_MAPS)
    found = {"certainty": (2 + shown.depth) / 4, "scrambled": 0.5, "objectness": shown.depth / 4}
    table = shown.assign(witnesses="other", labels=2, **found)[PICTURED_OBJECTS.names]
    write_table(table, folder / "objectness.parquet", PICTURED_OBJECTS)
    return ["--objectness", folder / "objectness.parquet"]


def tabulate(folder):
    files = ["--maps", folder / "maps.parquet", *objectness(folder)]
    out = ["--layers", folder / "layers.parquet"]
    assert not tabulate_feature_maps.main([str(word) for word in (*files, *out)])
    return read_table(folder / "layers.parquet", LAYERS_BY_DEPTH)


def draw(folder, plan, files, tables=("maps",), **outputs):
    """Draw what a plan names; tables and outputs that are not given are not there."""
    plan = {"sheets": [], "trends": [], "comparisons": [], "look": {"tile": 60}} | plan
    given = [word for name in tables for word in (f"--{name}", folder / f"{name}.parquet")]
    for name in ("sheets", "trends", "comparisons"):
        given += [f"--{name}", *outputs.get(name, [])]
    return call(draw_feature_maps, folder, plan, *pictures(files), *given)


def test_layers_and_trends_follow_from_the_maps(tmp_path):
    measure(tmp_path)
    layers = tabulate(tmp_path)
    assert layers.objectness.tolist() == pytest.approx([0, 0.25])
    assert layers[["layer", "live", "dead"]].to_numpy().tolist() == [[x, 2, 1] for x in LAYERS]
    assert layers.cycles.tolist() == pytest.approx([8, 20])
    plan, out = {"trends": [["maps", "net"]]}, {"trends": [tmp_path / "trends.png"]}
    assert not draw(tmp_path, plan, blocks(tmp_path, "maps"), ("layers", "starts"), **out)
    assert (tmp_path / "trends.pdf").exists()
    with Image.open(tmp_path / "trends.png") as drawn:
        assert json.loads(drawn.text["layer"]) == LAYERS


def test_a_run_without_layers_is_a_mistake(tmp_path, capsys):
    plan, out = {"trends": [["maps", "net"]]}, {"trends": [tmp_path / "trends.png"]}
    assert draw(tmp_path, plan, blocks(tmp_path, "maps"), (), **out) == 2
    assert "no layers of the run maps of net" in capsys.readouterr().err


def draw_sheets(folder, files, *sheets, **look):
    """Measure the maps in blocks of images and items, and draw some maps, sheet by sheet."""
    assert not measure(folder, files=files)
    plan = {
        "sheets": [{"set": "maps", "network": "net", "items": items} for items in sheets],
        "look": {"tile": 60} | look,
    }
    out = [folder / f"sheet{number}.png" for number in range(len(sheets))]
    return draw(folder, plan, files, sheets=out)


def of_layer(layer, numbers):
    return [f"{layer}[{number}]" for number in numbers]


def drawn(folder, number=0):
    with Image.open(folder / f"sheet{number}.png") as sheet:
        return json.loads(sheet.text["items"]), sheet.size


def test_a_sheet_says_which_map_is_dead_and_which_still_its_start(tmp_path):
    made = block(tmp_path, "maps", "layer1", dead=(2,), unmoved=(0,))
    assert not draw_sheets(tmp_path, [made], of_layer("layer1", range(MAPS)))
    assert [row["status"] for row in drawn(tmp_path)[0]] == ["unmoved", "ok", "no gradient"]


def test_a_sheet_of_many_maps_has_all_of_them_and_is_no_tower(tmp_path):
    made = block(tmp_path, "maps", "layer1", maps=30)
    assert not draw_sheets(tmp_path, [made], of_layer("layer1", range(30)), columns=2)
    shown, (width, height) = drawn(tmp_path)
    assert len(shown) == 30
    assert height < 2 * width


def test_a_sheet_is_in_the_order_of_its_plan_whatever_that_of_blocks(tmp_path):
    (tmp_path / "late").mkdir()
    late = block(tmp_path / "late", "maps", "layer1", seeds=(7,))
    early = block(tmp_path, "maps", "layer1", seeds=(1, 5))
    assert not draw_sheets(tmp_path, [late, early], of_layer("layer1", [2, 0]))
    shown = [(row["item"], row["seed"]) for row in drawn(tmp_path)[0]]
    assert shown == [(f"layer1[{number}]", seed) for number in (2, 0) for seed in (1, 5, 7)]


def test_a_sheet_holds_its_pictures_at_the_size_of_a_tile(tmp_path):
    images, items = block(tmp_path, "maps", "layer1", dead=(1,))
    found = list(tiles(read_pictures([images], [items]), 30))
    assert [tile.pixels and tile.pixels.size for tile in found] == [(30, 30), None, (30, 30)]


def test_a_sheet_takes_its_maps_from_blocks_of_several_layers(tmp_path):
    both = blocks(tmp_path, "maps")
    mixed = together(tmp_path, both)
    assert not draw_sheets(tmp_path, [mixed], *(of_layer(layer, range(MAPS)) for layer in LAYERS))
    for number, layer in enumerate(LAYERS):
        shown = [row["item"] for row in drawn(tmp_path, number)[0]]
        assert shown == of_layer(layer, range(MAPS))


def together(folder, files):
    """Write some blocks as one; return its two files."""
    tables = [read_table(items, ITEMS) for _, items in files]
    write_table(pd.concat(tables), folder / "all.items.parquet", ITEMS)
    images = np.concatenate([load_file(images)["images"] for images, _ in files])
    told = [{"objective": r.objective, "seed": r.seed} for t in tables for r in t.itertuples()]
    save_file({"images": images}, folder / "all.safetensors", {"address": json.dumps(told)})
    return folder / "all.safetensors", folder / "all.items.parquet"


def test_a_map_without_a_picture_is_a_mistake(tmp_path, capsys):
    made = block(tmp_path, "maps", "layer1")
    assert draw_sheets(tmp_path, [made], of_layer("layer1", [0, 7])) == 2
    assert "no picture of layer1[7] is given" in capsys.readouterr().err


def test_twins_are_more_alike_than_other_maps(tmp_path):
    assert not compare(tmp_path)
    pairs = read_table(tmp_path / "pairs.parquet", FEATURE_PAIRS)
    assert set(pairs.score) == {"ssim", "spectrum"}
    by_spectrum = pairs[pairs.score == "spectrum"]
    assert (by_spectrum.likeness > by_spectrum.to_others + 0.3).all()
    assert (by_spectrum.others == 2 * (MAPS - 1)).all()  # of the layer
    found = read_table(tmp_path / "similarity.parquet", FEATURE_SIMILARITY)
    assert found[found.score == "spectrum"][["above", "n"]].to_numpy().tolist() == [[1, 6]]


def test_a_dead_twin_is_left_out_of_the_comparison(tmp_path):
    assert not compare(tmp_path, dead=(0,))
    found = read_table(tmp_path / "similarity.parquet", FEATURE_SIMILARITY)
    assert found[["n", "degenerate"]].to_numpy().tolist() == [[4, 2]] * 2


def test_twins_that_both_are_their_start_are_not_compared(tmp_path):
    assert not compare(tmp_path, unmoved=(0,))
    found = read_table(tmp_path / "similarity.parquet", FEATURE_SIMILARITY)
    assert found[["n", "degenerate"]].to_numpy().tolist() == [[4, 2]] * 2


def test_of_many_features_some_are_compared_with_each_other(tmp_path, monkeypatch):
    monkeypatch.setattr(aligned, "MOST", 4)
    assert not compare(tmp_path, seeds=(1, 2))
    pairs = read_table(tmp_path / "pairs.parquet", FEATURE_PAIRS)
    by_spectrum = pairs[pairs.score == "spectrum"]
    assert set(by_spectrum["item"]) == {"layer2[0]", "layer1[2]"}  # spread, with all their seeds
    assert by_spectrum.others.tolist() == [0] * 4  # no other of the layer


def test_several_comparisons_are_in_one_table(tmp_path):
    other = COMPARED | {"name": "back", "columns": COMPARED["columns"][::-1]}
    assert not compare(tmp_path, comparisons=[COMPARED, other])
    found = read_table(tmp_path / "similarity.parquet", FEATURE_SIMILARITY)
    assert found.comparison.tolist() == ["ways"] * 2 + ["back"] * 2
    assert found.one.tolist() == ["one way"] * 2 + ["the other"] * 2
    assert found.likeness[0] == pytest.approx(found.likeness[2])


def test_twins_are_drawn_side_by_side(tmp_path):
    compare(tmp_path, dead=(0,))
    files = blocks(tmp_path, "maps") + blocks(tmp_path, "twins", dead=(0,))
    plan = {"comparisons": [COMPARED], "look": {"tile": 60, "most": 8}}
    assert not draw(tmp_path, plan, files, ("pairs",), comparisons=[tmp_path / "o.png"])
    with Image.open(tmp_path / "o.png") as drawn:
        columns = json.loads(drawn.text["columns"])
        assert drawn.width > 3 * 60
    assert list(columns) == list(TITLES.values())
    assert len(columns["one way"]["items"]) == 4  # most is of pictures


def test_claims_are_settled_by_what_there_is(tmp_path, settled):
    measure(tmp_path)
    compare(tmp_path)
    _, told = objectness(tmp_path)
    about = {"recipe": "octaves", "octaves": True, "twins": [], "raw": [], "resized": []}
    ends = dict(zip(("one", "other"), TITLES.values(), strict=True))
    plan = {
        "runs": [{"set": "maps", "network": "net"} | about],
        "pairs": [{"comparison": "ways", "network": "net"} | ends],
    }
    claims = settled(
        {"makers": {}, "feature_maps": plan},
        feature_maps=tmp_path / "maps.parquet",
        feature_pairs=tmp_path / "pairs.parquet",
        objectness=told,
    )
    found = claims[claims.networks != ""].set_index("id")
    assert found.networks["M5.1"] == "net (ways)"
    assert found.value["M5.1"] == 1
    assert found.networks["N2.1"] == "net (maps, octaves)"
    assert set(found.verdict.drop("N1.4")) == {"inconclusive"}  # few maps, two layers
    assert found.verdict["N1.4"] == "reproduced"
