"""A network learns the logits of another, and goes on after a kill as if nothing had been."""

from itertools import chain

import pytest
import torch
from torch import nn

from preimage.checkpoint import Checkpoint
from preimage.errors import UserError
from preimage.networks.merging import LOSSES, Merging, merge, optimiser_named
from preimage.tables.merging import LOSS_NAMES

IMAGES = torch.rand(5, 3, 8, 8, generator=torch.Generator().manual_seed(1))
TARGETS = torch.randn(5, 4, generator=torch.Generator().manual_seed(2))
SHORT = Merging(learning_rate=1e-2, steps=7, batch=2)


def network():
    """Return a network in eval mode whose BatchNorm and dropout would do more in training mode."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = nn.Sequential(
            *(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU()),
            *(nn.Flatten(), nn.Dropout(0.5), nn.Linear(144, 4)),
        )
    model[1].running_mean.fill_(0.3)
    return model.eval().requires_grad_(requires_grad=False)


def merged(merging=SHORT, **options):
    model = network()
    return model, merge(model, IMAGES, TARGETS, merging, silent=True, **options)


def same_weights(one, other):
    states = one.state_dict(), other.state_dict()
    return all(torch.equal(states[0][key], states[1][key]) for key in states[0])


def test_the_default_is_gradient_descent_as_on_the_page():
    """All pictures a step: weights less the learning rate times the gradient of the mean."""
    model, history = merged(Merging(learning_rate=1e-3, steps=3))
    expected = network().requires_grad_()
    losses = []
    for _ in range(3):
        loss = ((expected(IMAGES) - TARGETS) ** 2).sum() / len(IMAGES)
        gradients = torch.autograd.grad(loss, list(expected.parameters()))
        with torch.no_grad():
            for parameter, gradient in zip(expected.parameters(), gradients, strict=True):
                parameter.sub_(1e-3 * gradient)
        losses.append(loss.item())
    assert history["loss"].tolist() == pytest.approx(losses)
    for one, other in zip(model.parameters(), expected.parameters(), strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize(
    ("name", "expected"), [("sum_of_squares", [25, 4]), ("l1", [7, 2]), ("l2", [5, 2])]
)
def test_losses_are_of_each_picture(name, expected):
    assert LOSSES[name](torch.tensor([[3.0, 0, -4], [0, 2, 0]])).tolist() == expected
    assert list(LOSSES) == list(LOSS_NAMES)


@pytest.mark.parametrize(
    ("optimiser", "loss", "learning_rate"),
    [
        *(("SGD", loss, 3e-2) for loss in LOSSES),
        *((name, "sum_of_squares", 1e-3) for name in ("Adam", "Rprop", "LBFGS")),
    ],
)
def test_the_loss_falls(optimiser, loss, learning_rate):
    _, history = merged(Merging(loss, optimiser, learning_rate, steps=40))
    assert history["loss"].iloc[-1] < 0.95 * history["loss"].iloc[0]


def test_the_statistics_of_batchnorm_stay_and_the_network_is_frozen_in_the_end():
    model, _ = merged()
    assert model[1].running_mean.tolist() == pytest.approx([0.3] * 4)
    assert model[1].num_batches_tracked == 0
    assert not any(module.training for module in model.modules())
    assert not any(p.requires_grad or p.grad is not None for p in model.parameters())


def test_every_picture_is_seen_once_before_any_is_seen_again():
    seen = [SHORT.pictures(step, 5) for step in range(1, 7)]
    assert [len(batch) for batch in seen] == [2, 2, 1] * 2
    rounds = [[*chain(*seen[:3])], [*chain(*seen[3:])]]
    assert [sorted(order) for order in rounds] == [[0, 1, 2, 3, 4]] * 2
    assert rounds[0] != rounds[1]
    assert seen[0] != Merging(batch=2, seed=1).pictures(1, 5)
    assert Merging(batch=5).pictures(9, 5) == [0, 1, 2, 3, 4]


def test_merging_repeats_bit_for_bit():
    (one, history), (other, again) = merged(), merged()
    assert same_weights(one, other)
    assert history.equals(again)
    assert history.columns.tolist() == ["step", "loss", "learning_rate"]
    assert history["step"].tolist() == list(range(1, 8))


def test_a_device_is_seldom_waited_for_and_given_few_pictures_only_once(monkeypatch):
    """Reading a loss waits for a GPU; so does each picture that goes there."""
    waits = []

    def counted(name):
        real = getattr(torch.Tensor, name)
        return lambda tensor, *args: (waits.append(name), real(tensor, *args))[1]

    for name in ("item", "tolist", "__getitem__"):
        monkeypatch.setattr(torch.Tensor, name, counted(name))
    _, history = merged(Merging(learning_rate=1e-3, steps=120, batch=5))
    assert waits == ["tolist"] * 3
    assert len(history) == 120


@pytest.mark.parametrize("optimiser", ["SGD", "Adam"])
def test_a_merging_goes_on_where_it_was_stopped(optimiser, tmp_path, monkeypatch):
    merging = Merging("l1", optimiser, learning_rate=1e-2, steps=7, batch=2)
    whole, history = merged(merging)
    checkpoint = Checkpoint(tmp_path / "net.checkpoint.safetensors", "key", seconds=0)
    real = Merging.pictures

    def pictures(self, step, count):
        asked.append(step)
        if step == stop:
            raise KeyboardInterrupt
        return real(self, step, count)

    asked, stop = [], 5
    monkeypatch.setattr(Merging, "pictures", pictures)
    with pytest.raises(KeyboardInterrupt):
        merged(merging, checkpoint=checkpoint)
    asked, stop = [], None
    model, resumed = merged(merging, checkpoint=checkpoint)
    assert asked == [5, 6, 7]
    assert same_weights(model, whole)
    assert resumed.equals(history)


def test_a_loss_that_is_not_finite_is_told():
    with pytest.raises(UserError, match=r"loss is (inf|nan) at step \d with a learning rate"):
        merged(Merging(learning_rate=1e12, steps=9))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"steps": 0}, "merging: steps is 0, must be 1 or more"),
        ({"batch": 0.5}, "merging: batch is 0.5, must be 1 or more"),
        ({"learning_rate": 0}, "merging: learning_rate is 0, must be above 0"),
        ({"loss": "L1"}, "merging: loss is 'L1', must be one of sum_of_squares, l1, l2"),
        ({"optimiser": "sgd"}, "merging: unknown optimiser 'sgd'"),
        ({"optimiser": "Adan"}, r"did you mean .*Adam.*torch.optim has .*RMSprop"),
        ({"optimiser": "Optimizer"}, "unknown optimiser 'Optimizer'"),
        ({"optimiser": "SparseAdam"}, "unknown optimiser 'SparseAdam'"),
    ],
)
def test_settings_out_of_range_are_refused(settings, message):
    with pytest.raises(UserError, match=message):
        Merging(**settings)


def test_an_optimiser_that_refuses_the_network_is_told():
    if "Muon" not in vars(torch.optim):
        pytest.skip("this torch has no Muon, which takes matrices only")
    with pytest.raises(UserError, match="optimiser Muon does not take the parameters of Seq"):
        merged(Merging(optimiser="Muon"))
    assert optimiser_named("Muon") is torch.optim.Muon
