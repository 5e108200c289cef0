"""Judge what the pages claim of single features by the tables of a study.

Tables that a study does not have are left out.
"""

import argparse
import sys
from pathlib import Path

from preimage.measures.features.claims import claims
from preimage.steps.cli import run, step_parser
from preimage.tables.claims import CLAIMS
from preimage.tables.features import AREAS, READING_ORDER
from preimage.tables.parquet import read_tables, write_table


def parser() -> argparse.ArgumentParser:
    """Return the parser of this step's arguments."""
    parser = step_parser("judge_features", __doc__)
    add = parser.add_argument
    for name in ("areas", "reading-order"):
        add(f"--{name}", type=Path, nargs="*", default=[], metavar="IN.parquet")
    add("--claims", type=Path, required=True, metavar="OUT.parquet")
    return parser


def main(args: argparse.Namespace) -> None:
    """Write the verdicts on the tables in `args`."""
    areas, order = read_tables(args.areas, AREAS), read_tables(args.reading_order, READING_ORDER)
    write_table(claims(areas, order), args.claims, CLAIMS)


if __name__ == "__main__":
    sys.exit(run(main, parser()))
