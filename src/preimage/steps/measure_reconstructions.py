"""How near reconstructions are to their photos."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import torch
from msgspec import Meta
from torch import Tensor, nn

from preimage.blocks import of, read_image
from preimage.descent.recipe import Recipe
from preimage.errors import UserError
from preimage.measures.depth.clearness import MOST_OTHERS, beaten, floor, pixel_likeness
from preimage.measures.depth.rates import step_sizes
from preimage.measures.depth.reconstructions import Ruler
from preimage.networks.network import load_network
from preimage.photos import open_photo, squash
from preimage.plans import Plan
from preimage.progress import progress
from preimage.status import NOT_FINITE
from preimage.steps.computing import Machine
from preimage.steps.engine import step
from preimage.steps.reading import Pictures
from preimage.tables.depth import RECONSTRUCTIONS
from preimage.tables.images import TRACE
from preimage.tables.parquet import read_table

_OF_ITEMS = ("code", "set", "network", "layer", "item", "seed", "recipe", "size", "iterations")
_MEASURES = [column.name for column in RECONSTRUCTIONS.columns if column.nullable]
_PHOTOS = 8  # are held at a time, for each may have many megapixels


class Made(Plan):
    """What one network reconstructed: from which layers, in the order of their depth, and how.

    kind: networks of one kind, such as several of one architecture that have learnt nothing, are
    taken together where a photo is compared with reconstructions of others; else each is alone.
    """

    network: str
    layers: Annotated[list[str], Meta(min_length=1)]
    recipe: dict[str, Any]
    kind: str = ""


class Reconstructed(Plan):
    """The plan says what a set of photos was reconstructed from, and its photos:

    set: reconstructions
    photos: {dog: {file: dog.jpg}, chelsea: {shipped: chelsea}}
    runs:
      - network: resnet50-untrained
        layers: [conv1, layer1, layer4]    # in the order of their depth
        recipe: {octaves: [{size: 299, iterations: 500, lr: [0.1, 0.005]}], normalised: true}

    A picture that a recipe starts from is among the photos.
    """

    set: str
    photos: dict[str, dict[str, str]]
    runs: Annotated[list[Made], Meta(min_length=1)]


@step(reconstructions=RECONSTRUCTIONS)
def measure_reconstructions(
    plan: Reconstructed,
    networks: Sequence[Path],
    pictures: Pictures,
    traces: Sequence[Path],
    machine: Machine,
) -> pd.DataFrame:
    """Measure how near the reconstructions of a set of photos are to them: a row each.

    Networks are named by their files; each block of pictures has a trace, in their order. One
    picture at a time is in memory.
    """
    _check(plan, networks, pictures, traces)
    files = {path.stem: path for path in networks}
    traced = dict(zip(pictures.file.unique(), traces, strict=True))
    photo = lru_cache(_PHOTOS)(lambda name: open_photo(plan.photos[name]))
    lineup = _Lineup(photo, [*dict.fromkeys(pictures.target)])
    found = []
    with progress(len(pictures), f"measure {plan.set}", unit="picture") as bar:
        for made in plan.runs:
            network = load_network(files[made.network], modules=machine.modules)
            run = _Run(made, network.model, photo, lineup, machine.device)
            blocks = of(pictures, plan.set, made.network).groupby("file", sort=False)
            rows = [
                row
                for file, block in blocks
                for row in run.measured(block, _trace(traced[file], block), bar.update)
            ]
            found.append(pd.DataFrame(rows))
    floors = _floors(plan, pictures, lineup)
    return pd.concat(
        [_in_order(rows, made.layers, floors) for rows, made in zip(found, plan.runs, strict=True)],
        ignore_index=True,
    )


def _check(
    plan: Reconstructed, networks: Sequence[Path], pictures: pd.DataFrame, traces: Sequence[Path]
) -> None:
    if pictures.file.nunique() != len(traces):
        raise UserError("images and traces differ in number: give both of each block")
    if missing := {made.network for made in plan.runs} - {path.stem for path in networks}:
        raise UserError(f"the network {', '.join(sorted(missing))} of the plan is not given")
    starts = {Recipe.read(made.recipe).start.picture for made in plan.runs} - {""}
    if missing := ({*pictures.target} | starts) - plan.photos.keys():
        raise UserError(f"the plan has no photo {', '.join(sorted(missing))}")
    for made in plan.runs:
        own = of(pictures, plan.set, made.network)
        if missing := {*own.layer} - {*made.layers}:
            raise UserError(
                f"there are pictures of {', '.join(sorted(missing))} by {made.network}, whose "
                f"layers are {', '.join(made.layers)} in the plan"
            )


def _trace(file: Path, block: pd.DataFrame) -> pd.DataFrame:
    """Return the trace of a block of pictures. Raises UserError for one of others."""
    trace = read_table(file, TRACE)
    there = {*zip(trace["item"], trace.seed, strict=True)}
    for item, seed in zip(block["item"], block.seed, strict=True):
        if (item, seed) not in there:
            raise UserError(
                f"{file} has no descent of the item {item!r} with seed {seed}, whose picture is in "
                f"{block.file.iloc[0]}: give the trace of each block, in the order of the images"
            )
    return trace


@dataclass(frozen=True)
class _Lineup:
    """The photos of a set, among which the own one of a reconstruction is looked for."""

    photo: Callable[[str], Tensor]
    names: Sequence[str]

    def beaten(self, name: str, image: np.ndarray) -> float:
        """Return the share of other photos that correlate less with the image."""
        likeness = pixel_likeness([self.at(other, image.shape[-1]) for other in self.names], image)
        return beaten(self.names.index(name), likeness)

    def at(self, name: str, side: int) -> np.ndarray:
        """Return a photo as a square of that side."""
        return squash(self.photo(name), side).numpy()


def _floors(
    plan: Reconstructed, pictures: pd.DataFrame, lineup: _Lineup
) -> dict[tuple[str, str, int], float]:
    """Return, by network, item and seed, how like a photo reconstructions of others are."""
    kinds = {made.network: made.kind or made.network for made in plan.runs}
    own = pictures[(pictures.set == plan.set) & pictures.network.isin(kinds)]
    finite = own[own.status != NOT_FINITE]
    found = {}
    for _, alike in finite.groupby([finite.network.map(kinds), "layer", "seed"], sort=False):
        rows = alike.sort_values(["target", "network"])
        for place, row in enumerate(rows.itertuples()):
            after = pd.concat([rows[place + 1 :], rows[:place]])  # in a circle: none is favoured
            others = after[after.target != row.target][:MOST_OTHERS]
            images = list(map(read_image, others.file, others.row))
            photo = lineup.at(row.target, row.size)
            found[row.network, row.item, row.seed] = floor(photo, images)
    return found


@dataclass(frozen=True)
class _Run:
    """Measures what one network reconstructed."""

    made: Made
    model: nn.Module
    photo: Callable[[str], Tensor]
    lineup: _Lineup
    device: torch.device

    def measured(
        self, block: pd.DataFrame, trace: pd.DataFrame, tell: Callable[[], object]
    ) -> Iterator[dict[str, Any]]:
        """Yield a row for each picture of a block, which may be of several layers and seeds."""
        recipe = Recipe.read(self.made.recipe, f"recipe of {self.made.network}")
        start = recipe.start.picture
        shared = {"loss_factor": recipe.loss.scale}
        sizes = step_sizes(trace, recipe)
        for layer, rows in block.groupby("layer", sort=False):
            starts = {start: self.photo(start)} if start else {}
            ruler = Ruler(self.model, layer, recipe, self.device, starts)
            pairs = zip(rows.to_dict("records"), ruler(self._items(rows)), strict=True)
            for row, measures in pairs:
                tell()
                image = read_image(row["file"], row["row"])
                whose = {"beaten": self.lineup.beaten(row["target"], image)}
                yield _about(row) | shared | sizes[row["item"], row["seed"]] | measures | whose

    def _items(self, rows: pd.DataFrame) -> Iterator[tuple[Tensor, Tensor, int]]:
        for row in rows.itertuples():
            picture = torch.from_numpy(read_image(row.file, row.row))
            yield self.photo(row.target), picture, row.seed


def _about(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: row[key] for key in (*_OF_ITEMS, "status")} | {"photo": row["target"]}


def _in_order(
    frame: pd.DataFrame, layers: Sequence[str], floors: Mapping[tuple[str, str, int], float]
) -> pd.DataFrame:
    """Return the rows of a run by depth, without measures where a picture is not finite."""
    places = zip(frame.network, frame["item"], frame.seed, strict=True)
    frame["ssim_others"] = [floors.get(place, float("nan")) for place in places]
    frame.loc[frame.status == NOT_FINITE, _MEASURES] = float("nan")
    order = {layer: depth for depth, layer in enumerate(layers)}
    return frame.assign(depth=frame.layer.map(order)).sort_values(["depth", "item", "seed"])
