"""What the page "Feature Visualization and Deep Dreams" claims of maps by depth, and what is found.

Codes N0 to N4 and M5. Seeds are averaged in a map, and maps in a layer: of what depth does, the
layers are the cases, not the maps. What a trend owes to training, and what to the architecture and
to the recipe, shows against the same layers before training. Only live maps look like anything.

That late pictures show *whole objects* is told by other networks, as
`preimage.measures.feature_maps.objectness` says.
"""

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from preimage.claims.ledger import Evidence, Samples
from preimage.claims.makers import Makers
from preimage.measures.feature_maps.convergence import converged
from preimage.measures.feature_maps.layers import by_map
from preimage.measures.feature_maps.objectness import with_objectness
from preimage.measures.feature_maps.trends import centre, pseudovalues, spearman
from preimage.measures.statistics.compared import Difference
from preimage.measures.statistics.samples import Known, Sample
from preimage.plans import Plan
from preimage.status import NO_GRADIENT, PICTURES
from preimage.tables.feature_maps import UNMOVED

Array = NDArray[np.float64]

_NETWORK = "inception_v3"
_PRINTED, _YELLOW, _NEAR = (180, 300, 120), (60,), 30  # degrees: cyan, magenta, green; yellow
_GRID = 0.25  # cycles a pixel
_LAYER = re.compile(r"(?P<layer>.+)\[[^\]]*\]")
_PICTURE = ["set", "network", "item", "seed"]
_TREND = 3  # layers from which on there is one
_LEAST_LAYERS = {"M5.3": 1, "N1.4": 1, "N1.2": 2, "N1.3": 2, "N2.1": 2}  # of one, none is the first
_SCORE = "spectrum"  # is the pattern, wherever it lies


class MapsRun(Plan):
    """How the maps of a run of a trained network were made, and beside what.

    twins: set and network of runs of the same layers before training. Where this run has octaves,
    sets of maps of the same network: raw, by a single descent at one size, and resized, by one at a
    lower size and enlarged.
    """

    set: str
    network: str
    recipe: str
    octaves: bool
    twins: list[tuple[str, str]]
    raw: list[str]
    resized: list[str]

    def __str__(self) -> str:
        return f"{self.network} ({self.set}, {self.recipe})"


class Pair(Plan):
    """Two columns of a comparison that are the same but for octaves."""

    comparison: str
    one: str
    other: str
    network: str


class FeatureMapClaims(Plan):
    """The runs of maps of trained networks, and what is compared:

    runs: [{set: maps, network: resnet50, recipe: octaves, octaves: true, twins: [[maps, random]],
            raw: [maps_raw], resized: []}]
    pairs: [{comparison: raw_and_octaves, one: raw, other: octaves, network: resnet50}]
    """

    runs: list[MapsRun]
    pairs: list[Pair]


def settle_feature_maps(
    plan: FeatureMapClaims,
    makers: Makers,
    maps: pd.DataFrame,
    objectness: pd.DataFrame,
    traces: pd.DataFrame,
) -> Iterator[Evidence]:
    """Yield what rows FEATURE_MAPS, PICTURED_OBJECTS and TRACE say of each run."""
    seen = with_objectness(maps, objectness)
    for run in plan.runs:
        own = _of(seen, run.set, run.network)
        twin = next((t for t in (_of(seen, *name) for name in run.twins) if len(t)), own[:0])
        raw, resized = (
            pd.concat([_of(seen, name, run.network) for name in names] or [own[:0]])
            for names in (run.raw, run.resized)
        )
        if own.empty:
            continue
        about = {"networks": str(run), "size": int(own["size"].iloc[0])}
        primary = run.network in makers and makers[run.network].is_page_s(_NETWORK)
        found = {
            "M5.3": (_clearer(own, resized), _clearer(raw, resized)),
            "N0.1": (_converging(own, _of(traces, run.set, run.network)), {}),
            "N1.1": (_plain(own), _plain(twin)),
            "N1.2": (_palette(own), _palette(twin)),
            "N1.3": (_without_octaves(own, raw), _grids(own)),
            "N1.4": (_grey(own), {}),
            "N2.1": (_begin(own), _begin(twin)),
            "N2.2": (_rises(own, twin, "entropy"), {}),
            "N3.1": (_in_turn(own), _in_turn(twin)),
            "N4.1": (_rises(own, twin, "objectness"), {}),
            "N4.2": (_jumbled(own), {}),
        }
        for claim, (parts, control) in found.items():
            counts = primary and (run.octaves or claim == "N0.1")
            enough = own.depth.nunique() >= _LEAST_LAYERS.get(claim, _TREND)
            if enough and parts and all(one.n for one in parts.values()):
                yield Evidence(claim, parts, **about, primary=counts, control=control)


