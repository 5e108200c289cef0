"""Check what only torch can tell of a study: architectures, weights' names, layers, optimisers."""

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import cache
from itertools import pairwise
from pathlib import Path

import torch
from torch import nn

from preimage.descent.layers import Extractor, execution_order
from preimage.descent.objective import LOGITS, Direction, Match, Objective
from preimage.errors import UserError
from preimage.measures.space.axes import without_batch_norm
from preimage.networks.making import verified
from preimage.networks.merging import Merging
from preimage.networks.network import named_weights, planned
from preimage.networks.packages import package_file
from preimage.networks.plan import NetworkPlan
from preimage.networks.prepared import bare
from preimage.networks.shapes import without_values
from preimage.networks.states import load_file
from preimage.networks.trained_on import otherwise
from preimage.operations import counted
from preimage.plans import Plan
from preimage.steps.engine import step
from preimage.study.keys import read_known, write_key
from preimage.study.needs import key

log = logging.getLogger(__name__)


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
def check_study(plan: StudyCheck, costs: Path | None = None) -> None:
    """Check what only torch can tell of a study.

    Hardly anything is computed: torchvision's networks are built and traced without storage, those
    of other modules are run. Of weights only the user's own files and those of packages are read;
    others are verified when they have come. A network whose weights expect other images than it is
    to be given is a warning.

    In a file of costs, which other studies have too, is written what each network takes for an
    image: the floating-point operations, the bytes kept for a gradient, and those of its weights.
    """
    networks = _Networks(plan.networks, plan.objectives)
    for entry in plan.networks:
        _check_size(entry, networks)
    for entries, check in (
        (plan.objectives, _check_objective),
        (plan.orders, _check_order),
        (plan.spaces, _check_space),
    ):
        for entry in entries:
            try:
                check(entry, networks)
            except UserError as error:
                raise UserError(f"configuration, {entry.where}: {error}") from error
    if costs:
        _write_costs(plan.networks, networks, costs)


def _write_costs(entries: Sequence[NetworkPlan], networks: "_Networks", file: Path) -> None:
    """Add to a file what the networks take whose costs are not there yet."""
    known = read_known(file)
    keyed = {key(entry.data()): entry for entry in entries}
    missing = {one: entry for one, entry in keyed.items() if one not in known}
    if missing:
        write_key(file, known | {one: _cost(entry, networks) for one, entry in missing.items()})


def _cost(entry: NetworkPlan, networks: "_Networks") -> list[float]:
    """Return what a network takes for an image, as `needs.Image` has it."""
    reader = networks.reader(entry.name, LOGITS)
    side = (3, entry.size, entry.size)
    image = torch.zeros(1, *side, device=reader.device, requires_grad=True)
    found = counted(lambda: reader(image))
    weights = networks.models[entry.name].state_dict().values()
    return [found.flops, found.held, float(sum(value.nbytes for value in weights))]


class _Networks:
    """The networks of a study; those that are alike but for weights are one.

    torchvision's are without storage. What others wrote may not work without, and has it.
    """

    def __init__(
        self, entries: Sequence[NetworkPlan], objectives: Sequence[ObjectiveCheck]
    ) -> None:
        alike: dict[str, nn.Module] = {}
        self.models = {}
        for entry in entries:
            named = entry.weights if isinstance(entry.weights, str) else None
            built = (entry.builder, entry.options, entry.arguments, entry.output, entry.input)
            key = str((*built, entry.size, len(entry.categories), named))
            if key not in alike:
                alike[key] = _model(entry)
            self.models[entry.name] = alike[key]
            _check_weights(entry, bare(alike[key]))
        self._layers: dict[int, list[str]] = {}  # that are asked of networks that are alike
        for part in (part for o in objectives for part in Objective.parse(o.objective).parts):
            if part.network in self.models:
                self._layers.setdefault(id(self.models[part.network]), []).append(part.layer)
        self._readers: dict[tuple[int, ...], Extractor] = {}
        self._sizes = {entry.name: entry.size for entry in entries}

    @cache  # noqa: B019  it lives as long as the step
    def order(self, network: str) -> dict[str, int]:
        """Return the place of each layer of a network in the order of execution."""
        return execution_order(self.models[network], self._sizes[network])

    def check(self, part: Direction | Match, sides: Sequence[int]) -> None:
        """Raise UserError where there is nothing at an address, of images of any of `sides`."""
        model = self.models[part.network]
        try:  # all layers at once: it takes a quarter of the time
            self._reader(model, part.network, *self._layers[id(model)]).check([part], sides)
        except UserError:  # of this layer, or of another one
            self.reader(part.network, part.layer).check([part], sides)

    def reader(self, network: str, layer: str) -> Extractor:
        """Return what reads a layer of a network; many objectives are of one layer."""
        return self._reader(self.models[network], network, layer)

    def _reader(self, model: nn.Module, network: str, *layers: str) -> Extractor:
        key = (id(model), *layers)
        if key not in self._readers:
            self._readers[key] = _reader_of(model, network, *layers)
        self._readers[key].name = network  # for its messages
        return self._readers[key]


