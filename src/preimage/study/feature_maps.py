"""What tables and figures of feature maps need to know of a study (N1 to N4, M5). No torch."""

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from preimage.measures.comparisons.sides import title
from preimage.study.cutting import holding
from preimage.study.kinds import Maps
from preimage.study.sources import architecture, is_merged, is_untrained, learns_noise
from preimage.study.study import Plan, Run, Study

Entry = dict[str, Any]

_RAW, _RESIZED, _OCTAVES = "raw", "resized", "octaves"  # ways to make the pictures of a map


def map_runs(study: Study) -> list[Run]:
    """Return image set and network of the runs of maps of layers."""
    return study.runs_of(Maps)


def layers(study: Study, image_set: str) -> list[str]:
    """Return the layers of a set of maps, in the order of the configuration."""
    return list(study.image_sets[image_set].by_layer)


def sheets(study: Study) -> list[tuple[str, str, str]]:
    """Return image set, network and layer of each contact sheet."""
    return [(*run, layer) for run in map_runs(study) for layer in layers(study, run[0])]


def trends(study: Study) -> list[Run]:
    """Return the runs of several layers: of one alone there is no trend."""
    return [run for run in map_runs(study) if len(layers(study, run[0])) > 1]


def runs_plan(study: Study) -> Plan:
    """Return what measures need to know of each run of maps."""
    return {"runs": [_run(study, *run) for run in map_runs(study)]}


def _run(study: Study, image_set: str, network: str) -> Plan:
    code = study.image_sets[image_set].entry["code"]
    place = {"set": image_set, "network": network, "code": code}
    recipe = study.recipe(image_set, network).data()
    return place | {"layers": layers(study, image_set), "recipe": recipe}


def comparisons_plan(study: Study) -> Plan:
    """Return which pictures of the same features are compared."""
    comparisons = [
        {
            "name": entry["name"],
            "code": entry["code"],
            "columns": [_column(study, column) for column in entry["columns"]],
        }
        for entry in study.config["feature_comparisons"]
    ]
    return {"comparisons": comparisons}


def _column(study: Study, column: Entry) -> Plan:
    recipe = study.recipe(column["set"], column["network"]).data()
    place = {"set": column["set"], "network": column["network"]}
    return place | {"title": title(column), "recipe": recipe}


def claims_plan(study: Study) -> Plan:
    """Return the runs and the pairs of columns of which something is claimed."""
    return {
        "runs": [_claimed(study, *run) for run in map_runs(study) if _is_judged(study, *run)],
        "pairs": [
            pair for one in comparisons_plan(study)["comparisons"] for pair in _pairs(study, one)
        ],
    }


def _is_judged(study: Study, image_set: str, network: str) -> bool:
    entry = study.networks[network]
    trained = not (is_untrained(entry) or learns_noise(entry))
    return trained and _made(study, image_set, network) != _RESIZED


def _claimed(study: Study, image_set: str, network: str) -> Plan:
    """Return how the maps of a run were made, its twins before training, and raw sets beside it."""
    run, octaves = (image_set, network), _made(study, image_set, network) == _OCTAVES
    return {
        "set": image_set,
        "network": network,
        "recipe": study.image_sets[image_set].runs[network].recipe,
        "octaves": octaves,
        "twins": [list(one) for one in map_runs(study) if _is_twin(study, run, one)],
    } | {
        way: [name for name in _same_terms(study, run) if _made(study, name, network) == way]
        if octaves
        else []
        for way in (_RAW, _RESIZED)
    }


def _made(study: Study, image_set: str, network: str) -> str:
    """Return how pictures were made: at one size, at one and enlarged, or by octaves.

    They are enlarged where the last size has a single step.
    """
    octaves = study.recipe(image_set, network).octaves
    if len(octaves) == 1:
        return _RAW
    return _RESIZED if octaves[-1].iterations == 1 else _OCTAVES


def _same_terms(study: Study, run: Run) -> list[str]:
    """Return the sets of maps by the same network that ask the same."""
    terms = {name: study.image_sets[name].template.terms for name, _ in map_runs(study)}
    return [s for s, n in map_runs(study) if n == run[1] and terms[s] == terms[run[0]]]


