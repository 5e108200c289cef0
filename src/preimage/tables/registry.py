"""Every table by its name. No torch."""

from preimage.tables import depth, images, training
from preimage.tables.columns import Table

TABLES = {
    table.name: table
    for module in (images, depth, training)
    for table in vars(module).values()
    if isinstance(table, Table)
}
