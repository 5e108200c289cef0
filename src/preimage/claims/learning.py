"""What training does to reconstructions, and training on noise (codes C1.3, C2.3, F3.3, G and H).

Networks of one architecture and recipe are compared by what they have learnt, photo by photo.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from preimage.claims.kinds import (
    Kind,
    by_photos,
    identity,
    less,
    lost,
    ratio,
    rows_of,
    sample,
    truths,
)
from preimage.claims.ledger import Evidence, Samples
from preimage.claims.makers import NOISE, TRAINED, UNTRAINED
from preimage.measures.depth.courses import DESCENT, at_equal_level
from preimage.measures.depth.units import crossing
from preimage.measures.statistics.crossed import Crossed
from preimage.measures.statistics.samples import Sample

_SHARP = ("maxpool", "Conv2", "Conv3")
_EARLY = ("maxpool", "Conv2")
_LATER = ("Conv3", "Conv4", "Conv5")
_STATES = (TRAINED, UNTRAINED, NOISE)


def settle_learning(
    kinds: Sequence[Kind], reconstructions: pd.DataFrame, traces: pd.DataFrame
) -> Iterator[Evidence]:
    """Yield what training does to what photos are reconstructed, of all kinds of a study.

    reconstructions, traces: rows RECONSTRUCTIONS and TRACE.
    """
    descents = _Courses(reconstructions, traces)
    for learnt in _learnt(kinds):
        for claim in _OF_LEARNING:
            yield from claim(learnt)
        yield from _narrowed(learnt, descents)


@dataclass(frozen=True)
class _Learnt:
    """Networks of one architecture, set and recipe by what they learnt, where there are any."""

    trained: Kind | None
    untrained: Kind | None
    noise: Kind | None

    def evidence(self, claim: str, parts: Samples, *names: str, **said: object) -> Evidence:
        """Return what was found of a claim on networks of these states, by their first."""
        kinds = [getattr(self, name) for name in names]
        about = {
            "networks": " and ".join(map(str, kinds)),
            "primary": all(kind.is_page_s("resnet50") for kind in kinds),
        }
        return kinds[0].evidence(claim, parts, **(about | said))


def _learnt(kinds: Sequence[Kind]) -> Iterator[_Learnt]:
    """Yield all that can be compared: each trained network with the untrained and noise-trained."""
    families: dict[tuple[str, str, str], list[Kind]] = {}
    for kind in kinds:
        key = kind.first.set, kind.architecture, kind.first.recipe
        families.setdefault(key, []).append(kind)
    for family in families.values():
        by_state = {state: [k for k in family if k.state == state] for state in _STATES}
        untrained, noise = (next(iter(by_state[state]), None) for state in (UNTRAINED, NOISE))
        for trained in by_state[TRAINED] or [None]:
            yield _Learnt(trained, untrained, noise)


def _meaning(learnt: _Learnt) -> Iterator[Evidence]:
    one, other = learnt.trained, learnt.untrained
    if not one or not one.judge or not one.blur or not one.has("Conv5"):
        return
    control = identity(other, "Conv5") if other else {}
    found = identity(one, "Conv5")
    yield learnt.evidence("C1.3", found, "trained", control=control, **one.recogniser)
    if not other:
        return

    def more(kind: Kind) -> Samples:
        apart = less(*(truths(k.at("in_five", "Conv5")) for k in (kind, other)))
        return {"difference": by_photos(apart)}

    said = one.recogniser | {"control": more(learnt.noise) if learnt.noise else {}}
    yield learnt.evidence("G4.1", more(one), "trained", "untrained", **said)


def _sharpening(learnt: _Learnt) -> Iterator[Evidence]:
    one, other = learnt.trained, learnt.untrained
    if not (one and other):
        return
    names = ("trained", "untrained")
    if not one.blur:
        apart = less(*(kind.mean("near", one.inner) for kind in (one, other)))
        yield learnt.evidence("G2.1", {"difference": sample(apart)}, *names)
    elif stages := _present(_SHARP, one, other):
        yield learnt.evidence("G3.1", _sharper(one, other, stages), *names)
        coil, dog = (_sharper(one, other, stages, photo) for photo in ("tesla_coil", "dalmatian"))
        if coil:
            yield learnt.evidence("G3.2", coil, *names, control=dog)


def _spoilt(learnt: _Learnt) -> Iterator[Evidence]:
    """Yield where the copy of a photo is lost, trained and not."""
    one, other, noise = learnt.trained, learnt.untrained, learnt.noise
    if not (one and other and one.blur):
        return

    def by_depth(kind: Kind) -> Samples:
        if kind.alone:
            return {}
        places = (crossing(k.table("level")) for k in (kind, other))
        return {"layers": sample(less(*places))}

    def by_pooling(kind: Kind) -> Samples:
        apart = less(*(lost(k, "conv1", "maxpool") for k in (kind, other)))
        return {"difference": sample(-apart)}

    for claim, of, layers in (
        ("C2.3", by_depth, [one.stages.get("conv1"), *one.inner]),
        ("F3.3", by_pooling, ["conv1", "maxpool"]),
    ):
        if len(layers) > 1 and all({*layers} <= {*kind.first.layers} for kind in (one, other)):
            control = of(noise) if noise else {}
            yield learnt.evidence(claim, of(one), "trained", "untrained", control=control)


def _sharper(one: Kind, other: Kind, stages: Sequence[str], photo: str = "") -> Samples:
    """Return how much finer and sharper one reconstructs than another; of one photo, or of all."""
    parts: dict[str, Sample | Crossed] = {}
    for name in ("resolution", "edges") if stages else ():
        apart = less(*(kind.at(name, *stages) for kind in (one, other)))
        if not photo:
            parts[name] = sample(apart)
        elif photo in apart.index.get_level_values("photo"):
            parts[name] = Sample(apart.xs(photo, level="photo").to_numpy())
    return parts


def _present(stages: Sequence[str], *kinds: Kind) -> list[str]:
    """Return the stages that all of these have."""
    return [stage for stage in stages if all(kind.has(stage) for kind in kinds)]


def _layers(kind: Kind, stages: Sequence[str]) -> list[str]:
    """Return the layers that stand for stages, none of them twice."""
    return list(dict.fromkeys(kind.stages[stage] for stage in _present(stages, kind)))


def _memorising(learnt: _Learnt) -> Iterator[Evidence]:
    """Yield what noise-trained networks give, with the untrained as control."""
    one, other = learnt.noise, learnt.untrained
    if not one:
        return

    def tell(claim: str, name: str, column: str, layers: Sequence[str], of: Callable) -> Evidence:
        parts, control = (
            {name: of(kind.mean(column, layers))} if kind else {} for kind in (one, other)
        )
        return learnt.evidence(claim, parts, "noise", control=control)

    if one.blur:
        yield tell("H3.1", "ratio", "near", one.inner, ratio)
        yield tell("H3.3", "difference", "blur", one.inner, sample)
        return
    yield tell("H4.1", "ratio", "near", one.inner, ratio)
    if later := _layers(one, _LATER):
        yield tell("H4.3", "difference", "nearer_noise", later, sample)
        first = one.first.layers[0]
        parts, control = (_whose(one, layers) for layers in (later, [first]))
        yield learnt.evidence("H4.2", parts, "noise", control=control, **one.recogniser)


def _whose(kind: Kind, layers: Sequence[str]) -> Samples:
    if kind.alone:
        return {}
    columns = {"pixels": "beaten"} | ({"features": "recognised"} if kind.judge else {})
    return {
        name: sample(kind.mean(column, layers), "proportion") for name, column in columns.items()
    }


def _of_noise_and_images(learnt: _Learnt) -> Iterator[Evidence]:
    one, noise, other = learnt.trained, learnt.noise, learnt.untrained
    if noise and other and noise.blur and (stages := _present(_EARLY, noise, other)):
        control = _sharper(one, other, stages) if one else {}
        parts = _sharper(noise, other, stages)
        yield learnt.evidence("H5.1", parts, "noise", "untrained", control=control)
    if not (one and noise and one.blur):
        return
    near, control = (
        {"ratio": by_photos(np.exp(kind.mean("near", one.inner)), "ratio")} for kind in (one, noise)
    )
    yield learnt.evidence("H3.2", near, "trained", control=control)
    stages = _present(_SHARP, one, noise)
    apart = {
        name: by_photos(less(*(kind.at(name, *stages) for kind in (one, noise))))
        for name in ("resolution", "edges")
    }
    yield learnt.evidence("H5.2", apart, "trained", "noise")


_OF_LEARNING = (_meaning, _sharpening, _spoilt, _memorising, _of_noise_and_images)


def _narrowed(learnt: _Learnt, descents: "_Courses") -> Iterator[Evidence]:
    """Yield how far inputs are apart that early layers see equally far from a photo."""
    one, other, noise = learnt.trained, learnt.untrained, learnt.noise
    if not (one and other and one.blur and (layers := _layers(one, _EARLY))):
        return

    def parts(kind: Kind) -> Samples:
        return {"difference": sample(descents.apart(kind, other, layers))}

    control = parts(noise) if noise else {}
    yield learnt.evidence("G4.3", parts(one), "trained", "untrained", control=control)


class _Courses:
    """The descents of photos, by what they reconstruct."""

    def __init__(self, rows: pd.DataFrame, traces: pd.DataFrame) -> None:
        self._rows = rows
        self._traces = dict(list(traces.groupby(DESCENT, sort=False)))

    def apart(self, one: Kind, other: Kind, layers: Sequence[str]) -> pd.Series:
        """Return the mean log of m_i over the other's, by photo and the network of the other."""
        keys = ["layer", "photo", "seed"]
        ours, theirs = (rows_of(self._rows, kind.runs) for kind in (one, other))
        ours, theirs = (rows[rows.layer.isin(layers)] for rows in (ours, theirs))
        pairs = ours.merge(theirs, on=keys, suffixes=("", "_other"))
        values = [self._apart(pair) for pair in pairs.to_dict("records")]
        several = len(one.runs) > 1
        names = {"network": pairs.network if several else pairs.network_other}
        found = pairs[["photo", "layer"]].assign(**names, value=values)
        by_layer = found.groupby(["photo", "network", "layer"], sort=False).value.mean()
        return by_layer.unstack("layer").mean(axis=1, skipna=False)

    def _apart(self, pair: Mapping[str, object]) -> float:
        descents, neighbours = [], []
        for end in ("", "_other"):
            key = tuple(pair[f"{n}{end}" if f"{n}{end}" in pair else n] for n in DESCENT)
            descents.append(self._traces.get(key))
            neighbours.append(pair[f"m_r_25{end}"])
        if any(descent is None for descent in descents):
            return float("nan")
        return at_equal_level(*descents, tuple(neighbours))
