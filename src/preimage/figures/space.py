"""Figures of the space of classes: what each shows, its heading, its address and its size.

Of several seeds the first is drawn; what compares networks has no other. A table without rows
gives a figure that says so.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pandas as pd
from matplotlib.figure import Figure

from preimage.figures.graphs import arranged, draw_graph
from preimage.figures.space_panels import (
    by_axis,
    comparison_height,
    draw_comparison,
    draw_distributions,
    draw_plane,
    draw_scree,
    draw_shares,
    shares_height,
)
from preimage.figures.style import WIDTH, Plot
from preimage.figures.thumbnails import page, picture_of
from preimage.measures.space.neighbours import connected, graph, own
from preimage.measures.space.spaces import Space
from preimage.measures.statistics.seeds import of_first_seed
from preimage.status import OK

_AROUND = 0.9  # inches for title and legend of a graph
_ARROWS = {
    "second logit": "what its network finds most in its picture but itself",
    "L2 distance": "the class whose picture has the nearest logits",
}


def plane_plot(space: Space, means: pd.DataFrame, pictures: pd.DataFrame) -> Plot:
    """Return class images by the first two maps of a space; means: all rows MAP_MEANS."""
    rows = of_first_seed(means[(means.space == space.space) & (means.status == OK)])
    about = _about(msgspec.structs.asdict(space), rows)
    across, up = space.maps[:2]
    wide = page(rows["class"].nunique())

    def draw(figure: Figure) -> None:
        figure.suptitle(_title(space))
        if rows.empty:
            _say(figure, "no class image to show")
            return
        axes = figure.subplots()
        axes.set_xlabel(f"mean activation of map {across}")
        axes.set_ylabel(f"mean activation of map {up}")
        picture = picture_of(pictures, space.set, space.network, int(rows.seed.iloc[0]))
        about["shown"] = draw_plane(axes, by_axis(rows, "map", "mean"), (across, up), picture)

    return Plot(draw, about, height=0.85 * wide, width=wide)


def distributions_plot(space: Space, means: pd.DataFrame, distributions: pd.DataFrame) -> Plot:
    """Return how the maps of a space are distributed over classes, from all rows of both."""
    found = of_first_seed(distributions[distributions.space == space.space])
    rows = means[(means.space == space.space) & means.seed.isin(found.seed)]
    lines = max(1, -(-len(found) // 2))

    def draw(figure: Figure) -> None:
        figure.suptitle(_title(space))
        if found.empty:
            _say(figure, "no class image to show")
            return
        draw_distributions(figure, rows, found)

    about = _about(msgspec.structs.asdict(space), found)
    return Plot(draw, about, height=0.5 + WIDTH * 0.37 * lines)


def _title(space: Space) -> str:
    norm = "" if space.batch_norm else ", its BatchNorms switched off"
    images = space.set.replace("_", " ")
    return f"{images} of {space.network} in the maps of {space.judge}:{space.layer}{norm}"


def neighbours_plot(
    neighbours: pd.DataFrame, run: tuple[str, str], kind: str, groups: Mapping[str, Sequence[int]]
) -> Plot:
    """Return the graph of nearest neighbours of one run, from all rows NEIGHBOURS.

    kind: how a class finds its neighbour. A class is tinted by the first group that it is in.
    """
    table = _of(own(neighbours), run)
    about = _about({"set": run[0], "network": run[1], "kind": kind}, table)
    if table.empty:
        nothing = "no class image that the network could judge"
        return Plot(lambda figure: _say(figure, nothing), about, height=2)
    found = graph(table, kind)
    layout, parts = arranged(found), connected(found)

    def draw(figure: Figure) -> None:
        figure.suptitle(
            f"Classes of {run[1]}, each with an arrow to its neighbour: {_ARROWS[kind]}.\n"
            f"{len(found)} classes in {len(parts)} component{'s' * (len(parts) > 1)}"
            f", the largest of {len(parts[0])}"
        )
        draw_graph(figure, found, layout, groups)

    return Plot(draw, about, layout.height + _AROUND, max(WIDTH, layout.width + 0.2))


def principal_plot(
    components: pd.DataFrame,
    coordinates: pd.DataFrame,
    pictures: pd.DataFrame,
    run: tuple[str, str],
) -> Plot:
    """Return the principal components of one run, from all rows of both tables.

    Above how much of the variance each explains, below the classes along the first two.
    """
    shares, places = _of(components, run), _of(coordinates, run)
    about = _about({"set": run[0], "network": run[1]}, shares)
    wide = page(places["class"].nunique())
    few = len(shares) < 2

    def draw(figure: Figure) -> None:
        figure.suptitle(f"Logits of {run[1]} on its own {run[0].replace('_', ' ')}")
        if few:
            _say(figure, "too few different class images for two components")
            return
        above, below = figure.subplots(2, 1, height_ratios=(1.7, 0.8 * wide))
        draw_scree(above, shares)
        explained = shares.set_index("component").explained
        below.set_xlabel(f"component 1 ({explained[1]:.1%} of the variance)")
        below.set_ylabel(f"component 2 ({explained[2]:.1%})")
        plane = by_axis(places, "component", "coordinate")
        picture = picture_of(pictures, *run, int(shares.seed.iloc[0]))
        about["shown"] = draw_plane(below, plane, (1, 2), picture)

    return Plot(draw, about, height=2 if few else 0.9 * wide + 1.7, width=wide)


def groups_plot(shares: pd.DataFrame, study: str) -> Plot:
    """Return how often a class and its neighbour share a group, from all rows NEIGHBOUR_GROUPS."""
    table = of_first_seed(shares)

    def draw(figure: Figure) -> None:
        if table.empty:
            _say(figure, "no class image of a class that has a group")
            return
        draw_shares(figure, table)

    about = {"study": study, "networks": sorted(table.network.unique())}
    return Plot(draw, about, height=shares_height(table))


def comparison_plot(comparison: pd.DataFrame, study: str) -> Plot:
    """Return how alike networks arrange classes, from all rows SPACE_COMPARISON."""

    def draw(figure: Figure) -> None:
        if comparison.empty:
            _say(figure, "no two networks with four classes in common")
            return
        draw_comparison(figure, comparison)

    networks = sorted({*comparison.network_a, *comparison.network_b})
    about = {"study": study, "networks": networks}
    return Plot(draw, about, height=comparison_height(comparison))


def _of(table: pd.DataFrame, run: tuple[str, str]) -> pd.DataFrame:
    """Return the rows of a run with its first seed."""
    return of_first_seed(table[(table.set == run[0]) & (table.network == run[1])])


def _about(what: Mapping[str, Any], rows: pd.DataFrame) -> dict[str, Any]:
    """Return the address of a plot of rows of one seed; a plot may add what it shows."""
    return {**what, "seed": ", ".join(map(str, rows.seed.unique()))}


def _say(figure: Figure, nothing: str) -> None:
    figure.text(0.5, 0.5, nothing, ha="center")
