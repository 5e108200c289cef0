"""What the figures and claims of representation by depth need to know of a study. No torch."""

from typing import Any

from preimage.figures.look import Look
from preimage.measures.depth.stages import NOISE, TRAINED, UNTRAINED
from preimage.study.sources import Entry, learns_noise
from preimage.study.sources import architecture as architecture_of
from preimage.study.study import Plan, Study

_IN_WORDS = {NOISE: "trained on noise"}


def runs_plan(study: Study) -> list[Plan]:
    """Return, of each run of photos, what its network is, whether its recipe blurs, its layers."""
    return [_run(study, *run) for run in study.photo_runs]


def figure_plan(study: Study) -> Plan:
    """Return the runs to draw, and the sheets with the rows of each."""
    return {
        "runs": runs_plan(study),
        "sheets": [_sheet(study, architecture, photo) for architecture, photo in shown(study)],
        "tile": study.config["figures"].get("tile", Look().tile),
    }


def measures_plan(study: Study, image_set: str) -> Plan:
    """Return what the measures of a set of photos need to know of it."""
    runs = [run for run in study.photo_runs if run[0] == image_set]
    recipes = [study.recipe(*run) for run in runs]
    starts = {recipe.start.picture for recipe in recipes} - {""}
    return {
        "set": image_set,
        "photos": study.photos_plan({*study.image_sets[image_set].asked} | starts),
        "runs": [
            {"network": run[1], "layers": study.layers(*run), "recipe": recipe.data()}
            for run, recipe in zip(runs, recipes, strict=True)
        ],
    }


def sets(study: Study) -> list[str]:
    """Return the image sets of photos."""
    return list(dict.fromkeys(image_set for image_set, _ in study.photo_runs))


def shown(study: Study) -> list[tuple[str, str]]:
    """Return the architectures and photos that have a sheet of reconstructions."""
    pairs = [
        (architecture_of(study.networks[network]), photo)
        for image_set, network in study.photo_runs
        for photo in study.image_sets[image_set].asked
    ]
    return list(dict.fromkeys(pairs))


def _sheet(study: Study, architecture: str, photo: str) -> Plan:
    return {
        "photo": study.photos_plan([photo])[photo] | {"name": photo},
        "rows": [_row(run) for run in _runs_of(study, architecture, photo)],
    }


def _runs_of(study: Study, architecture: str, photo: str) -> list[Plan]:
    return [
        run
        for run in runs_plan(study)
        if run["architecture"] == architecture and photo in study.image_sets[run["set"]].asked
    ]


def _run(study: Study, image_set: str, network: str) -> dict[str, Any]:
    entry = study.networks[network]
    octaves = study.recipe(image_set, network).octaves
    return {
        "set": image_set,
        "network": network,
        "architecture": architecture_of(entry),
        "state": _state(entry),
        "blur": any(octave.sigma is not None for octave in octaves),
        "layers": study.layers(image_set, network),
    }


def _state(entry: Entry) -> str:
    if learns_noise(entry):
        return NOISE
    return UNTRAINED if "untrained" in entry["weights"] else TRAINED


def _row(run: Plan) -> Plan:
    state = _IN_WORDS.get(run["state"], run["state"])
    blur = "with blur" if run["blur"] else "without blur"
    place = {key: run[key] for key in ("set", "network")}
    return place | {"title": f"{run['network']} · {run['architecture']}, {state}, {blur}"}
