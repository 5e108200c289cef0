"""From the plan of an inversion to its tables and figures."""

import json

import pytest
from PIL import Image

from preimage.steps import invert_mlps as module
from preimage.steps.inversions import draw_inversions, tabulate_inversions
from preimage.steps.invert_mlps import invert_mlps
from preimage.tables.inversions import (
    CONDITIONS,
    DIRECTIONS,
    INVERSION_SUMMARY,
    INVERSIONS,
    WORKED_EXAMPLES,
)
from preimage.tables.parquet import read_table, write_table

FIGURES = {"histograms": "histogram", "numbers": "condition", "geometries": "geometry"}
TABLES = {table.name: table for table in (INVERSIONS, CONDITIONS, DIRECTIONS)}
PLAN = {"inversion": "inverse", "side": 3, "layers": [1, 2], "seeds": [1], "samples": 6}
PLAN |= {"noise": 0.001, "descent_steps": 20, "initial": "linear"}


def run(step, **options):
    """Run a step; return its exit code."""
    return step.main([word for key, value in options.items() for word in (f"--{key}", str(value))])


def plan(folder, value):
    file = folder / "plan.json"
    file.write_text(json.dumps(value))
    return file


def invert(folder, **changes):
    """Invert by the plan with changes; return the file of each table."""
    folder.mkdir(exist_ok=True)
    photo = {"name": "ramp", "file": str(folder.parent / "photo.png")}
    if not (folder.parent / "photo.png").exists():
        Image.linear_gradient("L").convert("RGB").save(folder.parent / "photo.png")
    seeds = (PLAN | changes)["seeds"]
    whole = plan(folder, PLAN | {"photos": [photo] * len(seeds)} | changes)
    out = {name: folder / f"inverse.{name}.parquet" for name in TABLES}
    assert run(invert_mlps, plan=whole, device="cpu", **out) == 0
    return out


@pytest.fixture(scope="module")
def inverted(tmp_path_factory):
    """Invert networks of one and two layers; return the file of each table."""
    return invert(tmp_path_factory.mktemp("inversions") / "made")


@pytest.fixture(scope="module")
def tabulated(inverted):
    """Return the file of each of the tables of all inversions."""
    names = [*TABLES, "summary", "examples"]
    out = {name: inverted["inversions"].with_name(f"{name}.parquet") for name in names}
    inputs = dict(zip(("points", "maps", "axes"), inverted.values(), strict=True))
    assert run(tabulate_inversions, **inputs, **out) == 0
    return out


def test_the_tables_tell_of_each_network(inverted):
    tables = {name: read_table(file, TABLES[name]) for name, file in inverted.items()}
    for table in tables.values():
        assert table.layers.unique().tolist() == [1, 2]
    of_two = {name: table[table.layers == 2] for name, table in tables.items()}
    inversions, conditions = of_two["inversions"], of_two["conditions"]
    assert inversions.photo.unique().tolist() == ["ramp"]
    assert inversions.inputs.unique().tolist() == [27]
    assert sorted(inversions.code.unique()) == ["E8", "E9"]
    assert sorted(conditions.inputs) == [2, 2, 4, 4, 27, 27]
    whole = of_two["directions"].groupby("inputs").singular_value
    composed = conditions[conditions["map"] == "composed"].set_index("inputs").condition
    assert (whole.max() / whole.min()).to_dict() == pytest.approx(composed.to_dict())


def test_what_is_inverted_is_found_again(inverted):
    table = read_table(inverted["inversions"], INVERSIONS)
    table = table[table.layers == 2]
    exact = table[(table.point == "recovered") & (table.precision == "float64")]
    assert exact.m_i.max() < 1e-9
    near = table[(table.point == "neighbour") & (table.precision == "float64")]
    assert near.m_g.median() == pytest.approx(0.001 * 27**0.5, rel=0.3)


def test_a_network_added_costs_itself_and_the_files_are_those_of_a_fresh_run(tmp_path, monkeypatch):
    made, real = [], module.points

    def watched(part, photo):
        made.append((part["layers"], part["seed"]))
        return real(part, photo)

    monkeypatch.setattr(module, "points", watched)
    invert(tmp_path / "old")
    old = invert(tmp_path / "old", seeds=[1, 2])
    assert made == [(1, 1), (2, 1), (1, 2), (2, 2)]
    fresh = invert(tmp_path / "fresh", seeds=[1, 2])
    for name in TABLES:
        assert old[name].read_bytes() == fresh[name].read_bytes()
    made.clear()
    invert(tmp_path / "old", seeds=[2], noise=0.01)
    assert made == [(1, 2), (2, 2)]
    kept = tmp_path / "old" / "inverse.inversions"
    assert sorted(file.name for file in kept.iterdir()) == ["1.2.safetensors", "2.2.safetensors"]


