"""What a descent is to reach, as data: a weighted sum of terms, each at one layer of one network.

An objective prints itself as one line and is read back from it, so configuration, tables and
picture metadata all carry the same string::

    googlenet:logits[11] - googlenet:logits[12]
    0.5 * resnet50:logits[674] + 0.5 * googlenet:logits[674]
    inception_v3:Mixed_6b[654, :6] + inception_v3:Mixed_6b[654, 6, :3]
    vit_b_16:encoder.layers.encoder_layer_3[token=0, feature=7]
    match(resnet50:layer3, dalmatian, L1)
    match(inception_v3:Mixed_6b[654], 200, Linf)
    min(resnet50:logits[13], resnet50:logits[76])
    resnet50:logits[674] + vit_b_16@224:logits[674]

Its *value* is the weighted sum of its terms' values; a descent raises it. A `Direction` is worth
the sum of the activations it addresses, a `Match` or `Level` minus its distance to a picture's
activations or to a number, a `Minimum` the least of its directions. ``@224`` shows that network
the image resized to 224 pixels, whatever its own size.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, Self

from preimage.errors import UserError

LOGITS = "logits"  # the layer that is a network's output, whatever its last one is called
METRICS = ("L1", "L2", "Linf")
_MAP_AXES = ("map", "row", "column")
_TOKEN_AXES = ("token", "feature")


class Span(NamedTuple):
    """A half-open range of positions along one axis; None means from the start or to the end."""

    start: int | None = None
    stop: int | None = None

    def __str__(self) -> str:
        return ":".join("" if end is None else str(end) for end in self)


Index = tuple[int | Span, ...]


class View(NamedTuple):
    """A network and the side in pixels at which it sees the image; None is the image's own."""

    network: str
    side: int | None = None

    def __str__(self) -> str:
        return self.network if self.side is None else f"{self.network}@{self.side}"


@dataclass(frozen=True)
class Direction:
    """A linear functional of an activation: the sum of what `index` addresses.

    `index` counts (map, row, column) in feature maps and (feature,) in a vector; axes left out
    are taken whole. In a layer of tokens it counts (token, feature) and `tokens` must be true,
    so that a map is never taken for a token.
    """

    network: str
    layer: str
    index: Index = ()
    tokens: bool = False
    side: int | None = None

    def __str__(self) -> str:
        return f"{self.view}:{self.layer}" + (f"[{', '.join(self._axes)}]" if self.index else "")

    @property
    def _axes(self) -> list[str]:
        """The index as it is written: tokens are left out where it is of all of them."""
        if not self.tokens:
            return [str(at) for at in self.index]
        named = [f"{axis}={at}" for axis, at in zip(_TOKEN_AXES, self.index, strict=False)]
        return named[1:] if self.index[0] == Span() and len(named) > 1 else named

    @property
    def view(self) -> "View":
        """The network, and the side in pixels at which it sees the image."""
        return View(self.network, self.side)

    @property
    def parts(self) -> tuple[Self, ...]:
        """What it reads: itself."""
        return (self,)


@dataclass(frozen=True)
class Match:
    """Minus the distance of an activation to the activation of `picture` in the same layer."""

    network: str
    layer: str
    picture: str
    metric: str = "L1"
    side: int | None = None

    def __post_init__(self) -> None:
        _check_metric(self.metric, self)

    def __str__(self) -> str:
        return f"match({self.view}:{self.layer}, {self.picture}, {self.metric})"

    @property
    def view(self) -> View:
        """The network, and the side in pixels at which it sees the image."""
        return View(self.network, self.side)

    @property
    def parts(self) -> tuple[Self, ...]:
        """What it reads: itself."""
        return (self,)


@dataclass(frozen=True)
class Level:
    """Minus the distance of the activations that a direction addresses to one value for them all.

    The loss of "Feature Visualization" is that in L1, as long as none of them is above the value.
    """

    direction: Direction
    value: float
    metric: str = "L1"

    def __post_init__(self) -> None:
        _check_metric(self.metric, self)

    def __str__(self) -> str:
        return f"match({self.direction}, {self.value:g}, {self.metric})"

    @property
    def parts(self) -> tuple[Direction, ...]:
        """What it reads: its direction."""
        return (self.direction,)


