"""Plots of what networks say of pictures of classes: agreement, distances, factors."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure

from preimage.figures.dots import draw_factors
from preimage.figures.dots import height as height_of_factors
from preimage.figures.heatmaps import SHARES, draw_agreement, draw_distances, size_of_agreement
from preimage.figures.style import INK, WIDTH, Plot


def agreement_plot(agreement: pd.DataFrame, study: str) -> Plot:
    """Return what the networks of a study say about each other's pictures."""
    about = {key: list(agreement[key].unique()) for key in ("set", "network", "judge")}
    about |= {"study": study, "statistic": list(SHARES)}
    width, height = size_of_agreement(agreement)
    return Plot(lambda figure: draw_agreement(figure, agreement), about, height, width)


def distances_plot(
    distances: pd.DataFrame, of: tuple[str, str, str], metric: str, names: Sequence[str]
) -> Plot:
    """Return the distances between the pictures of a set, network and judge, as a heat map.

    Of several seeds the first is drawn. names: of all classes, by number.
    """
    image_set, network, judge = of
    rows = distances[
        (distances.set == image_set) & (distances.network == network) & (distances.judge == judge)
    ]
    seeds = rows.seed.unique()[:1]
    about = {"set": image_set, "network": network, "judge": judge, "metric": metric}
    title = f"{image_set.replace('_', ' ')} of {network}, judged by {judge}"

    def draw(figure: Figure) -> None:
        figure.suptitle(title)
        draw_distances(figure, rows[rows.seed.isin(seeds)], metric, names)

    return Plot(draw, about | {"seed": ", ".join(map(str, seeds))}, WIDTH * 0.86)


def factors_plot(factors: pd.DataFrame, image_set: str, study: str) -> Plot:
    """Return which factors of the demo world the pictures of a set carry."""
    rows = factors[factors.set == image_set]
    about = {key: list(rows[key].unique()) for key in ("network", "judge", "statistic")}

    def draw(figure: Figure) -> None:
        figure.suptitle(image_set.replace("_", " "))
        if rows.empty:
            figure.text(0.5, 0.5, "no picture to judge", ha="center", color=INK)
        else:
            draw_factors(figure, rows)

    width = 3.2 + 2.6 * rows.network.nunique()
    return Plot(draw, {"study": study, "set": image_set} | about, height_of_factors(rows), width)
