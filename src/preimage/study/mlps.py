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


def experiment_plan(entry: Entry, photo: Plan) -> Plan:
    """Return the plan of an experiment; photo is the entry of its photo.

    Its curves come by depth, widths and iterations, in whatever order the entry has these.
    """
    whole = DEFAULTS | dict(entry)
    shared = {key: whole[key] for key in ("name", "code", *DEFAULTS)}
    return shared | {
        "photo": {"name": entry["photo"]} | photo,
        "seeds": sorted(whole["seeds"]),
        "curves": [
            {"shape": shape_name(widths), "widths": widths, "iterations": iterations}
            for widths in sorted(shapes(entry), key=lambda widths: (len(widths), widths))
            for iterations in sorted(entry["iterations"])
        ],
    }


def threshold_plan(entries: Sequence[Entry]) -> dict[str, float]:
    """Return, by experiment, the share of its first value to which m_i must fall, where given."""
    return {entry["name"]: entry["complete"] for entry in entries if "complete" in entry}