def _is_twin(study: Study, run: Run, other: Run) -> bool:
    """Say whether another run is the same without training, but for the schedule of its steps."""

    def shared(one: Run) -> tuple[object, ...]:
        built = architecture(study.networks[one[1]])
        return built, layers(study, one[0]), study.recipe(*one).normalised

    return is_untrained(study.networks[other[1]]) and shared(run) == shared(other)


def witnesses(study: Study, network: str) -> list[str]:
    """Return the networks that say whether they see an object in a network's pictures.

    They are trained, and of another architecture: the same as for its untrained baseline, and none
    that has its weights, or those that it was merged toward.
    """
    own = _architectures(study, network)
    return [
        judge
        for judge in study.judges
        if not is_untrained(study.networks[judge]) and own.isdisjoint(_architectures(study, judge))
    ]


def _architectures(study: Study, network: str) -> set[str]:
    """Return the architecture of a network, and of what it was merged from and toward."""
    entry = study.networks[network]
    if not is_merged(entry):
        return {architecture(entry)}
    ends = (entry["weights"]["merged"][end] for end in ("network", "toward"))
    return set().union(*(_architectures(study, end) for end in ends))


def asked_plan(study: Study) -> Plan:
    """Return who says whether they see an object in the pictures of each run of several layers;
    a run about which nobody can be asked is left out.
    """
    found = [(run, witnesses(study, run[1])) for run in trends(study)]
    return {"runs": [{"set": s, "network": n, "witnesses": w} for (s, n), w in found if w]}


def _pairs(study: Study, comparison: Plan) -> Iterator[Plan]:
    """Yield every two columns that are the same but for octaves."""
    for one, other in combinations(comparison["columns"], 2):
        if _are_raw_and_octaves(study, one, other):
            ends = {"one": one["title"], "other": other["title"]}
            yield {"comparison": comparison["name"], **ends, "network": one["network"]}


def _are_raw_and_octaves(study: Study, one: Plan, other: Plan) -> bool:
    """Say whether two columns differ solely in recipes of one size and of octaves."""
    asked = [study.image_sets[end["set"]].template.terms for end in (one, other)]
    ways = {_made(study, end["set"], end["network"]) for end in (one, other)}
    same = one["network"] == other["network"] and asked[0] == asked[1]
    return same and ways == {_RAW, _OCTAVES}


def compared_blocks(study: Study, blocks: Mapping[Run, Mapping[str, Plan]]) -> dict[Run, list[str]]:
    """Return the blocks, of `blocks` of all runs, that hold what all columns of a comparison have.

    These are features and seeds; there are some in a checked configuration.
    """
    needed: dict[Run, set[str]] = {}
    for comparison in study.config["feature_comparisons"]:
        runs = [(column["set"], column["network"]) for column in comparison["columns"]]
        rows = ({row for block in blocks[run].values() for row in _rows(block)} for run in runs)
        common = set.intersection(*rows)
        for run in runs:
            found = holding(blocks[run], lambda item, common=common: _row(item) in common)
            needed.setdefault(run, set()).update(found)
    return {run: [name for name in blocks[run] if name in names] for run, names in needed.items()}


def _rows(block: Plan) -> set[tuple[str, int]]:
    return set(map(_row, block["items"]))


def _row(item: Plan) -> tuple[str, int]:
    return item["item"], item["seed"]


def figures_plan(study: Study) -> Plan:
    """Return what figures show: each layer of each run, trends, comparisons."""
    look = {k: v for k, v in study.config["figures"].items() if k in ("columns", "most", "tile")}
    return {
        "sheets": [
            {"set": s, "network": n, "items": [f.name for f in study.image_sets[s].by_layer[layer]]}
            for s, n, layer in sheets(study)
        ],
        "trends": [list(run) for run in trends(study)],
        "look": look,
    } | comparisons_plan(study)


def tables(study: Study) -> list[str]:
    """Return the names of the tables that a study has something for."""
    names = []
    if map_runs(study):
        names += ["feature_maps", "feature_starts", "layers_by_depth"]
    if asked_plan(study)["runs"]:
        names += ["objectness"]
    if study.config["feature_comparisons"]:
        names += ["feature_pairs", "feature_similarity"]
    return names
