"""Every table of the study: its columns, and how it is written and read. No torch.

Each table is declared once, here. A file with other columns, or with values that do not fit, is
neither written nor read. Class numbers are those of the network's outputs, from 0; a NaN is kept
as an empty cell.
"""

import platform
import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from preimage.columns import (
    BOOL,
    INT,
    REAL,
    TEXT,
    VECTOR,
    Column,
    Table,
    check_names,
    column_array,
    interval,
    optional,
)
from preimage.errors import UserError
from preimage.files import write_atomically

# So that the types of a column do not depend on whether it has empty cells.
_PANDAS = {INT: pd.Int64Dtype(), BOOL: pd.BooleanDtype()}


def write_table(
    frame: pd.DataFrame, path: str | Path, table: Table, metadata: Mapping[str, str] | None = None
) -> None:
    """Write `frame`, whose columns may come in any order, as Parquet; the rows stay in theirs.

    The file's metadata are `metadata`, the table's name and the versions of the programs at work.
    The same data and metadata give the same bytes. Raises UserError for columns missing or
    unknown, for empty cells where none may be, and for values that the column's type cannot hold.
    """
    check_names(frame.columns, table, path)
    arrays = [column_array(frame[column.name], column, table, path) for column in table.columns]
    about = {**(metadata or {}), "table": table.name, **_versions()}
    schema = pa.schema([column.field for column in table.columns], dict(sorted(about.items())))
    with write_atomically(path) as beside:
        pq.write_table(pa.table(arrays, schema=schema), beside, compression="zstd")


def read_table(path: str | Path, table: Table) -> pd.DataFrame:
    """Read what `write_table` wrote: columns in the table's order, types whatever the values.

    Nullable integers and truths come as pandas' `Int64` and `boolean`. Raises UserError for a
    file that is missing, damaged, or of another table.
    """
    return read_tables([path], table)


def read_tables(paths: Iterable[str | Path], table: Table) -> pd.DataFrame:
    """Read several files of one table, one after the other; without files, an empty table."""
    schema = pa.schema([column.field for column in table.columns])
    read = [_read(path, table).cast(schema) for path in paths]
    frame = pa.concat_tables([schema.empty_table(), *read]).to_pandas(types_mapper=_PANDAS.get)
    fixed = {c.name: c.type.to_pandas_dtype() for c in table.columns if _is_plain(c)}
    return frame.astype(fixed)


def read_metadata(path: str | Path) -> dict[str, str]:
    """Return the metadata that `write_table` put into a file."""
    pairs = pq.read_schema(path).metadata or {}
    return {key.decode(): value.decode() for key, value in pairs.items() if key != b"ARROW:schema"}


def _is_plain(column: Column) -> bool:
    return column.type in _PANDAS and not column.nullable


def _read(path: str | Path, table: Table) -> pa.Table:
    try:
        found = pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise UserError(f"{path}: the table {table.name} cannot be read: {error}") from error
    check_names(found.column_names, table, path)
    for column in table.columns:
        if (there := found.schema.field(column.name).type) != column.type:
            raise UserError(f"{path}: {table.name}.{column.name} is {there}, not {column.type}")
    return found.select(table.names)


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "preimage": version("preimage")}
    found |= {"pyarrow": pa.__version__}  # the key "pandas" would be read as something else
    torch = sys.modules.get("torch")
    return found | ({"torch": str(torch.__version__)} if torch else {})


_CODE = Column("code", TEXT, "code of the experiment")
_SET = Column("set", TEXT, "image set")
_NETWORK = Column("network", TEXT, "network that the pictures were made with")
_ITEM = Column("item", TEXT, "address of the item in its set, such as 007 or 003+007")
_SEED = Column("seed", INT, "seed of the start noise and the jitter")
_TARGET = Column("target", TEXT, "what was asked for, in words")
_JUDGE = Column("judge", TEXT, "network that looks at the pictures")
_STATUS = Column("status", TEXT, "ok | no gradient | diverged | not finite")
_CLASSES = optional(
    Column("class_a", INT, "class of the target, the first of a pair"),
    Column("class_b", INT, "second class of a pair"),
)
_CLASS = Column("class", INT, "class of the target")
_NAME = Column("name", TEXT, "its name")

