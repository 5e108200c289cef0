"""A network of the study: built, given its weights, and kept as one `.safetensors` file.

Wherever a network comes from (torchvision's weights, a state dict of the user's, no training at
all, training by the workflow), it becomes one file that says how to rebuild it. Every later step
loads only that. Nothing here unpickles, and no file makes code run that its reader did not allow.
"""

import hashlib
import inspect
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from preimage.errors import UserError, near_matches
from preimage.files import write_atomically
from preimage.networks.modules import Arguments, build_module, check_outputs
from preimage.networks.plan import NetworkPlan
from preimage.networks.prepared import PLAIN, Input, Prepared, bare, read_input
from preimage.networks.states import load_state, read_state
from preimage.networks.vision import WeightsEnum, torchvision

# Auxiliary heads take part in training only; an initialisation left open is a FutureWarning.
_DEFAULTS = {"aux_logits": False, "init_weights": True}
_RESERVED = {"aux_logits", "num_classes", "weights", "pretrained", "progress"}
_METADATA = "network"


@dataclass(frozen=True, eq=False)
class Network:
    """A classifier ready for descent. Making one puts `model` in eval mode and freezes it.

    name: what the study calls it. architecture: torchvision's name of its builder, or that of
    anyone's, package.module:callable. model: takes RGB in 0 ... 1, and is a `Prepared` where the
    network itself expects something else, or returns several outputs. categories: name of the
    class of each output. size: side in pixels at which the study judges pictures with it. options:
    of the builder, such as `transform_input` or `image_size`; of anyone's, its arguments. code:
    stands for what anyone's builder does.
    """

    name: str
    architecture: str
    model: nn.Module
    categories: tuple[str, ...]
    size: int
    options: Arguments = field(default_factory=dict)
    code: str | None = None

    def __post_init__(self) -> None:
        self.model.eval().requires_grad_(requires_grad=False)


def planned(plan: NetworkPlan, *, seed: int = 0) -> Network:
    """Return the network of a plan without its weights, as its constructor draws it from `seed`.

    Of torchvision's, the options are completed. To build a module runs its code. Raises UserError
    for what cannot be built, and where a module does not tell as many classes as there are
    categories.
    """
    classes = len(plan.categories)
    if plan.module:
        options = plan.arguments
        model = build_module(plan.module, options, seed=seed, code=plan.code)
    else:
        named = plan.weights if isinstance(plan.weights, str) else None
        options = complete_options(plan.architecture, plan.size, plan.options, named)
        model = build(plan.architecture, classes, seed=seed, options=options)
    model = _prepared(model, read_input(plan.input), plan.output)
    if plan.module:
        check_outputs(model, classes, plan.size, plan.module)
    categories = tuple(plan.categories)
    return Network(plan.name, plan.builder, model, categories, plan.size, options, plan.code)


def _prepared(model: nn.Module, expects: Input, output: str | None) -> nn.Module:
    """Return the network with what stands before and behind it, or itself if nothing does."""
    plain = expects == PLAIN and output is None
    return model if plain else Prepared(model, expects, output)


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


def save_network(network: Network, path: str | Path, source: str) -> None:
    """Write `network` to `path` (`.safetensors`) and a description beside it (`.json`).

    Both say how to rebuild it and where it comes from (`source`); the description also holds the
    SHA-256 of its weights and is small, so whoever depends on the network can depend on that.
    The same network gives the same bytes.
    """
    path = Path(path)
    state = {
        key: value.detach().cpu().clone(memory_format=torch.contiguous_format)
        for key, value in bare(network.model).state_dict().items()
    }
    about = {
        **_about(network),
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


def _about(network: Network) -> dict[str, Any]:
    """Return what a network is rebuilt from."""
    if ":" in network.architecture:
        about = {"module": network.architecture, "arguments": network.options, "code": network.code}
    else:
        about = {"architecture": network.architecture, "options": dict(network.options)}
    model = network.model
    if not isinstance(model, Prepared):
        return about
    return about | {"input": asdict(model.expects), "output": model.output}


def _digest(state: Mapping[str, Tensor]) -> str:
    """Return the SHA-256 of names, types, shapes and values."""
    digest = hashlib.sha256()
    for key, value in sorted(state.items()):
        digest.update(f"{key} {value.dtype} {tuple(value.shape)}\n".encode())
        digest.update(value.reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()


def load_network(
    path: str | Path,
    name: str | None = None,
    device: str | torch.device = "cpu",
    *,
    modules: Collection[str] = (),
) -> Network:
    """Load what `save_network` wrote, under `name` (of the file, if none is given).

    A network that anyone's module builds runs the code of that module, so `modules` must name it,
    as package.module:callable. Raises UserError for a file that is missing, damaged or not of this
    kind, and for a module that is not allowed, or whose code is another one by now.
    """
    path = Path(path)
    state = read_state(path)
    about = _metadata(path)
    try:
        categories, size = tuple(about["categories"]), int(about["size"])
        builder, options, model = _rebuilt(about, path, modules)
        expects, output = read_input(about.get("input")), about.get("output")
    except (KeyError, TypeError, ValueError) as error:
        raise _not_ours(path) from error
    load_state(model, state, str(path))
    return Network(
        name=name or path.stem,
        architecture=builder,
        model=_prepared(model, expects, output).to(device),
        categories=categories,
        size=size,
        options=options,
        code=about.get("code"),
    )


def _rebuilt(
    about: Mapping[str, Any], path: Path, modules: Collection[str]
) -> tuple[str, Arguments, nn.Module]:
    """Return the builder of a saved network, its options, and what it builds."""
    if "module" not in about:
        architecture, options = about["architecture"], about["options"]
        return architecture, options, build(architecture, len(about["categories"]), options=options)
    module, arguments = about["module"], about["arguments"]
    if module not in modules:
        raise UserError(
            f"{path} holds a network that {module} builds, and to load it would run that code, "
            f"which is not allowed here: if you trust the file and the module, add --modules "
            f"{module} to the command, or modules=[{module!r}] to load_network"
        )
    return module, arguments, build_module(module, arguments, code=about.get("code"))


def _metadata(path: Path) -> dict[str, Any]:
    if path.suffix == ".safetensors":
        with safetensors.safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
        if _METADATA in metadata:
            try:
                return json.loads(metadata[_METADATA])
            except ValueError as error:
                raise _not_ours(path) from error
    raise _not_ours(path)


def _not_ours(path: Path) -> UserError:
    return UserError(
        f"{path} does not say what network it holds: make it with preimage build_network"
    )
