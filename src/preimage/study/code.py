"""The code a step runs: every definition of the package that it reaches, by meaning.

Reached is what a definition names, however far away: functions, classes with all their methods,
constants, data files and folders of them; and what importing their modules does besides defining
names. A module that is used as a value counts whole. What a piece of code means is in
`preimage.study.meaning`.

What an import does is seen where a statement at the top level calls a foreign function that is not
known to be pure, or reaches a function or class of the package that changes what was there before:
an argument, something global, a part of these, also by one more local name; in a method that makes
an object, what its class has. Not seen: modules imported by a name made at run time, names made for
`globals()`, other packages, and what these do when a function of the package calls them during an
import, or with the classes made from theirs; changes by two local names in turn, or through what a
function of the package returned; docstrings that are not read as ``name.__doc__``.
"""

import hashlib
from collections.abc import Iterable, Iterator
from functools import cache, cached_property, partial
from pathlib import Path
from typing import NamedTuple

from preimage.steps.index import modules
from preimage.study.definitions import MAIN, STATEMENTS, Module
from preimage.study.keys import digest, read_known, write_key
from preimage.study.meaning import Chain, Meaning, Target
from preimage.study.order import Order, Sources

_SOURCES = Path(__file__).parents[2]
_PACKAGE = Path(__file__).parents[1]
_WHOLE = "*"
_READING = ("preimage.steps.reading", "kind_of")
_WRITING = ("preimage.steps.writing", "output_of")

# What leaves all as it was: methods, and calls of other packages, or all that these have.
_ASKS = {"endswith", "format", "items", "join", "keys", "removesuffix", "split", "values"}
_ASKS |= {"with_name"}
_PURE = {"abc", "collections", "contextlib", "dataclasses", "enum", "functools", "itertools"}
_PURE |= {"math", "msgspec", "operator", "pathlib", "pyarrow", "re", "typing", "logging.getLogger"}
_PURE |= {"matplotlib.patheffects.withStroke", "torch.inference_mode", "torch.no_grad"}
_PURE |= {"pandas.BooleanDtype", "pandas.Int64Dtype", "pandas.Series"}
_ACTING = {"__import__", "delattr", "exec", "eval", "input", "next", "open", "print", "setattr"}

# Modules that only carry: none of them can change what is in a result, so nothing follows from
# them. Readers and writers of tables and pictures are not among them.
CARRIERS = {
    "preimage.errors",  # how a mistake is said
    "preimage.files",  # files appear whole or not at all
    "preimage.locks",  # who works on what
    "preimage.study.runs",
    "preimage.progress",  # bars
    "preimage.device",  # where is computed
    "preimage.batches",  # how many images at once
    "preimage.descent.at_once",
    "preimage.operations",
    "preimage.steps.engine",  # command lines, logs, exit codes
    "preimage.steps.index",
    "preimage.study.code",  # whether a result is stale
    "preimage.study.definitions",
    "preimage.study.meaning",
    "preimage.study.modules",
    "preimage.study.order",
}


def definitions(module: str, name: str, sources: Path = _SOURCES) -> dict[str, str]:
    """Return the digest of each definition, and data file, that a step of a module reaches.

    The keys are ``module:name`` and paths. Raises `LookupError` where there is no such definition.
    """
    package = _package(module.partition(".")[0], sources)
    if name not in package.module(module).defined:
        raise LookupError(f"no definition {name} in {module}")
    return package.reached([f"{module}:{name}"])


def definitions_digest(module: str, name: str, sources: Path = _SOURCES) -> str:
    """Return one digest for all that `definitions` finds."""
    return digest(definitions(module, name, sources))


def step_definitions(step: str) -> dict[str, str]:
    """Return the same for a step by its name, with what reads and writes files of all steps."""
    return definitions(modules()[step], step) | definitions(*_READING) | definitions(*_WRITING)


def step_digest(step: str) -> str:
    """Return one digest for all that `step_definitions` finds."""
    return digest(step_definitions(step))


def all_definitions(known: Path) -> dict[str, dict[str, str]]:
    """Return `step_definitions` of every step, by its name.

    `known` is a JSON file of what an earlier call found in the same sources, byte for byte: to
    find it anew takes a second of each plan.
    """
    files = sorted(f for f in _PACKAGE.rglob("*") if f.is_file() and f.suffix != ".pyc")
    sources = digest({str(f.relative_to(_SOURCES)): _digest(f.read_bytes()) for f in files})
    found = read_known(known)
    if found.get("sources") != sources or not isinstance(found.get("steps"), dict):
        steps = {step: step_definitions(step) for step in modules()}
        found = {"sources": sources, "steps": steps}
        write_key(known, found)
    return found["steps"]


@cache
def _package(name: str, sources: Path) -> "_Package":
    return _Package(name, sources)


