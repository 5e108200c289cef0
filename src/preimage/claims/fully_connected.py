"""What "Input Representations and Depth" claims of fully connected layers (codes E, F1, F2, F4).

Networks are untrained and their seeds are the sample: a seed has weights, a start and a photo of
its own. The page's photo has 29 x 29 pixels; other sizes make exploratory rows.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from preimage.claims.ledger import Evidence, Samples
from preimage.claims.makers import Makers
from preimage.measures.mlps.descents import needed_width
from preimage.measures.mlps.examples import CONTRACTED, LOST, SWAPPED
from preimage.measures.mlps.inversions import PAGE_INPUTS, exact_neighbours
from preimage.measures.statistics.samples import Known, Sample
from preimage.plans import Plan
from preimage.status import NOT_FINITE

Rows = pd.DataFrame
Found = Iterator[tuple[str, Samples, Samples, str]]  # claim, parts, control, what tells it apart

LR_END = 1e-4  # the least lr on the page
_LARGE = 4  # networks of so few inputs, or fewer, are there to be drawn
_EVEN = 1e-6  # relative differences below which reaches are the same
_ROUNDING = 1e-5  # decades a layer by which float32 weights that were orthogonal are not
_SIZES = 2  # of photos that rows speak of, the page's first
_MOMENTS = (1, 10, 100)  # steps after which a gradient's aim counts
_EARLY = 1000  # steps from which on a curve may be exponential


class FullyConnectedClaims(Plan):
    """By experiment that asks for a width, the share of its start to which m_i must fall:

    complete: {needed_widths: 0.1}
    """

    complete: dict[str, float]


def settle_fully_connected(  # noqa: PLR0917 - a table each
    plan: FullyConnectedClaims,
    _makers: Makers,
    mlps: Rows,
    inversions: Rows,
    conditions: Rows,
    directions: Rows,
    examples: Rows,
    ranks: Rows,
) -> Iterator[Evidence]:
    """Yield what the tables of fully connected networks say of each claim."""
    if len(mlps):
        ends = _ends(mlps)
        yield from _by_size(ends, _descents)
        yield from _by_size(ends.merge(_aims(mlps)), _late_layers)
        yield from _evidence(_widths(ends, plan.complete), "with ReLUs", primary=True)
    if len(inversions):
        yield from _by_size(inversions[inversions.initial == "linear"], _inverted)
        yield from _shapes(directions, conditions)
    if len(examples):
        yield from _evidence(_examples(examples.set_index("example")), "kernels", primary=True)
    if len(ranks):
        yield from _evidence(_ranks(ranks), "small layers", primary=True)


def _by_size(rows: Rows, found: Callable[[Rows], Found]) -> Iterator[Evidence]:
    """Yield the evidence of the page's size of photo, and of the largest other one."""
    sizes = sorted({*rows.inputs}, key=lambda n: (n != PAGE_INPUTS, -n))
    for inputs in [n for n in sizes if n > _LARGE][:_SIZES]:
        own = found(rows[rows.inputs == inputs])
        yield from _evidence(own, f"{inputs} inputs", primary=inputs == PAGE_INPUTS)


def _evidence(found: Found, networks: str, *, primary: bool) -> Iterator[Evidence]:
    """Yield evidence; what something tells apart is exploratory."""
    for claim, parts, control, apart in (one for one in found if one[1]):
        whole = primary and not apart
        yield Evidence(claim, parts, networks, primary=whole, control=control, also=apart)


# Descents: E1 to E4, F1, F2.


def _ends(mlps: Rows) -> Rows:
    """Return the last moment of each descent beside its first m_i; NaN where it is not finite."""
    keys = ["experiment", "shape", "iterations", "seed"]
    first = mlps[mlps.iteration == 0].set_index(keys).m_i.rename("start")
    ends = mlps[mlps.iteration == mlps.iterations].join(first, on=keys)
    ends.loc[ends.status == NOT_FINITE, ["m_i", "m_g"]] = np.nan
    return ends


