"""What the page "Input Representations and Depth" claims, and what reconstructions say of it.

Codes C1, C2, D1 to D7, F3, G1 to G3 and H3 to H5. Each claim becomes a few `Case`s: a statistic of
one stage of one network, or how it differs from that of another, and the values for which the claim
holds. A ResNet's stages are the pages' Conv1 to Conv5; of other architectures, the claim about
Conv2 is judged on the first third of the layers, that about Conv5 on the last. Photos are the
sample: two stages are compared photo by photo.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise, permutations, product
from typing import Annotated

import pandas as pd
from msgspec import Meta

from preimage.claims.ledger import Claim, Row, row, table
from preimage.measures.depth.layers import LOGARITHMIC, by_photo, estimate
from preimage.measures.depth.stages import NOISE, TRAINED, UNTRAINED, Run, Stage
from preimage.measures.statistics.verdicts import Between
from preimage.plans import Plan

STATISTICS = {
    "m_g": "m_g",
    "m_i": "m_i",
    "g_over_r_25": "m_g / m_r (noise of 1/25)",
    "g_over_r_18": "m_g / m_r (noise of 1/18)",
    "i_over_start": "m_i / m_i of the start",
    "fall_of_g": "(m_i / m_i of the start) / (m_g / m_g of the start)",
    "psnr": "PSNR (dB)",
    "ssim": "SSIM",
    "gradient_std": "standard deviation of the input gradient",
    "gradient_mean": "mean of the input gradient over its standard deviation",
    "spearman": "Spearman's correlation of m_i and m_g along the descent",
}
_TO_NEIGHBOUR = ("g_over_r_25", "g_over_r_18")
_CLARITY = ("psnr", "ssim")

# Differences too small to notice, and what is as good as the photo: judgements, ours.
_NOTICED = {"psnr": 1.0, "ssim": 0.05}
_PERFECT = 0.95
_LITTLE = {"gradient_std": Between(0.5, 2), "gradient_mean": Between(-0.1, 0.1)}

_HEADINGS = {
    "C": "Trivial autoencoding ability decreases with model depth",
    "D": "Imperfect representations are due to nonunique approximation",
    "F": "Theoretical lower bounds for perfect input representation",
    "G": "The effect of training on layer approximation accuracy",
    "H": "Late layer representations are mostly inference",
}

_SHALLOW = ("Conv2", "first third")
_DEEP = ("Conv5", "last third")
_EARLY = ("Conv1", "Conv2", "first third")
_MIDDLE = ("Conv3", "middle third")
_LATER = ("Conv3", "Conv4", "Conv5", "middle third", "last third")

ABOVE_1, BELOW_1 = Between(low=1), Between(high=1)
ABOVE_0, BELOW_0 = Between(low=0), Between(high=0)


@dataclass(frozen=True)
class Case:
    """A column of `one` stage, less that of the `other` if there is one (over it, of ratios)."""

    code: str
    claim: str
    column: str
    one: Stage
    agrees: Between
    other: Stage | None = None


class DepthClaims(Plan):
    """The plan says of each run what its network was trained on (state: trained, untrained or
    noise), whether its recipe blurs, and its layers by depth:

    runs:
      - {set: reconstructions, network: mine, architecture: resnet50, state: trained, blur: true,
         layers: [conv1, layer4]}
    """

    runs: Annotated[list[Run], Meta(min_length=1)]


def settle_depth(
    plan: DepthClaims, reconstructions: pd.DataFrame, traces: pd.DataFrame
) -> pd.DataFrame:
    """Return the table CLAIMS of the runs of the plan."""
    return claims(reconstructions, traces, plan.runs)


def claims(
    reconstructions: pd.DataFrame, traces: pd.DataFrame, runs: Sequence[Run]
) -> pd.DataFrame:
    """Return the table CLAIMS of rows RECONSTRUCTIONS and of the TRACE of their descents."""
    measured = _with_correlations(by_photo(reconstructions), reconstructions, traces)
    return table(_judged(case, measured) for case in cases(runs))


def cases(runs: Sequence[Run]) -> list[Case]:
    """Return what can be judged of `runs`: claims about one network, and about two of one set."""
    alone = [c for run in runs for claim in _OF_ONE for c in claim(run)]
    pairs = [(a, b) for a, b in permutations(runs, 2) if a.set == b.set]
    compared = [c for a, b in pairs for claim in _OF_TWO for c in claim(a, b)]
    return alone + compared + list(_growing(runs))


def _copying(run: Run) -> Iterable[Case]:
    code = {TRAINED: "C1", UNTRAINED: "C2"}.get(run.state)
    claim = "Early layers copy the photo, late ones do not."
    stages = run.stages()
    if code and len(stages) > 1:
        yield from (Case(code, claim, c, stages[0], ABOVE_0, stages[-1]) for c in _CLARITY)


def _pooling(run: Run) -> Iterable[Case]:
    if run.state == NOISE or not {"conv1", "maxpool"} <= set(run.layers):
        return
    before, after = run.stage("conv1"), run.stage("maxpool")
    claim = "Conv1 before BatchNorm and pooling gives the photo nearly perfectly."
    yield Case("F3", claim, "ssim", before, Between(low=_PERFECT))
    claim = "After BatchNorm and pooling it does not."
    yield from (Case("F3", claim, c, before, ABOVE_0, after) for c in _CLARITY)


def _neighbours(run: Run) -> Iterable[Case]:
    if run.state != UNTRAINED:
        return
    code = {"resnet18": "D2", "resnet152": "D3"}.get(run.architecture, "D1")
    near = "at {}, the reconstruction is nearer to the photo than a neighbour is: m_g < m_r."
    far = "at {}, a neighbour is nearer to the photo than the reconstruction is: m_r < m_g."
    # The page finds m_r < m_g in ResNet-50's Conv2 and good approximations in 18's and 152's.
    shallow = (near, BELOW_1) if code in ("D2", "D3") else (far, ABOVE_1)
    for names, (claim, agrees) in ((_SHALLOW, shallow), (_DEEP, (near, BELOW_1))):
        for stage in run.stages(*names):
            said = f"Untrained, {claim.format(stage.name)}"
            yield from (Case(code, said, c, stage, agrees) for c in _TO_NEIGHBOUR)


def _descents(run: Run) -> Iterable[Case]:
    if run.state == UNTRAINED:
        shallow = "D5" if run.architecture == "resnet152" else "D4"
        yield from (c for stage in run.stages(*_SHALLOW) for c in _falling(shallow, stage))
        yield from (c for stage in run.stages(*_DEEP) for c in _falling("D6", stage))
    if run.state == TRAINED:
        yield from (c for stage in run.stages(*_DEEP) for c in _falling("G1", stage))


def _falling(code: str, stage: Stage) -> Iterable[Case]:
    claim = "While m_g heads to 0, m_i settles far from it or rises."
    yield Case(code, claim, "fall_of_g", stage, ABOVE_1)
    if code != "D5":  # of it the page says no more
        claim = "m_i rises while m_g falls."
        yield Case(code, claim, "spearman", stage, BELOW_0)
        yield Case(code, claim, "i_over_start", stage, ABOVE_1)


def _gradients(run: Run) -> Iterable[Case]:
    claim = "The input gradient changes little from shallow to deep layers."
    if run.state == UNTRAINED:
        for shallow, deep in product(run.stages(*_SHALLOW), run.stages(*_DEEP)):
            yield from (Case("D7", claim, c, deep, _LITTLE[c], shallow) for c in _LITTLE)


def _noise(run: Run) -> Iterable[Case]:
    if run.state != NOISE:
        return
    claim, agrees, code = "it is harder to come as near as a neighbour: m_r < m_g.", ABOVE_1, "H3"
    if not run.blur:
        claim, agrees, code = (
            "it is easy to come nearer than a neighbour: m_g < m_r.",
            BELOW_1,
            "H4",
        )
    said = f"Trained on noise and {'with' if run.blur else 'without'} blur, {claim}"
    for stage in run.stages():
        yield from (Case(code, said, c, stage, agrees) for c in _TO_NEIGHBOUR)
    if not run.blur:
        claim = "Later layers hold almost nothing of the photo: no more than the start does."
        stages = run.stages(*_LATER)
        yield from (Case("H4", claim, "i_over_start", stage, ABOVE_1) for stage in stages)


def _training(one: Run, other: Run) -> Iterable[Case]:
    if (one.state, other.state) != (TRAINED, UNTRAINED) or one.architecture != other.architecture:
        return
    claim = "Without blur, training lowers m_g at a fixed number of iterations."
    if not one.blur:
        for layer in (layer for layer in one.layers if layer in other.layers):
            pair = (one.stage(layer), other.stage(layer))
            yield from _compared("G2", claim, ("m_g", "g_over_r_25"), pair, BELOW_1)
    claim = "Early and middle layers reconstruct the photo more sharply after training."
    for pair in _both(one, other, *_EARLY, *_MIDDLE):
        yield from _compared("G3", claim, _CLARITY, pair, ABOVE_0)


def _trained_on_noise(one: Run, other: Run) -> Iterable[Case]:
    if one.state != NOISE or one.architecture != other.architecture:
        return
    if other.state == TRAINED and not one.blur:
        claim = "Later layers hold far less of the photo than when trained on natural images."
        for pair in _both(one, other, *_LATER):
            yield from _compared("H4", claim, _CLARITY, pair, BELOW_0)
    if other.state == UNTRAINED and one.blur:
        claim = "Early layers are not noticeably clearer than untrained."
        for pair in _both(one, other, *_EARLY):
            for column, noticed in _NOTICED.items():
                yield from _compared("H5", claim, (column,), pair, Between(high=noticed))


def _both(one: Run, other: Run, *names: str) -> list[tuple[Stage, Stage]]:
    """Return the stages of these names that both runs have."""
    there = {stage.name: stage for stage in other.stages()}
    return [(stage, there[stage.name]) for stage in one.stages(*names) if stage.name in there]


def _compared(
    code: str, claim: str, columns: Iterable[str], pair: tuple[Stage, Stage], agrees: Between
) -> Iterable[Case]:
    one, other = pair
    return (Case(code, claim, column, one, agrees, other) for column in columns)


def _growing(runs: Sequence[Run]) -> Iterable[Case]:
    """Yield D3 for the untrained networks of one family and set, each with the next deeper one."""
    families: dict[tuple[str, str], dict[int, Run]] = {}
    for run in runs:
        size = re.fullmatch(r"(resnet|vgg|densenet)(\d+)", run.architecture)
        if size and run.state == UNTRAINED:
            families.setdefault((run.set, size[1]), {})[int(size[2])] = run
    claim = "The deeper the network, the further is the last stage's reconstruction from the photo."
    for members in families.values():
        for smaller, larger in pairwise(members[size] for size in sorted(members)):
            for pair in _both(larger, smaller, *_DEEP):
                yield from _compared("D3", claim, ("m_i",), pair, ABOVE_1)


_OF_ONE = (_copying, _pooling, _neighbours, _descents, _gradients, _noise)
_OF_TWO = (_training, _trained_on_noise)


def _judged(case: Case, measured: pd.DataFrame) -> Row:
    values = _values(measured, case.one, case.column)
    statistic, compared = STATISTICS[case.column], str(case.one)
    if case.other:
        values = (values - _values(measured, case.other, case.column)).dropna()
        between = "ratio" if case.column in LOGARITHMIC else "difference"
        statistic, compared = f"{between} of {statistic}", f"{compared} to {case.other}"
    claim = Claim(case.code, case.claim, _HEADINGS[case.code[0]], case.agrees)
    return row(claim, compared, statistic, estimate(values, case.column), len(values))


def _values(measured: pd.DataFrame, stage: Stage, column: str) -> pd.Series:
    """Return the mean over the stage's layers by photo and size; only photos that have them all."""
    run = stage.run
    rows = measured[(measured.set == run.set) & (measured.network == run.network)]
    wide = rows.pivot(index=["photo", "size"], columns="layer", values=column)
    return wide.reindex(columns=list(stage.layers)).mean(axis=1, skipna=False).dropna()


def _with_correlations(
    measured: pd.DataFrame, reconstructions: pd.DataFrame, traces: pd.DataFrame
) -> pd.DataFrame:
    """Return `by_photo` rows with a column `spearman`: the mean over a photo's seeds."""
    descent, photo = ["set", "network", "item", "seed"], ["set", "network", "layer", "photo"]
    along = traces.dropna(subset=["m_g", "m_i"]).reset_index(drop=True)
    # Of ranks, Pearson's correlation is Spearman's.
    ranks = along[descent].join(along.groupby(descent)[["m_i", "m_g"]].rank())
    found = [
        {**dict(zip(descent, keys, strict=True)), "spearman": part.m_i.corr(part.m_g)}
        for keys, part in ranks.groupby(descent, sort=False)
    ]
    places = reconstructions[list(dict.fromkeys([*descent, *photo]))]
    by_descent = pd.DataFrame(found, columns=[*descent, "spearman"]).merge(places, on=descent)
    means = by_descent.groupby(photo, as_index=False).spearman.mean()
    return measured.merge(means, on=photo, how="left")
