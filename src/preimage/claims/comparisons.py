"""What the pages claim of two networks' pictures and of vectorised ones, and what is found.

Codes A1 to A3, B4 and B5, of the page "Input Generation III". Units are classes, or the start seeds
of a named class; what a *third* network sees decides, one that took no part. How far two pictures
lie apart is told from how far two of one class by one network do that differ in their seed: the
*gap*, of the pictures of `ours`, the network that makes the others' pictures, too.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from preimage.claims.ledger import Evidence, Samples
from preimage.claims.makers import Makers
from preimage.claims.seen import (
    FIVE,
    SEEN,
    in_five,
    is_picture,
    majority,
    pictures_of,
    probability,
    probability_dealt,
    third_of,
)
from preimage.measures.comparisons.columns import ratios
from preimage.measures.comparisons.hues import BANDS
from preimage.measures.comparisons.sides import (
    COMBINED,
    DIFFERENCE,
    VECTORISED,
    Comparison,
    Side,
    Triple,
)
from preimage.measures.statistics.compared import spearman
from preimage.measures.statistics.samples import Sample
from preimage.plans import Plan
from preimage.tables.comparisons import PIXELS

_PAGE = ("resnet50", "googlenet")
_NAMED = {"B4.1": "tench", "B5.1": "goldfinch"}
_FEWEST_OTHERS = 3  # other classes whose pictures say what any are like
_ALIKE = 0.95  # share of the gaps that a picture that changed little is within


class ComparisonClaims(Plan):
    """What stands side by side, as in the plan of `compare_images`; which of these comparisons are
    of pictures after one step; the runs of class images, of pairs of classes, and of frames from
    one class to another; the networks that judge, and the names of the classes:

    {comparisons: [{name: vectorised, code: B4, columns: [...]}], one_step: [],
    alone: [{set: class_images, network: resnet50, kind: alone, networks: [resnet50]}],
    pairs: [{set: additions, network: resnet50, kind: sum, networks: [resnet50]}],
    turns: [], judges: [resnet50, googlenet], classes: [tench, goldfish]}.
    """

    comparisons: list[Comparison]
    one_step: list[str]
    alone: list[Side]
    pairs: list[Side]
    turns: list[Side]
    judges: list[str]
    classes: list[str]


@dataclass(frozen=True)
class _Duo:
    """Two networks in a comparison: the one that makes the pictures of both, and the other one.

    compared: its rows COMPARED_IMAGES as the judge sees them, and hues: its rows HUES. predictions:
    all rows PREDICTIONS.
    """

    comparison: Comparison
    ours: Side
    theirs: Side
    judge: str
    why: str
    makers: Makers
    compared: pd.DataFrame
    predictions: pd.DataFrame
    hues: pd.DataFrame

    def apart(self, one: Side, other: Side) -> pd.DataFrame:
        """Return by class the mean over seeds of `distance`, `to_others` and `between_seeds`."""
        rows = self.compared[
            (self.compared.one == one.title) & (self.compared.other == other.title)
        ]
        return rows.groupby("classes")[["distance", "to_others", "between_seeds"]].mean()

    @property
    def gap(self) -> pd.Series:
        """By class how far two pictures of `ours` from two seeds lie apart; NaN of one seed."""
        return self.apart(self.ours, self.theirs).between_seeds

    def of_kind(self, kind: str) -> list[Side]:
        """Return the columns of a kind that both networks, and no other, have a part in."""
        both = {self.ours.network, self.theirs.network}
        return [s for s in self.comparison.of_kind(kind) if {s.network, *s.networks} == both]

    def seen(self, side: Side, judge: str | None = None) -> pd.DataFrame:
        """Return what a judge says of a side's pictures."""
        return pictures_of(side, judge or self.judge, self.predictions)

    def evidence(
        self,
        claim: str,
        parts: Samples,
        *,
        primary: bool = True,
        control: Samples | None = None,
        measured_in: str = "",
        also: str = "",
        why: str = "",
    ) -> Evidence:
        """Return evidence of these two, primary where they are the page's and made by its recipe.

        `primary` is whether what else the page did is done, too.
        """
        networks = (self.ours.network, self.theirs.network)
        kinds = [self.makers[name] for name in networks]
        of_page = {kind.architecture for kind in kinds} == {*_PAGE} and all(
            kind.is_page_s(kind.architecture) for kind in kinds
        )
        recorded = not (self.ours.normalised or self.theirs.normalised)
        return Evidence(
            claim,
            parts,
            f"{' and '.join(networks)} ({self.comparison.name})",
            primary=primary and of_page and recorded,
            recipe=self.ours.recipe,
            measured_in=measured_in or self.judge,
            control=control or {},
            also=also,
            why="; ".join(filter(None, (self.why, why))),
        )


