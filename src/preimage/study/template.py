"""Objectives as the configuration writes them, with letters for what each picture is of. No torch.

A and B stand for classes, P for a picture, F for a feature, each of the network that makes the set
or, as ``googlenet:A`` or ``googlenet@224:A``, of the one named before it. The weight of a term may
be ``t`` or ``(1 - t)``, where t is the time of a set with frames, from 0 to 1.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property

from preimage.descent.objective import (
    LOGITS,
    METRICS,
    Direction,
    Level,
    Match,
    Minimum,
    Objective,
    Term,
    View,
    parse_terms,
)
from preimage.errors import UserError
from preimage.measures.comparisons.sides import kind

OWN = "_own_"  # stands for the network of a run, whichever that is
_LETTER = re.compile(r"(?:(?P<view>[A-Za-z_][\w.-]*(?:@\d+)?):)?\b(?P<letter>[ABFP])\b")
_TIME = re.compile(r"(?:(?P<left>\(1 - t\))|(?<![\w.-])t)(?=\s*\*)")

Terms = Iterable[tuple[float, Term]]
Meaning = Callable[[Direction | Match], Terms]  # of a letter, which is the layer of what is given


@dataclass(frozen=True)
class Template:
    """An objective with letters. terms: each with its weight at t = 0 and at t = 1.

    In `terms` a letter is a layer, of the network OWN where no other is named.
    """

    text: str
    terms: tuple[tuple[float, float, Term], ...]

    @cached_property
    def letters(self) -> frozenset[str]:
        """Which of A, B, F and P it has."""
        return frozenset(part.layer for part in self._parts if _is_letter(part))

    @cached_property
    def networks(self) -> frozenset[str]:
        """The networks that it names, at whatever size they see the picture."""
        return frozenset(part.network for part in self._parts) - {OWN}

    @cached_property
    def moves(self) -> bool:
        """Whether it changes with the time t."""
        return any(start != end for start, end, _ in self.terms)

    @cached_property
    def lowers_b(self) -> bool:
        """Whether class B is subtracted."""
        parts = [p for start, end, term in self.terms if min(start, end) < 0 for p in term.parts]
        return any(part.layer == "B" for part in parts)

    @cached_property
    def plain(self) -> str:
        """What it asks for, in one way of writing: -A for - A, and A + B for 2 * A + 2 * B."""
        objective = self._at(0.5)
        largest = max((abs(weight) for weight, _ in objective.terms), default=1)
        return str(objective * (1 / largest)).replace(f"{OWN}:", "")

    @cached_property
    def kind(self) -> str:
        """The sort of picture that it asks for, as `measures.comparisons.sides` has them."""
        return kind(self.objective(lambda part: [(1.0, _numbered(part))], 0.5))

    def views(self, network: str) -> set[View]:
        """Return how the networks of a run see the picture."""
        return {View(_network(part, network), part.side) for part in self._parts}

    def words(self, classes: Sequence[str], t: float | None = None) -> str:
        """Return what is asked for in words, at a time `t` or at any.

        A picture of a class goes by the name of the class.
        """
        if self.letters == {"P"}:
            return classes[0]
        named = dict(zip("AB", classes, strict=False))
        text = self.text if t is None else _at_time(self.text, t)
        return _LETTER.sub(lambda found: _view(found) + named[found["letter"]], text)

    def objective(self, meaning: Meaning, t: float = 0.0) -> Objective:
        """Return what it asks for at time `t` if its letters mean that.

        Raises UserError where it cannot be: the level, or the weaker, of a sum of addresses.
        """
        return Objective.sum(
            (_weight(start, end, t) * weight, given)
            for start, end, term in self.terms
            for weight, given in _given(term, meaning)
        )

    def of_classes(
        self, network: str, layer: str, classes: Sequence[int], picture: str = "", t: float = 0.0
    ) -> Objective:
        """Return it for a network's layer: of other networks, classes and pictures are of logits.

        picture: the name of what P is.
        """

        def meaning(part: Direction | Match) -> Terms:
            at = (network, layer) if part.network == OWN else (part.network, LOGITS)
            if isinstance(part, Match):
                return [(1.0, Match(*at, picture, part.metric, part.side))]
            index = (classes["AB".index(part.layer)],)
            return [(1.0, Direction(*at, index, side=part.side))]

        return self.objective(meaning, t)

    def of_feature(self, network: str, feature: Objective) -> Objective:
        """Return it for a feature, a sum of directions whose own networks do not count."""

        def meaning(part: Direction | Match) -> Terms:
            seen = {"network": _network(part, network), "side": part.side}
            return [(weight, replace(term, **seen)) for weight, term in feature.terms]

        return self.objective(meaning)

    @property
    def _parts(self) -> list[Direction | Match]:
        return [part for _, _, term in self.terms for part in term.parts]

    def _at(self, t: float) -> Objective:
        return Objective.sum((_weight(start, end, t), term) for start, end, term in self.terms)


@cache
def template(text: str) -> Template:
    """Read an objective with letters. Raises UserError where it cannot be read."""
    try:
        found = Template(text, _terms(text))
    except UserError as error:
        raise UserError(
            f"cannot read the objective {text!r}: give a sum of A and "
            "B, with a number before * if you like, such as A - 0.5 * B; the weaker of two, "
            "min(A, B); a network's own, as googlenet:A or, seen at 224 pixels, googlenet@224:A; "
            "with frames, (1 - t) * A + t * B; F with features; or match(P) with photos or "
            f"pictures, where a metric may follow: match(P, L2), one of {', '.join(METRICS)}"
        ) from error
    if not found._at(0.5).terms:
        raise UserError(f"objective {text!r} asks for nothing")
    return found


def _terms(text: str) -> tuple[tuple[float, float, Term], ...]:
    written = _LETTER.sub(_address, text)
    start, end = (parse_terms(_at_time(written, t)) for t in (0, 1))
    terms = tuple((a, b, term) for (a, term), (b, _) in zip(start, end, strict=True))
    if any(_is_indexed(part) for *_, term in terms for part in term.parts if _is_letter(part)):
        raise UserError("a letter has no index")
    return terms


def _view(found: re.Match[str]) -> str:
    return f"{found['view']}:" if found["view"] else ""


def _address(found: re.Match[str]) -> str:
    letter = "P, picture" if found["letter"] == "P" else found["letter"]
    return f"{found['view'] or OWN}:{letter}"


def _at_time(text: str, t: float) -> str:
    return _TIME.sub(lambda found: f"{1 - t if found['left'] else t:.6g}", text)


def _weight(start: float, end: float, t: float) -> float:
    """Return a weight on its straight way, with times as they are written in words."""
    if start == end:
        return start
    return start * float(f"{1 - t:.6g}") + end * float(f"{t:.6g}")


def _network(part: Direction | Match, own: str) -> str:
    return own if part.network == OWN else part.network


def _is_letter(part: Direction | Match) -> bool:
    return len(part.layer) == 1 and part.layer in "ABFP"


def _is_indexed(part: Direction | Match) -> bool:
    return isinstance(part, Direction) and bool(part.index)


def _numbered(part: Direction | Match) -> Direction | Match:
    """Give a letter an index of its own."""
    is_class = isinstance(part, Direction) and _is_letter(part)
    return replace(part, index=(ord(part.layer),)) if is_class else part


def _given(term: Term, meaning: Meaning) -> Terms:
    """Return a term of a template with what its letters mean."""
    match term:
        case Level():
            return [(1.0, replace(term, direction=_alone(term.direction, meaning)))]
        case Minimum():
            return [(1.0, Minimum(tuple(_alone(part, meaning) for part in term.parts)))]
    return meaning(term) if _is_letter(term) else [(1.0, term)]


def _alone(part: Direction, meaning: Meaning) -> Direction:
    if not _is_letter(part):
        return part
    match tuple(meaning(part)):
        case ((1.0, Direction() as direction),):
            return direction
        case terms:
            asked = Objective.sum(terms)
            what = str(asked).replace(f"{asked.parts[0].view}:", "")
            raise UserError(
                f"match and min take one address, {what!r} is a sum: give F alone for that"
            )
