"""What figures of the space of classes are made of: planes, distributions, dots in lines."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, PercentFormatter

from preimage.figures.dots import draw_row
from preimage.figures.style import EMPTY, INK, colour, legend_columns, marker, shortened
from preimage.figures.thumbnails import Picture, draw_points
from preimage.status import OK

MOST_COMPONENTS = 20  # of a scree plot
MOST_GROUPS = 40  # lines of a figure of groups


def by_axis(frame: pd.DataFrame, axis: str, value: str) -> pd.DataFrame:
    """Return one row a class, with its name, and a column for each value of `axis`."""
    wide = frame.pivot(index=["class", "name"], columns=axis, values=value)
    return wide.dropna().reset_index("name")


def draw_plane(
    axes: Axes, plane: pd.DataFrame, columns: Sequence[int], picture: Picture
) -> list[int]:
    """Draw two columns of `by_axis`; `picture` is that of a class. Returns the classes shown."""
    points = plane[list(columns)].to_numpy(float)
    axes.grid()
    classes = plane.index.to_numpy()
    shown = draw_points(axes, points, plane.name.tolist(), lambda i: picture(int(classes[i])))
    return [int(classes[i]) for i in shown]


def draw_distributions(figure: Figure, means: pd.DataFrame, found: pd.DataFrame) -> None:
    """Draw how rows MAP_MEANS are distributed, a panel a map, with what `found` says of each.

    Beside the histogram is the normal curve of the same mean and deviation. found: rows
    MAP_DISTRIBUTIONS.
    """
    across = min(2, len(found))
    panels = figure.subplots(-(-len(found) // across), across, squeeze=False).ravel()
    for axes, row in zip(panels, found.itertuples(), strict=False):
        values = means[(means["map"] == row.map) & (means.status == OK)]["mean"].dropna()
        _distribution(axes, values.to_numpy(), row)
    for axes in panels[len(found) :]:
        axes.set_axis_off()


def _distribution(axes: Axes, values: np.ndarray, row: tuple) -> None:
    axes.set_title(_said(row), fontweight="normal", fontsize=7)
    axes.set(xlabel=f"mean activation of map {row.map}", ylabel="density of classes")
    if len(values):
        bins = np.clip(round(2 * len(values) ** 0.5), 5, 60)
        axes.hist(
            values, bins=bins, density=True, color=colour(4), edgecolor="white", linewidth=0.4
        )
    if len(values) and row.deviation > 0:
        x = np.linspace(values.min() - row.deviation, values.max() + row.deviation, 300)
        axes.plot(x, _normal((x - row.mean) / row.deviation) / row.deviation, color=INK)


def _normal(x: np.ndarray) -> np.ndarray:
    return np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)


def _said(row: tuple) -> str:
    """Return what the tests of normality say, line by line."""
    if np.isnan(row.shapiro):
        return "the same on all pictures, or fewer than three"
    lines = [
        f"skewness {row.skewness:.2f} ({row.skewness_low:.2f} … {row.skewness_high:.2f})",
        f"excess kurtosis {row.kurtosis:.2f} ({row.kurtosis_low:.2f} … {row.kurtosis_high:.2f})",
        f"Shapiro-Wilk W = {row.shapiro:.3f}, {_p(row.shapiro_p)}",
    ]
    if not np.isnan(row.normaltest_p):
        lines.append(f"D'Agostino-Pearson K² = {row.normaltest:.1f}, {_p(row.normaltest_p)}")
    return "\n".join(lines)


def _p(value: float) -> str:
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"


def draw_scree(axes: Axes, components: pd.DataFrame) -> None:
    """Draw the shares of the first rows of PRINCIPAL_COMPONENTS with intervals, and their sum."""
    rows = components.sort_values("component")[:MOST_COMPONENTS]
    low, high = rows.explained - rows.explained_low, rows.explained_high - rows.explained
    known = rows.explained_low.notna()
    axes.bar(rows.component, rows.explained, color=colour(4), label="share of the variance")
    axes.errorbar(
        rows.component[known],
        rows.explained[known],
        yerr=np.clip([low[known], high[known]], 0, None),
        fmt="none",
        ecolor=INK,
        elinewidth=1,
    )
    style = {"color": colour(1), "marker": "o", "markersize": 3, "linewidth": 1}
    axes.plot(rows.component, rows.cumulated, label="cumulated", **style)
    axes.set(xlabel="principal component", ylim=(0, 1.02), xlim=(0.3, len(rows) + 0.7))
    axes.set_ylabel("variance of the logits")
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(axis="y")
    axes.legend(loc="center right")


def comparison_height(comparison: pd.DataFrame) -> float:
    """Return the height in inches at which `draw_comparison` can be read."""
    return 1.4 + 0.24 * len(_pairs(comparison))


def draw_comparison(figure: Figure, comparison: pd.DataFrame) -> None:
    """Draw rows of SPACE_COMPARISON: a panel a statistic, a line two networks."""
    lines, statistics = _pairs(comparison), list(comparison.statistic.unique())
    panels = figure.subplots(1, len(statistics), sharey=True, squeeze=False)[0]
    for axes, statistic in zip(panels, statistics, strict=True):
        for row in comparison[comparison.statistic == statistic].itertuples():
            place = lines.index((row.network_a, row.network_b, row.pictures))
            draw_row(axes, row, place, 0.6, _dot(0))
        axes.set(title=statistic, xlabel=_BEST.get(statistic, ""))
        axes.set_xlim(min(-0.02, axes.get_xlim()[0]), 1.02)
        _lines(axes, [_spoken(*line) for line in lines])
    figure.legend(handles=_handles({}), loc="outside lower center", ncols=3)


_BEST = {
    "CKA": "1: the same but for rotation and scale; 0: unlike",
    "Procrustes disparity": "0: the same but for rotation and scale\n(no interval: see shuffles)",
}


def _pairs(comparison: pd.DataFrame) -> list[tuple[str, str, str]]:
    columns = (comparison.network_a, comparison.network_b, comparison.pictures)
    return list(dict.fromkeys(zip(*columns, strict=True)))


def _spoken(a: str, b: str, pictures: str) -> str:
    seeing = "each its own pictures" if pictures == "own" else f"both those of {pictures}"
    return f"{a}, {b}: {seeing}"


def shares_height(shares: pd.DataFrame) -> float:
    """Return the height in inches at which `draw_shares` can be read."""
    return 1.6 + len(_groups(shares)) * (0.1 + 0.1 * shares.network.nunique())


def draw_shares(figure: Figure, shares: pd.DataFrame) -> None:
    """Draw rows of NEIGHBOUR_GROUPS: a panel a kind of neighbour, a line a group."""
    groups, kinds = _groups(shares), list(shares.kind.unique())
    networks = {network: i for i, network in enumerate(shares.network.unique())}
    step = 0.8 / len(networks)
    panels = figure.subplots(1, len(kinds), sharey=True, squeeze=False)[0]
    for axes, kind in zip(panels, kinds, strict=True):
        for row in shares[(shares.kind == kind) & shares.group.isin(groups)].itertuples():
            i = networks[row.network]
            place = groups.index(row.group) + (i - (len(networks) - 1) / 2) * step
            values = row._asdict() | {"value": row.share, "low": row.share_low}
            values |= {"high": row.share_high}
            draw_row(axes, pd.Series(values), place, step * 0.9, _dot(i))
        axes.set(title=f"neighbour by {kind}", xlim=(-0.02, 1.02))
        axes.set_xlabel("share with a neighbour of their group")
        _lines(axes, [_sized(shares, group) for group in groups])
    columns = legend_columns([*networks], figure.get_figwidth(), 4)
    figure.legend(handles=_handles(networks), loc="outside lower center", ncols=columns)


def _groups(shares: pd.DataFrame) -> list[str]:
    """Return the groups, the largest first; all of them together come before."""
    sizes = shares.groupby("group", sort=False).classes.max()
    return list(sizes.sort_values(ascending=False, kind="stable").index[:MOST_GROUPS])


def _sized(shares: pd.DataFrame, group: str) -> str:
    return f"{shortened(group)} ({shares[shares.group == group].classes.max()})"


def _lines(axes: Axes, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")


def _dot(index: int) -> dict[str, object]:
    return {"color": colour(index), "marker": marker(index), "markersize": 4, "linestyle": "none"}


def _handles(networks: Mapping[str, int]) -> list[Line2D | Patch]:
    dots = [Line2D([], [], **_dot(i), label=network) for network, i in networks.items()]
    interval = Line2D([], [], color=INK if networks else colour(0), label="95 % interval")
    return [*dots, interval, Patch(color=EMPTY, label="95 % of the shuffles")]
