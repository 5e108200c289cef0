"""What the page "Input Representations and Depth" claims of networks before any descent.

Codes D0, D7.2, F3.5, G1.2, G4.2 and H1: sizes, ranks, first weights, and what is learnt by heart.
"""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from preimage.claims.kinds import SIZE, DepthClaims
from preimage.claims.ledger import Evidence, Samples
from preimage.claims.makers import NOISE, TRAINED, UNTRAINED, Makers
from preimage.measures.depth.stages import staged
from preimage.measures.statistics.samples import Known, Sample

_TINY = 32  # pixels of the photos whose Jacobians are taken, as in `measures.depth.exact`
_MANY = 1000  # images of noise, at least, of which a share is told


def settle_facts(plan: DepthClaims, makers: Makers, facts: pd.DataFrame) -> Iterator[Evidence]:
    """Yield what rows NETWORK_FACTS say of each claim; of untrained networks one says it of all."""
    sizes = {run.network: run.size for run in reversed(plan.runs)}
    known = facts[facts.network.isin(makers)]
    told = set()
    for network, rows in known.groupby("network", sort=False):
        maker = makers[network]
        if maker.state == UNTRAINED and maker.architecture not in told:
            told.add(maker.architecture)
            primary = maker.is_page_s("resnet50", UNTRAINED) and sizes.get(network) == SIZE
            said = {"networks": network, "primary": primary, "size": sizes.get(network)}
            stages = staged(maker.architecture, rows.layer.dropna().unique().tolist())
            trained = _rest(known, makers, maker.architecture)
            yield from _as_initialised(rows, stages, trained, said)
    yield from _kernels(known, makers)
    yield from _conditions(known, makers)
    yield from _by_heart(known, makers)


def settle_labels(_plan: DepthClaims, _makers: Makers, labels: pd.DataFrame) -> Iterator[Evidence]:
    """Yield what rows LEARNT_LABELS say of true and random labels."""
    if len(labels):
        steps = labels.pivot(index="seed", columns="labels", values="steps").astype(float)
        parts, control = (
            {"ratio": Sample((steps[name] / steps["true"]).to_numpy(), "ratio")}
            for name in ("shuffled", "renamed")
        )
        networks = "a small network of the demo world"
        yield Evidence("H1.2", parts, networks, primary=True, control=control)


def _rest(facts: pd.DataFrame, makers: Makers, architecture: str) -> Samples:
    """Return the share of BatchNorms at rest in a trained network; nothing without one."""
    for row in facts[facts.statistic == "at rest"].itertuples():
        maker = makers[row.network]
        if (maker.state, maker.architecture) == (TRAINED, architecture):
            return {"share": Known(float(row.value))}
    return {}


def _as_initialised(
    rows: pd.DataFrame, stages: Mapping[str, str], trained: Samples, said: Mapping[str, object]
) -> Iterator[Evidence]:
    alone = rows[rows.statistic != "coherence"]  # of which there is one a kernel
    value = alone.set_index(["statistic", alone.layer.fillna("")]).value

    def of(statistic: str, stage: str) -> Samples:
        key = statistic, stages.get(stage)
        return {statistic: Known(float(value[key]))} if key in value.index else {}

    if parts := of("elements", "Conv5"):
        yield Evidence("D0.1", parts, control=of("elements", "conv1"), **said)
    if parts := of("lost", "conv1"):
        parts, control = (
            {**of("elements", stage), **of("lost", stage)} for stage in ("conv1", "maxpool")
        )
        yield Evidence("F3.5", parts, control=control, **said)
    if ("at rest", "") in value.index and not np.isnan(value["at rest", ""]):
        parts = {"share": Known(float(value["at rest", ""]))}
        yield Evidence("D7.2", parts, control=trained, **said)


def _kernels(facts: pd.DataFrame, makers: Makers) -> Iterator[Evidence]:
    """Yield how oriented first kernels are, trained less untrained."""
    rows = facts[facts.statistic == "coherence"]
    kernels = {
        name: of.set_index("number").value for name, of in rows.groupby("network", sort=False)
    }

    def of_state(state: str, architecture: str) -> list[str]:
        alike = (name for name in kernels if makers[name].architecture == architecture)
        return [name for name in alike if makers[name].state == state]

    for name in (name for name in kernels if makers[name].state == TRAINED):
        untrained, noise = (of_state(s, makers[name].architecture) for s in (UNTRAINED, NOISE))
        if not untrained:
            continue
        base = kernels[untrained[0]]
        parts, control = (
            {"difference": Sample((kernels[one] - base).to_numpy())} if one else {}
            for one in (name, next(iter(noise), ""))
        )
        primary = makers[name].is_page_s("resnet50")
        yield Evidence(
            "G4.2", parts, f"{name} and {untrained[0]}", primary=primary, control=control
        )


def _conditions(facts: pd.DataFrame, makers: Makers) -> Iterator[Evidence]:
    """Yield how unevenly the last block of a trained network passes on changes, by photo."""
    asked = facts[facts.statistic == "condition"]
    for network, rows in asked.groupby("network", sort=False):
        parts = {"ratio": Sample(rows.value.to_numpy(float), "ratio")}
        primary = makers[network].is_page_s("resnet50")
        yield Evidence("G1.2", parts, network, primary=primary, size=_TINY)


def _by_heart(facts: pd.DataFrame, makers: Makers) -> Iterator[Evidence]:
    """Yield what networks know of noise, those of one architecture together."""
    asked = facts[facts.statistic.isin(["learnt", "fresh"])]
    architectures = asked.network.map(lambda name: makers[name].architecture)
    for architecture, rows in asked.groupby(architectures, sort=False):
        wide = rows.pivot(index="network", columns="statistic", values="value")
        parts = {name: Sample(wide[name].to_numpy()) for name in ("learnt", "fresh")}
        many = rows.number.min() >= _MANY
        names, primary = ", ".join(wide.index), architecture == "resnet50" and bool(many)
        yield Evidence("H1.1", parts, names, primary=primary)
