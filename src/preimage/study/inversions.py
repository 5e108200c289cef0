"""What a study inverts exactly: the plans of `preimage.steps.invert_mlps`. No torch.

A *part* is what one job inverts: the network of one seed with one number of layers. A seed or a
number of layers added costs its own parts only.
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


def parts(entry: Entry, photo: Plan) -> dict[str, Plan]:
    """Return the plan of each part of an inversion by ``LAYERS.SEED``; photo is its entry."""
    whole = DEFAULTS | dict(entry)
    shared = {key: whole[key] for key in ("side", "samples", "noise", "descent_steps")}
    shared |= {"inversion": entry["name"], "photo": {"name": entry["photo"]} | photo}
    return {
        f"{layers}.{seed}": shared | {"layers": layers, "seed": seed}
        for layers in sorted(whole["layers"])
        for seed in sorted(whole["seeds"])
    }
