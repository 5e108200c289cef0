"""What one module defines, statement by statement, and what merely importing it does."""

import ast
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from preimage.study.meaning import FUNCTIONS, Chain, Meaning, Target, bound, dotted, imported

STATEMENTS, MAIN = "(statements)", "(main)"  # what a module does besides defining names


class Step(NamedTuple):
    """A statement at the top level of a module, in turn: what it binds and imports."""

    statement: ast.stmt
    names: frozenset[str]
    imports: tuple[Target, ...]
    is_loose: bool  # whether it does more than to bind names


class Module:
    """The statements at the top level of a module, by the names that they bind.

    `bindings` holds for each name its imports and statements. Under `STATEMENTS` are those that
    an import runs and that do more than to bind names, under `MAIN` those of a program.
    """

    def __init__(self, name: str, path: Path) -> None:
        self._tree = ast.parse(path.read_bytes(), str(path))
        self.name = name
        self._package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        self.imports = list(self._imports(self._tree))  # those that an import of this one runs
        self.bindings: dict[str, list[Target | ast.stmt]] = {STATEMENTS: [], MAIN: []}
        for_effect = self._for_effect()
        self.steps = [
            self._bind(statement, bool(for_effect.get(statement)))
            for statement in _parts(self._tree.body)
            if not self._is_program(statement)
        ]
        self.bindings[STATEMENTS] += [node for nodes in for_effect.values() for node in nodes]
        self._meanings: dict[str, Meaning] = {}

    @cached_property
    def defined(self) -> list[str]:
        """The names that are not only imported."""
        return [name for name in self.bindings if self._statements(name)]

    @cached_property
    def stars(self) -> list[str]:
        """The modules that all names are imported from."""
        return [target.module for target in self.imports if target.name == "*"]

    def meaning(self, name: str) -> Meaning:
        """Return what the statements that bind a name say."""
        if name not in self._meanings:
            statements = self._statements(name)
            self._meanings[name] = Meaning(statements, self._package, self.written_out)
        return self._meanings[name]

    def acts(self, name: str) -> bool:
        """Whether to define a name may run code of the package."""
        return not all(_is_plain(statement) for statement in self._statements(name))

    def of_statement(self, statement: ast.stmt) -> Meaning:
        """Return what one statement says."""
        return Meaning([statement], self._package, self.written_out)

    def is_function(self, name: str) -> bool:
        """Whether nothing can change what a name stands for."""
        return all(isinstance(statement, FUNCTIONS) for statement in self._statements(name))

    def is_object(self, name: str) -> bool:
        """Whether a name stands for something that has been computed."""
        defined = (ast.ClassDef, *FUNCTIONS)
        return not all(isinstance(statement, defined) for statement in self._statements(name))

    def written_out(self, chain: Chain) -> str:
        """Return a dotted name as it would be without the imports of this module.

        What is done with a logger of the module is done with a `logging.Logger`.
        """
        for binder in self.bindings.get(chain[0], ()):
            start = binder if isinstance(binder, Target) else (self.name, chain[0])
            if self._is_logger(chain[0]):
                start = ("logging", "Logger")
            return ".".join(filter(None, (*start, *chain[1:])))
        return ""

    def _is_logger(self, name: str) -> bool:
        match self.bindings[name]:
            case [ast.Assign(value=ast.Call(func=ast.Name() | ast.Attribute() as made))]:
                maker = dotted(made)
                known = maker and isinstance(self.bindings.get(maker[0], [None])[0], Target)
                return bool(known) and self.written_out(maker) == "logging.getLogger"
        return False

    def docstrings(self, name: str) -> list[str | None]:
        """Return the docstrings in what binds a name, or of the module, under `__doc__`."""
        if name == "__doc__":
            return [ast.get_docstring(self._tree)]
        nodes = [node for statement in self._statements(name) for node in ast.walk(statement)]
        return [ast.get_docstring(n) for n in nodes if isinstance(n, (ast.ClassDef, *FUNCTIONS))]

    def _statements(self, name: str) -> list[ast.stmt]:
        return [b for b in self.bindings.get(name, ()) if not isinstance(b, Target)]

    def _is_program(self, statement: ast.stmt) -> bool:
        if is_main := _is_main(statement):
            self.bindings[MAIN].append(statement)
        return is_main

    def _bind(self, statement: ast.stmt, is_for_effect: bool) -> Step:
        only_import = isinstance(statement, (ast.Import, ast.ImportFrom))
        names = bound([statement], self._package)[0]
        for name, targets in names.items():
            binders = targets if only_import else [*targets, statement]
            self.bindings.setdefault(name, []).extend(binders)
        if is_loose := _is_loose(statement):
            self.bindings[STATEMENTS].append(statement)
        imports = tuple(self._imports(ast.Module(body=[statement])))
        return Step(statement, frozenset(names), imports, is_loose or is_for_effect)

    def _imports(self, node: ast.AST) -> Iterator[Target]:
        for inner in ast.iter_child_nodes(node):
            if isinstance(inner, (ast.Import, ast.ImportFrom)):
                yield from (run for _, _, run in imported(inner, self._package))
            elif not isinstance(inner, (ast.expr, *FUNCTIONS)) and not _is_main(inner):
                yield from self._imports(inner)

    def _for_effect(self) -> dict[ast.stmt, list[ast.stmt]]:
        """Return the imports of names that the module never mentions, by their statements."""
        used = {node.id for node in ast.walk(self._tree) if isinstance(node, ast.Name)}
        imports = (node for node in self._tree.body if isinstance(node, ast.Import))
        return {
            node: [
                ast.Import(names=[alias])
                for alias in node.names
                if (alias.asname or alias.name.partition(".")[0]) not in used
            ]
            for node in imports
        }


