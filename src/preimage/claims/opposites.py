"""What the page "Input Generation II" claims of opposites, and what is found (codes I1 and I2).

A claim that a group leads to another must hold beyond what the network's favourite opposites give
by chance, too. Of several seeds a class has the label, or the answer, that most of them give.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from preimage.claims.ledger import Evidence, Samples
from preimage.claims.makers import TRAINED, Makers, first_third
from preimage.claims.seen import FIVE, is_picture, majority
from preimage.measures.opposites.cycles import commutative, known, places
from preimage.measures.opposites.groups import chances
from preimage.measures.statistics.compared import Excess
from preimage.measures.statistics.samples import Sample
from preimage.measures.statistics.seeds import of_first_seed
from preimage.plans import Plan
from preimage.status import FAILED

Groups = Mapping[str, Sequence[int]]

# Claim, the group of the classes, and those of their opposites.
_LEADS = {
    "I1.3": ("dogs", ("dogs",)),
    "I1.11": ("snakes", ("lizards", "crocodiles", "amphibians")),
    "I1.12": ("birds", ("fish",)),
}
# Claim, a class, and its opposite: a class, or a group of classes.
_NAMED = {
    "I1.6": ("toilet tissue", "syringe"),
    "I1.7": ("Border collie", "bloodhound"),
    "I1.8": ("Ibizan hound", "Tibetan mastiff"),
    "I1.9": ("Tibetan mastiff", "terriers"),
}
_SNAKE, _ITS_FIRST_TEN = "green snake", (("axolotl",), ("crocodiles",))
_CLASSES = 1000  # of which opposites are dealt anew on the page
_PICTURE = ["set", "network", "item", "seed"]


class OppositeClaims(Plan):
    """Groups of classes by name, families of breeds of dogs, and the sets of opposites and of
    class images:

    groups: [[dogs, [151, 152]], [birds, [7, 8]]]
    breeds: [[toy dogs, [151, 152]]]
    opposites: opposites
    class_images: class_images
    """

    groups: list[tuple[str, list[int]]]
    breeds: list[tuple[str, list[int]]]
    opposites: str
    class_images: str


@dataclass(frozen=True)
class _Run:
    """What one network makes of the opposites of classes, and what is said of them.

    rows: OPPOSITES of all seeds. shown: by a third network, PREDICTIONS; none without one.
    """

    rows: pd.DataFrame
    shown: pd.DataFrame
    groups: Groups
    breeds: Groups


def settle_opposites(
    plan: OppositeClaims,
    makers: Makers,
    opposites: pd.DataFrame,
    predictions: pd.DataFrame,
    logits: pd.DataFrame,
) -> Iterator[Evidence]:
    """Yield what rows OPPOSITES say of each claim, by set and network.

    predictions: rows PREDICTIONS of opposites and class images. logits: rows LOGITS of opposites.
    """
    for (image_set, network), rows in opposites.groupby(["set", "network"], sort=False):
        if network in makers and makers[network].state != TRAINED:
            continue
        about = {"networks": f"{network} ({image_set}, {_seeds(rows)})"}
        primary = network in makers and makers[network].is_page_s("googlenet")
        whole = primary and rows["class"].nunique() == _CLASSES
        said = _of(predictions, image_set, network)
        third = _third(said, network, makers)
        run = _Run(rows, said[said.judge == third], dict(plan.groups), dict(plan.breeds))
        for claim, parts, control in _by_label(run):
            counts = primary if claim in _NAMED else whole
            yield Evidence(claim, parts, **about, primary=counts, control=control)
        for claim, parts, control in _by_third(run):
            counts = primary if claim == "I1.2" else whole
            judged = {"measured_in": third, "control": control}
            yield Evidence(claim, parts, **about, primary=counts, **judged)
        own = said[said.judge == network]
        images = _of(predictions, plan.class_images, network)
        found = _raised(own, images[images.judge == network], logits, run.groups)
        if found:
            parts, control = found
            yield Evidence("I2.1", parts, **about, primary=primary, control=control)


def settle_mixtures(
    plan: OppositeClaims, makers: Makers, crops: pd.DataFrame
) -> Iterator[Evidence]:
    """Yield what rows CROPS say of opposites as mixtures of objects, by network."""
    for network, rows in crops.groupby("network", sort=False):
        third = _third(rows, network, makers)
        if found := _mixed(rows[rows.judge == third], plan):
            primary = network in makers and makers[network].is_page_s("googlenet")
            about = {"networks": f"{network} ({plan.opposites})", "measured_in": third}
            parts, control = found
            yield Evidence("I1.1", parts, **about, primary=primary, control=control)


def _seeds(rows: pd.DataFrame) -> str:
    count = rows.seed.nunique()
    return f"{count} seed{'s' * (count > 1)}"


def _of(rows: pd.DataFrame, image_set: str, network: str) -> pd.DataFrame:
    return rows[(rows.set == image_set) & (rows.network == network)]


def _third(said: pd.DataFrame, network: str, makers: Makers) -> str | None:
    """Return the first judge that shares nothing with the network, and has learnt what is there."""
    judges = set(said.judge)
    trained = (name for name, one in makers.items() if name in judges and one.state == TRAINED)
    return first_third(trained, makers, network)


Found = Iterator[tuple[str, Samples, Samples]]
"""Claims, what is found of each, and of its control."""


def _by_label(run: _Run) -> Found:
    """Yield what the label of the network itself says."""
    for claim, (group, others) in _LEADS.items():
        if parts := _leading(run, group, others):
            yield claim, parts, {}
    for claim, (name, opposite) in _NAMED.items():
        truths = _named(run, run.rows[run.rows["name"] == name], opposite)
        others = _named(run, of_first_seed(run.rows[run.rows["name"] != name]), opposite)
        if len(truths):
            yield claim, {"share": Sample(truths, "share")}, {"share": Sample(others, "share")}
    if parts := _commutative(known(of_first_seed(run.rows))):
        yield "I1.10", parts, {}


def _by_third(run: _Run) -> Found:
    """Yield what a third network sees in the opposites."""
    if run.shown.empty:
        return
    if {"dogs"} <= set(run.groups):
        seen = _seen(run.shown, run.groups["dogs"])
        inside = seen.index.isin(run.groups["dogs"])
        if inside.any():
            own, other = (_beyond(seen, part, run.breeds) for part in (inside, ~inside))
            yield "I1.4", own, other
    if found := _piano(run):
        yield "I1.2", *found


def _leading(run: _Run, group: str, others: Sequence[str]) -> Samples:
    """Return the share of a group's opposites that others hold; nothing without these groups."""
    if not {group, *others} <= set(run.groups):
        return {}
    rows = run.rows
    reached = rows["opposite"].isin([c for name in others for c in run.groups[name]])
    truths = reached.astype(float).where(rows["opposite"].notna())
    by_class = majority(truths.to_numpy(), rows["class"])
    inside = by_class.index.isin(run.groups[group])
    return _beyond(by_class, inside, run.breeds) if inside.any() else {}