def _aims(mlps: Rows) -> Rows:
    """Return the mean aim at a few moments of each descent, as column `early_aim`."""
    keys = ["experiment", "shape", "iterations", "seed"]
    early = mlps[mlps.iteration.isin(_MOMENTS)]
    return early.groupby(keys).aim.mean().rename("early_aim").reset_index()


class _Ends:
    """Ends of linear networks on photos of one size, of which values are asked by what they are."""

    def __init__(self, ends: Rows) -> None:
        self.inputs = int(ends.inputs.iloc[0])
        self.ends = ends[ends.relu == "never"]

    def rows(self, **asked: object) -> Rows:
        """Return rows with these values; torch's weights and lr's steps unless asked otherwise.

        Layers are of equal width. Of a descent that several experiments have, the first counts.
        """
        usual = {"initial": "linear", "steps": "lr", "lr_end": LR_END} | asked
        fits = np.logical_and.reduce([self.ends[name] == value for name, value in usual.items()])
        equal = self.ends.last_width == self.ends.width
        return self.ends[fits & equal].drop_duplicates(["shape", "iterations", "seed"])

    def of(self, column: str, **asked: object) -> pd.Series:
        """Return a column by seed, of the one shape and number of iterations that is asked for."""
        return self.rows(**asked).set_index("seed")[column].sort_index()


def _descents(rows: Rows) -> Found:
    """Yield E1 to E4, of networks without ReLUs."""
    ends = _Ends(rows)
    if len(ends.ends):
        yield from _one_layer(ends)
        yield from _depths(ends)


def _one_layer(ends: _Ends) -> Found:
    one = ends.rows(depth=1)
    narrow, wide = one[one.width < ends.inputs], one[one.width > ends.inputs]
    if len(narrow) and len(wide):
        least = min(narrow.iterations.min(), wide.iterations.min())
        yield "E1.1", _floor(_of_width(narrow, least, max)), _floor(_of_width(wide, least, min)), ""
        if both := {*narrow.iterations} & {*wide.iterations}:
            yield _arbitrarily_near(narrow, wide, max(both))
    yield from _long(ends)


def _of_width(rows: Rows, iterations: int, which: Callable) -> Rows:
    own = rows[rows.iterations == iterations]
    return own[own.width == which(own.width, default=0)] if len(own) else own


def _floor(rows: Rows) -> Samples:
    """Return the lost dimensions, and m_i over the least that these allow."""
    if not len(rows):
        return {}
    ratio = rows.m_i / rows.floor.where(rows.floor > 0)
    parts = {"lost": Sample(rows.lost.to_numpy())}
    return parts | ({"ratio": Sample(ratio.to_numpy(), "ratio")} if ratio.notna().any() else {})


def _arbitrarily_near(
    narrow: Rows, wide: Rows, iterations: int
) -> tuple[str, Samples, Samples, str]:
    """Return the worst of wide layers beside the best of narrow ones."""
    of = {
        name: (rows.assign(left=rows.m_i / rows.start)[rows.iterations == iterations])
        for name, rows in (("narrow", narrow), ("wide", wide))
    }
    parts = {
        "narrow": Sample(of["narrow"].groupby("seed").left.min().to_numpy(), "ratio"),
        "wide": Sample(of["wide"].groupby("seed").left.max().to_numpy(), "ratio"),
    }
    return "E2.1", parts, {}, "" if iterations == 100_000 else f"({iterations:,} steps)"


