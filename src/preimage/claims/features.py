"""What the page "Feature Visualization and Deep Dreams" claims of neurons, and what is found.

Codes M1 to M3. Of where a neuron changes pixels, the places are the cases, each by the mean over
its maps and seeds; of what one more neuron does, the maps, each by the mean over its neurons and
seeds: a frame has nearly all neurons of the one before it, so that two are not two observations.

That the whole picture changes is not judged where the recipe itself makes every pixel's step depend
on every neuron, in a network of unconnected ones too: by steps over the root mean square of the
gradient, by gradients that are smoothed, or by a loss that is a distance to its ceiling. Nor where
octaves of several sizes move neurons to other pixels.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from preimage.claims.ledger import Evidence, Samples
from preimage.claims.makers import TRAINED, UNTRAINED, Makers
from preimage.measures.statistics.compared import Difference, pearson
from preimage.measures.statistics.samples import Known, Sample
from preimage.plans import Plan

_NETWORK, _LAYER, _WIDE, _NARROW = "inception_v3", "Mixed_6b", 415, 654
_INNER = range(192, 576)  # the maps of both branches of 7x7; those around them are 1x1 and pool
_SEVERAL, _SINGLE = (_WIDE, 9, 9), (_NARROW, 6, 0)  # how many patterns two neurons show
_PLACE = ["layer", "row", "column"]
_MAP = ["layer", "map", "recipe_digest"]  # and how its pictures are made
_FEW_SEEDS = 3  # of which there is a jackknife
_COUPLED = ["normalised", "smooth", "absolute"]


class FeatureRun(Plan):
    """A run of single features, or of maps in reading order; sizes: how many its octaves have."""

    set: str
    network: str
    sizes: int


class FeatureClaims(Plan):
    """The runs to judge, of single features and of maps in reading order:

    single: [{set: features, network: inception_v3, sizes: 1}]
    ordered: [{set: reading_order, network: inception_v3, sizes: 1}]
    """

    single: list[FeatureRun]
    ordered: list[FeatureRun]


def settle_features(
    plan: FeatureClaims, makers: Makers, areas: pd.DataFrame, order: pd.DataFrame
) -> Iterator[Evidence]:
    """Yield what rows AREAS and READING_ORDER say of neurons, by run."""
    for run in plan.single:
        if _state(run.network, makers) == TRAINED:
            own = _of(areas, run.set, run.network)
            twin = _twin(areas, run.set, run.network, makers)
            yield from _of_neurons(own, twin, run, makers)
    for run in plan.ordered:
        frames = _of(order, run.set, run.network)
        judged = frames[~frames[_COUPLED].any(axis=1)]
        if run.sizes == 1 and _state(run.network, makers) == TRAINED:
            alone = areas[(areas.network == run.network) & areas.column.notna()]
            where = f"{run.network} ({run.set})"
            yield from _one_more(judged, alone, where, _primary(judged, run.network, makers))
    yield from _branches(plan, makers, areas)


def _of(rows: pd.DataFrame, image_set: str, network: str) -> pd.DataFrame:
    return rows[(rows.set == image_set) & (rows.network == network)]


def _state(network: str, makers: Makers) -> str:
    return makers[network].state if network in makers else TRAINED


def _twin(areas: pd.DataFrame, image_set: str, network: str, makers: Makers) -> pd.DataFrame:
    """Return the rows of the same set by a network that is the same before training."""
    own = makers.get(network)
    twins = [
        name
        for name, maker in makers.items()
        if own and maker.state == UNTRAINED and maker.architecture == own.architecture
    ]
    return areas[(areas.set == image_set) & areas.network.isin(twins[:1])]


def _primary(rows: pd.DataFrame, network: str, makers: Makers) -> bool:
    """Return whether these are of the page's layer of the page's network."""
    page_s = network in makers and makers[network].is_page_s(_NETWORK)
    return bool(page_s and set(rows.layer) == {_LAYER})


def _of_neurons(
    own: pd.DataFrame, twin: pd.DataFrame, run: FeatureRun, makers: Makers
) -> Iterator[Evidence]:
    single = own[own.column.notna()]
    primary = run.sizes == 1 and _primary(single, run.network, makers)
    about = {"networks": f"{run.network} ({run.set})", "primary": primary}
    before = twin[twin.column.notna()]
    if len(places := _by_place(single)) > 3:
        control = _placed(_by_place(before)) if len(before) else {}
        yield Evidence("M1.1", _placed(places), **about, control=control)
    if len(single):
        whole = own[own.column.isna() & _is_whole_map(own)]
        control = {"area": Sample(_area(whole))} if len(whole) else {}
        yield Evidence("M1.2", {"area": Sample(_area(places))}, **about, control=control)
    if about["primary"]:
        found, other = _wider(single), _wider(before)
        if found:
            yield Evidence("M3.1", found, **about, control=other)
        if found := _inner(single):
            yield Evidence("M3.2", found, **about)
        if found := _of_seeds(*(_neuron(single, *place) for place in (_SEVERAL, _SINGLE))):
            maps = own[_is_whole_map(own)]
            control = _of_seeds(*(maps[maps["map"] == number] for number in (_WIDE, _NARROW)))
            yield Evidence("M3.4", found, **about, control=control)


def _by_place(single: pd.DataFrame) -> pd.DataFrame:
    """Return the mean over maps and seeds of each place; NaN where all of them failed."""
    ends = [f"{what}_{axis}" for what in ("place", "centroid") for axis in ("row", "column")]
    return single.groupby(_PLACE)[[*ends, "radius_50", "size"]].mean()


def _placed(places: pd.DataFrame) -> Samples:
    """Return how places go with centroids, and how near they are to their own."""
    at, centroid = (
        places[[f"{what}_row", f"{what}_column"]].to_numpy(float) / places[["size"]].to_numpy(float)
        for what in ("place", "centroid")
    )
    apart = np.linalg.norm(centroid[:, None] - at[None], axis=2)
    own, others = np.diagonal(apart), ~np.eye(len(places), dtype=bool)
    mean = np.array([np.nanmean(row[other]) for row, other in zip(apart, others, strict=True)])
    return {
        "correlation": pearson(at, centroid),
        "nearer": Sample(own - mean),
    }


def _is_whole_map(rows: pd.DataFrame) -> pd.Series:
    """Return which rows are of all neurons of one map."""
    named = rows.layer + "[" + rows["map"].astype("Int64").astype(str) + "]"
    return rows["map"].notna() & (rows.target == named)


def _area(rows: pd.DataFrame) -> np.ndarray:
    """Return the area of the disc with half of the change, over the picture's; at most 1."""
    share = np.pi * rows.radius_50.to_numpy(float) ** 2 / rows["size"].to_numpy(float) ** 2
    return np.minimum(share, 1)