def settle_same_patterns(
    plan: FeatureMapClaims, makers: Makers, pairs: pd.DataFrame
) -> Iterator[Evidence]:
    """Yield what rows FEATURE_PAIRS say of raw descent and octaves."""
    for pair in plan.pairs:
        asked = (pairs.comparison == pair.comparison) & (pairs.score == _SCORE)
        rows = pairs[asked & (pairs.one == pair.one) & (pairs.other == pair.other)]
        if rows.empty:
            continue
        about = {"networks": f"{pair.network} ({pair.comparison})", "measured_in": _SCORE}
        about["primary"] = pair.network in makers and makers[pair.network].is_page_s(_NETWORK)
        layers = rows["item"].str.extract(_LAYER)["layer"]
        maps = rows.groupby([layers, "item"])[["above", "dealt"]].mean()
        yield Evidence("M5.1", **_beaten(maps), **about)
        about_dealt = about | {"primary": True}
        yield Evidence("Z2.4", _beaten(maps)["control"], **about_dealt)
        if layers.nunique() > 1:
            yield Evidence("M5.2", **_beaten(maps.groupby(level=0).mean()), **about)


def _of(rows: pd.DataFrame, image_set: str, network: str) -> pd.DataFrame:
    return rows[(rows.set == image_set) & (rows.network == network)]


def _beaten(units: pd.DataFrame) -> dict[str, Samples]:
    own, dealt = ({"share": Sample(units[name].to_numpy(float))} for name in ("above", "dealt"))
    return {"parts": own, "control": dealt}


def _clearer(maps: pd.DataFrame, resized: pd.DataFrame) -> Samples:
    """Return by how much pictures have more edges and finer detail than enlarged ones, by map."""
    place = ["layer", "map", "size"]
    one, other = (rows.groupby(place)[["edges", "centroid"]].mean() for rows in (maps, resized))
    both = one.merge(other, left_index=True, right_index=True, suffixes=("", "_resized"))
    if both.empty:
        return {}
    return {
        "edges": Sample((both.edges - both.edges_resized).to_numpy(float)),
        "frequency": Sample((both.centroid - both.centroid_resized).to_numpy(float)),
    }


def _means(maps: pd.DataFrame) -> pd.DataFrame:
    """Return the means of each layer's live maps, by depth; NaN of layers without any."""
    means = by_map(maps).drop(columns=["code", "set", "network", "layer", "map"])
    layers = means.groupby("depth").mean().reindex(sorted(maps.depth.unique()))
    return layers.assign(unoriented_contrast=layers.contrast - layers.oriented_contrast)


def _converging(maps: pd.DataFrame, traces: pd.DataFrame) -> Samples:
    """Return of how many layers most maps converge, of those that have a gradient."""
    alive = maps[maps.status != NO_GRADIENT]
    found = alive.merge(converged(traces), on=_PICTURE)
    if found.empty:
        return {}
    by_layer = found.groupby(["depth", "map"]).converged.mean().groupby(level=0).mean()
    return {"share": Sample((by_layer > 1 / 2).to_numpy(), "share")}


def _plain(maps: pd.DataFrame) -> Samples:
    """Return by how much the first layer has less contrast for its colours than each later one."""
    if maps.depth.nunique() < 2 or not (maps.depth == 0).any():
        return {}
    layers = _means(maps)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.log(layers.contrast / layers.colourfulness)
    less = (ratio[0] - ratio.drop(0)).to_numpy(float)
    return {"difference": Sample(np.where(np.isfinite(less), less, np.nan))}


def _hues(maps: pd.DataFrame) -> pd.Series:
    """Return the hue of each live map of the first layer in degrees; NaN of grey."""
    first = maps[(maps.depth == 0) & maps.status.isin(PICTURES)]
    angle = np.radians(first.hue.to_numpy(float))
    parts = first.assign(across=np.cos(angle), up=np.sin(angle)).groupby("map")
    middle = parts[["across", "up"]].mean()
    return np.degrees(np.arctan2(middle.up, middle.across)) % 360


