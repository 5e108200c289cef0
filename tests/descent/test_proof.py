"""What is read is what the network itself computes, or the network is refused by name.

The networks are those of reports to programs like this one: each was once read wrongly, in
silence, or ended in a foreign error.
"""

import logging

import pytest
import torch
from torch import nn
from torch.nn import functional
from torchvision.transforms import v2
from zoo import close, images, seeded, zoo

from preimage.descent.descend import descend
from preimage.descent.layers import LOGITS, Extractor, execution_order, layer_names
from preimage.descent.objective import Objective
from preimage.descent.recipe import Octave, Recipe
from preimage.errors import UserError
from preimage.networks.prepared import IMAGENET, Input, Prepared

BATCH = images(16) * 2 - 0.5  # descents leave 0 ... 1


class Ends(nn.Module):
    """What the toys here share: a convolution in front, a classifier of three classes behind."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.end = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 3))


class StatementInPlace(Ends):
    def __init__(self):
        super().__init__()
        self.relu = nn.ReLU(inplace=True)

    def forward(self, batch):
        seen = self.conv(batch)
        self.relu(seen)
        return self.end(seen)


class FunctionInPlace(Ends):
    def forward(self, batch):
        seen = self.conv(batch)
        seen.flatten(1).add_(0.2)
        functional.relu(seen, True)
        return self.end(seen)


class ChangesItsInput(Ends):
    def forward(self, batch):
        batch.sub_(0.5)
        return self.end(self.conv(batch))


class AsksTheType(Ends):
    def forward(self, batch):
        seen = self.conv(batch)
        return self.end(seen if isinstance(batch, torch.Tensor) else seen * 2)


class ReadsAFoldedWeight(Ends):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm2d(8)

    def forward(self, batch):
        seen = self.norm(self.conv(batch))
        return self.end(seen + self.conv.weight.mean() * 50)


class HookedNorm(Ends):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm2d(8)
        self.norm.register_forward_hook(lambda _, __, given: given * 3)

    def forward(self, batch):
        return self.end(self.norm(self.conv(batch)))


class BranchesOnValues(Ends):
    def forward(self, batch):
        seen = self.conv(batch)
        return self.end(seen if seen.abs().max() > 0 else -seen)


class LoopsOverTheBatch(Ends):
    def forward(self, batch):
        return torch.cat([self.end(self.conv(image[None])) for image in batch])


class Keeps(Ends):
    def forward(self, batch):
        self.kept = self.conv(batch)
        return self.end(self.kept)


class Views(Ends):
    """Which channels last cannot be."""

    def forward(self, batch):
        seen = self.conv(batch)
        return self.end[2](seen.view(len(seen) if self.training else seen.size(0), 8, -1).mean(2))


class Optional(Ends):
    def forward(self, batch, mask=None, *, scale=1.0):
        seen = self.conv(batch) * scale
        return self.end(seen if mask is None else seen * mask)


class Rounds(torch.autograd.Function):
    @staticmethod
    def forward(_, value):
        return value.mul(8).round().div(8)

    @staticmethod
    def backward(_, gradient):
        return gradient * 3


class OwnGradient(Ends):
    def forward(self, batch):
        return self.end(Rounds.apply(self.conv(batch)))


class PartWithoutGradient(Ends):
    def forward(self, batch):
        seen = self.conv(batch)
        with torch.no_grad():
            scale = seen.mean((1, 2, 3), keepdim=True).exp()
        return self.end(seen * scale)


class ClampsTensors(Ends):
    def forward(self, batch):
        if isinstance(batch, torch.Tensor):
            batch = batch.clamp(0, 1)
        return self.end(self.conv(batch))


class ClampsInPlaceBehindAView(Ends):
    def forward(self, batch):
        batch = batch * 1
        batch.view_as(batch).clamp_(0, 1)
        return self.end(self.conv(batch))


class KeepsInADictionary(Ends):
    def __init__(self):
        super().__init__()
        self.kept = {}

    def forward(self, batch):
        self.kept["conv"] = [self.conv(batch)]
        return self.end(self.kept["conv"][0])


class MasksTokens(nn.Module):
    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, 8, 4, 4)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.fc = nn.Linear(8, 3)

    def forward(self, batch):
        tokens = self.patches(batch).flatten(2).mT
        mask = tokens[..., 0] > 0.3
        mask[:, 0] = False
        return self.fc(self.attention(tokens, tokens, tokens, mask)[0].mean(1))


def hooked_backward():
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Flatten(), nn.Linear(1568, 3))
    model[1].register_full_backward_hook(lambda _, given, __: (given[0] * 0.1,))
    return model


def normalised_inside():
    normalise = v2.Normalize([0.4, 0.5, 0.6], [0.2, 0.3, 0.25])
    return nn.Sequential(normalise, StatementInPlace())


def old_weight_norm():
    with pytest.warns(FutureWarning):
        conv = nn.utils.weight_norm(nn.Conv2d(3, 8, 3))
    return nn.Sequential(conv, nn.BatchNorm2d(8), nn.Flatten(), nn.Linear(8 * 14 * 14, 3))


def spectral_norm_before_a_batch_norm():
    conv = nn.utils.parametrizations.spectral_norm(nn.Conv2d(3, 8, 3))
    return nn.Sequential(conv, nn.BatchNorm2d(8), nn.Flatten(), nn.Linear(8 * 14 * 14, 3))


RIGHT = [
    *(StatementInPlace, FunctionInPlace, ChangesItsInput, AsksTheType, ReadsAFoldedWeight),
    *(HookedNorm, BranchesOnValues, LoopsOverTheBatch, Keeps, Views, Optional),
    *(OwnGradient, PartWithoutGradient, ClampsTensors, ClampsInPlaceBehindAView),
    *(KeepsInADictionary, MasksTokens, hooked_backward),
    *(normalised_inside, old_weight_norm, spectral_norm_before_a_batch_norm),
]


@pytest.mark.parametrize("build", RIGHT)
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_logits_are_those_of_the_module_itself(build, precision):
    model = seeded(build)
    with torch.no_grad():
        expected = model(BATCH.clone())
    before = BATCH.clone()
    close(Extractor(model, [LOGITS], precision=precision)(BATCH)[LOGITS].float(), expected)
    assert torch.equal(BATCH, before), "images stay as they were"


@pytest.mark.parametrize("build", [one for one in RIGHT if one is not LoopsOverTheBatch])
def test_a_hidden_layer_is_that_which_a_hook_sees(build):
    model = seeded(build)
    layer = next(name for name, part in model.named_modules() if isinstance(part, nn.Conv2d))
    seen = []
    handle = model.get_submodule(layer).register_forward_hook(
        lambda _, __, given: seen.append(given.detach().clone())
    )
    with torch.no_grad():
        model(BATCH.clone())
    handle.remove()
    close(Extractor(model, [layer])(BATCH)[layer], seen[0])


@pytest.mark.parametrize("build", RIGHT)
def test_gradients_are_those_of_the_module_itself(build):
    model = seeded(build)
    leaf = BATCH.clone().requires_grad_()
    (expected,) = torch.autograd.grad(model(leaf.clone())[:, 1].sum(), leaf)
    (found,) = torch.autograd.grad(Extractor(model, [LOGITS])(leaf)[LOGITS][:, 1].sum(), leaf)
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-4 * float(expected.abs().max()))


@pytest.mark.parametrize("build", [AsksTheType, ReadsAFoldedWeight, BranchesOnValues])
def test_what_is_read_by_hooks_is_said(build, caplog):
    with caplog.at_level(logging.WARNING):
        Extractor(seeded(build), [LOGITS], name="mine")(BATCH)
    assert "mine is read by hooks, which takes longer: its " in caplog.text


def test_what_a_trace_gets_right_is_read_fast(caplog):
    inside = (normalised_inside, HookedNorm, Optional, Views)
    for build in (StatementInPlace, FunctionInPlace, *inside):
        Extractor(seeded(build), [LOGITS])(BATCH)
    assert not caplog.text


def test_a_trace_with_no_use_for_a_statement_is_still_cut():
    model, ran = seeded(StatementInPlace), []
    read = Extractor(model, ["conv"])
    read(BATCH)
    model.relu.register_forward_hook(lambda *_: ran.append(1))
    read(BATCH)
    assert not ran


class Numbered(nn.Module):
    """Modules with names that torchvision gives to calls."""

    def __init__(self):
        super().__init__()
        self.conv_1, self.conv_2 = nn.Conv2d(3, 8, 3), nn.Conv2d(8, 8, 3)
        self.relu, self.relu_1 = nn.ReLU(), nn.ReLU()
        self.fc = nn.Linear(8, 3)

    def forward(self, batch):
        first = self.relu(self.conv_1(batch))
        second = functional.relu(self.relu(self.relu_1(self.conv_2(first)) - 0.1))
        return self.fc(second.mean((2, 3)))


def test_a_module_has_its_own_name_first():
    model = seeded(Numbered)
    with torch.no_grad():
        first = model.conv_1(BATCH)
        second = model.conv_2(first.relu())
    names = layer_names(model)
    assert {"conv_1", "conv_2", "relu", "relu_1"} <= {*names}
    found = Extractor(model, ["conv_1", "conv_2", "relu", "relu_1", "relu_2"])(BATCH)
    close(found["conv_1"], first)
    close(found["conv_2"], second)
    close(found["relu"], first.relu())
    close(found["relu_1"], second.relu())
    close(found["relu_2"], (second.relu() - 0.1).relu())


def test_both_norms_of_a_transformer_can_be_read():
    model = zoo("vit_b_16", image_size=32)
    layer = "encoder.layers.encoder_layer_2"
    found = Extractor(model, [f"{layer}.ln_1", f"{layer}.ln_2"])(images(32))
    seen = {}
    for name in ("ln_1", "ln_2"):
        handle = model.get_submodule(f"{layer}.{name}").register_forward_hook(
            lambda _, __, given, name=name: seen.update({name: given})
        )
        with torch.no_grad():
            model(images(32))
        handle.remove()
        close(found[f"{layer}.{name}"], seen[name])


def test_layers_inside_what_a_trace_takes_for_one_are_read(caplog):
    class Tokens(nn.Module):
        def __init__(self):
            super().__init__()
            self.patches = nn.Conv2d(3, 8, 4, 4)
            layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
            self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
            self.fc = nn.Linear(8, 3)

        def forward(self, batch):
            return self.fc(self.encoder(self.patches(batch).flatten(2).mT).mean(1))

    model = seeded(Tokens)
    found = Extractor(model, ["encoder.layers.1.linear1"])(BATCH)
    assert found["encoder.layers.1.linear1"].shape == (2, 16, 16)
    assert "a trace does not see into encoder.layers.1.linear1" in caplog.text


class BatchStatistics(Ends):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm2d(8, track_running_stats=False)

    def forward(self, batch):
        return self.end(self.norm(self.conv(batch)))


class Random(Ends):
    def __init__(self):
        super().__init__()
        self.drop = nn.Dropout(0.5)

    def forward(self, batch):
        return self.end(functional.dropout(self.conv(batch), 0.5))


class Counts(Ends):
    def __init__(self):
        super().__init__()
        self.times = 0

    def forward(self, batch):
        self.times += 1
        return self.end(self.conv(batch)) * self.times


class ScalesBrightBatches(Ends):
    def forward(self, batch):
        return self.end(self.conv(batch / 255 if batch.max() > 1 else batch))


class NormTurnedOn(Ends):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm2d(8)

    def forward(self, batch):
        return self.end(self.norm.train()(self.conv(batch)))


class RowsAreNotImages(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(192, 3)

    def forward(self, batch):
        return self.fc(batch.reshape(-1, 192))


class Two(Ends):
    def forward(self, batch):
        seen = self.conv(batch)
        return {"features": seen, "scores": self.end(seen)}


REFUSED = {
    BatchStatistics: r"mine gives an image something else when other images are beside it, "
    r"first in norm \(BatchNorm2d\)",
    ScalesBrightBatches: r"mine gives an image something else when other images are beside it",
    NormTurnedOn: r"something else when other images are beside it, first in norm \(BatchNorm2d\)",
    Random: "mine gives something else each time that it sees the same image, first in end",
    Counts: "mine gives something else each time",
    RowsAreNotImages: "layer logits of mine gives 4 rows for a single image",
    Two: "several outputs: say which, `output:` of features, scores",
}


@pytest.mark.parametrize("build", REFUSED)
def test_what_cannot_be_right_is_refused_by_name(build):
    objective = Objective.parse("mine:logits[1]")
    recipe = Recipe(octaves=(Octave(size=16, iterations=2, lr=(1.0, 1.0)),))
    with pytest.raises(UserError, match=REFUSED[build]):
        descend([objective], recipe, {"mine": seeded(build)})


def test_a_layer_that_is_the_same_for_all_images_is_no_layer_of_an_image():
    class Table(Ends):
        def __init__(self):
            super().__init__()
            self.table = nn.Linear(2, 1)

        def forward(self, batch):
            return self.end(self.conv(batch) * self.table(batch.new_ones(1, 2)).view(1, 1, 1, 1))

    with pytest.raises(UserError, match="layer table of the network gives 1 row for 5 images"):
        Extractor(seeded(Table), ["table"])(BATCH)
    Extractor(seeded(Table), ["conv"])(BATCH)


def test_torchscript_is_refused():
    with pytest.warns(FutureWarning):
        traced = torch.jit.trace(seeded(StatementInPlace), BATCH)
    with pytest.raises(UserError, match="TorchScript cannot be read"):
        Extractor(traced, [LOGITS])


def test_one_of_several_outputs_can_be_named():
    model = seeded(Two)
    with torch.no_grad():
        expected = model(BATCH)["scores"]
    close(Extractor(Prepared(model, output="scores"), [LOGITS])(BATCH)[LOGITS], expected)
    with pytest.raises(UserError, match=r"no tensor 'score' \(did you mean scores"):
        Extractor(Prepared(model, output="score"), [LOGITS])(BATCH)


@pytest.mark.parametrize("wrap", [nn.DataParallel, torch.compile])
def test_what_training_wraps_around_a_network_is_taken_off(wrap):
    model = seeded(StatementInPlace)
    found = Extractor(wrap(model), ["conv", LOGITS])(BATCH)
    with torch.no_grad():
        close(found[LOGITS], model(BATCH))


@pytest.mark.parametrize(
    "expects", [IMAGENET, Input((104, 117, 123), (1, 2, 3), (0, 255), "BGR")], ids=str
)
def test_a_network_sees_images_as_it_expects_them(expects):
    model = seeded(StatementInPlace)
    given = BATCH.flip(1) if expects.channels == "BGR" else BATCH
    by_hand = torch.stack(
        [
            (given[:, i] * expects.range[1] - mean) / std
            for i, (mean, std) in enumerate(zip(expects.mean, expects.std, strict=True))
        ],
        dim=1,
    )
    with torch.no_grad():
        expected = model(by_hand)
        close(Prepared(model, expects)(BATCH), expected)
    close(Extractor(Prepared(model, expects), [LOGITS])(BATCH)[LOGITS], expected)
    assert layer_names(Prepared(model, expects)) == layer_names(model)


def test_the_order_of_an_untraceable_network_is_that_in_which_it_runs():
    order = execution_order(seeded(BranchesOnValues), 16)
    assert sorted(order, key=order.get)[0] == "conv"
    assert order["end"] == order["end.2"] < order[LOGITS]


def test_a_hidden_layer_of_images_too_small_for_the_logits_is_read():
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 14 * 14, 3))
    assert Extractor(model.eval(), ["0"]).layouts(8)["0"].shape == (4, 6, 6)
    with pytest.raises(UserError, match="cannot take images of 8 x 8 pixels"):
        Extractor(model.eval(), [LOGITS]).layouts(8)
