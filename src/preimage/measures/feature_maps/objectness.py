"""Whether the picture of a map shows an object, as far as other networks can tell (code N4).

A network takes textures for classes, too, such as a grating for a window screen. An object is what
it is certain of only as long as the picture is arranged as it is: of the same picture with
scrambled phases it is less so. So it is of textures that scrambling destroys, as honeycombs; other
textures and plain colours have an objectness of about 0. Networks of the map's own architecture
have no say: descents find what excites them, whatever that looks like.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from preimage.measures.images.predictions import softmax
from preimage.tables.feature_maps import OBJECTNESS

Logits = Sequence[NDArray[np.floating]]
"""Of each network: [n, C]."""

_PICTURE = ["set", "network", "item", "seed"]


def objectness(seen: Logits, scrambled: Logits) -> pd.DataFrame:
    """Return the columns of PICTURED_OBJECTS that follow from what networks say of n pictures, and
    of the same with scrambled phases.
    """
    found = {"certainty": _certainty(seen), "scrambled": _certainty(scrambled)}
    return pd.DataFrame(found | {OBJECTNESS.name: found["certainty"] - found["scrambled"]})


def _certainty(said: Logits) -> NDArray[np.float64]:
    """Return, by picture, the highest probability of a class."""
    return together(said).max(axis=-1)


def together(said: Logits) -> NDArray[np.float64]:
    """Return the probabilities [n, C] of n pictures, each the mean over networks."""
    with np.errstate(invalid="ignore"):  # pictures that have diverged
        return softmax(np.stack(said)).mean(axis=0)


def with_objectness(maps: pd.DataFrame, pictured: pd.DataFrame) -> pd.DataFrame:
    """Return rows FEATURE_MAPS with OBJECTNESS and `labels`, of rows PICTURED_OBJECTS; NaN where
    nobody was asked.
    """
    columns = [*_PICTURE, OBJECTNESS.name, "labels"]
    return maps.merge(pictured[columns], on=_PICTURE, how="left")
