"""What descents on the inputs of fully connected networks say of the claims E1 to E4, F1 and F2."""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from scipy import stats

from preimage.claims.by_size import Found, Rows, by_size, evidence, of_each_size
from preimage.claims.ledger import Evidence, Samples
from preimage.measures.mlps.descents import needed_width
from preimage.measures.mlps.inversions import PAGE_INPUTS
from preimage.measures.statistics.samples import Sample
from preimage.status import NOT_FINITE

LR_END = 1e-4  # the least lr on the page
_MOMENTS = (1, 10, 100)  # steps after which a gradient's aim counts
_EARLY = 1000  # steps from which on a curve may be exponential


def settle_descents(mlps: Rows, complete: dict[str, float]) -> Iterator[Evidence]:
    """Yield what rows MLPS say; complete: as `FullyConnectedClaims` has it."""
    ends = _ends(mlps)
    yield from by_size(ends, _descents)
    yield from by_size(ends.merge(_aims(mlps)), _late_layers)
    yield from evidence(_widths(ends, complete), "with ReLUs", primary=True)


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
        for i, (inputs, rows_of_size) in enumerate(of_each_size(bent[bent.depth == 1])):
            apart = f"({inputs} inputs)" if i else ""
            plain = straight[(straight.depth == 1) & (straight.inputs == inputs)]
            yield (
                claim,
                own(rows_of_size),
                own(plain) if claim == "F1.1" and len(plain) else {},
                apart,
            )
    deep = bent[bent.depth > 1]
    for i, (inputs, rows_of_size) in enumerate(of_each_size(deep)):
        once = bent[(bent.depth == 1) & (bent.inputs == inputs)]
        control = _theory(once) if len(once) else {}
        yield "F1.2", _theory(rows_of_size), control, f"({inputs} inputs)" if i else ""


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
