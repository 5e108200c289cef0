"""From features to tables, claims and figures, by the files of real blocks."""

import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from preimage.blocks import read_image
from preimage.figures import areas as sheets
from preimage.networks.network import Network, build, save_network
from preimage.status import OK
from preimage.steps.features import draw_features, draw_reading_order
from preimage.steps.generate_images import generate_images
from preimage.steps.measure_features import measure_features
from preimage.study import areas
from preimage.study.configuration import DEFAULTS
from preimage.study.study import Study
from preimage.tables.features import AREAS, READING_ORDER
from preimage.tables.images import ITEMS
from preimage.tables.parquet import read_table, write_table

SIDE = 32
LISTED = [
    *("layer1[3, 1, 1]", "layer1[3, 1, 6]", "layer1[3, 6, 2]", "layer1[3, 6, 6]", "layer1[3, 6]"),
    *("layer1[3] + layer2[5]", "layer1", "logits[2]"),
]
SEEDED = ["layer1[3, 6, 6]", "layer1[3, 1, 1]"]
READ = {"layer": "layer1", "maps": [3], "rows": 2, "columns": 2}


def config():
    runs = {"objective": "F", "runs": [{"network": "net", "recipe": "quick"}]}
    octave = {"size": SIDE, "iterations": 6, "lr": 0.1, "sigma": [0.8, 0.4]}
    return DEFAULTS | {
        "study": "test",
        "classes": [*"abcd"],
        "networks": [{"name": "net", "architecture": "resnet18", "size": SIDE}],
        "recipes": [{"name": "quick", "normalised": True, "octaves": [octave]}],
        "image_sets": [
            {"name": "neurons", "code": "M1", "features": LISTED, **runs},
            {"name": "order", "code": "M2", "reading_order": READ, **runs},
            {"name": "seeds", "code": "M1", "features": SEEDED, "seeds": [10, 9], **runs},
        ],
    }


def call(step, **options):
    argv = []
    for name, value in options.items():
        values = value if isinstance(value, list) else [value]
        argv += [f"--{name.replace('_', '-')}", *map(str, values)]
    return step.main(argv)


