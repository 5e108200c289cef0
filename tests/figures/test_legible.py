"""What nobody could read is found."""

import pytest
from legible import faults
from matplotlib.figure import Figure

LONG = "a title that is far longer than its panel is wide"


def found(figure):
    figure.draw_without_rendering()
    return faults(figure)


def drawn(title, panels, **more):
    figure = Figure(figsize=(6, 2), layout="constrained")
    for axes in figure.subplots(1, panels, squeeze=False)[0]:
        axes.set_title(title, **more)
        axes.plot([1, 1000], [1, 10])
        axes.set_yscale("log")
    return found(figure)


def test_short_titles_can_be_read():
    assert drawn("short", 3) == []


@pytest.mark.parametrize(("panels", "fault"), [(3, "runs into"), (1, "is cut off")])
def test_long_titles_are_found(panels, fault):
    title = LONG if panels > 1 else LONG * 3
    assert any(fault in one for one in drawn(title, panels))


def test_what_is_hidden_is_no_fault():
    assert drawn(LONG, 3, visible=False) == []


def slanted(apart):
    """Return what is found of two slanted texts whose upright boxes share most of their area."""
    figure = Figure(figsize=(6, 2))
    for x in (0.2, 0.2 + apart):
        figure.text(x, 0.2, "as long as this", rotation=45, rotation_mode="anchor")
    return found(figure)


def test_slanted_texts_are_seen_as_they_lie():
    assert slanted(0.05) == []
    assert slanted(0.01) == ["'as long as this' runs into 'as long as this'"]


def ticks(names, **more):
    axes = (figure := Figure(figsize=(2, 2), layout="constrained")).subplots()
    axes.set_xticks(range(len(names)), names, **more)
    return found(figure)


def test_names_of_ticks_that_run_into_each_other_are_found():
    assert ticks(["one", "two"]) == []
    assert ticks(["a long name", "another long name"]) != []
    assert ticks(["a long name", "another long name"], rotation=90) == []


def test_ticks_out_of_view_and_those_of_no_axis_are_no_fault():
    axes = (figure := Figure(figsize=(2, 2), layout="constrained")).subplots()
    axes.set_xticks(range(9), ["a long name"] * 9)
    axes.set_xlim(20, 21)
    assert found(figure) == []
    axes.set_xlim(0, 8)
    assert found(figure) != []
    axes.set_axis_off()
    assert found(figure) == []


def test_a_title_behind_another_panel_is_found():
    figure = Figure(figsize=(6, 3))
    left, right = figure.subplots(1, 2)
    left.set_title("as long as its panel is", loc="left")
    assert found(figure) == []
    right.set_position((0.3, 0.1, 0.4, 0.9))
    assert "'as long as its panel is' lies on another panel" in found(figure)


def test_texts_of_a_twin_and_of_a_panel_within_a_panel_lie_on_their_own():
    axes = (figure := Figure(figsize=(4, 3), layout="constrained")).subplots()
    axes.twinx().text(0.5, 0.5, "a word")
    axes.inset_axes((0.1, 0.5, 0.3, 0.3)).set_title("one more")
    assert found(figure) == []
