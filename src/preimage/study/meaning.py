"""What code says, without what means nothing, and the names that it takes from outside.

Written down is the syntax tree without comments, formatting, docstrings and the hints that nothing
can read (those of variables outside of class bodies, and of functions unless a decorator may read
them), in a notation that Python 3.11, 3.12 and 3.13 agree on. What is left out is not followed
either.
"""

import ast
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

# Arguments that only describe, by position and keyword: a caption must not cost a descent. What a
# column means, and a row, is written into the metadata of each file and decides no value in it;
# messages are read by people. No step may compute with any of them.
DESCRIPTIONS: Mapping[str, tuple[int | None, str]] = {
    "preimage.tables.columns.Column": (2, "meaning"),
    "preimage.tables.columns.interval": (1, "meaning"),
    "preimage.tables.columns.Table": (1, "row"),
    "dataclasses.replace": (None, "meaning"),
    "preimage.errors.UserError": (0, ""),
    **{f"logging.Logger.{level}": (0, "msg") for level in ("debug", "info", "warning", "error")},
}

# Decorators that read no hints; those written without a dot are built in.
_BLIND = {"abc.abstractmethod", "classmethod", "contextlib.contextmanager", "functools.cache"}
_BLIND |= {"functools.cached_property", "functools.lru_cache", "functools.wraps", "property"}
_BLIND |= {"staticmethod", "torch.inference_mode", "torch.no_grad", "typing.override"}

# What changes its object; done to a constant of a module, it leaves something behind.
_CHANGES = {"add", "append", "clear", "discard", "extend", "insert", "pop", "popitem", "register"}
_CHANGES |= {"remove", "reverse", "setdefault", "sort", "update"}
_PARTS = {"get", "items", "setdefault", "values"}  # give what is in their object
_LOOKS = {"getattr", "type", "vars"}  # give what is in, or behind, their first argument
_HOOKS = {"__init_subclass__", "__set_name__"}  # run where a class is defined
_MAKERS = {"__init__", "__new__", "__post_init__"}  # may change what they are called with first
_NO_MEANING = {"ctx", "kind", "type_comment", "type_ignores", "type_params"}

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_LOOPS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_LITERALS = (ast.Constant, ast.JoinedStr, ast.Dict, ast.List, ast.Set, ast.Tuple, *_LOOPS)
Chain = tuple[str, ...]  # a dotted name


class Target(NamedTuple):
    """What an import statement binds a name to: a module, or a name in it."""

    module: str
    name: str = ""


