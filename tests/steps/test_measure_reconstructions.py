"""What is measured of reconstructions is what the page defines, from the files of a real block."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torchvision.models.feature_extraction import create_feature_extractor
from torchvision.transforms.functional import gaussian_blur, resize

from preimage.measures.comparisons.nearness import ssim
from preimage.networks.network import Network, build, load_network, save_network
from preimage.photos import open_photo
from preimage.steps.generate_images import generate_images
from preimage.steps.measure_reconstructions import measure_reconstructions
from preimage.tables.depth import RECONSTRUCTIONS
from preimage.tables.images import ITEMS, TRACE
from preimage.tables.parquet import read_table, read_tables, write_table

SMALL, SIDE, SEED = "shufflenet_v2_x0_5", 40, 9
LAYERS = ["conv1", "stage2"]
PHOTOS = {name: {"shipped": name} for name in ("chelsea", "rocket")}
RECIPE = {
    "octaves": [{"size": SIDE, "iterations": 12, "lr": [0.1, 0.05]}],
    "normalised": True,
    "loss": {"scale": 3},
}
NETWORKS = ("net", "other")
MADE = {"layers": LAYERS, "recipe": RECIPE}
PLAN = {"set": "s", "photos": PHOTOS, "runs": [MADE | {"network": "net"}]}


def make(folder, network, layer, recipe=RECIPE):
    """Make the block of one layer, of two photos, as files NETWORK.LAYER.* in the folder."""
    items = [
        {"item": f"{layer}.{photo}", "target": photo, "photo": photo, "seed": SEED}
        | {"layer": layer, "objective": f"match({network}:{layer}, {photo}, L1)"}
        for photo in PHOTOS
    ]
    plan = {"set": "s", "network": network, "recipe": recipe, "photos": PHOTOS}
    name = folder / f"{network}.{layer}"
    file = folder / f"{network}.{layer}.json"
    file.write_text(json.dumps(plan | {"code": "C2", "items": items}))
    words = ["--plan", str(file), "--networks", f"{folder}/{network}.safetensors"]
    words += ["--device", "cpu", "--images", f"{name}.safetensors"]
    words += ["--item-table", f"{name}.items.parquet", "--trace", f"{name}.trace.parquet"]
    assert not generate_images.main(words)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return a folder with two networks and, of each, the blocks of two layers."""
    folder = tmp_path_factory.mktemp("study")
    for seed, name in enumerate(NETWORKS, 1):
        network = Network(name, SMALL, build(SMALL, 6, seed=seed), tuple("abcdef"), 32)
        save_network(network, folder / f"{name}.safetensors", f"untrained, seed {seed}")
        for layer in LAYERS:
            make(folder, name, layer)
    return folder


def measured(folder, *blocks, traces=None, **changes):
    """Measure blocks, by default all of the network net; return the exit code and the output."""
    blocks = blocks or [f"net.{layer}" for layer in LAYERS]
    (folder / "plan.json").write_text(json.dumps(PLAN | changes))
    files = {
        "--plan": ["plan.json"],
        "--networks": [f"{name}.safetensors" for name in NETWORKS],
        "--images": [f"{block}.safetensors" for block in blocks],
        "--item-tables": [f"{block}.items.parquet" for block in blocks],
        "--traces": [f"{block}.trace.parquet" for block in traces or blocks],
        "--reconstructions": ["out.parquet"],
    }
    words = [[word, *(str(folder / name) for name in names)] for word, names in files.items()]
    argv = [word for part in words for word in part]
    return measure_reconstructions.main([*argv, "--device", "cpu"]), folder / "out.parquet"


@pytest.fixture
def study(made, tmp_path):
    return shutil.copytree(made, tmp_path / "study")


