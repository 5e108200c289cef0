"""Weights in files, as trainers leave them: read as tensors alone, chosen, and given to a network.

The format is known by content, whatever a file is called. Nothing here unpickles.
"""

import logging
import math
import re
import warnings
import zipfile
from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import safetensors.torch
import torch
from torch import Tensor, nn

from preimage.errors import UserError
from preimage.networks.vision import torchvision

log = logging.getLogger(__name__)

State = Mapping[str, Tensor]
Shape = tuple[int, ...]

_HEADS = ("aux1", "aux2", "AuxLogits")
_OLD_DENSENET = re.compile(r"(denselayer\d+\.(?:norm|relu|conv))\.([12])\.")
_WRAPPERS = {"module", "_orig_mod"}  # of DataParallel and averages; of torch.compile
_COUNTED = {"n_averaged"}  # beside the weights of an average
# Averages, and what optimisers keep: never taken where the weights themselves are there.
_AVERAGED = re.compile(r"(?<![a-z])(ema|swa|averag|shadow|teacher|exp_avg|grad)|ema(?![a-z])")
_POSITIONS = re.compile(r"(^|[._])pos(ition)?_?(emb|embed|embedding|embeddings)([._]|$)")
_HOW_TO_SAVE = "write it with torch.save(model.state_dict(), path)"
_LONGEST_HEADER = 100_000_000  # bytes, by the definition of safetensors
_FOREIGN = {
    b"version https://git-lfs": "a pointer of Git LFS, not the file itself: fetch it with git lfs",
    b"\x89HDF": f"an HDF5 file, as Keras writes them: load it there, {_HOW_TO_SAVE}",
    b"GGUF": "a GGUF file, of a language model",
}


@dataclass(frozen=True)
class _Candidate:
    """A state dict in a file. place: where it is there, such as `state_dict` or `ema: model.*`."""

    place: str
    state: dict[str, Tensor]
    beside: tuple[str, ...] = ()  # names that do not begin with the prefix in `place`


def read_state(path: str | Path) -> dict[str, Tensor]:
    """Read the first state dict in a file, `.safetensors` or PyTorch's own format, by content.

    Only tensors are ever loaded. Raises UserError for a file that is missing, damaged, holds other
    objects, or holds no state dict.
    """
    return next(iter(_states(Path(path)).values()))


def load_file(model: nn.Module, path: str | Path, source: str) -> None:
    """Give `model` the weights in a file, as trainers leave them.

    The state dict may be one of several, under any key, and all its names may have a prefix, as
    those of Lightning, DataParallel and torch.compile have. Of several that fit, an average (EMA)
    comes last; what was taken and left is logged. Raises UserError as `load_state` does.
    """
    states = _states(Path(path))
    own = _shapes(model.state_dict())
    found = [one for place, state in states.items() for one in _candidates(place, state, own)]
    ranked = sorted(found, key=lambda one: _rank(one, model, own), reverse=True)
    best = ranked[0]
    if best.place:
        log.info("%s: taken are the weights %s", source, best.place)
    if also := [one.place or "the file itself" for one in ranked[1:] if _fits(one, model, own)]:
        place = best.place or "the file itself"
        log.warning("%s: several fit: %s is taken, left is %s", source, place, _some(also))
    if best.beside:
        log.info("%s: left out are %s", source, _some([*best.beside]))
    load_state(model, best.state, f"{source}, {best.place}" if best.place else source)


def load_state(model: nn.Module, state: State, source: str) -> None:
    """Give `model` exactly the tensors of `state`, in the model's own types.

    Weights of auxiliary heads that the model goes without are dropped, names that older versions
    of torchvision wrote are taken, and its vision transformers' position embeddings are
    interpolated. `source` is what an error calls the state dict. Raises UserError for names missing
    or unknown and for other shapes.
    """
    state = _resized(model, _as_written_today(model, state), source)
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


# --- choosing


def _states(path: Path) -> dict[str, dict[str, Tensor]]:
    """Return every state dict in a file, by the keys that lead to it."""
    if not path.is_file():
        raise UserError(f"there is no weights file {path}")
    content = _read_tensors(path)
    if not (found := dict(_nested(content))):
        raise UserError(f"{path} holds no state dict but {_kind(content)}: {_HOW_TO_SAVE}")
    return found