@dataclass(frozen=True)
class Minimum:
    """The least of several directions: a descent raises only the one that is behind."""

    parts: tuple[Direction, ...]

    def __str__(self) -> str:
        return f"min({', '.join(map(str, self.parts))})"


Term = Direction | Match | Level | Minimum


def _check_metric(metric: str, term: object) -> None:
    if metric not in METRICS:
        raise UserError(f"unknown metric {metric!r} in {term}: use {', '.join(METRICS)}")


@dataclass(frozen=True, eq=False)
class Objective:
    """A weighted sum of terms. `+`, `-` and `*` by a number give new objectives."""

    terms: tuple[tuple[float, Term], ...]

    @classmethod
    def of(cls, term: Term, weight: float = 1.0) -> Self:
        """Return the objective that holds one term."""
        return cls(((float(weight), term),))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` prints. Raises UserError naming the place that cannot be read."""
        return cls.sum(parse_terms(text))

    @classmethod
    def sum(cls, terms: Iterable[tuple[float, Term]]) -> Self:
        """Return the objective of weighted terms; a term that comes twice has both weights."""
        return cls(_merge(terms))

    def __add__(self, other: "Objective") -> "Objective":
        return Objective(_merge(self.terms + other.terms))

    def __sub__(self, other: "Objective") -> "Objective":
        return self + -1 * other

    def __neg__(self) -> "Objective":
        return -1 * self

    def __mul__(self, factor: float) -> "Objective":
        return Objective(_merge(tuple((factor * weight, term) for weight, term in self.terms)))

    __rmul__ = __mul__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Objective) and dict(self._key()) == dict(other._key())

    def __hash__(self) -> int:
        return hash(frozenset(self._key()))

    def __str__(self) -> str:
        if not self.terms:
            return "0"
        text = " ".join(_sign(weight) + _magnitude(weight) + str(t) for weight, t in self.terms)
        return "-" + text[2:] if text.startswith("- ") else text[2:]

    @property
    def networks(self) -> tuple[str, ...]:
        """Names of the networks it needs, in the order of its terms."""
        return tuple(dict.fromkeys(part.network for part in self.parts))

    @property
    def parts(self) -> tuple[Direction | Match, ...]:
        """What its terms read, in their order."""
        return tuple(part for _, term in self.terms for part in term.parts)

    @property
    def digest(self) -> str:
        """Twelve hex digits that stand for this objective, whatever the order of its terms."""
        lines = sorted(f"{weight!r} {term}" for weight, term in self.terms)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]

    def _key(self) -> tuple[tuple[Term, float], ...]:
        return tuple((term, weight) for weight, term in self.terms)


def _merge(terms: Iterable[tuple[float, Term]]) -> tuple[tuple[float, Term], ...]:
    total: dict[Term, float] = {}
    for weight, term in terms:
        total[term] = total.get(term, 0.0) + float(weight)
    return tuple((weight, term) for term, weight in total.items() if weight != 0)


def _sign(weight: float) -> str:
    return "- " if weight < 0 else "+ "


def _magnitude(weight: float) -> str:
    size = abs(weight)
    return "" if size == 1 else f"{size:.17g} * " if float(f"{size:g}") != size else f"{size:g} * "


_ADDRESS = r"(?P<network>[A-Za-z_][\w.-]*)(?:@(?P<side>[1-9]\d*))?:(?P<layer>\w[\w.-]*)"
_DIRECTION = re.compile(rf"\s*{_ADDRESS}(?:\[(?P<index>[^\]]*)\])?\s*")
_METRIC = r"\s*(?:,\s*(?P<metric>\w+)\s*)?"
_MATCH = re.compile(rf"{_ADDRESS}\s*,\s*(?P<picture>[A-Za-z_][^,()\s]*){_METRIC}")
_LEVEL = re.compile(rf"(?P<direction>[^,[]+(?:\[[^\]]*\])?)\s*,\s*(?P<value>-?[\d.]+){_METRIC}")
_TERM = re.compile(
    r"\s*(?P<sign>[+-])?\s*(?:(?P<weight>\d+(?:\.\d*)?(?:e[+-]?\d+)?)\s*\*\s*)?"
    r"(?:(?P<function>match|min)\(\s*(?P<inside>[^()]*)\)|(?P<direction>[^\s()[\]]+(?:\[[^\]]*\])?))"
    r"(?=\s|$)"
)
_OUTSIDE_BRACKETS = re.compile(r",(?![^\[]*\])")
_PART = re.compile(r"(?:(?P<axis>\w+)\s*=\s*)?(?:(?P<at>\d+)|(?P<start>\d*):(?P<stop>\d*))$")


def parse_terms(text: str) -> tuple[tuple[float, Term], ...]:
    """Read the terms of an objective, with their weights, one by one as they are written."""
    terms, position = [], 0
    while position < len(text.rstrip()):
        found = _TERM.match(text, position)
        term = _term(found, text) if found and (found["sign"] or not terms) else None
        if not term:
            raise UserError(
                f"cannot read the objective {text!r} at {text[position:].strip()!r}: give terms "
                "like network:layer[index], match(network:layer, picture, L1) or min(network:"
                "layer[index], network:layer[index]), joined by + or -"
            )
        weight = float(found["weight"] or 1) * (-1 if found["sign"] == "-" else 1)
        terms.append((weight, term))
        position = found.end()
    if not terms:
        raise UserError("an empty objective: give at least one term such as resnet18:logits[0]")
    return tuple(terms)


def _term(found: re.Match[str], text: str) -> Term | None:
    if found["function"] == "match":
        return _match(found["inside"], text)
    if found["function"] == "min":
        parts = [_direction(part, text) for part in _OUTSIDE_BRACKETS.split(found["inside"])]
        return Minimum(tuple(parts)) if len(parts) > 1 and all(parts) else None
    return _direction(found["direction"], text)


def _match(text: str, where: str) -> Match | Level | None:
    if found := _MATCH.fullmatch(text):
        metric = found["metric"] or "L1"
        return Match(found["network"], found["layer"], found["picture"], metric, _side(found))
    if found := _LEVEL.fullmatch(text):
        direction = _direction(found["direction"], where)
        return direction and Level(direction, float(found["value"]), found["metric"] or "L1")
    return None


def _direction(text: str, where: str) -> Direction | None:
    if not (found := _DIRECTION.fullmatch(text)):
        return None
    index, tokens = parse_index(found["index"] or "", where)
    return Direction(found["network"], found["layer"], index, tokens, _side(found))


def _side(found: re.Match[str]) -> int | None:
    return int(found["side"]) if found["side"] else None


def parse_index(text: str, where: str) -> tuple[Index, bool]:
    """Read ``654, 6, :3`` or ``token=0, feature=7``; return the index and whether it is of tokens.

    `where` is what an error quotes as the place of the index.
    """
    if not text.strip():
        return (), False
    parts = [_PART.match(part.strip()) for part in text.split(",")]
    if not all(parts):
        raise UserError(f"cannot read the index [{text}] in {where!r}: use numbers or ranges a:b")
    axes = [part["axis"] for part in parts]
    values = [
        int(p["at"]) if p["at"] else Span(_bound(p["start"]), _bound(p["stop"])) for p in parts
    ]
    if not any(axes):
        return tuple(values), False
    return _by_name(dict(zip(axes, values, strict=True)), len(parts), text, where)


def _by_name(named: dict[str, int | Span], count: int, text: str, where: str) -> tuple[Index, bool]:
    for names in (_MAP_AXES, _TOKEN_AXES):
        if len(named) == count and named.keys() <= set(names):
            last = max(names.index(axis) for axis in named)
            return tuple(
                named.get(axis, Span()) for axis in names[: last + 1]
            ), names == _TOKEN_AXES
    raise UserError(
        f"cannot read the index [{text}] in {where!r}: name each axis once, either "
        f"{', '.join(_MAP_AXES)} or {', '.join(_TOKEN_AXES)}"
    )


def _bound(digits: str) -> int | None:
    return int(digits) if digits else None
