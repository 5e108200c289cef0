"""Evidence of fully connected networks by how many inputs they have: a photo's size."""

from collections.abc import Callable, Iterator

import pandas as pd

from preimage.claims.ledger import Evidence, Samples
from preimage.measures.mlps.inversions import PAGE_INPUTS

Rows = pd.DataFrame
Found = Iterator[tuple[str, Samples, Samples, str]]  # claim, parts, control, what tells it apart

LARGE = 4  # networks of so few inputs, or fewer, are there to be drawn
_SIZES = 2  # of photos that rows speak of, the page's first


def by_size(rows: Rows, found: Callable[[Rows], Found]) -> Iterator[Evidence]:
    """Yield the evidence of the page's size of photo, and of the largest other one."""
    sizes = sorted({*rows.inputs}, key=lambda n: (n != PAGE_INPUTS, -n))
    for inputs in [n for n in sizes if n > LARGE][:_SIZES]:
        own = found(rows[rows.inputs == inputs])
        yield from evidence(own, f"{inputs} inputs", primary=inputs == PAGE_INPUTS)


def evidence(found: Found, networks: str, *, primary: bool) -> Iterator[Evidence]:
    """Yield evidence; what something tells apart is exploratory."""
    for claim, parts, control, apart in (one for one in found if one[1]):
        whole = primary and not apart
        yield Evidence(claim, parts, networks, primary=whole, control=control, also=apart)


# Descents: E1 to E4, F1, F2.


def of_each_size(rows: Rows) -> Iterator[tuple[int, Rows]]:
    """Return the rows of each number of inputs."""
    return ((inputs, own) for inputs, own in rows.groupby("inputs", sort=False))
