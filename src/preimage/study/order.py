"""Where the order of statements means something: what is bound twice, changed or registered.

To move any other statement up or down makes nothing stale.
"""

from collections.abc import Callable, Iterable, Iterator, Set
from functools import cache
from typing import NamedTuple

from preimage.study.definitions import MAIN, STATEMENTS, Module, Step
from preimage.study.meaning import Meaning, Target


class Sources(NamedTuple):
    """What is known of a package: its modules, what definitions lead to and an import runs."""

    module: Callable[[str], Module]
    walk: Callable[[Iterable[str]], Iterator[str]]  # without what imports run
    edges: Callable[[str, Meaning], Iterable[str]]
    leaving: Callable[[str], Iterable[str]]  # the names of a module that leave something
    run: Callable[[Iterable[Target]], Iterable[str]]


class _Event(NamedTuple):
    """What a statement does that others may see: to bind a name anew, or to change something."""

    place: int
    name: str
    reached: Set[str] | None  # None where it only binds its name
    turn: str = ""  # its name, and how many of that name come before it


class Order:
    """Says of definitions what comes before them."""

    def __init__(self, sources: Sources) -> None:
        self._of = sources
        self._events = cache(self._find_events)

    def said(self, module: str, name: str) -> Iterator[str]:
        """Yield what there is to say of the order in which a definition stands."""
        if name == STATEMENTS:
            turns = dict.fromkeys(
                (who, did if who == module else "") for who, did in self._turns(module, set())
            )
            found = [did or who for who, did in turns]
            yield from ["order=" + "|".join(found)] * (len(found) > 1)
        elif name != MAIN and self._of.module(module).acts(name) and self._events(module):
            yield from (f"after {event.turn}" for event in self._before(module, name))

    def _turns(self, module: str, seen: set[str]) -> Iterator[tuple[str, str]]:
        """Yield what an import of a module does, in turn: which module, and what it does."""
        seen.add(module)
        events = self._events(module) if self._acts(module) else []
        yield from self._imported([Target(module.rpartition(".")[0])], seen)
        for place, step in enumerate(self._of.module(module).steps):
            yield from self._imported(step.imports, seen)
            yield from ((module, event.turn) for event in events if event.place == place)

    def _imported(self, targets: Iterable[Target], seen: set[str]) -> Iterator[tuple[str, str]]:
        for module in (key.partition(":")[0] for key in self._of.run(targets)):
            if module not in seen:
                yield from self._turns(module, seen)

    def _acts(self, module: str) -> bool:
        """Whether an import of this very module does more than to bind names."""
        return any(event.reached is not None for event in self._events(module))

    def _before(self, module: str, name: str) -> Iterator[_Event]:
        """Yield what comes before a definition and touches what it reaches."""
        steps = self._of.module(module).steps
        last = max(place for place, step in enumerate(steps) if name in step.names)
        reached = self._reached([f"{module}:{name}"])
        used = {name for key in reached for name in self._names(module, key)}
        things = {key for key in reached if self._is_thing(key)} - {f"{module}:{name}"}
        for event in self._events(module):
            touches = event.name in used if event.reached is None else event.reached & things
            if event.place < last and event.name != name and touches:
                yield event

    def _find_events(self, module: str) -> list[_Event]:
        found = self._of.module(module)
        leaving = {*self._of.leaving(module)}
        bound = [name for step in found.steps for name in step.names]
        again = {n for n in bound if bound.count(n) > 1 and len({*found.bindings[n]}) > 1} - leaving
        events: list[_Event] = []
        for place, step in enumerate(found.steps):
            for event in self._of_step(module, place, step, leaving, again):
                number = sum(event.name == other.name for other in events)
                events.append(event._replace(turn=f"{event.name} {number}"))
        return events

    def _of_step(
        self, module: str, place: int, step: Step, leaving: Set[str], again: Set[str]
    ) -> Iterator[_Event]:
        if step.is_loose:
            meaning = self._of.module(module).of_statement(step.statement)
            yield _Event(place, "(statement)", self._reached(self._of.edges(module, meaning)))
        for name in sorted(step.names & leaving):
            yield _Event(place, name, self._reached([f"{module}:{name}"]))
        yield from (_Event(place, name, None) for name in sorted(step.names & again))

    def _reached(self, keys: Iterable[str]) -> Set[str]:
        return {key for key in self._of.walk(keys) if ":" in key}

    def _names(self, module: str, key: str) -> Iterator[str]:
        """Yield the names of a module that one of its definitions uses."""
        where, _, name = key.partition(":")
        found = self._of.module(module)
        if where == module and name in found.bindings:
            yield from (chain[0] for target, chain in found.meaning(name).uses if not target)

    def _is_thing(self, key: str) -> bool:
        """Whether a definition may be changed once it is there."""
        module, _, name = key.partition(":")
        found = self._of.module(module)
        return name in found.bindings and not found.is_function(name)
