"""The last inputs of descents on fully connected networks, as pictures in a file. No torch."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from preimage.errors import UserError
from preimage.files import write_atomically

Pixels = NDArray[np.float32]
_PHOTO = "photo"


def curve_name(shape: str, iterations: int) -> str:
    """Return what a curve of an experiment is called: the descents of one shape."""
    return f"{shape}.{iterations}"


def save_inputs(path: Path, photo: Pixels, images: Mapping[str, Pixels], address: object) -> None:
    """Write a photo [3, side, side], RGB, and the inputs of each curve [S, 3, side, side]."""
    tensors = {**images, _PHOTO: photo}
    with write_atomically(path) as beside:
        save_file(tensors, beside, {"address": json.dumps(address)})


def read_first_inputs(path: Path) -> tuple[Pixels, dict[str, Pixels]]:
    """Return the photo and, by curve, the input of the first seed: [3, side, side] each.

    Raises UserError for what `save_inputs` did not write.
    """
    try:
        with safe_open(path, "numpy") as file:
            first = {name: file.get_slice(name)[0] for name in file.keys() if name != _PHOTO}  # noqa: SIM118
            return file.get_tensor(_PHOTO), first
    except (OSError, SafetensorError) as error:
        raise UserError(f"{path} has no inputs of fully connected networks: {error}") from error
