"""Layouts of graphs: every name where its node is, and none on another."""

from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from preimage.figures.graphs import arranged, draw_graph
from preimage.figures.style import COLOURS, colour


def named(edges, alone=()):
    graph = nx.DiGraph(edges)
    graph.add_nodes_from(alone)
    for node in graph:
        graph.nodes[node]["name"] = f"class {node}"
    return graph


def neighbours(count, seed=0):
    """Return a graph in which each class has a random neighbour."""
    drawn = np.random.default_rng(seed).integers(1, count, count)
    return named([(i, int((i + step) % count)) for i, step in enumerate(drawn)])


def boxes(layout):
    places = np.array([*layout.places.values()])
    half = np.array([[layout.widths[node] / 2, 0.07] for node in layout.places])
    return places - half, places + half


@pytest.mark.parametrize("graph", [neighbours(40), named([(9, 2), (2, 9)], alone=[5, 7])])
def test_no_name_lies_on_another_and_all_are_on_the_page(graph):
    layout = arranged(graph)
    low, high = boxes(layout)
    overlap = (low[:, None] < high[None]) & (low[None] < high[:, None])
    assert np.array_equal(overlap.all(axis=2), np.eye(len(graph), dtype=bool))
    assert (low >= (-0.01, -layout.height - 0.01)).all()
    assert (high <= (layout.width + 0.01, 0.01)).all()


def test_classes_of_one_component_stand_together():
    layout = arranged(named([(0, 1), (1, 0), (2, 3), (3, 2)]))
    apart = {
        (a, b): np.linalg.norm(layout.places[a] - layout.places[b]) for a in (0, 2) for b in (1, 3)
    }
    assert apart[0, 1] < apart[0, 3]
    assert apart[2, 3] < apart[2, 1]


def test_the_names_of_a_chain_come_in_its_order():
    order = [4, 0, 3, 1, 2]  # a set of them iterates in another
    layout = arranged(named(list(pairwise(order))))
    across = sorted(order, key=lambda node: layout.places[node][0])
    assert across in (order, order[::-1])


def test_each_name_is_drawn_where_its_node_is_and_tinted_by_its_group():
    graph = named([(0, 1), (1, 0), (2, 1)])
    layout, figure = arranged(graph), Figure()
    draw_graph(figure, graph, layout, {"dogs": [0, 1], "all": [0, 1, 2]})
    texts = {text.get_text(): text for text in figure.axes[0].texts if text.get_text()}
    for node in graph:
        assert texts[f"class {node}"].get_position() == pytest.approx(tuple(layout.places[node]))
    paints = [texts[f"class {node}"].get_bbox_patch().get_facecolor() for node in graph]
    assert paints[0] == paints[1] != paints[2]
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["dogs", "all"]


def test_there_are_no_more_groups_than_colours_to_tell_apart():
    graph, figure = neighbours(20), Figure()
    draw_graph(figure, graph, arranged(graph), {f"group {i}": [i] for i in range(20)})
    assert len(figure.legends[0].get_texts()) == len(COLOURS)


def test_a_group_has_the_colour_of_its_place_as_among_opposites():
    graph, figure = named([(0, 1), (1, 2), (2, 0)]), Figure()
    groups = {"none": [], "few": [0], "many": [0, 1, 2]}
    draw_graph(figure, graph, arranged(graph), groups)
    (legend,) = figure.legends
    tints = {
        text.get_text(): np.array(patch.get_facecolor()[:3])
        for text, patch in zip(legend.get_texts(), legend.get_patches(), strict=True)
    }
    assert list(tints) == ["many", "few"]
    for name, tint in tints.items():
        whole = np.array(to_rgb(colour(list(groups).index(name))))
        assert 1 - tint == pytest.approx((1 - whole) * 0.3)


def test_a_graph_without_groups_has_no_legend():
    graph, figure = neighbours(5), Figure()
    draw_graph(figure, graph, arranged(graph), {})
    assert not figure.legends
