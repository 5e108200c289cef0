"""By how much the losses of merged networks fell (codes B1 to B3). Pictures are the sample."""

import pandas as pd

from preimage.measures.statistics.intervals import geometric_mean
from preimage.tables.merging import MERGING, SETTINGS


def tabulate(images: pd.DataFrame) -> pd.DataFrame:
    """Return the table MERGING of rows MERGING_IMAGES, in the order of their networks."""
    rows = [
        {"network": network, **_row(group)}
        for network, group in images.groupby("network", sort=False)
    ]
    return pd.DataFrame(rows, columns=MERGING.names)


def fall(images: pd.DataFrame, loss: str) -> pd.Series:
    """Return, of each picture, its loss of that name before the training over that after it."""
    return images[f"{loss}_before"] / images[f"{loss}_after"]


def _row(group: pd.DataFrame) -> dict[str, object]:
    first = group.iloc[0]
    return {
        **{column.name: first[column.name] for column in SETTINGS},
        "classes": group["class"].nunique(),
        "images": len(group),
        "loss_before": group[f"{first.loss}_before"].mean(),
        "loss_after": group[f"{first.loss}_after"].mean(),
        **geometric_mean(fall(group, first.loss).to_numpy()).columns("factor"),
        **geometric_mean(fall(group, "sum_of_squares").to_numpy()).columns("factor_of_squares"),
    }