def _beyond(truths: pd.Series, inside: np.ndarray, families: Groups) -> Samples:
    """Return the share of the classes inside, and by how much it is above that of shuffles.

    truths: of each class. families: those that have some of the classes inside are drawn as one.
    """
    there = truths.notna().to_numpy()
    drawn, often = chances(inside[there], truths[there].to_numpy(bool))
    own = truths[inside]
    share = Sample(own.to_numpy(float), "share", _families(own.index, families))
    excess = Excess(share.estimate.value, drawn, share.n, often, share.failed)
    return {"share": share, "excess": excess}


def _families(classes: pd.Index, families: Groups) -> list[str] | None:
    """Return the family of each class; None where some have none."""
    by_class = {c: name for name, members in families.items() for c in members}
    return [by_class[c] for c in classes] if set(classes) <= set(by_class) else None


def _named(run: _Run, rows: pd.DataFrame, opposite: str) -> np.ndarray:
    """Return whether rows have that opposite, a class or one of a group; NaN of failed ones."""
    holds = rows["opposite_name"] == opposite
    if opposite in run.groups:
        holds = rows["opposite"].isin(run.groups[opposite])
    return np.where(rows["opposite"].notna(), holds, np.nan).astype(float)


def _commutative(rows: pd.DataFrame) -> Samples:
    back, counted = commutative(places(rows))
    return {"share": Sample(back[counted], "share")} if counted.any() else {}


