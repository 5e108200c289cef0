"""Train a network on the demo world."""

import logging

import pandas as pd
from msgspec import UNSET, UnsetType

from preimage.errors import UserError
from preimage.networks.demo_training import Training, train
from preimage.networks.network import planned, save_network
from preimage.networks.plan import NetworkPlan
from preimage.plans import Plan
from preimage.steps.computing import Machine
from preimage.steps.engine import step
from preimage.steps.reading import NEW_TENSORS
from preimage.tables.training import TRAINING

log = logging.getLogger(__name__)


class Settings(Plan):
    """How long, in what batches, how fast and from what seed; what is left out is Training's."""

    data: str = "demo"
    steps: int | UnsetType = UNSET
    batch: int | UnsetType = UNSET
    learning_rate: float | UnsetType = UNSET
    seed: int | UnsetType = UNSET


class Trained(Plan):
    """Weights that a training makes."""

    trained: Settings


class TrainedNetwork(NetworkPlan):
    """A network as above, with weights: {trained: {steps: 200, batch: 32, learning_rate: 0.001}}.

    Its categories are all classes of the demo world, in their order.
    """

    weights: Trained


@step(history=TRAINING)
def train_network(plan: TrainedNetwork, machine: Machine, network: NEW_TENSORS) -> pd.DataFrame:
    """Train a network on the demo world; write it and the history of its training."""
    training = _training(plan)
    made = planned(plan, seed=training.seed)
    history, accuracy = train(made.model, training, machine.device, desc=f"training {plan.name}")
    log.info("%s recognises %.1f %% of held-out pictures", plan.name, 100 * accuracy)
    save_network(made, network, f"trained on the demo world: {training}")
    return history.assign(network=plan.name, data="demo", epoch=None)


def _training(plan: TrainedNetwork) -> Training:
    if plan.weights.trained.data != "demo":
        raise UserError(f"{plan.name}: data is {plan.weights.trained.data!r}, here it is demo")
    settings = plan.weights.trained.given("data")
    training = Training(size=plan.size, **settings)
    if plan.categories != training.world.classes:
        raise UserError(
            f"{plan.name}: {len(plan.categories)} categories, which are not the "
            f"{len(training.world.classes)} classes of the demo world: give all of them, in order"
        )
    return training
