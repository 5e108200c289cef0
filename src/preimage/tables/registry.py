"""Every table by its name. No torch."""

from preimage.tables import (
    claims,
    comparisons,
    depth,
    feature_maps,
    features,
    images,
    inversions,
    merging,
    mlps,
    opposites,
    space,
    training,
)
from preimage.tables.columns import Table

TABLES = {
    table.name: table
    for module in (
        feature_maps,
        images,
        opposites,
        depth,
        features,
        claims,
        comparisons,
        inversions,
        merging,
        mlps,
        space,
        training,
    )
    for table in vars(module).values()
    if isinstance(table, Table)
}
