"""Distance matrices and their order."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from scipy.cluster.hierarchy import leaves_list

from preimage.figures.class_plots import agreement_plot
from preimage.figures.heatmaps import SHARES, clusters, draw_agreement, draw_distances, matrix


def test_the_matrix_is_symmetric_and_says_what_is_missing():
    rows = pd.DataFrame({"class_a": [3, 3], "class_b": [5, 9], "l2": [1.0, 2.0]})
    classes, full = matrix(rows, "l2")
    assert classes == [3, 5, 9]
    np.testing.assert_array_equal(full, [[0, 1, 2], [1, 0, np.nan], [2, np.nan, 0]])


def order_of(distances):
    return leaves_list(clusters(distances))


def test_points_of_a_line_come_back_in_their_order():
    place = np.random.default_rng(0).permutation(30).astype(float)
    order = order_of(np.abs(place[:, None] - place[None, :]))
    assert sorted(place[order]) in (list(place[order]), list(place[order][::-1]))


def test_clusters_are_not_torn():
    group = np.random.default_rng(1).integers(0, 2, 40)
    order = order_of(np.where(group[:, None] == group[None, :], 1.0, 5.0) * (1 - np.eye(40)))
    assert (np.diff(group[order]) != 0).sum() == 1


def test_two_classes_and_equal_ones_have_an_order():
    assert sorted(order_of(np.array([[0.0, 1.0], [1.0, 0.0]]))) == [0, 1]
    assert sorted(order_of(np.zeros((4, 4)))) == [0, 1, 2, 3]


def test_distances_that_are_not_known_do_not_lose_a_class():
    full = np.array([[0.0, np.nan, 1.0], [np.nan, 0.0, 2.0], [1.0, 2.0, 0.0]])
    assert sorted(order_of(full)) == [0, 1, 2]


def test_the_hierarchy_stands_above_the_classes_that_it_joins():
    # 0 and 2 are near each other, 1 is far from both
    rows = pd.DataFrame({"class_a": [0, 0, 1], "class_b": [1, 2, 2], "l2": [5.0, 1.0, 5.0]})
    figure = Figure()
    draw_distances(figure, rows, "l2", ["a", "b", "c"])
    (above,) = figure.axes[0].child_axes
    near, all_three = above.collections[0].get_segments()
    names = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert {names[int(x)] for x, _ in near} == {"a", "c"}
    assert near[:, 1].max() == 1
    assert all_three[:, 1].max() == 5
    assert names.index("b") in all_three[:, 0]


def test_the_nearest_pair_has_a_colour_and_the_diagonal_none():
    rows = pd.DataFrame({"class_a": [0, 0, 1], "class_b": [1, 2, 2], "l2": [5.0, 1.0, 4.0]})
    figure = Figure()
    draw_distances(figure, rows, "l2", ["a", "b", "c"])
    image = figure.axes[0].images[0]
    assert (image.get_array().mask == np.eye(3, dtype=bool)).all()
    assert image.get_clim() == (1, 5)


def agreement(asked):
    """Return rows AGREEMENT of (set, network, judge)."""
    shares = {f"{share}{end}": 0.5 for share in SHARES for end in ("", "_low", "_high")}
    keys = ("set", "network", "judge")
    return pd.DataFrame([dict(zip(keys, key, strict=True)) | shares for key in asked])


def drawn(table):
    """Return the panels of the figure of agreement and what their columns and rows are called."""
    figure = Figure()
    draw_agreement(figure, table)
    panels = [axes for axes in figure.axes if axes.get_label() in SHARES]
    names = [[t.get_text() for t in a.get_ticklabels()] for a in (panels[0].xaxis, panels[0].yaxis)]
    return panels, *names


def test_what_no_network_was_asked_is_grey():
    asked = [("s", "one", "one"), ("s", "one", "two"), ("s", "two", "two")]
    panels, judges, made = drawn(agreement(asked))
    assert (judges, made) == (["one", "two"], ["s by one", "s by two"])
    for axes in panels:
        assert axes.images[0].get_array().mask.tolist() == [[False, False], [True, False]]
        assert [text.get_position() for text in axes.texts] == [(0, 0), (1, 0), (1, 1)]
    assert len(panels) == len(SHARES)


def test_judges_of_their_own_pictures_alone_share_a_column():
    asked = [(f"after_{n}", f"net-{n}", judge) for n in range(9) for judge in ("net", f"net-{n}")]
    (panel, _), judges, made = drawn(agreement(asked))
    assert judges == ["net", "its maker"]
    assert made == [f"after {n} by net-{n}" for n in range(9)]
    assert not panel.images[0].get_array().mask.any()


@pytest.mark.parametrize("sets", [2, 20])
@pytest.mark.parametrize("networks", [2, 14])
def test_the_figure_of_agreement_can_be_read(tmp_path, sets, networks):
    names = [f"a network of name {n}" for n in range(networks)]
    asked = [
        (f"class_images_after_french_horn_{s}", names[0], n) for s in range(sets) for n in names
    ]
    figure = agreement_plot(agreement(asked), "study")
    figure.save(tmp_path / "agreement.png")
    assert figure.height < 2.5 * figure.width
