"""Class images beside their opposites, as a sheet; the graph and the groups of opposites, as plots.

Of several seeds, graph and groups are of the first.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from preimage.blocks import with_pixels
from preimage.figures.look import Look
from preimage.figures.opposite_graphs import draw_graph, width
from preimage.figures.opposite_groups import draw_groups, seen, size
from preimage.figures.pictures import address, choose, circumstances, heading
from preimage.figures.sheet import Pair, Tile, sheet
from preimage.figures.style import Picture, Plot
from preimage.measures.opposites.cycles import known
from preimage.measures.statistics.seeds import of_first_seed


def pairs_sheet(
    pictures: pd.DataFrame, own: pd.DataFrame, opposites: pd.DataFrame, look: Look
) -> Picture:
    """Return each class and, by an arrow, its opposite; a pair takes two columns.

    `pictures` are those of the opposites of one network and `own` its class images, if any, both
    rows of `read_pictures`; `opposites` are its rows OPPOSITES. Below an opposite stands what the
    network takes it for, and that logit. A green double arrow marks a commutative pair: the
    opposite of the opposite is the class.
    """
    frame = with_pixels(choose(pictures, look))
    own = with_pixels(own[own.class_a.isin(frame.class_a) & own.seed.isin(frame.seed)])
    remark = (
        f"right the opposite, what {frame.network.iloc[0]} takes it for, and that logit: "
        f"{circumstances(frame)}{_beside(own)}; double arrow: commutative"
    )
    picture = sheet(
        pairs(frame, own, opposites),
        columns=max(1, look.columns // 2),
        side=look.tile,
        heading=heading(frame),
        remark=remark,
    )
    return Picture(picture, {**address(frame), "left": _left(own)})


def _beside(own: pd.DataFrame) -> str:
    return "" if own.empty else f" · left the {heading(own)}: {circumstances(own)}"


def _left(own: pd.DataFrame) -> dict[str, Any]:
    return {} if own.empty else address(own)


def pairs(frame: pd.DataFrame, own: pd.DataFrame, table: pd.DataFrame) -> list[Pair]:
    """Return a pair for each row of `frame`, the opposites; `own` are pictures of the classes."""
    own, table = own.set_index(["class_a", "seed"]), table.set_index(["class", "seed"])
    return [_pair(row, own, table.loc[(row.class_a, row.seed)]) for _, row in frame.iterrows()]


def _pair(row: pd.Series, own: pd.DataFrame, said: pd.Series) -> Pair:
    key = (row.class_a, row.seed)
    left = Tile(said["name"], None, status="not made")
    if key in own.index:
        left = Tile(said["name"], own.pixels[key], status=own.status[key])
    if row.pixels is None or pd.isna(said.opposite):
        return Pair(left, Tile("", None, status=said.status))  # the judge's, where that failed
    name = f"{said.opposite_name} (itself)" if said.is_self else said.opposite_name
    right = Tile("", row.pixels, name, f"logit {said.opposite_logit:.1f}")
    return Pair(left, right, both_ways=not pd.isna(said.commutative) and bool(said.commutative))


def graph_plot(
    opposites: pd.DataFrame,
    cycles: pd.DataFrame,
    groups: Mapping[str, Sequence[int]],
    network: str,
) -> Plot:
    """Return the graph class -> opposite of a network, from all rows OPPOSITES and CYCLES."""
    first = of_first_seed(opposites[opposites.network == network])
    rows = known(first)
    cycles = cycles[(cycles.network == network) & cycles.seed.isin(first.seed)]
    title = f"class → opposite by {network} ({len(rows)} of {len(first)} classes)"

    def draw(figure: Figure) -> None:
        figure.suptitle(title)
        draw_graph(figure, rows, cycles, groups)

    return Plot(draw, _about(first, network) | {"classes": len(rows)}, width(rows), width(rows))


def groups_plot(groups: pd.DataFrame, network: str) -> Plot:
    """Return in which groups the opposites of a network are, from all rows OPPOSITE_GROUPS."""
    first = of_first_seed(groups[groups.network == network])
    table = seen(first)
    inches, height = size(table)

    def draw(figure: Figure) -> None:
        figure.suptitle(f"Opposites of {network} by group; ▲ ▼ beyond chance")
        draw_groups(figure, table)

    return Plot(draw, _about(first, network) | {"statistic": "share"}, height, inches)


def _about(rows: pd.DataFrame, network: str) -> dict[str, Any]:
    """Return the address of a plot of some rows of one network."""
    seeds = ", ".join(map(str, rows.seed.unique()))
    return {"network": network, "set": list(rows.set.unique()), "seed": seeds}
