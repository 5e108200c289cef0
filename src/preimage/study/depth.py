"""What the figures and claims of representation by depth need to know of a study. No torch."""

from typing import Any

from preimage.descent.recipe import Recipe
from preimage.figures.look import Look
from preimage.measures.depth.stages import NOISE, TRAINED, staged
from preimage.study.sources import architecture as architecture_of
from preimage.study.sources import is_merged, is_untrained, learns_noise, state
from preimage.study.study import Plan, Study

# The scale of the loss, steps and blur that the pages name for a layer of a ResNet-50.
_RECORDED = {
    "Conv2": (0.01, (2.5, 1.5), (2.4, 0.4)),  # untrained
    "Conv5": (0.15, (0.1, 0.1), (2.4, 0.4)),  # untrained
    "trained Conv5": (0.0002, (2.5, 1.5), (2.4, 0.4)),
}
_STEM = ("conv1", "maxpool")
_MOST = 12  # photos whose singular values are taken
_OF_NOISE = ("images", "labels", "seed")
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
    photos = {photo for run in runs for photo in photos_of(study, *run)}
    return {
        "set": image_set,
        "photos": study.photos_plan(photos | starts),
        "runs": [
            {"network": run[1], "layers": study.layers(*run), "recipe": recipe.data()}
            | {"kind": _kind(study, *run)}
            for run, recipe in zip(runs, recipes, strict=True)
        ],
    }


def judges(study: Study) -> list[str]:
    """Return the networks that may say whose a reconstruction is: those that have learnt classes.

    But merged ones, and those that the configuration leaves out.
    """
    return [
        name
        for name, entry in study.networks.items()
        if entry.get("judges", not is_merged(entry))
        and not (learns_noise(entry) or is_untrained(entry))
    ]


def recognition_plan(study: Study, image_set: str) -> Plan:
    """Return the photos of a set, for those who look for them in reconstructions."""
    runs = [run for run in study.photo_runs if run[0] == image_set]
    photos = {photo for run in runs for photo in photos_of(study, *run)}
    return {"set": image_set, "photos": study.photos_plan(photos)}


def examined(study: Study) -> list[str]:
    """Return the networks from which photos are reconstructed."""
    return list(dict.fromkeys(network for _, network in study.photo_runs))


def has_noise(study: Study) -> bool:
    """Return whether photos are reconstructed from networks that learnt noise by heart."""
    return any(learns_noise(study.networks[network]) for network in examined(study))


def facts_plan(study: Study) -> Plan:
    """Return what is asked of each of these networks.

    Ranks are taken of the first network of each architecture and state, and of a ResNet's stem;
    singular values of Conv5 of what is trained, at the photos of the study.
    """
    asked: dict[str, Plan] = {}
    seen = set()
    for network in examined(study):
        entry = study.networks[network]
        runs = [run for run in study.photo_runs if run[1] == network]
        layers = list(dict.fromkeys(layer for run in runs for layer in study.layers(*run)))
        kind = architecture_of(entry), state(entry)
        stem = [layer for layer in _STEM if layer in layers and kind not in seen]
        seen.add(kind)
        size = study.recipe(*runs[0]).octaves[-1].side
        asked[network] = {"layers": layers, "size": size, "small": stem}
        deep = [layer for name, layer in staged(kind[0], layers).items() if name == "Conv5"]
        asked[network]["tiny"] = deep if kind[1] == TRAINED else []
        if learns_noise(entry):
            noise = {key: entry["weights"]["trained"].get(key, 0) for key in _OF_NOISE}
            asked[network]["noise"] = noise | {"size": entry["size"]}
    names = [photo["name"] for photo in study.config["photos"]]
    looked_at = names[:_MOST] if any(one["tiny"] for one in asked.values()) else []
    return {"networks": asked, "photos": study.photos_plan(looked_at)}


def photos_of(study: Study, image_set: str, network: str) -> list[str]:
    """Return the photos of a run, in the order of its set."""
    return list(study.image_sets[image_set].runs[network].photos)


def claims_plan(study: Study) -> Plan:
    """Return the runs, and those who judge them in their order."""
    return {"runs": [_claimed(study, *run) for run in study.photo_runs], "judges": judges(study)}


def sets(study: Study) -> list[str]:
    """Return the image sets of photos."""
    return list(dict.fromkeys(image_set for image_set, _ in study.photo_runs))


def shown(study: Study) -> list[tuple[str, str]]:
    """Return the architectures and photos that have a sheet of reconstructions."""
    pairs = [
        (architecture_of(study.networks[network]), photo)
        for image_set, network in study.photo_runs
        for photo in photos_of(study, image_set, network)
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
        if run["architecture"] == architecture
        and photo in photos_of(study, run["set"], run["network"])
    ]


def _run(study: Study, image_set: str, network: str) -> dict[str, Any]:
    entry = study.networks[network]
    octaves = study.recipe(image_set, network).octaves
    return {
        "set": image_set,
        "network": network,
        "architecture": architecture_of(entry),
        "state": state(entry),
        "blur": any(octave.sigma is not None for octave in octaves),
        "layers": study.layers(image_set, network),
        "kind": _kind(study, image_set, network),
    }


def _kind(study: Study, image_set: str, network: str) -> str:
    """Return what networks of one kind share: by chance alone they differ."""
    entry = study.networks[network]
    recipe = study.image_sets[image_set].runs[network].recipe
    own = network if state(entry) == TRAINED else ""
    return " ".join(filter(None, (architecture_of(entry), state(entry), recipe, own)))


def _claimed(study: Study, image_set: str, network: str) -> Plan:
    recipe = study.recipe(image_set, network)
    return _run(study, image_set, network) | {
        "code": study.image_sets[image_set].entry["code"],
        "recipe": study.image_sets[image_set].runs[network].recipe,
        "size": recipe.octaves[-1].side,
        "iterations": recipe.iterations,
        "normalised": recipe.normalised,
        "fixed": len(recipe.octaves) == 1 and len({*recipe.octaves[0].lr}) == 1,
        "recorded": _recorded(recipe),
    }


def _recorded(recipe: Recipe) -> str:
    """Return the stage for which a page names this recipe; its steps may be more than there."""
    if len(recipe.octaves) != 1:
        return ""
    (octave,) = recipe.octaves
    own = (recipe.loss.scale, octave.lr, octave.sigma, recipe.normalised)
    return next((stage for stage, given in _RECORDED.items() if own == (*given, False)), "")


def _row(run: Plan) -> Plan:
    state = _IN_WORDS.get(run["state"], run["state"])
    blur = "with blur" if run["blur"] else "without blur"
    place = {key: run[key] for key in ("set", "network")}
    return place | {"title": f"{run['network']} · {run['architecture']}, {state}, {blur}"}
