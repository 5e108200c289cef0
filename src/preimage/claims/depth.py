"""What the page "Input Representations and Depth" claims, and what reconstructions say of it.

Codes B7.1, C, D, F3, G and H. What is found of a photo in a layer of a network is a unit
(`measures.depth.units`); networks that differ by chance alone, such as untrained ones of one
architecture, are a `Kind`. Where each photo has such a network of its own, these pairs are the
sample; else both are crossed. A ResNet has the pages' stages, conv1 to Conv5; which layers stand
for them elsewhere, `staged` says.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd

from preimage.claims.kinds import (
    DepthClaims,
    Kind,
    by_photos,
    identity,
    judges_of,
    kinds_of,
    less,
    lost,
    ratio,
    sample,
    truths,
)
from preimage.claims.learning import settle_learning
from preimage.claims.ledger import Evidence, Samples
from preimage.claims.makers import NOISE, TRAINED, UNTRAINED, Makers
from preimage.descent.objective import LOGITS
from preimage.measures.depth.courses import courses
from preimage.measures.depth.stages import LONG
from preimage.measures.depth.units import by_descent
from preimage.measures.statistics.crossed import Crossed
from preimage.measures.statistics.samples import Sample

_EARLY = ("maxpool", "Conv2")
# Of untrained ResNets: the claims about Conv2 and Conv5; of all others they are D1.1 and D1.2.
_NEAR = {"resnet18": ("D2.1", "D2.2"), "resnet152": ("D3.1", "D3.2")}
_SAME_MAP = {"D1.1": "resnet152", "D3.1": "resnet50"}  # their first stages are alike
_DEPTHS = ("resnet18", "resnet50", "resnet152")


def settle_depth(
    plan: DepthClaims,
    makers: Makers,
    reconstructions: pd.DataFrame,
    traces: pd.DataFrame,
    recognised: pd.DataFrame,
) -> Iterator[Evidence]:
    """Yield what rows RECONSTRUCTIONS, their TRACE, and RECOGNISED say of each claim."""
    judges = judges_of(plan, makers)
    own = recognised[recognised.judge == recognised.network.map(judges)]
    kinds = kinds_of(plan, by_descent(reconstructions, courses(traces), own), makers)
    for kind in kinds:
        for claim in _OF_ONE:
            yield from claim(kind)
        yield from _neighbours(kind, kinds)
        yield from _followed(kind, kinds)
    yield from _by_depth(kinds)
    yield from _calibrated(kinds)
    yield from settle_learning(kinds, reconstructions, traces)


# Claims of one kind.


def _copies(kind: Kind) -> Iterator[Evidence]:
    if kind.state == NOISE or not kind.blur or kind.alone or not kind.has("conv1", *_EARLY):
        return
    early, late = ("C1.1", "C1.2") if kind.state == TRAINED else ("C2.1", "C2.2")
    of = by_photos if kind.state == TRAINED else sample
    said = {"primary": kind.is_page_s("resnet50")}
    parts = {
        f"level_{name}": of(kind.at("level", stage))
        for name, stage in zip(("pooled", "conv2"), _EARLY, strict=True)
    }
    yield kind.evidence(early, parts, **said)
    if kind.has("Conv5"):
        last = {"level_conv5": "Conv5", "level_logits": LOGITS}
        there = {name: stage for name, stage in last.items() if kind.has(stage)}
        parts = {name: of(kind.at("level", stage)) for name, stage in there.items()}
        yield kind.evidence(late, parts, **said)


def _spots(kind: Kind) -> Iterator[Evidence]:
    rows = kind.descents[kind.descents.photo == "dalmatian"]
    if kind.state != TRAINED or not kind.blur or rows.empty or not kind.has("Conv3", "Conv4"):
        return
    seeds = rows.pivot_table(
        index=["network", "seed"], columns="layer", values="band", dropna=False
    )

    def of(stage: str) -> Sample:
        return Sample(seeds[kind.stages[stage]].to_numpy(), "correlation")

    parts = {stage.lower(): of(stage) for stage in ("Conv3", "Conv4")}
    control = dict.fromkeys(parts, of("conv1")) if kind.has("conv1") else {}
    yield kind.evidence("C1.4", parts, primary=kind.is_page_s("resnet50"), control=control)


def _neighbours(kind: Kind, kinds: Sequence[Kind]) -> Iterator[Evidence]:
    """Yield whether a reconstruction is nearer than a neighbour is; kinds: all, for the control."""
    if kind.state != UNTRAINED or not kind.blur:
        return
    own = _NEAR.get(kind.architecture)
    for stage, claim in zip(("Conv2", "Conv5"), own or ("D1.1", "D1.2"), strict=True):
        if not kind.has(stage):
            continue
        # Of ResNet-50 the page's own recipes are known, of the others none.
        of_page = kind.is_page_s(kind.architecture if own else "resnet50", rule=bool(own))
        primary = of_page and (bool(own) or kind.first.recorded == stage)
        compared = {"ratio": ratio(kind.at("again", stage))}
        if other := _SAME_MAP.get(claim):
            compared = _near(other, stage, kind, kinds)
        parts = {"ratio": ratio(kind.at("near", stage))}
        yield kind.evidence(claim, parts, primary=primary, control=compared)
        if primary:
            parts = {"ratio": ratio(kind.at("near_18", stage))}
            yield kind.evidence(claim, parts, also="(Noise of 1/18.)")


def _near(architecture: str, stage: str, kind: Kind, kinds: Sequence[Kind]) -> Samples:
    """Return m_g / m_r in untrained networks of another architecture; nothing without any."""
    found = (other.at("near", stage) for other in _alike(architecture, kind, kinds, stage))
    return next(({"ratio": ratio(near)} for near in found), {})


def _alike(
    architecture: str, kind: Kind, kinds: Sequence[Kind], stage: str = "Conv2"
) -> Iterator[Kind]:
    """Yield the untrained networks of another architecture that made the same by one recipe."""
    made = (kind.first.set, kind.first.recipe, UNTRAINED, architecture)
    for other in kinds:
        if (other.first.set, other.first.recipe, other.state, other.architecture) == made:
            yield from [other] * other.has(stage)


def _courses(kind: Kind) -> Iterator[Evidence]:
    if kind.state == NOISE or kind.first.iterations < LONG:
        return
    claims = (
        {"Conv2": _shallow(kind), "Conv5": "D6.1"} if kind.state == UNTRAINED else {"Conv5": "G1.1"}
    )
    of = by_photos if kind.state == TRAINED else sample
    for stage, claim in claims.items():
        if not kind.has(stage):
            continue
        architecture = "resnet152" if claim == "D5.1" else "resnet50"
        primary = kind.is_page_s(architecture, rule=False) and (claim == "D5.1" or kind.first.fixed)
        parts = _course(kind, claim, stage, of)
        control = _course(kind, claim, "conv1", of) if kind.has("conv1") else {}
        yield kind.evidence(claim, parts, primary=primary, control=control)
    if kind.state == UNTRAINED and kind.has("Conv2", "Conv5"):
        apart = kind.at("slope_i", "Conv5") - kind.at("slope_i", "Conv2")
        primary = kind.is_page_s("resnet50", rule=False)
        yield kind.evidence("D6.2", {"difference": sample(apart)}, primary=primary)


def _shallow(kind: Kind) -> str:
    deep = kind.architecture == "resnet152" or not kind.first.fixed
    return "D5.1" if deep else "D4.1"


def _course(kind: Kind, claim: str, stage: str, of: Callable[..., Sample | Crossed]) -> Samples:
    parts = {
        "fall": of(np.exp(kind.at("fall", stage)), "ratio"),
        "slope_i": of(kind.at("slope_i", stage)),
    }
    if claim == "D5.1":
        return parts | {"far": of(np.exp(kind.at("far", stage)), "ratio")}
    return parts | {"slope_g": of(kind.at("slope_g", stage))}


def _gradients(kind: Kind) -> Iterator[Evidence]:
    if kind.state != UNTRAINED or not kind.blur or not kind.has("Conv2", "Conv5"):
        return

    def parts(deep: str) -> Samples:
        times = ("start", "middle", "end")
        pairs = {t: [kind.at(f"gradient_{t}", stage) for stage in (deep, "Conv2")] for t in times}
        return {time: ratio(one - other) for time, (one, other) in pairs.items()}

    control = parts(LOGITS) if kind.has(LOGITS) else {}
    said = {"primary": kind.is_page_s("resnet50"), "control": control}
    yield kind.evidence("D7.1", parts("Conv5"), **said)


def _inverted(kind: Kind) -> Iterator[Evidence]:
    if kind.state == UNTRAINED and kind.blur and kind.has("Conv5"):

        def parts(stage: str) -> Samples:
            return {name: ratio(kind.at(name, stage)) for name in ("near", "far")}

        control = parts("conv1") if kind.has("conv1") else {}
        yield kind.evidence("D8.1", parts("Conv5"), control=control)


def _pooled(kind: Kind) -> Iterator[Evidence]:
    layers = set(kind.first.layers)
    if kind.state == NOISE or not kind.blur or not {"conv1", "maxpool"} <= layers:
        return
    of = by_photos if kind.state == TRAINED else sample
    said = {"primary": kind.state == UNTRAINED and kind.is_page_s("resnet50")}
    before, after = (of(kind.mean("ssim", [layer])) for layer in ("conv1", "maxpool"))
    control = {"ssim": of(kind.mean("ssim_pooled", ["conv1"]))}
    yield kind.evidence("F3.1", {"ssim": before}, control=control, **said)
    yield kind.evidence("F3.2", {"ssim": after}, control={"ssim": before}, **said)
    if {"bn1", "relu"} <= layers:
        by_pooling, by_norm = lost(kind, "relu", "maxpool"), lost(kind, "conv1", "bn1")
        yield kind.evidence("F3.4", {"difference": of(by_pooling - by_norm)}, **said)


def _recognised(kind: Kind) -> Iterator[Evidence]:
    """Yield whether photos are known again in pictures of sets that were made for that alone."""
    if _is_vectorised(kind) and not _has_halves(kind):
        yield _vectorised(kind, "B7.1", identity(kind, LOGITS), _of_others(kind))


def _is_vectorised(kind: Kind) -> bool:
    """Return whether it is of trained networks and was made for what follows from outputs."""
    made = kind.first.code == "B7" and kind.has(LOGITS)
    return kind.state == TRAINED and bool(kind.judge) and made


def _vectorised(kind: Kind, claim: str, parts: Samples, control: Samples) -> Evidence:
    primary = all(kind.makers[run.network].is_page_s("resnet50") for run in kind.runs)
    return kind.evidence(claim, parts, primary=primary, control=control, **kind.recogniser)


def _has_halves(kind: Kind) -> bool:
    return kind.descents.other_half.notna().any()


def _followed(kind: Kind, kinds: Sequence[Kind]) -> Iterator[Evidence]:
    """Yield whether pictures of both halves of photos are nearer to their own half."""
    if not _is_vectorised(kind) or not _has_halves(kind):
        return
    twins = (
        k
        for k in kinds
        if (k.state, k.first.set, k.architecture) == (UNTRAINED, kind.first.set, kind.architecture)
    )
    control = next(({"share": _both_halves(twin)} for twin in twins), {})
    yield _vectorised(kind, "B7.2", {"share": _both_halves(kind)}, control)


def _both_halves(kind: Kind) -> Sample:
    rows = kind.descents[(kind.descents.layer == LOGITS) & kind.descents.other_half.notna()]
    photos = rows[["photo", "other_half"]].min(axis=1)  # whichever name comes first
    halves = truths(rows.groupby([photos, rows.photo], sort=False).own_half.mean())
    whole = halves.groupby(level=0, sort=False)
    return Sample(whole.agg(lambda both: both.min(skipna=False)).to_numpy(), "share")


def _of_others(kind: Kind) -> Samples:
    """Return what `identity` is if a picture is said to be of another photo, the mean of these."""
    own = kind.at("recognised", LOGITS)
    others = own.index.get_level_values("photo").nunique() - 1
    all_of_one = (others + 1) / 2  # the mean of all photos is one half
    return {
        "in_five": by_photos(kind.at("in_five_others", LOGITS)),
        "recognised": by_photos((all_of_one - own) / max(1, others), "proportion"),
    }


_OF_ONE = (_copies, _spots, _courses, _gradients, _inverted, _pooled, _recognised)


# Claims of several depths.


def _by_depth(kinds: Sequence[Kind]) -> Iterator[Evidence]:
    """Yield what untrained ResNets of several depths say together."""
    groups: dict[tuple[str, str], dict[str, Kind]] = {}
    for kind in kinds:
        if kind.state == UNTRAINED and kind.blur and kind.architecture in _DEPTHS:
            of_one = groups.setdefault((kind.first.set, kind.first.recipe), {})
            of_one.setdefault(kind.architecture, kind)
    for group in groups.values():
        if len(group) == len(_DEPTHS):
            yield from _of_depths(*(group[name] for name in _DEPTHS))


def _of_depths(*kinds: Kind) -> Iterator[Evidence]:
    small, middle, deep = kinds
    primary = all(k.is_page_s(name) for k, name in zip(kinds, _DEPTHS, strict=True))
    said = {"networks": " and ".join(map(str, kinds)), "primary": primary}

    def steps(stage: str) -> Samples:
        pairs = {"step_50": (middle, small), "step_152": (deep, middle)}
        return {
            name: sample(less(*(kind.at("m_i", stage) for kind in pair)))
            for name, pair in pairs.items()
        }

    def least(stage: str) -> Samples:
        ends = {"near": "max", "far": "min"}
        return {
            name: ratio(_beside(kinds, name, stage).agg(end, axis=1)) for name, end in ends.items()
        }

    for claim, parts, beside in (("D3.3", steps, "Conv2"), ("D8.1", least, "conv1")):
        if all(kind.has("Conv5") for kind in kinds):
            control = parts(beside) if all(kind.has(beside) for kind in kinds) else {}
            yield middle.evidence(claim, parts("Conv5"), control=control, **said)


def _calibrated(kinds: Sequence[Kind]) -> Iterator[Evidence]:
    """Yield what must come out so if distances and pairs are sound (codes Z2.5 and Z2.6)."""
    again = pd.concat([kind.units["again"] for kind in kinds]).groupby("photo", sort=False).mean()
    copies = {"ratio": Sample(np.exp(again.to_numpy(float)), "ratio")}
    yield Evidence("Z2.5", copies, "all that photos are reconstructed from", primary=True)
    first, second = "resnet50", "resnet152"
    for one in kinds:
        if one.architecture == first and one.state == UNTRAINED and one.blur and one.has("Conv2"):
            for other in _alike(second, one, kinds):
                apart = less(*(kind.at("near", "Conv2") for kind in (one, other)))
                said = {"networks": f"{one} and {other}", "primary": True}
                yield one.evidence("Z2.6", {"ratio": ratio(apart)}, **said)


def _beside(kinds: Sequence[Kind], column: str, stage: str) -> pd.DataFrame:
    """Return a column by photo and network of the second kind, a column a kind, NaN if one is."""
    index = kinds[1].at(column, stage).index
    means = [kind.at(column, stage).groupby("photo").mean() for kind in kinds]
    table = pd.concat([of.reindex(index, level="photo") for of in means], axis=1)
    return table.where(table.notna().all(axis=1))
