"""What is measured of reconstructions is what the page defines, from the files of a real block."""

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file
from torchvision.models.feature_extraction import create_feature_extractor
from torchvision.transforms.functional import resize

from preimage.networks.network import Network, build, load_network, save_network
from preimage.photos import open_photo
from preimage.steps import cli, generate_images, measure_reconstructions
from preimage.tables.depth import RECONSTRUCTIONS
from preimage.tables.images import TRACE
from preimage.tables.parquet import read_table

SMALL, SIDE, SEED = "shufflenet_v2_x0_5", 40, 9
LAYERS = ["conv1", "stage2"]
PHOTOS = {name: {"shipped": name} for name in ("chelsea", "rocket")}
RECIPE = {
    "octaves": [{"size": SIDE, "iterations": 12, "lr": [0.1, 0.05]}],
    "normalised": True,
    "loss": {"scale": 3},
}
ABOUT = {"set": "s", "network": "net", "recipe": RECIPE, "photos": PHOTOS}


def call(step, *arguments):
    return cli.run(step.main, step.parser(), [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return a folder with a network and the blocks of two layers, two photos each."""
    folder = tmp_path_factory.mktemp("study")
    network = Network("net", SMALL, build(SMALL, 6, seed=1), tuple("abcdef"), 32)
    save_network(network, folder / "net.safetensors", "untrained, seed 1")
    for layer in LAYERS:
        items = [
            {"item": f"{layer}.{photo}", "target": photo, "photo": photo, "seed": SEED}
            | {"layer": layer, "objective": f"match(net:{layer}, {photo}, L1)"}
            for photo in PHOTOS
        ]
        plan = ABOUT | {"code": "C2", "items": items}
        (folder / f"{layer}.json").write_text(json.dumps(plan))
        name = folder / layer
        assert not call(
            generate_images,
            *("--plan", f"{name}.json", "--networks", folder / "net.safetensors"),
            *("--device", "cpu", "--images", f"{name}.safetensors"),
            *("--items", f"{name}.items.parquet", "--trace", f"{name}.trace.parquet"),
        )
    (folder / "plan.json").write_text(json.dumps(ABOUT | {"layers": LAYERS}))
    return folder


def measured(folder, blocks=LAYERS, **changes):
    """Call the step on a copy of the plan with `changes`; return its exit code and output."""
    plan = json.loads((folder / "plan.json").read_text()) | changes
    (folder / "changed.json").write_text(json.dumps(plan))
    files = {
        option: [folder / f"{layer}.{ending}" for layer in blocks]
        for option, ending in (
            ("--images", "safetensors"),
            ("--items", "items.parquet"),
            ("--traces", "trace.parquet"),
        )
    }
    arguments = [word for option, paths in files.items() for word in (option, *paths)]
    output = folder / "out.parquet"
    code = call(
        measure_reconstructions,
        *("--plan", folder / "changed.json", "--network", folder / "net.safetensors"),
        *("--device", "cpu", "--output", output, *arguments),
    )
    return code, output


@pytest.fixture
def study(made, tmp_path):
    return shutil.copytree(made, tmp_path / "study")


def test_the_distances_are_those_of_the_page(study):
    code, output = measured(study, ["stage2", "conv1"])
    assert code == 0
    table = read_table(output, RECONSTRUCTIONS)
    assert table.layer.tolist() == ["conv1", "conv1", "stage2", "stage2"]  # by depth
    row = table[(table.layer == "stage2") & (table.photo == "rocket")].iloc[0]
    model = create_feature_extractor(load_network(study / "net.safetensors").model, ["stage2"])
    photo = resize(open_photo(PHOTOS["rocket"]), [SIDE, SIDE], antialias=True)
    noise = torch.randn(3, SIDE, SIDE, generator=torch.Generator().manual_seed(SEED))
    start = 0.7 + 0.05 * noise
    image = load_file(study / "stage2.safetensors")["images"][1]
    with torch.no_grad():
        seen = [model(x[None])["stage2"] for x in (photo, photo + noise / 25, start, image)]
    apart = [(other - seen[0]).norm().item() for other in seen[1:]]
    found = [row.m_r_25, row.m_g_start, row.m_g]
    assert found == pytest.approx(apart, rel=1e-4)
    assert row.m_i == pytest.approx((photo - image).norm().item(), rel=1e-5)
    assert row.m_i_start == pytest.approx((photo - start).norm().item(), rel=1e-5)
    assert row.activations == seen[0].numel()
    assert 1.2 < row.m_r_18 / row.m_r_25 < 1.6  # 25 / 18, were the layer linear
    mean_square = (photo.clamp(0, 1) - image.clamp(0, 1)).square().mean()
    assert row.psnr == pytest.approx(-10 * mean_square.log10().item(), rel=1e-4)
    assert (row.loss_factor, row.iterations, row.status) == (3.0, 12, "ok")


def test_the_measured_gradient_is_the_first_of_the_descent(study):
    _, output = measured(study)
    for row in read_table(output, RECONSTRUCTIONS).itertuples():
        trace = read_table(study / f"{row.layer}.trace.parquet", TRACE)
        first = trace[(trace["item"] == row.item) & (trace.iteration == 0)].iloc[0]
        count = 3 * SIDE**2
        norm = (row.gradient_mean**2 + row.gradient_std**2 * (count - 1) / count) ** 0.5
        assert norm * count**0.5 == pytest.approx(first.gradient, rel=1e-3)
        assert row.step_start == pytest.approx(0.1 / (first.gradient / count**0.5), rel=1e-6)
        assert row.m_g_start == pytest.approx(first.m_g, rel=1e-3)


def test_a_photo_alone_is_measured_like_one_among_others(study):
    table = read_table(measured(study)[1], RECONSTRUCTIONS)
    alone = read_table(measured(study, ["conv1"])[1], RECONSTRUCTIONS)
    assert alone.equals(table[table.layer == "conv1"].reset_index(drop=True))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"layers": ["conv1"]}, r"stage2.items.parquet is of stage2, not of one of conv1"),
        ({"photos": {"chelsea": {"file": "no.png"}}}, "no.png is no readable photo"),
        ({"photos": {"chelsea": {"shipped": "chelsea"}}}, "the plan has no photo rocket"),
    ],
)
def test_mistakes_are_named(study, capsys, change, message):
    assert measured(study, **change)[0] == 2
    assert message in capsys.readouterr().err
