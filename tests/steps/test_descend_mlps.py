"""The step that descends on fully connected networks: its files, its mistakes, and a kill."""

import json
import signal
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load_file

from preimage.checkpoint import Checkpoint
from preimage.steps import (
    cli,
    descend_mlps,
    draw_mlp_pictures,
    draw_mlp_widths,
    draw_mlps,
    merge_tables,
    tabulate_mlps,
)
from preimage.study.mlps import curves
from preimage.tables.mlps import MLP_ENDS, MLP_WIDTHS, MLPS
from preimage.tables.parquet import read_metadata, read_table

ENTRY = {
    "name": "test",
    "code": "F1",
    "photo": "chelsea",
    "side": 4,
    "widths": [60, 200],
    "relu": "always",
    "iterations": [3000],
    "seeds": [1, 2],
}
PLANS = curves(ENTRY, {"shipped": "chelsea"})

KILLED = """
import os, signal, sys
from preimage.checkpoint import Checkpoint
from preimage.steps import cli, descend_mlps

class Killed(Checkpoint):
    def save(self, state):
        super().save(state)
        if state["done"] > 1500:
            os.kill(os.getpid(), signal.SIGKILL)

descend_mlps.Checkpoint = lambda path, digest: Killed(path, digest, seconds=0)
cli.run(descend_mlps.main, descend_mlps.parser(), sys.argv[1:])
"""


def arguments(folder, name="60.3000", **changes):
    plan = folder / f"{name}.json"
    plan.write_text(json.dumps(PLANS[name] | changes))
    out = folder / f"{name}.parquet", folder / f"{name}.safetensors"
    words = ["--plan", plan, "--curve", out[0], "--inputs", out[1], "--device", "cpu"]
    return [str(word) for word in [*words, "--threads", 1]]


def descend(*args, **changes):
    return cli.run(descend_mlps.main, descend_mlps.parser(), arguments(*args, **changes))


def test_both_files_of_a_curve_say_the_same(tmp_path):
    assert descend(tmp_path) == 0
    table = read_table(tmp_path / "60.3000.parquet", MLPS)
    found = load_file(tmp_path / "60.3000.safetensors")
    assert found["images"].shape == (2, 3, 4, 4)
    for picture, (seed, rows) in zip(found["images"], table.groupby("seed"), strict=True):
        assert seed in (1, 2)
        assert rows.iteration.iloc[[0, -1]].tolist() == [0, 3000]
        assert rows.m_i.iloc[-1] == pytest.approx(np.linalg.norm(picture - found["photo"]), 1e-5)
        assert rows.m_g.iloc[-1] < rows.m_g.iloc[0] / 10
    assert table.zeroed.between(0.3, 0.7).all()
    assert set(table.status) == {"ok"}
    about = read_metadata(tmp_path / "60.3000.parquet")
    assert json.loads(about["plan"]) == PLANS["60.3000"]


def test_a_killed_curve_goes_on_and_is_the_same_file(tmp_path, monkeypatch):
    for name in ("whole", "killed"):
        (tmp_path / name).mkdir()
    assert descend(tmp_path / "whole") == 0
    killed = [sys.executable, "-c", KILLED, *arguments(tmp_path / "killed")]
    assert subprocess.run(killed, check=False).returncode == -signal.SIGKILL
    state = tmp_path / "killed" / "60.3000.checkpoint.pt"
    assert {path.name for path in state.parent.iterdir()} == {"60.3000.json", state.name}
    begun = []

    class Watched(Checkpoint):
        def load(self):
            begun.append(super().load()["done"])
            return super().load()

    monkeypatch.setattr(descend_mlps, "Checkpoint", Watched)
    assert descend(tmp_path / "killed") == 0
    assert begun[0] > 1500
    assert not state.exists()
    for ending in ("parquet", "safetensors"):
        files = [tmp_path / name / f"60.3000.{ending}" for name in ("whole", "killed")]
        assert files[0].read_bytes() == files[1].read_bytes()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"relu": "often"}, "relu is 'often', give one of never, between, always"),
        ({"precision": "half"}, "precision is 'half', give one of float32, float64"),
        ({"seeds": []}, "seeds are [], give a list of one or more"),
        ({"photo": {"name": "dog", "file": "no.jpg"}}, "no.jpg is no readable photo"),
    ],
)
def test_mistakes_are_told(tmp_path, capsys, changes, message):
    assert descend(tmp_path, **changes) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "60.3000.parquet").exists()


def test_tables_and_figures_follow(tmp_path):
    for name in PLANS:
        assert descend(tmp_path, name, iterations=30) == 0

    def run(step, *words):
        assert cli.run(step.main, step.parser(), [str(word) for word in words]) == 0

    made = [tmp_path / f"{name}.parquet" for name in PLANS]
    ends, widths = tmp_path / "ends.parquet", tmp_path / "widths.parquet"
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps({"complete": {"test": 0.5}}))
    merged = tmp_path / "all.parquet"
    run(merge_tables, "--table", "mlps", "--inputs", *made, "--output", merged)
    run(tabulate_mlps, "--plan", plan, "--curves", merged, "--ends", ends, "--widths", widths)
    assert read_table(ends, MLP_ENDS)["shape"].tolist() == ["60", "200"]
    assert read_table(widths, MLP_WIDTHS).depth.tolist() == [1]
    figures = [tmp_path / name for name in ("a.png", "b.png", "c.png")]
    experiment = ("--experiment", "test")
    run(draw_mlps, *experiment, "--curves", *made, "--ends", ends, "--output", figures[0])
    run(draw_mlp_widths, *experiment, "--widths", widths, "--output", figures[1])
    inputs = [tmp_path / f"{name}.safetensors" for name in PLANS]
    run(draw_mlp_pictures, "--inputs", *inputs, "--output", figures[2])
    for figure in figures:
        assert "F1" in Image.open(figure).text["code"]
        assert figure.with_suffix(".pdf").stat().st_size > 1000
    assert json.loads(Image.open(figures[2]).text["shape"]) == ["60", "200"]
