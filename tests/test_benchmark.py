"""The benchmark compares like with like."""

import importlib.util
import sys
from pathlib import Path

import pytest
import torch

SOURCE = Path(__file__).parents[1] / "benchmarks" / "speed.py"


@pytest.fixture(scope="module")
def speed():
    spec = importlib.util.spec_from_file_location("speed", SOURCE)
    module = importlib.util.module_from_spec(spec)
    sys.modules["speed"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["speed"]


@pytest.mark.parametrize("layer", ["layer3", "logits"])
def test_the_plain_loop_and_ours_take_the_same_step(speed, layer):
    case = speed.Case("resnet18", layer, 1, size=64)
    start = speed.start_image(case).double()
    steps = [
        run(speed.build(case.network).double(), case, start, 1, lambda: None)[0] - start
        for run in (
            speed.run_plain,
            lambda *arguments: speed.run_preimage(*arguments, precision="float64"),
        )
    ]
    plain, ours = steps
    assert plain.norm() > 0
    assert torch.dist(plain, ours) < 1e-6 * plain.norm()


def test_the_table_has_a_row_for_each_program_and_precision(speed, tmp_path, monkeypatch):
    ours = {key: run for key, run in speed.PROGRAMS.items() if key[0] in ("preimage", "plain")}
    monkeypatch.setattr(speed, "PROGRAMS", ours)
    rows = [speed.measure(speed.Case("resnet18", "layer3", n, size=64), 1, 1) for n in (1, 2)]
    table = speed.with_ratios(speed.pd.concat(rows))
    assert list(table.columns) == [*speed.COLUMNS, "plain_over_this"]
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
