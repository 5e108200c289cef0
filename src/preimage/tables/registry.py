"""Every table by its name. No torch."""

from preimage.tables import images, training
from preimage.tables.columns import Table

TABLES = {
    table.name: table
    for module in (images, training)
    for table in vars(module).values()
    if isinstance(table, Table)
}
