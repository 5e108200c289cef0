"""How the looks of maps by depth are drawn."""

from itertools import count

import pandas as pd
import pytest
from matplotlib.figure import Figure

from preimage.figures.trends import PANELS, draw_trends


def rows(layers, network="net"):
    """Return rows LAYERS_BY_DEPTH whose values are the places of the layers."""
    about = {"set": "maps", "network": network}
    values = {f"{column}{bound}" for column in PANELS for bound in ("", "_low", "_high")}
    return pd.DataFrame(
        about | {"layer": layer, "depth": depth} | dict.fromkeys(values, float(depth))
        for depth, layer in zip(count(), layers)
    )


def drawn(*tables):
    figure = Figure()
    runs = [("maps", table.network[0]) for table in tables]
    starts = pd.DataFrame(columns=["set", "network", *PANELS])
    draw_trends(figure, pd.concat(tables), starts, runs)
    return figure.axes


@pytest.mark.parametrize(("layers", "named"), [(4, 4), (24, 24), (94, 24)])
def test_there_are_as_many_names_as_there_is_room_for(layers, named):
    names = [f"layer{place}" for place in range(layers)]
    axes = drawn(rows(names))[-1]
    shown = {int(tick): label.get_text() for tick, label in _ticks(axes)}
    assert len(shown) == named
    assert all(name == names[place] for place, name in shown.items())
    assert len(axes.lines[0].get_xdata()) == layers


def test_layers_that_are_not_the_same_are_numbered():
    axes = drawn(rows(["a", "b"]), rows(["c", "d", "e"], "other"))[-1]
    assert [label.get_text() for _, label in _ticks(axes)] == ["1", "2", "3"]


def _ticks(axes):
    return zip(axes.get_xticks(), axes.get_xticklabels(), strict=True)