def settle_comparisons(
    plan: ComparisonClaims,
    makers: Makers,
    compared: pd.DataFrame,
    predictions: pd.DataFrame,
    hues: pd.DataFrame,
) -> Iterator[Evidence]:
    """Yield what rows COMPARED_IMAGES, PREDICTIONS and HUES say of each claim.

    Of several comparisons of the same networks, that of the most classes counts.
    """
    most: dict[tuple[str, str, str], tuple[int, Evidence]] = {}
    for duo in _duos(plan, makers, compared, predictions, hues):
        claims = _ONE_STEP if duo.comparison.name in plan.one_step else _OF_TWO
        for one in (one for claim in claims for one in claim(duo, plan.classes)):
            key = (one.claim, " ".join((duo.ours.network, duo.theirs.network)), one.also)
            count = min((part.n for part in one.parts.values()), default=0)
            if key not in most or most[key][0] < count:
                most[key] = (count, one)
    yield from (one for _, one in most.values())
    yield from _recognised(plan, makers, predictions)


def _duos(
    plan: ComparisonClaims,
    makers: Makers,
    compared: pd.DataFrame,
    predictions: pd.DataFrame,
    hues: pd.DataFrame,
) -> Iterator[_Duo]:
    for comparison in plan.comparisons:
        alone = {side.network: side for side in comparison.alone(*_networks(comparison))}
        own = compared[(compared.comparison == comparison.name) & (compared.metric == "l2")]
        shades = hues[hues.comparison == comparison.name]
        if comparison.name in plan.one_step:
            pairs = [tuple(alone)]
            judge, why = PIXELS, ""  # what a step adds to noise is for no network to judge
        else:
            made = [s for s in comparison.sides if s.kind in (COMBINED, DIFFERENCE, VECTORISED)]
            pairs = [(s.network, *s.others) for s in made]
            took_part = {name for s in comparison.sides for name in (*s.networks, *s.origins)}
            judge, why = third_of(plan.judges, took_part, makers)
        for ours, theirs in dict.fromkeys(pair for pair in pairs if len(pair) == 2):
            if judge and ours in alone and theirs in alone:
                duo = (comparison, alone[ours], alone[theirs], judge, why, makers)
                yield _Duo(*duo, own[own.by == judge], predictions, shades)


def _networks(comparison: Comparison) -> list[str]:
    return [side.network for side in comparison.sides if side.of is None]


# Claims of the pictures that two networks' gradients make together.


def _weighted(duo: _Duo, _: Sequence[str]) -> Iterator[Evidence]:
    even, *others = duo.of_kind(COMBINED) or [None]
    for other in others:
        apart, gap = duo.apart(even, other), duo.gap
        if gap.notna().any():
            yield duo.evidence(
                "A1.1",
                {"ratio": Sample((apart.distance / gap).to_numpy(), "ratio")},
                control={"ratio": Sample((apart.to_others / gap).to_numpy(), "ratio")},
            )


def _coherent(duo: _Duo, _: Sequence[str]) -> Iterator[Evidence]:
    for both in duo.of_kind(COMBINED)[:1]:
        pictures = duo.seen(both)
        certain = probability(pictures)
        singles = [
            probability(duo.seen(side)).reindex(certain.index) for side in (duo.ours, duo.theirs)
        ]
        if all(single.isna().all() for single in singles):
            continue
        better = max(singles, key=lambda single: np.nan_to_num(single.mean()))
        dealt = probability_dealt(pictures, certain.index)
        yield duo.evidence(
            "A1.2",
            {"difference": Sample((certain - better).to_numpy())},
            control={"difference": Sample((dealt - better).to_numpy())},
        )


def _alike(duo: _Duo, _: Sequence[str]) -> Iterator[Evidence]:
    """Yield whether one step from one start leads nearer to the other's one of the same class."""
    apart = duo.apart(duo.ours, duo.theirs)
    ratio = Sample((apart.distance / apart.to_others).to_numpy(), "ratio")
    yield duo.evidence("A1.3", {"ratio": ratio})


# Claims of the difference of two networks.


def _shows_ours(duo: _Duo, _: Sequence[str]) -> Iterator[Evidence]:
    for difference in duo.of_kind(DIFFERENCE):
        combined = duo.of_kind(COMBINED)[:1]
        control = _nearer(duo, combined[0]) if combined else {}
        yield duo.evidence("A2.1", _nearer(duo, difference), control=control)