def _wider(single: pd.DataFrame) -> Samples:
    """Return the ratio of the radii of the page's two maps, place by place."""
    logs = single.assign(log=np.log(single.radius_50.astype(float)))
    radii = logs.groupby(["map", *_PLACE]).log.mean()
    if not {_WIDE, _NARROW} <= set(single["map"]):
        return {}
    pairs = pd.concat([radii[_WIDE], radii[_NARROW]], axis=1, join="inner").to_numpy(float)
    return {"ratio": Sample(np.exp(pairs[:, 0] - pairs[:, 1]), "ratio")} if len(pairs) else {}


def _inner(single: pd.DataFrame) -> Samples:
    """Return the ratio of the mean radii of maps of inner and of outer branches."""
    logs = single.assign(log=np.log(single.radius_50.astype(float))).groupby("map").log.mean()
    inner, radii = logs.index.isin(_INNER), np.exp(logs.to_numpy(float))
    found = Difference(radii[inner], radii[~inner], "ratio")
    return {"ratio": found} if found.n > 1 else {}


def _neuron(single: pd.DataFrame, number: int, row: int, column: int) -> pd.DataFrame:
    at = (single["map"] == number) & (single.row == row) & (single.column == column)
    return single[at]


def _of_seeds(several: pd.DataFrame, single: pd.DataFrame) -> Samples:
    """Return how much more alike the pictures of one feature are from seed to seed than another's.

    By seed, the jackknife's pseudo-values of the mean over all pairs of two seeds.
    """
    by_seed = (rows.set_index("seed").alike.astype(float) for rows in (several, single))
    both = pd.concat(by_seed, axis=1, join="inner").to_numpy()
    if len(both) < _FEW_SEEDS:
        return {}
    varied, steady = map(pseudovalues_of_pairs, both.T)
    return {"difference": Sample(steady - varied)}


def pseudovalues_of_pairs(of_one: np.ndarray) -> np.ndarray:
    """Return the jackknife's pseudo-values [n] of the mean of pairs of units [n], n > 2.

    of_one: the mean of the pairs that a unit is in; NaN of units that failed, which are in none.
    """
    there = np.isfinite(of_one)
    n, mean = there.sum(), np.nanmean(of_one) if there.any() else np.nan
    without = (n * mean - 2 * of_one) / (n - 2)
    return n * mean - (n - 1) * without


def _branches(plan: FeatureClaims, makers: Makers, areas: pd.DataFrame) -> Iterator[Evidence]:
    """Yield by how many more rows the architecture lets reach one map; no weights matter."""
    for run in plan.single:
        rows = _of(areas, run.set, run.network)
        sides = rows[rows.layer == _LAYER].dropna(subset=["field_rows"]).groupby("map").field_rows
        rows_by_map = sides.first()
        built = run.network in makers and makers[run.network].architecture == _NETWORK
        if built and {_WIDE, _NARROW} <= set(rows_by_map.index):
            ratio = float(rows_by_map[_WIDE] / rows_by_map[_NARROW])
            where = f"{run.network} ({run.set})"
            yield Evidence("M3.3", {"ratio": Known(ratio)}, where, primary=True)


def _one_more(
    frames: pd.DataFrame, alone: pd.DataFrame, where: str, primary: bool
) -> Iterator[Evidence]:
    """Yield how far one more neuron changes a picture outside of its own area, map by map."""
    whole, own = (_logarithms(rows) for rows in (frames, alone))
    if whole.empty:
        return
    about = {"networks": where, "primary": primary}
    ratio, other = (
        {"ratio": Sample(np.exp(logs.to_numpy(float)), "ratio")} for logs in (whole, own)
    )
    beside = own.reindex(whole.index).to_numpy(float)
    yield Evidence("M2.1", ratio, **about, control=other if len(own) else {})
    if np.isfinite(beside).any():
        farther = np.exp(whole.to_numpy(float) - beside)
        yield Evidence("M2.2", {"ratio": Sample(farther, "ratio")}, **about)


def _logarithms(rows: pd.DataFrame) -> pd.Series:
    """Return the mean logarithm of outside over inside of each map; NaN where all failed."""
    ratio = rows.ratio_disc.astype(float)
    return rows.assign(log=np.log(ratio.where(ratio > 0))).groupby(_MAP).log.mean()
