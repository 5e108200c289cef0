"""What the pages claim of the space of classes, and what a study finds of it (codes L1 to L3).

The author published values for GoogLeNet with torchvision's weights and all classes of ImageNet.
They are judged on a network of that kind; where a study has none, they are `not run`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import isnan

import pandas as pd

from preimage.claims.ledger import Claim, Row, row, table
from preimage.measures.space.neighbours import ALL, KINDS, own
from preimage.measures.statistics.intervals import Estimate, student
from preimage.measures.statistics.seeds import of_first_seed
from preimage.measures.statistics.verdicts import NOT_REPRODUCED, Between
from preimage.networks.classes import class_names
from preimage.plans import Plan

_NORMAL = {
    "skewness": "The mean activations of a feature map on class images are spread symmetrically, "
    "as those of a normal distribution.",
    "kurtosis": "The mean activations of a feature map on class images have the tails of a normal "
    "distribution.",
}
_GROUPS = "Classes that are near to each other for a network are alike for people, too."
_SECOND = "After {name} itself, its class image is most of all {neighbour}."
_NEAREST = "Of all class images, that of {neighbour} is nearest to that of {name}."
_VARIANCE = "The {place} principal component of the logits of class images explains {value:.2f} %."
_LATENT, _MERGING = "Feature Latent Space", "Model Merging"
_PUBLISHED = "googlenet with torchvision's weights"

# How far from normal is not noticed: a judgement, ours.
_SHAPE = {"skewness": Between(-0.5, 0.5), "kurtosis": Between(-1, 1)}
_SHAPE_NAMES = {"skewness": "skewness", "kurtosis": "excess kurtosis"}

CLASSES = 1000
_NEAR, _NEAR_VARIANCE = 0.05, 0.10  # relative distance to a published value
_EXPLAINED = {1: 0.1538, 2: 0.0418}


@dataclass(frozen=True)
class Neighbour:
    """What was published of a class: its neighbour, and the logit of or the distance to it."""

    kind: str
    number: int
    neighbour: int
    value: float


_SECOND_LOGITS = [
    *((0, 1, 18.97), (2, 3, 15.32), (7, 8, 14.84), (11, 12, 13.86), (55, 64, 12.33)),
    *((251, 212, 11.68), (250, 248, 17.76)),
]
_L2_NEIGHBOURS = [
    *((0, 391, 31.08), (11, 15, 33.45), (15, 11, 33.45), (277, 278, 22.45), (278, 277, 22.45)),
]
PUBLISHED = [
    *(Neighbour("second logit", *check) for check in _SECOND_LOGITS),
    *(Neighbour("L2 distance", *check) for check in _L2_NEIGHBOURS),
]
_CODES = {"second logit": "L2", "L2 distance": "L3"}
_SAYINGS = {"second logit": _SECOND, "L2 distance": _NEAREST}
_COLUMNS = {"second logit": "logit_second", "L2 distance": "l2"}
_SPOKEN = {
    "second logit": "second-highest logit",
    "L2 distance": "L2 distance of logits to the nearest",
}


class SpaceClaims(Plan):
    """The networks and the spaces to judge, which have learnt something, and the networks whose
    values the author published, those with torchvision's weights:
    {networks: [resnet50, googlenet], spaces: [latent], googlenets: [googlenet]}.
    """

    networks: list[str]
    spaces: list[str]
    googlenets: list[str]


def settle_space(
    plan: SpaceClaims,
    distributions: pd.DataFrame,
    neighbours: pd.DataFrame,
    neighbour_groups: pd.DataFrame,
    principal: pd.DataFrame,
) -> pd.DataFrame:
    """Return the table CLAIMS of what the plan names of the tables that `claims` takes."""
    return claims(
        distributions[distributions.space.isin(plan.spaces)],
        neighbours,
        neighbour_groups[neighbour_groups.network.isin(plan.networks)],
        principal,
        plan.googlenets,
    )


def claims(
    distributions: pd.DataFrame,
    neighbours: pd.DataFrame,
    neighbour_groups: pd.DataFrame,
    principal: pd.DataFrame,
    googlenets: Sequence[str],
) -> pd.DataFrame:
    """Return the table CLAIMS of rows MAP_DISTRIBUTIONS, NEIGHBOURS, NEIGHBOUR_GROUPS and
    PRINCIPAL_COMPONENTS; `googlenets` are the networks that the published values are of.
    """
    rows = [*_normality(of_first_seed(distributions)), *_grouped(of_first_seed(neighbour_groups))]
    for network in googlenets or [None]:
        rows += [_published(check, own(neighbours), network) for check in PUBLISHED]
        rows += _variances(of_first_seed(principal), network)
    return table(rows)


def _normality(distributions: pd.DataFrame) -> Iterator[Row]:
    for statistic, rule in _SHAPE.items():
        claim, name = Claim("L1", _NORMAL[statistic], _LATENT, rule), _SHAPE_NAMES[statistic]
        if distributions.empty:
            yield row(claim, "no maps of a trained network", name)
        for one in distributions.to_dict("records"):
            norm = "with" if one["batch_norm"] else "without"
            compared = f"map {one['map']} of {one['judge']}:{one['layer']}, {norm} BatchNorm"
            compared, found = f"{compared}, {_run(one)}", _estimate(one, statistic)
            yield row(replace(claim, code=one["code"]), compared, name, found, one["pictures"])


def _estimate(one: dict[str, float], name: str) -> Estimate:
    return Estimate(one[name], one[f"{name}_low"], one[f"{name}_high"])


def _grouped(shares: pd.DataFrame) -> Iterator[Row]:
    statistic = "share of classes whose neighbour ({}) is of their group"
    if shares.empty:
        claim = Claim("L2", _GROUPS, _MERGING, Between())
        kinds, rule = " or ".join(KINDS), "95 % interval above what shuffling gives"
        yield row(claim, "no groups of a trained network", statistic.format(kinds), rule=rule)
    for one in shares[shares.group == ALL].to_dict("records"):
        rule = Between(low=one["baseline_high"])
        claim = Claim("L2", _GROUPS, _MERGING, rule, ", below which 97.5 % of shuffles are")
        found = _estimate(one, "share")
        yield row(claim, _run(one), statistic.format(one["kind"]), found, one["classes"])


def _run(one: dict[str, object]) -> str:
    return f"{one['network']} ({one['set']})"


def _published(check: Neighbour, neighbours: pd.DataFrame, network: str | None) -> Row:
    names = class_names("imagenet")
    name, neighbour = names[check.number], names[check.neighbour]
    text = _SAYINGS[check.kind].format(name=name, neighbour=neighbour)
    of = neighbours[neighbours.network == network]
    rows = _rows(check, of)
    found = student(rows[_COLUMNS[check.kind]].to_numpy(float))
    rule = _around(check.value, _NEAR)
    agrees = bool((rows[KINDS[check.kind]] == check.neighbour).all())
    seen = ", ".join(rows[f"{KINDS[check.kind]}_name"].unique()) or "nothing"
    return row(
        Claim(_CODES[check.kind], text, _LATENT, rule),
        f"{network} (class_images of {of['class'].nunique()})" if len(of) else _PUBLISHED,
        f"{_SPOKEN[check.kind]}; found: {seen}",
        found,
        len(rows),
        rule=f"it is {neighbour}; {rule}, of one seed the value itself",
        verdict=_of_seeds(rule, found) if agrees else NOT_REPRODUCED,
    )


def _rows(check: Neighbour, neighbours: pd.DataFrame) -> pd.DataFrame:
    """Return what a network found, a row a seed; none where either class has no picture.

    A second logit needs no picture of the other class.
    """
    pictured = set(neighbours["class"])
    if check.kind == "L2 distance" and check.neighbour not in pictured:
        return neighbours.iloc[:0]
    return neighbours[neighbours["class"] == check.number].dropna(subset=[KINDS[check.kind]])


def _around(value: float, share: float) -> Between:
    return Between(value * (1 - share), value * (1 + share))


def _of_seeds(rule: Between, found: Estimate) -> str:
    """Judge an estimate over seeds; a single seed is the author's own case, and has no interval."""
    one = isnan(found.low) and not isnan(found.value)
    return rule.verdict(Estimate(found.value, found.value, found.value) if one else found)


def _variances(principal: pd.DataFrame, network: str | None) -> Iterator[Row]:
    for component, value in _EXPLAINED.items():
        text = _VARIANCE.format(place=["first", "second"][component - 1], value=100 * value)
        claim = Claim("L3", text, _LATENT, _around(value, _NEAR_VARIANCE))
        statistic = "share of the variance"
        rows = principal[(principal.network == network) & (principal.component == component)]
        whole = rows[rows.classes == CLASSES]
        if whole.empty:
            compared = f"{network}, all {CLASSES} classes" if network else _PUBLISHED
            yield row(claim, compared, statistic)
        for one in whole.to_dict("records"):
            yield row(claim, _run(one), statistic, _estimate(one, "explained"), one["classes"])
