"""A network that did not make a reconstruction says whose photo it is, as plain code does."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from test_measure_reconstructions import PHOTOS, SEED, make
from torchvision.models.feature_extraction import create_feature_extractor

from preimage.networks.network import Network, build, load_network, save_network
from preimage.photos import open_photo, squash
from preimage.steps.recognise_photos import recognise_photos
from preimage.tables.depth import RECOGNISED
from preimage.tables.images import ITEMS
from preimage.tables.parquet import read_table, write_table

SMALL = "shufflenet_v2_x0_5"
NETWORKS = ("net", "other")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    for seed, name in enumerate(NETWORKS, 1):
        network = Network(name, SMALL, build(SMALL, 9, seed=seed), tuple("abcdefghi"), 48)
        save_network(network, folder / f"{name}.safetensors", f"untrained, seed {seed}")
    make(folder, "net", "conv1")
    return folder


def said(folder, photos=PHOTOS):
    (folder / "plan.json").write_text(json.dumps({"set": "s", "photos": photos}))
    words = ["--plan", folder / "plan.json", "--recognised", folder / "out.parquet"]
    words += ["--networks", *(folder / f"{name}.safetensors" for name in NETWORKS)]
    words += ["--images", folder / "net.conv1.safetensors"]
    words += ["--item-tables", folder / "net.conv1.items.parquet", "--device", "cpu"]
    return recognise_photos.main([str(word) for word in words])


def test_what_is_said_is_what_features_and_classes_of_the_judge_give(made):
    assert said(made) == 0
    found = read_table(made / "out.parquet", RECOGNISED)
    assert set(found.judge) == {"other"}  # and not the maker
    assert found.photo.tolist() == [*PHOTOS]
    assert found.other_half.isna().all(), "these are whole"
    assert found.own_half.isna().all()
    assert set(found.seed) == {SEED}
    judge = load_network(made / "other.safetensors").model
    eyes = create_feature_extractor(judge, {"mean": "features"})
    images = load_file(made / "net.conv1.safetensors")["images"]
    photos = torch.cat([squash(open_photo(p), 48)[None] for p in PHOTOS.values()])
    with torch.no_grad():
        seen, known = (eyes(squash(x, 48))["features"].numpy() for x in (images, photos))
        first = judge(photos).argmax(1).tolist()
        five = judge(squash(images, 48)).topk(5).indices.tolist()
    for i, row in enumerate(found.itertuples()):
        likeness = [np.corrcoef(seen[i], k)[0, 1] for k in known]
        cosines = [seen[i] @ k / np.linalg.norm(seen[i]) / np.linalg.norm(k) for k in known]
        assert row.beaten == float(cosines[i] > cosines[1 - i])
        assert len(likeness) == 2
        assert row.in_five == float(first[i] in five[i])
        if first[0] != first[1]:
            assert row.in_five_others == float(first[1 - i] in five[i])
        else:
            assert np.isnan(row.in_five_others)


def test_of_halves_it_is_said_whether_a_picture_is_more_like_its_own(made):
    halves = {
        "chelsea": {"shipped": "chelsea", "part": "left"},
        "rocket": {"shipped": "chelsea", "part": "right"},
        "alone": {"shipped": "coffee", "part": "left"},
    }
    assert said(made, halves) == 0
    found = read_table(made / "out.parquet", RECOGNISED)
    assert found.photo.tolist() == ["chelsea", "rocket"]
    assert found.other_half.tolist() == ["rocket", "chelsea"]
    judge = load_network(made / "other.safetensors").model
    eyes = create_feature_extractor(judge, {"mean": "features"})
    images = load_file(made / "net.conv1.safetensors")["images"]
    photos = torch.stack([squash(open_photo(halves[name]), 48) for name in found.photo])
    with torch.no_grad():
        seen, known = (
            torch.nn.functional.normalize(eyes(squash(x, 48))["features"]) for x in (images, photos)
        )
    alike = seen @ known.T
    assert found.own_half.tolist() == [
        float(alike[0, 0] > alike[0, 1]),
        float(alike[1, 1] > alike[1, 0]),
    ]


def test_a_picture_that_is_not_finite_is_nobody_s(made):
    items = read_table(made / "net.conv1.items.parquet", ITEMS)
    items.loc[0, "status"] = "not finite"
    write_table(items, made / "net.conv1.items.parquet", ITEMS)
    assert said(made) == 0
    found = read_table(made / "out.parquet", RECOGNISED)
    assert found.beaten.isna().tolist() == [True, False]
    assert found.in_five.isna().tolist() == [True, False]


def test_a_photo_that_is_not_in_the_plan_is_told(made, capsys):
    assert said(made, {"chelsea": PHOTOS["chelsea"]}) == 2
    assert "the plan has no photo rocket" in capsys.readouterr().err
