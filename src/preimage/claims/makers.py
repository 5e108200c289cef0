"""The networks of a study as claims see them: which are the pages' own, and which are kin."""

import re
from collections.abc import Iterable, Mapping
from typing import Literal

from preimage.measures.depth.stages import NOISE, TRAINED, UNTRAINED
from preimage.plans import Plan

__all__ = ["NOISE", "TRAINED", "UNTRAINED", "Maker", "Makers", "first_third", "is_third"]


class Maker(Plan):
    """What a network is.

    architecture: torchvision's name of it, or what a module is called by. state: whether its
    weights are random, or were learnt, from noise or from anything else. published: whether they
    are torchvision's, which the pages use.
    """

    architecture: str
    state: Literal["trained", "untrained", "noise"]
    published: bool = False

    def is_page_s(self, architecture: str, state: str = TRAINED) -> bool:
        """Return whether a page used this, of which random weights are anyone's."""
        alike = (self.architecture, self.state) == (architecture, state)
        return alike and (self.published or state != TRAINED)

    @property
    def family(self) -> str:
        """The architecture without its size: networks of one family see alike."""
        return re.match(r"[a-z]*", self.architecture.lower())[0]


Makers = Mapping[str, Maker]


def is_third(judge: str, makers: Makers, *made_by: str) -> bool:
    """Return whether a judge shares neither weights nor family with any maker of a picture."""
    kin = {makers[name].family for name in made_by if name in makers}
    return judge in makers and judge not in made_by and makers[judge].family not in kin


def first_third(judges: Iterable[str], makers: Makers, *made_by: str) -> str | None:
    """Return the first judge that shares neither weights nor family with any maker, or None."""
    return next((judge for judge in judges if is_third(judge, makers, *made_by)), None)
