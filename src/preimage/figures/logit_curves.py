"""How the logits of an animation's pictures go from frame to frame."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from preimage.figures.animation import OF_TARGETS
from preimage.figures.style import FAINT
from preimage.measures.images.turning import largest_step

_TITLE = 8.5  # points
_MANY = 3  # panels, for whose titles there is less room


def draw_logit_curves(
    figure: Figure,
    logits: Mapping[str, NDArray[np.float32]],
    targets: Mapping[int, str],
    along: tuple[str, NDArray[np.float64]],
) -> None:
    """Draw the logits of the targets and the highest of all others: a panel a judge.

    logits: [frames, classes] by judge, NaN where there are none, which leaves a gap. targets:
    names of one or two classes; along t the first turns into the second. along: name and values of
    the axis of abscissas, one a frame.
    """
    name, x = along
    panels = figure.subplots(1, len(logits), squeeze=False, sharex=True)[0]
    for axes, (judge, said) in zip(panels, logits.items(), strict=True):
        _panel(axes, said, targets, x)
        title = f"judged by {judge}{_gradual(said, list(targets), name)}"
        axes.set_title(title, fontsize=_TITLE if len(logits) < _MANY else 6.5)
        axes.set_xlabel(name)
    panels[0].set_ylabel("logit")
    handles, names = panels[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=len(names))


def _gradual(said: NDArray[np.float32], targets: list[int], along: str) -> str:
    """Return a line that says how gradually the first target turns into the second."""
    if along != "t" or len(targets) < 2:
        return ""
    step = largest_step(said, *targets)
    if np.isnan(step):
        return "\ndoes not turn"
    return f"\nlargest step: {100 * step:.0f} % of the way"


def _panel(
    axes: Axes, said: NDArray[np.float32], targets: Mapping[int, str], x: NDArray[np.float64]
) -> None:
    others = np.delete(said, list(targets), axis=1)
    if others.size:  # of two classes, both may be targets
        look = {"color": FAINT, "linestyle": (0, (4, 2)), "label": "highest of the others"}
        axes.plot(x, others.max(axis=1), **look)
    for (number, name), paint in zip(targets.items(), OF_TARGETS, strict=False):
        axes.plot(x, said[:, number], color=paint, marker="o", markersize=2.5, label=name)
    axes.grid()
