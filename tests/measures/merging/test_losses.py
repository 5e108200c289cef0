"""By how much the losses of merged networks fell."""

import numpy as np
import pandas as pd
import pytest
from merged_rows import learnt

from preimage.measures.merging.losses import tabulate
from preimage.tables.merging import MERGING


def test_a_row_a_network_with_the_factor_of_its_own_loss_and_of_the_sum_of_squares():
    table = tabulate(
        pd.concat([learnt("many", [0, 1, 2], [4, 8, 16], "l1"), learnt("one", [5], [9])])
    )
    assert list(table.columns) == MERGING.names
    many, one = table.iloc
    assert (many.network, many.classes, many.images, many.loss) == ("many", 3, 3, "l1")
    assert many.factor == pytest.approx(8**0.5)
    assert many.factor_of_squares == pytest.approx(8)
    assert many.loss_before == 30
    assert many.loss_after == pytest.approx(30 * np.mean([4**-0.5, 8**-0.5, 16**-0.5]))
    assert many.factor_low < many.factor < many.factor_high
    assert (one.factor, one.loss_after) == pytest.approx((9, 10))
    assert np.isnan(one.factor_low)
