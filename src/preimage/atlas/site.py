"""A study as a folder of pages that open from disk in any browser, without a network."""

import shutil
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import pandas as pd
import pyarrow.parquet as pq
from jinja2 import Environment, PackageLoader, StrictUndefined

from preimage.atlas.gallery import details, gallery
from preimage.atlas.sprites import sprites
from preimage.claims.findings import FAMILIES, VERDICTS
from preimage.claims.ledger import PRIMARY
from preimage.files import write_atomically

_HERE = Path(__file__).parent
_PAGES = {
    "index": "Start",
    "pictures": "Pictures",
    "classes": "Classes",
    "layers": "Layers",
    "maps": "Maps",
    "claims": "Claims",
    "figures": "Figures",
    "tables": "Tables",
}
_ROWS = 200  # of a table that are shown
# Scripts that come with Python packages: module, path in it, name here.
_LIBRARIES = (
    ("plotly", "package_data/plotly.min.js", "plotly.js"),
    ("itables", "html/dt_bundle.css", "datatables.css"),
)


def build(
    folder: Path,
    plan: Mapping[str, Any],
    *,
    pictures: pd.DataFrame,
    traces: pd.DataFrame,
    said: pd.DataFrame,
    claims: pd.DataFrame,
    tables: Sequence[Path],
) -> None:
    """Write the pages into a folder; `index.html` last, so that it is there only with the others.

    pictures: rows of `read_pictures`; traces, said, claims: rows TRACE, PREDICTIONS and CLAIMS.
    tables: Parquet files, to which pages lead, as to figures, by their place from the folder.
    """
    drawn = list(sprites(pictures, folder))
    shown = gallery(drawn, said)
    _data(folder, "gallery", shown)
    _data(folder, "study", {**plan, "sets": sorted(set(pictures["set"]))})
    for image_set, found in details(traces, said).items():
        _data(folder, f"details/{image_set}", found, f"details[{_js(image_set)}]")
    _data(folder, "claims", _records(claims))
    _libraries(folder)
    environment = Environment(
        loader=PackageLoader("preimage.atlas", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
    )
    environment.filters["url"] = quote
    context = {
        "pages": _PAGES,
        "plan": plan,
        "families": FAMILIES,
        "verdicts": VERDICTS,
        "counts": _counts(claims),
        "pictures": len(pictures),
        "tables": [_table(file, folder) for file in tables],
    }
    for page in sorted(_PAGES, key=lambda name: name == "index"):
        text = environment.get_template(f"{page}.html").render(page=page, **context)
        with write_atomically(folder / f"{page}.html") as beside:
            beside.write_text(text, encoding="utf-8")


def _data(folder: Path, name: str, value: object, variable: str | None = None) -> None:
    """Write data as a script, for a page from disk may read nothing else."""
    said = f"atlas.{variable or name} = {_js(value)};\n"
    with write_atomically(folder / "data" / f"{name}.js") as beside:
        beside.write_text(said, encoding="utf-8")


def _js(value: object) -> str:
    """Return a value as JSON that ends no script, whatever a user called things."""
    text = msgspec.json.encode(value).decode()
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _records(rows: pd.DataFrame) -> list[dict[str, object]]:
    return rows.astype(object).where(rows.notna(), None).to_dict("records")


def _libraries(folder: Path) -> None:
    (folder / "static").mkdir(parents=True, exist_ok=True)
    for file in sorted((_HERE / "static").iterdir()):
        shutil.copyfile(file, folder / "static" / file.name)
    for module, path, name in _LIBRARIES:
        with write_atomically(folder / "static" / name) as beside:
            beside.write_bytes((files(module) / path).read_bytes())
    module = (files("itables") / "html/dt_bundle.js").read_text(encoding="utf-8")
    with write_atomically(folder / "static" / "datatables.js") as beside:
        beside.write_text(_classic(module), encoding="utf-8")


def _classic(module: str) -> str:
    """Return the module of DataTables as a script: pages from disk may import nothing."""
    code, _, rest = module.rpartition("export{")
    names, _, end = rest.partition("}")
    pairs = (name.split(" as ") for name in names.split(","))
    given = ",".join(f"{other}:{own}" for own, other in pairs if other in ("ITable", "jQuery"))
    return f"(()=>{{{code}window.DataTables={{{given}}};{end}}})();\n"


def _counts(claims: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Return how many primary claims have which verdict, by family."""
    primary = claims[claims.role == PRIMARY]
    return {
        letter: {
            v: int(((primary.code.str[0] == letter) & (primary.verdict == v)).sum())
            for v in VERDICTS
        }
        for letter in FAMILIES
    }


def _table(file: Path, folder: Path) -> dict[str, object]:
    """Return what a page says of a Parquet file: its columns, and its first rows."""
    found = pq.ParquetFile(file)
    names = [field.name for field in found.schema_arrow]
    rows = next(found.iter_batches(_ROWS), None)
    return {
        "name": file.stem,
        "file": Path("..", file.relative_to(folder.parent)).as_posix(),
        "rows": found.metadata.num_rows,
        "columns": [_column(field) for field in found.schema_arrow],
        "first": []
        if rows is None
        else [[_cell(row[n]) for n in names] for row in rows.to_pylist()],
    }


def _column(field: Any) -> dict[str, str]:  # noqa: ANN401 - of pyarrow
    about = {key.decode(): value.decode() for key, value in (field.metadata or {}).items()}
    return {"name": field.name, "meaning": about.get("meaning", ""), "unit": about.get("unit", "")}


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.5g}"
    if isinstance(value, list):
        return f"{len(value)} numbers"
    return str(value)
