"""Make a network of given weights, or of none."""

import hashlib
import logging
from pathlib import Path

from preimage.errors import UserError
from preimage.networks.network import (
    Network,
    build,
    complete_options,
    load_state,
    read_state,
    save_network,
)
from preimage.networks.plan import NetworkPlan
from preimage.networks.weights import Source, torchvision_source
from preimage.steps.engine import step
from preimage.steps.reading import NEW_TENSORS

log = logging.getLogger(__name__)


@step()
def build_network(plan: NetworkPlan, network: NEW_TENSORS, weights: Path | None = None) -> None:
    """Build a network, give it its weights, and write it as .safetensors.

    The weights of the plan are a name of torchvision's, such as IMAGENET1K_V1, {url: ..., sha256:
    ...}, {file: ...} with or without sha256, or {untrained: SEED}. --weights is the file of the
    state dict, where the plan names none. Beside the network comes a .json that describes it and
    holds the SHA-256 of its weights.
    """
    if network.suffix != ".safetensors":
        raise UserError(f"--network {network}: a network's file ends in .safetensors")
    made, source = make(plan, weights)
    save_network(made, network, source)
    log.info("%s is written: %s, %s", network, made.architecture, source)


def make(plan: NetworkPlan, file: Path | None = None) -> tuple[Network, str]:
    """Return the network and a line on where its weights come from.

    `file` holds the state dict, unless the plan names a file or wants none. Raises UserError where
    the two do not agree, or the weights do not fit the architecture.
    """
    named = plan.weights if isinstance(plan.weights, str) else None
    options = complete_options(plan.architecture, plan.size, plan.options, named)
    match plan.weights:
        case {"untrained": int(seed)}:
            if file:
                raise UserError(f"{plan.name} is untrained in the plan: leave out --weights {file}")
            model = build(plan.architecture, len(plan.categories), seed=seed, options=options)
            source = f"untrained, seed {seed}"
        case _:
            file, source = _weights_file(plan, file)
            model = build(plan.architecture, len(plan.categories), options=options)
            load_state(model, read_state(file), f"{plan.name} ({plan.architecture}): {file}")
    categories = tuple(plan.categories)
    return Network(plan.name, plan.architecture, model, categories, plan.size, options), source


def _weights_file(plan: NetworkPlan, given: Path | None) -> tuple[Path, str]:
    """Return the verified file of weights and where it comes from."""
    own = None
    match plan.weights:
        case str(name):
            origin = f"torchvision {name}"
            expected = torchvision_source(plan.architecture, name).sha256
        case {"url": url, "sha256": sha256}:
            origin, expected = url, Source(url, sha256).sha256
        case {"file": file}:
            origin, expected, own = "a file", plan.weights.get("sha256", ""), Path(file)
        case _:
            raise UserError(
                f"{plan.name}: weights are {plan.weights}; give a name of torchvision's, "
                "url and sha256, file, or untrained with a seed"
            )
    file = given or own
    if file is None:
        raise UserError(f"{plan.name}: give the file of {origin} with --weights")
    return file, f"{origin}, SHA-256 {verified(file, expected, plan.name)}"


def verified(file: Path, expected: str, name: str) -> str:
    """Return the SHA-256 of a network's file of weights, which must begin as `expected` does."""
    try:
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise UserError(f"{name}: {file} cannot be read: {error.strerror}") from error
    if not digest.startswith(expected.lower()):
        raise UserError(f"{name}: the SHA-256 of {file} is {digest}, expected {expected}")
    return digest
