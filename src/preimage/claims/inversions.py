"""What exact inversions of square linear layers say of the claims E0 and E6 to E9."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from preimage.claims.by_size import LARGE, Found, Rows, by_size, evidence, of_each_size
from preimage.claims.ledger import Evidence, Samples
from preimage.measures.mlps.inversions import PAGE_INPUTS, exact_neighbours
from preimage.measures.statistics.compared import Correlation
from preimage.measures.statistics.samples import Known, Sample

_EVEN = 1e-6  # relative differences below which reaches are the same
_ROUNDING = 1e-5  # decades a layer by which float32 weights that were orthogonal are not


def settle_inversions(inversions: Rows, conditions: Rows, directions: Rows) -> Iterator[Evidence]:
    """Yield what rows INVERSIONS, CONDITIONS and DIRECTIONS say."""
    yield from by_size(inversions[inversions.initial == "linear"], _inverted)
    yield from _shapes(directions, conditions)


def _inverted(rows: Rows) -> Found:
    """Yield E8 and E9, of the page's four layers, and beside them of three."""
    for layers, apart in ((4, ""), (3, "(three layers)")):
        own = rows[rows.layers == layers]
        if not len(own):
            continue
        one = rows[rows.layers == 1]
        near = exact_neighbours(own)
        yield "E8.3", _median_far(near), _median_far(exact_neighbours(one)), apart
        later = own[(own.point == "shifted") & (own.deviation > 1 / 25)]
        yield "E9.2", _figures(own[own.point == "descended"]), _figures(later), apart
        if apart:
            continue
        yield "E8.1", _recovered(own, "inverse"), _recovered(one, "inverse"), ""
        yield "E8.1", _recovered(own, "solve"), _recovered(one, "solve"), "(by LU)"
        yield "E8.4", _farther(near, own), _farther(_second_half(own), own), ""
        yield "E9.1", _descended(near, own), {}, ""
        control = _outside(exact_neighbours(one))
        yield "E9.3", _outside(near), control, ""
        for deviation, shift in own[own.point == "shifted"].groupby("deviation"):
            later = "" if deviation == 1 / 25 else f"(deviation 1/{round(1 / deviation)})"
            yield "E8.2", {"shift": Sample(_medians(shift, "m_i"), "ratio")}, {}, later


def _medians(rows: Rows, column: str) -> np.ndarray:
    """Return medians of a column by seed, in order."""
    return rows.groupby("seed")[column].median().to_numpy()


def _median_far(near: Rows) -> Samples:
    return {"median": Sample(_medians(near, "m_i"), "ratio")} if len(near) else {}


def _figures(rows: Rows) -> Samples:
    return {name: Sample(_medians(rows, name), "ratio") for name in ("m_i", "m_g")}


def _shifted(rows: Rows) -> Rows:
    return rows[(rows.point == "shifted") & np.isclose(rows.deviation.fillna(0), 1 / 25)]


def _recovered(rows: Rows, method: str) -> Samples:
    """Return by precision how far from a the inverse of O(a) itself is, over that of a'."""
    shift = _medians(_shifted(rows), "m_i")
    found = rows[(rows.point == "recovered") & (rows.method == method)]
    return {
        precision: Sample(_medians(own, "m_i") / shift, "ratio")
        for precision, own in found.groupby("precision")
    }


def _share(near: Rows, bounds: pd.Series) -> Samples:
    """Return by seed the share of points farther than a bound."""
    farther = near.m_i > near.seed.map(bounds)
    return {"share": Sample(farther.groupby(near.seed).mean().to_numpy())}


def _farther(near: Rows, rows: Rows) -> Samples:
    return _share(near, _shifted(rows).groupby("seed").m_i.median())


def _second_half(rows: Rows) -> Rows:
    shifted = _shifted(rows)
    return shifted[shifted["sample"] >= shifted["sample"].max() / 2]


def _descended(near: Rows, rows: Rows) -> Samples:
    found = rows[rows.point == "descended"].groupby("seed")[["m_i", "m_g"]].first()
    ratio = found.m_g.to_numpy() / _medians(near, "m_g")
    return _share(near, found.m_i) | {"ratio": Sample(ratio, "ratio")}


def _outside(near: Rows) -> Samples:
    """Return by seed the shares of a'' that leave the cube, and that are farther than all of it."""
    return {
        name: Sample(truth.groupby(near.seed).mean().to_numpy())
        for name, truth in (("outside", near.outside > 0), ("beyond", near.m_i > near.corner))
    }


