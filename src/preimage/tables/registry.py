"""Every table by its name. No torch."""

from preimage.tables import (
    atlas,
    claims,
    comparisons,
    depth,
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
        atlas,
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