def _long(ends: _Ends) -> Found:
    """Yield E2.2 and E3, which speak of 3,000 and 2,000 neurons and so of the page's photo."""
    if ends.inputs != PAGE_INPUTS:
        return
    for lr_end, apart in ((LR_END, ""), (LR_END / 2, "(lr falls to half as much)")):
        wide = ends.rows(depth=1, width=3000, lr_end=lr_end)
        if 200_000 in {*wide.iterations}:
            last = wide[wide.iterations == 200_000].m_i.to_numpy()
            yield "E2.2", {"m_i": Sample(last, "ratio")} | _better(wide, "m_i"), {}, apart
        narrow = ends.rows(depth=1, width=2000, lr_end=lr_end)
        if fell := _fell(narrow, "m_g"):
            yield "E3.2", fell | _better(narrow, "m_g"), {}, apart
        if fell := _fell(narrow, "m_i"):
            yield "E3.1", fell, _fell(wide, "m_i"), apart


def _fell(rows: Rows, column: str) -> Samples:
    """Return a column after 100,000 steps over that after 1,000."""
    by = rows.pivot_table(column, "seed", "iterations", dropna=False)
    if not {1000, 100_000} <= {*by}:
        return {}
    return {"ratio": Sample((by[100_000] / by[1000]).to_numpy(), "ratio")}


def _better(rows: Rows, column: str) -> Samples:
    """Return how much better an exponential fits than a power, by R^2, from 1,000 steps on."""
    rows = rows[rows.iterations >= _EARLY]
    if rows.iterations.nunique() < 3:
        return {}
    gains = []
    for _, own in rows.groupby("seed"):
        value = np.log(own[column])
        steps = own.iterations
        straight, bent = (stats.linregress(x, value).rvalue ** 2 for x in (steps, np.log(steps)))
        gains.append(straight - bent)
    return {"better": Sample(np.array(gains))}


def _depths(ends: _Ends) -> Found:
    """Yield E4, of layers at least as wide as the photo."""
    kinds = {
        "": {},
        "(steps of one length)": {"steps": "length", "lr_end": _lr_end(ends.ends)},
    }
    for apart, asked in kinds.items():
        deep = _deep(ends, **asked)
        for iterations in sorted({*deep.iterations}):
            rows = deep[deep.iterations == iterations]
            if rows.depth.nunique() > 1:
                more = "" if iterations == 500 else f"({iterations:,} steps)"
                flat = _deep(ends, initial="orthogonal")
                control = _slope(flat[flat.iterations == iterations], "m_i", "depth")
                yield "E4.1", _slope(rows, "m_i", "depth"), control, f"{apart}{more}"
    deep = _deep(ends)
    four, one = deep[deep.depth == 4], deep[deep.depth == 1]
    if len(four) and {500, 10_000} <= {*deep.iterations}:
        yield "E4.2", _made_up(four, one), _made_up(one, one), ""
    yield "E4.3", _nearer(four), _nearer(one), ""


def _lr_end(ends: Rows) -> float:
    own = ends[ends.steps == "length"].lr_end
    return own.iloc[0] if len(own) else np.nan


def _deep(ends: _Ends, **asked: object) -> Rows:
    rows = ends.rows(**asked)
    wide = rows[rows.width >= ends.inputs]
    deepest = wide[wide.depth > 1].width
    return wide[wide.width == deepest.min()] if len(deepest) else wide.iloc[:0]


def _slope(rows: Rows, column: str, by: str, *, log: bool = True) -> Samples:
    """Return by seed the slope of (the logarithm of) a column by the logarithm of another."""
    if rows[by].nunique() < 2:
        return {}
    slopes = [
        stats.linregress(np.log(own[by]), np.log(own[column]) if log else own[column]).slope
        for _, own in rows.groupby("seed")
    ]
    return {"slope": Sample(np.array(slopes))}


def _made_up(long: Rows, short: Rows) -> Samples:
    """Return m_i after 10,000 steps over that of another network after 500."""
    far = long[long.iterations == 10_000].set_index("seed").m_i
    near = short[short.iterations == 500].set_index("seed").m_i
    return {"ratio": Sample((far / near).to_numpy(), "ratio")}


