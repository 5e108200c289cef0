"""What the pages claim, settled by the tables of a study: one table of verdicts."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from preimage.claims import findings, ledger
from preimage.claims.calibration import calibrate
from preimage.claims.comparisons import ComparisonClaims, settle_comparisons
from preimage.claims.depth import settle_depth
from preimage.claims.facts import settle_facts, settle_labels
from preimage.claims.feature_maps import (
    FeatureMapClaims,
    settle_feature_maps,
    settle_same_patterns,
)
from preimage.claims.features import FeatureClaims, settle_features
from preimage.claims.fully_connected import FullyConnectedClaims, settle_fully_connected
from preimage.claims.kinds import DepthClaims
from preimage.claims.makers import Maker
from preimage.claims.merging import MergingClaims, settle_merging
from preimage.claims.opposites import OppositeClaims, settle_mixtures, settle_opposites
from preimage.claims.space import SpaceClaims, settle_published, settle_space
from preimage.claims.sums import settle_sums
from preimage.claims.transfiguration import settle_transfigurations
from preimage.figures.reduced import Reduced
from preimage.plans import Plan
from preimage.steps.engine import step
from preimage.steps.reading import Rows
from preimage.steps.writing import FIGURES, TEXT
from preimage.tables.claims import CLAIMS
from preimage.tables.comparisons import COMPARED_IMAGES, HUES
from preimage.tables.depth import LEARNT_LABELS, NETWORK_FACTS, RECOGNISED, RECONSTRUCTIONS
from preimage.tables.feature_maps import FEATURE_MAPS, FEATURE_PAIRS, PICTURED_OBJECTS
from preimage.tables.features import AREAS, READING_ORDER
from preimage.tables.images import CROPS, LOGITS, NEIGHBOURS, OPPOSITES, PREDICTIONS, TRACE
from preimage.tables.inversions import (
    CONDITIONS,
    DIRECTIONS,
    INVERSIONS,
    JACOBIAN_RANKS,
    WORKED_EXAMPLES,
)
from preimage.tables.merging import MERGING_IMAGES
from preimage.tables.mlps import MLPS
from preimage.tables.space import MAP_MEANS, PIXEL_NEIGHBOURS, PRINCIPAL_COMPONENTS


class Claims(Plan):
    """What the networks of a study are, by name, and what is settled, by family:

    makers:       {mine: {architecture: resnet50, state: trained, published: true}}
    opposites:    {groups: [[dogs, [151, 152]]], breeds: [], opposites: a, class_images: b}
    space:        {groups: [[dogs, [151, 152]]], imagenet: true, as_it_is: [mine]}
    features:     {single: [{set: neurons, network: mine, sizes: 1}], ordered: []}
    feature_maps: {runs: [], pairs: []}
    fully_connected: {complete: {needed_widths: 0.1}}

    Of claims of a family that is left out nothing is found.
    """

    makers: dict[str, Maker]
    opposites: OppositeClaims | None = None
    depth: DepthClaims | None = None
    comparisons: ComparisonClaims | None = None
    merging: MergingClaims | None = None
    fully_connected: FullyConnectedClaims | None = None
    space: SpaceClaims | None = None
    features: FeatureClaims | None = None
    feature_maps: FeatureMapClaims | None = None


@step(claims=CLAIMS)
def settle_claims(
    plan: Claims,
    *,
    opposites: Rows[OPPOSITES] = (),
    opposite_predictions: Rows[PREDICTIONS] = (),
    opposite_logits: Rows[LOGITS] = (),
    crops: Rows[CROPS] = (),
    mlps: Rows[MLPS] = (),
    inversions: Rows[INVERSIONS] = (),
    conditions: Rows[CONDITIONS] = (),
    directions: Rows[DIRECTIONS] = (),
    examples: Rows[WORKED_EXAMPLES] = (),
    ranks: Rows[JACOBIAN_RANKS] = (),
    compared_images: Rows[COMPARED_IMAGES] = (),
    compared_predictions: Rows[PREDICTIONS] = (),
    hues: Rows[HUES] = (),
    turn_logits: Rows[LOGITS] = (),
    merging_images: Rows[MERGING_IMAGES] = (),
    merged_predictions: Rows[PREDICTIONS] = (),
    map_means: Rows[MAP_MEANS] = (),
    neighbours: Rows[NEIGHBOURS] = (),
    pixel_neighbours: Rows[PIXEL_NEIGHBOURS] = (),
    principal_components: Rows[PRINCIPAL_COMPONENTS] = (),
    reconstructions: Rows[RECONSTRUCTIONS] = (),
    traces: Rows[TRACE] = (),
    recognised: Rows[RECOGNISED] = (),
    facts: Rows[NETWORK_FACTS] = (),
    labels: Rows[LEARNT_LABELS] = (),
    areas: Rows[AREAS] = (),
    reading_order: Rows[READING_ORDER] = (),
    feature_maps: Rows[FEATURE_MAPS] = (),
    objectness: Rows[PICTURED_OBJECTS] = (),
    feature_traces: Rows[TRACE] = (),
    feature_pairs: Rows[FEATURE_PAIRS] = (),
) -> pd.DataFrame:
    """Settle what the pages claim by the tables of a study, of which any may be missing."""
    connected = (mlps, inversions, conditions, directions, examples, ranks)
    families = (
        (plan.depth, settle_depth, (reconstructions, traces, recognised)),
        (plan.depth, settle_facts, (facts,)),
        (plan.depth, settle_labels, (labels,)),
        (plan.comparisons, settle_comparisons, (compared_images, compared_predictions, hues)),
        (plan.comparisons, settle_sums, (compared_predictions,)),
        (plan.comparisons, settle_transfigurations, (compared_predictions, turn_logits)),
        (plan.merging, settle_merging, (merging_images, merged_predictions, compared_images)),
        (plan.opposites, settle_opposites, (opposites, opposite_predictions, opposite_logits)),
        (plan.opposites, settle_mixtures, (crops,)),
        (plan.fully_connected, settle_fully_connected, connected),
        (plan.space, settle_space, (map_means, neighbours, pixel_neighbours)),
        (plan.space, settle_published, (neighbours, principal_components)),
        (plan.features, settle_features, (areas, reading_order)),
        (plan.feature_maps, settle_feature_maps, (feature_maps, objectness, feature_traces)),
        (plan.feature_maps, settle_same_patterns, (feature_pairs,)),
    )
    found = (
        one
        for part, settle, tables in families
        if part is not None
        for one in settle(part, plan.makers, *tables)
    )
    return ledger.table(found, calibrate)


class Findings(Plan):
    """What the page is of, and the figures on it, by family of claims:
    {study: mine, figures: {A: results/mine/figures/comparisons/combined.png}}.
    """

    study: str
    figures: dict[str, str]


@step(findings=TEXT, copies=FIGURES)
def write_findings(
    plan: Findings, *, claims: Rows[CLAIMS], drawn: Sequence[Path] = ()
) -> tuple[str, list[Reduced]]:
    """Write a page of what a study found, claim by claim, and small copies of figures beside it."""
    beside = {letter: f"{letter}.png" for letter in plan.figures}
    return findings.page(claims, plan.study, beside), [Reduced(file) for file in drawn]