ITEMS = Table(
    "items",
    "one picture",
    (
        *(_CODE, _SET, _NETWORK),
        Column("layer", TEXT, "layers that the objective asks"),
        *(_ITEM, _TARGET, *_CLASSES),
        Column("objective", TEXT, "what the descent raises, as it prints itself"),
        Column("recipe", TEXT, "name of the recipe"),
        Column("recipe_digest", TEXT, "digest of everything the recipe says"),
        Column("precision", TEXT, "arithmetic of the network during the descent"),
        _SEED,
        Column("size", INT, "side of the picture", "px"),
        Column("iterations", INT, "steps of all octaves"),
        *optional(
            Column("loss_start", REAL, "loss before the first step"),
            Column("loss_end", REAL, "loss before the last step"),
            Column("gradient_end", REAL, "Euclidean norm of the last step's gradient"),
        ),
        _STATUS,
        Column("seconds", REAL, "time of the batch over its items", "s"),
    ),
)

TRACE = Table(
    "trace",
    "one step of one picture",
    (
        *(_SET, _NETWORK, _ITEM, _SEED),
        Column("iteration", INT, "number of the step, from 0, over all octaves"),
        *optional(
            Column("loss", REAL, "loss before the step"),
            Column("gradient", REAL, "Euclidean norm of the step's gradient"),
        ),
    ),
)


TRAINING = Table(
    "training",
    "one step of one network's training",
    (
        _NETWORK,
        Column("step", INT, "number of the step, from 1"),
        Column("loss", REAL, "cross-entropy of the batch before the step", "nat"),
        Column("learning_rate", REAL, "learning rate of the step"),
        *optional(Column("accuracy", REAL, "share of held-out pictures recognised", "0 .. 1")),
    ),
)


def _top(most: int) -> Iterable[Column]:
    for k in range(1, most + 1):
        yield Column(f"top{k}", INT, f"class of the judge's logit number {k} from above")
        yield Column(f"top{k}_name", TEXT, f"name of top{k}")
        yield Column(f"top{k}_probability", REAL, f"softmax of top{k}", "0 .. 1")


def _of_class(letter: str) -> Iterable[Column]:
    yield Column(f"name_{letter}", TEXT, f"name of class_{letter}")
    yield Column(f"logit_{letter}", REAL, f"judge's logit of class_{letter}")
    yield Column(f"probability_{letter}", REAL, f"judge's softmax of class_{letter}", "0 .. 1")
    yield Column(f"rank_{letter}", INT, f"1 where the judge finds class_{letter} most likely")


PREDICTIONS = Table(
    "predictions",
    "what one judge says about one picture",
    (
        *(_CODE, _SET, _NETWORK, _ITEM, _SEED, _TARGET, *_CLASSES, _JUDGE),
        Column("size", INT, "side at which the judge saw the picture", "px"),
        *optional(
            *_top(5),
            Column("logit_top1", REAL, "highest logit"),
            Column("logit_top2", REAL, "second-highest logit"),
            *_of_class("a"),
            *_of_class("b"),
            Column("second", INT, "class of the highest logit, class_a left out"),
            Column("second_name", TEXT, "name of second"),
            Column("logit_second", REAL, "logit of second"),
        ),
        _STATUS,
    ),
)

LOGITS = Table(
    "logits",
    "what one judge says about one picture, in full",
    (
        *(_SET, _NETWORK, _ITEM, _SEED, _JUDGE),
        Column("logits", VECTOR, "logit of each class of the judge"),
    ),
)

