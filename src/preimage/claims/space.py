"""What the pages claim of the space of classes, and what a study finds of it (codes L1 and L2).

Whether classes are alike for people is told by groups of WordNet. The author published values for
GoogLeNet with torchvision's weights and all classes of ImageNet: they calibrate the table (Z1).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from preimage.claims.ledger import Evidence, Samples
from preimage.claims.makers import TRAINED, UNTRAINED, Maker, Makers
from preimage.claims.seen import is_picture
from preimage.measures.space.neighbours import grouped_scores, own
from preimage.measures.space.traits import beats_shuffles
from preimage.measures.statistics.intervals import shuffled
from preimage.measures.statistics.samples import Known, Sample
from preimage.measures.statistics.seeds import of_first_seed
from preimage.plans import Plan

_NETWORK, _CLASSES = "googlenet", 1000
_NEAREST = "l2_neighbour"
_SPACE = ["set", "network", "judge", "layer", "batch_norm"]

Groups = Mapping[str, Sequence[int]]


@dataclass(frozen=True)
class _Published:
    """What was published of a class, by number: its neighbour, and the column that has it."""

    number: int
    neighbour: int
    column: str
    part: str
    value: str


def _second(number: int, neighbour: int) -> _Published:
    return _Published(number, neighbour, "second_neighbour", "logit", "logit_second")


def _near(number: int, neighbour: int) -> _Published:
    return _Published(number, neighbour, "l2_neighbour", "distance", "l2")


PUBLISHED = {
    "Z1.1": _second(0, 1),
    "Z1.2": _second(2, 3),
    "Z1.3": _second(7, 8),
    "Z1.4": _second(11, 12),
    "Z1.5": _second(55, 64),
    "Z1.6": _second(251, 212),
    "Z1.7": _second(250, 248),
    "Z1.8": _near(0, 391),
    "Z1.9": _near(11, 15),
    "Z1.10": _near(15, 11),
    "Z1.11": _near(277, 278),
    "Z1.12": _near(278, 277),
}
_EXPLAINED = {"Z1.13": 1, "Z1.14": 2}  # principal components


class SpaceClaims(Plan):
    """Groups of classes by name, whether classes are those of ImageNet, as on the pages, and the
    networks that take their input as it is, as those do on the pages whose maps are the axes:

    groups: [[dogs, [151, 152]], [birds, [7, 8]]]
    imagenet: true
    as_it_is: [googlenet-hidden]
    """

    groups: list[tuple[str, list[int]]]
    imagenet: bool
    as_it_is: list[str]


def settle_space(
    plan: SpaceClaims,
    makers: Makers,
    means: pd.DataFrame,
    neighbours: pd.DataFrame,
    pixels: pd.DataFrame,
) -> Iterator[Evidence]:
    """Yield what rows MAP_MEANS, NEIGHBOURS and PIXEL_NEIGHBOURS say of groups of classes."""
    groups = dict(plan.groups)
    judged = _by_network(of_first_seed(own(neighbours)))
    for network, rows in judged.items():
        if _state(network, makers) == TRAINED:
            about = {"networks": f"{network} ({rows.set.iloc[0]})", "measured_in": network}
            about["primary"] = _is_page_s(network, makers, rows["class"].nunique())
            if parts := _near_in_output(rows, groups):
                control = _of_twin(network, judged, makers, groups)
                yield Evidence("L2.1", parts, **about, control=control)
            if found := _beyond_pixels(rows, pixels, groups):
                yield Evidence("L1.2", found[0], **about, control=found[1])
    yield from _before_training(judged, makers, groups)
    yield from _traits(plan, makers, means)


def settle_published(
    plan: SpaceClaims, makers: Makers, neighbours: pd.DataFrame, principal: pd.DataFrame
) -> Iterator[Evidence]:
    """Yield what rows NEIGHBOURS and PRINCIPAL_COMPONENTS of GoogLeNet say of published values."""
    for network in [n for n in makers if makers[n].is_page_s(_NETWORK)] if plan.imagenet else []:
        rows = own(neighbours)
        rows = rows[rows.network == network]
        about = {"networks": network, "measured_in": network, "primary": True}
        for claim, check in PUBLISHED.items():
            if parts := _as_published(check, rows):
                yield Evidence(claim, parts, **about)
        components = of_first_seed(principal[principal.network == network])
        for claim, number in _EXPLAINED.items():
            found = components[components.component == number]
            for one in found[found.classes == _CLASSES].to_dict("records"):
                ends = (one["explained"], one["explained_low"], one["explained_high"])
                yield Evidence(claim, {"share": Known(*ends, n=one["classes"])}, **about)


def _state(network: str, makers: Makers) -> str:
    return makers[network].state if network in makers else TRAINED


def _is_page_s(network: str, makers: Makers, classes: int) -> bool:
    return network in makers and makers[network].is_page_s(_NETWORK) and classes == _CLASSES


def _by_network(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return dict(iter(rows.groupby("network", sort=False)))


def _excess(rows: pd.DataFrame, groups: Groups) -> np.ndarray:
    """Return, by class, whether its nearest is of its group, less what shuffles seldom exceed."""
    _, scores = grouped_scores(rows, _NEAREST, groups)
    if not len(scores):
        return np.array([])
    return np.diagonal(scores) - shuffled(scores).high


def _near_in_output(rows: pd.DataFrame, groups: Groups) -> Samples:
    found = _excess(rows, groups)
    return {"excess": Sample(found)} if len(found) else {}


def _of_twin(
    network: str, judged: Mapping[str, pd.DataFrame], makers: Makers, groups: Groups
) -> Samples:
    """Return the same of a network of that architecture before training."""
    twins = [name for name in judged if _is_twin(makers.get(name), makers.get(network))]
    return _near_in_output(judged[twins[0]], groups) if twins else {}


def _is_twin(one: Maker | None, trained: Maker | None) -> bool:
    known = one is not None and trained is not None
    return known and one.state == UNTRAINED and one.architecture == trained.architecture


def _before_training(
    judged: Mapping[str, pd.DataFrame], makers: Makers, groups: Groups
) -> Iterator[Evidence]:
    """Yield the same of all initialisations of an architecture."""
    untrained = [name for name in judged if _state(name, makers) == UNTRAINED]
    for built in dict.fromkeys(makers[name].architecture for name in untrained):
        alike = [name for name in untrained if makers[name].architecture == built]
        values = {name: _excess(judged[name], groups) for name in alike}
        means = np.array([found.mean() for found in values.values() if len(found)])
        if len(means):
            trained = [name for name in judged if _is_twin(makers[alike[0]], makers.get(name))]
            control = _near_in_output(judged[trained[0]], groups) if trained else {}
            where, primary = ", ".join(values), built == _NETWORK
            parts = {"excess": Sample(means)}
            yield Evidence("L2.2", parts, where, primary=primary, control=control)


def _beyond_pixels(
    rows: pd.DataFrame, pixels: pd.DataFrame, groups: Groups
) -> tuple[Samples, Samples] | None:
    """Return by how many more classes have a nearest of their group by logits than by pixels."""
    both = rows.merge(pixels, on=["set", "network", "seed", "class"])
    both = both.dropna(subset=[_NEAREST, "pixel_neighbour"])
    (_, by_logits), (_, by_pixels) = (
        grouped_scores(both, column, groups) for column in (_NEAREST, "pixel_neighbour")
    )
    if not len(by_logits):
        return None
    less = np.diagonal(by_pixels).astype(float)
    difference = np.diagonal(by_logits) - less
    dealt = by_logits.mean(axis=1) - less
    return {"difference": Sample(difference)}, {"difference": Sample(dealt)}


def _traits(plan: SpaceClaims, makers: Makers, means: pd.DataFrame) -> Iterator[Evidence]:
    """Yield how many maps of each space tell groups of classes apart."""
    groups = dict(plan.groups)
    spaces = {
        keys: rows for keys, rows in means.groupby(_SPACE, sort=False) if keys[-1]
    }  # with BatchNorms, as on the page
    found = {keys: _telling(of_first_seed(rows), groups) for keys, rows in spaces.items()}
    for keys, truths in found.items():
        image_set, network, judge, layer, _ = keys
        if _state(judge, makers) != TRAINED or not len(truths):
            continue
        about = {"networks": f"{network} ({image_set})", "measured_in": f"{judge}:{layer}"}
        classes = spaces[keys]["class"].nunique()
        page_s = all(_is_page_s(name, makers, classes) for name in (network, judge))
        about["primary"] = page_s and judge in plan.as_it_is
        twins = [
            other
            for (*place, name, at, _), other in found.items()
            if [*place, at] == [image_set, network, layer]
            and _is_twin(makers.get(name), makers.get(judge))
        ]
        control = {"share": Sample(twins[0], "share")} if twins and len(twins[0]) else {}
        yield Evidence("L1.1", {"share": Sample(truths, "share")}, **about, control=control)


def _telling(means: pd.DataFrame, groups: Groups) -> np.ndarray:
    """Return of each map whether groups of classes differ along it; a class is in its first."""
    number = {c: i for i, members in reversed(list(enumerate(groups.values()))) for c in members}
    fine = means[is_picture(means) & means["class"].isin(number)]
    values = fine.pivot_table(index="class", columns="map", values="mean").dropna()
    belongs = np.array([number[c] for c in values.index], dtype=np.int64)
    if len(np.unique(belongs)) < 2:
        return np.array([])
    return beats_shuffles(values.to_numpy(float), belongs)


def _as_published(check: _Published, rows: pd.DataFrame) -> Samples:
    """Return how often the neighbour is as published, and its value; nothing where either class has
    no picture. A second logit needs no picture of the other class.
    """
    if check.column == _NEAREST and check.neighbour not in set(rows["class"]):
        return {}
    found = rows[rows["class"] == check.number].dropna(subset=[check.column])
    if found.empty:
        return {}
    share = float((found[check.column] == check.neighbour).mean())
    values = found[check.value].to_numpy(float)
    one = len(values) == 1  # the author's own case, without an interval
    value = Known(float(values[0])) if one else Sample(values)
    return {"neighbour": Known(share), check.part: value}
