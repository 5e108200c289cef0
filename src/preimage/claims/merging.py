"""What the page "Input Generation III" claims of merged networks, and what a study finds of it.

Codes B1 to B3. Units are classes. On the page a network learns the pictures of one class, so that
networks which differ in that class alone are judged together; or it learns those of all classes.
Its pictures of what it learnt are compared with those that it learnt from, of the *donor*. A
network whose sum of squares did not fall to half has hardly learnt, and tells nothing of that.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from preimage.claims.ledger import Evidence, Samples
from preimage.claims.makers import TRAINED, Makers
from preimage.claims.seen import SEEN, is_picture, probability, third_of
from preimage.measures.comparisons.sides import Comparison, Side
from preimage.measures.merging.losses import fall
from preimage.measures.statistics.samples import Sample
from preimage.plans import Plan
from preimage.tables.merging import SETTINGS

_PAGE = ("resnet50", "googlenet")
_OF_PAGE = {"optimiser": "SGD", "learning_rate": 1e-5, "steps": 1000}
_LEARNT = 2  # factor from which on a network has learnt; of the falls of two losses that are alike
_SQUARES = "sum_of_squares"
_PICTURE = ["class_a", "seed"]


class Pictures(Plan):
    """Where the class images of a merged network are, and all those of the donor, which made what
    it learnt from. recorded: whether neither was made by the normalised rule.
    """

    network: str
    set: str
    donor_sets: tuple[str, ...]
    recorded: bool = False


class MergingClaims(Plan):
    """Where the class images of merged networks are, and those of their donors; comparisons that
    have columns by merged networks; which networks judge, those that have learnt something:
    {pictures: [{network: all, set: class_images_after_all, donor_sets: [class_images]}],
    comparisons: [], judges: [resnet50, googlenet]}.
    """

    pictures: list[Pictures]
    comparisons: list[Comparison]
    judges: list[str]


@dataclass(frozen=True)
class _Group:
    """Merged networks that differ in the one class that they learnt alone, or a single one.

    images: their rows MERGING_IMAGES, with `fall`. single: whether each learnt one class.
    """

    images: pd.DataFrame
    single: bool
    makers: Makers

    @property
    def first(self) -> pd.Series:
        return self.images.iloc[0]

    @property
    def networks(self) -> list[str]:
        return list(dict.fromkeys(self.images.network))

    @property
    def able(self) -> list[str]:
        """Those that have learnt."""
        falls = np.log(self.images.fall).groupby(self.images.network, sort=False).mean()
        return list(falls.index[falls >= np.log(_LEARNT)])

    @property
    def took_part(self) -> set[str]:
        first = self.first
        return {*self.networks, first.origin, first.toward, first.made_by}

    def evidence(self, claim: str, parts: Samples, *, primary: bool, **said: object) -> Evidence:
        """Return evidence of these, primary where both networks are the page's, too."""
        ends = (self.makers.get(self.first.origin), self.makers.get(self.first.toward))
        page = all(one and one.is_page_s(of) for one, of in zip(ends, _PAGE, strict=True))
        if self.single:
            page = page and all(self.first[key] == value for key, value in _OF_PAGE.items())
        learnt = ", ".join(self.networks)
        networks = f"{self.first.origin} toward {self.first.toward} ({learnt})"
        return Evidence(claim, parts, networks, primary=primary and page, **said)


def settle_merging(
    plan: MergingClaims,
    makers: Makers,
    images: pd.DataFrame,
    predictions: pd.DataFrame,
    compared: pd.DataFrame,
) -> Iterator[Evidence]:
    """Yield what rows MERGING_IMAGES, and PREDICTIONS and COMPARED_IMAGES of pictures, say.

    Of networks alone that have learnt something, as have those whose logits they learnt.
    """
    learnt = [name for name, maker in makers.items() if maker.state == TRAINED]
    images = images[images.origin.isin(learnt) & images.toward.isin(learnt)]
    images = images.assign(fall=fall(images, _SQUARES))
    for group in _groups(images, makers):
        if group.single and group.first.loss == _SQUARES:
            yield _falls(group)
        if group.first.loss == _SQUARES:
            yield from _accurate(plan, group, predictions)
    yield from _by_losses(plan, images, makers, compared)


def _groups(images: pd.DataFrame, makers: Makers) -> Iterator[_Group]:
    single = images.groupby("network")["class"].transform("nunique") == 1
    settings = [column.name for column in SETTINGS]
    for _, part in images[single].groupby(settings, sort=False):
        yield _Group(part, True, makers)
    for _, part in images[~single].groupby("network", sort=False):
        yield _Group(part, False, makers)


def _by_class(images: pd.DataFrame) -> pd.Series:
    return np.exp(np.log(images.fall).groupby(images["class"]).mean())


def _falls(group: _Group) -> Evidence:
    parts = {"fall": Sample(_by_class(group.images).to_numpy(), "ratio")}
    return group.evidence("B1.1", parts, primary=True)