def test_the_distances_are_those_of_the_page(study):
    code, output = measured(study, "net.stage2", "net.conv1")
    assert code == 0
    table = read_table(output, RECONSTRUCTIONS)
    assert table.layer.tolist() == ["conv1", "conv1", "stage2", "stage2"]  # by depth
    row = table[(table.layer == "stage2") & (table.photo == "rocket")].iloc[0]
    model = create_feature_extractor(load_network(study / "net.safetensors").model, ["stage2"])
    photo = resize(open_photo(PHOTOS["rocket"]), [SIDE, SIDE], antialias=True)
    start = 0.7 + 0.05 * torch.randn(3, SIDE, SIDE, generator=torch.Generator().manual_seed(SEED))
    stream = torch.Generator().manual_seed(
        np.random.SeedSequence([1, SEED]).generate_state(1).item()
    )
    noise = torch.randn(9, 3, SIDE, SIDE, generator=stream)
    image = load_file(study / "net.stage2.safetensors")["images"][1]
    with torch.no_grad():
        seen = [model(x[None])["stage2"] for x in (photo, start, image, *(photo + noise / 25))]
    apart = [(other - seen[0]).norm().item() for other in seen[1:]]
    found = [row.m_g_start, row.m_g, row.m_r_25, row.m_r_25_again]
    assert found == pytest.approx([*apart[:2], np.median(apart[2:10]), apart[10]], rel=1e-4)
    moved = np.median([(n / 25).norm().item() for n in noise[:8]])
    assert row.shift_25 == pytest.approx(moved, rel=1e-5)
    assert row.shift_18 == pytest.approx(moved * 25 / 18, rel=1e-5)
    assert row.m_i == pytest.approx((photo - image).norm().item(), rel=1e-5)
    assert row.m_i_start == pytest.approx((photo - start).norm().item(), rel=1e-5)
    assert row.activations == seen[0].numel()
    assert 1.2 < row.m_r_18 / row.m_r_25 < 1.6  # 25 / 18, were the layer linear
    mean_square = (photo.clamp(0, 1) - image.clamp(0, 1)).square().mean()
    assert row.psnr == pytest.approx(-10 * mean_square.log10().item(), rel=1e-4)
    assert (row.loss_factor, row.iterations, row.status) == (3.0, 12, "ok")


def test_a_neighbour_s_noise_is_not_that_of_the_start(study):
    table = read_table(measured(study, "net.conv1")[1], RECONSTRUCTIONS)
    noise = torch.randn(3, SIDE, SIDE, generator=torch.Generator().manual_seed(SEED))
    assert table.shift_25.nunique() == 1
    assert (table.shift_25 - (noise / 25).norm().item()).abs().min() > 1e-3


def test_a_photo_is_compared_with_the_reconstructions_of_others(study):
    runs = [MADE | {"network": name, "kind": "alike"} for name in NETWORKS]
    blocks = [f"{name}.{layer}" for name in NETWORKS for layer in LAYERS]
    alone = read_table(measured(study)[1], RECONSTRUCTIONS)
    together = read_table(measured(study, *blocks, runs=runs)[1], RECONSTRUCTIONS)
    photo = resize(open_photo(PHOTOS["chelsea"]), [SIDE, SIDE], antialias=True).numpy()
    images = [load_file(study / f"{n}.conv1.safetensors")["images"].numpy() for n in NETWORKS]

    def of(table):
        return table[(table.layer == "conv1") & (table.photo == "chelsea")].iloc[0]

    assert of(alone).ssim_others == pytest.approx(ssim(photo, images[0][1]), rel=1e-6)
    both = (ssim(photo, images[0][1]) + ssim(photo, images[1][1])) / 2
    assert of(together).ssim_others == pytest.approx(both, rel=1e-6)
    assert of(alone).ssim == pytest.approx(ssim(photo, images[0][0]), rel=1e-4)
    rocket = resize(open_photo(PHOTOS["rocket"]), [SIDE, SIDE], antialias=True).numpy()
    likeness = [
        np.corrcoef(p.clip(0, 1).ravel(), images[0][0].clip(0, 1).ravel())[0, 1]
        for p in (photo, rocket)
    ]
    assert of(alone).beaten == float(likeness[0] > likeness[1])


