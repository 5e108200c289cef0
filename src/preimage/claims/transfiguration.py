"""What the page "Input Generation II" claims of one class that turns into another (code J1).

Units are pairs of classes. A frame's time runs from 0, where class A alone is asked for, to 1.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from preimage.claims.comparisons import ComparisonClaims
from preimage.claims.ledger import Evidence, Samples
from preimage.claims.makers import Makers
from preimage.claims.seen import in_five, is_picture, pictures_of, third_of
from preimage.measures.images.turning import largest_step
from preimage.measures.statistics.samples import Sample

_PAGE = "inception_v3"
_PAIR = ["class_a", "class_b"]
_PICTURE = ["set", "network", "item", "seed", "judge"]
_LEAP = 1.0  # the largest step where nothing turns


def settle_transfigurations(
    plan: ComparisonClaims, makers: Makers, predictions: pd.DataFrame, logits: pd.DataFrame
) -> Iterator[Evidence]:
    """Yield what rows PREDICTIONS and LOGITS say of each run of frames."""
    for run in plan.turns:
        said = {
            "networks": f"{run.network} ({run.set})",
            "primary": makers[run.network].is_page_s(_PAGE),
            "recipe": run.recipe,
        }
        judge, why = third_of(plan.judges, [*run.networks, *run.origins], makers)
        shown = pictures_of(run, judge or "", predictions)
        if len(shown):
            shown = _frames(shown)
            parts, control = _both(shown), _dealt(shown, logits)
            yield Evidence("J1.1", parts, control=control, measured_in=judge, why=why, **said)
        own = pictures_of(run, run.network, predictions)
        if len(own):
            parts, control = (_gradual(_frames(own), shuffled) for shuffled in (False, True))
            yield Evidence("J1.2", parts, control=control, measured_in=run.network, **said)


def _frames(pictures: pd.DataFrame) -> pd.DataFrame:
    """Return the pictures in order with their time `t`; logits are NaN where they failed."""
    number = pictures["item"].str.rpartition(".")[2].astype(int)
    fine = is_picture(pictures)
    frames = pictures.assign(
        t=number / max(number.max(), 1),
        logit_a=pictures.logit_a.where(fine),
        logit_b=pictures.logit_b.where(fine),
    )
    return frames.sort_values([*_PAIR, "seed", "t"])


def _middle(frames: pd.DataFrame) -> pd.DataFrame:
    times = frames.t.unique()
    return frames[frames.t == times[np.abs(times - 0.5).argmin()]]


def _by_pair(values: pd.Series) -> Sample:
    return Sample(values.groupby(level=_PAIR).mean().to_numpy())


def _both(frames: pd.DataFrame, deal: int = 0) -> Samples:
    """Return how much of each class the middle shows more than the other class alone does.

    deal: by how many pairs B is that of another one.
    """
    by = [*_PAIR, "seed"]
    first, middle, last = (
        part.set_index(by)
        for part in (frames[frames.t == 0], _middle(frames), frames[frames.t == 1])
    )
    return {
        "rise_b": _by_pair(middle.logit_b - first.logit_b),
        "rise_a": _by_pair(middle.logit_a - last.logit_a),
        "both": _share(_middle(frames), deal),
    }


def _dealt(frames: pd.DataFrame, logits: pd.DataFrame) -> Samples:
    """Return the same of A and the B of another pair; nothing of a single pair."""
    if len(frames[_PAIR].drop_duplicates()) == 1:
        return {}
    told = frames.merge(logits[[*_PICTURE, "logits"]], on=_PICTURE, how="left")
    of_b = [
        one[b] if isinstance(one, Sequence | np.ndarray) else np.nan
        for one, b in zip(told.logits, _others(told, 1), strict=True)
    ]
    return _both(told.assign(logit_b=np.where(is_picture(told), of_b, np.nan)), 1)


def _others(frames: pd.DataFrame, deal: int) -> np.ndarray:
    """Return of each frame the class B of the pair that is so many places away."""
    pairs = frames[_PAIR].drop_duplicates()
    keys = pairs.itertuples(index=False, name=None)
    dealt = dict(zip(keys, np.roll(pairs.class_b, deal), strict=True))
    return np.array([dealt[pair] for pair in frames[_PAIR].itertuples(index=False, name=None)], int)


def _share(middle: pd.DataFrame, deal: int) -> Sample:
    """Return for how many pairs most seeds' middles hold A, and B as dealt, in the first five."""
    held = np.minimum(in_five(middle, middle.class_a), in_five(middle, _others(middle, deal)))
    mean = pd.Series(held, middle.index).groupby([middle.class_a, middle.class_b]).mean()
    return Sample((mean > 0.5).astype(float).where(mean.notna()).to_numpy(), "share")


def _gradual(frames: pd.DataFrame, shuffled: bool) -> Samples:
    """Return by pair how far logits follow time, and the largest step as a share of the way.

    shuffled: with the frames in any order.
    """
    random = np.random.default_rng(0)
    found = {}
    for key, one in frames.groupby([*_PAIR, "seed"], sort=False):
        logits = one[["logit_a", "logit_b"]].to_numpy(float)
        found[key] = _follows(one.t.to_numpy(), random.permutation(logits) if shuffled else logits)
    pairs = pd.MultiIndex.from_tuples(found, names=[*_PAIR, "seed"])
    table = pd.DataFrame([*found.values()], pairs, ["correlation", "step"])
    mean = table.groupby(level=_PAIR).mean()
    return {
        "correlation": Sample(mean.correlation.to_numpy(), "correlation"),
        "step": Sample(mean.step.to_numpy(), "ratio"),
    }


def _follows(t: np.ndarray, logits: np.ndarray) -> tuple[float, float]:
    """Return the mean rank correlation of time with -A and with B, and the largest step.

    Both are NaN where a frame failed.
    """
    if not np.isfinite(logits).all():
        return np.nan, np.nan
    a, b = (stats.spearmanr(t, s * logits[:, k]).statistic for k, s in ((0, -1), (1, 1)))
    step = largest_step(logits, 0, 1)
    return float(np.mean([a, b])), _LEAP if np.isnan(step) else step
