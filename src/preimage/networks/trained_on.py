"""What images the weights of a network were trained on, where whoever made them says so."""

import math
from collections.abc import Sequence

from torch import nn

from preimage.networks.network import named_weights
from preimage.networks.plan import NetworkPlan
from preimage.networks.prepared import Input, read_input

Normalisation = tuple[list[float], list[float]]  # mean and std of red, green and blue in 0 ... 1


def otherwise(plan: NetworkPlan, model: nn.Module) -> str:
    """Say in a line how a network's weights expect other images than its `input:` gives; else "".

    torchvision's weights without `input:` are as on the source pages, and not worth a word.
    """
    expected = _expected(plan, model)
    given = _normalisation(read_input(plan.input))
    if expected is None or _alike(expected, given):
        return ""
    return (
        f"its weights were trained on images of mean {_words(expected[0])} and std "
        f"{_words(expected[1])}, `input:` gives {_words(given[0])} and {_words(given[1])}"
    )


def _expected(plan: NetworkPlan, model: nn.Module) -> Normalisation | None:
    if isinstance(plan.weights, str):
        if plan.input is None:
            return None
        transforms = named_weights(plan.architecture, plan.weights).transforms()
        return [*transforms.mean], [*transforms.std]
    if {"untrained", "trained", "merged"} & plan.weights.keys():
        return None
    for name in ("pretrained_cfg", "default_cfg"):  # timm's
        told = getattr(model, name, None)
        if isinstance(told, dict) and {"mean", "std"} <= told.keys():
            return [*told["mean"]], [*told["std"]]
    return None


def _normalisation(expects: Input) -> Normalisation:
    """Return the mean and std that an input comes to, of our images."""
    low, high = expects.range
    mean = [(one - low) / (high - low) for one in expects.mean]
    std = [one / (high - low) for one in expects.std]
    return (mean[::-1], std[::-1]) if expects.channels == "BGR" else (mean, std)


def _alike(one: Normalisation, other: Normalisation) -> bool:
    pairs = zip([*one[0], *one[1]], [*other[0], *other[1]], strict=True)
    return all(math.isclose(a, b, abs_tol=0.002) for a, b in pairs)


def _words(values: Sequence[float]) -> str:
    return " ".join(f"{value:.3g}" for value in values)