def _accurate(plan: MergingClaims, group: _Group, predictions: pd.DataFrame) -> Iterator[Evidence]:
    """Yield how much less sure a third network is of the class than in the donor's pictures.

    The control is how much less sure of the donor's pictures from another seed.
    """
    judge, why = third_of(plan.judges, group.took_part, group.makers)
    made = [one for one in plan.pictures if one.network in group.able]
    if not judge or not made:
        return
    said = predictions[predictions.judge == judge]
    pairs = [_probabilities(said, one, group) for one in made]
    merged, donor, first, second = (
        pd.concat(parts).groupby(level=0).mean() for parts in zip(*pairs, strict=True)
    )
    if merged.empty:
        return
    blind = donor.mean() <= SEEN
    parts = {"difference": Sample((merged - donor).to_numpy())}
    control = {"difference": Sample((second - first).dropna().to_numpy())}
    yield group.evidence(
        "B2.1" if group.single else "B3.1",
        parts,
        primary=all(one.recorded for one in made),
        control=control if control["difference"].n else {},
        measured_in=judge,
        why=why,
        doubt=f"{judge} sees the classes in no donor's picture" if blind else "",
    )


def _probabilities(
    said: pd.DataFrame, made: Pictures, group: _Group
) -> tuple[pd.Series, pd.Series, pd.Series, pd.Series]:
    """Return by class learnt the probability in the merged network's pictures, in the donor's, and
    in these from the first and from the second seed. What is in several sets counts once.
    """
    learnt = group.images[group.images.network == made.network]["class"].unique()
    asked = said[said.class_a.isin(learnt)]
    merged = asked[(asked["set"] == made.set) & (asked.network == made.network)]
    donors = (asked.network == group.first.made_by) & asked["set"].isin(made.donor_sets)
    donor = asked[donors].drop_duplicates(_PICTURE)
    certain = probability(merged)
    by_seed = donor[is_picture(donor)].set_index(_PICTURE).probability_a.unstack()
    seeds = [by_seed.get(seed, pd.Series(dtype=float)) for seed in [*by_seed, None, None][:2]]
    found = (probability(donor), *seeds)
    return certain, *(one.reindex(certain.index).astype(float) for one in found)


def _by_losses(
    plan: MergingClaims, images: pd.DataFrame, makers: Makers, compared: pd.DataFrame
) -> Iterator[Evidence]:
    """Yield how far pictures lie apart that networks make which learnt by another loss each.

    In gaps between seeds, where the sums of squares fell alike; the control is how far those lie
    that the network made before. Of comparisons of several classes and networks all count at once.
    """
    rows = [
        row
        for comparison in plan.comparisons
        for row in _pairs_of_losses(comparison, plan.judges, images, makers, compared)
    ]
    table = pd.DataFrame(
        rows, columns=["origin", "toward", "class", "ratio", "before", "by", "why"]
    )
    for (origin, toward), part in table.groupby(["origin", "toward"], sort=False):
        values = np.log(part[["ratio", "before"]].astype(float)).groupby(part["class"]).mean()
        own = images[(images.origin == origin) & (images.toward == toward)]
        ratio, before = (Sample(np.exp(values[k]).to_numpy(), "ratio") for k in values)
        yield _Group(own, True, makers).evidence(
            "B1.2",
            {"ratio": ratio},
            primary=True,
            control={"ratio": before} if before.n else {},
            measured_in=part.by.iloc[0],
            why=part.why.iloc[0],
        )


def _pairs_of_losses(
    comparison: Comparison,
    judges: Sequence[str],
    images: pd.DataFrame,
    makers: Makers,
    compared: pd.DataFrame,
) -> Iterator[tuple[object, ...]]:
    took_part: Collection[str] = {n for s in comparison.sides for n in (*s.networks, *s.origins)}
    judge, why = third_of(judges, took_part, makers)
    rows = compared[(compared.comparison == comparison.name) & (compared.by == judge)]
    rows = rows[rows.metric == "l2"]
    learnt = dict(iter(images.groupby("network", sort=False)))
    merged = [side for side in comparison.alone(*learnt) if side.network in learnt]
    squares = [side for side in merged if learnt[side.network].iloc[0].loss == _SQUARES]
    for one in squares:
        first = learnt[one.network].iloc[0]
        before = comparison.alone(first.origin)
        for other in (side for side in merged if side not in squares):
            falls = _by_class(learnt[one.network]), _by_class(learnt[other.network])
            for c in falls[0].index.intersection(falls[1].index):
                if abs(np.log(falls[0][c] / falls[1][c])) > np.log(_LEARNT):
                    continue
                apart, gap = _distance(rows, one, other, c)
                start = _distance(rows, one, before[0], c)[0] if before else np.nan
                yield first.origin, first.toward, c, apart / gap, start / gap, judge, why


def _distance(rows: pd.DataFrame, one: Side, other: Side, number: int) -> tuple[float, float]:
    """Return the mean distance of two columns' pictures of a class, and the gap of the first."""
    own = rows[(rows.one == one.title) & (rows.other == other.title) & (rows.class_a == number)]
    return float(own.distance.mean()), float(own.between_seeds.mean())
