"""The neurons of a map in reading order, as objectives have them (code M2). No torch."""

from dataclasses import replace

from preimage.descent.objective import Direction, Objective, Span
from preimage.errors import UserError


def newest(objective: str) -> Direction:
    """Return the neuron that was added last: the end of the last row that the objective raises.

    Raises UserError where its last term is no part of a row.
    """
    last = Objective.parse(objective).parts[-1]
    number, row, columns = last.index if len(last.index) == 3 else (None, None, None)
    if not isinstance(row, int) or not isinstance(columns, Span) or columns.stop is None:
        raise UserError(
            f"{objective} does not end with a part of a row: give neurons in reading order, such "
            "as net:layer3[5, :2] + net:layer3[5, 2, :7]"
        )
    return replace(last, index=(number, row, columns.stop - 1))
