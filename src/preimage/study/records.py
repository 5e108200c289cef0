"""Snakemake's records of what each result was made from, kept with the results.

They hold the digests of plan and code, and of each input, that decide whether a result is stale
whatever the times of files say. So a copy of ``results/`` is as good as the original.
"""

import os
import shutil
from pathlib import Path

from preimage.errors import UserError

RECORDS = Path("results", ".records")
_SNAKEMAKE = Path(".snakemake")


def keep_with_results() -> None:
    """Let Snakemake have its records in `RECORDS`: ``.snakemake/metadata`` becomes a link to it.

    Records that are in the old place, and of which there are none in the new one, are moved.
    """
    link = _SNAKEMAKE / "metadata"
    if link.is_symlink() and link.is_dir():
        return
    try:
        RECORDS.mkdir(parents=True, exist_ok=True)
        (_SNAKEMAKE / "incomplete").mkdir(parents=True, exist_ok=True)  # or Snakemake migrates
        if link.is_dir() and not link.is_symlink():
            _move(link)
        if not link.is_symlink():
            link.symlink_to(os.path.relpath(RECORDS.resolve(), _SNAKEMAKE.resolve()))
    except OSError as error:
        raise UserError(f"{link} cannot be made a link to {RECORDS}: {error}") from error


def _move(old: Path) -> None:
    for record in [path for path in old.rglob("*") if path.is_file()]:
        new = RECORDS / record.relative_to(old)
        if not new.exists():
            new.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(record, new)
    shutil.rmtree(old)
