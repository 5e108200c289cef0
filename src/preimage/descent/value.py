"""The value of objectives on a batch of images, one objective an image, as one vectorised sum."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from preimage.descent.layers import Extractor
from preimage.descent.objective import Direction, Level, Match, Minimum, Objective, View
from preimage.photos import seen_at, squash
from preimage.precision import lengths

_ORDER = {"L1": 1.0, "L2": 2.0, "Linf": torch.inf}
_ABSENT = -1  # for None, which has no order, in the kind of an objective

Seen = Mapping[View, Mapping[str, Tensor]]
Directions = Sequence[tuple[float, Direction]]


def kind(objective: Objective) -> tuple[tuple[object, ...], ...]:
    """Return what two objectives must share to be valued as one batch."""
    read = {(*_place(part), "") for part in objective.parts if isinstance(part, Direction)}
    matches = [(*_place(term), term.metric) for _, term in _matches(objective)]
    matches += [(*_place(term.direction), term.metric) for _, term in _levels(objective)]
    least = [(len(term.parts), *map(_place, term.parts)) for _, term in _minima(objective)]
    return (*sorted([*read, *matches]), *least)


def _place(part: Direction | Match) -> tuple[str, str, int]:
    return part.network, part.layer, _ABSENT if part.side is None else part.side


class Valued(NamedTuple):
    """What B objectives say of one image each, all [B].

    value: has a gradient. m_g, m_i: Euclidean distances to the activations and to the pictures that
    are matched, all matches of an objective together; NaN without one. They have no gradient.
    """

    value: Tensor
    m_g: Tensor
    m_i: Tensor


class Value:
    """Maps images [B, 3, side, side] to what B objectives of one kind say of them.

    All directions at one layer are one tensor of weights over its activation; the first matches of
    all objectives are one tensor of target activations, the second ones another; so are minima.
    """

    def __init__(
        self,
        objectives: Sequence[Objective],
        extractors: Mapping[str, Extractor],
        pictures: Mapping[str, Tensor],
        side: int,
    ) -> None:
        self._extractors = extractors
        self._views = sorted({p.view for o in objectives for p in o.parts}, key=str)
        self._directions = _Sum([_directions(o) for o in objectives], extractors, side)
        self._minima = list(_minimum_sums(objectives, extractors, side))
        self._levels = list(_level_masks(objectives, extractors, side))
        self._targets = list(_match_targets(objectives, extractors, pictures, side))
        self._pictures = list(_match_pictures(objectives, extractors, pictures, side))

    def __call__(self, images: Tensor) -> Valued:
        seen = {
            view: self._extractors[view.network](seen_at(images, view.side)) for view in self._views
        }
        value = self._directions(seen, images)
        for weights, branches in self._minima:
            branch_values = torch.stack([branch(seen, images) for branch in branches])
            value = value + weights * branch_values.min(dim=0).values
        for term, weights, masks, levels in self._levels:
            apart = (seen[term.direction.view][term.direction.layer] - levels) * masks
            value = value - weights * _distance(apart.flatten(1), term.metric)
        differences = []
        for term, weights, targets in self._targets:
            difference = (seen[term.view][term.layer] - targets).flatten(1)
            value = value - weights * _distance(difference, term.metric)
            differences.append(difference)
        apart = [(images - wanted).flatten(1) for wanted in self._pictures]
        return Valued(value, _length(differences, value), _length(apart, value))


def _distance(differences: Tensor, metric: str) -> Tensor:
    return torch.linalg.vector_norm(differences, _ORDER[metric], dim=1)


class _Sum:
    """The weighted sums of the directions of B objectives, [B]."""

    def __init__(
        self, directions: Sequence[Directions], extractors: Mapping[str, Extractor], side: int
    ) -> None:
        places = {(term.view, term.layer) for terms in directions for _, term in terms}
        self._weights = {
            (view, layer): _weights(directions, view, layer, extractors[view.network], side)
            for view, layer in sorted(places, key=str)
        }

    def __call__(self, seen: Seen, images: Tensor) -> Tensor:
        value = torch.zeros(len(images), dtype=images.dtype, device=images.device)
        for (view, layer), weights in self._weights.items():
            value = value + (seen[view][layer] * weights).flatten(1).sum(dim=1)
        return value


def _weights(
    directions: Sequence[Directions], view: View, layer: str, extractor: Extractor, side: int
) -> Tensor:
    """Return the weights [B, ...] over the activation of one layer."""
    layout = extractor.layouts(view.side or side)[layer]
    weights = torch.zeros(len(directions), *layout.shape, dtype=extractor.result_dtype)
    for row, terms in zip(weights, directions, strict=True):
        for weight, term in terms:
            if (term.view, term.layer) == (view, layer):
                row[layout.locate(term)] += weight
    return weights.to(extractor.device)


@torch.no_grad()
def _length(differences: Sequence[Tensor], like: Tensor) -> Tensor:
    """Return the Euclidean length [B] of all differences [B, n] together."""
    if not differences:
        return torch.full_like(like, torch.nan)
    return lengths(torch.stack([lengths(difference) for difference in differences], dim=1))


def _minimum_sums(
    objectives: Sequence[Objective], extractors: Mapping[str, Extractor], side: int
) -> Iterator[tuple[Tensor, list[_Sum]]]:
    """Yield the weights [B] of one minimum of each objective, and the sums it is the least of."""
    for slot in zip(*map(_minima, objectives), strict=True):
        branches = zip(*(term.parts for _, term in slot), strict=True)
        extractor = extractors[slot[0][1].parts[0].network]
        weights = torch.tensor(
            [weight for weight, _ in slot], dtype=extractor.result_dtype, device=extractor.device
        )
        sums = [_Sum([[(1.0, part)] for part in branch], extractors, side) for branch in branches]
        yield weights, sums


def _level_masks(
    objectives: Sequence[Objective], extractors: Mapping[str, Extractor], side: int
) -> Iterator[tuple[Level, Tensor, Tensor, Tensor]]:
    """Yield one term of its kind, weights [B], masks [B, ...] and levels [B, 1, ...]."""
    for slot in zip(*map(_levels, objectives), strict=True):
        _, term = slot[0]
        at, extractor = term.direction, extractors[term.direction.network]
        alone = [[(1.0, one.direction)] for _, one in slot]
        masks = _weights(alone, at.view, at.layer, extractor, side)
        levels = masks.new_tensor([one.value for _, one in slot])
        yield (
            term,
            masks.new_tensor([weight for weight, _ in slot]),
            masks,
            levels.view(-1, *[1] * (masks.ndim - 1)),
        )


def _match_targets(
    objectives: Sequence[Objective],
    extractors: Mapping[str, Extractor],
    pictures: Mapping[str, Tensor],
    side: int,
) -> Iterator[tuple[Match, Tensor, Tensor]]:
    """Yield one term of its kind, weights [B] and target activations [B, ...]."""
    for slot in zip(*map(_matches, objectives), strict=True):
        _, term = slot[0]
        extractor = extractors[term.network]
        seen = term.side or side
        targets = _activations(extractor, term.layer, [m.picture for _, m in slot], pictures, seen)
        yield term, targets.new_tensor([weight for weight, _ in slot]), targets


def _match_pictures(
    objectives: Sequence[Objective],
    extractors: Mapping[str, Extractor],
    pictures: Mapping[str, Tensor],
    side: int,
) -> Iterator[Tensor]:
    """Yield the pictures [B, 3, side, side] that the objectives match, one of each."""
    for slot in zip(*map(_matches, objectives), strict=True):
        extractor = extractors[slot[0][1].network]
        resized = {m.picture: _resized(pictures[m.picture], side, extractor) for _, m in slot}
        yield torch.cat([resized[m.picture] for _, m in slot])


def _directions(objective: Objective) -> Directions:
    return [(weight, term) for weight, term in objective.terms if isinstance(term, Direction)]


def _matches(objective: Objective) -> list[tuple[float, Match]]:
    matches = [(weight, term) for weight, term in objective.terms if isinstance(term, Match)]
    return sorted(matches, key=lambda m: (*_place(m[1]), m[1].metric))


def _levels(objective: Objective) -> list[tuple[float, Level]]:
    levels = [(weight, term) for weight, term in objective.terms if isinstance(term, Level)]
    return sorted(levels, key=lambda m: (*_place(m[1].direction), m[1].metric))


def _minima(objective: Objective) -> list[tuple[float, Minimum]]:
    minima = [(weight, term) for weight, term in objective.terms if isinstance(term, Minimum)]
    return sorted(minima, key=lambda m: [_place(part) for part in m[1].parts])


@torch.no_grad()
def _activations(
    extractor: Extractor,
    layer: str,
    names: Sequence[str],
    pictures: Mapping[str, Tensor],
    side: int,
) -> Tensor:
    activation = {
        name: extractor(_resized(pictures[name], side, extractor))[layer] for name in {*names}
    }
    return torch.cat([activation[name] for name in names])


def _resized(picture: Tensor, side: int, extractor: Extractor) -> Tensor:
    return squash(picture.to(extractor.device, extractor.result_dtype)[None], side)
