"""Which definitions of the package are executed while something is called."""

import ast
import importlib
import pkgutil
import sys
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import CodeType, FrameType

import preimage

SOURCES = Path(preimage.__file__).parents[1]


def executed(call: Callable[[], object]) -> set[str]:
    """Return all that `call` executes of the package, in all threads.

    Code is told as ``module:name``, what a template of pages became by the path of its file.

    Every module is imported first: what an import executes is not meant.
    """
    for module in pkgutil.walk_packages(preimage.__path__, "preimage."):
        importlib.import_module(module.name)
    codes: set[CodeType] = set()

    def note(frame: FrameType, _event: str, _arg: object) -> None:
        codes.add(frame.f_code)  # with no tracer of its own, only its beginning is told

    before, of_threads = sys.gettrace(), threading.gettrace()
    threading.settrace(note)
    sys.settrace(note)
    try:
        call()
    finally:
        sys.settrace(before)
        threading.settrace(of_threads)
    return set().union(*map(definition_of, codes))


@cache
def definition_of(code: CodeType) -> set[str]:
    """Return the definition of the package, or the file, that code, nested or not, is in."""
    path = Path(code.co_filename)
    if not path.is_relative_to(SOURCES):
        return set()
    if path.suffix != ".py":
        return {str(path.relative_to(SOURCES))}
    parts = path.relative_to(SOURCES).with_suffix("").parts
    module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    return {f"{module}:{defined_at(path, code.co_firstlineno)}"}


def defined_at(path: Path, line: int) -> str:
    """Return the name that the statement at the top level binds which has a line in it."""
    for node in _statements(path):
        decorators = getattr(node, "decorator_list", [])
        if min([node.lineno, *(d.lineno for d in decorators)]) <= line <= node.end_lineno:
            named = (n.id for n in ast.walk(node) if isinstance(n, ast.Name) and _is_bound(n))
            return getattr(node, "name", None) or next(named, "(statements)")
    raise LookupError(f"{path}, line {line}, belongs to no definition")


@cache
def _statements(path: Path) -> list[ast.stmt]:
    return ast.parse(path.read_bytes()).body


def _is_bound(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Store)