def put(path, plan):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(plan))
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return a folder with a network, and of each set all blocks and its table."""
    folder, study = tmp_path_factory.mktemp("study"), Study(config())
    network = Network("net", "resnet18", build("resnet18", 4, seed=3), tuple("abcd"), SIDE)
    save_network(network, folder / "net.safetensors", "untrained, seed 3")
    for image_set in ("neurons", "seeds", "order"):
        for name, plan in study.blocks(image_set, "net").items():
            block = folder / image_set / name
            assert not call(
                generate_images,
                **{"plan": put(folder / image_set / f"{name}.json", plan), "device": "cpu"},
                **{"networks": folder / "net.safetensors", "images": f"{block}.safetensors"},
                **{"item_table": f"{block}.items.parquet", "trace": f"{block}.trace.parquet"},
            )
    assert not call(
        measure_features,
        **{"plan": put(folder / "features.json", areas.runs_plan(study)), "device": "cpu"},
        **{name: folder / f"{name}.parquet" for name in ("areas", "order")},
        **blocks(folder, "neurons", "seeds", "order"),
        networks=folder / "net.safetensors",
    )
    return folder


def blocks(folder, *image_sets):
    items = [f for name in image_sets for f in sorted((folder / name).glob("*.items.parquet"))]
    images = [path.with_name(path.name.replace("items.parquet", "safetensors")) for path in items]
    return {"images": images, "item_tables": items}


def measured(folder, image_set):
    table = read_table(folder / "areas.parquet", AREAS)
    return table[table["set"] == image_set].set_index("target")


def test_every_picture_has_its_area(made):
    table = measured(made, "neurons")
    assert sorted(table.index) == sorted(LISTED)
    assert (table.status == OK).all()
    neurons = table.loc[LISTED[:4]]
    assert neurons["row"].tolist() == [1, 1, 6, 6]
    assert neurons["column"].tolist() == [1, 6, 2, 6]
    assert (neurons.place_row == 4 * neurons["row"] + 0.5).all()  # the stride of layer1 is 4
    assert (neurons.field_rows == 43).all()
    assert neurons.loc[LISTED[3], ["box_top", "box_bottom"]].tolist() == [3, SIDE]
    assert (neurons.distance < 8).all()
    assert (neurons.share_inside > 0.99).all()
    assert ((neurons.ratio_disc > 0) & (neurons.ratio_disc < 1)).all()
    assert table.ratio_disc.drop(LISTED[:4]).isna().all()


def test_what_is_no_part_of_one_map_has_no_neuron_but_an_area(made):
    table = measured(made, "neurons")
    both = table.loc["layer1[3] + layer2[5]"]
    assert pd.isna(both["map"])
    assert pd.isna(both.field_rows)
    assert (both.box_top, both.box_bottom) == (0, SIDE)
    for target in ("layer1", "logits[2]"):
        assert pd.isna(table.loc[target, ["map", "place_row", "share_inside"]]).all()
        assert table.loc[target, "radius_50"] > 0


def test_each_neuron_but_the_first_is_compared_with_the_picture_before(made):
    table = read_table(made / "order.parquet", READING_ORDER)
    assert table.frame.tolist() == [1, 2, 3]
    assert list(zip(table["row"], table["column"], strict=True)) == [(0, 1), (1, 0), (1, 1)]
    (images,), (items,) = blocks(made, "order").values()
    frames = read_table(items, ITEMS).frame.tolist()
    before, after = (read_image(images, frames.index(number)) for number in (1, 2))
    assert table.change[1] == pytest.approx(np.abs(after - before).mean(), rel=1e-5)
    outside = np.abs(after - before).mean(axis=0)[:, 22:]  # neuron [1, 0] sees columns 0 to 21
    below = np.abs(after - before).mean(axis=0)[26:, :22]
    expected = np.concatenate([outside.ravel(), below.ravel()]).mean()
    assert table.outside_field[1] == pytest.approx(expected, rel=1e-5)
    assert (table.inside_disc > table.outside_disc).all()


def test_rows_say_how_their_pictures_were_made(made):
    (_, (file, *_)) = blocks(made, "neurons").values()
    item = read_table(file, ITEMS).iloc[0]
    for name, table in (("areas", AREAS), ("order", READING_ORDER)):
        rows = read_table(made / f"{name}.parquet", table)
        assert {*rows.recipe} == {"quick"}
        assert {*rows.recipe_digest} == {item.recipe_digest}
    assert rows.normalised.all()
    assert not rows.absolute.any()


def test_claims_are_settled_by_what_there_is(made, tmp_path, settled):
    neurons = tmp_path / "neurons.parquet"
    write_table(measured(made, "neurons").reset_index(), neurons, AREAS)
    kinds = {"single": "neurons", "ordered": "order"}
    runs = {k: [{"set": name, "network": "net", "sizes": 1}] for k, name in kinds.items()}
    plan = {"makers": {}, "features": runs}
    found = settled(plan, areas=neurons, reading_order=made / "order.parquet")
    found = found[found.networks != ""].set_index("id")
    assert found.index.tolist() == ["M1.1", "M1.2"]  # steps are normalised: no M2
    assert found.n.tolist() == [4, 4]
    assert found.parts["M1.1"].startswith("correlation 0.9")
    assert set(settled(plan).networks) == {""}


@pytest.fixture
def shown(monkeypatch):
    """Return a list that the cells of a sheet come into when it is drawn."""
    cells, real = [], sheets.sheet
    monkeypatch.setattr(sheets, "sheet", lambda c, **k: (cells.extend(c), real(c, **k))[1])
    return cells


def test_the_figure_shows_every_feature_in_its_order(made, tmp_path, shown):
    assert not draw(made, tmp_path)
    assert [cell.left.title for cell in shown] == LISTED
    assert "centroid [" in shown[0].right.lines[0].text
    assert shown[0].right.title == "place [4, 4] px"
    assert shown[-1].right.title == ""
    with Image.open(tmp_path / "out.png") as picture:
        assert json.loads(picture.text["items"])[0]["target"] in LISTED


def test_seeds_of_a_feature_are_shown_together_ascending(made, tmp_path, shown):
    assert not draw(made, tmp_path, "seeds")
    assert [cell.left.title for cell in shown] == [
        f"{target} · seed {seed}" for target in SEEDED for seed in (9, 10)
    ]


def draw(made, tmp_path, image_set="neurons", **changes):
    plan = areas.sheets_plan(Study(config()), [(image_set, "net")])
    files = {"areas": made / "areas.parquet"} | blocks(made, image_set) | changes
    plan = put(tmp_path / "plan.json", plan | {"look": {"tile": 64}})
    return call(draw_features, plan=plan, sheets=tmp_path / "out.png", **files)


def test_a_sheet_holds_its_pictures_at_the_size_that_they_are_shown_in(made, tmp_path, shown):
    assert not draw(made, tmp_path)
    sizes = {tile.pixels.size for pair in shown for tile in (pair.left, pair.right)}
    assert sizes == {(64, 64)}


def test_several_sheets_are_drawn_at_once(made, tmp_path):
    runs = [("neurons", "net"), ("seeds", "net")]
    plan = put(tmp_path / "plan.json", areas.sheets_plan(Study(config()), runs))
    sheets = [tmp_path / "neurons.png", tmp_path / "seeds.png"]
    files = {"areas": made / "areas.parquet"} | blocks(made, "seeds", "neurons")
    assert not call(draw_features, plan=plan, sheets=sheets, **files)
    for path in sheets:
        with Image.open(path) as picture:
            assert picture.text["set"] == path.stem


def test_a_picture_that_failed_is_marked_with_the_reason(made, tmp_path, shown):
    files = blocks(made, "neurons")
    table = read_table(made / "areas.parquet", AREAS)
    table.loc[table.target == LISTED[0], "status"] = "no gradient"
    write_table(table, tmp_path / "areas.parquet", AREAS)
    failed = [with_failure(path, tmp_path) for path in files["item_tables"]]
    assert not draw(made, tmp_path, areas=tmp_path / "areas.parquet", item_tables=failed)
    assert shown[0].left.pixels is None
    assert [shown[0].left.status, shown[1].left.status] == ["no gradient", ""]


def with_failure(path, folder):
    items = read_table(path, ITEMS)
    items.loc[items.target == LISTED[0], "status"] = "no gradient"
    write_table(items, folder / path.name, ITEMS)
    return folder / path.name


def test_the_films_have_a_frame_for_each_neuron(made, tmp_path):
    plan = areas.films_plan(Study(config()), [("order", "net")])
    files = {
        "films": tmp_path / "out.mp4",
        "strips": tmp_path / "out.png",
        "changes": tmp_path / "out.changes.png",
    }
    inputs = {"order": made / "order.parquet"} | blocks(made, "order")
    assert not call(draw_reading_order, plan=put(tmp_path / "p.json", plan), **inputs, **files)
    with Image.open(tmp_path / "out.gif") as film:
        assert film.n_frames == 4
        assert json.loads(film.info["comment"])["item"] == "layer1[3]"
    assert b"ftyp" in files["films"].read_bytes()[:16]
    assert files["changes"].with_suffix(".pdf").exists()
