"""Which networks make the pictures of an image set. No torch."""

from preimage.study.study import Study


def makers(study: Study, image_set: str) -> list[str]:
    """Return the networks that make one picture of each target of a set; none without the set."""
    return [network for name, network in study.still_runs if name == image_set]
