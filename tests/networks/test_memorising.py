"""A network learns noise by heart, and goes on after a kill as if nothing had been."""

import logging

import pytest
import torch
from torch import nn

from preimage.checkpoint import Checkpoint
from preimage.errors import UserError
from preimage.networks.memorising import Memorising, memorise
from preimage.networks.noise import Noise

NOISE = Noise(images=20, labels=4, size=16)
SHORT = Memorising(NOISE, epochs=3, batch=8, learning_rate=1e-3)


def small_network():
    """Return a network with BatchNorm and dropout: what a training carries from step to step."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return nn.Sequential(
            nn.Conv2d(3, 16, 5, stride=2),
            nn.BatchNorm2d(16),
            nn.ReLU(),
            nn.Flatten(),
            nn.Dropout(0.2),
            nn.Linear(16 * 36, NOISE.labels),
        )


def memorised(training=SHORT, checkpoint=None):
    model = small_network()
    return model, *memorise(model, training, checkpoint=checkpoint, silent=True)


def same_weights(one, other):
    states = one.state_dict(), other.state_dict()
    return all(torch.equal(states[0][key], states[1][key]) for key in states[0])


@pytest.fixture(scope="module")
def short():
    return memorised()


def test_noise_is_memorised_and_measured_as_the_network_is_left():
    model, history, reached = memorised(Memorising(NOISE, epochs=25, batch=8, learning_rate=3e-3))
    images = torch.stack([NOISE.image(i) for i in range(20)])
    assert not model.training
    assert (model(images).argmax(1) == NOISE.answers).float().mean().item() == pytest.approx(
        reached
    )
    assert reached == 1
    assert history["loss"].iloc[-3:].mean() < 0.1 < history["loss"].iloc[:3].mean()


def test_a_network_knows_in_eval_mode_what_it_learnt_however_slowly_its_averages_move():
    model = small_network()
    model[1].momentum = 1e-4  # after 75 steps, averages are those of the beginning
    training = Memorising(NOISE, epochs=25, batch=8, learning_rate=3e-3)
    _, reached = memorise(model, training, silent=True)
    assert reached == 1
    assert model[1].momentum == 1e-4
    images = torch.stack([NOISE.image(i) for i in range(20)])
    seen = model[0](images)
    assert torch.allclose(model[1].running_mean, seen.mean((0, 2, 3)), atol=0.01)


def test_the_history_has_a_row_for_each_step_and_an_accuracy_for_each_epoch(short):
    _, history, reached = short
    assert list(history.columns) == ["epoch", "step", "loss", "learning_rate", "accuracy"]
    assert history["epoch"].tolist() == [1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert history["step"].tolist() == list(range(1, 10))
    assert set(history["learning_rate"]) == {1e-3}
    assert history.dropna()["step"].tolist() == [3, 6, 9]
    assert history["accuracy"].iloc[-1] == reached


def test_a_network_that_memorised_is_in_eval_mode_and_frozen(short):
    model, *_ = short
    assert not any(module.training for module in model.modules())
    assert not any(parameter.requires_grad for parameter in model.parameters())
    assert all(parameter.grad is None for parameter in model.parameters())


def test_training_repeats_bit_for_bit_and_leaves_the_global_generator(short):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(4321)
        before = torch.random.get_rng_state()
        model, history, _ = memorised()
        assert torch.equal(torch.random.get_rng_state(), before)
    assert same_weights(model, short[0])
    assert history.equals(short[1])


@pytest.fixture
def checkpoint(tmp_path):
    return Checkpoint(tmp_path / "net.checkpoint.safetensors", "key")


class KilledError(Exception):
    pass


def killed_in_epoch(epoch, checkpoint, monkeypatch):
    """Train until the order of that epoch is asked for."""

    def order(self, asked):
        if asked == epoch:
            raise KilledError
        return real(self, asked)

    real = Noise.order
    with monkeypatch.context() as patch:
        patch.setattr(Noise, "order", order)
        with pytest.raises(KilledError):
            memorised(checkpoint=checkpoint)


@pytest.mark.parametrize("epoch", [1, 2, 3])
def test_a_training_goes_on_where_it_was_stopped(epoch, short, checkpoint, monkeypatch):
    killed_in_epoch(epoch, checkpoint, monkeypatch)
    assert checkpoint.path.exists() == (epoch > 1)
    asked = []
    real = Noise.order
    monkeypatch.setattr(Noise, "order", lambda self, e: (asked.append(e), real(self, e))[1])
    model, history, reached = memorised(checkpoint=checkpoint)
    assert asked == list(range(epoch, 4))
    assert same_weights(model, short[0])
    assert history.equals(short[1])
    assert reached == short[2]


def test_a_training_stopped_after_its_end_has_nothing_left_to_do(short, checkpoint, monkeypatch):
    memorised(checkpoint=checkpoint)
    monkeypatch.delattr(Noise, "order")
    model, history, _ = memorised(checkpoint=checkpoint)
    assert same_weights(model, short[0])
    assert history.equals(short[1])


def garble(path):
    path.write_bytes(path.read_bytes().replace(b"exp_avg", b"\xff" * 7))


def cut_short(path):
    path.write_bytes(path.read_bytes()[:-200])


@pytest.mark.parametrize(
    "damage",
    [
        cut_short,
        garble,
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"no checkpoint at all"),
        lambda path: torch.save({"key": "of another"}, path),
        lambda path: torch.save({"key": "key", "model": KilledError()}, path),
        lambda path: torch.save([1, 2], path),
    ],
    ids=["cut short", "garbled", "empty", "text", "foreign", "objects", "list"],
)
def test_a_checkpoint_that_will_not_do_is_not_used(damage, short, checkpoint, monkeypatch, caplog):
    killed_in_epoch(3, checkpoint, monkeypatch)
    damage(checkpoint.path)
    with caplog.at_level(logging.WARNING):
        model, history, _ = memorised(checkpoint=checkpoint)
    assert (
        "net.checkpoint.safetensors cannot be read or is of other work: starting anew"
        in caplog.text
    )
    assert same_weights(model, short[0])
    assert history.equals(short[1])


def test_float32_is_not_tensorfloat32_while_training(monkeypatch):
    seen = []
    step = torch.optim.Adam.step

    def spying(self, *args, **options):
        seen.append(torch.backends.cudnn.conv.fp32_precision)
        return step(self, *args, **options)

    monkeypatch.setattr(torch.optim.Adam, "step", spying)
    before = torch.backends.cudnn.conv.fp32_precision
    memorised()
    assert set(seen) == {"ieee"} != {before}
    assert torch.backends.cudnn.conv.fp32_precision == before


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"epochs": 0}, "training: epochs is 0, must be above 0"),
        ({"batch": "8"}, "training: batch is '8', must be above 0"),
        ({"batch": 1}, "20 images in 20 batches leave one image alone.* another batch"),
        ({"batch": 19, "noise": Noise(3, 2, 8)}, None),
        ({"batch": 2, "noise": Noise(3, 2, 8)}, "3 images in 2 batches leave one image alone"),
    ],
)
def test_settings_out_of_range_are_refused(setting, message):
    settings = {"noise": NOISE, "epochs": 1} | setting
    if message is None:
        assert Memorising(**settings).steps == 1
    else:
        with pytest.raises(UserError, match=message):
            Memorising(**settings)
