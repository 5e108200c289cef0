"""Ask networks what they see in pictures of classes, in short and in full."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import safetensors
import torch

from preimage.descent.layers import Extractor
from preimage.descent.objective import LOGITS as LAST
from preimage.errors import UserError
from preimage.measures.images.judging import judge
from preimage.measures.images.predictions import logit_rows, predictions
from preimage.networks.network import Network, load_network
from preimage.plans import Plan
from preimage.progress import progress
from preimage.steps.computing import Machine
from preimage.steps.engine import step
from preimage.steps.reading import Pictures
from preimage.tables.images import LOGITS, PREDICTIONS

Logits = dict[tuple[str, str], np.ndarray]  # by the network that made pictures and the judge


class Judges(Plan):
    """Who judges the pictures of each network that made some: judges: {mine: [mine, other]}."""

    judges: dict[str, list[str]]


@step(logits=LOGITS, predictions=PREDICTIONS)
def ask_networks(
    plan: Judges, networks: Sequence[Path], pictures: Pictures, machine: Machine
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Write what networks say of the pictures of an image set.

    Each network, named by its file, sees the pictures resized to its own size, not clipped, in
    float32.
    """
    asked = [
        load_network(path, device=machine.device, modules=machine.modules) for path in networks
    ]
    _check(plan, pictures, asked)
    for one in asked:  # that what stands beside a picture does not matter
        Extractor(one.model, [LAST], device=machine.device, name=one.name).layouts(one.size)
    judges = {one.name: one for one in asked}
    said = _logits(plan, judges, pictures, machine)
    items = dict(list(pictures.groupby("network", sort=False)))
    full = [logit_rows(items[maker], found, name) for (maker, name), found in said.items()]
    told = [
        predictions(items[maker], found, name, judges[name].size, judges[name].categories)
        for (maker, name), found in said.items()
    ]
    return pd.concat(full), pd.concat(told)


def _check(plan: Judges, pictures: pd.DataFrame, asked: Sequence[Network]) -> None:
    names = [one.name for one in asked]
    if len({*names}) < len(names):
        raise UserError("two of the networks have the same name: a judge is named by its file")
    for maker in pictures.network.unique():
        if not (wanted := plan.judges.get(maker)):
            raise UserError(f"the plan names no judges of the pictures that {maker} made")
        if missing := {*wanted} - {*names}:
            raise UserError(f"{min(missing)} is to judge pictures of {maker}, but is not given")
    for one in asked:
        if one.categories != asked[0].categories:
            raise UserError(
                f"{names[0]} and {one.name} have other categories: only networks with the same "
                "classes can judge the same pictures"
            )
    for letter in ("class_a", "class_b"):
        known = range(len(asked[0].categories))
        for file, index in zip(pictures.file, pictures[letter], strict=True):
            if not (pd.isna(index) or int(index) in known):
                raise UserError(
                    f"the items of {file}: {letter} is {index}, but {names[0]} knows only the "
                    f"classes 0 to {known[-1]}"
                )


def _logits(
    plan: Judges, judges: Mapping[str, Network], pictures: pd.DataFrame, machine: Machine
) -> Logits:
    """Return the logits [n, C] of every judge; one block of pictures is in memory at a time."""
    said: dict[tuple[str, str], list[np.ndarray]] = {}
    count = pictures.network.map(plan.judges).map(len).sum()
    with progress(int(count), "ask", unit="image") as bar:
        for maker, images in _blocks(pictures):
            for one in (judges[name] for name in plan.judges[maker]):
                found = judge(
                    one.model,
                    images,
                    one.size,
                    batch=machine.batch,
                    device=machine.device,
                    tell=bar.update,
                )
                said.setdefault((maker, one.name), []).append(found)
    return {key: np.concatenate(found) for key, found in said.items()}


def _blocks(pictures: pd.DataFrame) -> Iterator[tuple[str, torch.Tensor]]:
    """Yield block by block which network made it, and its pictures [n, 3, S, S]."""
    for file, network in pictures[["file", "network"]].drop_duplicates().itertuples(index=False):
        with safetensors.safe_open(file, framework="pt") as block:
            yield network, block.get_tensor("images")
