"""The step that descends on fully connected networks: its files, what it keeps, and a kill."""

import json
import signal
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load_file

from preimage import kept
from preimage.checkpoint import Checkpoint
from preimage.steps import descend_mlps as module
from preimage.steps.descend_mlps import descend_mlps
from preimage.steps.mlps import draw_mlps, tabulate_mlps
from preimage.study.mlps import experiment_plan
from preimage.tables.mlps import MLP_ENDS, MLP_WIDTHS, MLPS
from preimage.tables.parquet import read_metadata, read_table

ENTRY = {
    "name": "test",
    "code": "F1",
    "photo": "chelsea",
    "side": 4,
    "widths": [60],
    "relu": "always",
    "iterations": [3000],
    "seeds": [1, 2],
}
SHORT = {"iterations": [30]}

KILLED = """
import os, signal, sys
from preimage import kept
from preimage.checkpoint import Checkpoint
from preimage.steps.descend_mlps import descend_mlps

class Killed(Checkpoint):
    def save(self, state):
        super().save(state)
        if state.get("done", 0) > 1500:
            os.kill(os.getpid(), signal.SIGKILL)

kept.Checkpoint = lambda path, key: Killed(path, key, seconds=0)
descend_mlps.main(sys.argv[1:])
"""


def arguments(folder, changes, **plan):
    """Return the words of an experiment, its entry with changes; `plan` are others of its plan."""
    folder.mkdir(exist_ok=True)
    whole = experiment_plan(ENTRY | changes, {"chelsea": {"shipped": "chelsea"}}) | plan
    (folder / "plan.json").write_text(json.dumps(whole))
    words = ["--plan", folder / "plan.json", "--curves", folder / "test.parquet"]
    words += ["--inputs", folder / "test.safetensors", "--device", "cpu", "--threads", 1]
    return [str(word) for word in words]


def descend(folder, changes, **plan):
    return descend_mlps.main(arguments(folder, changes, **plan))


def written(folder):
    """Return the bytes of both files, and what is kept."""
    files = [folder / f"test.{ending}" for ending in ("parquet", "safetensors")]
    return [f.read_bytes() for f in files], sorted(f.name for f in (folder / "test").iterdir())


@pytest.fixture
def made(monkeypatch):
    """Record the widths of the networks that are descended on."""
    found, real = [], module.descend

    def watched(networks, *args, **options):
        found.append(networks.widths)
        return real(networks, *args, **options)

    monkeypatch.setattr(module, "descend", watched)
    return found


def test_both_files_of_an_experiment_say_the_same(tmp_path):
    assert descend(tmp_path, {}) == 0
    table = read_table(tmp_path / "test.parquet", MLPS)
    found = load_file(tmp_path / "test.safetensors")
    assert found["60.3000"].shape == (2, 3, 4, 4)
    for picture, (seed, rows) in zip(found["60.3000"], table.groupby("seed"), strict=True):
        assert seed in (1, 2)
        assert rows.iteration.iloc[[0, -1]].tolist() == [0, 3000]
        assert rows.m_i.iloc[-1] == pytest.approx(np.linalg.norm(picture - found["photo"]), 1e-5)
        assert rows.m_g.iloc[-1] < rows.m_g.iloc[0] / 10
    assert table.zeroed.between(0.3, 0.7).all()
    assert set(table.status) == {"ok"}
    about = read_metadata(tmp_path / "test.parquet")
    assert json.loads(about["plan"]) == json.loads((tmp_path / "plan.json").read_text())


def test_a_killed_curve_goes_on_and_is_the_same_file(tmp_path, monkeypatch):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert descend(whole, {}) == 0
    command = [sys.executable, "-c", KILLED, *arguments(killed, {})]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert {path.name for path in killed.iterdir()} == {"plan.json", "test"}
    begun = []

    class Watched(Checkpoint):
        def load(self):
            begun.append(super().load()["done"])
            return super().load()

    monkeypatch.setattr(kept, "Checkpoint", Watched)
    assert descend(killed, {}) == 0
    assert begun[0] > 1500
    assert written(killed) == written(whole)
    assert written(whole)[1] == ["60.3000.safetensors"]


