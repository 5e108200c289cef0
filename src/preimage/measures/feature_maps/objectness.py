"""Whether the picture of a map shows an object, as far as other networks can tell (code N4).

A network takes textures for classes, too, such as a grating for a window screen. An object is what
it is certain of only as long as the picture is arranged as it is: of the same picture with
scrambled phases it is less so. So it is of textures that scrambling destroys, as honeycombs; other
textures and plain colours have an objectness of about 0. Networks of the map's own architecture
have no say: descents find what excites them, whatever that looks like.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from preimage.errors import UserError
from preimage.measures.images.predictions import softmax
from preimage.tables.atlas import OBJECTNESS

_RUN = ["set", "network"]
_PICTURE = [*_RUN, "item", "seed"]


def with_objectness(
    maps: pd.DataFrame,
    logits: pd.DataFrame,
    scrambled: pd.DataFrame,
    runs: Sequence[Mapping[str, Any]],
) -> pd.DataFrame:
    """Return rows FEATURE_MAPS with OBJECTNESS, by rows LOGITS of the witnesses of `runs`.

    scrambled: what they say of the same pictures with scrambled phases. runs: of the plan of
    `preimage.steps.tabulate_atlas`. NaN where there is no witness. Raises UserError where one has
    seen a picture only in one of the two ways.
    """
    asked = [(run["set"], run["network"], judge) for run in runs for judge in run["witnesses"]]
    witnesses = pd.DataFrame(asked, columns=[*_RUN, "judge"], dtype=object)
    seen, seen_scrambled = logits.merge(witnesses), scrambled.merge(witnesses)
    both = seen.merge(seen_scrambled, on=[*_PICTURE, "judge"])
    if len(both) < max(len(seen), len(seen_scrambled)):
        raise UserError("pictures and scrambled pictures are not judged by the same networks")
    found = _certainty(seen) - _certainty(seen_scrambled)
    return maps.merge(found.rename(OBJECTNESS.name).reset_index(), on=_PICTURE, how="left")


def _certainty(said: pd.DataFrame) -> pd.Series:
    """Return, by picture, the highest probability of a class: each the mean over judges."""
    return said.groupby(_PICTURE)["logits"].agg(_highest).astype(float)


def _highest(logits: pd.Series) -> float:
    with np.errstate(invalid="ignore"):  # pictures that have diverged
        return float(softmax(np.stack(logits.to_list())).mean(axis=0).max())