def _seen(shown: pd.DataFrame, classes: Sequence[int]) -> pd.Series:
    """Return, by class, whether the first five of a judge hold one of `classes` in most seeds."""
    return majority(_holds(shown, classes).to_numpy(), shown["class_a"].astype(int))


def _holds(shown: pd.DataFrame, classes: Sequence[int]) -> pd.Series:
    """Return whether the first five hold one of `classes`; NaN of pictures that failed."""
    held = shown[FIVE].isin(list(classes)).any(axis=1)
    return held.astype(float).where(is_picture(shown))


def _piano(run: _Run) -> tuple[Samples, Samples] | None:
    """Return how often the piano's opposite shows an insect, and the bonnet's a mousetrap."""
    shown, names = run.shown, run.shown["name_a"]
    trap = run.rows[run.rows["name"] == "mousetrap"]["class"].unique()
    if "insects" not in run.groups or not len(trap):
        return None
    asked = {
        "insect": ("grand piano", run.groups["insects"]),
        "mousetrap": ("bonnet", trap),
    }
    own = {
        part: Sample(_holds(shown[names == name], classes), "share")
        for part, (name, classes) in asked.items()
        if (names == name).any()
    }
    first = of_first_seed(shown)
    others = {
        part: Sample(_holds(first[first["name_a"] != name], classes), "share")
        for part, (name, classes) in asked.items()
    }
    return (own, others) if own else None


def _raised(
    said: pd.DataFrame, images: pd.DataFrame, logits: pd.DataFrame, groups: Groups
) -> tuple[Samples, Samples] | None:
    """Return what the opposite of the green snake raises, by its own network, and other snakes'.

    Counted are classes above the second logit of the class image of the same seed, or of its first.
    """
    if not {"snakes", "crocodiles"} <= set(groups) or images.empty:
        return None
    rows = said[said["class_a"].isin(groups["snakes"])].merge(logits, on=[*_PICTURE, "judge"])
    axolotl = _number(pd.concat([said, images]), "axolotl")
    if rows.empty or axolotl is None:
        return None
    second = images.dropna(subset=["logit_second"]).sort_values("seed")
    by_seed = second.set_index(["class_a", "seed"])["logit_second"]
    by_class = second.drop_duplicates("class_a").set_index("class_a")["logit_second"]

    def bound(row: pd.Series) -> float:
        own = by_class.get(row["class_a"], np.nan)
        return float(by_seed.get((row["class_a"], row["seed"]), own))

    counts, both = [], []
    for _, row in rows.iterrows():
        found, least = np.asarray(row["logits"], dtype=float), bound(row)
        fine = row["status"] not in FAILED and np.isfinite(least)
        ten = set(np.argsort(-found)[:10].tolist())
        counts.append(float((found > least).sum()) if fine else np.nan)
        both.append(float(axolotl in ten and bool(ten & set(groups["crocodiles"]))))
    found = rows.assign(count=counts, both=both)
    found.loc[~is_picture(found), "both"] = np.nan
    own = found["name_a"] == _SNAKE
    if not own.any():
        return None
    others = found[~own].groupby("class_a")[["count", "both"]].mean()
    return (
        {"classes": Sample(found["count"][own]), "named": Sample(found["both"][own], "share")},
        {"classes": Sample(others["count"]), "named": Sample(others["both"])}
        if len(others)
        else {},
    )


def _mixed(crops: pd.DataFrame, plan: OppositeClaims) -> tuple[Samples, Samples] | None:
    """Return how often parts of a class's opposite are taken for more classes than those of its own
    picture, and how often with scrambled phases; None without classes that have both.
    """
    columns = ["labels", "scrambled_labels"]
    by_class = (
        crops[crops.set == name].groupby("class_a")[columns].mean()
        for name in (plan.opposites, plan.class_images)
    )
    indices = {"left_index": True, "right_index": True}
    both = next(by_class).merge(next(by_class), suffixes=("", "_own"), **indices)
    if both.empty:
        return None
    more = (
        both[c].gt(both[f"{c}_own"]).where(both[[c, f"{c}_own"]].notna().all(axis=1))
        for c in columns
    )
    own, scrambled = ({"share": Sample(one.to_numpy(float), "share")} for one in more)
    return own, scrambled


def _number(said: pd.DataFrame, name: str) -> int | None:
    found = said.loc[said["name_a"] == name, "class_a"]
    return int(found.iloc[0]) if len(found) else None