def test_a_curve_added_costs_itself_and_the_files_are_those_of_a_fresh_run(tmp_path, made):
    old, fresh = tmp_path / "old", tmp_path / "fresh"
    wider = SHORT | {"widths": [60, 90]}
    assert descend(old, SHORT) == 0
    assert descend(old, wider) == 0
    assert made == [(60,), (90,)]
    assert descend(fresh, wider) == 0
    assert written(old) == written(fresh)
    assert written(old)[1] == ["60.30.safetensors", "90.30.safetensors"]


def test_what_is_kept_of_curves_taken_away_goes(tmp_path):
    assert descend(tmp_path, SHORT | {"widths": [60, 90]}) == 0
    assert descend(tmp_path, SHORT | {"widths": [90]}) == 0
    assert written(tmp_path)[1] == ["90.30.safetensors"]


@pytest.mark.parametrize("changes", [{"lr": [0.2, 0.1]}, {"seeds": [1]}, {"relu": "never"}])
def test_a_curve_that_is_decided_by_another_plan_is_made_anew(tmp_path, made, changes):
    old, fresh = tmp_path / "old", tmp_path / "fresh"
    assert descend(old, SHORT) == 0
    assert descend(old, SHORT | changes) == 0
    assert made == [(60,)] * 2
    assert descend(fresh, SHORT | changes) == 0
    assert written(old) == written(fresh)


def test_other_code_and_another_content_of_the_photo_make_curves_anew(tmp_path, made, monkeypatch):
    photo = tmp_path / "photo.png"

    def run(colour):
        Image.new("RGB", (4, 4), colour).save(photo)
        return descend(tmp_path, SHORT, photos=[{"name": "p", "file": str(photo)}] * 2)

    assert [run("red"), run("red"), run("blue")] == [0, 0, 0]
    assert len(made) == 2
    monkeypatch.setattr(module, "step_digest", lambda _: "other")
    assert [run("blue"), run("blue")] == [0, 0]
    assert len(made) == 3


def test_names_do_not_decide_a_curve(tmp_path, made):
    assert descend(tmp_path, SHORT) == 0
    assert descend(tmp_path, SHORT | {"code": "E2", "name": "other"}) == 0
    assert made == [(60,)]
    assert set(read_table(tmp_path / "test.parquet", MLPS).experiment) == {"other"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"relu": "often"}, "'often' - at `$.relu`"),
        ({"precision": "half"}, "'half' - at `$.precision`"),
        ({"seeds": []}, "length >= 1 - at `$.seeds`"),
        ({"photos": [{"name": "dog", "file": "no.jpg"}] * 2}, "no.jpg is no readable photo"),
    ],
)
def test_mistakes_are_told(tmp_path, capsys, changes, message):
    assert descend(tmp_path, {}, **changes) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "test.parquet").exists()


def test_tables_and_figures_follow(tmp_path):
    assert descend(tmp_path, SHORT | {"widths": [60, 200]}) == 0

    def run(step, plan, **files):
        (tmp_path / "p.json").write_text(json.dumps(plan))
        words = [(f"--{name}", str(tmp_path / file)) for name, file in files.items()]
        assert (
            step.main(
                [word for pair in [("--plan", str(tmp_path / "p.json")), *words] for word in pair]
            )
            == 0
        )

    tables = {"ends": "ends.parquet", "widths": "widths.parquet"}
    complete = {"complete": {"test": 0.5}}
    run(tabulate_mlps, complete, curves="test.parquet", mlps="all.parquet", **tables)
    assert read_table(tmp_path / "all.parquet", MLPS)["shape"].unique().tolist() == ["60", "200"]
    assert read_table(tmp_path / "ends.parquet", MLP_ENDS)["shape"].tolist() == ["60", "200"]
    assert read_table(tmp_path / "widths.parquet", MLP_WIDTHS).depth.tolist() == [1]
    figures = {"descents": "a.png", "needed": "b.png", "pictures": "c.png"}
    run(
        draw_mlps,
        {"experiments": ["test"], "widths": ["test"]},
        **{"curves": "test.parquet", "inputs": "test.safetensors"},
        **tables,
        **figures,
    )
    for name in figures.values():
        assert "F1" in Image.open(tmp_path / name).text["code"]
        assert (tmp_path / name).with_suffix(".pdf").stat().st_size > 1000
    assert json.loads(Image.open(tmp_path / "c.png").text["shape"]) == ["60", "200"]
