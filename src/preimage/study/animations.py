"""Which animations a study asks for, as data for plan files. No torch."""

from preimage.blocks import frame_of
from preimage.study.study import Plan, Study
from preimage.study.targets import seeds
from preimage.study.templates import moves, named


def figure_plan(study: Study) -> Plan:
    """Return all animations, and how their films look.

    There is one for each target of each run of an image set with frames, from its first seed.
    """
    shown = [
        _animated(study, image_set, network, name, first)
        for image_set, network in runs(study)
        for name, first in _first_frames(study, image_set, network).items()
    ]
    return {"animations": shown, "look": study.config["figures"].get("animations", {})}


def runs(study: Study) -> list[tuple[str, str]]:
    """Return the runs that have frames."""
    return [run for run in study.class_runs if "frames" in study.image_sets[run[0]]]


def _animated(study: Study, image_set: str, network: str, name: str, first: Plan) -> Plan:
    entry = study.image_sets[image_set]
    return {
        "set": image_set,
        "network": network,
        "item": name,
        "seed": first["seed"],
        "frames": entry["frames"],
        "objective": named(entry["objective"], [study.classes[c] for c in first["classes"]]),
        "along": "t" if moves(entry["objective"]) else "step",
        "classes": [[c, study.classes[c]] for c in first["classes"]],
    }


def _first_frames(study: Study, image_set: str, network: str) -> dict[str, Plan]:
    """Return, by what it is a frame of, the item of each first frame, or of the whole descent."""
    seed = seeds(study.image_sets[image_set])[0]
    blocks = study.blocks(image_set, network).values()
    items = [item for block in blocks for item in block["items"] if item["seed"] == seed]
    firsts = [item for item in items if item.get("frame", 0) == 0]
    return {item["item"].removesuffix(frame_of("", 0)): item for item in firsts}
