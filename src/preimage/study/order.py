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
    used: Set[str]  # names of the module
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
        events = self._events(module)
        used = {name for event in events if event.reached is not None for name in event.used}
        events = [event for event in events if event.reached is not None or event.name in used]
        yield from self._imported([Target(module.rpartition(".")[0])], seen)
        for place, step in enumerate(self._of.module(module).steps):
            yield from self._imported(step.imports, seen)
            yield from ((module, event.turn) for event in events if event.place == place)

    def _imported(self, targets: Iterable[Target], seen: set[str]) -> Iterator[tuple[str, str]]:
        for module in (key.partition(":")[0] for key in self._of.run(targets)):
            if module not in seen:
                yield from self._turns(module, seen)

    def _before(self, module: str, name: str) -> Iterator[_Event]:
        """Yield what comes before a definition and touches what it reaches."""
        steps = self._of.module(module).steps
        last = max(place for place, step in enumerate(steps) if name in step.names)
        reached = self._reached([f"{module}:{name}"])
        used = self._used(module, reached)
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
            reached = self._reached(self._of.edges(module, meaning))
            used = self._used(module, reached) | _names(meaning)
            yield _Event(place, "(statement)", reached, used)
        for name in sorted(step.names & leaving):
            reached = self._reached([f"{module}:{name}"])
            yield _Event(place, name, reached, self._used(module, reached))
        yield from (_Event(place, name, None, set()) for name in sorted(step.names & again))

    def _reached(self, keys: Iterable[str]) -> Set[str]:
        return {key for key in self._of.walk(keys) if ":" in key}

    def _used(self, module: str, keys: Iterable[str]) -> Set[str]:
        """Return the names of a module that some definitions use, of those that are its own."""
        found = self._of.module(module)
        own = {name for where, _, name in (key.partition(":") for key in keys) if where == module}
        meanings = [found.meaning(name) for name in own & found.bindings.keys()]
        return {name for meaning in meanings for name in _names(meaning)}

    def _is_thing(self, key: str) -> bool:
        """Whether a definition may be changed once it is there."""
        module, _, name = key.partition(":")
        found = self._of.module(module)
        return name in found.bindings and not found.is_function(name)


def _names(meaning: Meaning) -> Set[str]:
    return {chain[0] for target, chain in meaning.uses if not target}
