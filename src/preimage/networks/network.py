"""A network of the study: built, given its weights, and kept as one `.safetensors` file.

Wherever a network comes from (torchvision's weights, a state dict of the user's, no training at
all, training by the workflow), it becomes one file that says how to rebuild it. Every later step
loads only that. Nothing here unpickles.
"""

import hashlib
import inspect
import json
import re
import warnings
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from preimage.errors import UserError, near_matches
from preimage.files import write_atomically
from preimage.networks.vision import WeightsEnum, torchvision

# Auxiliary heads take part in training only; an initialisation left open is a FutureWarning.
_DEFAULTS = {"aux_logits": False, "init_weights": True}
_RESERVED = {"aux_logits", "num_classes", "weights", "pretrained", "progress"}
_HEADS = ("aux1", "aux2", "AuxLogits")
_NESTED = ("state_dict", "model_state_dict", "model")
_OLD_DENSENET = re.compile(r"(denselayer\d+\.(?:norm|relu|conv))\.([12])\.")
_METADATA = "network"


@dataclass(frozen=True, eq=False)
class Network:
    """A classifier ready for descent. Making one puts `model` in eval mode and freezes it.

    name: what the study calls it. architecture: torchvision's name of its builder.
    categories: name of the class of each output. size: side in pixels at which the study judges
    pictures with it. options: of the builder, such as `transform_input` or `image_size`.
    """

    name: str
    architecture: str
    model: nn.Module
    categories: tuple[str, ...]
    size: int
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.model.eval().requires_grad_(requires_grad=False)


def architectures() -> list[str]:
    """Return the names of torchvision's classification architectures."""
    return torchvision.models.list_models(module=torchvision.models)


def build(
    architecture: str, classes: int, *, seed: int = 0, options: Mapping[str, Any] | None = None
) -> nn.Module:
    """Return the architecture untrained, as its constructor draws it from `seed`.

    The model gives [B, classes] logits, is in eval mode and frozen; GoogLeNet and InceptionV3 come
    without auxiliary heads. The global random generators stay as they were. Raises UserError for
    an unknown architecture and for options that its builder refuses.
    """
    options = dict(options or {})
    accepted = _parameters(architecture)
    if reserved := sorted(_RESERVED & options.keys()):
        raise UserError(f"{architecture}: leave out the option {reserved[0]}, the study sets it")
    defaults = {name: value for name, value in _DEFAULTS.items() if name in accepted}
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        try:
            model = torchvision.models.get_model(
                architecture, num_classes=classes, **(defaults | options)
            )
        except (TypeError, ValueError, AssertionError) as error:
            raise UserError(
                f"{architecture} cannot be built with the options {options}: {error}"
            ) from error
    return model.eval().requires_grad_(requires_grad=False)


def named_weights(architecture: str, name: str) -> WeightsEnum:
    """Return torchvision's weights entry, such as `IMAGENET1K_V1`, of an architecture.

    Raises UserError for an unknown name.
    """
    _parameters(architecture)
    known = torchvision.models.get_model_weights(architecture)
    if name not in known.__members__:
        raise UserError(
            f"torchvision has no weights {name!r} for {architecture}"
            f"{near_matches(name, list(known.__members__))}; it has {', '.join(known.__members__)}"
        )
    return known[name]


def complete_options(
    architecture: str, size: int, options: Mapping[str, Any], weights: str | None = None
) -> dict[str, Any]:
    """Return `options` with what torchvision's builder adds when it is given the named `weights`.

    `transform_input` is on with torchvision's weights and off otherwise, unless `options` says.
    Networks that see one image size only get it from their weights, else from `size`, the side in
    pixels at which the study judges pictures. Raises UserError where `size` is another.
    """
    accepted, complete = _parameters(architecture), dict(options)
    side = named_weights(architecture, weights).meta["min_size"][0] if weights else size
    if "transform_input" in accepted:
        complete.setdefault("transform_input", weights is not None)
    if "image_size" in accepted:
        side = complete.setdefault("image_size", side)
    elif "input_size" in accepted:
        side = complete.setdefault("input_size", [side, side])[0]
    else:
        return complete
    if side != size:
        trained = f" with {weights}" if weights else ""
        raise UserError(
            f"{architecture}{trained} takes pictures of {side} pixels only, the study's size is "
            f"{size}: set its size to {side}"
        )
    return complete


