"""Tables: what comes back is what went in, and nothing else is let in or out."""

from importlib import import_module
from pkgutil import iter_modules

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from preimage import tables
from preimage.errors import UserError
from preimage.tables.columns import Table
from preimage.tables.images import ITEMS, LOGITS, OPPOSITES, TRACE
from preimage.tables.parquet import read_metadata, read_table, read_tables, write_table


@pytest.fixture
def trace():
    return pd.DataFrame(
        {
            "set": ["class_images"] * 3,
            "network": "mine",
            "item": "007",
            "seed": 999,
            "iteration": range(3),
            "loss": [2.0, np.nan, np.inf],
            "gradient": [0.5, 0.25, 0.125],
            "m_g": [3.0, 2.0, np.nan],
            "m_i": np.nan,
        }
    )


def opposites(opposite, is_self):
    known = {"set": "opposites", "network": "mine", "seed": 1, "name": "tench", "status": "ok"}
    left = {"opposite_name": None, "opposite_logit": None, "margin": None, "commutative": None}
    columns = {"class": range(len(opposite)), "opposite": opposite, "is_self": is_self}
    return pd.DataFrame({**columns, **known, **left})


def test_what_is_written_comes_back_with_the_declared_types(tmp_path, trace):
    write_table(trace[reversed(trace.columns)], tmp_path / "t.parquet", TRACE)
    back = read_table(tmp_path / "t.parquet", TRACE)
    assert list(back.columns) == TRACE.names
    pd.testing.assert_frame_equal(back, trace, check_dtype=False)
    assert back["iteration"].dtype == np.int64
    assert back["loss"].dtype == np.float64


def test_empty_cells_do_not_change_types(tmp_path):
    for i, (opposite, is_self) in enumerate(
        [([3, 1], [False, True]), ([np.nan, 1.0], [None, True]), ([None, None], [None, None])]
    ):
        write_table(opposites(opposite, is_self), tmp_path / f"{i}.parquet", OPPOSITES)
        back = read_table(tmp_path / f"{i}.parquet", OPPOSITES)
        assert back["opposite"].dtype == pd.Int64Dtype()
        assert back["is_self"].dtype == pd.BooleanDtype()
        assert back["class"].dtype == np.int64
    both = read_tables([tmp_path / "1.parquet", tmp_path / "0.parquet"], OPPOSITES)
    assert both["opposite"].isna().tolist() == [True, False, False, False]
    assert both["opposite"].tolist()[1:] == [1, 3, 1]


def test_vectors_of_different_lengths_come_back(tmp_path):
    about = {"set": "s", "network": "n", "item": ["0", "1"], "seed": 1, "judge": "j"}
    vectors = [np.array([1.5, -2.0], np.float32), np.array([0.1, np.nan, 3], np.float32)]
    write_table(pd.DataFrame({**about, "logits": vectors}), tmp_path / "l.parquet", LOGITS)
    back = read_table(tmp_path / "l.parquet", LOGITS)["logits"]
    assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(back, vectors, strict=True))
    assert back[1].dtype == np.float32


def test_no_files_and_no_rows_are_an_empty_table(tmp_path, trace):
    write_table(trace.iloc[:0], tmp_path / "t.parquet", TRACE)
    for back in (read_tables([], TRACE), read_table(tmp_path / "t.parquet", TRACE)):
        assert back.shape == (0, len(TRACE.columns))
    assert back["seed"].dtype == np.int64


def test_the_same_data_give_the_same_bytes_and_metadata_stay(tmp_path, trace):
    about = {"configuration": "abc", "device": "cpu"}
    write_table(trace, tmp_path / "a.parquet", TRACE, about)
    write_table(trace, tmp_path / "b.parquet", TRACE, dict(reversed(about.items())))
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    found = read_metadata(tmp_path / "a.parquet")
    assert found.items() >= {**about, "table": "trace", "pyarrow": pa.__version__}.items()
    assert found["preimage"]
    assert len(pd.read_parquet(tmp_path / "a.parquet")) == len(trace)
    schema = pq.read_schema(tmp_path / "a.parquet")
    assert schema.field("loss").metadata == {b"meaning": b"loss before the step"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.rename(columns={"loss": "los"}), r"no column 'los' \(did you mean loss"),
        (lambda t: t.drop(columns=["loss", "seed"]), "table trace lacks seed, loss"),
        (lambda t: t.assign(item=7), "trace.item holds values of type int64, not string"),
        (
            lambda t: t.assign(seed="7"),
            "trace.seed holds values of type (large_)?string, not int64",
        ),
        (lambda t: t.assign(seed=[1, 2, 2.5]), "trace.seed cannot be made int64"),
        (lambda t: t.assign(seed=True), "trace.seed holds values of type bool, not int64"),
        (lambda t: t.assign(loss="high"), "trace.loss holds values of type (large_)?string, not d"),
        (lambda t: t.assign(seed=[1, 2, None]), "trace.seed has 1 empty cells"),
        (lambda t: pd.concat([t, t["loss"]], axis=1), "trace.loss is there twice"),
    ],
)
def test_what_does_not_fit_is_not_written(tmp_path, trace, change, message):
    path = tmp_path / "t.parquet"
    with pytest.raises(UserError, match=message) as raised:
        write_table(change(trace), path, TRACE)
    assert str(raised.value).startswith(f"{path}: ")
    assert not list(tmp_path.iterdir())


def test_other_files_are_not_read(tmp_path, trace):
    path = tmp_path / "t.parquet"
    with pytest.raises(UserError, match="trace cannot be read"):
        read_table(path, TRACE)
    path.write_bytes(b"PAR1 no more")
    with pytest.raises(UserError, match="trace cannot be read"):
        read_table(path, TRACE)
    write_table(trace, path, TRACE)
    with pytest.raises(UserError, match=f"{path}: the table items has no column 'iteration'"):
        read_table(path, ITEMS)
    found = pq.read_table(path)
    pq.write_table(found.set_column(3, "seed", found["seed"].cast("string")), path)
    with pytest.raises(UserError, match=f"{path}: trace.seed is string, not int64"):
        read_table(path, TRACE)


def test_every_table_says_what_it_holds():
    modules = [import_module(f"preimage.tables.{m.name}") for m in iter_modules(tables.__path__)]
    known = [one for m in modules for one in vars(m).values() if isinstance(one, Table)]
    assert len({table.name for table in known}) > 30
    for table in known:
        assert len(set(table.names)) == len(table.names)
        assert all(column.meaning for column in table.columns)
