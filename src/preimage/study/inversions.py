"""What a study inverts exactly: the plans of `preimage.steps.invert_mlps`. No torch.

One job inverts the networks of all numbers of layers and seeds, and keeps each for the next: a seed
or a number of layers added costs its own networks only.
"""

from collections.abc import Mapping
from typing import Any

Entry = Mapping[str, Any]
Plan = dict[str, Any]

DEFAULTS = {
    "side": 29,
    "layers": [1, 2, 3, 4],
    "samples": 500,
    "noise": 0.001,
    "seeds": [1, 2, 3],
    "descent_steps": 220,
}


def inversion_plan(entry: Entry, photo: Plan) -> Plan:
    """Return the plan of an inversion; photo is the entry of its photo."""
    whole = DEFAULTS | dict(entry)
    return {key: whole[key] for key in DEFAULTS} | {
        "inversion": entry["name"],
        "photo": {"name": entry["photo"]} | photo,
        "layers": sorted(whole["layers"]),
        "seeds": sorted(whole["seeds"]),
    }
