"""What a comparison says of its columns: how near they are, and what networks see in them.

======================  ==========================================================================
statistic               over the classes or pairs of the rows
======================  ==========================================================================
distance                mean distance of `one` to `other`; baseline: to its pictures of other rows
nearest                 share whose picture in `other` is the nearest of all that are there;
                        baseline: what a picture chosen by chance would give
moved                   1 less the geometric mean of d(one, toward) / d(other, toward): 1 where
                        `one` is what it is to be near, 0 where it is no nearer than `other`;
                        baseline: the same with the mean distances to pictures of other rows,
                        which a picture that is only paler is nearer, too
moved beyond            1 less the geometric mean of that ratio over the one of other rows: above 0
                        where `one` moved further toward its own row than toward the others
ratio                   geometric mean of d(one, toward) / d(one, other): below 1 where `one` is
                        nearer to what it is to be near; baseline: that of pictures of other rows
ratio beyond            that ratio over the one of other rows, or over 1 where that is more: below 1
                        where `one` is nearer `toward` than `other`, and more so than other rows
nearer                  share where `one` is nearer `toward` than `other` is; baseline: 1 / 2
probability of A, B     mean probability of the row's class, or of both of its pair
difference of A, B      mean of that of `one` less that of `other`, row by row
======================  ==========================================================================

Rows of a class or pair by several seeds are no more than one: their mean counts. Means have
Student's intervals, geometric ones of logarithms, and shares Wilson's with the number of classes,
which are too wide rather than too short where seeds differ. Classes are taken as independent.
"""

from collections.abc import Iterator
from itertools import permutations

import numpy as np
import pandas as pd

from preimage.measures.comparisons.rows import in_rows
from preimage.measures.comparisons.sides import Comparison, Triple
from preimage.measures.images.predictions import softmax
from preimage.measures.statistics.intervals import Estimate, geometric_mean, share, student
from preimage.status import OK
from preimage.tables.comparisons import COMPARISONS

DISTANCE, NEAREST, NEARER = "distance", "nearest", "nearer"
MOVED, BEYOND = "moved", "moved beyond"
RATIO, RATIO_BEYOND = "ratio", "ratio beyond"
PROBABILITY, APART = "probability of {}", "difference of {}"

_ROW, _SEEN = ["classes", "class_a", "seed"], ["by", "third", "metric"]
_Row = dict[str, object]


def tabulate(comparison: Comparison, compared: pd.DataFrame, told: pd.DataFrame) -> pd.DataFrame:
    """Return the rows COMPARISONS of one comparison.

    compared: its rows COMPARED_IMAGES. told: rows PREDICTIONS of all its columns' pictures, with
    their logits. Pictures of another status than ok are left out.
    """
    rows = [*_distances(compared), *_triples(comparison, compared), *_seen(comparison, told)]
    about = {"code": comparison.code, "comparison": comparison.name}
    return pd.DataFrame([about | row for row in rows], columns=COMPARISONS.names)


def _distances(compared: pd.DataFrame) -> Iterator[_Row]:
    fine = compared.dropna(subset="distance")
    fine = fine.assign(nearest=fine.nearer_others == 0, chance=1 / (1 + fine.others))
    for keys, part in fine.groupby(["one", "other", *_SEEN], sort=False, dropna=False):
        about = dict(zip(["one", "other", *_SEEN], keys, strict=True))
        own = part.groupby("classes")[["distance", "to_others", "nearest", "chance"]].mean()
        found = student(own.distance.to_numpy())
        yield about | _row(DISTANCE, found, len(own), own.to_others.mean())
        yield about | _row(NEAREST, share(own.nearest.to_numpy()), len(own), own.chance.mean())


def _triples(comparison: Comparison, compared: pd.DataFrame) -> Iterator[_Row]:
    for _, triple in comparison.triples():
        found = ratios(compared, triple)
        for keys, part in found.groupby(_SEEN, sort=False, dropna=False):
            about = vars(triple) | dict(zip(_SEEN, keys, strict=True))
            yield from (about | row for row in _of_triple(part))


def _of_triple(found: pd.DataFrame) -> Iterator[_Row]:
    """Yield the rows of what `ratios` has found, as one network sees it."""
    own = _by_class(found)
    count, chance = len(own), geometric_mean(own.ratio_of_others.to_numpy()).value
    yield _row(MOVED, gained(own.kept), count, gained(own.kept_of_others).value)
    yield _row(BEYOND, gained(own.kept / own.kept_of_others), count)
    yield _row(RATIO, geometric_mean(own.ratio.to_numpy()), count, chance)
    yield _row(RATIO_BEYOND, geometric_mean(own.ratio_beyond.to_numpy()), count)
    nearer = (found.kept < 1).groupby(found.classes).mean()
    yield _row(NEARER, share(nearer.to_numpy()), count, 0.5)


