"""Which pictures of classes are cut into parts, and who sees those (code I1). No torch."""

from preimage.claims.makers import TRAINED, Maker, first_third
from preimage.study.claims import makers
from preimage.study.opposites import pictured_runs
from preimage.study.study import Plan, Study


def crops_plan(study: Study) -> Plan:
    """Return by run of opposites and class images the first judge that shares nothing with its
    network; a run without one is left out.
    """
    known = {name: Maker(**about) for name, about in makers(study).items()}
    asked = {}
    for _, network in study.opposites:
        trained = (judge for judge in study.judges if known[judge].state == TRAINED)
        asked[network] = first_third(trained, known, network)
    runs = [
        {"set": image_set, "network": network, "judge": asked[network]}
        for image_set, network in pictured_runs(study)
        if asked.get(network)
    ]
    return {"runs": runs if study.class_images else []}
