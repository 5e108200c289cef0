"""Rings: cycles inside, what leads to them outside, and nothing on top of another."""

from itertools import pairwise

import networkx as nx
import numpy as np
import pytest

from preimage.figures.rings import INNER, polar, rings


def graph_of(steps):
    return nx.DiGraph((node, other) for node, other in steps.items())


def random_map(n, seed):
    return graph_of(dict(enumerate(np.random.default_rng(seed).integers(0, n, n).tolist())))


def test_a_cycle_is_inside_and_told_in_the_order_of_a_walk():
    found = rings(graph_of({5: 9, 9: 7, 7: 5, 1: 9, 2: 1}))
    assert found.cycles == [[5, 9, 7]]
    assert [found.radius[node] for node in (5, 9, 7)] == [INNER] * 3
    assert INNER < found.radius[1] < found.radius[2] == 1
    assert found.outermost == [2]


def test_what_leads_nowhere_is_inside_and_no_cycle():
    found = rings(graph_of({1: 2, 3: 4, 4: 3}))
    assert found.cycles == [[3, 4]]
    assert found.radius[2] == INNER
    assert found.outermost == [1]


def test_a_class_that_is_its_own_opposite_is_a_cycle():
    assert rings(graph_of({1: 1, 2: 1})).cycles == [[1]]


@pytest.mark.parametrize("seed", range(3))
def test_no_two_nodes_are_in_one_place(seed):
    found = rings(random_map(300, seed))
    assert set(found.angle) == set(found.radius) == set(range(300))
    points = np.array([polar(found.angle[n], found.radius[n]) for n in range(300)])
    apart = np.linalg.norm(points[:, None] - points[None, :], axis=-1) + np.eye(300)
    assert apart.min() > 1e-3
    assert 0 <= min(found.angle.values()) < max(found.angle.values()) < 2 * np.pi


@pytest.mark.parametrize("seed", range(3))
def test_each_node_is_further_out_than_where_it_leads(seed):
    graph = random_map(300, seed)
    found = rings(graph)
    inside = {node for cycle in found.cycles for node in cycle}
    for node, other in graph.edges:
        assert node in inside or found.radius[node] > found.radius[other]


@pytest.mark.parametrize("seed", range(3))
def test_what_leads_to_a_node_has_a_sector_of_its_own(seed):
    graph = random_map(200, seed)
    found = rings(graph)
    inside = {node for cycle in found.cycles for node in cycle}
    for other in graph:
        ways = [n for n in graph.predecessors(other) if n not in inside]
        sectors = sorted(sector(graph, found, node) for node in ways)
        assert all(one[1] < following[0] for one, following in pairwise(sectors))


def sector(graph, found, node):
    angles = [found.angle[n] for n in nx.ancestors(graph, node) | {node}]
    return min(angles), max(angles)


def test_cycles_alone_have_places():
    found = rings(graph_of({0: 1, 1: 0, 2: 2}))
    assert found.cycles == [[0, 1], [2]]
    assert set(found.radius.values()) == {INNER}


def test_a_long_chain_is_no_trouble():
    found = rings(graph_of({i: max(i - 1, 0) for i in range(3000)}))
    assert found.outermost == [2999]
    assert found.step == pytest.approx((1 - INNER) / 2999)
