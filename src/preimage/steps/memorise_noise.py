"""Train a network on noise."""

import logging

from msgspec import UNSET, UnsetType

from preimage.checkpoint import Checkpoint
from preimage.errors import UserError
from preimage.networks.memorising import Memorising, memorise
from preimage.networks.network import planned, save_network
from preimage.networks.noise import Noise
from preimage.networks.plan import NetworkPlan
from preimage.plans import Plan
from preimage.steps.computing import Machine
from preimage.steps.engine import step
from preimage.steps.reading import NEW_TABLE, NEW_TENSORS
from preimage.study.code import step_digest
from preimage.study.keys import digest
from preimage.tables.parquet import write_table
from preimage.tables.training import TRAINING

log = logging.getLogger(__name__)

_BY_HEART = 0.9  # a judgement: of images, below which more epochs or a higher rate are missing
OF_NOISE = ("images", "labels", "seed")


class Settings(Plan):
    """How much noise is learnt, and how; what is left out is that of Noise and Memorising."""

    data: str
    images: int
    labels: int
    epochs: int
    seed: int | UnsetType = UNSET
    batch: int | UnsetType = UNSET
    learning_rate: float | UnsetType = UNSET


class Trained(Plan):
    """Weights that a training makes."""

    trained: Settings


class NoiseNetwork(NetworkPlan):
    """A network as above, with a category for each label and weights: {trained: {data: noise,
    images: 10000, labels: 100, epochs: 90, batch: 128, learning_rate: 0.0001, seed: 0}}.
    """

    weights: Trained


@step()
def memorise_noise(
    plan: NoiseNetwork, machine: Machine, network: NEW_TENSORS, history: NEW_TABLE
) -> None:
    """Let a network learn noise by heart; write it and the history of its training.

    After every epoch a checkpoint is written beside the network, NET.checkpoint.safetensors.
    Killed and called again, the step goes on from there; the checkpoint of another plan or of other
    code is not used. It is deleted when all is written.
    """
    training = _training(plan)
    made = planned(plan, seed=training.noise.seed)
    checkpoint = Checkpoint(network.with_suffix(".checkpoint.safetensors"), _key(plan))
    desc = f"training {plan.name}"
    rows, accuracy = memorise(
        made.model, training, machine.device, checkpoint=checkpoint, desc=desc
    )
    tell = log.info if accuracy > _BY_HEART else log.warning
    tell("%s recognises %.1f %% of the images that it learnt", plan.name, 100 * accuracy)
    rows = rows.assign(network=plan.name, data="noise")
    write_table(rows, history, TRAINING, {"device": str(machine.device)})
    save_network(made, network, f"trained on noise: {training}")
    checkpoint.remove()


def _key(plan: NoiseNetwork) -> str:
    code = step_digest("memorise_noise")
    return digest({"plan": plan.data(), "code": code})


def _training(plan: NoiseNetwork) -> Memorising:
    asked = plan.weights.trained
    if asked.data != "noise":
        raise UserError(f"{plan.name}: data is {asked.data!r}, here it is noise")
    settings = asked.given("data")
    noise = Noise(size=plan.size, **{k: v for k, v in settings.items() if k in OF_NOISE})
    if len(plan.categories) != noise.labels:
        raise UserError(
            f"{plan.name}: {noise.labels} labels, and {len(plan.categories)} categories: give one "
            "for each label"
        )
    return Memorising(noise, **{k: v for k, v in settings.items() if k not in OF_NOISE})
