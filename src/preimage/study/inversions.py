"""What a study inverts exactly: the plans of `preimage.steps.invert_mlps`. No torch.

One job inverts the networks of all numbers of layers and seeds, and keeps each for the next: a seed
or a number of layers added costs its own networks only.
"""

from collections.abc import Mapping
from typing import Any

from preimage.study.mlps import photos_by_seed

Entry = Mapping[str, Any]
Plan = dict[str, Any]

DEFAULTS = {
    "side": 29,
    "layers": [1, 2, 3, 4],
    "samples": 500,
    "noise": 0.001,
    "seeds": [1, 2, 3],
    "descent_steps": 220,
    "initial": "linear",
}


def inversion_plan(entry: Entry, photos: Mapping[str, Plan]) -> Plan:
    """Return the plan of an inversion; photos are the entries of its photos, by name."""
    whole = DEFAULTS | dict(entry)
    seeds = sorted(whole["seeds"])
    return {key: whole[key] for key in DEFAULTS} | {
        "inversion": entry["name"],
        "photos": photos_by_seed(entry, seeds, photos),
        "layers": sorted(whole["layers"]),
        "seeds": seeds,
    }
