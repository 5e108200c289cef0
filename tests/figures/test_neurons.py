"""The neurons of a map beside its pictures, and the curves of what each changes."""

from functools import partial

import numpy as np
import pandas as pd
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from preimage.figures.animation import Moment, Stage
from preimage.figures.areas import pair
from preimage.figures.neurons import NeuronPanel, Newest, draw_changes
from preimage.figures.style import COLOURS

NEW, ASKED, WAITING = (np.round(255 * np.array(to_rgb(c))) for c in (*COLOURS[1:5:3], "#e8e8e8"))
GREY = np.full((3, 8, 8), 0.5, np.float32)


def shares(row, column):
    """Return how many pixels of a frame's right side have each colour, over one neuron's."""
    stage = Stage("map", partial(NeuronPanel, shape=(4, 5)))
    right = stage.draw(Moment(GREY, Newest(row, column), "words"))[90:440, 515:].astype(float)
    counts = [(right == paint).all(axis=-1).sum() for paint in (NEW, ASKED, WAITING)]
    return [round(20 * count / sum(counts)) for count in counts]


def test_neurons_up_to_the_newest_are_marked():
    assert shares(0, 0) == [1, 0, 19]
    assert shares(2, 1) == [1, 11, 8]
    assert shares(3, 4) == [1, 19, 0]


def test_nothing_of_a_frame_is_left_in_the_next():
    stage = Stage("map", partial(NeuronPanel, shape=(4, 5)))
    first, later = (Moment(GREY, Newest(row, 2), "words") for row in (0, 3))
    drawn = stage.draw(first)
    assert (stage.draw(later) != drawn).any()
    assert (stage.draw(first) == drawn).all()


def changes(**columns):
    rows = {"frame": [1, 2, 3], "column": [1, 0, 1]}
    for own in ("field", "disc"):
        rows |= {f"inside_{own}": [0.2, 0.3, 0.1], f"outside_{own}": [0.1, 0.1, 0.05]}
    return pd.DataFrame(rows | columns)


def test_curves_are_the_changes_inside_and_outside():
    figure = Figure()
    draw_changes(figure, changes(inside_disc=[0.5, 0.9, 0.4]))
    left, right = figure.axes
    drawn = {line.get_label(): line.get_ydata() for line in left.lines}
    np.testing.assert_array_equal(drawn["inside"], [0.2, 0.3, 0.1])
    np.testing.assert_array_equal(drawn["outside"], [0.1, 0.1, 0.05])
    assert left.get_ylim() == right.get_ylim()
    assert right.get_ylim()[1] > 0.9
    assert not left.texts


def test_a_field_that_is_the_whole_picture_is_said_to_be():
    figure = Figure()
    draw_changes(figure, changes(outside_field=[np.nan] * 3))
    left, right = figure.axes
    assert [text.get_text() for text in left.texts] == ["it is the whole picture"]
    assert not right.texts


ROW = {
    **{"target": "conv[1, 2, 3]", "seed": 9, "several": False, "status": "ok", "size": 40},
    **{"place_row": 10.0, "place_column": 30.0, "centroid_row": 12.0, "centroid_column": 28.0},
    **{"spread_row": 2.0, "spread_column": 6.0, "radius_50": 4.0, "radius_90": 9.0},
    **{"distance": 2.8, "share_inside": 0.9, "field_rows": 21.0, "field_columns": 21.0},
    **{"box_top": 0.0, "box_bottom": 20.0, "box_left": 16.0, "box_right": 40.0},
    "effective_radius": 5.0,
}
PIXELS = np.full((3, 40, 40), 0.5, np.float32)


def near(image, row, column, paint):
    """Say whether a picture of 80 x 80 has nearly that colour at a pixel of the 40 x 40."""
    found = np.array(image.getpixel((int(2 * column), int(2 * row)))) / 255
    return np.abs(found - np.array(to_rgb(paint))).max() < 0.35


def test_place_area_and_box_are_drawn_where_they_are():
    drawn = pair(ROW, PIXELS, 80).right.pixels
    assert near(drawn, 12, 22.1, COLOURS[1]) or near(drawn, 12, 16.1, COLOURS[1])
    assert near(drawn, 10, 30, COLOURS[0])
    assert near(drawn, 19.9, 20, "#1a1a1a")
    assert not near(drawn, 30, 5, "#1a1a1a")


def test_a_feature_without_a_place_has_its_area_alone():
    unknown = {key: np.nan for key in ROW if key.split("_")[0] in ("place", "box", "field")}
    unknown |= {"distance": np.nan, "share_inside": np.nan}
    shown = pair(ROW | unknown, PIXELS, 80).right
    assert shown.title == ""
    assert len(shown.lines) == 2
    assert not near(shown.pixels, 10, 30, COLOURS[0])