def _parameters(architecture: str) -> Mapping[str, Any]:
    """Return the parameters of the constructor that the builder calls."""
    known = architectures()
    if architecture not in known:
        raise UserError(
            f"unknown architecture {architecture!r}{near_matches(architecture, known)}; "
            f"torchvision {torchvision.__version__} has {len(known)} for classification"
        )
    builder = torchvision.models.get_model_builder(architecture)
    return inspect.signature(inspect.signature(builder).return_annotation).parameters


def read_state(path: str | Path) -> dict[str, Tensor]:
    """Read a state dict from a `.safetensors` file or, with any other ending, PyTorch's own format.

    A checkpoint that holds the state dict under `state_dict`, `model_state_dict` or `model`, and
    names that all start with `module.`, are taken. Only tensors are ever loaded. Raises UserError
    for a file that is missing, damaged, holds other objects, or holds no state dict.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f"there is no weights file {path}")
    state = _read_tensors(path)
    for key in _NESTED:
        if isinstance(state, Mapping) and isinstance(state.get(key), Mapping):
            state = state[key]
    if not isinstance(state, Mapping) or not state:
        raise UserError(f"{path} holds no state dict but {_kind(state)}: {_HOW_TO_SAVE}")
    for key, value in state.items():
        if not isinstance(value, Tensor):
            raise UserError(
                f"{path} holds no state dict, its {key!r} is {_kind(value)}: {_HOW_TO_SAVE}"
            )
    prefix = "module." if all(key.startswith("module.") for key in state) else ""
    return {key.removeprefix(prefix): value for key, value in state.items()}


_HOW_TO_SAVE = "write it with torch.save(model.state_dict(), path)"


def _kind(value: object) -> str:
    name = type(value).__name__
    return f"an empty {name}" if isinstance(value, Mapping) and not value else f"of type {name}"


def _read_tensors(path: Path) -> Any:  # noqa: ANN401  a foreign file can hold anything
    try:
        if path.suffix == ".safetensors":
            return safetensors.torch.load_file(path)
        with warnings.catch_warnings(action="ignore"):  # of pickles that are then refused
            return torch.load(path, map_location="cpu", weights_only=True)
    except UnpicklingError as error:
        raise UserError(
            f"{path} is refused: it is no file of tensors, or holds Python objects beside them, "
            f"which are never loaded because loading runs them; {_HOW_TO_SAVE}"
        ) from error
    except Exception as error:  # readers fail in many ways on a damaged file
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise UserError(
            f"{path} cannot be read, it may be cut short or damaged: {reason}"
        ) from error


def load_state(model: nn.Module, state: Mapping[str, Tensor], source: str) -> None:
    """Give `model` exactly the tensors of `state`, in the model's own types.

    Weights of auxiliary heads that the model goes without are dropped, and names that older
    versions of torchvision wrote are taken. `source` is what an error calls the state dict. Raises
    UserError for names missing or unknown and for other shapes.
    """
    state = _as_written_today(model, state)
    own = model.state_dict()
    shapes = {key: (tuple(state[key].shape), tuple(own[key].shape)) for key in own if key in state}
    if other := {key: pair for key, pair in shapes.items() if pair[0] != pair[1]}:
        raise UserError(f"{source} does not fit: {_describe_shapes(other)}")
    missing, unexpected = model.load_state_dict(state, strict=False)
    if missing or unexpected:
        found = [
            f"{what} {_some(keys)}"
            for what, keys in (("it lacks", missing), ("it has the unknown", unexpected))
            if keys
        ]
        raise UserError(f"{source} does not fit: {'; '.join(found)}; is it another architecture?")


def _as_written_today(model: nn.Module, state: Mapping[str, Tensor]) -> OrderedDict[str, Tensor]:
    absent = [head for head in _HEADS if getattr(model, head, model) is None]
    renamed = OrderedDict(
        (_OLD_DENSENET.sub(r"\1\2.", key), value)
        for key, value in state.items()
        if key.partition(".")[0] not in absent
    )
    # MNASNet insists on the version of its layout. Of the other modules none is told: not knowing
    # it, BatchNorm and the vision transformers' MLPs take old and new files alike.
    renamed._metadata = {"": {"version": model._version}}
    return renamed


def _describe_shapes(other: Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]]) -> str:
    described = [
        f"{key} is {_size(there)}, not {_size(here)}" for key, (there, here) in other.items()
    ]
    ends = {(there[:1], here[:1]) for there, here in other.values()}
    layers = {key.rpartition(".")[0] for key in other}
    if len(layers) == len(ends) == 1:
        ((there, here),) = ends
        described.append(
            f"so {layers.pop()} has {_size(there)} outputs there, and {_size(here)} are wanted: "
            "name as many categories as the weights have outputs"
        )
    return _some(described, "; ")


def _size(shape: Iterable[int]) -> str:
    return " x ".join(map(str, shape)) or "a number"


def _some(words: list[str], separator: str = ", ", most: int = 4) -> str:
    left = len(words) - most
    return separator.join(words[:most]) + (f"{separator}and {left} more" if left > 0 else "")


def save_network(network: Network, path: str | Path, source: str) -> None:
    """Write `network` to `path` (`.safetensors`) and a description beside it (`.json`).

    Both say how to rebuild it and where it comes from (`source`); the description also holds the
    SHA-256 of its weights and is small, so whoever depends on the network can depend on that.
    The same network gives the same bytes.
    """
    path = Path(path)
    state = {
        key: value.detach().cpu().clone(memory_format=torch.contiguous_format)
        for key, value in network.model.state_dict().items()
    }
    about = {
        "architecture": network.architecture,
        "options": dict(network.options),
        "categories": list(network.categories),
        "size": network.size,
        "source": source,
    }
    # One entry only: safetensors writes several in an order that changes from run to run.
    metadata = {_METADATA: json.dumps(about, sort_keys=True)}
    with write_atomically(path) as beside:
        safetensors.torch.save_file(state, beside, metadata)
    with write_atomically(path.with_suffix(".json")) as beside:
        text = json.dumps({**about, "sha256": _digest(state)}, indent=1, sort_keys=True)
        beside.write_text(text + "\n", encoding="utf-8")


def _digest(state: Mapping[str, Tensor]) -> str:
    """Return the SHA-256 of names, types, shapes and values."""
    digest = hashlib.sha256()
    for key, value in sorted(state.items()):
        digest.update(f"{key} {value.dtype} {tuple(value.shape)}\n".encode())
        digest.update(value.reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()


def load_network(
    path: str | Path, name: str | None = None, device: str | torch.device = "cpu"
) -> Network:
    """Load what `save_network` wrote, under `name` (of the file, if none is given).

    Raises UserError for a file that is missing, damaged or not of this kind.
    """
    path = Path(path)
    state = read_state(path)
    about = _metadata(path)
    model = build(about["architecture"], len(about["categories"]), options=about["options"])
    load_state(model, state, str(path))
    return Network(
        name=name or path.stem,
        architecture=about["architecture"],
        model=model.to(device),
        categories=tuple(about["categories"]),
        size=about["size"],
        options=about["options"],
    )


def _metadata(path: Path) -> dict[str, Any]:
    if path.suffix == ".safetensors":
        with safetensors.safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
        if _METADATA in metadata:
            return json.loads(metadata[_METADATA])
    raise UserError(
        f"{path} does not say what network it holds: make it with preimage.steps.build_network"
    )