def imported(
    node: ast.Import | ast.ImportFrom, package: str
) -> Iterator[tuple[str, Target, Target]]:
    """Yield for each name bound: the name, what it is bound to, and what is run for it."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            first, run = Target(alias.name.partition(".")[0]), Target(alias.name)
            yield (alias.asname, run, run) if alias.asname else (first.module, first, run)
        return
    parts = package.split(".")
    start = parts[: len(parts) - node.level + 1] if node.level else []
    base = ".".join([*start, *filter(None, [node.module])])
    for alias in node.names:
        target = Target(base, alias.name)
        yield alias.asname or alias.name, target, target


def bound(nodes: Iterable[ast.AST], package: str) -> tuple[dict[str, list[Target]], set[str]]:
    """Return the names that statements bind, each with its imports, and those declared global."""
    names: dict[str, list[Target]] = {}
    declared: set[str] = set()
    outer: set[str] = set()
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Lambda):
            continue
        if isinstance(node, _LOOPS):
            names |= {name: [] for name in _kept(node)}
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for name, target, _ in imported(node, package):
                names.setdefault(name, []).append(target)
        elif isinstance(node, (ast.ClassDef, *FUNCTIONS)):
            names.setdefault(node.name, [])
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            (declared if isinstance(node, ast.Global) else outer).update(node.names)
        else:
            if name := _binds(node):
                names.setdefault(name, [])
            waiting.extend(ast.iter_child_nodes(node))
    return {n: t for n, t in names.items() if n not in declared | outer}, declared


def _kept(node: ast.AST) -> Iterator[str]:
    """Yield the names that ``:=`` binds outside of a comprehension."""
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, ast.NamedExpr):
            yield inner.target.id
        if not isinstance(inner, ast.Lambda):
            yield from _kept(inner)


def _binds(node: ast.AST) -> str | None:
    if isinstance(node, ast.Name):
        return None if isinstance(node.ctx, ast.Load) else node.id
    if isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)):
        return node.name
    return node.rest if isinstance(node, ast.MatchMapping) else None


class _Scope(NamedTuple):
    names: dict[str, list[Target]]  # local, with what imports bind them to
    declared: Collection[str] = ()  # global
    given: Collection[str] = ()  # was there before: arguments, and what else goes by a local name
    own: Collection[str] = ()  # what is being made
    made: Collection[str] = ()  # attributes that it is given
    is_class: bool = False  # whose names its methods do not see


class Meaning:
    """What statements say: their `text`, and all that follows from names.

    `written_out` makes a dotted name of a module independent of how that module imports it.
    """

    def __init__(
        self, nodes: Iterable[ast.stmt], package: str, written_out: Callable[[Chain], str]
    ) -> None:
        self.uses: set[tuple[Target | None, Chain]] = set()  # global names; what is imported inside
        self.runs: set[Target] = set()  # imported inside
        # While the module is imported: what is called, methods of what has no name, base classes.
        self.calls: set[Chain] = set()
        self.methods: set[str] = set()
        self.bases: set[Chain] = set()
        self.literals: set[str] = set()
        self.changes = self.changes_now = False  # something that was there before
        self._package, self._written_out = package, written_out
        self._scopes: list[_Scope] = []
        self._in_function = self._in_class = self._hints = False
        self._parts: list[str] = []
        for node in nodes:
            self._write(node)
        self.text = "".join(self._parts)

    def _write(self, value: object) -> None:
        if isinstance(value, ast.AST):
            (_SPECIAL.get(type(value)) or Meaning._fields)(self, value)
        elif isinstance(value, list):
            self._parts.append("[")
            for inner in value:
                length = len(self._parts)
                self._write(inner)
                if len(self._parts) > length:  # a docstring leaves no trace
                    self._parts.append(",")
            self._parts.append("]")
        else:
            self._parts.append(ascii(value))

    def _fields(self, node: ast.AST, without: Collection[str] = ()) -> None:
        self._parts.append(f"{type(node).__name__}(")
        for name in node._fields:
            value = getattr(node, name, None)
            if value is None or value == [] or name in _NO_MEANING or name in without:
                continue
            self._parts.append(f"{name}=")
            self._write(value)
        self._parts.append(")")

    def _constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self.literals.add(node.value)
        self._parts.append(f"Constant({node.value!a})")

    def _expression(self, node: ast.Expr) -> None:
        """Leave out docstrings and other constants that stand alone."""
        if not isinstance(node.value, ast.Constant):
            self._write(node.value)

    def _joined(self, node: ast.JoinedStr) -> None:
        """Leave out the empty strings that Python 3.12 puts into nested f-strings."""
        self._write([v for v in node.values if not (isinstance(v, ast.Constant) and not v.value)])

    def _name(self, node: ast.Name | ast.Attribute | ast.Subscript) -> None:
        """Note a dotted name, and whether something is done to what it names."""
        chain = dotted(node)
        stored = not isinstance(node.ctx, ast.Load)
        if isinstance(node, ast.Name):
            is_declared = self._in_function and node.id in self._scopes[-1].declared
            if not stored or (is_declared and not self._in_class):
                self._use(chain)
        else:
            changes = stored or self._is_change(node)
            self._use(chain or _root(node) if chain or changes else ())
            self._change(changes and self._was_there(_root(node.value)))
        if chain:
            self._parts.append(f"Name({'.'.join(chain)})")
        else:
            self._fields(node)

    def _is_change(self, node: ast.Attribute | ast.Subscript) -> bool:
        """Whether this is a method that changes its object, not `numpy.add`."""
        if not isinstance(node, ast.Attribute) or node.attr not in _CHANGES:
            return False
        chain = dotted(node.value)
        name = self._written_out(chain) if len(chain) == 1 and not self._binding(chain) else "."
        return not name or "." in name

    def _use(self, chain: Chain) -> None:
        """Note a name unless it is local."""
        scope = self._binding(chain) if chain else None
        if scope:
            self.uses.update((target, chain[1:]) for target in scope.names[chain[0]])
        elif chain:
            self.uses.add((None, chain))

    def _binding(self, chain: Chain) -> _Scope | None:
        """Return what a name is local to."""
        for scope in reversed(self._scopes):
            if scope.is_class and scope is not self._scopes[-1]:
                continue
            if chain[0] in scope.declared:
                return None
            if chain[0] in scope.names:
                return scope
        return None

    def _was_there(self, chain: Chain) -> bool:
        """Whether something was there before what is done to it."""
        scope = self._binding(chain) if chain else None
        if scope and chain[0] in scope.own:
            return len(chain) > 1 and chain[1] not in scope.made
        return bool(chain) and (scope is None or chain[0] in scope.given)

    def _change(self, is_change: bool = True) -> None:
        self.changes |= is_change
        self.changes_now |= is_change and not self._in_function

    def _call(self, node: ast.Call) -> None:
        chain = dotted(node.func)
        self._run(node.func)
        if chain in {("map",), ("filter",)}:
            self._run(*node.args[:1])
        if chain in {("setattr",), ("delattr",)} and node.args:
            self._change(self._was_there(_root(node.args[0])))
        if chain and not any(chain[0] in scope.names for scope in self._scopes):
            node = _without(node, DESCRIPTIONS.get(self._written_out(chain)))
        self._fields(node)

    def _run(self, *nodes: ast.AST) -> None:
        """Note what a definition calls while its module is imported."""
        for node in nodes if not self._in_function else ():
            chain = dotted(node)
            if chain and not self._binding(chain):
                self.calls.add(chain)
            elif isinstance(node, ast.Attribute) and not isinstance(node.value, _LITERALS):
                self.methods.add(node.attr)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._parts.append(f"{type(node).__name__}({node.name}")
        self._run(*node.decorator_list)
        self._write(node.decorator_list)
        self._hints = not all(map(self._is_blind, node.decorator_list))
        self._write(node.args)
        if node.returns and self._hints:
            self._annotation(node.returns)
        if node.name in _HOOKS:
            self.changes = True
        self._inside(node)

    def _is_blind(self, decorator: ast.expr) -> bool:
        chain = dotted(decorator.func if isinstance(decorator, ast.Call) else decorator)
        if not chain or any(chain[0] in {*s.names, *s.declared} for s in self._scopes):
            return False
        return (self._written_out(chain) or chain[0]) in _BLIND

    def _inside(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> None:
        body = node.body if isinstance(node.body, list) else [node.body]
        names, declared = bound(body, self._package)
        args = node.args
        all_args = [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]
        given = [arg.arg for arg in all_args if arg]
        own = {*given[:1]} if getattr(node, "name", "") in _MAKERS else set()
        assigned = [*_assigned(body)]
        own |= {name for name, value in assigned if own and _is_new(value)}
        made = {a.attr for a in _attributes(body) if dotted(a.value)[:1] in {(o,) for o in own}}
        local = {name: [] for name in given} | names
        there = {*given} - own
        with self._scope(_Scope(local, declared, there, own, made), function=True):
            there.update(name for name, value in assigned if self._is_shared(_root(value)))
            self._write(body)
        self._parts.append(")")

    def _is_shared(self, chain: Chain) -> bool:
        """Whether this is something of the package, or of who called, by one more name."""
        if not self._was_there(chain) or self._binding(chain):
            return self._was_there(chain)
        return self._written_out(chain).startswith(f"{self._package.partition('.')[0]}.")

    def _lambda(self, node: ast.Lambda) -> None:
        self._parts.append("Lambda(")
        self._write(node.args)
        self._inside(node)

    def _argument(self, node: ast.arg) -> None:
        self._parts.append(f"arg({node.arg})")
        if node.annotation and self._hints:
            self._annotation(node.annotation)

    def _annotation(self, node: ast.expr) -> None:
        """Follow the names of an annotation, also those in strings."""
        for inner in ast.walk(node):
            if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                try:
                    self._write(ast.parse(inner.value, mode="eval").body)
                except SyntaxError:
                    continue
        self._write(node)

    def _annotated(self, node: ast.AnnAssign) -> None:
        if self._in_class:
            self._annotation(node.annotation)
        elif node.value is None:
            return
        self._fields(ast.Assign(targets=[node.target], value=node.value))

    def _class(self, node: ast.ClassDef) -> None:
        self._run(*node.decorator_list)
        if not self._in_function:
            self.bases |= {dotted(n) for n in (*node.bases, *(k.value for k in node.keywords))}
        self._fields(node, without=["body"])
        names = bound(node.body, self._package)[0]
        scope = _Scope({}, declared=names, is_class=True)
        with self._scope(scope, function=self._in_function):
            self._write(node.body)

    def _comprehension(self, node: ast.AST) -> None:
        self._write(node.generators[0].iter)  # this one alone is read outside
        names, _ = bound([generator.target for generator in node.generators], self._package)
        with self._scope(_Scope(names), function=self._in_function):
            self._fields(node)

    @contextmanager
    def _scope(self, scope: _Scope, *, function: bool) -> Iterator[None]:
        before = self._in_function, self._in_class
        self._in_function, self._in_class = function, scope.is_class
        self._scopes.append(scope)
        yield
        self._scopes.pop()
        self._in_function, self._in_class = before

    def _global(self, node: ast.Global) -> None:
        self._change()
        self._fields(node)

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        for name, target, run in imported(node, self._package):
            self.runs.add(run)
            if self._scopes and name not in self._scopes[-1].names:  # an attribute of a class
                self.uses.add((target, ()))
        self._fields(node)


def dotted(node: ast.AST) -> Chain:
    """Return ``a.b.c`` as its names, or nothing for what is no dotted name."""
    names = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return (node.id, *reversed(names)) if isinstance(node, ast.Name) else ()


def _root(node: ast.AST) -> Chain:
    """Return the dotted name of what holds something, such as `a.b` for ``a.b[0].get(1).c``."""
    while not (chain := dotted(node)):
        match node:
            case ast.Attribute() | ast.Subscript():
                node = node.value
            case ast.Call(func=ast.Attribute(attr=name, value=value)) if name in _PARTS:
                node = value
            case ast.Call(func=ast.Name(id="globals")):
                return ("globals",)
            case ast.Call(func=ast.Name(id=name), args=[first, *_]) if name in _LOOKS:
                found = _root(first)
                return (*found, "__class__") if found and name == "type" else found
            case _:
                return ()
    return chain


def _inner(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield all nodes but those of functions and classes within."""
    for node in body:
        if not isinstance(node, (ast.ClassDef, ast.Lambda, *FUNCTIONS)):
            yield node
            yield from _inner(ast.iter_child_nodes(node))


