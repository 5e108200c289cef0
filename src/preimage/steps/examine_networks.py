"""What networks are before any descent: sizes, ranks, first weights, what they know of noise."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import pandas as pd
from msgspec import UNSET, Meta, UnsetType
from torch import Tensor

from preimage.errors import UserError
from preimage.measures.depth.exact import (
    Fact,
    batch_norms_at_rest,
    coherences,
    conditions,
    elements,
    inputs,
    known_noise,
    lost_dimensions,
)
from preimage.networks.network import Network, load_network
from preimage.photos import open_photo
from preimage.plans import Plan
from preimage.progress import progress
from preimage.steps.computing import Machine
from preimage.steps.engine import step
from preimage.tables.depth import NETWORK_FACTS


class Asked(Plan):
    """What is asked of a network.

    layers: whose elements are counted, of images of that size in pixels. small: those of them
    whose rank is taken, of a small image. tiny: those whose singular values are taken, at tiny
    photos. noise: what the network has learnt by heart, such as
    {images: 300, labels: 10, size: 48, seed: 0}.
    """

    layers: list[str]
    size: Annotated[int, Meta(ge=1)]
    small: list[str] = msgspec.field(default_factory=list)
    tiny: list[str] = msgspec.field(default_factory=list)
    noise: dict[str, int] | UnsetType = UNSET


class Examined(Plan):
    """The plan says what is asked of each network, and of which photos:

    networks: {mine: {layers: [conv1], size: 299}}
    photos: {cat: {shipped: chelsea, sha256: ...}}
    """

    networks: dict[str, Asked]
    photos: dict[str, dict[str, str]] = msgspec.field(default_factory=dict)


@step(facts=NETWORK_FACTS)
def examine_networks(plan: Examined, networks: Sequence[Path], machine: Machine) -> pd.DataFrame:
    """Write what there is to know of networks, named by their files, without any descent."""
    if missing := {*plan.networks} - {path.stem for path in networks}:
        raise UserError(f"the network {', '.join(sorted(missing))} of the plan is not given")
    photos = [open_photo(photo) for photo in plan.photos.values()]
    rows = []
    for path in progress(networks, "examine", unit="network"):
        if path.stem in plan.networks:
            network = load_network(path, modules=machine.modules)
            found = _facts(network, plan.networks[path.stem], photos, machine)
            rows += [{"network": path.stem, **fact} for fact in found]
    return pd.DataFrame(rows, columns=NETWORK_FACTS.names)


def _facts(
    network: Network, asked: Asked, photos: Sequence[Tensor], machine: Machine
) -> Iterator[Fact]:
    yield from inputs(network.model, asked.size)
    yield from elements(network.model, asked.layers, asked.size)
    yield from (lost_dimensions(network.model, layer) for layer in asked.small)
    for layer in asked.tiny:
        yield from conditions(network.model, layer, photos)
    yield batch_norms_at_rest(network.model)
    yield from coherences(network.model)
    if asked.noise is not UNSET:
        yield from known_noise(network.model.to(machine.device), asked.noise)
