"""The graph of nearest neighbours of classes: its components, and groups in it (code L2).

An edge leads from each class to its neighbour: by `second logit` the class that the picture's own
network finds most in it but its own, by `L2 distance` the class whose picture has the nearest
logits. A component is what hangs together when directions are ignored.
"""

from collections.abc import Iterator, Mapping, Sequence

import networkx as nx
import numpy as np
import pandas as pd

from preimage.measures.statistics.intervals import share, shuffled
from preimage.tables.space import COMPONENTS, NEIGHBOUR_GROUPS

KINDS = {"second logit": "second_neighbour", "L2 distance": "l2_neighbour"}
ALL = "all"

_GROUP = ["set", "network", "seed"]
Groups = Mapping[str, Sequence[int]]  # the classes of each group, by its name


def graph(neighbours: pd.DataFrame, kind: str) -> nx.DiGraph:
    """Return the graph of rows NEIGHBOURS of one network and seed; nodes are numbers of classes.

    Each node has a `name`. A class without a neighbour is a node alone. A second logit may lead to
    a class that no picture was made of.
    """
    found, column = nx.DiGraph(), KINDS[kind]
    for row in neighbours.to_dict("records"):
        found.add_node(row["class"], name=row["name"])
    for row in neighbours.dropna(subset=[column]).to_dict("records"):
        if row[column] not in found:
            found.add_node(row[column], name=row[f"{column}_name"])
        found.add_edge(row["class"], row[column])
    return found


def connected(found: nx.DiGraph) -> list[list[int]]:
    """Return the classes of each component, ascending, of the largest component first."""
    parts = (sorted(part) for part in nx.weakly_connected_components(found))
    return sorted(parts, key=lambda part: (-len(part), part))


def own(neighbours: pd.DataFrame) -> pd.DataFrame:
    """Return the rows in which a network judges its own pictures."""
    return neighbours[neighbours.judge == neighbours.network]


def components(neighbours: pd.DataFrame) -> pd.DataFrame:
    """Return the table COMPONENTS of rows NEIGHBOURS."""
    rows = [
        about | row for about, kind, part in _parts(neighbours) for row in _components(part, kind)
    ]
    return pd.DataFrame(rows, columns=COMPONENTS.names)


def _components(neighbours: pd.DataFrame, kind: str) -> Iterator[dict[str, object]]:
    found = graph(neighbours, kind)
    for number, members in enumerate(connected(found)):
        names = "; ".join(found.nodes[c]["name"] for c in members)
        yield {"component": number, "size": len(members), "members": names}


def neighbour_groups(neighbours: pd.DataFrame, groups: Groups) -> pd.DataFrame:
    """Return the table NEIGHBOUR_GROUPS of rows NEIGHBOURS; none without groups.

    Counted are the classes that have a group and a neighbour. A class of several groups is counted
    in each; among all, it is enough for its neighbour to share one of them. The baseline shuffles
    the neighbours of all of them. A shuffle may give a class itself as its neighbour, which puts
    the baseline up to 1/n above what chance alone gives.
    """
    rows = [
        about | row
        for about, kind, part in _parts(neighbours)
        for row in _shares(part.dropna(subset=[KINDS[kind]]), KINDS[kind], groups)
    ]
    return pd.DataFrame(rows, columns=NEIGHBOUR_GROUPS.names)


def _parts(neighbours: pd.DataFrame) -> Iterator[tuple[dict[str, object], str, pd.DataFrame]]:
    for keys, part in own(neighbours).groupby(_GROUP, sort=False):
        for kind in KINDS:
            yield dict(zip(_GROUP, keys, strict=True)) | {"kind": kind}, kind, part


def grouped_scores(part: pd.DataFrame, column: str, groups: Groups) -> tuple[pd.Series, np.ndarray]:
    """Return the classes [n] of rows that are in a group, and whether each of them is in one with
    each of their neighbours: [n, n], the own ones on the diagonal.

    column: has the neighbours, as numbers of classes; rows without one are left out.
    """
    there = part.dropna(subset=[column])
    belongs, found = (
        np.array([np.isin(there[name], members) for members in groups.values()], dtype=int)
        for name in ("class", column)
    )
    if not belongs.any():
        return there["class"][:0], np.zeros((0, 0), dtype=bool)
    grouped = belongs.any(axis=0)
    return there["class"][grouped], belongs.T[grouped] @ found[:, grouped] > 0


def _shares(part: pd.DataFrame, column: str, groups: Groups) -> Iterator[dict[str, object]]:
    belongs = {name: np.isin(part["class"], members) for name, members in groups.items()}
    found = {name: np.isin(part[column], members) for name, members in groups.items()}
    grouped = np.logical_or.reduce([*belongs.values(), np.zeros(len(part), dtype=bool)])
    scores = {
        name: np.outer(belongs[name], found[name])[np.ix_(grouped, grouped)] for name in groups
    }
    if grouped.any():
        _, shared = grouped_scores(part, column, groups)
        yield {"group": ALL, "classes": int(grouped.sum()), **_judged(shared, grouped[grouped])}
    for name in groups:
        if (rows := belongs[name][grouped]).any():
            yield {"group": name, "classes": int(rows.sum()), **_judged(scores[name], rows)}


def _judged(scores: np.ndarray, rows: np.ndarray) -> dict[str, float]:
    """Return the share of `rows` whose own score is true, and what shuffling all results gives."""
    estimate = share(np.diagonal(scores)[rows])
    chance = shuffled(np.where(rows[:, None], scores, 0) * (len(rows) / rows.sum()))
    return {**estimate.columns("share"), **chance.columns()}
