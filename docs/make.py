"""Write the pages that say what the program itself declares: python docs/make.py

The configuration's keys are told by its schema, tables by their columns, figures by the captions
that the atlas and the report give them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import yaml

from preimage import tables
from preimage.tables.columns import BOOL, INT, REAL, TEXT, VECTOR, Table

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"
CAPTIONS = ROOT / "workflow" / "report"

Schema = Mapping[str, Any]
Key = tuple[str, Schema, str]
"""Where a key is, what the schema says of it, and what is so where it is left out."""

# Where tables are that are not tables/NAME.parquet of a study.
TABLE_FILES = {
    "trace": "images/SET/NET/BLOCK.trace.parquet",
    "logits": "measures/SET.logits.parquet",
    "recognised": "measures/SET.recognised.parquet",
    "merging_images": "networks/NET.merging.parquet",
    "training": "networks/NET.training.parquet",
}

# Figures of each family by the names of their captions; words in capitals stand for names.
FIGURES = {
    "Pictures": {
        "sheets/SET.png": "sheets",
        "class_to_opposite/NET.png": "opposites",
        "comparisons/NAME.png": "comparisons",
        "traces/SET.png": "traces",
    },
    "Films": {
        "animations/SET/NET/ITEM.gif": "animation",
        "animations/SET/NET/ITEM.png": "animation",
        "animations/SET/NET/ITEM.logits.png": "logit_curves",
        "animations/SET/NET/MAP.gif": "reading_order",
        "animations/SET/NET/MAP.png": "reading_order",
        "animations/SET/NET/MAP.changes.png": "changes",
    },
    "Networks and classes": {
        "agreement.png": "agreement",
        "training.png": "training",
        "distances/NET.by.JUDGE.png": "distances",
        "factors/SET.png": "factors",
        "opposite_graphs/NET.png": "opposite_graphs",
        "opposite_groups/NET.png": "opposite_groups",
    },
    "Space of classes": {
        "space/maps/SPACE.png": "maps",
        "space/distributions/SPACE.png": "map_distributions",
        "space/second_logit/NET.png": "neighbour_graph",
        "space/l2_distance/NET.png": "neighbour_graph",
        "space/neighbour_groups.png": "neighbour_groups",
        "space/principal/NET.png": "principal_components",
        "space/comparison.png": "space_comparison",
    },
    "Features": {
        "features/SET/NET.png": "features",
        "feature_maps/SET/NET/LAYER.png": "feature_maps",
        "feature_maps/comparisons/NAME.png": "compared_features",
        "feature_maps/trends.png": "trends",
    },
    "What layers keep of a photo": {
        "depth/reconstructions/ARCH.PHOTO.png": "reconstructions",
        "depth/distances.png": "depth",
        "depth/gradients/SET.png": "gradients",
        "depth/trajectories/SET.png": "trajectories",
    },
    "Fully connected networks": {
        "mlps/NAME.png": "mlps",
        "mlps/pictures/NAME.png": "mlp_pictures",
        "mlps/widths/NAME.png": "mlp_widths",
        "inversions/NAME.histogram.png": "histogram",
        "inversions/NAME.condition.png": "condition",
        "inversions/NAME.geometry.png": "geometry",
    },
}


def pages() -> dict[Path, str]:
    """Return the text of each page by its file."""
    return {
        DOCS / "configuration.md": configuration(read_schema()),
        DOCS / "figures.md": figures(),
        DOCS / "tables.md": "\n".join(_tables()),
    }


def read_schema() -> Schema:
    """Return the schema of a study with all that it refers to in its place."""
    whole = yaml.safe_load(SCHEMA.read_text("utf-8"))
    return _resolved(whole, whole["$defs"])


def _resolved(part: Any, known: Schema) -> Any:  # noqa: ANN401
    """Return a part of the schema with what it refers to; what it says itself goes first."""
    if isinstance(part, list):
        return [_resolved(inner, known) for inner in part]
    if not isinstance(part, dict):
        return part
    about = {key: _resolved(inner, known) for key, inner in part.items()}
    if name := about.pop("$ref", ""):
        return _resolved(known[name.rpartition("/")[2]], known) | about
    return about


def configuration(schema: Schema) -> str:
    """Return the page of the configuration's keys."""
    keys = schema["properties"]
    large = {key: about for key, about in keys.items() if _is_large(about)}
    lines = [
        "# The configuration, key by key",
        "",
        _MADE.format("the schema that checks a study, `workflow/schemas/config.schema.yaml`"),
        "[config.yaml](../config.yaml) has all of them in use, with comments that say more.",
        "`a[].b` is the key `b` of each entry of the list `a`; a key of one form out of several is",
        "needed *in its form*.",
        "",
        ", ".join(f"[{key}](#{key})" for key in ["study", *large]),
        "",
        *("## study", "", "What a study is, where it runs, and what its classes are.", ""),
        *_grid(_HEAD, _rows(_below({**schema, "properties": _without(keys, large)}, ""))),
        "",
    ]
    for key, about in large.items():
        lines += [f"## {key}", "", _sentence(about["description"]), ""]
        if note := about.get("items", {}).get("description"):
            lines += [_sentence(note), ""]
        lines += [*_grid(_HEAD, _rows(_below(about, key))), ""]
    return "\n".join(lines)


