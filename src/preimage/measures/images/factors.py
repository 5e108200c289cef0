"""Whether results carry the factors of the demo world that they should.

Every class of that world is a shape, a colour and a texture. A statistic looks at one factor and
at the pictures for which it means anything; `top-1` is the judge's first class, `top-2` its first
two, `mass` the softmax summed over the classes that share a value of the factor.

=============  =================  ========================  ====================================
objective      statistic          pictures                  what is averaged
=============  =================  ========================  ====================================
A              carries a          all                       top-1 has A's value
-A             differs            all                       top-1 has another value than A
A + B, A - B   carries a          A's, B's values differ    top-1 has A's value
A + B, A - B   carries b          A's, B's values differ    top-1 has B's value
A + B          carries one        A's, B's values differ    top-1 has A's or B's value
A + B          carries both       A's, B's values differ    top-2 have A's and B's values
A - B          carries a, not b   A's, B's values differ    top-1 has A's value, top-2 never B's
A + B, A - B   carries shared     A's, B's values agree     top-1 has that value
A + B, A - B   mass a, mass b     A's, B's values differ    mass on A's value; on B's
=============  =================  ========================  ====================================

Of the weaker of two classes, min(A, B), is counted what is of their sum, A + B.

The baseline shuffles the results among the pictures counted, so that each is compared with the
classes of another: what a network's favourite answers would give without any relation to what was
asked. A shuffle may give a class itself as its opposite, which a descent hardly does: that alone
puts `differs` up to 1/C above its baseline with C classes. Shares have Wilson intervals, masses a
bootstrap over pictures; both take pictures as independent, though pairs may share a class.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from preimage.errors import UserError
from preimage.measures.images.predictions import softmax, with_logits
from preimage.measures.statistics.shuffles import against_shuffles
from preimage.networks.world import World
from preimage.status import PICTURES
from preimage.tables.images import FACTORS

NAMES = ("shape", "colour", "texture")
_GROUP = ["set", "network", "judge"]


@dataclass(frozen=True)
class Results:
    """What a judge says of n pictures: values (numbers) of one factor, of V that it has.

    a, b: [n] of the classes asked for (b is -1 where there is one class only); first, second: [n]
    of the judge's first two classes; mass: [n, V] softmax mass on each value.
    """

    a: np.ndarray
    b: np.ndarray
    first: np.ndarray
    second: np.ndarray
    mass: np.ndarray

    def where(self, kept: np.ndarray) -> "Results":
        """Return the pictures for which `kept` [n] is true."""
        parts = (self.a, self.b, self.first, self.second, self.mass)
        return Results(*(part[kept] for part in parts))


# Scores [i, j] of the classes asked of picture i with the result of picture j.
Score = Callable[[Results], np.ndarray]


def _has(asked: np.ndarray, found: np.ndarray) -> np.ndarray:
    return asked[:, None] == found[None, :]


def _both(r: Results) -> np.ndarray:
    forward = _has(r.a, r.first) & _has(r.b, r.second)
    return forward | (_has(r.b, r.first) & _has(r.a, r.second))


def _carries_a(r: Results) -> np.ndarray:
    return _has(r.a, r.first)


_COUNTED: Mapping[str, Callable[[Results], np.ndarray]] = {
    "all": lambda r: np.ones(len(r.a), dtype=bool),
    "differ": lambda r: r.a != r.b,
    "agree": lambda r: r.a == r.b,
}
_OF_PAIRS: Mapping[str, tuple[str, Score]] = {
    "carries a": ("differ", _carries_a),
    "carries b": ("differ", lambda r: _has(r.b, r.first)),
    "carries shared": ("agree", _carries_a),
    "mass a": ("differ", lambda r: r.mass.T[r.a]),
    "mass b": ("differ", lambda r: r.mass.T[r.b]),
}
_OF_SUMS: Mapping[str, tuple[str, Score]] = {
    **_OF_PAIRS,
    "carries one": ("differ", lambda r: _has(r.a, r.first) | _has(r.b, r.first)),
    "carries both": ("differ", _both),
}
STATISTICS: Mapping[str, Mapping[str, tuple[str, Score]]] = {
    "A": {"carries a": ("all", _carries_a)},
    "-A": {"differs": ("all", lambda r: ~_has(r.a, r.first))},
    "A + B": _OF_SUMS,
    "min(A, B)": _OF_SUMS,
    "A - B": {
        **_OF_PAIRS,
        "carries a, not b": ("differ", lambda r: _has(r.a, r.first) & ~_has(r.b, r.second)),
    },
}


def factors(
    predictions: pd.DataFrame, logits: pd.DataFrame, world: World, objectives: Mapping[str, str]
) -> pd.DataFrame:
    """Return the table FACTORS of the sets in `objectives`: what each set asks, as in STATISTICS.

    `predictions` and `logits` are rows of these tables for the same pictures and judges, whose
    classes are those of `world`, else a UserError is raised. Pictures that failed are counted
    and left out.
    """
    told = with_logits(predictions, logits)
    _check_classes(told, world)
    rows = []
    for keys, group in told.groupby(_GROUP, sort=False):
        about = dict(zip(_GROUP, keys, strict=True))
        fine = group[group["status"].isin(PICTURES)]
        about["degenerate"] = len(group) - len(fine)
        statistics = STATISTICS.get(objectives.get(about["set"], ""), {})
        rows += [about | row for row in _rows(fine, world, statistics)]
    return pd.DataFrame(rows, columns=FACTORS.names)


def _check_classes(told: pd.DataFrame, world: World) -> None:
    for judge, logits in told.groupby("judge", sort=False)["logits"].first().items():
        if len(logits) != len(world.classes):
            raise UserError(
                f"the judge {judge} has {len(logits)} classes, the demo world of the plan has "
                f"{len(world.classes)}: give the world that the networks were trained on"
            )


def _rows(
    told: pd.DataFrame, world: World, statistics: Mapping[str, tuple[str, Score]]
) -> Iterator[dict[str, object]]:
    for factor in NAMES if len(told) else ():
        results = _results(told, world, factor)
        for statistic, (counted, score) in statistics.items():
            scores = score(results.where(_COUNTED[counted](results)))
            yield {"factor": factor, "statistic": statistic, **against_shuffles(scores)}


def _results(told: pd.DataFrame, world: World, factor: str) -> Results:
    values = [world.factors(index)[factor] for index in range(len(world.classes))]
    known = sorted(set(values))
    number = np.array([known.index(value) for value in values])
    probability = softmax(np.stack(told["logits"]))
    mass = np.stack([probability[:, number == v].sum(axis=1) for v in range(len(known))], axis=1)

    def of(column: str) -> np.ndarray:
        there = told[column].notna().to_numpy()
        found = np.full(len(told), -1)
        found[there] = number[told[column][there].to_numpy(np.int64)]
        return found

    return Results(of("class_a"), of("class_b"), of("top1"), of("top2"), mass)
