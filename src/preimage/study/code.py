"""The code a step runs: every module of the package that it imports, by meaning.

Modules are compared as syntax trees without comments, formatting, docstrings and the type hints
of plain functions, in a notation that Python 3.11, 3.12 and 3.13 agree on. Not seen: modules
imported by a name made at run time, and other packages.
"""

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from preimage.study.keys import digest

_SOURCES = Path(__file__).parents[2]
_NO_MEANING = {"ctx", "kind", "type_comment", "type_ignores", "type_params"}


def code_digest(module: str, sources: Path = _SOURCES) -> str:
    """Return one digest for all that `code_digests` finds."""
    return digest(code_digests(module, sources))


@cache
def code_digests(module: str, sources: Path = _SOURCES) -> dict[str, str]:
    """Return the digest of each module and data file that `module` needs from its own package.

    Imports count wherever they stand, also inside functions. A data file of the package (any
    file that is not Python) counts when a module needed has its name as a literal, as in
    ``files("preimage.networks") / "imagenet.csv"``. Raises `ModuleNotFoundError`.
    """
    if _file(module, sources) is None:
        raise ModuleNotFoundError(f"no module {module} in {sources}", name=module)
    found: dict[str, str] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name], data, imported = _read(name, sources)
            found |= data
            waiting.extend(imported)
    return dict(sorted(found.items()))


@cache
def _read(module: str, sources: Path) -> tuple[str, dict[str, str], list[str]]:
    """Return a module's own digest, those of its data files, and the modules it imports."""
    path = _file(module, sources)
    tree = ast.parse(path.read_bytes(), str(path))
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    names = {name for node in ast.walk(tree) for name in _imported(node, package)}
    inside = {parent for name in (module, *names) for parent in _with_parents(name)}
    literals = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    data = {
        str(file.relative_to(sources)): hashlib.sha256(file.read_bytes()).hexdigest()[:16]
        for file in _data_files(sources / module.partition(".")[0])
        if file.name in literals
    }
    own = hashlib.sha256(_written(_Meaning().visit(tree)).encode()).hexdigest()[:16]
    return own, data, sorted(name for name in inside if _file(name, sources))


def _imported(node: ast.AST, package: str) -> Iterator[str]:
    """Yield what a statement imports, ``a.b`` and ``a.b.c`` for ``from a.b import c``."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        parts = package.split(".")
        start = parts[: len(parts) - node.level + 1] if node.level else []
        base = ".".join([*start, *filter(None, [node.module])])
        yield from (f"{base}.{alias.name}" for alias in node.names)


def _with_parents(name: str) -> Iterator[str]:
    while name:
        yield name
        name = name.rpartition(".")[0]


@cache
def _file(module: str, sources: Path) -> Path | None:
    stem = sources.joinpath(*module.split("."))
    files = (stem / "__init__.py", stem.with_name(f"{stem.name}.py"))
    return next((file for file in files if file.is_file()), None)


@cache
def _data_files(package: Path) -> list[Path]:
    files = (path for path in package.rglob("*") if path.suffix not in {".py", ".pyc"})
    return sorted(path for path in files if path.is_file())


class _Meaning(ast.NodeTransformer):
    """Takes away what does not change what a module does."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        """Drop docstrings and other strings that stand alone."""
        alone = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if alone else self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Drop type hints, which only a decorator could read."""
        if not node.decorator_list:
            node.returns = None
            for argument in ast.walk(node.args):
                if isinstance(argument, ast.arg):
                    argument.annotation = None
        return self.generic_visit(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        """Drop the empty strings that Python 3.12 puts into nested f-strings."""
        node.values = [v for v in node.values if not (isinstance(v, ast.Constant) and not v.value)]
        return self.generic_visit(node)


def _written(node: object) -> str:
    """Write a syntax tree down; `ast.dump` does so differently in each version of Python."""
    if isinstance(node, list):
        return f"[{','.join(map(_written, node))}]"
    if not isinstance(node, ast.AST):
        return ascii(node)
    fields = (
        f"{name}={_written(value)}"
        for name, value in ast.iter_fields(node)
        if value not in (None, []) and name not in _NO_MEANING
    )
    return f"{type(node).__name__}({','.join(fields)})"
