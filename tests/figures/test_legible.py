"""What nobody could read is found."""

import pytest
from legible import faults
from matplotlib.figure import Figure

LONG = "a title that is far longer than its panel is wide"


def drawn(title, panels, **more):
    figure = Figure(figsize=(6, 2), layout="constrained")
    for axes in figure.subplots(1, panels, squeeze=False)[0]:
        axes.set_title(title, **more)
        axes.plot([1, 1000], [1, 10])
        axes.set_yscale("log")
    figure.draw_without_rendering()
    return faults(figure)


def test_short_titles_can_be_read():
    assert drawn("short", 3) == []


@pytest.mark.parametrize(("panels", "fault"), [(3, "runs into"), (1, "is cut off")])
def test_long_titles_are_found(panels, fault):
    title = LONG if panels > 1 else LONG * 3
    assert any(fault in one for one in drawn(title, panels))


def test_what_is_hidden_is_no_fault():
    assert drawn(LONG, 3, visible=False) == []
