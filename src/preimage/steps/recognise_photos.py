"""Whether other networks know photos again in what was reconstructed of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from preimage.blocks import read_image
from preimage.errors import UserError
from preimage.measures.depth.recognition import SAID, Eyes, recognised
from preimage.networks.network import load_network
from preimage.photo_files import OTHER_HALF, photo_file
from preimage.photos import open_photo, squash
from preimage.plans import Plan
from preimage.progress import progress
from preimage.status import NOT_FINITE
from preimage.steps.computing import Machine
from preimage.steps.engine import step
from preimage.steps.reading import Pictures
from preimage.tables.depth import RECOGNISED

_ABOUT = ["code", "set", "network", "layer", "item", "seed", "status"]


class Lineup(Plan):
    """The plan names a set and its photos: {set: mine, photos: {dog: {file: dog.jpg}}}."""

    set: str
    photos: dict[str, dict[str, str]]


@step(recognised=RECOGNISED)
def recognise_photos(
    plan: Lineup, networks: Sequence[Path], pictures: Pictures, machine: Machine
) -> pd.DataFrame:
    """Write whose photo a reconstruction is to each network that did not make it.

    By the cosine of what goes into its last weights, and by its first five classes; it sees photos
    and reconstructions at its own size, not clipped.
    """
    if missing := {*pictures.target} - {*plan.photos}:
        raise UserError(f"the plan has no photo {', '.join(sorted(missing))}")
    places = {name: place for place, name in enumerate(plan.photos)}
    others = other_halves(plan.photos)
    halves = {places[one]: places[other] for one, other in others.items()}
    found = [pd.DataFrame(columns=RECOGNISED.names)]
    for path in progress(networks, f"recognise {plan.set}", unit="network"):
        network = load_network(path, device=machine.device, modules=machine.modules)
        eyes = Eyes(network, machine.batch, machine.device)
        photos = [squash(open_photo(photo), network.size) for photo in plan.photos.values()]
        known = eyes.see(torch.stack(photos))
        for _, block in pictures[pictures.network != network.name].groupby("file", sort=False):
            images = np.stack([*map(read_image, block.file, block.row)])
            own = block.target.map(places).tolist()
            said = recognised(own, known, eyes.see(torch.from_numpy(images)), halves)
            said.loc[(block.status == NOT_FINITE).to_numpy(), SAID] = np.nan
            about = block[_ABOUT].assign(
                photo=block.target,
                judge=network.name,
                other_half=block.target.map(others),
            )
            found.append(pd.concat([about.reset_index(drop=True), said], axis=1))
    return pd.concat(found[len(found) > 1 :], ignore_index=True)


def other_halves(photos: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return of each photo that is a half the name of the other half of it, if that is there."""
    parts = {(photo_file(one), one.get("part")): name for name, one in photos.items()}
    found = {
        name: parts.get((photo_file(one), OTHER_HALF[one["part"]]))
        for name, one in photos.items()
        if "part" in one
    }
    return {name: other for name, other in found.items() if other}
