"""What the pages of a study need to know of it. No torch."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from preimage.study.claims import makers
from preimage.study.opposites import groups_plan
from preimage.study.study import Plan, Study


def plan(study: Study, configuration: str, figures: Iterable[Plan]) -> Plan:
    """Return what `build_atlas` is told beside the results.

    configuration: the file that the study was read from. figures: what `figure` returns.
    """
    known = {
        name: {k: made[k] for k in ("architecture", "state")}
        for name, made in makers(study).items()
    }
    return {
        "study": study.name,
        "configuration": configuration,
        "first": study.class_images[0][0] if study.class_images else "",
        "networks": known,
        "classes": list(study.classes),
        "groups": dict(groups_plan(study)["groups"]),
        "photo_sets": sorted({s for s, _ in study.photo_runs}),
        "feature_sets": sorted({s for s, _ in study.feature_runs}),
        "figures": sorted(figures, key=lambda one: (one["category"], one["file"])),
    }


def figure(
    file: str, image_set: str, *, caption: Path, category: str, labels: Mapping[str, str]
) -> Plan:
    """Return a figure as pages show it, by what Snakemake's report says of it."""
    said = caption.read_text(encoding="utf-8").strip()
    said = said.replace("{{ snakemake.wildcards.image_set }}", image_set)
    _, _, name = file.partition("/figures/")
    told = [label.replace("{image_set}", image_set) for label in labels.values()]
    title = ", ".join(told).replace("_", " ") or Path(name).stem.replace("_", " ")
    return {"file": f"../figures/{name}", "category": category, "title": title, "caption": said}
