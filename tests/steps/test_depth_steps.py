"""The steps from measured reconstructions to means by depth and to verdicts."""

import numpy as np
import pandas as pd
import pytest

from preimage.steps.depth import tabulate_depth
from preimage.tables.depth import DEPTH, RECONSTRUCTIONS
from preimage.tables.images import TRACE
from preimage.tables.parquet import read_table, read_tables, write_table

LAYERS = ("layer1", "layer4")
RUN = {
    **{"set": "s", "architecture": "resnet50", "blur": True, "layers": LAYERS, "code": "D"},
    **{"recipe": "r", "size": 299, "iterations": 9, "normalised": False, "fixed": False},
    **{"recorded": "Conv5"},
}
PHOTOS = ("cat", "cup", "owl")


@pytest.fixture
def study(tmp_path):
    """Return a folder with reconstructions and traces of an untrained and a trained network."""
    random = np.random.default_rng(0)
    empty = {column.name: 1.0 for column in RECONSTRUCTIONS.columns}
    for network in ("new", "mine"):
        rows = [
            empty
            | {"code": "C1", "set": "s", "network": network, "recipe": "r", "status": "ok"}
            | {"item": f"{layer}.{photo}", "layer": layer, "photo": photo, "depth": depth}
            | {"m_g": random.random() + 2 - depth}
            for depth, layer in enumerate(LAYERS)
            for photo in PHOTOS
        ]
        steps = [
            {"set": "s", "network": network, "item": row["item"], "seed": 1, "iteration": i}
            | {"loss": 1.0, "gradient": 1.0, "m_g": 3.0 - i, "m_i": 1.0 + i}
            for row in rows
            for i in range(3)
        ]
        name = tmp_path / network
        write_table(pd.DataFrame(rows), f"{name}.parquet", RECONSTRUCTIONS)
        write_table(pd.DataFrame(steps), f"{name}.trace.parquet", TRACE)
    return tmp_path


def files(study, ending):
    return [str(study / f"{network}{ending}") for network in ("new", "mine")]


def tables(study):
    return {"reconstructions": files(study, ".parquet"), "traces": files(study, ".trace.parquet")}


def test_depth_has_a_row_for_each_run_and_layer(study):
    outputs = {"reconstructions": study / "r.parquet", "depth": study / "d.parquet"}
    argv = [word for name, file in outputs.items() for word in (f"--{name}", str(file))]
    assert not tabulate_depth.main(["--measured", *files(study, ".parquet"), *argv])
    found = read_table(study / "d.parquet", DEPTH)
    assert list(zip(found.network, found.layer, strict=True)) == [
        *(("new", "layer1"), ("new", "layer4"), ("mine", "layer1"), ("mine", "layer4"))
    ]
    whole = read_tables(files(study, ".parquet"), RECONSTRUCTIONS)
    assert read_table(study / "r.parquet", RECONSTRUCTIONS).equals(whole)


def test_verdicts_follow_what_the_plan_says_of_networks(study, settled):
    def found(*states):
        names = zip(("new", "mine"), states, strict=True)
        runs = [RUN | {"network": n, "state": state, "kind": state} for n, state in names]
        makers = {
            n: {"architecture": "resnet50", "state": s}
            for n, s in zip(("new", "mine"), states, strict=True)
        }
        plan = {"makers": makers, "depth": {"runs": runs, "judges": []}}
        rows = settled(plan, **tables(study))
        return rows[rows.networks != ""]

    rows = found("untrained", "trained")
    assert set(rows.id) == {"D1.1", "D1.2", "D7.1", "D8.1", "G3.1", "G4.3"}
    assert rows.role[rows.id == "D1.2"].tolist() == ["primary", "exploratory"]
    assert set(rows.networks[rows.id == "D1.2"]) == {"new (s)"}
    rows = found("trained", "untrained")
    assert set(rows.networks[rows.id == "D1.2"]) == {"mine (s)"}


@pytest.mark.parametrize(
    ("run", "message"),
    [
        (
            RUN | {"network": "new", "state": "noisy", "kind": ""},
            "'noisy' - at `$.depth.runs[0].state`",
        ),
        (RUN | {"network": "new"}, "missing required field `state` - at `$.depth.runs[0]`"),
        (
            RUN | {"networks": "new", "state": "noise"},
            "field `networks` - at `$.depth.runs[0]`",
        ),
    ],
)
def test_plans_that_do_not_fit_are_told(study, capsys, settle, run, message):
    assert settle({"makers": {}, "depth": {"runs": [run], "judges": []}}, **tables(study)) == 2
    assert message in capsys.readouterr().err
