"""What merged networks learn from, and which class images show what came of it. No torch."""

from collections.abc import Collection, Mapping

from preimage.study.comparisons import class_image_runs
from preimage.study.cutting import holding
from preimage.study.sources import is_merged, is_untrained
from preimage.study.study import Plan, Study


def learnt_blocks(blocks: Mapping[str, Plan], classes: Collection[int] | None) -> list[str]:
    """Return the names of the blocks that have pictures of these classes; None means of any."""
    return holding(blocks, lambda item: classes is None or item["classes"][0] in classes)


def merged(study: Study) -> list[str]:
    """Return the networks that learnt what others say."""
    return sorted(name for name, entry in study.networks.items() if is_merged(entry))


def claims_plan(study: Study, compared: Mapping[str, Plan]) -> Plan:
    """Return what claims are judged on, and by whom.

    pictures: the sets in which a merged network made class images of what it learnt, and beside
    each all sets in which the network did that made what it learnt from. comparisons: those that
    have columns by a merged network. judges: the networks that have learnt something.
    """
    names = {*merged(study)}
    return {
        "pictures": _pictures(study),
        "comparisons": [
            one for one in compared.values() if names & {c["network"] for c in one["columns"]}
        ],
        "judges": [name for name in study.judges if not is_untrained(study.networks[name])],
    }


def picture_runs(study: Study) -> list[tuple[str, str]]:
    """Return set and network of all the pictures in `claims_plan`, each once."""
    found = []
    for entry in _pictures(study):
        donor = _made_by(study, entry["network"])
        found += [(entry["set"], entry["network"]), *((s, donor) for s in entry["donor_sets"])]
    return list(dict.fromkeys(found))


def _pictures(study: Study) -> list[Plan]:
    return [
        {
            "network": network,
            "set": name,
            "donor_sets": (donors := _class_images(study, donor := _made_by(study, network))),
            "recorded": not any(
                study.recipe(*run).normalised
                for run in [(name, network), *((one, donor) for one in donors)]
            ),
        }
        for network in merged(study)
        for name in _class_images(study, network)
    ]


def _made_by(study: Study, network: str) -> str:
    """Return which network made the pictures that a merged one learnt from."""
    return study.networks[network]["weights"]["merged"]["images"]["network"]


def _class_images(study: Study, network: str) -> list[str]:
    return [name for name, maker in class_image_runs(study) if maker == network]
