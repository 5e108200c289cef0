"""Networks that a module of anyone builds: the user's own, timm's, any installed package's."""

import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from preimage.errors import UserError
from preimage.networks.prepared import bare, chosen
from preimage.study.modules import source_digest

Arguments = Mapping[str, Any] | Sequence[Any]

# They fetch or unpickle weights, which come from `weights:` alone.
_OF_WEIGHTS = ("pretrained", "checkpoint_path")


def build_module(
    builder: str, arguments: Arguments = (), *, seed: int = 0, code: str | None = None
) -> nn.Module:
    """Return what `package.module:callable` builds, as it draws it from `seed`.

    The module is looked for in the working directory too: to import it runs its code. What the
    network is wrapped in for several devices or a compiler is taken off. It is in eval mode,
    frozen, on the CPU and in float32. The global random generators of torch stay as they were.
    code: what `source_digest` said of the code that is meant. Raises UserError for what cannot be
    imported, cannot be built, or is no network, and for other code than that.
    """
    make = _imported(builder)
    _check_code(builder, code)
    named = arguments if isinstance(arguments, Mapping) else _by_name(make, arguments)
    if given := [name for name in _OF_WEIGHTS if named.get(name)]:
        raise UserError(f"{builder}: leave out {given[0]}: weights come from `weights:`")
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        try:
            made = make(**arguments) if isinstance(arguments, Mapping) else make(*arguments)
        except (Exception, SystemExit) as error:  # whatever a foreign builder does not like
            raise UserError(
                f"{builder} cannot be built with the arguments {arguments or 'none'}: "
                f"{_said(error)}"
            ) from error
    network = _network(made, builder).to("cpu", torch.float32)
    return network.eval().requires_grad_(requires_grad=False)


def _by_name(make: Callable[..., object], arguments: Sequence[Any]) -> Mapping[str, Any]:
    """Return positional arguments by name, as far as the builder tells what they are."""
    try:
        return inspect.signature(make).bind_partial(*arguments).arguments
    except (TypeError, ValueError):
        return {}


def check_outputs(model: nn.Module, classes: int, size: int, builder: str) -> None:
    """Raise UserError where the network does not tell so many classes of pictures of its size."""
    shape = tuple(_asked(model, size, builder).shape)
    if shape != (1, classes):
        outputs = " x ".join(map(str, shape[1:])) or "no"
        raise UserError(
            f"{builder} gives {outputs} outputs of a picture, and there are {classes} classes: "
            "build it with as many, by `arguments:`, or name the classes that it knows"
        )


@torch.no_grad()
def _asked(model: nn.Module, size: int, builder: str) -> Tensor:
    try:
        with torch.random.fork_rng(devices=[]):
            return chosen(model(torch.full((1, 3, size, size), 0.5)), None)
    except UserError as error:
        raise UserError(f"{builder}: {error}") from error
    except Exception as error:  # whatever a foreign network does not like
        raise UserError(
            f"{builder} cannot take pictures of {size} x {size} pixels: {_said(error)}"
        ) from error


def _imported(builder: str) -> Any:  # noqa: ANN401  anything that can be called
    module, colon, path = builder.partition(":")
    if not colon or not path:
        raise UserError(f"module is {builder!r}, must be package.module:callable, with one colon")
    if sys.path[:1] != [here := str(Path.cwd())]:  # as the file was looked for that counts
        sys.path.insert(0, here)
    try:
        found = reduce(getattr, path.split("."), import_module(module))
    except AttributeError as error:
        raise UserError(f"{builder}: {error}") from error
    except (Exception, SystemExit) as error:  # of any line of foreign code
        raise UserError(f"{builder} cannot be imported: {_said(error)}") from error
    if not callable(found):
        raise UserError(f"{builder} is of type {type(found).__name__}: it must build a network")
    return found


def _check_code(builder: str, code: str | None) -> None:
    """Raise UserError where the code that was just imported is not the one that is meant.

    A file that is changed while a study runs, and put back, would else leave no trace.
    """
    if code is not None and source_digest(builder) != code:
        raise UserError(
            f"the code of {builder}, a file of yours that it imports, or the version of its "
            "package, is another one than when the study was planned or the network was made: "
            "put it back, or run snakemake again, which makes anew what is of it"
        )


def _network(made: object, builder: str) -> nn.Module:
    """Return the network itself of what was built."""
    if not isinstance(made, nn.Module):
        raise UserError(f"{builder} gives {type(made).__name__}, which is no torch.nn.Module")
    try:
        return bare(made)
    except UserError as error:
        raise UserError(f"{builder}: {error}") from error


def _said(error: BaseException) -> str:
    first = (str(error).strip() or "no reason given").splitlines()[0]
    return f"{type(error).__name__}: {first}"