def _shapes(directions: Rows, conditions: Rows) -> Iterator[Evidence]:
    """Yield E0, E6 and E7, with orthogonal layers of any size as their control."""
    large = directions[directions.inputs > LARGE]
    flat = large[large.initial == "orthogonal"]
    for inputs in sorted({*large.inputs}, reverse=True):
        own = large[(large.inputs == inputs) & (large.initial == "linear")]
        found = _geometry(own, flat)
        yield from evidence(found, f"{inputs} inputs", primary=inputs == PAGE_INPUTS)
    composed = conditions[(conditions["map"] == "composed") & (conditions.inputs > LARGE)]
    for i, (inputs, own) in enumerate(of_each_size(composed.sort_values("layers"))):
        if len({*own.initial} - {"orthogonal"}) > 2:
            yield from evidence(_schemes(own), f"{inputs} inputs", primary=True)
            found = _worse(own, large[large.inputs == inputs])
            yield from evidence(found, f"{inputs} inputs", primary=not i)


def _geometry(own: Rows, flat: Rows) -> Found:
    if own.layers.nunique() > 1:
        volumes = [_by_layers(rows, lambda reach: np.log10(reach).mean()) for rows in (own, flat)]
        yield "E0.1", *({"slope": by.slope} if len(by.table) else {} for by in volumes), ""
        spreads = [_by_layers(rows, _spread) for rows in (own, flat)]
        yield "E6.1", *(by.spiky for by in spreads), ""
    for layers, apart in ((4, ""), (1, "(one layer)")):
        deep = own[own.layers == layers]
        if len(deep):
            yield "E6.2", _on_spikes(deep), {} if apart else _on_spikes(flat), apart


class _by_layers:  # noqa: N801 - used as a function
    """A number of the reaches of each network, by seed and layers."""

    def __init__(self, rows: Rows, number: Callable[[np.ndarray], float]) -> None:
        reach = rows.groupby(["seed", "layers"]).reach
        self.table = (
            reach.agg(lambda each: number(each.to_numpy())).unstack() if len(rows) else rows
        )

    @property
    def slope(self) -> Sample:
        layers = self.table.columns.to_numpy(float)
        return Sample(np.polyfit(layers, self.table.to_numpy().T, 1)[0])

    @property
    def spiky(self) -> Samples:
        if not len(self.table) or 4 not in self.table:
            return {}
        return {"slope": self.slope, "spread": Sample(10 ** self.table[4].to_numpy(), "ratio")}


def _spread(reach: np.ndarray) -> float:
    return float(np.log10(np.quantile(reach, 0.99) / np.quantile(reach, 0.01)))


def _on_spikes(rows: Rows) -> Samples:
    """Return whether a_g lies along directions of greater reach than a' does, by seed."""
    if not len(rows):
        return {}
    found = []
    for _, own in rows.groupby(["seed", "layers"]):
        squares = {name: own[name] ** 2 for name in ("descended", "shifted")}
        parts = {name: square / square.sum() for name, square in squares.items()}
        # Where all directions are alike, rounding alone would order them.
        even = np.ptp(own.reach) < _EVEN * own.reach.mean()
        more = parts["descended"] - parts["shifted"]
        found.append(0.0 if even else stats.spearmanr(own.reach, more).statistic)
    by_seed = pd.Series(found).groupby(_seeds(rows)).mean()
    return {"correlation": Sample(by_seed.to_numpy(), "correlation")}


def _seeds(rows: Rows) -> Sequence[int]:
    return [seed for (seed, _), _ in rows.groupby(["seed", "layers"])]


def _schemes(rows: Rows) -> Found:
    """Yield E7.1: of how many ways to draw weights the condition number grows with layers."""
    slopes = {
        initial: Sample(np.polyfit(by.columns.to_numpy(float), by.to_numpy().T, 1)[0])
        for initial, own in rows.groupby("initial")
        for by in [np.log10(own.pivot_table("condition", "seed", "layers"))]
    }
    grows = {name: float(slope.estimate.low > _ROUNDING) for name, slope in slopes.items()}
    count = sum(holds for name, holds in grows.items() if name != "orthogonal")
    least = min(slope.n for slope in slopes.values())
    flat = grows.get("orthogonal", np.nan) * len(grows)
    control = {"schemes": Known(flat)} if "orthogonal" in grows else {}
    yield "E7.1", {"schemes": Known(count, n=least)}, control, ""


def _worse(conditions: Rows, directions: Rows) -> Found:
    """Yield E7.2: the correlation of ranks within networks drawn alike and equally deep."""
    keys = ["initial", "layers", "seed"]
    lengths = directions.groupby(keys)[["descended", "shifted"]].agg(np.linalg.norm)
    far = (lengths.descended / lengths["shifted"]).rename("far")
    both = conditions[conditions.initial != "orthogonal"].set_index(keys).join(far).dropna()
    groups = both.groupby(["initial", "layers"])
    ranks = groups[["condition", "far"]].rank()
    inner = ranks - ranks.groupby(["initial", "layers"]).transform("mean")
    rho = float(np.corrcoef(inner.condition, inner.far)[0, 1])
    free = len(inner) - groups.ngroups - 2
    yield "E7.2", {"correlation": Correlation(rho, 1 / np.sqrt(free), len(inner))}, {}, ""


# Worked examples, and ranks of small layers: E5, F1.4, F4.
