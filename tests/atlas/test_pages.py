"""Pages say what the study has, escape what users named, and are made again only where needed."""

import json
import re

import numpy as np
import pytest
from PIL import Image
from stand_in import BLOCK, CLASSES, HOSTILE, build

from preimage.blocks import read_image


def data(folder, name):
    text = (folder / "atlas" / "data" / f"{name}.js").read_text()
    return json.loads(re.fullmatch(r"atlas\.[^=]+ = (.*);\n", text, re.S)[1])


def word(column, i):
    return column["words"][column["codes"][i]]


def stems(folder):
    return [path.with_suffix("") for path in sorted((folder / "images").rglob("*.safetensors"))]


def test_every_picture_is_on_its_place_in_a_sheet(small):
    shown = data(small, "gallery")
    columns = shown["columns"]
    assert len(columns["cell"]) == 480
    for i in (0, 57, 479):
        file, side, across = shown["sprites"][columns["sheet"][i]]
        down, right = divmod(columns["cell"][i], across)
        with Image.open(small / "atlas" / file) as sheet:
            tile = sheet.crop((right * side, down * side, (right + 1) * side, (down + 1) * side))
        image_set, network = (word(columns[name], i) for name in ("set", "network"))
        number = columns["seed"][i]
        stem = small / "images" / image_set / network / f"{number // BLOCK * BLOCK:05d}"
        pixels = read_image(stem.with_suffix(".safetensors"), number % BLOCK).transpose(1, 2, 0)
        assert np.abs(np.asarray(tile) / 255 - pixels).mean() < 0.1  # another one's is 0.33


def test_details_say_the_trace_and_what_networks_say(small):
    found = data(small, "details/class_images")["mine\t003\t3"]
    assert found["trace"]["step"][0] == 0
    assert found["trace"]["step"][-1] == 89
    assert found["trace"]["loss"][0] == 3
    assert found["said"][0][0] == "mine"
    assert found["said"][0][1][0][0] == "class 3"


def test_what_users_named_never_becomes_markup(small):
    files = [*(small / "atlas").glob("*.html"), *(small / "atlas" / "data").rglob("*.js")]
    said = "".join(path.read_text(encoding="utf-8") for path in files)
    assert HOSTILE not in said
    assert "\\u003cscript\\u003e" in said
    assert data(small, "study")["classes"] == CLASSES


def test_no_page_asks_the_network(small):
    for path in (small / "atlas").glob("*.html"):
        assert not re.findall(r'(?:src|href)="(?:https?:)?//', path.read_text())


def test_only_what_changed_is_drawn_again(small):
    before = {p: p.stat().st_mtime_ns for p in (small / "atlas" / "pictures").rglob("*.webp")}
    build(small, stems(small))
    assert {p: p.stat().st_mtime_ns for p in before} == before
    build(small, stems(small)[1:])
    left = {*(small / "atlas" / "pictures").rglob("*.webp")}
    assert len(left) == len(before) - 1
    build(small, stems(small))


def test_a_study_without_pictures_has_pages_too(small, tmp_path):
    (tmp_path / "plan.json").write_text((small / "plan.json").read_text())
    for name in ("said.parquet", "tables/claims.parquet"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((small / name).read_bytes())
    build(tmp_path, [])
    assert data(tmp_path, "gallery")["columns"]["cell"] == []
    assert "0 pictures" in (tmp_path / "atlas" / "index.html").read_text()


@pytest.mark.parametrize("name", ["plotly.js", "datatables.js", "datatables.css", "atlas.js"])
def test_scripts_come_with_the_pages(small, name):
    assert (small / "atlas" / "static" / name).stat().st_size > 1000
