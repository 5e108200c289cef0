"""Figures of fully connected networks: what is along their axes, and that they hold their data."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from preimage.errors import UserError
from preimage.figures.mlps import (
    Series,
    descents_plot,
    draw_curves,
    draw_widths,
    of_experiment,
    pictures_plot,
    series_of,
)
from preimage.measures.mlps.descents import tabulate_ends, tabulate_widths
from preimage.mlp.inputs import curve_name
from preimage.study.mlps import shape_name


def descents(shapes, seeds=(1, 2), iterations=(10, 100), relu="never"):
    """Return rows MLPS of descents that end the lower, the wider and longer they are."""
    rows = [
        {
            **{"code": "E2", "experiment": "e", "photo": "chelsea", "inputs": 20, "relu": relu},
            **{"shape": shape_name(shape), "depth": len(shape), "width": min(shape)},
            **{"initial": "linear", "steps": "lr"},
            **{"iterations": n, "precision": "float32", "seed": seed, "iteration": t},
            **{"m_i": 9.0 / (1 + t * shape[-1] / 20) * seed, "m_g": 1 / (1 + t) * seed},
            **{"loss": 1.0, "zeroed": 0.5, "status": "ok"},
        }
        for shape in shapes
        for n in iterations
        for seed in seeds
        for t in (0, 1, 5, n)
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("shapes", "series"),
    [
        ([[10], [20]], Series("width", [])),
        ([[10, 10], [20, 20], [10], [20]], Series("width", ["depth"])),
        ([[10], [10, 10]], Series("depth", [])),
        ([[10, 10], [10, 20]], Series("shape", [])),
    ],
)
@pytest.mark.parametrize("seeds", [(1,), (1, 2)])
def test_ends_are_laid_out_by_what_differs(shapes, series, seeds):
    curves = descents(shapes, seeds)
    ends = tabulate_ends(curves)
    assert series_of(ends) == series
    figure = Figure()
    draw_curves(figure, curves, ends)
    above, below = figure.axes[0], figure.axes[2]
    assert below.get_yscale() == above.get_yscale() == above.get_xscale() == "log"
    drawn = np.concatenate([line[0].get_ydata() for line in below.containers])
    assert sorted(drawn) == pytest.approx(sorted(ends.m_i))


def test_needed_widths_are_drawn_beside_theory():
    curves = descents([[5], [500], [5, 5], [500, 500]], iterations=(10,), relu="always")
    widths = tabulate_widths(curves, {"e": 0.05})
    figure = Figure()
    draw_widths(figure, widths)
    (axes,) = figure.axes
    (measured,) = axes.containers
    assert measured[0].get_ydata() == pytest.approx(widths.needed)
    assert axes.lines[0].get_ydata() == pytest.approx([40, 80])


def test_a_degenerate_descent_is_left_out_and_told(tmp_path):
    curves = descents([[10], [20]])
    bad = (curves["shape"] == "20") & ((curves.seed == 1) | (curves.iterations == 100))
    curves.loc[bad, ["status", "m_i", "m_g", "loss"]] = ["not finite", np.nan, np.nan, np.nan]
    ends = tabulate_ends(curves)
    assert ends.degenerate.tolist() == [0, 0, 1, 2]
    plot = descents_plot(curves, ends)
    plot.save(tmp_path / "out.png")
    plot.draw(figure := Figure())
    assert figure.get_suptitle().endswith("2 seeds; 3 degenerate descents left out")


def test_an_experiment_that_is_not_there_is_an_error():
    curves = descents([[10]])
    assert of_experiment(curves, "e").equals(curves)
    with pytest.raises(UserError, match="no experiment 'f'"):
        of_experiment(curves, "f")


@pytest.mark.parametrize("shapes", [2, 18])
def test_last_inputs_of_many_shapes_can_be_read(tmp_path, shapes):
    curves = descents([[1000 + n, 1000] for n in range(shapes)], seeds=(1,))
    picture = np.zeros((3, 2, 2))
    keys = curves[["shape", "iterations"]].drop_duplicates().itertuples(index=False)
    inputs = {curve_name(*key): picture + 0.0012345 for key in keys}
    plot = pictures_plot(curves, picture, inputs)
    plot.save(tmp_path / "out.png")
    plot.draw(figure := Figure())
    assert sum(bool(axes.images) for axes in figure.axes) == 2 * (1 + shapes)
    assert [axes.get_ylabel() for axes in figure.axes if axes.get_ylabel()] == [
        "10 steps",
        "100 steps",
    ]
