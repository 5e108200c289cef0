"""The value of objectives on a batch of images, one objective an image, as one vectorised sum."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from preimage.descent.layers import Extractor
from preimage.descent.objective import Direction, Match, Objective
from preimage.photos import squash
from preimage.precision import lengths

_ORDER = {"L1": 1.0, "L2": 2.0, "Linf": torch.inf}


def kind(objective: Objective) -> tuple[tuple[str, str, str], ...]:
    """Return what two objectives must share to be valued as one batch."""
    directions = {(*at, "") for at in _direction_layers(objective)}
    matches = [(t.network, t.layer, t.metric) for _, t in _sorted_matches(objective)]
    return tuple(sorted([*directions, *matches]))


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
    all objectives are one tensor of target activations, the second ones another.
    """

    def __init__(
        self,
        objectives: Sequence[Objective],
        extractors: Mapping[str, Extractor],
        pictures: Mapping[str, Tensor],
        side: int,
    ) -> None:
        self._extractors = extractors
        self._weights = dict(_direction_weights(objectives, extractors, side))
        self._targets = list(_match_targets(objectives, extractors, pictures, side))
        self._pictures = list(_match_pictures(objectives, extractors, pictures, side))

    def __call__(self, images: Tensor) -> Valued:
        seen = {name: extract(images) for name, extract in self._extractors.items()}
        value = torch.zeros(len(images), dtype=images.dtype, device=images.device)
        for (network, layer), weights in self._weights.items():
            value = value + (seen[network][layer] * weights).flatten(1).sum(dim=1)
        differences = []
        for term, weights, targets in self._targets:
            difference = (seen[term.network][term.layer] - targets).flatten(1)
            distance = torch.linalg.vector_norm(difference, _ORDER[term.metric], dim=1)
            value = value - weights * distance
            differences.append(difference)
        apart = [(images - wanted).flatten(1) for wanted in self._pictures]
        return Valued(value, _length(differences, value), _length(apart, value))


@torch.no_grad()
def _length(differences: Sequence[Tensor], like: Tensor) -> Tensor:
    """Return the Euclidean length [B] of all differences [B, n] together."""
    if not differences:
        return torch.full_like(like, torch.nan)
    return lengths(torch.stack([lengths(difference) for difference in differences], dim=1))


def _direction_weights(
    objectives: Sequence[Objective], extractors: Mapping[str, Extractor], side: int
) -> Iterator[tuple[tuple[str, str], Tensor]]:
    for network, layer in sorted(set().union(*map(_direction_layers, objectives))):
        extractor = extractors[network]
        layout = extractor.layouts(side)[layer]
        weights = torch.zeros(len(objectives), *layout.shape, dtype=extractor.result_dtype)
        for row, objective in zip(weights, objectives, strict=True):
            for weight, term in objective.terms:
                if isinstance(term, Direction) and (term.network, term.layer) == (network, layer):
                    row[layout.locate(term)] += weight
        yield (network, layer), weights.to(extractor.device)


def _direction_layers(objective: Objective) -> set[tuple[str, str]]:
    return {(t.network, t.layer) for _, t in objective.terms if isinstance(t, Direction)}


def _match_targets(
    objectives: Sequence[Objective],
    extractors: Mapping[str, Extractor],
    pictures: Mapping[str, Tensor],
    side: int,
) -> Iterator[tuple[Match, Tensor, Tensor]]:
    """Yield one term of its kind, weights [B] and target activations [B, ...]."""
    for slot in zip(*map(_sorted_matches, objectives), strict=True):
        _, term = slot[0]
        extractor = extractors[term.network]
        targets = _activations(extractor, term.layer, [m.picture for _, m in slot], pictures, side)
        yield term, targets.new_tensor([weight for weight, _ in slot]), targets


def _match_pictures(
    objectives: Sequence[Objective],
    extractors: Mapping[str, Extractor],
    pictures: Mapping[str, Tensor],
    side: int,
) -> Iterator[Tensor]:
    """Yield the pictures [B, 3, side, side] that the objectives match, one of each."""
    for slot in zip(*map(_sorted_matches, objectives), strict=True):
        extractor = extractors[slot[0][1].network]
        resized = {m.picture: _resized(pictures[m.picture], side, extractor) for _, m in slot}
        yield torch.cat([resized[m.picture] for _, m in slot])


def _sorted_matches(objective: Objective) -> list[tuple[float, Match]]:
    matches = [(weight, term) for weight, term in objective.terms if isinstance(term, Match)]
    return sorted(matches, key=lambda m: (m[1].network, m[1].layer, m[1].metric))


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
