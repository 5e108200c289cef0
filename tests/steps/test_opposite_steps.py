"""The steps of opposites: from the table of opposites to tables, claims and figures."""

import json

import pandas as pd
import pytest
from PIL import Image

from preimage.steps import (
    cli,
    draw_opposite_graph,
    draw_opposite_groups,
    judge_opposites,
    tabulate_opposite_groups,
)
from preimage.tables.claims import CLAIMS
from preimage.tables.images import OPPOSITES
from preimage.tables.opposites import CYCLES, OPPOSITE_GROUPS, OPPOSITE_STATISTICS
from preimage.tables.parquet import read_table, write_table

STEPS = {0: 1, 1: 0, 2: 1, 3: None}
GROUPS = [["dogs", [0, 1]], ["cats", [2, 3]]]


@pytest.fixture
def study(tmp_path):
    rows = pd.DataFrame(
        [
            {"network": network, "seed": seed, "class": c, "name": f"class {c}"}
            | {"opposite": o, "opposite_name": None if o is None else f"class {o}"}
            | {"status": "no gradient" if o is None else "ok", "set": "opposites"}
            for network in ("net", "other")
            for seed in (999, 1)
            for c, o in STEPS.items()
        ]
    )
    rows["opposite"] = rows["opposite"].astype("Int64")
    write_table(rows.reindex(columns=OPPOSITES.names), tmp_path / "o.parquet", OPPOSITES)
    (tmp_path / "plan.json").write_text(json.dumps({"groups": GROUPS}))
    return tmp_path


def call(step, *arguments):
    return cli.run(step.main, step.parser(), [str(argument) for argument in arguments])


def given(study, plan="plan.json"):
    return ["--plan", study / plan, "--opposites", study / "o.parquet"]


@pytest.fixture
def tabulated(study):
    kinds = ("groups", "statistics", "cycles")
    out = [word for kind in kinds for word in (f"--{kind}", study / f"{kind}.parquet")]
    assert not call(tabulate_opposite_groups, *given(study), *out)
    return study


def test_the_tables_tell_networks_and_seeds_apart(tabulated):
    groups = read_table(tabulated / "groups.parquet", OPPOSITE_GROUPS)
    assert len(groups) == 2 * 2 * len(GROUPS) ** 2
    assert groups.share.tolist()[:2] == [1, 0]
    assert groups.group.unique().tolist() == ["dogs", "cats"]
    statistics = read_table(tabulated / "statistics.parquet", OPPOSITE_STATISTICS)
    assert len(statistics) == 2 * 2 * 5
    cycles = read_table(tabulated / "cycles.parquet", CYCLES)
    assert cycles.basin.tolist() == [3] * 4


def test_claims_are_judged_for_the_networks_of_the_plan(study):
    (study / "claims.json").write_text(json.dumps({"groups": GROUPS, "networks": ["net"]}))
    claims = ["--claims", study / "c.parquet"]
    assert not call(judge_opposites, *given(study, "claims.json"), *claims)
    claims = read_table(study / "c.parquet", CLAIMS)
    assert set(claims.code) == {"I1"}
    dogs = claims[claims.claim.str.contains("dog's")]
    assert (dogs.value.tolist(), dogs.n.tolist()) == ([1], [2])
    assert set(dogs.verdict) == {"inconclusive"}  # two dogs are few
    assert set(claims[claims.claim.str.contains("snakes")].verdict) == {"not run"}


def draw(step, study, name="out.png", network="net"):
    files = {"--groups": study / "groups.parquet"}
    if step is draw_opposite_graph:
        files = dict(zip(given(study)[::2], given(study)[1::2], strict=True))
        files["--cycles"] = study / "cycles.parquet"
    words = [word for pair in files.items() for word in pair]
    assert not call(step, *words, "--network", network, "--output", study / name)
    return study / name


@pytest.mark.parametrize("step", [draw_opposite_graph, draw_opposite_groups])
def test_figures_carry_their_address_and_are_always_the_same(tabulated, step):
    one, other = draw(step, tabulated), draw(step, tabulated, "other.png")
    assert one.read_bytes() == other.read_bytes()
    assert one.with_suffix(".pdf").read_bytes() == other.with_suffix(".pdf").read_bytes()
    with Image.open(one) as picture:
        assert (picture.text["network"], picture.text["seed"]) == ("net", "1")
        assert json.loads(picture.text["set"]) == ["opposites"]


@pytest.mark.parametrize("step", [draw_opposite_graph, draw_opposite_groups])
def test_a_network_without_opposites_has_a_figure_that_says_so(tabulated, step):
    with Image.open(draw(step, tabulated, network="none")) as picture:
        assert picture.text["seed"] == ""


def test_a_plan_without_groups_is_an_error(study, capsys):
    (study / "plan.json").write_text("{}")
    assert call(judge_opposites, *given(study), "--claims", study / "c.parquet") == 2
    assert "plan.json: groups, networks missing" in capsys.readouterr().err
