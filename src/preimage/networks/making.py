"""A network of a plan, with the weights that the plan wants, verified."""

import hashlib
import logging
from pathlib import Path

from preimage.errors import UserError
from preimage.networks.network import Network, planned
from preimage.networks.packages import package_file
from preimage.networks.plan import NetworkPlan
from preimage.networks.prepared import bare
from preimage.networks.states import load_file
from preimage.networks.weights import Source, known_weights, torchvision_source

log = logging.getLogger(__name__)


def make(plan: NetworkPlan, file: Path | None = None) -> tuple[Network, str]:
    """Return the network and a line on where its weights come from.

    `file` holds the state dict, unless the plan names a file or wants none. Raises UserError where
    the two do not agree, or the weights do not fit the architecture.
    """
    match plan.weights:
        case {"untrained": int(seed)}:
            if file:
                raise UserError(f"{plan.name} is untrained in the plan: leave out --weights {file}")
            return planned(plan, seed=seed), f"untrained, seed {seed}"
        case _:
            file, source = _weights_file(plan, file)
            network = planned(plan)
            load_file(bare(network.model), file, f"{plan.name} ({plan.builder}): {file}")
            _tell_of_channels(plan, network, source)
            return network, source


def _tell_of_channels(plan: NetworkPlan, network: Network, source: str) -> None:
    """Log that torchvision's own weights of GoogLeNet and Inception remap channels, by name only.

    From a file they are those of anyone, of which nobody knows.
    """
    by_name = isinstance(plan.weights, str) or not plan.architecture
    if by_name or "transform_input" not in network.options:
        return
    state = "on" if network.options["transform_input"] else "off"
    said = f"{plan.name}: transform_input, which remaps the channels of its images, is {state}"
    if (known := known_weights(plan.architecture, source.rpartition(" ")[2])) is None:
        log.info("%s", said)
    elif "transform_input" not in plan.options:
        log.warning(
            "%s, but the file is torchvision's %s, which by that name has it on: set options: "
            "{transform_input: true} for the same network",
            *(said, known),
        )


def _weights_file(plan: NetworkPlan, given: Path | None) -> tuple[Path, str]:
    """Return the verified file of weights and where it comes from."""
    own = None
    match plan.weights:
        case str(name) if plan.architecture:
            origin = f"torchvision {name}"
            expected = torchvision_source(plan.architecture, name).sha256
        case {"url": url, "sha256": sha256}:
            origin, expected = url, Source(url, sha256).sha256
        case {"package": package, "file": file}:
            origin, expected = f"{file} of the package {package}", plan.weights.get("sha256", "")
            own = None if given else package_file(package, file)
        case {"file": file}:
            origin, expected, own = "a file", plan.weights.get("sha256", ""), Path(file)
        case _:
            raise UserError(
                f"{plan.name}: weights are {plan.weights}; give a name of torchvision's, "
                "url and sha256, file, package and file, or untrained with a seed"
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
