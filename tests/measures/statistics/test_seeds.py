"""The first seed is the lowest, of each set and network by itself."""

import pandas as pd

from preimage.measures.statistics.seeds import of_first_seed


def test_the_lowest_seed_counts_wherever_it_stands():
    rows = pd.DataFrame({"set": list("aaabb"), "network": "n", "seed": [999, 1, 1, 9, 2]})
    assert of_first_seed(rows).seed.tolist() == [1, 1, 2]
    assert of_first_seed(rows[:0]).empty
