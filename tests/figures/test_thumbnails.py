"""Pictures on a plane: as many as there is room for, each where its point is."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnnotationBbox

from preimage.figures.thumbnails import draw_points, page, spread


def test_boxes_that_are_shown_do_not_overlap_and_no_other_has_room():
    places = np.random.default_rng(0).uniform(0, 5, (300, 2))
    shown = spread(places, (0.5, 0.6))
    overlap = (np.abs(places[:, None] - places[shown]) < (0.5, 0.6)).all(axis=2)
    assert overlap[shown].sum() == len(shown)
    assert overlap.any(axis=1).all()


def test_the_one_in_the_way_of_many_gives_way():
    places = np.array([[0, 0], [0.9, 0], [-0.9, 0], [0, 0.9]])
    assert spread(places, (1, 1)) == [1, 2]
    assert spread(np.zeros((3, 2)), (1, 1)) == [0]
    assert spread(np.zeros((0, 2)), (1, 1)) == []


def test_only_pictures_that_are_shown_are_read_and_stand_on_their_points():
    points = np.array([[0.0, 0], [0.001, 0], [1, 1]])
    figure, read = Figure(figsize=(4, 4), layout="constrained"), []

    def picture(number):
        read.append(number)
        return None if number == 2 else np.zeros((3, 8, 8), np.float32)

    shown = draw_points(figure.subplots(), points, ["a", "b", "a rather long name"], picture)
    assert shown == read == [0, 2]
    assert figure.axes[0].get_title(loc="right").startswith("2 of 3 classes as pictures")
    boxes = [a for a in figure.axes[0].artists if isinstance(a, AnnotationBbox)]
    assert [tuple(box.xy) for box in boxes] == [(0, 0), (1, 1)]
    assert len(figure.axes[0].collections[0].get_offsets()) == 3


def test_many_points_have_a_wider_page():
    assert page(36) < page(1000)