def _parts(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield statements, ``A, B = 1, 2`` as two."""
    for node in body:
        match node:
            case ast.Assign(targets=[ast.Tuple() as names], value=ast.Tuple() as values) if len(
                names.elts
            ) == len(values.elts) and not any(
                isinstance(e, ast.Starred) for e in names.elts + values.elts
            ):
                for name, value in zip(names.elts, values.elts, strict=True):
                    yield ast.Assign(targets=[name], value=value)
            case _:
                yield node


def _is_plain(node: ast.stmt) -> bool:
    arguments = isinstance(node, FUNCTIONS) and (*node.args.defaults, *node.args.kw_defaults)
    return isinstance(node, FUNCTIONS) and not node.decorator_list and not arguments


def _is_main(node: ast.AST) -> bool:
    main = isinstance(node, ast.If) and ast.unparse(node.test) == "__name__ == '__main__'"
    return main and not node.orelse


def _is_loose(node: ast.AST) -> bool:
    """Whether a statement does, or may do, more than to bind names."""
    match node:
        case ast.If() if any(isinstance(n, ast.Call) for n in ast.walk(node.test)):
            return True
        case ast.If() | ast.Try() | ast.ExceptHandler():
            inner = (ast.stmt, ast.ExceptHandler)
            return any(_is_loose(n) for n in ast.iter_child_nodes(node) if isinstance(n, inner))
        case ast.Expr():
            return not isinstance(node.value, ast.Constant)
        case ast.Assign():
            return any(_is_kept_elsewhere(n) for t in node.targets for n in ast.walk(t))
        case ast.AnnAssign():
            return any(map(_is_kept_elsewhere, ast.walk(node.target)))
    harmless = (ast.Import, ast.ImportFrom, ast.ClassDef, ast.Pass, *FUNCTIONS)
    return not isinstance(node, harmless) and type(node).__name__ != "TypeAlias"


def _is_kept_elsewhere(node: ast.AST) -> bool:
    """Whether a target of an assignment is no name, or one for what nobody wants."""
    attribute = isinstance(node, (ast.Attribute, ast.Subscript))
    return attribute or (isinstance(node, ast.Name) and node.id == "_")