def _palette(maps: pd.DataFrame) -> Samples:
    """Return the shares of maps of the first layer with such hues; grey ones have none."""
    hues = _hues(maps).to_numpy(float)
    if not len(hues):
        return {}
    return {
        "cmyk": Sample(_any_near(hues, _PRINTED), "share"),
        "yellow": Sample(_any_near(hues, _YELLOW), "share"),
    }


def _any_near(hues: Array, colours: tuple[int, ...]) -> NDArray[np.bool_]:
    apart = np.abs((hues[:, None] - np.array(colours) + 180) % 360 - 180)
    return (apart <= _NEAR).any(axis=1)


def _without_octaves(maps: pd.DataFrame, raw: pd.DataFrame) -> Samples:
    """Return how alike the hues of both are, and how many raw pictures have a grid."""
    first = maps[maps.depth == 0].layer.unique()
    plain = raw[raw.layer.isin(first)].assign(depth=0)
    both = pd.concat([_hues(maps), _hues(plain)], axis=1, join="inner").to_numpy(float)
    if not len(both):
        return {}
    return {"hue": Sample(np.cos(np.radians(both[:, 0] - both[:, 1]))), **_grids(plain)}


def _grids(maps: pd.DataFrame) -> Samples:
    first = maps[(maps.depth == 0) & maps.status.isin(PICTURES)]
    grid = (first.frequency > _GRID).groupby(first["map"]).mean() > 1 / 2
    return {"grid": Sample(grid.to_numpy(), "share")} if len(grid) else {}


def _grey(maps: pd.DataFrame) -> Samples:
    """Return how many of the pictures that show nothing but their start had no gradient."""
    still = maps.status[maps.status.isin([NO_GRADIENT, UNMOVED])]
    return {"share": Known(float((still == NO_GRADIENT).mean()))} if len(still) else {}


def _begin(maps: pd.DataFrame) -> Samples:
    """Return how much more contrast and entropy maps of the second layer have than of the first."""
    asked = pd.MultiIndex.from_frame(maps[["depth", "map"]].drop_duplicates())
    means = by_map(maps).set_index(["depth", "map"]).reindex(asked)
    at = means.index.get_level_values("depth")
    found = {
        name: Difference(*(means[name][at == depth].to_numpy(float) for depth in (1, 0)))
        for name in ("contrast", "entropy")
    }
    return found if all(one.n > 1 for one in found.values()) else {}


def _rises(maps: pd.DataFrame, twin: pd.DataFrame, measure: str) -> Samples:
    """Return by how much more a measure rises with depth than before training."""
    if twin.empty:
        return {}
    own, other = (_means(one)[measure].rename(name) for name, one in enumerate((maps, twin)))
    both = pd.concat([own, other], axis=1)
    if both.dropna().empty:
        return {}

    def more(depth: Array, a: Array, b: Array) -> float:
        return float(spearman(depth, a) - spearman(depth, b))

    return {"correlation": Sample(_over_layers(more, both))}


def _in_turn(maps: pd.DataFrame) -> Samples:
    """Return how much later textures come than mazes, and objects than textures."""
    if maps.empty or maps.depth.nunique() < 2:
        return {}
    layers = _means(maps).assign(objects=lambda means: means.objectness.clip(lower=0))
    steps = {
        "unoriented": ["unoriented_contrast", "oriented_contrast"],
        "objects": ["objects", "unoriented_contrast"],
    }

    def later(depth: Array, one: Array, other: Array) -> float:
        return (centre(depth, one) - centre(depth, other)) / maps.depth.max()

    return {name: Sample(_over_layers(later, layers[columns])) for name, columns in steps.items()}


def _jumbled(maps: pd.DataFrame) -> Samples:
    """Return how the number of things in a picture goes with depth, where there is an object."""
    objects = maps[maps.status.isin(PICTURES) & (maps.objectness > 0)]
    layers = objects.groupby(["depth", "map"])["labels"].mean().groupby(level=0).mean()
    if len(layers) < 2:
        return {}
    return {"correlation": Sample(_over_layers(spearman, layers.to_frame()))}


def _over_layers(statistic: object, layers: pd.DataFrame) -> Array:
    return pseudovalues(statistic, layers.index.to_numpy(float), *layers.to_numpy(float).T)