def _reader_of(model: nn.Module, network: str, *layers: str) -> Extractor:
    """Return what reads layers of a model, without storage if that has none."""
    device = next((value.device for value in model.parameters()), "cpu")
    return Extractor(model, layers, device=device, name=network)


def _model(entry: NetworkPlan) -> nn.Module:
    """Build a network; one of torchvision's without storage for its parameters."""
    with _named(entry):
        if isinstance(entry.weights, str) and entry.architecture:
            named_weights(entry.architecture, entry.weights)
        with nullcontext() if entry.module else without_values():
            return planned(entry).model


def _check_weights(entry: NetworkPlan, model: nn.Module) -> None:
    """Raise UserError where the user's own file of weights is not that of the network.

    So too where the optimiser that is to change the weights does not take them.
    """
    with _named(entry):
        match entry.weights:
            case {"merged": {"optimiser": optimiser}}:
                Merging(optimiser=optimiser).optimiser_for(model)
            case {"file": file, "sha256": sha256, **place}:
                path = package_file(place["package"], file) if place else Path(file)
                verified(path, sha256, entry.name)
                with warnings.catch_warnings(action="ignore"):  # that nothing is copied
                    load_file(model, path, file)
        if said := otherwise(entry, model):
            log.warning("network %s: %s", entry.name, said)


@contextmanager
def _named(entry: NetworkPlan) -> Iterator[None]:
    """Say in an error of which network of the configuration it is."""
    try:
        yield
    except UserError as error:
        raise UserError(f"configuration, network {entry.name}: {error}") from error


def _check_size(entry: NetworkPlan, networks: _Networks) -> None:
    """Raise UserError where the network cannot judge pictures of its size."""
    try:
        networks.reader(entry.name, LOGITS).layouts(entry.size)
    except UserError as error:
        raise UserError(f"configuration, network {entry.name}, size: {error}") from error


def _check_objective(entry: ObjectiveCheck, networks: _Networks) -> None:
    for part in Objective.parse(entry.objective).parts:
        networks.check(part, entry.sides)


def _check_order(entry: OrderCheck, networks: _Networks) -> None:
    """Raise UserError for layers that do not come in order of execution, which is their depth."""
    places = networks.order(entry.network)
    for before, layer in pairwise(entry.layers):
        if places[layer] < places[before]:
            raise UserError(
                f"layer {layer} of {entry.network} is listed behind {before}, which runs later: "
                "list layers from the first to the deepest"
            )


def _check_space(entry: SpaceCheck, networks: _Networks) -> None:
    """Raise UserError for a layer or map that is not there, and for BatchNorms that are not."""
    name, layer = entry.network, entry.layer
    furthest = Objective.parse(f"{name}:{layer}[{max(entry.maps)}]").parts
    if entry.batch_norm:
        reader = networks.reader(name, layer)
    else:
        model = without_batch_norm(networks.models[name], layer, name)
        reader = _reader_of(model, name, layer)
    reader.check(furthest, [entry.side])
