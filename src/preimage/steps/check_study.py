"""Check what only torch can tell of a study: architectures, weights' names, layers, optimisers."""

import warnings
from collections.abc import Callable, Mapping
from functools import cache, partial
from itertools import pairwise
from pathlib import Path

import torch
from torch import nn

from preimage.descent.layers import Extractor, execution_order
from preimage.descent.objective import LOGITS, Objective
from preimage.errors import UserError
from preimage.measures.space.axes import without_batch_norm
from preimage.networks.merging import Merging
from preimage.networks.network import (
    build,
    complete_options,
    load_state,
    named_weights,
    read_state,
)
from preimage.networks.plan import NetworkPlan
from preimage.plans import Plan
from preimage.steps.build_network import verified
from preimage.steps.engine import step


class Check(Plan):
    """What is checked, and where the configuration asks for it."""

    where: str


class ObjectiveCheck(Check):
    """An objective, and the sides in pixels at which it is descended on."""

    objective: str
    sides: list[int]


class OrderCheck(Check):
    """Layers that are listed by depth."""

    network: str
    layers: list[str]


class SpaceCheck(Check):
    """Feature maps of a layer whose network judges pictures of a side."""

    network: str
    layer: str
    maps: list[int]
    batch_norm: bool
    side: int


class StudyCheck(Plan):
    """The networks as the steps take them that make networks, and what each is to serve."""

    networks: list[NetworkPlan]
    objectives: list[ObjectiveCheck]
    orders: tuple[OrderCheck, ...] = ()
    spaces: tuple[SpaceCheck, ...] = ()


@step()
def check_study(plan: StudyCheck) -> None:
    """Check what only torch can tell of a study.

    Nothing is computed: networks are built and traced without storage. Of weights only the user's
    own files are read; others are verified when they have come.
    """
    models = {entry.name: _model(entry) for entry in plan.networks}
    for entry in plan.networks:
        _check_size(entry, models[entry.name])
    extractor_of = cache(partial(_extractor, models))  # many features are of one layer
    for entries, check in (
        (plan.objectives, partial(_check_objective, extractor_of=extractor_of)),
        (plan.orders, partial(_check_order, models=models)),
        (plan.spaces, partial(_check_space, models=models)),
    ):
        for entry in entries:
            try:
                check(entry)
            except UserError as error:
                raise UserError(f"configuration, {entry.where}: {error}") from error


def _model(entry: NetworkPlan) -> nn.Module:
    """Build a network without storage for its parameters."""
    where = f"configuration, network {entry.name}"
    named = entry.weights if isinstance(entry.weights, str) else None
    try:
        if named:
            named_weights(entry.architecture, named)
        options = complete_options(entry.architecture, entry.size, entry.options, named)
        with torch.device("meta"):
            model = build(entry.architecture, len(entry.categories), options=options)
        _check_weights(entry, model)
    except UserError as error:
        raise UserError(f"{where}: {error}") from error
    return model


def _check_weights(entry: NetworkPlan, model: nn.Module) -> None:
    """Raise UserError where the user's own file of weights is not that of the network.

    So too where the optimiser that is to change the weights does not take them.
    """
    match entry.weights:
        case {"merged": {"optimiser": optimiser}}:
            Merging(optimiser=optimiser).optimiser_for(model)
        case {"file": file, "sha256": sha256}:
            verified(Path(file), sha256, entry.name)
            with warnings.catch_warnings(action="ignore"):  # that nothing is copied
                load_state(model, read_state(file), file)


def _check_size(entry: NetworkPlan, model: nn.Module) -> None:
    """Raise UserError where the network cannot judge pictures of its size."""
    try:
        Extractor(model, [LOGITS], device="meta", name=entry.architecture).layouts(entry.size)
    except UserError as error:
        raise UserError(f"configuration, network {entry.name}, size: {error}") from error


def _extractor(models: Mapping[str, nn.Module], network: str, layer: str) -> Extractor:
    return Extractor(models[network], [layer], device="meta", name=network)


def _check_objective(entry: ObjectiveCheck, extractor_of: Callable[[str, str], Extractor]) -> None:
    for part in Objective.parse(entry.objective).parts:
        extractor_of(part.network, part.layer).check([part], entry.sides)


def _check_order(entry: NetworkPlan, models: Mapping[str, nn.Module]) -> None:
    """Raise UserError for layers that do not come in order of execution, which is their depth."""
    places = execution_order(models[entry.network])
    for before, layer in pairwise(entry.layers):
        if places[layer] < places[before]:
            raise UserError(
                f"layer {layer} of {entry.network} is listed behind {before}, which runs later: "
                "list layers from the first to the deepest"
            )


def _check_space(entry: NetworkPlan, models: Mapping[str, nn.Module]) -> None:
    """Raise UserError for a layer or map that is not there, and for BatchNorms that are not."""
    name, layer = entry.network, entry.layer
    model = models[name]
    if not entry.batch_norm:
        model = without_batch_norm(model, layer, name)
    furthest = Objective.parse(f"{name}:{layer}[{max(entry.maps)}]")
    _extractor({name: model}, name, layer).check(furthest.parts, [entry.side])
