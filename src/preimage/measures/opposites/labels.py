"""Opposites (code I): what a network takes the picture for that says least of a class."""

import pandas as pd

from preimage.status import PICTURES
from preimage.tables.images import OPPOSITES

_GROUP = ["set", "network", "seed"]


def opposites(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return the table OPPOSITES from rows PREDICTIONS of pictures that lower `class_a`.

    The label is the first class of the network that made the picture. `commutative`: the opposite
    of the opposite is the class; empty where that is unknown (the opposite was not asked for, or
    its picture or this one failed) or void (the class is its own opposite). Of a picture that
    failed nothing is told but its status.
    """
    own = predictions[predictions["judge"] == predictions["network"]].reset_index(drop=True)
    fine = own["status"].isin(PICTURES)
    opposite = own["top1"].where(fine)
    is_self = (opposite == own["class_a"]).astype("boolean").where(fine)
    back = _opposite_of(own, opposite)
    commutative = (back == own["class_a"]).astype("boolean")
    return pd.DataFrame(
        {
            **{name: own[name] for name in _GROUP},
            "class": own["class_a"],
            "name": own["name_a"].where(own["name_a"].notna(), own["target"]),
            "opposite": opposite,
            "opposite_name": own["top1_name"].where(fine),
            "opposite_logit": own["logit_top1"].where(fine),
            "margin": (own["logit_top1"] - own["logit_top2"]).where(fine),
            "is_self": is_self,
            "commutative": commutative.where(back.notna() & ~is_self.fillna(value=True)),
            "status": own["status"],
        }
    )[OPPOSITES.names]


def _opposite_of(own: pd.DataFrame, classes: pd.Series) -> pd.Series:
    """Return the opposite of each of `classes` by the same network from the same seed."""
    known = own[own["status"].isin(PICTURES)]
    table = known[[*_GROUP, "class_a", "top1"]].rename(columns={"top1": "back"})
    asked = own[_GROUP].assign(class_a=classes)
    return asked.merge(table, on=[*_GROUP, "class_a"], how="left", validate="many_to_one")["back"]
