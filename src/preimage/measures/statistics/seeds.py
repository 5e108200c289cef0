"""Of several seeds the lowest is the first: the one that is drawn and judged where one must do."""

import pandas as pd


def of_first_seed(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the lowest seed of each set and network.

    Pictures of one class from several seeds are no independent ones.
    """
    return rows[rows.seed == rows.groupby(["set", "network"]).seed.transform("min")]
