"""The benchmark compares like with like."""

import json
import subprocess
import sys
from pathlib import Path

import device
import pandas as pd
import programs
import pytest
import recipes
import right
import speed
import torch
from setting import Setup, Trial
from torch import nn

from preimage.errors import UserError
from preimage.networks.network import Network


@pytest.mark.parametrize("layer", ["layer3", "logits"])
def test_the_plain_loop_and_ours_take_the_same_step(layer):
    case = programs.Case("resnet18", layer, 1, size=64)
    start = programs.start_image(case).double()
    steps = [
        run(programs.build(case.network).double(), case, start, 1, lambda: None)[0] - start
        for run in (
            programs.run_plain,
            lambda *arguments: programs.run_preimage(*arguments, precision="float64"),
        )
    ]
    plain, ours = steps
    assert plain.norm() > 0
    assert torch.dist(plain, ours) < 1e-6 * plain.norm()


def test_a_step_is_counted_forward_and_back():
    """A product of a vector with a matrix of 512 x 1000 is 1,024,000 operations."""
    whole, pooled = (
        programs.flops_of_step(programs.build("resnet18"), programs.Case("resnet18", layer, 8, 64))
        for layer in ("logits", "avgpool")
    )
    assert whole - pooled == 2 * 2 * 512 * 1000


def test_the_table_has_a_row_for_each_program_and_precision(monkeypatch):
    ours = {key: run for key, run in speed.PROGRAMS.items() if key[0] in ("preimage", "plain")}
    monkeypatch.setattr(speed, "PROGRAMS", ours)
    peaks = {}
    cases = [speed.Case("resnet18", "layer3", n, size=64) for n in (1, 2)]
    rows = pd.concat([speed.measure(case, 1, 1, peaks) for case in cases])
    table = speed.with_ratios(rows, peaks)
    added = ["peak_gflop_per_s", "share_of_peak", "plain_over_this"]
    assert list(table.columns) == [*speed.COLUMNS, *added]
    assert list(zip(table.batch, table.program, table.precision, strict=True)) == [
        (1, "preimage", "float32"),
        (1, "preimage", "bfloat16"),
        (1, "plain", "float32"),
        (2, "preimage", "float32"),
        (2, "preimage", "bfloat16"),
    ]
    assert (table.ms_per_image_step > 0).all()
    assert table.plain_over_this[table.program == "plain"].item() == 1
    assert table.plain_over_this.notna().all()
    assert (table.share_of_peak > 0).all()


def test_the_spread_is_that_of_rounds():
    found = speed._milliseconds([[0.001, 0.002, 0.009], [0.004, 0.004, 0.004]], batch=2)
    assert found == pytest.approx((2.0, 1.0, 2.0))


def test_a_library_that_is_missing_is_said_to_be(monkeypatch):
    monkeypatch.setattr(programs, "find_spec", lambda _: None)
    case = speed.Case("resnet18", "logits", 1)
    assert speed._reason_against("plenoptic", case) == "is not installed"
    assert not speed._reason_against("plain", case)


SMALLEST = ["--quick", "--device", "cpu", "--networks", "resnet18"]


@pytest.mark.filterwarnings("default")  # it asks PyTorch to warn
def test_the_device_is_tried(tmp_path, capsys):
    file = tmp_path / "device.parquet"
    words = ["--sizes", "64", "--batches", "1", "--seconds", "600", "--output", str(file)]
    assert device.main([*SMALLEST, *words]) == 0, capsys.readouterr().out
    found = pd.read_parquet(file)
    assert list(found.columns) == [*device.COLUMNS]
    tried = found[found.value.notna()]
    assert {*tried.trial} == {
        *("arithmetic", "arithmetic in training", "the same again", "operations"),
        *("as on the CPU", "statuses", "product of matrices", "from start to first step"),
        *("preimage", "plain", "launches", "class images", "replayed"),
    }
    assert found.holds.dropna().all()
    rates = tried[tried.figure == "image-steps"]
    assert (rates.value > 0).all()
    assert "resnet18" in capsys.readouterr().out.rpartition("image-steps a second")[2]


class AsOnGpu(Setup):
    """A CPU that is tried as a GPU is, where only kernels and memory of one are missing."""

    on_gpu = True


def test_what_only_a_gpu_is_asked_is_right_on_a_cpu():
    about = {"sizes": (64,), "batches": (1,), "steps": 1, "few": 2, "marks": (1, 2), "scale": 0.15}
    setup = AsOnGpu(torch.device("cpu"), networks=["resnet18"], **about)
    rows = [*right.agrees(setup, "resnet18")]
    assert [row["precision"] for row in rows] == ["float32"] * 2 + ["tf32"] * 2 + ["bfloat16"] * 2
    assert all(row["holds"] and 0 < row["value"] < 2 for row in rows)