def _nearer(duo: _Duo, new: Side) -> Samples:
    """Return for how many classes pictures are nearer ours than theirs, and more so than others."""
    ours, theirs = duo.apart(new, duo.ours), duo.apart(new, duo.theirs)
    own, others = ours.distance / theirs.distance, ours.to_others / theirs.to_others
    return {"share": _truths(own, 1), "beyond": _truths(own / others, 1)}


def _little(duo: _Duo, _: Sequence[str]) -> Iterator[Evidence]:
    if duo.gap.notna().any():
        most = duo.gap.quantile(_ALIKE)
        for difference in duo.of_kind(DIFFERENCE):
            changed = duo.apart(difference, duo.ours).distance
            theirs = duo.apart(duo.theirs, duo.ours).distance
            control = {"share": _truths(theirs, most)}
            yield duo.evidence("A2.2", {"share": _truths(changed, most)}, control=control)


def _truths(values: pd.Series, bound: float) -> Sample:
    """Return the share of values of at most a bound; NaN stays."""
    return Sample((values <= bound).astype(float).where(values.notna()).to_numpy(), "share")


# Claims of what each draws and says by itself.


def _differently(duo: _Duo, _: Sequence[str]) -> Iterator[Evidence]:
    apart, gap = duo.apart(duo.ours, duo.theirs), duo.gap
    if gap.isna().all():
        return
    each_other = [(duo.ours, duo.theirs.network), (duo.theirs, duo.ours.network)]
    seen, dealt = ([_held(duo.seen(*one), deal) for one in each_other] for deal in (0, 1))
    classes = pd.Index([int(name) for name in apart.index])
    yield duo.evidence(
        "A3.1",
        {
            "ratio": Sample((apart.distance / gap).to_numpy(), "ratio"),
            "seen": Sample(_both(seen).reindex(classes).to_numpy(), "share"),
        },
        control={"seen": Sample(_both(dealt).reindex(classes).to_numpy(), "share")},
    )


def _held(pictures: pd.DataFrame, deal: int) -> pd.Series:
    """Return by class whether most of its pictures' first five hold it, or `deal` classes on."""
    order = np.sort(pictures.class_a.unique())
    asked = dict(zip(order, np.roll(order, deal), strict=True))
    return majority(in_five(pictures, pictures.class_a.map(asked).to_numpy()), pictures.class_a)


def _both(truths: Sequence[pd.Series]) -> pd.Series:
    return pd.concat(truths, axis=1).min(axis=1, skipna=False)


def _agreement(duo: _Duo, _: Sequence[str]) -> Iterator[Evidence]:
    said = [duo.seen(duo.ours, name) for name in (duo.ours.network, duo.theirs.network)]
    by = ["class_a", "seed"]
    fine = [one[is_picture(one)].set_index(by)[FIVE] for one in said]
    one, other = fine[0].align(fine[1], join="inner", axis=0)
    common = [len({*a} & {*b}) for a, b in zip(one.to_numpy(), other.to_numpy(), strict=True)]
    seeds = pd.Series(common, one.index, dtype=float).unstack()
    if seeds.shape[1] > 1:
        first, second = seeds.iloc[:, :2].dropna().to_numpy().T
        shuffled = np.random.default_rng(0).permutation(second)
        yield duo.evidence(
            "A3.2",
            {"correlation": spearman(first, second)},
            control={"correlation": spearman(first, shuffled)},
            measured_in="the two networks",
        )


def _recognised(
    plan: ComparisonClaims, makers: Makers, predictions: pd.DataFrame
) -> Iterator[Evidence]:
    """Yield in which share of classes InceptionV3's pictures are recognised, less the others'."""
    for name in dict.fromkeys(side.set for side in plan.alone):
        by = {makers[s.network].architecture: s for s in plan.alone if s.set == name}
        if not {"inception_v3", *_PAGE} <= by.keys():
            continue
        sides = [by[of] for of in ("inception_v3", "googlenet", "resnet50")]
        judge, why = third_of(plan.judges, [side.network for side in sides], makers)
        if judge:
            shown = [pictures_of(side, judge, predictions) for side in sides]
            held = [_held(one, 0) for one in shown]
            blind = max(probability(one).mean() for one in shown[1:]) <= SEEN
            parts = {
                f"less_{of}": Sample((held[0] - other).to_numpy())
                for of, other in zip(("googlenet", "resnet50"), held[1:], strict=True)
            }
            yield Evidence(
                "A3.3",
                parts,
                f"{', '.join(side.network for side in sides)} ({name})",
                primary=all(makers[s.network].is_page_s(of) for of, s in by.items() if s in sides)
                and not any(side.normalised for side in sides),
                measured_in=judge,
                why=why,
                doubt="the judge sees the classes in nobody's pictures" if blind else "",
            )


