"""From the plan of an inversion to its tables and figures."""

import json

import pytest
from PIL import Image

from preimage.errors import UserError
from preimage.steps import draw_inversions, invert_mlps, tabulate_examples, tabulate_inversions
from preimage.tables.inversions import (
    CONDITIONS,
    DIRECTIONS,
    INVERSION_SUMMARY,
    INVERSIONS,
    WORKED_EXAMPLES,
)
from preimage.tables.parquet import read_table

FIGURES = ("histogram", "condition", "geometry")
TABLES = {table.name: table for table in (INVERSIONS, CONDITIONS, DIRECTIONS)}


def run(step, *words, **options):
    argv = [*words]
    for key, value in options.items():
        argv += [f"--{key}", *map(str, value if isinstance(value, list) else [value])]
    step.main(step.parser().parse_args(argv))


def plan(folder, value):
    file = folder / "plan.json"
    file.write_text(json.dumps(value))
    return file


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Invert networks of one and two layers; return the files of each table."""
    folder = tmp_path_factory.mktemp("inversions")
    Image.linear_gradient("L").convert("RGB").save(folder / "photo.png")
    shared = {"inversion": "inverse", "side": 3, "seed": 1, "samples": 6, "noise": 0.001}
    shared |= {"photo": {"name": "ramp", "file": str(folder / "photo.png")}, "descent_steps": 20}
    files = {name: [] for name in TABLES}
    for layers in (1, 2):
        out = {name: folder / f"{layers}.{name}.parquet" for name in TABLES}
        run(invert_mlps, plan=plan(folder, shared | {"layers": layers}), device="cpu", **out)
        for name, file in out.items():
            files[name].append(file)
    return files


def test_the_tables_tell_of_one_network(written):
    tables = {name: read_table(files[1], TABLES[name]) for name, files in written.items()}
    for table in tables.values():
        assert table.layers.unique().tolist() == [2]
    inversions, conditions = tables["inversions"], tables["conditions"]
    assert inversions.photo.unique().tolist() == ["ramp"]
    assert inversions.inputs.unique().tolist() == [27]
    assert sorted(inversions.code.unique()) == ["E8", "E9"]
    assert sorted(conditions.inputs) == [2, 2, 4, 4, 27, 27]
    whole = tables["directions"].groupby("inputs").singular_value
    composed = conditions[conditions["map"] == "composed"].set_index("inputs").condition
    assert (whole.max() / whole.min()).to_dict() == pytest.approx(composed.to_dict())


def test_what_is_inverted_is_found_again(written):
    table = read_table(written["inversions"][1], INVERSIONS)
    exact = table[(table.point == "recovered") & (table.precision == "float64")]
    assert exact.m_i.max() < 1e-9
    near = table[(table.point == "neighbour") & (table.precision == "float64")]
    assert near.m_g.median() == pytest.approx(0.001 * 27**0.5, rel=0.3)


def test_the_summary_has_a_row_for_each_kind_of_point(written, tmp_path):
    run(tabulate_inversions, inversions=written["inversions"], output=tmp_path / "out.parquet")
    table = read_table(tmp_path / "out.parquet", INVERSION_SUMMARY)
    assert table.groupby("layers").size().tolist() == [11, 11]


def test_the_examples_are_of_experiment_e5(tmp_path):
    run(tabulate_examples, output=tmp_path / "out.parquet")
    table = read_table(tmp_path / "out.parquet", WORKED_EXAMPLES)
    assert table.code.unique().tolist() == ["E5"]
    assert table.example.nunique() == 2


def draw(written, folder, name="inverse"):
    folder.mkdir(exist_ok=True)
    out = {figure: folder / f"{figure}.png" for figure in FIGURES}
    run(draw_inversions, plan=plan(folder, {"inversion": name}), **written, **out)
    return out


def test_figures_carry_their_address_and_are_the_same_again(written, tmp_path):
    one, other = draw(written, tmp_path / "one"), draw(written, tmp_path / "other")
    for figure in FIGURES:
        with Image.open(one[figure]) as picture:
            assert json.loads(picture.text["layers"]) == [1, 2]
            assert json.loads(picture.text["inversion"]) == ["inverse"]
        for suffix in (".png", ".pdf"):
            files = [out[figure].with_suffix(suffix) for out in (one, other)]
            assert files[0].read_bytes() == files[1].read_bytes()


def test_an_inversion_that_is_not_in_the_tables_is_an_error(written, tmp_path):
    with pytest.raises(UserError, match="nothing of the inversion 'other'; there are: inverse"):
        draw(written, tmp_path, "other")
    assert not list(tmp_path.glob("*.png"))
