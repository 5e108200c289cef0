"""Run one step: python -m preimage STEP, with --help for each."""

import ast
import os
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from textwrap import shorten

from preimage import __version__
from preimage.errors import near_matches
from preimage.steps.index import STEPS, modules
from preimage.study.runs import step_lock


def main(argv: Sequence[str] | None = None) -> int:
    """Run the step that the first word names, with the others; return the exit code."""
    try:
        code = _run(argv)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads has seen enough, as `head` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def _run(argv: Sequence[str] | None) -> int:
    name, *words = (sys.argv[1:] if argv is None else argv) or ["--help"]
    known = modules()
    if name in ("-h", "--help"):
        print(_help(known))
        return 0
    if name == "--version":
        print(f"preimage {__version__}")
        return 0
    if name not in known:
        near = near_matches(name, [*known])
        said = f"error: there is no step {name!r}{near}; python -m preimage --help lists them"
        print(said, file=sys.stderr)
        return 2
    with step_lock():  # before the seconds that an import may take
        return getattr(import_module(known[name]), name).main(words)


def _help(known: dict[str, str]) -> str:
    """Return the names of all steps, by module, with the first line of what each does."""
    lines = ["usage: python -m preimage STEP ...", "       python -m preimage --version"]
    lines += ["", "STEP --help tells more of a step."]
    for module in dict.fromkeys(known.values()):
        tree = ast.parse(STEPS.joinpath(f"{module.rpartition('.')[2]}.py").read_bytes())
        lines += ["", (ast.get_docstring(tree) or "").partition("\n")[0]]
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and known.get(node.name) == module:
                lines.append(f"  {node.name:26}{_in_short(node)}")
    return "\n".join(lines)


def _in_short(node: ast.FunctionDef) -> str:
    """Return the first sentence of a docstring, or as much of it as fits on a line."""
    paragraph = (ast.get_docstring(node) or "").partition("\n\n")[0]
    return shorten(re.split(r"[.;:](?=\s|$)", paragraph, maxsplit=1)[0], 100, placeholder=" …")


if __name__ == "__main__":
    sys.exit(main())
