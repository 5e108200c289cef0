"""Every table by its name. No torch."""

from preimage.tables import claims, depth, images, inversions, mlps, space, training
from preimage.tables.columns import Table

TABLES = {
    table.name: table
    for module in (images, depth, claims, inversions, mlps, space, training)
    for table in vars(module).values()
    if isinstance(table, Table)
}