_HEAD = ["key", "holds", "left out", ""]


def _is_large(about: Schema) -> bool:
    """Whether a key has a section of its own: a list of entries with keys, or a mapping of some."""
    return "properties" in about.get("items", about)


def _without(keys: Schema, others: Schema) -> Schema:
    return {key: about for key, about in keys.items() if key not in others}


def figures() -> str:
    """Return the page of all kinds of figures."""
    lines = [
        "# Figures, and how to read them",
        "",
        _MADE.format("the captions of the atlas and the report, `workflow/report/`"),
        "Files are in `results/STUDY/figures/`; beside a plot lies a PDF, beside a film an MP4.",
        "",
    ]
    for family, kinds in FIGURES.items():
        lines += [f"## {family}", ""]
        for name in dict.fromkeys(kinds.values()):
            files = " and ".join(f"`{file}`" for file, said in kinds.items() if said == name)
            lines += [f"**{files}**", "", caption(name), ""]
    return "\n".join(lines)


def caption(name: str) -> str:
    """Return a caption, of a set that is none in particular."""
    text = (CAPTIONS / f"{name}.rst").read_text("utf-8")
    return " ".join(text.split()).replace("{{ snakemake.wildcards.image_set }}", "an image set")


def declared() -> dict[str, list[Table]]:
    """Return the tables of each module, in their order."""
    modules = [import_module(f"{tables.__name__}.{m.name}") for m in iter_modules(tables.__path__)]
    found = {
        module.__doc__: [one for one in vars(module).values() if isinstance(one, Table)]
        for module in modules
    }
    return {said: some for said, some in found.items() if some}


def file_of(table: Table) -> str:
    """Return the file of a table, from the folder of a study."""
    return TABLE_FILES.get(table.name, f"tables/{table.name}.parquet")


def _tables() -> Iterator[str]:
    yield from ("# Tables, column by column", "")
    yield _MADE.format("what the program declares in `src/preimage/tables/`")
    yield "Files are in `results/STUDY/`; `pandas.read_parquet` reads one, and each says itself"
    yield "what its columns mean, and in which unit. A cell that *may be empty* is so where a"
    yield "descent failed, or where the column does not apply."
    yield ""
    for said, some in declared().items():
        yield from (f"## {_family(said)}", "")
        for table in some:
            yield from (f"### {table.name}", "", f"`{file_of(table)}`, a row: {table.row}.", "")
            cells = (
                [
                    f"`{column.name}`",
                    _TYPES[column.type],
                    _cell(column.unit),
                    _cell(column.meaning) + "; *may be empty*" * column.nullable,
                ]
                for column in table.columns
            )
            yield from (*_grid(["column", "type", "unit", ""], cells), "")


_TYPES = {INT: "whole number", REAL: "number", TEXT: "text", BOOL: "yes or no", VECTOR: "numbers"}


