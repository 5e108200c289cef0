"""Training learns, repeats itself, and leaves a network as the study uses networks."""

import pytest
import torch
from torch import nn

from preimage.errors import UserError
from preimage.networks.demo_training import Training, train
from preimage.networks.network import build
from preimage.networks.world import World

TINY = World(("ring",), ("red", "green", "blue"), ("plain", "striped"))
SHORT = Training(world=TINY, size=32, steps=24, batch=16, learning_rate=1e-2)


def small_network(seed=0):
    """Return a network with BatchNorm and dropout: what tells train mode from eval mode."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Sequential(
            nn.Conv2d(3, 16, 5, stride=2),
            nn.BatchNorm2d(16),
            nn.ReLU(),
            nn.Conv2d(16, 32, 3, stride=2),
            nn.BatchNorm2d(32),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Dropout(0.1),
            nn.Linear(32, len(TINY.classes)),
        )


def trained(training=SHORT):
    model = small_network()
    return model, *train(model, training, silent=True)


def same_weights(one, other):
    states = one.state_dict(), other.state_dict()
    return all(torch.equal(states[0][key], states[1][key]) for key in states[0])


@pytest.fixture(scope="module")
def short():
    return trained()


def test_the_loss_falls_and_classes_are_recognised(short):
    _, history, reached = short
    assert history["loss"].iloc[-4:].mean() < history["loss"].iloc[:4].mean() * 2 / 3
    assert reached > 0.5  # three times what guessing gives


def test_the_history_has_a_row_for_each_step(short):
    _, history, reached = short
    assert list(history.columns) == ["step", "loss", "learning_rate", "accuracy"]
    assert history["step"].tolist() == list(range(1, SHORT.steps + 1))
    assert history["learning_rate"].max() == pytest.approx(SHORT.learning_rate, rel=0.05)
    assert history["learning_rate"].iloc[-1] < SHORT.learning_rate / 1000
    measured = history["accuracy"].dropna()
    assert list(measured.index + 1) == [12, 24]
    assert measured.iloc[-1] == reached
    assert measured.between(0, 1).all()


def test_training_repeats_bit_for_bit_whatever_the_global_seed(short):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(4321)
        model, history, reached = trained()
    assert same_weights(model, short[0])
    assert history.equals(short[1])
    assert reached == short[2]


def test_the_seed_of_training_matters(short):
    other = Training(world=TINY, size=32, steps=2, batch=16, seed=1)
    same = Training(world=TINY, size=32, steps=2, batch=16, seed=0)
    assert trained(other)[1]["loss"].tolist() != trained(same)[1]["loss"].tolist()


def test_a_trained_network_is_in_eval_mode_and_frozen(short):
    model, *_ = short
    assert not any(module.training for module in model.modules())
    assert not any(parameter.requires_grad for parameter in model.parameters())
    assert all(parameter.grad is None for parameter in model.parameters())


def test_the_accuracy_is_that_of_the_network_as_it_is_left(short):
    model, _, reached = short
    hits = total = 0
    for pictures, labels in SHORT.held_out():
        hits += (model(pictures).argmax(1) == labels).sum().item()
        total += len(labels)
    assert total == 1024
    assert reached == hits / total


def test_held_out_pictures_are_never_trained_on_and_the_same_for_all():
    shown = [picture for pictures, _ in SHORT.pictures() for picture in pictures]
    held_out = torch.cat([pictures for pictures, _ in SHORT.held_out()])
    assert len(shown) == SHORT.steps * SHORT.batch
    nearest = torch.cdist(torch.stack(shown).flatten(1), held_out.flatten(1)).min()
    assert nearest > 0.5
    other = Training(world=TINY, size=32, steps=7, batch=5, seed=3)
    assert torch.equal(torch.cat([pictures for pictures, _ in other.held_out()]), held_out)


def test_the_global_generator_does_not_move():
    before = torch.random.get_rng_state()
    trained(Training(world=TINY, size=32, steps=1, batch=2))
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize("steps", [1, 2, 3, 5])
def test_however_short_a_training_its_end_is_measured(steps):
    _, history, reached = trained(Training(world=TINY, size=32, steps=steps, batch=4))
    assert len(history) == steps
    assert history["accuracy"].iloc[-1] == reached


def test_bfloat16_trains_float32_weights():
    model, history, _ = trained(
        Training(world=TINY, size=32, steps=3, batch=4, precision="bfloat16")
    )
    exact = trained(Training(world=TINY, size=32, steps=3, batch=4))[1]
    assert {value.dtype for value in model.parameters()} == {torch.float32}
    assert history["loss"].tolist() == pytest.approx(exact["loss"].tolist(), rel=0.05)
    assert history["loss"].tolist() != exact["loss"].tolist()


@pytest.mark.parametrize("architecture", ["resnet18", "googlenet"])
def test_torchvision_networks_are_trained(architecture):
    model = build(architecture, len(TINY.classes))
    before = [value.clone() for value in model.parameters()]
    _, reached = train(model, Training(world=TINY, size=32, steps=3, batch=4), silent=True)
    assert 0 <= reached <= 1
    moved = [not torch.equal(*pair) for pair in zip(before, model.parameters(), strict=True)]
    assert sum(moved) > 0.9 * len(moved)


def test_a_diverging_training_says_so():
    with pytest.raises(UserError, match=r"the loss is (nan|inf) at step \d+ .*lower rate"):
        trained(Training(world=TINY, size=32, steps=30, batch=4, learning_rate=1e30))


def test_auxiliary_heads_are_refused():
    class WithHeads(nn.Linear):
        def forward(self, pictures):
            return super().forward(pictures.mean((2, 3))), None

    with pytest.raises(UserError, match=r"WithHeads gives more than logits.*auxiliary heads"):
        train(WithHeads(3, 6), SHORT, silent=True)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"steps": 0}, "steps is 0"),
        ({"learning_rate": -1e-3}, "learning_rate is -0.001"),
        ({"seed": -1}, "seed is -1"),
        ({"precision": "float16"}, "'float16', must be float32 or bfloat16"),
    ],
)
def test_settings_out_of_range_are_refused(setting, message):
    with pytest.raises(UserError, match=message):
        Training(**setting)