# Claims of vectorised pictures.


def _like(duo: _Duo, classes: Sequence[str]) -> Iterator[Evidence]:
    """Yield how near vectorised pictures are to theirs: over all classes, and of those named.

    What pictures of other classes give in place of theirs is the control, over all classes: of one
    alone it may be below 1 or above, as it lies.
    """
    for new in duo.of_kind(VECTORISED):
        near, dealt = _near(duo, new)
        others = near.index.get_level_values("class_a").nunique() - 1
        control = {"near": _over(dealt, "class_a")}
        parts = {"near": _over(near, "class_a")}
        also = "(Over all classes.)"
        yield duo.evidence("B4.1", parts, primary=False, control=control, also=also)
        for claim, name in _NAMED.items():
            if name in classes and (at := classes.index(name)) in near.index.levels[0]:
                parts = {"near": _over(near.loc[[at]], "seed")}
                enough = others >= _FEWEST_OTHERS
                said = "" if enough else f"only {others} other classes to tell it from"
                yield duo.evidence(claim, parts, primary=enough, control=control, why=said)


def _near(duo: _Duo, new: Side) -> tuple[pd.Series, pd.Series]:
    """Return by class and seed d(new, theirs) / d(new, ours), over the lesser of 1 and that of
    other classes; and the same with theirs dealt anew: the mean of other classes' pictures.
    """
    triple = Triple(new.title, duo.ours.title, duo.theirs.title)
    key = ["class_a", "seed"]
    rows = duo.compared[duo.compared.one == new.title]
    theirs, ours = (
        rows[rows.other == side.title].set_index(key) for side in (duo.theirs, duo.ours)
    )
    near = ratios(duo.compared, triple).set_index(key).ratio_beyond.reindex(theirs.index)
    style = (theirs.to_others / ours.to_others).clip(upper=1)
    return near, theirs.to_others / ours.distance / style


def _over(values: pd.Series, unit: str) -> Sample:
    """Return the ratios of the units, each the geometric mean of its own."""
    return Sample(np.exp(np.log(values).groupby(level=unit).mean()).to_numpy(), "ratio")


def _colours(duo: _Duo, classes: Sequence[str]) -> Iterator[Evidence]:
    """Yield how much more of the goldfinch is yellow, and red, in ours than in theirs.

    Other classes are the control.
    """
    name = _NAMED["B5.1"]
    at = classes.index(name) if name in classes else None
    if not duo.of_kind(VECTORISED) or at not in {*duo.hues.class_a}:
        return
    rows = duo.hues.set_index(["class_a", "seed", "one"])[[*BANDS]].unstack()
    more = {band: rows[band][duo.ours.title] - rows[band][duo.theirs.title] for band in BANDS}
    others = {band: v.drop(at, level=0).groupby(level=0).mean() for band, v in more.items()}
    yield duo.evidence(
        "B5.2",
        {band: Sample(values.loc[at].to_numpy()) for band, values in more.items()},
        control={band: Sample(v.to_numpy()) for band, v in others.items()} if len(rows) else {},
        measured_in=PIXELS,
    )


def _stronger(duo: _Duo, _: Sequence[str]) -> Iterator[Evidence]:
    for new in duo.of_kind(VECTORISED):
        differ = duo.apart(duo.ours, duo.theirs).distance
        moved = duo.apart(duo.ours, new)
        there = pd.concat([differ, moved.distance, moved.to_others], axis=1).dropna().to_numpy()
        if len(there) > 1:
            yield duo.evidence(
                "B5.3",
                {"correlation": spearman(there[:, 0], there[:, 1])},
                control={"correlation": spearman(there[:, 0], there[:, 2])},
            )


_Claim = Callable[[_Duo, Sequence[str]], Iterator[Evidence]]
_OF_TWO: Sequence[_Claim] = (
    *(
        _weighted,
        _coherent,
        _shows_ours,
        _little,
        _differently,
        _agreement,
        _like,
        _colours,
        _stronger,
    ),
)
_ONE_STEP: Sequence[_Claim] = (_alike,)
