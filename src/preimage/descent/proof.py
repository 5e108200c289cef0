"""Proof that a fast reader of layers gives what the network itself gives, for any company."""

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from preimage.descent.hooks import Hooked
from preimage.descent.objective import LOGITS
from preimage.errors import UserError
from preimage.precision import arithmetic

Activations = dict[str, Tensor]
Reader = Callable[[Tensor], Activations]

# Of the largest value of a layer. Rounding is two powers of ten smaller; the smallest fault that
# was seen in a trace is two larger.
TOLERANCE = {torch.float64: 1e-8, torch.float32: 1e-3, torch.bfloat16: 3e-2, torch.float16: 3e-2}
# Of the length of a gradient, in which a ReLU that rounding turns on or off counts as a whole.
OF_GRADIENT = 0.02
# Which of two images a module sees at once: more than groups have, and others the other way round.
# What mixes still larger companies alone is not seen.
_SEVERAL = [0, 1, 1, 0, 1]
# Whose modules do to each image of several what they do to each of two.
_KNOWN = {"torch", "torchvision"}


class _Seen(NamedTuple):
    """What a reader gives for some images, and a gradient [B, 3, S, S] back through all of it."""

    activations: Activations
    gradient: Tensor


def proven(
    fresh: Callable[[], Hooked], fast: Reader | None, two: Tensor, name: str
) -> tuple[Activations, str | None]:
    """Return the activations of two images, and why `fast` is not believed; None if it is.

    fresh: returns a new copy that runs the module itself, and reads of the layers those that it
    knows, `logits` among them. two: [2, 3, S, S], images that differ much. The module sees each
    alone, the fast reader both at once, and they must agree in value and in gradient: so it shows
    as well whether what stands beside an image matters, and whether rows are images. Where they do
    not agree, or a pass left something in the module or drew random numbers, this sees several at
    once too, which tells whom to believe. So it does, and the fast reader, where modules are
    anyone's: these may mix no two images, but three, as `roll(2, 0)` does, and by a branch that no
    trace shows. In reduced precision the two are compared in float32.

    Raises UserError, which names the layer, for a network that gives an image something else beside
    others, the second time, or without gradients, or not as many rows as images.
    """
    devices = [two.device] if two.device.type == "cuda" else []
    ways = torch.inference_mode(mode=False), torch.enable_grad(), arithmetic("float32")
    with ways[0], ways[1], ways[2], torch.random.fork_rng(devices=devices):
        plain = fresh()
        left, drawn = _state(plain.network), _generators(two.device)
        alone = [_look(plain, image[None]) for image in two]
        for one in alone:
            checked_rows(one.activations, 1, name)
        touched = _state(plain.network) != left
        random = not all(map(torch.equal, _generators(two.device), drawn))
        _check_without_gradients(fresh, alone[0].activations, two[:1], name)
        both, why = _tried(fast, alone, two)
        known = _is_known(plain.network)
        if both is None or touched or random or not known:
            several = _check_steady(plain, alone, two, name)
        if both is not None and not known and not _is_steady(fast, alone, two):
            both, why = None, "it gives an image something else when others are beside it"
        if both is None or touched or random:
            _check_first(fresh(), alone[1].activations, two[1:], name, exactly=random)
        if both is None:
            return several, why
    return checked_rows(both.activations, len(two), name), why


def _look(reader: Reader, images: Tensor, layers: Collection[str] | None = None) -> _Seen:
    """Read images, and lead a gradient back through `layers`, through each as much."""
    leaf = images.detach().clone().requires_grad_()
    found = reader(leaf)
    total = leaf.sum() * 0
    for layer, value in found.items():
        if (layers is None or layer in layers) and _has_gradient(value) and len(value) == len(leaf):
            rows = value.flatten(1).to(leaf.dtype)
            generator = torch.Generator().manual_seed(rows.shape[1])
            weights = torch.randn(rows.shape[1], generator=generator, dtype=leaf.dtype)
            total = total + (rows @ weights.to(leaf.device) / _length(rows)).sum()
    (gradient,) = torch.autograd.grad(total, leaf)
    kept = {k: v.detach() if isinstance(v, Tensor) else v for k, v in found.items()}
    return _Seen(kept, gradient)


def _has_gradient(value: object) -> bool:
    return isinstance(value, Tensor) and value.ndim > 0 and value.requires_grad


def _length(rows: Tensor) -> Tensor:
    return rows.detach().double().norm(dim=1).clamp(min=1e-30).to(rows.dtype)


def _tried(
    fast: Reader | None, alone: Sequence[_Seen], two: Tensor
) -> tuple[_Seen | None, str | None]:
    """Return what the fast reader gives if it is right, else why it is not."""
    if fast is None:
        return None, None
    try:
        both = _look(fast, two, alone[0].activations)
    except torch.OutOfMemoryError:
        raise
    except Exception as error:  # a trace that is wrong can fail in any way
        return None, (str(error) or type(error).__name__).splitlines()[0]
    if layer := _first_other([one.activations for one in alone], both.activations):
        return None, f"it reads something else at {layer}"
    if not all(map(_same_gradient, alone, both.gradient)):
        return None, "it leads another gradient back"
    return both, None


def _is_known(network: nn.Module) -> bool:
    """Whether a network is made of torch's and torchvision's modules, as these left them."""
    modules = [*network.modules()]
    hooks = [
        hook
        for module in modules
        for kind in (module._forward_pre_hooks, module._forward_hooks)
        for hook in kind.values()
    ]
    homes = {_home(one) for one in (*modules, *hooks)} - {Hooked.__module__}
    changed = any("forward" in vars(module) for module in modules)
    return not changed and {home.partition(".")[0] for home in homes} <= _KNOWN