def _nested(value: object, place: str = "") -> Iterator[tuple[str, dict[str, Tensor]]]:
    """Yield the tensors by name in a mapping, then those in the mappings in it.

    Beside the tensors may be what a trainer notes, such as the number of an epoch.
    """
    if not isinstance(value, Mapping):
        return
    if tensors := {k: v for k, v in value.items() if isinstance(k, str) and isinstance(v, Tensor)}:
        yield place, tensors
    for key, inner in value.items():
        yield from _nested(inner, f"{place}.{key}" if place else str(key))


def _candidates(place: str, state: State, own: Mapping[str, Shape]) -> list[_Candidate]:
    """Return the state without what wrappers put into names; one for each prefix that may be."""
    plain = _unwrapped(state, own)
    counts: Counter[str] = Counter()
    for key in plain:
        parts = key.split(".")
        for i in range(len(parts)):
            if ".".join(parts[i:]) in own:
                counts["".join(f"{part}." for part in parts[:i])] += 1
    most = max(counts.values(), default=0)
    likely = [p for p, n in counts.items() if 2 * n > (max(most, len(own)) if p else most)] or [""]
    return [_Candidate(_named(place, p), *_below(plain, p, likely)) for p in likely]


def _named(place: str, prefix: str) -> str:
    return ": ".join(filter(None, [place, f"{prefix}*" * bool(prefix)]))


def _below(
    state: State, prefix: str, likely: Sequence[str]
) -> tuple[dict[str, Tensor], tuple[str, ...]]:
    """Return what is below a prefix, and the names that are not; below none are no other copies."""
    copies = tuple(other for other in likely if other and not prefix)
    below = {
        key.removeprefix(prefix): value
        for key, value in state.items()
        if key.startswith(prefix) and not key.startswith(copies)
    }
    return below, tuple(key for key in state if key.removeprefix(prefix) not in below)


def _unwrapped(state: State, own: Iterable[str]) -> State:
    """Return the state without the names of wrappers, unless the model's own names have them."""
    known = {part for key in own for part in key.split(".")}
    wrappers = _WRAPPERS - known
    plain = {
        ".".join(part for part in key.split(".") if part not in wrappers): value
        for key, value in state.items()
        if key not in _COUNTED - known
    }
    return plain if len(plain) >= len(state) - len(_COUNTED) else state


def _rank(one: _Candidate, model: nn.Module, own: Mapping[str, Shape]) -> tuple[bool, int, bool]:
    alike = sum(tuple(value.shape) == own.get(key) for key, value in one.state.items())
    return _fits(one, model, own), alike, not _AVERAGED.search(one.place.lower())


def _fits(one: _Candidate, model: nn.Module, own: Mapping[str, Shape]) -> bool:
    shapes = _shapes(_as_written_today(model, one.state))
    counters = {key for key in own.keys() - shapes.keys() if key.endswith("num_batches_tracked")}
    return shapes == {key: shape for key, shape in own.items() if key not in counters}


def _shapes(state: State) -> dict[str, Shape]:
    return {key: tuple(value.shape) for key, value in state.items()}


# --- reading


def _read_tensors(path: Path) -> Any:  # noqa: ANN401  a foreign file can hold anything
    with path.open("rb") as file:
        head = file.read(64)
    for magic, what in _FOREIGN.items():
        if head.startswith(magic):
            raise UserError(f"{path} is refused: it is {what}")
    try:
        if _is_safetensors(head):
            return safetensors.torch.load_file(path)
        _refuse_torchscript(path)
        # A stream, for of a path torch would take the ending for the format.
        with path.open("rb") as file, warnings.catch_warnings(action="ignore"):
            return torch.load(file, map_location="cpu", weights_only=True)
    except UserError:
        raise
    except UnpicklingError as error:
        raise UserError(f"{path} is refused: {_what_is_pickled(error)}; {_HOW_TO_SAVE}") from error
    except Exception as error:  # readers fail in many ways on a damaged file
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise UserError(
            f"{path} cannot be read, it may be cut short or damaged: {reason}"
        ) from error


def _is_safetensors(head: bytes) -> bool:
    """Whether a file begins with the length of a header, and a header in JSON."""
    return head[8:9] == b"{" and int.from_bytes(head[:8], "little") <= _LONGEST_HEADER