def _nearer(rows: Rows) -> Samples:
    """Return how a_g compares with a' in outputs and in inputs, after 500 steps."""
    rows = rows[rows.iterations == 500]
    if not len(rows):
        return {}
    return {
        "near": Sample((rows.m_g / rows.m_r).to_numpy(), "ratio"),
        "far": Sample((rows.m_i / rows["shift"]).to_numpy(), "ratio"),
    }


def _late_layers(rows: Rows) -> Found:
    """Yield F2, of two layers of which the second has several widths."""
    two = rows[(rows.depth == 2) & (rows.relu == "never") & (rows.initial == "linear")]
    two = two.assign(first=[int(str(s).split("-")[0].split("x")[0]) for s in two["shape"]])
    late = {steps: _varied(own, "last_width", "first") for steps, own in two.groupby("steps")}
    early = {steps: _varied(own, "first", "last_width") for steps, own in two.groupby("steps")}
    for steps, own in late.items():
        apart = "" if steps == "length" else "(equal lr)"
        if len(own):
            others = {} if apart else late.get("lr", own.iloc[:0])
            control = _slope(others, "m_i", "last_width") if len(others) else {}
            yield "F2.1", _slope(own, "m_i", "last_width"), control, apart
            control = _slope(early[steps], "early_aim", "first", log=False)
            aims = _slope(own, "early_aim", "last_width", log=False)
            yield "F2.2", aims, control, apart


def _varied(rows: Rows, width: str, other: str) -> Rows:
    """Return rows of the one experiment in which a width varies and the other one does not."""
    for _, own in rows.groupby("experiment"):
        if own[width].nunique() > 1 and own[other].nunique() == 1:
            return own[own.iterations == own.iterations.min()]
    return rows.iloc[:0]


def _widths(ends: Rows, complete: dict[str, float]) -> Found:
    """Yield F1.1 to F1.3, of layers with ReLUs."""
    asked = ends[ends.experiment.isin(complete)]
    asked = asked.sort_values("inputs", ascending=False)
    columns = ["experiment", "depth", "relu", "inputs", "iterations", "seed"]
    rows = [
        dict(zip(columns, key, strict=True))
        | {"needed": _needed(own, complete[key[0]]), "zeroed": own.zeroed.mean()}
        for key, own in asked.groupby(columns, sort=False)
    ]
    if not rows:
        return
    found = pd.DataFrame(rows)
    found = found[found.iterations == found.groupby("experiment").iterations.transform("max")]
    found = found.assign(ratio=found.needed / found.inputs)
    bent, straight = found[found.relu == "always"], found[found.relu == "never"]
    for claim, own in (("F1.1", _ratio), ("F1.3", _zeroed)):
        for i, (inputs, rows_of_size) in enumerate(_sizes(bent[bent.depth == 1])):
            apart = f"({inputs} inputs)" if i else ""
            plain = straight[(straight.depth == 1) & (straight.inputs == inputs)]
            yield (
                claim,
                own(rows_of_size),
                own(plain) if claim == "F1.1" and len(plain) else {},
                apart,
            )
    deep = bent[bent.depth > 1]
    for i, (inputs, rows_of_size) in enumerate(_sizes(deep)):
        once = bent[(bent.depth == 1) & (bent.inputs == inputs)]
        control = _theory(once) if len(once) else {}
        yield "F1.2", _theory(rows_of_size), control, f"({inputs} inputs)" if i else ""


def _sizes(rows: Rows) -> Iterator[tuple[int, Rows]]:
    return ((inputs, own) for inputs, own in rows.groupby("inputs", sort=False))


def _needed(ends: Rows, share: float) -> float:
    return needed_width(ends.rename(columns={"start": "m_i_start"}), share)


def _ratio(rows: Rows) -> Samples:
    return {"ratio": Sample(rows.ratio.to_numpy(), "ratio")}


def _zeroed(rows: Rows) -> Samples:
    return {"share": Sample(rows.zeroed.to_numpy())}


