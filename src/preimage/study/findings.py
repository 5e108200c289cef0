"""Which figure of a study shows what each family of claims is about. No torch."""

from collections.abc import Iterable
from fnmatch import fnmatch

from preimage.study.sources import architecture, learns_noise
from preimage.study.study import Plan, Study

# By family, where such a figure may be: below the folder of figures, the best first. {} stands for
# image sets, comparisons and experiments of that family, and for what it is that learnt noise (H).
_SHOWN = {
    "A": ("comparisons/{}.png", "sheets/{}.png"),
    "B": ("comparisons/{}.png", "sheets/{}.png"),
    "C": ("depth/reconstructions/*.png",),
    "D": ("depth/distances.png",),
    "E": ("mlps/{}.png",),
    "F": ("mlps/widths/{}.png", "mlps/{}.png"),
    "G": ("depth/trajectories/{}.png", "depth/trajectories/*.png"),
    "H": ("depth/reconstructions/{}.*.png",),
    "I": ("class_to_opposite/*.png", "sheets/{}.png"),
    "J": ("animations/{}/*.png", "sheets/{}.png"),
    "K": ("comparisons/{}.png", "sheets/{}.png"),
    "L": ("space/second_logit/*.png", "space/maps/*.png"),
    "M": ("features/{}/*.png", "animations/{}/*.png"),
    "N": ("feature_maps/trends.png", "feature_maps/maps/*.png"),
}


def plan(study: Study, files: Iterable[str]) -> Plan:
    """Return what the page of findings says of the study, and the figures on it by family.

    files: all that rules draw.
    """
    pngs = [file for file in files if file.endswith(".png")]
    shown = {letter: _first(_patterns(study, letter), pngs) for letter in _SHOWN}
    return {
        "study": study.config["study"],
        "figures": {letter: file for letter, file in shown.items() if file},
    }


def _patterns(study: Study, letter: str) -> list[str]:
    own = [name for name, code in _codes(study) if code.startswith(letter)]
    return [
        f"*/figures/{pattern.format(name)}"
        for pattern in _SHOWN[letter]
        for name in (own if "{}" in pattern else [""])
    ]


def _codes(study: Study) -> Iterable[tuple[str, str]]:
    """Yield name and code of all that has one, and of what learnt noise what it is built as."""
    for key in ("comparisons", "image_sets", "mlps"):
        for entry in study.config[key]:
            yield entry["name"], entry["code"]
    for entry in study.networks.values():
        if learns_noise(entry):
            yield architecture(entry), "H1"


def _first(patterns: Iterable[str], files: Iterable[str]) -> str | None:
    found = (file for pattern in patterns for file in files if fnmatch(file, pattern))
    return next(found, None)