def _refuse_torchscript(path: Path) -> None:
    """Raise UserError for an archive of code. PyTorch's own format is an archive too."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    if any(name.endswith("/constants.pkl") or "/code/" in name for name in names):
        raise UserError(
            f"{path} is refused: it is a TorchScript archive, which holds code; save its weights "
            "with torch.save(torch.jit.load(path).state_dict(), new_path), and give their network "
            "by architecture or module"
        )


def _what_is_pickled(error: UnpicklingError) -> str:
    """Say which Python objects a file holds, of what PyTorch says of it."""
    named = re.search(r"GLOBAL ([\w.]+)", str(error))
    if not named:
        return "it is no file of tensors, or holds Python objects, which are never loaded"
    return (
        f"it holds Python objects, {named[1]} among them, which are never loaded because loading "
        "runs their code"
    )


def _kind(value: object) -> str:
    name = type(value).__name__
    if isinstance(value, Mapping):
        return f"{name} of {_some([*map(repr, value)])}" if value else f"an empty {name}"
    return f"of type {name}"


# --- giving


def _as_written_today(model: nn.Module, state: State) -> OrderedDict[str, Tensor]:
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


def _resized(model: nn.Module, state: State, source: str) -> State:
    """Return the state of a vision transformer of torchvision for the model's size of image."""
    key = "encoder.pos_embedding"
    if not isinstance(model, torchvision.models.VisionTransformer) or key not in state:
        return state
    there, here = (tuple(one.shape) for one in (state[key], model.encoder.pos_embedding))
    if there == here or there[-1] != here[-1] or not (grid := _grid(there)):
        return state
    log.warning(
        "%s: its position embeddings are interpolated, from %d x %d patches to those of images of "
        "%d pixels",
        *(source, grid, grid, model.image_size),
    )
    resize = torchvision.models.vision_transformer.interpolate_embeddings
    resized = resize(model.image_size, model.patch_size, OrderedDict(state))
    resized._metadata = state._metadata
    return resized


def _grid(shape: Shape) -> int | None:
    """Return how many patches are in a row, of the shape of position embeddings."""
    tokens = shape[-2] if len(shape) > 1 else 0
    for patches in (tokens - 1, tokens, tokens - 2):  # with a token of the class, and another
        if patches > 0 and math.isqrt(patches) ** 2 == patches:
            return math.isqrt(patches)
    return None


def _describe_shapes(other: Mapping[str, tuple[Shape, Shape]]) -> str:
    described = [
        f"{key} is {_size(there)}, not {_size(here)}" for key, (there, here) in other.items()
    ]
    return "; ".join([_some(described, "; "), *_why(other)])


def _why(other: Mapping[str, tuple[Shape, Shape]]) -> list[str]:
    """Return what explains the shapes, where something known does."""
    said = [_other_positions(other), _other_channels(other)]
    return [*filter(None, said)] or [*filter(None, [_other_outputs(other)])]


def _other_positions(other: Mapping[str, tuple[Shape, Shape]]) -> str:
    for key, shapes in other.items():
        if _POSITIONS.search(key):
            there, here = (f"{n} x {n}" if (n := _grid(shape)) else "other" for shape in shapes)
            return (
                f"so the network saw images of another size: {there} patches, and here there are "
                f"{here}: give the network the size that it was trained at"
            )
    return ""


def _other_channels(other: Mapping[str, tuple[Shape, Shape]]) -> str:
    for key, (there, here) in other.items():
        if len(there) == len(here) == 4 and here[1] == 3 != there[1]:
            return (
                f"so {key.rpartition('.')[0]} takes pictures of {_size(there[1:2])} channel(s), "
                "and here they have 3, red, green and blue: such a network cannot be taken"
            )
    return ""


def _other_outputs(other: Mapping[str, tuple[Shape, Shape]]) -> str:
    ends = {(there[:1], here[:1]) for there, here in other.values()}
    layers = {key.rpartition(".")[0] for key in other}
    if len(layers) != 1 or len(ends) != 1:
        return ""
    ((there, here),) = ends
    if there == here:
        return ""
    return (
        f"so {layers.pop()} has {_size(there)} outputs there, and {_size(here)} are wanted: "
        "name as many categories as the weights have outputs"
    )


def _size(shape: Iterable[int]) -> str:
    return " x ".join(map(str, shape)) or "a number"


def _some(words: list[str], separator: str = ", ", most: int = 4) -> str:
    left = len(words) - most
    return separator.join(words[:most]) + (f"{separator}and {left} more" if left > 0 else "")
