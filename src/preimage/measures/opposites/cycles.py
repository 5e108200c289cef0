"""The map class -> opposite as a graph: its cycles, and the way back (codes I1 to I7).

Each class has one opposite, so that a walk from opposite to opposite ends in a cycle, or at a class
whose own opposite is not known. Maps are arrays of *places*: where among the n classes the opposite
of each stands. Place n is nowhere and leads to itself; it stands last in each map.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from preimage.tables.opposites import CYCLES

GROUP = ["set", "network", "seed"]


def known(opposites: pd.DataFrame) -> pd.DataFrame:
    """Return the rows OPPOSITES that tell an opposite, with plain numbers of classes."""
    rows = opposites.dropna(subset=["opposite"]).reset_index(drop=True)
    return rows.astype({"opposite": np.int64})


def places(rows: pd.DataFrame) -> np.ndarray:
    """Return the map [n + 1] of `known` rows of one network and seed, a row for each class."""
    place = pd.Series(range(len(rows)), index=rows["class"])
    found = place.reindex(rows["opposite"]).fillna(len(rows)).to_numpy(np.int64)
    return np.append(found, len(rows))


def ends(maps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return of each place in `maps` [..., n + 1] where it leads and whether it is on a cycle.

    A cycle is known by the lowest place on it. Nowhere, n, counts as a cycle of its own.
    """
    jump, lowest = maps, np.broadcast_to(np.arange(maps.shape[-1]), maps.shape)
    for _ in range(maps.shape[-1].bit_length()):  # jumps of 1, 2, 4, ... steps, to more than n
        lowest = np.minimum(lowest, np.take_along_axis(lowest, jump, -1))
        jump = np.take_along_axis(jump, jump, -1)
    circling = np.zeros(maps.shape, dtype=bool)
    np.put_along_axis(circling, jump, values=True, axis=-1)
    return np.take_along_axis(lowest, jump, -1), circling


def lengths(maps: np.ndarray) -> np.ndarray:
    """Return the length [..., n] of the cycle whose lowest place is each place; 0 where none is."""
    end, circling = ends(maps)
    rows = end.reshape(-1, maps.shape[-1])
    offset = np.arange(len(rows))[:, None] * maps.shape[-1]
    count = np.bincount((rows + offset)[circling.reshape(rows.shape)], minlength=rows.size)
    return count.reshape(maps.shape)[..., :-1]


def commutative(maps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return of each class in `maps` whether two steps lead back to it, and whether that counts.

    Both are [..., n]. It does not count where the opposite has none that is known, or is the class.
    Where the opposite of the opposite is none of the classes, it is another one than the class.
    """
    here = np.arange(maps.shape[-1])
    back = np.take_along_axis(maps, maps, -1)
    counted = (maps != here) & (maps != here[-1])
    return ((back == here) & counted)[..., :-1], counted[..., :-1]


def cycles(opposites: pd.DataFrame) -> pd.DataFrame:
    """Return the table CYCLES of rows OPPOSITES."""
    rows = [
        dict(zip(GROUP, keys, strict=True)) | row
        for keys, part in known(opposites).groupby(GROUP, sort=False)
        for row in _cycles(part.reset_index(drop=True))
    ]
    return pd.DataFrame(rows, columns=CYCLES.names)


def _cycles(rows: pd.DataFrame) -> Iterator[dict[str, object]]:
    steps = places(rows)
    length, basin = lengths(steps), np.bincount(ends(steps)[0], minlength=len(steps))
    starts = sorted(np.flatnonzero(length), key=lambda i: (-length[i], -basin[i], i))
    for number, start in enumerate(starts):
        members = rows.iloc[_walk(steps, start, length[start])]
        yield {
            "cycle": number,
            "length": len(members),
            "basin": int(basin[start]),
            "classes": " → ".join(map(str, members["class"])),
            "members": " → ".join(members["name"]),
        }


def _walk(steps: np.ndarray, start: int, length: int) -> list[int]:
    found = [start]
    while len(found) < length:
        found.append(steps[found[-1]])
    return found
