"""What the pages claim, settled by the tables of a study: one table of verdicts."""

import pandas as pd

from preimage.claims.comparisons import ComparisonClaims, settle_comparisons
from preimage.claims.depth import DepthClaims, settle_depth
from preimage.claims.feature_maps import FeatureMapClaims, settle_feature_maps
from preimage.claims.features import FeatureClaims, settle_features
from preimage.claims.ledger import one_below_the_other
from preimage.claims.merging import MergingClaims, settle_merging
from preimage.claims.opposites import OppositeClaims, settle_opposites
from preimage.claims.space import SpaceClaims, settle_space
from preimage.plans import Plan
from preimage.steps.engine import step
from preimage.steps.reading import Rows
from preimage.tables.claims import CLAIMS
from preimage.tables.comparisons import COMPARED_IMAGES, COMPARISONS, PAIRS
from preimage.tables.depth import RECONSTRUCTIONS
from preimage.tables.feature_maps import FEATURE_MAPS, FEATURE_SIMILARITY, PICTURED_OBJECTS
from preimage.tables.features import AREAS, READING_ORDER
from preimage.tables.images import NEIGHBOURS, OPPOSITES, PREDICTIONS, TRACE
from preimage.tables.merging import MERGING_IMAGES
from preimage.tables.space import MAP_DISTRIBUTIONS, NEIGHBOUR_GROUPS, PRINCIPAL_COMPONENTS


class Claims(Plan):
    """What is settled, by family; a family that is left out has no rows:

    opposites:    {networks: [mine], groups: [[dogs, [151, 152]]]}
    comparisons:  {comparisons: [{name: vectorised, code: B4, columns: [...]}], judges: [mine],
                   pairs: [...], photos: [{set: photos, network: mine}], classes: [tench]}
    merging:      {pictures: [{network: all, origin: mine, set: after, origin_sets: [before]}],
                   judges: [mine]}
    space:        {networks: [mine], spaces: [latent], googlenets: []}
    depth:        {runs: [{set: reconstructions, network: mine, state: trained, ...}]}
    features:     {single: [[features, mine]], ordered: []}
    feature_maps: {runs: [{set: maps, network: mine, ...}], pairs: []}

    Of each family the networks, sets and judges that it names are judged, of all in the tables.
    """

    opposites: OppositeClaims | None = None
    comparisons: ComparisonClaims | None = None
    merging: MergingClaims | None = None
    space: SpaceClaims | None = None
    depth: DepthClaims | None = None
    features: FeatureClaims | None = None
    feature_maps: FeatureMapClaims | None = None


@step(claims=CLAIMS)
def settle_claims(
    plan: Claims,
    *,
    opposites: Rows[OPPOSITES] = (),
    compared_images: Rows[COMPARED_IMAGES] = (),
    comparisons: Rows[COMPARISONS] = (),
    pairs: Rows[PAIRS] = (),
    merging_images: Rows[MERGING_IMAGES] = (),
    predictions: Rows[PREDICTIONS] = (),
    map_distributions: Rows[MAP_DISTRIBUTIONS] = (),
    neighbours: Rows[NEIGHBOURS] = (),
    neighbour_groups: Rows[NEIGHBOUR_GROUPS] = (),
    principal_components: Rows[PRINCIPAL_COMPONENTS] = (),
    reconstructions: Rows[RECONSTRUCTIONS] = (),
    traces: Rows[TRACE] = (),
    areas: Rows[AREAS] = (),
    reading_order: Rows[READING_ORDER] = (),
    feature_maps: Rows[FEATURE_MAPS] = (),
    objectness: Rows[PICTURED_OBJECTS] = (),
    feature_similarity: Rows[FEATURE_SIMILARITY] = (),
) -> pd.DataFrame:
    """Settle what the pages claim by the tables of a study, of which any may be missing."""
    of_columns = (compared_images, comparisons, pairs, reconstructions)
    of_space = (map_distributions, neighbours, neighbour_groups, principal_components)
    families = (
        (plan.opposites, settle_opposites, (opposites,)),
        (plan.comparisons, settle_comparisons, of_columns),
        (plan.merging, settle_merging, (merging_images, predictions)),
        (plan.space, settle_space, of_space),
        (plan.depth, settle_depth, (reconstructions, traces)),
        (plan.features, settle_features, (areas, reading_order)),
        (plan.feature_maps, settle_feature_maps, (feature_maps, objectness, feature_similarity)),
    )
    return one_below_the_other(
        settle(part, *tables) for part, settle, tables in families if part is not None
    )
