"""The space of classes: tables of its axes, neighbours and components, and figures (L1 to L3)."""

from collections.abc import Iterator

import pandas as pd

from preimage.figures.space import (
    comparison_plot,
    distributions_plot,
    groups_plot,
    neighbours_plot,
    plane_plot,
    principal_plot,
)
from preimage.figures.style import Plot
from preimage.measures.space.neighbours import KINDS, components, neighbour_groups
from preimage.measures.space.normality import distributions
from preimage.measures.space.principal import tabulate
from preimage.measures.space.similarity import compare
from preimage.measures.space.spaces import Space
from preimage.plans import Plan
from preimage.steps.engine import step
from preimage.steps.reading import Pictures, Rows
from preimage.steps.writing import FIGURES
from preimage.tables.images import LOGITS, NEIGHBOURS, PREDICTIONS
from preimage.tables.space import (
    COMPONENTS,
    MAP_DISTRIBUTIONS,
    MAP_MEANS,
    NEIGHBOUR_GROUPS,
    PRINCIPAL_COMPONENTS,
    PRINCIPAL_COORDINATES,
    SPACE_COMPARISON,
)


class ClassSpace(Plan):
    """What a study has of a space of classes, any of it perhaps nothing:

    {"study": "mine",
     "spaces": [{"space": "animals", ...}],                     as in the plan of measure_axes
     "class_images": "class_images",                            the set of class images, and the
     "networks": ["googlenet"],                                 networks that made them
     "groups": [["dogs", [151, 152]], ["birds", [7, 8]]]}       groups of classes, in their order
    """

    study: str
    spaces: list[Space]
    class_images: str
    networks: list[str]
    groups: list[tuple[str, list[int]]]

    @property
    def runs(self) -> list[tuple[str, str]]:
        """Set and network of all class images."""
        return [(self.class_images, network) for network in self.networks]


@step(
    map_distributions=MAP_DISTRIBUTIONS,
    components=COMPONENTS,
    neighbour_groups=NEIGHBOUR_GROUPS,
    principal_components=PRINCIPAL_COMPONENTS,
    principal_coordinates=PRINCIPAL_COORDINATES,
    space_comparison=SPACE_COMPARISON,
)
def tabulate_space(
    plan: ClassSpace,
    means: Rows[MAP_MEANS] = (),
    neighbours: Rows[NEIGHBOURS] = (),
    predictions: Rows[PREDICTIONS] = (),
    logits: Rows[LOGITS] = (),
) -> tuple[pd.DataFrame, ...]:
    """Write how classes lie along feature maps, whom they are near to, and in which directions."""
    told = predictions[_is_judged(predictions, plan)]
    return (
        distributions(means[means.space.isin([space.space for space in plan.spaces])]),
        components(neighbours),
        neighbour_groups(neighbours, dict(plan.groups)),
        *tabulate(told[told.judge == told.network], logits),
        compare(told, logits),
    )


def _is_judged(predictions: pd.DataFrame, plan: ClassSpace) -> pd.Series:
    """Return which rows are class images of a network of the plan, as one of these sees them."""
    made = (predictions.set == plan.class_images) & predictions.network.isin(plan.networks)
    return made & predictions.judge.isin(plan.networks)


@step(
    planes=FIGURES,
    histograms=FIGURES,
    graphs=FIGURES,
    shares=FIGURES,
    principal=FIGURES,
    alike=FIGURES,
)
def draw_space(
    plan: ClassSpace,
    pictures: Pictures,
    *,
    map_distributions: Rows[MAP_DISTRIBUTIONS],
    neighbour_groups: Rows[NEIGHBOUR_GROUPS],
    principal_components: Rows[PRINCIPAL_COMPONENTS],
    principal_coordinates: Rows[PRINCIPAL_COORDINATES],
    space_comparison: Rows[SPACE_COMPARISON],
    means: Rows[MAP_MEANS] = (),
    neighbours: Rows[NEIGHBOURS] = (),
) -> tuple[Iterator[Plot], ...]:
    """Draw class images along feature maps and principal components, and graphs of neighbours.

    PLANES and HISTOGRAMS are one a space, GRAPHS one a kind of neighbour and network, PRINCIPAL one
    a network; SHARES takes class images of a network, ALIKE of two.
    """
    groups, runs = dict(plan.groups), plan.runs
    principal = (principal_components, principal_coordinates, pictures)
    return (
        (plane_plot(space, means, pictures) for space in plan.spaces),
        (distributions_plot(space, means, map_distributions) for space in plan.spaces),
        (neighbours_plot(neighbours, run, kind, groups) for kind in KINDS for run in runs),
        (groups_plot(neighbour_groups, plan.study) for _ in runs[:1]),
        (principal_plot(*principal, run) for run in runs),
        (comparison_plot(space_comparison, plan.study) for _ in runs[1:2]),
    )
