"""Make a network of given weights, or of none."""

import logging
from pathlib import Path

from preimage.errors import UserError
from preimage.networks.making import make
from preimage.networks.network import save_network
from preimage.networks.plan import NetworkPlan
from preimage.steps.engine import step
from preimage.steps.reading import NEW_TENSORS

log = logging.getLogger(__name__)


@step()
def build_network(plan: NetworkPlan, network: NEW_TENSORS, weights: Path | None = None) -> None:
    """Build a network, give it its weights, and write it as .safetensors.

    The weights of the plan are a name of torchvision's, such as IMAGENET1K_V1, {url: ..., sha256:
    ...}, {file: ...} or {package: ..., file: ...} with or without sha256, or {untrained: SEED}.
    --weights is the file of the state dict, where the plan names none. Beside the network comes a
    .json that describes it and holds the SHA-256 of its weights. Of a plan with a module, the code
    of that module runs.
    """
    if network.suffix != ".safetensors":
        raise UserError(f"--network {network}: a network's file ends in .safetensors")
    made, source = make(plan, weights)
    save_network(made, network, source)
    log.info("%s is written: %s, %s", network, made.architecture, source)