def _dotted(file: Path) -> str:
    parts = file.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _is_pure(name: str) -> bool:
    """Whether a foreign function, by its dotted name, leaves all as it was."""
    start, _, last = name.partition(".")
    if start == "builtins":
        return last not in _ACTING
    return any(name == pure or name.startswith(f"{pure}.") for pure in _PURE)


class _Node(NamedTuple):
    """A definition or a data file: what it says, if it says something, and what it leads to."""

    said: bytes
    edges: frozenset[str]


class _Package:
    """The sources of a package as they were when first read."""

    def __init__(self, name: str, sources: Path) -> None:
        files = [f for f in sorted((sources / name).rglob("*")) if f.is_file()]
        self._sources = sources
        self._files = {_dotted(f.relative_to(sources)): f for f in files if f.suffix == ".py"}
        with_code = {f.parent for f in self._files.values()}
        self._data: dict[str, list[str]] = {}  # by the name of a file, or of a folder of such files
        for file in (f for f in files if f.suffix not in {".py", ".pyc"}):
            for place in {file, file.parent} - with_code:
                self._data.setdefault(place.name, []).append(str(file.relative_to(sources)))
        self._modules: dict[str, Module] = {}
        self._nodes: dict[str, _Node] = {}
        self._changing: dict[str, bool] = {}
        walk = partial(self._walk, imports=False)
        self._order = Order(Sources(self.module, walk, self._edges, self._leaving, self._run))

    def module(self, name: str) -> Module:
        """Return a module; raises `ModuleNotFoundError`."""
        if name not in self._modules:
            if name not in self._files:
                raise ModuleNotFoundError(f"no module {name} in {self._sources}", name=name)
            self._modules[name] = Module(name, self._files[name])
        return self._modules[name]

    def reached(self, roots: Iterable[str]) -> dict[str, str]:
        """Return the digests of what `roots` lead to, sorted."""
        found = {key: self._said(key) for key in self._walk(roots)}
        return {key: _digest(found[key]) for key in sorted(found) if found[key]}

    def _said(self, key: str) -> bytes:
        """Return what a definition says and what its place says, or what is in a data file."""
        said, (module, _, name) = self._node(key).said, key.partition(":")
        if name in ("", _WHOLE) or not (said or name == STATEMENTS):
            return said
        return "\n".join([*filter(None, [said.decode()]), *self._order.said(module, name)]).encode()

    def _walk(self, roots: Iterable[str], *, imports: bool = True) -> Iterator[str]:
        seen, waiting = set(), list(roots)
        while waiting:
            key = waiting.pop()
            if key not in seen and (imports or not key.endswith(STATEMENTS)):
                seen.add(key)
                yield key
                waiting.extend(self._node(key).edges)

    def _node(self, key: str) -> _Node:
        if key not in self._nodes:
            module, _, name = key.partition(":")
            if not name:
                self._nodes[key] = _Node((self._sources / key).read_bytes(), frozenset())
            elif name == _WHOLE:
                inside = {what for what in self._whole(module) if ":" in what}
                self._nodes[key] = _Node(b"", frozenset(inside))
            else:
                self._nodes[key] = self._definition(module, name)
        return self._nodes[key]

    def _definition(self, module: str, name: str) -> _Node:
        meaning = self.module(module).meaning(name)
        said, edges = set(), {f"{module}:{STATEMENTS}", *self._run(meaning.runs)}
        for target, chain in meaning.uses:
            found = [*self._target(target, chain)] if target else [*self._found(module, chain)]
            said |= {f"{target or chain[0]}={'|'.join(found)}"} if found else set()
            edges.update(what for what in found if ":" in what)
            if chain[-1:] == ("__doc__",):
                said.update(text for key in found for text in self._docstrings(key))
            if chain == ("__doc__",):
                said.update(self._docstrings(f"{module}:{_WHOLE}"))
        edges.update(self._named(module, meaning, said))
        if name == STATEMENTS:
            edges.update(self._imported(module))
        text = "\n".join([meaning.text, *sorted(said)]) if meaning.text else ""
        return _Node(text.encode(), frozenset(edges))

    def _docstrings(self, key: str) -> Iterator[str]:
        """Yield what is read as the ``__doc__`` of a definition or a module."""
        if ":" in key:
            module, name = key.split(":")
            found = self.module(module).docstrings("__doc__" if name == _WHOLE else name)
            yield f"{key}.__doc__={found}"

    def _named(self, module: str, meaning: Meaning, said: set[str]) -> Iterator[str]:
        """Yield what is found by its name in a text: data, modules, names of this module."""
        for literal in meaning.literals:
            yield from self._data.get(literal.rpartition("/")[2], ())
        used = said | {".".join(chain) for _, chain in meaning.uses}
        if any("import_module" in name or name == "__import__" for name in used):
            yield from (f"{name}:{_WHOLE}" for name in meaning.literals & self._files.keys())
        if "globals" in used:
            yield f"{module}:{_WHOLE}"

    def _whole(self, module: str) -> Iterator[str]:
        """Yield all that can be found in a module, and in those below it."""
        for name in self.module(module).bindings.keys() - {MAIN}:
            yield from self._found(module, (name,))
        below = (name for name in self._files if name.startswith(f"{module}."))
        yield from (f"{name}:{_WHOLE}" for name in below if name not in CARRIERS)

    def _imported(self, module: str) -> Iterator[str]:
        """Yield what importing a module leads to: others, and definitions that leave something."""
        found = self.module(module)
        yield from self._run([Target(module.rpartition(".")[0]), *found.imports])
        yield from (f"{module}:{name}" for name in self._leaving(module))

    def _leaving(self, module: str) -> Iterator[str]:
        found = self.module(module)
        for name in [name for name in found.defined if name not in (STATEMENTS, MAIN)]:
            if found.acts(name) and self._leaves_something(module, found.meaning(name)):
                yield name

    def _edges(self, module: str, meaning: Meaning) -> Iterator[str]:
        for target, chain in meaning.uses:
            found = self._target(target, chain) if target else self._found(module, chain)
            yield from (key for key in found if ":" in key)

    def _run(self, targets: Iterable[Target]) -> Iterator[str]:
        for target in targets:
            for name in (target.module, ".".join(target)):
                if name in self._files and name not in CARRIERS:
                    yield f"{name}:{STATEMENTS}"

    def _leaves_something(self, module: str, meaning: Meaning) -> bool:
        """Whether to define this changes what is defined elsewhere, as a registry does."""
        return (
            meaning.changes_now
            or not meaning.methods <= _ASKS
            or any(self._call_changes(module, chain) for chain in meaning.calls)
            or any(self._base_changes(module, chain) for chain in meaning.bases if chain)
        )

    def _call_changes(self, module: str, chain: Chain) -> bool:
        """Whether to call something by its dotted name may change what was there before."""
        found = [*self._found(module, chain)] or [f"builtins.{chain[0]}"]
        return any(
            self._changes(key, is_method=len(chain) > 1 and chain[-1] not in _ASKS)
            if ":" in key
            else not _is_pure(key) and not _is_pure(self.module(module).written_out(chain))
            for key in found
        )

    def _base_changes(self, module: str, chain: Chain) -> bool:
        """Whether a class of the package learns of the classes that are made from it."""
        own = [key for key in self._found(module, chain) if ":" in key]
        return bool(own) and (
            self._lists_classes or any(self._changes(key, is_method=False) for key in own)
        )

    @cached_property
    def _lists_classes(self) -> bool:
        """Whether the package asks any class for those that are made from it."""
        asked = (f.read_bytes() for name, f in self._files.items() if name not in CARRIERS)
        return any(b"__subclasses__" in text for text in asked)

    def _changes(self, key: str, *, is_method: bool) -> bool:
        """Whether to call this may change what was there before."""
        module, name = key.split(":")
        if name == _WHOLE or (is_method and self.module(module).is_object(name)):
            return True
        if key not in self._changing:
            reached = (other.split(":") for other in self._walk([key], imports=False))
            self._changing[key] = any(
                self.module(module).meaning(*name).changes
                for module, *name in reached
                if name and name != [_WHOLE]
            )
        return self._changing[key]

    def _found(self, module: str, chain: Chain, via: tuple = ()) -> Iterator[str]:
        """Yield what a dotted name stands for in a module; nothing for what is built in."""
        binders = self.module(module).bindings.get(chain[0], ())
        binders = [binder for binder in binders if binder not in via]
        for binder in binders:
            if isinstance(binder, Target):
                yield from self._target(binder, chain[1:], (*via, binder))
            else:
                yield f"{module}:{chain[0]}"
        if not binders or self.module(module).stars:
            yield from self._implied(module, chain, via)

    def _implied(self, module: str, chain: Chain, via: tuple) -> Iterator[str]:
        """Yield what a name stands for that no statement of a module binds."""
        if (below := f"{module}.{chain[0]}") in self._files:
            yield from self._target(Target(below), chain[1:], via)
        for star in self.module(module).stars:
            yield from self._target(Target(star), chain, via)

    def _target(self, target: Target, rest: Chain, via: tuple = ()) -> Iterator[str]:
        """Yield what a dotted name stands for in what was imported."""
        chain = (*filter(None, [target.name]), *rest)
        if target.module in CARRIERS:
            return
        if target.module not in self._files:
            yield ".".join(filter(None, target))
        elif chain and self._binds(target.module, chain[0]):
            yield from self._found(target.module, chain, via)
        else:
            yield f"{target.module}:{_WHOLE}"

    def _binds(self, module: str, name: str) -> bool:
        found = self.module(module)
        return name in found.bindings or f"{module}.{name}" in self._files or bool(found.stars)
