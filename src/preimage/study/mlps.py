"""What a study asks of fully connected networks, as data for plan files. No torch.

A *curve* is the descents of all seeds of one shape over one number of iterations. One job makes
all curves of an experiment, and keeps each for the next: a width, depth or number of iterations
added costs its own curves only; a seed added or changed costs all of them, because the seeds of a
curve are computed together.
"""

from collections.abc import Mapping, Sequence
from typing import Any

Entry = Mapping[str, Any]
Plan = dict[str, Any]

DEFAULTS = {
    "side": 29,
    "relu": "never",
    "lr": [0.1, 0.0001],
    "scale": 0.35,
    "seeds": [1, 2, 3],
    "precision": "float32",
    "initial": "linear",
    "normalised": False,
}


def shapes(entry: Entry) -> list[list[int]]:
    """Return the neurons of the layers of each network: given, or every width at every depth."""
    if "shapes" in entry:
        return [list(shape) for shape in entry["shapes"]]
    return [[width] * depth for depth in entry.get("depths", [1]) for width in entry["widths"]]


def shape_name(widths: Sequence[int]) -> str:
    """Return such as 3000, 3000x4 or 3000-6000."""
    if len(widths) > 1 and len({*widths}) == 1:
        return f"{widths[0]}x{len(widths)}"
    return "-".join(map(str, widths))


def photos_of(entry: Entry) -> list[str]:
    """Return the names of the photos of an experiment or inversion: one, or one for each seed."""
    return entry["photo"] if isinstance(entry["photo"], list) else [entry["photo"]]


def photos_by_seed(entry: Entry, seeds: Sequence[int], photos: Mapping[str, Plan]) -> list[Plan]:
    """Return a photo for each of the seeds, which are in order; photos: their entries by name.

    Of a list, the photos go with the seeds as these are written.
    """
    names = photos_of(entry)
    written = entry.get("seeds", seeds)
    each = names if len(names) > 1 else names * len(seeds)
    by_seed = dict(zip(written, each, strict=True))
    return [{"name": by_seed[seed]} | photos[by_seed[seed]] for seed in seeds]


def experiment_plan(entry: Entry, photos: Mapping[str, Plan]) -> Plan:
    """Return the plan of an experiment; photos are the entries of its photos, by name.

    Its curves come by depth, widths and iterations, in whatever order the entry has these.
    """
    whole = DEFAULTS | dict(entry)
    seeds = sorted(whole["seeds"])
    shared = {key: whole[key] for key in ("name", "code", *DEFAULTS)}
    return shared | {
        "photos": photos_by_seed(entry, seeds, photos),
        "seeds": seeds,
        "curves": [
            {"shape": shape_name(widths), "widths": widths, "iterations": iterations}
            for widths in sorted(shapes(entry), key=lambda widths: (len(widths), widths))
            for iterations in sorted(entry["iterations"])
        ],
    }


def threshold_plan(entries: Sequence[Entry]) -> dict[str, float]:
    """Return, by experiment, the share of its first value to which m_i must fall, where given."""
    return {entry["name"]: entry["complete"] for entry in entries if "complete" in entry}
