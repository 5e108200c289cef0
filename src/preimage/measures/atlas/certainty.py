"""Whether the picture of a map shows an object, as far as other networks can tell (code N4).

An object is what a network knows as a class. The one whose map it is has no say: descents find what
excites it, whatever that looks like.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from preimage.tables.atlas import CERTAINTY

_RUN = ["set", "network"]
_PICTURE = [*_RUN, "item", "seed"]


def with_certainty(
    maps: pd.DataFrame, predictions: pd.DataFrame, runs: Sequence[Mapping[str, Any]]
) -> pd.DataFrame:
    """Return rows FEATURE_MAPS with CERTAINTY, by rows PREDICTIONS of the witnesses of `runs`.

    runs: of the plan of `preimage.steps.judge_atlas`. NaN where there is no witness.
    """
    asked = [(run["set"], run["network"], judge) for run in runs for judge in run["witnesses"]]
    said = predictions.merge(pd.DataFrame(asked, columns=[*_RUN, "judge"], dtype=object))
    mean = said.groupby(_PICTURE)["top1_probability"].mean().rename(CERTAINTY.name)
    return maps.merge(mean.reset_index(), on=_PICTURE, how="left")