OPPOSITES = Table(
    "opposites",
    "one class and what the network takes the picture for that says least of it",
    (
        *(_SET, _NETWORK, _SEED, _CLASS, _NAME),
        *optional(
            Column("opposite", INT, "class of the picture by the network that made it"),
            Column("opposite_name", TEXT, "name of opposite"),
            Column("opposite_logit", REAL, "logit of opposite"),
            Column("margin", REAL, "distance to the second-highest logit"),
            Column("is_self", BOOL, "opposite is the class itself"),
            Column("commutative", BOOL, "opposite of the opposite is the class; empty if unknown"),
        ),
        _STATUS,
    ),
)

DISTANCES = Table(
    "distances",
    "one judge's logits of two class images, class_a < class_b",
    (
        *(_SET, _NETWORK, _SEED, _JUDGE),
        Column("class_a", INT, "class of one picture"),
        Column("class_b", INT, "class of the other"),
        Column("l1", REAL, "sum of absolute differences"),
        Column("l2", REAL, "Euclidean distance"),
        *optional(Column("cosine", REAL, "1 - cosine of the angle", "0 .. 2")),
    ),
)

NEIGHBOURS = Table(
    "neighbours",
    "one class image and the classes nearest to it",
    (
        *(_SET, _NETWORK, _SEED, _JUDGE, _CLASS, _NAME),
        *optional(
            *(
                column
                for metric in ("l1", "l2", "cosine")
                for column in (
                    Column(f"{metric}_neighbour", INT, f"class of least {metric} distance"),
                    Column(f"{metric}_neighbour_name", TEXT, f"name of {metric}_neighbour"),
                    Column(metric, REAL, f"{metric} distance to it"),
                )
            ),
            Column("second_neighbour", INT, "class of the highest logit but the class's own"),
            Column("second_neighbour_name", TEXT, "name of second_neighbour"),
            Column("logit_second", REAL, "logit of second_neighbour"),
        ),
    ),
)

AGREEMENT = Table(
    "agreement",
    "one set of one network under one judge",
    (
        *(_SET, _NETWORK, _JUDGE),
        Column("items", INT, "pictures counted: those of status ok"),
        Column("degenerate", INT, "pictures left out: those of any other status"),
        *interval("top1_agreement", "share where judge and maker say the same first", "0 .. 1"),
        *interval("target_top1", "share where class_a is first", "0 .. 1"),
        *interval("target_top5", "share where class_a is among the first five", "0 .. 1"),
        *interval("mean_probability", "mean probability of class_a", "0 .. 1"),
        *interval("mean_logit", "mean logit of class_a"),
        *interval("pearson", "correlation of the judge's L2 distances with the maker's"),
        *interval("spearman", "correlation of the ranks of these distances"),
    ),
)

FACTORS = Table(
    "factors",
    "one statistic of one factor of the demo world",
    (
        *(_SET, _NETWORK, _JUDGE),
        Column("factor", TEXT, "shape | colour | texture"),
        Column("statistic", TEXT, "what is counted: see preimage.measures.factors"),
        *optional(
            Column("value", REAL, "the statistic", "0 .. 1"),
            Column("low", REAL, "lower end of its 95 % interval", "0 .. 1"),
            Column("high", REAL, "upper end of its 95 % interval", "0 .. 1"),
            Column("baseline", REAL, "mean with results shuffled among the items", "0 .. 1"),
            Column("baseline_low", REAL, "2.5 % of the shuffles are below", "0 .. 1"),
            Column("baseline_high", REAL, "2.5 % of the shuffles are above", "0 .. 1"),
            Column("p_value", REAL, "share of shuffles at least as far from the baseline"),
        ),
        Column("items", INT, "pictures that the statistic counts"),
        Column("degenerate", INT, "pictures of the set left out: status not ok"),
    ),
)

TABLES = {
    table.name: table
    for table in (
        *(ITEMS, TRACE, TRAINING, PREDICTIONS, LOGITS, OPPOSITES),
        *(DISTANCES, NEIGHBOURS, AGREEMENT, FACTORS),
    )
}