def _assigned(body: Iterable[ast.AST]) -> Iterator[tuple[str, ast.expr]]:
    """Yield the names that get a value or, in a loop, parts of one."""
    for node in _inner(body):
        match node:
            case ast.Assign(value=value, targets=targets):
                yield from ((t.id, value) for t in targets if isinstance(t, ast.Name))
            case ast.For(target=ast.Name(id=name), iter=value):
                yield name, value
            case ast.NamedExpr(target=ast.Name(id=name), value=value):
                yield name, value


def _attributes(body: Iterable[ast.AST]) -> Iterator[ast.Attribute]:
    """Yield the attributes that get a value."""
    nodes = (node for node in _inner(body) if isinstance(node, ast.Attribute))
    yield from (node for node in nodes if isinstance(node.ctx, ast.Store))


def _is_new(value: ast.expr) -> bool:
    """Whether a value is what ``super().__new__(cls)`` or the like returns."""
    is_call = isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute)
    return is_call and value.func.attr == "__new__"


def _without(node: ast.Call, described: tuple[int | None, str] | None) -> ast.Call:
    """Return a call without the argument that only describes."""
    if described is None:
        return node
    position, keyword = described
    args = list(node.args)
    starred = any(isinstance(arg, ast.Starred) for arg in args)
    if position is not None and len(args) > position and not starred:
        args[position] = ast.Constant(value=None)
    keywords = [k for k in node.keywords if k.arg != keyword]
    return ast.Call(func=node.func, args=args, keywords=keywords)


_SPECIAL: dict[type, Callable[[Meaning, ast.AST], None]] = {
    ast.Constant: Meaning._constant,
    ast.Expr: Meaning._expression,
    ast.JoinedStr: Meaning._joined,
    ast.Name: Meaning._name,
    ast.Attribute: Meaning._name,
    ast.Subscript: Meaning._name,
    ast.Call: Meaning._call,
    ast.Lambda: Meaning._lambda,
    ast.arg: Meaning._argument,
    ast.AnnAssign: Meaning._annotated,
    ast.ClassDef: Meaning._class,
    ast.Global: Meaning._global,
    ast.Import: Meaning._import,
    ast.ImportFrom: Meaning._import,
    **dict.fromkeys(FUNCTIONS, Meaning._function),
    **dict.fromkeys(_LOOPS, Meaning._comprehension),
}
