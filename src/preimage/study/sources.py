"""What builds each network, and where its weights come from, as its entry says. No torch."""

import re
from collections.abc import Mapping
from typing import Any

from preimage.measures.depth.stages import NOISE, TRAINED, UNTRAINED
from preimage.networks.packages import package_file
from preimage.study.keys import digest

Entry = Mapping[str, Any]

_LONG = 60  # letters of the name of a file


def architecture(entry: Entry) -> str:
    """Return what the network is built as, in a word that a file can be called by.

    torchvision's name. Of a module, the first word among its arguments (timm's resnet18d), else its
    own name; digits behind a dot tell it from another one of that name.
    """
    if "architecture" in entry:
        return entry["architecture"]
    arguments = entry.get("arguments") or ()
    given = arguments.values() if isinstance(arguments, Mapping) else arguments
    words = [word for word in given if isinstance(word, str)]
    name = words[0] if words else entry["module"].rpartition(":")[2]
    told = digest([entry["module"], arguments])[:4]
    word = re.sub(r"[^\w.]+", "-", name, flags=re.ASCII).strip("-")
    return f"{word[:_LONG]}.{told}"


def is_trained(entry: Entry) -> bool:
    """Say whether a rule of the workflow trains the network."""
    return isinstance(entry["weights"], Mapping) and "trained" in entry["weights"]


def learns_noise(entry: Entry) -> bool:
    """Say whether the network is trained on noise, so that its outputs are no classes."""
    return is_trained(entry) and entry["weights"]["trained"].get("data") == "noise"


def is_untrained(entry: Entry) -> bool:
    """Say whether the network keeps the weights that it was initialised with."""
    return isinstance(entry["weights"], Mapping) and "untrained" in entry["weights"]


def is_merged(entry: Entry) -> bool:
    """Say whether the network is another one of the study, trained toward the logits of a third."""
    return isinstance(entry["weights"], Mapping) and "merged" in entry["weights"]


def state(entry: Entry) -> str:
    """Say whether the weights are random, or were learnt, from noise or from anything else."""
    if learns_noise(entry):
        return NOISE
    return UNTRAINED if is_untrained(entry) else TRAINED


def labels(entry: Entry) -> list[str]:
    """Return what the outputs of a network that learns noise are called."""
    return [f"label {i}" for i in range(entry["weights"]["trained"]["labels"])]


def is_downloaded(entry: Entry) -> bool:
    """Say whether its weights come from torchvision's server or another URL."""
    return isinstance(entry["weights"], str) or "url" in entry["weights"]


def weights_file(entry: Entry) -> str | None:
    """Return the file of weights that is here: the user's own, or that of a package."""
    match entry["weights"]:
        case {"package": package, "file": file}:
            return str(package_file(package, file))
        case {"file": file}:
            return file
    return None


def download_name(entry: Entry) -> str:
    """Return what a download is called: the same weights of two networks are one file."""
    if isinstance(entry["weights"], str):
        return f"{entry['architecture']}-{entry['weights']}"
    return f"{architecture(entry)}-{entry['weights']['sha256'][:8]}"


def download_source(entry: Entry) -> dict[str, str]:
    """Return what the step that downloads weights is told of their source."""
    if isinstance(entry["weights"], str):
        return {"architecture": entry["architecture"], "weights": entry["weights"]}
    return {key: entry["weights"][key] for key in ("url", "sha256")}