def _by_class(found: pd.DataFrame) -> pd.DataFrame:
    """Return the geometric means of a class's ratios over its seeds."""
    with np.errstate(divide="ignore"):  # a distance of 0 has a mean of 0
        logarithms = np.log(found.drop(columns=[*_ROW, *_SEEN]).astype(float))
    return np.exp(logarithms.groupby(found.classes).mean())


def ratios(compared: pd.DataFrame, triple: Triple) -> pd.DataFrame:
    """Return the ratios of a triple's distances, by row and by what sees it.

    `kept` is d(one, toward) / d(other, toward), and `ratio` d(one, toward) / d(one, other), of the
    row's own pictures; `kept_of_others` and `ratio_of_others` are the same of the mean distances to
    pictures of other rows. `ratio_beyond` is `ratio` over the lesser of 1 and `ratio_of_others`:
    below 1 where it is below both. compared: rows COMPARED_IMAGES of one comparison.
    """
    fine = compared.dropna(subset="distance").set_index([*_ROW, *_SEEN])

    def apart(one: str, other: str) -> pd.DataFrame:
        found = fine[(fine.one == one) & (fine.other == other)][["distance", "to_others"]]
        return found.set_axis(["", "_of_others"], axis=1)

    ahead = apart(triple.one, triple.toward)
    kept = (ahead / apart(triple.other, triple.toward)).add_prefix("kept")
    ratio = (ahead / apart(triple.one, triple.other)).add_prefix("ratio")
    found = kept.join(ratio).dropna(subset=["kept", "ratio"])
    beyond = found.ratio / found.ratio_of_others.clip(upper=1)
    return found.assign(ratio_beyond=beyond).reset_index()


def gained(ratio: pd.Series) -> Estimate:
    """Return 1 less the geometric mean of ratios [n]: how much nearer `one` is."""
    found = geometric_mean(ratio.to_numpy())
    return Estimate(1 - found.value, 1 - found.high, 1 - found.low)


def _seen(comparison: Comparison, told: pd.DataFrame) -> Iterator[_Row]:
    for judge, part in told.groupby("judge", sort=False):
        if not _sees_all(part, comparison):  # a merged network judges its own pictures only
            continue
        about = {"by": judge, "third": comparison.is_third(judge), "metric": "probability"}
        found = [_probabilities(frame) for frame in in_rows(part, comparison.sides)]
        titled = dict(zip((side.title for side in comparison.sides), found, strict=True))
        for letter in found[0].columns:
            for one, seen in titled.items():
                yield about | {"one": one} | _mean(PROBABILITY.format(letter), seen[letter], 0, 1)
            for one, other in permutations(titled, 2):
                apart = titled[one][letter] - titled[other][letter]
                ends = {"one": one, "other": other}
                yield about | ends | _mean(APART.format(letter), apart)


def _sees_all(told: pd.DataFrame, comparison: Comparison) -> bool:
    seen = {*zip(told["set"], told.network, strict=True)}
    return all((side.set, side.network) in seen for side in comparison.sides)


def _probabilities(frame: pd.DataFrame) -> pd.DataFrame:
    """Return by `classes` the probability of a row's A, and of B of a pair; NaN if it failed."""
    probability = softmax(np.stack(frame.logits))
    probability[(frame.status != OK).to_numpy()] = np.nan
    letters = {"A": "class_a", "B": "class_b"} if frame.class_b.notna().all() else {"A": "class_a"}
    at = np.arange(len(frame))
    return pd.DataFrame(
        {name: probability[at, frame[column].to_numpy(int)] for name, column in letters.items()},
        index=frame.classes,
    )


def _mean(statistic: str, values: pd.Series, least: float = -1, most: float = 1) -> _Row:
    """Return the row of a mean of classes; its interval ends where the values must."""
    there = values.dropna().groupby(level=0).mean().to_numpy()
    found = Estimate(*np.clip(student(there), least, most).tolist())
    return _row(statistic, found, len(there))


def _row(statistic: str, found: Estimate, count: int, baseline: float = np.nan) -> _Row:
    return {"statistic": statistic, **found._asdict(), "n": count, "baseline": baseline}
