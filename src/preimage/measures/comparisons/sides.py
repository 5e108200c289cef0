"""What stands side by side in a comparison: columns of pictures, and what is asked of them.

A *side* is a column: the pictures of an image set by one network. Its kind follows from what its
pictures' objective asks:

===========  =====================================================================
alone        one class of one network: A
opposite     the same, lowered: -A
combined     one class, raised for several networks: A + other:A, or min(A, other:A)
difference   one class, raised for one network and lowered for another: A - other:A
vectorised   what a network says of another one's picture: match(P)
sum          two classes: A + B
subtraction  two classes, one of them lowered: A - B
weaker       the weaker one of two classes: min(A, B)
===========  =====================================================================
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from preimage.descent.objective import Match, Minimum, Objective
from preimage.plans import Plan

ALONE, OPPOSITE, COMBINED, DIFFERENCE = "alone", "opposite", "combined", "difference"
VECTORISED, SUM, SUBTRACTION, WEAKER = "vectorised", "sum", "subtraction", "weaker"
Kind = Literal[
    "alone",
    "opposite",
    "combined",
    "difference",
    "vectorised",
    "sum",
    "subtraction",
    "weaker",
]


def title(column: Mapping[str, Any]) -> str:
    """Return the title of a column of the configuration: network, set and class if it has none."""
    parts = (column["network"], column["set"], column.get("of"))
    return column.get("title") or " · ".join(part for part in parts if part)


def kind(objective: Objective) -> Kind:
    """Return what sort of picture an objective asks for, as in the table above."""
    terms = [term for _, term in objective.terms]
    raised = all(weight > 0 for weight, _ in objective.terms)
    if any(isinstance(term, Match) for term in terms):
        return VECTORISED
    parts = [part for term in terms for part in term.parts]
    if len({part.index for part in parts}) > 1:
        if any(isinstance(term, Minimum) for term in terms):
            return WEAKER
        return SUM if raised else SUBTRACTION
    if len(parts) == 1:
        return ALONE if raised else OPPOSITE
    return COMBINED if raised else DIFFERENCE


class Side(Plan):
    """One column. networks: those that took part in its pictures. of: A or B, for the pictures of
    one class of each pair. origins: what merged ones of the networks were made of, and networks
    behind pictures that were matched. recipe, and whether it is normalised, are for claims.
    """

    set: str
    network: str
    kind: Kind
    networks: tuple[str, ...]
    title: str = ""
    of: Literal["A", "B"] | None = None
    origins: tuple[str, ...] = ()
    recipe: str = ""
    normalised: bool = False

    def is_third(self, judge: str) -> bool:
        """Whether a network took no part in the pictures, nor in a network that did."""
        return judge not in self.networks + self.origins

    @property
    def others(self) -> set[str]:
        """The networks that took part beside the one that made the pictures."""
        return {*self.networks} - {self.network}


@dataclass(frozen=True)
class Triple:
    """Is `one` nearer `toward` than the `other` is? The titles of three columns."""

    one: str
    other: str
    toward: str


class Comparison(Plan):
    """Columns of pictures side by side, with the code of the experiment that they belong to."""

    name: str
    code: str
    sides: tuple[Side, ...] = msgspec.field(name="columns")

    @property
    def runs(self) -> list[tuple[str, str]]:
        """The image sets and networks of its pictures."""
        return [(side.set, side.network) for side in self.sides]

    def is_third(self, judge: str) -> bool:
        """Whether a network took no part in any of the pictures."""
        return all(side.is_third(judge) for side in self.sides)

    def of_kind(self, kind: str) -> list[Side]:
        """Return the columns of a kind."""
        return [side for side in self.sides if side.kind == kind]

    def alone(self, *networks: str) -> list[Side]:
        """Return the columns of class images by these networks."""
        return [side for side in self.of_kind(ALONE) if side.network in networks]

    def triples(self) -> Iterator[tuple[str, Triple]]:
        """Yield kind and columns of what is to be nearer to one picture than another one is.

        A vectorised picture is compared with the network's own, by how near both are to the other
        network's; a difference with the other network's, by how near both are to its own.
        """
        for side in self.of_kind(VECTORISED) + self.of_kind(DIFFERENCE):
            for ours in self.alone(side.network):
                for theirs in self.alone(*side.others):
                    pair = (ours.title, theirs.title)
                    ends = pair if side.kind == VECTORISED else pair[::-1]
                    yield side.kind, Triple(side.title, *ends)


class Comparisons(Plan):
    """What stands side by side, each column with its kind and the networks that took part in it:

    comparisons:
      - name: vectorised
        code: B4
        columns:
          - {set: class_images, network: mine, title: ours, kind: alone, networks: [mine]}
          - {set: class_images, network: other, title: theirs, kind: alone, networks: [other]}

    A column has `of: A` or `of: B` where rows are pairs and its pictures are those of one class,
    and `origins` where networks are behind it that took no part themselves.
    """

    comparisons: tuple[Comparison, ...]