def test_a_blur_is_measured_where_the_recipe_has_one(study):
    assert read_table(measured(study)[1], RECONSTRUCTIONS).blur_photo.isna().all()
    blurred = {"octaves": [RECIPE["octaves"][0] | {"sigma": [1.5, 0.5]}]}
    runs = [MADE | {"network": "net", "recipe": RECIPE | blurred}]
    row = read_table(measured(study, "net.conv1", runs=runs)[1], RECONSTRUCTIONS).iloc[1]
    model = create_feature_extractor(load_network(study / "net.safetensors").model, ["conv1"])
    photo = resize(open_photo(PHOTOS["rocket"]), [SIDE, SIDE], antialias=True)
    draws = [
        torch.Generator().manual_seed(np.random.SeedSequence([i, SEED]).generate_state(1).item())
        for i in (1, 2)
    ]
    noise, white = (
        torch.randn(n, 3, SIDE, SIDE, generator=g)[0] for n, g in zip((9, 1), draws, strict=True)
    )
    for name, image in (("photo", photo), ("noise", 0.5 + white / 4)):
        seen = model(torch.stack([image, gaussian_blur(image, 3, 1.5), image + noise / 25]))[
            "conv1"
        ]
        ratio = (seen[1] - seen[0]).norm() / (seen[2] - seen[0]).norm()
        assert row[f"blur_{name}"] == pytest.approx(ratio.item(), rel=1e-3)
    assert row.blur_noise > row.blur_photo


def test_the_measured_gradient_is_the_first_of_the_descent(study):
    _, output = measured(study)
    for row in read_table(output, RECONSTRUCTIONS).itertuples():
        trace = read_table(study / f"net.{row.layer}.trace.parquet", TRACE)
        first = trace[(trace["item"] == row.item) & (trace.iteration == 0)].iloc[0]
        count = 3 * SIDE**2
        norm = (row.gradient_mean**2 + row.gradient_std**2 * (count - 1) / count) ** 0.5
        assert norm * count**0.5 == pytest.approx(first.gradient, rel=1e-3)
        assert row.step_start == pytest.approx(0.1 / (first.gradient / count**0.5), rel=1e-6)
        assert row.m_g_start == pytest.approx(first.m_g, rel=1e-3)


def test_a_photo_alone_is_measured_like_one_among_others(study):
    table = read_table(measured(study)[1], RECONSTRUCTIONS)
    alone = read_table(measured(study, "net.conv1")[1], RECONSTRUCTIONS)
    assert alone.equals(table[table.layer == "conv1"].reset_index(drop=True))


def merge(folder, name, *blocks):
    """Put some blocks into one."""
    files = [folder / f"{block}.safetensors" for block in blocks]
    images = torch.cat([load_file(file)["images"] for file in files])
    addresses = [json.loads(safe_open(file, "pt").metadata()["address"]) for file in files]
    address = json.dumps([place for part in addresses for place in part])
    save_file({"images": images}, folder / f"{name}.safetensors", {"address": address})
    for ending, table in (("items", ITEMS), ("trace", TRACE)):
        frame = read_tables([folder / f"{block}.{ending}.parquet" for block in blocks], table)
        write_table(frame, folder / f"{name}.{ending}.parquet", table)


def test_how_pictures_are_divided_into_blocks_does_not_matter(study):
    table = read_table(measured(study)[1], RECONSTRUCTIONS)
    merge(study, "whole", "net.stage2", "net.conv1")
    assert read_table(measured(study, "whole")[1], RECONSTRUCTIONS).equals(table)