def _theory(rows: Rows) -> Samples:
    """Return how much farther off n / (1 - p)^k is than n / (1 - p), as logarithms."""
    alive = 1 - rows.zeroed
    said, rival = rows.inputs / alive**rows.depth, rows.inputs / alive
    off = [np.abs(np.log(rows.needed / width)) for width in (said, rival)]
    # A seed counts where all its depths have a width.
    by_seed = (off[0] - off[1]).groupby(rows.seed).agg(lambda each: each.mean(skipna=False))
    return {"difference": Sample(by_seed.to_numpy())}


# Exact inversion and its geometry: E0, E6 to E9.


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
    large = directions[directions.inputs > _LARGE]
    flat = large[large.initial == "orthogonal"]
    for inputs in sorted({*large.inputs}, reverse=True):
        own = large[(large.inputs == inputs) & (large.initial == "linear")]
        found = _geometry(own, flat)
        yield from _evidence(found, f"{inputs} inputs", primary=inputs == PAGE_INPUTS)
    composed = conditions[(conditions["map"] == "composed") & (conditions.inputs > _LARGE)]
    for i, (inputs, own) in enumerate(_sizes(composed.sort_values("layers"))):
        if len({*own.initial} - {"orthogonal"}) > 2:
            yield from _evidence(_schemes(own), f"{inputs} inputs", primary=True)
            found = _worse(own, large[large.inputs == inputs])
            yield from _evidence(found, f"{inputs} inputs", primary=not i)


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
    ends = np.tanh(np.arctanh(rho) + np.array([-1, 1]) * stats.norm.ppf(0.975) / np.sqrt(free))
    yield "E7.2", {"correlation": Known(rho, *map(float, ends), n=len(inner))}, {}, ""


# Worked examples, and ranks of small layers: E5, F1.4, F4.


def _examples(table: Rows) -> Found:
    lost = table.loc[LOST].set_index("quantity").computed
    same = Known(lost["identity"])
    yield (
        "E5.1",
        {
            "alone": Known(lost["alone"]),
            "padded": Known(lost["padded"]),
            "strided": Known(lost["padded, with a stride of 2"]),
        },
        {"alone": same, "padded": same, "strided": same},
        "",
    )
    swaps = table.loc[SWAPPED]
    kinds = swaps.quantity.str.split().str[0]
    changes = {kind: Sample(own.computed.to_numpy()) for kind, own in swaps.groupby(kinds)}
    yield "E5.2", changes, {}, ""
    said = table.loc[CONTRACTED].dropna(subset="page").set_index("quantity")
    apart = (said.computed - said.page).abs().round(12)
    near, far = (
        Known(float(apart[apart.index.str.contains(name)].max())) for name in ("epsilon", "- a")
    )
    yield "E5.3", {"apart_shifted": near, "apart_other": far}, {}, ""


def _ranks(table: Rows) -> Found:
    table = table.assign(lost=table.inputs - table["rank"], ratio=table.outputs / table.inputs)
    by = {layer: own.sort_values("seed") for layer, own in table.groupby("layer")}

    def lost(layer: str) -> Samples:
        return {"lost": Sample(by[layer].lost.to_numpy(float))}

    def ratio(layer: str) -> Sample:
        return Sample(by[layer].ratio.to_numpy(), "ratio")

    plain = lost("square linear")
    yield "F4.1", lost("attention"), plain, ""
    yield "F4.1", lost("attention, one token"), plain, "(the output of one token)"
    yield "F4.1", lost("attention with residual"), plain, "(with the residual connection)"
    yield "F4.2", lost("mixer"), plain, ""
    yield "F4.2", lost("mixer without residuals"), plain, "(without residual connections)"
    kinds = {"tanh": "tanh", "sigmoid": "sigmoid", "convolution": "convolution with ReLU"}
    linear = {"tanh": "linear", "sigmoid": "linear", "convolution": "convolution"}
    yield "F1.4", *({k: ratio(v) for k, v in names.items()} for names in (kinds, linear)), ""
