"""Places for a graph in which each node leads to one other: trees that grow outwards from cycles.

Cycles stand on an inner ring, and what leads to a node stands further out, within the node's own
sector, so that lines between them need not cross. Nodes that nothing leads to are on the outermost
ring, each in a slot of its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import networkx as nx
import numpy as np

INNER = 0.4  # radius of the ring of cycles; that of the outermost is 1
_WIDEST = 1 / 36  # of the outermost ring, kept free for a node on the inner ring
_SHARE = 0.6  # of it, for all of these: where they are many, each has less


@dataclass(frozen=True)
class Rings:
    """Where the nodes are: angle in radians, radius in 0 .. 1, and what they are.

    cycles: their nodes in the order of a walk. outermost: the nodes that nothing leads to and that
    lead somewhere. slots: how many would fit on the outermost ring. step: from ring to ring.
    """

    angle: dict[int, float]
    radius: dict[int, float]
    cycles: list[list[int]]
    outermost: list[int]
    slots: float
    step: float


def polar(angle: float | np.ndarray, radius: float | np.ndarray) -> np.ndarray:
    """Return x and y, [..., 2], of a place given by its angle and radius."""
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1)


def rings(graph: nx.DiGraph) -> Rings:
    """Return places for a graph whose nodes lead to one other each, or nowhere; the order of what
    leads to the same node is that of the nodes.
    """
    cores = _cores(graph)
    inside = {node for core in cores for node in core}
    trees = nx.DiGraph(sorted((o, n) for n, o in graph.edges if n not in inside))
    trees.add_nodes_from(sorted(inside))
    outermost = sorted(n for n in graph if n not in inside and not graph.in_degree(n))
    least = len(outermost) * min(_WIDEST, _SHARE / max(1, len(inside)))
    slot, slots = _slots(trees, cores, least)
    depth = nx.multi_source_dijkstra_path_length(trees, inside) if inside else {}
    step = (1 - INNER) / max([1, *depth.values()])
    radius = {n: INNER + step * d for n, d in depth.items()} | dict.fromkeys(outermost, 1.0)
    return Rings(
        angle={node: 2 * np.pi * place / slots for node, place in slot.items()},
        radius=radius,
        cycles=[core for core in cores if graph.out_degree(core[0])],
        outermost=outermost,
        slots=slots,
        step=step,
    )


def _cores(graph: nx.DiGraph) -> list[list[int]]:
    """Return the cycle of each component, or the node in it that leads nowhere, largest first."""
    parts = sorted(nx.weakly_connected_components(graph), key=lambda part: (-len(part), min(part)))
    return [_core(graph.subgraph(part)) for part in parts]


def _core(part: nx.DiGraph) -> list[int]:
    if ends := [node for node in part if not part.out_degree(node)]:
        return ends
    (cycle,) = nx.simple_cycles(part)
    first = cycle.index(min(cycle))
    return cycle[first:] + cycle[:first]


def _slots(
    trees: nx.DiGraph, cores: Iterable[Iterable[int]], narrowest: float
) -> tuple[dict[int, float], float]:
    """Return the place of each node along the outermost ring, and that ring's length."""
    slot: dict[int, float] = {}
    end = 0.0
    for core in cores:
        for root in core:
            end = _grow(trees, root, narrowest, slot, end)
        end += max(1.0, narrowest)  # between what does not hang together
    return slot, end


def _grow(
    trees: nx.DiGraph, root: int, narrowest: float, slot: dict[int, float], start: float
) -> float:
    """Put the nodes of a tree into slots from `start` on; return where the next tree may begin."""
    nodes = list(nx.dfs_postorder_nodes(trees, root))
    width = sum(not trees.out_degree(node) for node in nodes)
    end = start + max(0.0, narrowest - width) / 2
    for node in nodes:
        if trees.out_degree(node):
            slot[node] = float(np.mean([slot[n] for n in trees.successors(node)]))
        else:
            slot[node] = end + 0.5
            end += 1
    return start + max(width, narrowest)