def test_networks_come_in_the_order_of_the_plan_each_with_its_own_model(study):
    alone = read_table(measured(study)[1], RECONSTRUCTIONS)
    runs = [MADE | {"network": name} for name in ("other", "net")]
    blocks = [f"{name}.{layer}" for name in NETWORKS for layer in LAYERS]
    code, output = measured(study, *blocks, runs=runs)
    assert code == 0
    table = read_table(output, RECONSTRUCTIONS)
    assert table.network.tolist() == ["other"] * 4 + ["net"] * 4
    assert table[4:].reset_index(drop=True).equals(alone)
    other = create_feature_extractor(load_network(study / "other.safetensors").model, ["conv1"])
    image = load_file(study / "other.conv1.safetensors")["images"][0]
    photo = resize(open_photo(PHOTOS["chelsea"]), [SIDE, SIDE], antialias=True)
    with torch.no_grad():
        apart = (other(photo[None])["conv1"] - other(image[None])["conv1"]).norm().item()
    row = table[(table.layer == "conv1") & (table.photo == "chelsea")].iloc[0]
    assert row.m_g == pytest.approx(apart, rel=1e-4)


def test_a_start_from_a_picture_is_that_picture_for_all_photos(study):
    recipe = RECIPE | {"start": {"picture": "rocket"}}
    make(study, "net", "conv1", recipe)
    runs = [{"network": "net", "layers": LAYERS, "recipe": recipe}]
    code, output = measured(study, "net.conv1", runs=runs)
    assert code == 0
    table = read_table(output, RECONSTRUCTIONS).set_index("photo")
    trace = read_table(study / "net.conv1.trace.parquet", TRACE)
    first = trace[trace.iteration == 0].set_index("item")
    for photo in PHOTOS:
        of_photo = first.loc[f"conv1.{photo}"]
        assert table.m_i_start[photo] == pytest.approx(of_photo.m_i, rel=1e-5, abs=1e-6)
    assert table.m_i_start["chelsea"] > 1
    assert table.m_i_start["rocket"] == 0


def test_no_measure_of_a_picture_that_is_not_finite(study):
    items = read_table(study / "net.conv1.items.parquet", ITEMS)
    items.loc[0, "status"] = "not finite"
    write_table(items, study / "net.conv1.items.parquet", ITEMS)
    table = read_table(measured(study, "net.conv1")[1], RECONSTRUCTIONS)
    assert table.m_g.isna().tolist() == [True, False]
    assert pd.isna(table.psnr[0])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"runs": [MADE | {"network": "net", "layers": ["conv1"]}]}, "of stage2 by net, whose lay"),
        ({"runs": [MADE | {"network": "new"}]}, "the network new of the plan is not given"),
        ({"runs": [MADE | {"network": "other"}]}, "no pictures of the set 's' by the network 'oth"),
        ({"photos": PHOTOS | {"chelsea": {"file": "no.png"}}}, "no.png is no readable photo"),
        ({"photos": {"chelsea": {"shipped": "chelsea"}}}, "the plan has no photo rocket"),
        ({"traces": ["net.conv1"]}, "images and traces differ in number"),
    ],
)
def test_mistakes_are_named(study, capsys, changes, message):
    assert measured(study, **changes)[0] == 2
    assert message in capsys.readouterr().err


def test_traces_of_other_descents_are_told(study, capsys):
    blocks = [f"net.{layer}" for layer in LAYERS]
    assert measured(study, *blocks, traces=blocks[::-1])[0] == 2
    said = capsys.readouterr().err
    assert "net.stage2.trace.parquet has no descent of the item 'conv1.chelsea' with seed 9" in said
    shorter = RECIPE | {"octaves": [{"size": SIDE, "iterations": 3, "lr": [0.1, 0.05]}]}
    assert measured(study, runs=[PLAN["runs"][0] | {"recipe": shorter}])[0] == 2
    assert "the trace has a step of number 11, but the recipe has only 3" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("runs", "place"), [([], "$.runs"), ([PLAN["runs"][0] | {"layers": []}], "$.runs[0].layers")]
)
def test_a_plan_of_nothing_is_told(study, capsys, runs, place):
    assert measured(study, runs=runs)[0] == 2
    assert f"Expected `array` of length >= 1 - at `{place}`" in capsys.readouterr().err