def _family(said: str) -> str:
    """Return a heading from the first sentence of a module: what its tables are of."""
    first = said.partition("\n")[0].removesuffix(" No torch.").rstrip(".")
    about = re.sub(r"^(The table|Tables) of ", "", first)
    return about[0].upper() + about[1:]


_MADE = "This page is made by `python docs/make.py` from {}."


def every_key(schema: Schema) -> dict[str, Schema]:
    """Return what the schema says of each key of a study, by where it is."""
    return {name: about for name, about, _ in _below(schema, "")}


def _below(about: Schema, path: str) -> Iterator[Key]:
    """Yield all keys below one, each once: the first of several forms tells of a key."""
    seen = set()
    for name, inner, left_out in _every(about, path, "**needed**"):
        if name not in seen:
            seen.add(name)
            yield name, inner, left_out


def _every(about: Schema, path: str, needed: str) -> Iterator[Key]:
    for key, inner in about.get("properties", {}).items():
        name = f"{path}.{key}".lstrip(".")
        if inner:  # a key that another form tells of is empty here
            yield name, inner, needed if key in _required(about) else _default(inner)
            yield from _every(inner, name, "**needed**")
    for form in _forms(about):
        yield from _every(form, path, "in its form")
    if isinstance(about.get("items"), Mapping):
        yield from _every(about["items"], f"{path}[]", needed)


def _forms(about: Schema) -> list[Schema]:
    chosen = [about[word] for word in ("then", "else") if word in about]
    return [*chosen, *about.get("oneOf", ()), *about.get("anyOf", ())]


def _default(about: Schema) -> str:
    return f"`{_yaml(about['default'])}`" if "default" in about else ""


def _required(about: Schema) -> list[str]:
    return [*about.get("required", ()), *about.get("else", {}).get("required", ())]


def _rows(keys: Iterable[Key]) -> Iterator[list[str]]:
    for path, about, left_out in keys:
        yield [f"`{path}`", _cell(_holds(about)), left_out, _cell(about.get("description", ""))]


def _yaml(value: object) -> str:
    return yaml.safe_dump(value, default_flow_style=True, width=1000).partition("\n...")[0].strip()


def _holds(about: Schema) -> str:
    """Return what a key may hold, in words."""
    if "enum" in about or "const" in about:
        return _or(f"`{value}`" for value in about.get("enum") or [about["const"]])
    forms = [form for form in [*about.get("oneOf", ()), *about.get("anyOf", ())] if _is_form(form)]
    if forms:
        return _or(dict.fromkeys(map(_holds, forms)))
    kinds = about.get("type", "object")
    return _or(_KINDS[kind](about) for kind in ([kinds] if isinstance(kinds, str) else kinds))


def _is_form(form: Schema) -> bool:
    return bool({"type", "enum", "const", "oneOf", "anyOf"} & {*form})


def _list(about: Schema) -> str:
    least, most = about.get("minItems"), about.get("maxItems")
    return f"list of {least}" if least and least == most else "list"


_KINDS = {
    "array": _list,
    "object": lambda _: "mapping",
    "string": lambda _: "text",
    "boolean": lambda _: "`true` or `false`",
    "null": lambda _: "`null`",
    "integer": lambda about: f"whole number{_range(about)}",
    "number": lambda about: f"number{_range(about)}",
}


def _range(about: Schema) -> str:
    low, above = about.get("minimum"), about.get("exclusiveMinimum")
    high, below = about.get("maximum"), about.get("exclusiveMaximum")
    said = [f"from {low:g}"] if low is not None and abs(low) < _HUGE else []
    said += [f"above {above:g}"] if above is not None else []
    said += [f"to {_number(high)}"] if high is not None and high < _HUGE else []
    said += [f"below {below:g}"] if below is not None else []
    return "".join(f" {part}" for part in said)


_HUGE = 1e30  # what float32 can have is no limit that anyone means


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


def _or(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."


def _cell(text: str) -> str:
    """Return a text as a cell of a table, in which nothing is Markdown but what is code."""
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


def _grid(head: list[str], rows: Iterable[list[str]]) -> Iterator[str]:
    for cells in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    for file, text in pages().items():
        file.write_text(text, encoding="utf-8")
