"""Proof that a fast reader of layers gives what the network itself gives, for any company."""

import logging
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from preimage.descent.hooks import Hooked
from preimage.descent.objective import LOGITS
from preimage.errors import UserError
from preimage.precision import arithmetic

log = logging.getLogger(__name__)

Activations = dict[str, Tensor]
Reader = Callable[[Tensor], Activations]

# Of the largest value of a layer. Rounding is two powers of ten smaller; the smallest fault that
# was seen in a trace is two larger.
TOLERANCE = {torch.float32: 1e-3, torch.float64: 1e-8}


@torch.no_grad()
def proven(
    plain: Hooked, fast: Reader | None, two: Tensor, name: str
) -> tuple[Activations, str | None]:
    """Return the activations of two images, and why `fast` is not believed; None if it is.

    plain: runs the module itself, and reads of the layers those that it knows, `logits` among them.
    two: [2, 3, S, S]. The fast reader sees both images, the module the second one alone. So two
    passes tell whether they agree, whether what stands beside an image matters, and whether rows
    are images. Only where they do not agree, or a pass left something in the module, a third one
    tells whom to believe. In reduced precision both are compared in float32.

    Raises UserError, which names the layer, for a network that gives an image something else beside
    others, or the second time, or not as many rows as images.
    """
    devices = [two.device] if two.device.type == "cuda" else []
    with arithmetic("float32"), torch.random.fork_rng(devices=devices):
        before = _state(plain.network)
        alone = checked_rows(plain(two[1:]), 1, name)
        touched = _state(plain.network) != before
        both, why = _tried(fast, alone, two)
        if both is None or touched:
            again = plain(two)
            _check_steady(plain, alone, again, two, name)
            both = again if both is None else both
    return checked_rows(both, len(two), name), why


def _tried(
    fast: Reader | None, alone: Activations, two: Tensor
) -> tuple[Activations | None, str | None]:
    """Return what the fast reader gives if it is right, else why it is not."""
    if fast is None:
        return None, None
    try:
        both = fast(two)
    except torch.OutOfMemoryError:
        raise
    except Exception as error:  # a trace that is wrong can fail in any way
        return None, (str(error) or type(error).__name__).splitlines()[0]
    layer = _first_other(alone, both)
    return (both, None) if layer is None else (None, f"it reads something else at {layer}")


def _first_other(alone: Mapping[str, Tensor], both: Mapping[str, Tensor]) -> str | None:
    """Return the first layer that gives the second of two images something else than alone."""
    return next((layer for layer in alone if not _same(alone[layer], both.get(layer))), None)


def _same(alone: Tensor, both: Tensor | None) -> bool:
    if both is None or both[1:].shape != alone.shape:
        return False
    finite = alone[alone.isfinite()]
    if finite.numel() == 0 or not alone.is_floating_point():
        return bool(torch.equal(alone.isnan(), both[1:].isnan()))
    room = TOLERANCE.get(alone.dtype, 0.0) * float(finite.abs().max())
    return torch.allclose(both[1:], alone, rtol=0, atol=room, equal_nan=True)


def checked_rows(both: Activations, images: int, name: str) -> Activations:
    """Return activations of `images` images. Raises UserError where a row is not an image."""
    for layer, value in both.items():
        if isinstance(value, Tensor) and (value.ndim == 0 or len(value) != images):
            rows = len(value) if value.ndim else 1
            seen = "a single image" if images == 1 else f"{images} images"
            raise UserError(
                f"layer {layer} of {name} gives {rows} rows for {seen}, where a row must be an "
                "image: choose another layer, or mend the network for images of this size"
            )
    return both


def _check_steady(
    plain: Hooked, alone: Activations, again: Activations, two: Tensor, name: str
) -> None:
    """Raise UserError where the module gives an image something else beside others, or later."""
    if _first_other(alone, again) is None:
        return
    layers = [*(layer for layer, _ in plain.network.named_modules() if layer), LOGITS]
    every = Hooked(plain.network, layers, plain.output)
    first, second, beside = every(two[1:]), every(two[1:]), every(two)
    doubled = {layer: torch.cat([value, value]) for layer, value in second.items()}
    if layer := _first_other(first, doubled):
        raise UserError(
            f"{name} gives something else each time that it sees the same image, first in "
            f"{_described(plain.network, layer)}: its forward must draw no random numbers and keep "
            "no count when it is in eval mode"
        )
    layer = _first_other(first, beside) or _first_other(alone, again)
    raise UserError(
        f"{name} gives an image something else when other images are beside it, first in "
        f"{_described(plain.network, layer)}: no picture would be its own. A BatchNorm needs "
        "running statistics, and a forward must not mix the rows of a batch"
    )


def _described(network: nn.Module, layer: str) -> str:
    modules = dict(network.named_modules())
    return f"{layer} ({type(modules[layer]).__name__})" if layer in modules else layer


def _state(network: nn.Module) -> dict[tuple[str, str], object]:
    """Return what a forward could leave behind in a module: numbers, tensors, what lists hold."""
    return {
        (name, key): _print(value)
        for name, module in network.named_modules()
        for key, value in (*vars(module).items(), *module._buffers.items())
    }


def _print(value: object) -> object:
    if isinstance(value, Tensor):
        return id(value), 0 if value.is_inference() else value._version
    if isinstance(value, list | dict | set):
        return len(value)
    return value if isinstance(value, int | float | str) else id(value)
