"""Animations: targets whose frames are drawn as films, strips and curves of logits (I2, J1, J2)."""

from collections.abc import Iterator

from preimage.figures.animations import Animated, Shown, curves, film, shown, strip
from preimage.figures.films import Film
from preimage.figures.look import FilmLook
from preimage.figures.style import Picture, Plot
from preimage.plans import Plan
from preimage.steps.engine import step
from preimage.steps.reading import Pictures, Rows
from preimage.steps.writing import FIGURES, FILMS
from preimage.tables.images import LOGITS, PREDICTIONS


class Animations(Plan):
    """What is drawn, and how films look:

    {"animations": [
       {"set": "transfigurations", "network": "inception_v3", "item": "250+251",
        "seed": 999, "frames": 31,                              items 250+251.000, 250+251.001 ...
        "objective": "(1 - t) * Siberian husky + t * dalmatian", in words
        "along": "t",                                           or step
        "classes": [[250, "Siberian husky"], [251, "dalmatian"]]}],     to mark: one or two
     "look": {"fps": 20, "logits": [-10, 80]}}                  both may be left out
    """

    animations: list[Animated]
    look: FilmLook = FilmLook()


@step(films=FILMS, strips=FIGURES, curves=FIGURES)
def draw_animations(
    plan: Animations, pictures: Pictures, predictions: Rows[PREDICTIONS], logits: Rows[LOGITS]
) -> tuple[Iterator[Film], Iterator[Picture], Iterator[Plot]]:
    """Draw the pictures of targets frame by frame: as films, as strips, and as curves of logits.

    All three are one a target, in the order of the plan. A GIF is written beside each film.
    """

    def each() -> Iterator[Shown]:
        return (shown(what, pictures, predictions, logits) for what in plan.animations)

    return (film(one, plan.look) for one in each()), map(strip, each()), map(curves, each())
