"""What stands between our images, RGB in 0 ... 1, and a network: its own range, order and mean."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn

from preimage.errors import UserError, near_matches


@dataclass(frozen=True)
class Input:
    """What a network expects of an image, in the order in which it is done to it.

    channels: RGB or BGR. range: what 0 and 1 become, such as (0, 255). mean and std: of each
    channel, in that order of channels and in that range; (x - mean) / std is what the network sees.
    """

    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)
    range: tuple[float, float] = (0.0, 1.0)
    channels: str = "RGB"


PLAIN = Input()
IMAGENET = Input(mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))


class Prepared(nn.Module):
    """A network that is given RGB in 0 ... 1, and of whose outputs one is the logits.

    Layers are named as in `network`. output: which of several outputs, a key of a dictionary, a
    field of a named tuple or a position; needed where forward returns no tensor.
    """

    def __init__(
        self, network: nn.Module, expects: Input = PLAIN, output: str | None = None
    ) -> None:
        super().__init__()
        self.network, self.expects, self.output = network, expects, output

    def forward(self, images: Tensor) -> Tensor:
        """Return what `network` says, [B, classes], of images [B, 3, H, W]."""
        return chosen(self.network(prepare(images, self.expects)), self.output)


def opened(model: nn.Module) -> Prepared:
    """Return a model as a prepared network, without what training wrapped around it.

    DataParallel and torch.compile are taken off. Raises UserError for TorchScript, whose layers
    cannot be read.
    """
    if isinstance(model, Prepared):
        return Prepared(_unwrapped(model.network), model.expects, model.output)
    return Prepared(_unwrapped(model))


def bare(model: nn.Module) -> nn.Module:
    """Return the network itself, whose names of layers and weights count."""
    return opened(model).network


def _unwrapped(model: nn.Module) -> nn.Module:
    while inner := _inside(model):
        model = inner
    if isinstance(model, torch.jit.ScriptModule):
        raise UserError("TorchScript cannot be read: give the module that it was made of")
    return model


def _inside(model: nn.Module) -> nn.Module | None:
    if isinstance(model, nn.DataParallel | nn.parallel.DistributedDataParallel):
        return model.module
    return getattr(model, "_orig_mod", None)  # of torch.compile, which need not be imported


def read_input(asked: str | Mapping[str, Any] | None) -> Input:
    """Return what `input:` of a network asks for: imagenet, or what differs from our images.

    Raises UserError for what cannot be.
    """
    if asked is None:
        return PLAIN
    if asked == "imagenet":
        return IMAGENET
    known = asdict(PLAIN)
    if not isinstance(asked, Mapping) or not known.keys() >= asked.keys():
        raise UserError(f"input is {asked!r}: give imagenet, or some of {', '.join(known)}")
    said = {key: tuple(one) if isinstance(one, list) else one for key, one in asked.items()}
    expects = Input(**said)
    for name, count in {"mean": 3, "std": 3, "range": 2}.items():
        if not isinstance(of := said.get(name, (0,) * count), tuple) or len(of) != count:
            raise UserError(f"input: {name} is {of!r}, must be {count} numbers")
    if expects.range[0] >= expects.range[1]:
        raise UserError(f"input: range is {[*expects.range]}, must rise, as [0, 255] does")
    if min(expects.std) <= 0:
        raise UserError(f"input: std is {[*expects.std]}, each must be above 0")
    if expects.channels not in ("RGB", "BGR"):
        raise UserError(f"input: channels is {expects.channels!r}, must be RGB or BGR")
    return expects


def prepare(images: Tensor, expects: Input) -> Tensor:
    """Return RGB images [B, 3, H, W] in 0 ... 1 as a network expects them; themselves, if so."""
    if expects == PLAIN:
        return images
    if expects.channels == "BGR":
        images = images.flip(1)
    scale, shift = _line(expects, images.device, images.dtype)
    return images * scale + shift


@cache  # so that a step of a descent brings nothing to the device
@torch.inference_mode(mode=False)  # for what judges keep a descent needs gradients of
def _line(expects: Input, device: torch.device, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Return a factor and what is added, [3, 1, 1]: range, mean and deviation together."""
    low, high = expects.range
    mean, std = (torch.tensor(of, dtype=torch.float64) for of in (expects.mean, expects.std))
    line = (high - low) / std, (low - mean) / std
    return tuple(part.to(device, dtype).view(3, 1, 1) for part in line)


def chosen(value: object, output: str | None) -> Tensor:
    """Return the one tensor that `output` names of what a network returned.

    Raises UserError where there is none of that name, and where several are and none is named.
    """
    outputs = _outputs(value)
    if isinstance(value, Tensor) and output is None:
        return value
    names = ", ".join(outputs) or f"nothing but {type(value).__name__}"
    if output is None:
        raise UserError(f"the network returns several outputs: say which, `output:` of {names}")
    if not isinstance(outputs.get(output), Tensor):
        near = near_matches(output, [*outputs])
        raise UserError(f"the network returns no tensor {output!r}{near}; it returns {names}")
    return outputs[output]


def _outputs(value: object) -> dict[str, Any]:
    """Return the outputs of a network by name."""
    if isinstance(value, Mapping):
        return {str(key): one for key, one in value.items()}
    if hasattr(value, "_fields"):
        return dict(zip(value._fields, value, strict=True))
    if isinstance(value, Sequence):
        return {str(place): one for place, one in enumerate(value)}
    return {"logits": value} if isinstance(value, torch.Tensor) else {}