def _home(thing: object) -> str:
    """Return the name of the Python module that a function or the class of an object is of."""
    return getattr(thing, "__module__", None) or type(thing).__module__


@torch.no_grad()
def _is_steady(fast: Reader, alone: Sequence[_Seen], two: Tensor) -> bool:
    """Whether the fast reader gives images the same among several as alone."""
    found = fast(two[_SEVERAL])
    return _first_other([alone[i].activations for i in _SEVERAL], found) is None


def _first_other(alone: Sequence[Activations], both: Activations) -> str | None:
    """Return the first layer that gives one of two images something else than alone."""
    for layer in alone[0]:
        together = both.get(layer)
        if not isinstance(together, Tensor) or len(together) != len(alone):
            return layer
        if not all(_same(one[layer], row[None]) for one, row in zip(alone, together, strict=True)):
            return layer
    return None


def _same(alone: Tensor, other: Tensor) -> bool:
    if other.shape != alone.shape or other.dtype != alone.dtype:
        return False
    if not alone.is_floating_point():
        return torch.equal(other, alone)
    finite = alone[alone.isfinite()]
    most = float(finite.abs().max()) if finite.numel() else 0.0
    room = TOLERANCE.get(alone.dtype, 0.0) * most
    return torch.allclose(other.double(), alone.double(), rtol=0, atol=room, equal_nan=True)


def _same_gradient(alone: _Seen, row: Tensor) -> bool:
    own = alone.gradient[0].double()
    apart = (row.double() - own).norm()
    return bool(apart <= OF_GRADIENT * own.norm()) or not bool(own.isfinite().all())


def checked_rows(both: Activations, images: int, name: str) -> Activations:
    """Return activations of `images` images. Raises UserError where a row is not an image."""
    for layer, value in both.items():
        if isinstance(value, Tensor) and (value.ndim == 0 or len(value) != images):
            rows = len(value) if value.ndim else 1
            given = "1 row" if rows == 1 else f"{rows} rows"
            seen = "a single image" if images == 1 else f"{images} images"
            raise UserError(
                f"layer {layer} of {name} gives {given} for {seen}, where a row must be an image: "
                "choose another layer, or mend the network for images of this size"
            )
    return both


@torch.no_grad()
def _check_steady(plain: Hooked, alone: Sequence[_Seen], two: Tensor, name: str) -> Activations:
    """Return what the module gives several images at once.

    Raises UserError where it gives an image something else beside others, or later.
    """
    several = checked_rows(plain(two[_SEVERAL]), len(_SEVERAL), name)
    if (found := _first_other([alone[i].activations for i in _SEVERAL], several)) is None:
        return several
    every = _of_every_layer(plain)
    first, second = ([every(image[None]) for image in two] for _ in range(2))
    twice = {layer: torch.cat([one.get(layer, two[:1]) for one in second]) for layer in first[0]}
    if layer := _first_other(first, twice):
        raise _unsteady(plain.network, layer, name)
    layer = _first_other([first[i] for i in _SEVERAL], every(two[_SEVERAL])) or found
    raise UserError(
        f"{name} gives an image something else when other images are beside it, first in "
        f"{_described(plain.network, layer)}: no picture would be its own. A BatchNorm needs "
        "running statistics, and a forward must not mix the rows of a batch"
    )


def _check_first(
    fresh: Hooked, second: Activations, image: Tensor, name: str, *, exactly: bool
) -> None:
    """Raise UserError where a module that has seen nothing gives the second image something else.

    exactly: as of one that draws random numbers, whose rounding says whether they are in use.
    """
    found = fresh(image)
    other = _first_other([second], found)
    if exactly and other is None:
        other = next((k for k in second if not torch.equal(second[k], found[k])), None)
    if other:
        raise _unsteady(fresh.network, other, name)


def _check_without_gradients(
    fresh: Callable[[], Hooked], first: Activations, image: Tensor, name: str
) -> None:
    """Raise UserError where the module gives something else to those who ask for no gradient."""
    with torch.inference_mode():
        asked = fresh()(image)
    again = fresh()
    if _first_other([first], asked) is None or _first_other([first], again(image)):
        return  # or it gives something else each time, which is for others to say
    with torch.inference_mode():
        judged = _of_every_layer(fresh())(image)
    layer = _first_other([_of_every_layer(fresh())(image)], judged) or LOGITS
    raise UserError(
        f"{name} gives an image something else when no gradient is asked for, first in "
        f"{_described(again.network, layer)}: it would judge other pictures than it makes"
    )


def _of_every_layer(plain: Hooked) -> Hooked:
    layers = [*(layer for layer, _ in plain.network.named_modules() if layer), LOGITS]
    return Hooked(plain.network, layers, plain.output)


def _unsteady(network: nn.Module, layer: str, name: str) -> UserError:
    return UserError(
        f"{name} gives something else each time that it sees the same image, first in "
        f"{_described(network, layer)}: its forward must draw no random numbers and keep "
        "nothing of what it has seen when it is in eval mode"
    )


def _described(network: nn.Module, layer: str) -> str:
    modules = dict(network.named_modules())
    return f"{layer} ({type(modules[layer]).__name__})" if layer in modules else layer


def _generators(device: torch.device) -> list[Tensor]:
    """Return the states of the generators that a forward may draw from."""
    cuda = [torch.cuda.get_rng_state(device)] if device.type == "cuda" else []
    return [torch.get_rng_state(), *cuda]


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