def test_a_device_is_tried_where_there_is_little_beside_torch(tmp_path):
    lacking = ["safetensors", "msgspec", "pandas", "pyarrow", "yaml", "scipy", "snakemake"]
    words = [*SMALLEST, "--sizes", "64", "--batches", "2", "--questions", "recorded"]
    words += ["--output", str(tmp_path / "device.parquet")]
    code = f"""
import sys
sys.modules |= dict.fromkeys({lacking})
sys.path.insert(0, {str(Path(device.__file__).parent)!r})
import device
sys.exit(device.main({words}))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in (tmp_path / "device.jsonl").read_text().splitlines()]
    assert [row["value"] for row in rows if row["holds"] is not None] == [0, 0] * 2


def test_what_cannot_be_tried_is_told_in_a_line(capsys, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(SystemExit, match="error: device is cuda, but PyTorch finds no CUDA"):
        device.main(["--device", "cuda"])
    with pytest.raises(SystemExit, match="error: network has no layer 'layer9'"):
        speed.main(["--quick", "--cases", "resnet18:layer9:1"])
    for case in ("nope:logits:1", "resnet18:logits:0", "resnet18"):
        with pytest.raises(SystemExit):
            speed.main(["--cases", case])
        assert f"invalid parse value: {case!r}" in capsys.readouterr().err


def test_without_time_every_trial_is_a_row_that_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(device, "find_spec", lambda _: None)  # nor pandas
    words = ["--seconds", "1e-9", "--output", str(tmp_path / "device.parquet")]
    device.main([*SMALLEST, *words])
    rows = [json.loads(line) for line in (tmp_path / "device.jsonl").read_text().splitlines()]
    assert {row["note"] for row in rows[1:]} == {"no time left"}
    assert {row["question"] for row in rows[1:]} == {"right", "fast", "whole", "recorded"}


@pytest.mark.parametrize(
    ("error", "holds", "figure"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried\nmore"), None, "out of memory"),
        (UserError("cuda has not the memory for 128 images at once"), None, "refused"),
        (UserError("no layer"), False, "refused"),
        (ZeroDivisionError(), False, "failed"),
    ],
)
def test_what_goes_wrong_is_a_row_beside_those_before(error, holds, figure):
    def run():
        yield {"figure": "first", "value": 1.0}
        raise error

    before, after = device.tried(Trial("fast", "it", run, {"batch": 128}))
    assert before["value"] == 1.0
    assert (after["figure"], after["holds"], after["batch"]) == (figure, holds, 128)


def small(name):
    """Return a network of six classes that sees 28 pixels, another one for each name."""
    torch.manual_seed(sum(map(ord, name)))
    layers = nn.Conv2d(3, 8, 5, stride=2), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten()
    model = nn.Sequential(*layers, nn.Linear(32, 6))
    return Network(name, "none", model, tuple("abcdef"), 28)


def test_recipes_are_judged_by_other_networks(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(recipes, "network_of", small)
    file = tmp_path / "recipes.parquet"
    asked = [
        "--classes",
        "3",
        "--lengths",
        "4",
        "7",
        "--pages",
        "5",
        "--judges",
        "one",
        "two",
        "--threads",
        "1",
    ]
    recipes.main([*asked, "--maker", "maker", "--output", str(file)])
    rows = pd.read_parquet(file)
    tried = 2 * sum(map(len, recipes.RATES.values())) + 1
    assert len(rows) == tried * 3 * 3, "recipes and lengths, and the pages'; classes, judges"
    assert {*rows.judge} == {"maker", "one", "two"}
    assert {*rows["class"]} == {"a", "c", "f"}, "evenly among all"
    assert rows.probability.between(0, 1).all()
    assert rows.place.between(1, 6).all()
    assert (rows.seconds > 0).all()
    printed = capsys.readouterr().out
    assert "others' probability" in printed
    assert printed.count("momentum") == 2 * len(recipes.RATES["momentum"])


@pytest.mark.parametrize("steps", [1, 3, 15, 60, 61])
def test_a_recipe_takes_the_steps_that_it_is_to_take(steps):
    recipe = recipes.Trial("ours", "Adam", 0.5, steps).recipe(224)
    assert recipe.iterations == steps
    assert recipe.optimiser.kind == "Adam"
    assert {octave.side for octave in recipe.octaves} <= {128, 192, 224}


def test_the_pages_recipe_stands_beside_the_others():
    recipe = recipes.Trial("the pages'", "gradient", 1.0, 820).recipe(299)
    assert [octave.size for octave in recipe.octaves] == [299, 490, 600]
    assert [octave.crop for octave in recipe.octaves] == [None, 470, 570]
    assert [octave.iterations for octave in recipe.octaves] == [220, 500, 100]
    assert (recipe.smooth, recipe.colour) == (0, 1), "what the pages do not know changes nothing"


def test_a_judge_that_is_no_file_is_named():
    with pytest.raises(UserError, match=r"nowhere\.pth cannot be read"):
        recipes.network_of("squeezenet1_0=nowhere.pth")