def test_all_inversions_are_in_one_table(inverted, tabulated):
    for name, table in TABLES.items():
        assert read_table(tabulated[name], table).equals(read_table(inverted[name], table))


def test_the_summary_has_a_row_for_each_kind_of_point(tabulated):
    table = read_table(tabulated["summary"], INVERSION_SUMMARY)
    assert table.groupby("layers").size().tolist() == [11, 11]


def test_the_examples_are_of_experiment_e5(tabulated):
    table = read_table(tabulated["examples"], WORKED_EXAMPLES)
    assert table.code.unique().tolist() == ["E5"]
    assert {"mean of two", "contraction by 1000"} <= {*table.example}


def draw(tabulated, folder, name="inverse"):
    """Draw an inversion; return the exit code and the files."""
    folder.mkdir(exist_ok=True)
    tables = {name: tabulated[name] for name in TABLES}
    out = {drawn: folder / f"{figure}.png" for drawn, figure in FIGURES.items()}
    drawn = plan(folder, {"inversions": [name]})
    return run(draw_inversions, plan=drawn, **tables, **out), out


def test_figures_carry_their_address_and_are_the_same_again(tabulated, tmp_path):
    (_, one), (_, other) = draw(tabulated, tmp_path / "one"), draw(tabulated, tmp_path / "other")
    for figure in FIGURES:
        with Image.open(one[figure]) as picture:
            assert json.loads(picture.text["layers"]) == [1, 2]
            assert json.loads(picture.text["inversion"]) == ["inverse"]
        for suffix in (".png", ".pdf"):
            files = [out[figure].with_suffix(suffix) for out in (one, other)]
            assert files[0].read_bytes() == files[1].read_bytes()


def test_an_inversion_that_is_not_in_the_tables_is_an_error(tabulated, tmp_path, capsys):
    assert draw(tabulated, tmp_path, "other")[0] == 2
    assert "nothing of the inversion 'other'; there are: inverse" in capsys.readouterr().err
    assert not list(tmp_path.glob("*.png"))


PARTS = {
    "inversions: no row of 1 layers whose point is": ("inversions", lambda t: t[:1]),
    "is shifted, with a deviation": ("inversions", lambda t: t.assign(deviation=None)),
    "layers whose point is shifted": ("inversions", lambda t: t.assign(m_i=None)),
    "conditions: no map composed of 27": ("conditions", lambda t: t.assign(condition=None)),
    "directions: 1 rows of 1 layers of 4 inputs": ("directions", lambda t: t[:3]),
}


@pytest.mark.parametrize("message", PARTS)
def test_tables_that_are_not_whole_cannot_be_drawn(tabulated, tmp_path, capsys, message):
    (name, changed), part = PARTS[message], tmp_path / "part.parquet"
    write_table(changed(read_table(tabulated[name], TABLES[name])), part, TABLES[name])
    assert draw(tabulated | {name: part}, tmp_path / "drawn")[0] == 2
    assert message in capsys.readouterr().err


def test_points_without_those_to_compare_with_are_told(inverted, tabulated, tmp_path, capsys):
    few = tmp_path / "few.parquet"
    write_table(read_table(inverted["inversions"], INVERSIONS)[:1], few, INVERSIONS)
    inputs = dict(zip(("points", "maps", "axes"), (few, *[*inverted.values()][1:]), strict=True))
    out = {name: tmp_path / f"{name}.parquet" for name in tabulated}
    assert run(tabulate_inversions, **inputs, **out) == 2
    said = capsys.readouterr().err
    assert "inversion inverse, 1 layers, seed 1: there is no row whose point is neighbour" in said


def test_plans_that_cannot_be_are_told(tabulated, tmp_path, capsys):
    tables = {name: tabulated[name] for name in TABLES}
    out = {drawn: tmp_path / f"{drawn}.png" for drawn in FIGURES}
    assert run(draw_inversions, plan=plan(tmp_path, {"inversions": []}), **tables, **out) == 2
    assert "Expected `array` of length >= 1 - at `$.inversions`" in capsys.readouterr().err
    whole = plan(tmp_path, PLAN | {"photos": [{}], "seeds": [-1]})
    assert run(invert_mlps, plan=whole, device="cpu", **tables) == 2
    assert "Expected `int` >= 0 - at `$.seeds[0]`" in capsys.readouterr().err
