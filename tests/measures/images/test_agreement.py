"""Agreement: shares of equal labels, targets found, and alike spaces of classes."""

import numpy as np
import pandas as pd
import pytest
from pictures import item_rows, one_hot, said

from preimage.measures.images.agreement import agreement
from preimage.measures.images.distances import tabulate
from preimage.tables.images import AGREEMENT, DISTANCES
from preimage.tables.parquet import read_table, write_table

NO_DISTANCES = pd.DataFrame(columns=DISTANCES.names)


def table(tmp_path, parts, distances=NO_DISTANCES):
    told = pd.concat([told for told, _ in parts])
    write_table(agreement(told, distances), tmp_path / "a", AGREEMENT)
    return read_table(tmp_path / "a", AGREEMENT).set_index("judge")


def test_labels_and_targets_are_counted_apart(tmp_path):
    items = item_rows([0, 1, 2, 3])
    mine = said(items, one_hot([0, 1, 5, 5], 9))
    other = said(items, one_hot([0, 4, 5, 3], 9), judge="other")
    found = table(tmp_path, [mine, other])
    assert found.loc["mine", "top1_agreement"] == 1
    assert found.loc["other", "top1_agreement"] == 0.5
    assert (found["target_top1"] == 0.5).all()
    # Of equal logits the lower classes come first, so 1, 2 and 3 follow the first.
    assert (found["target_top5"] == 1).all()
    assert found.loc["other", "mean_logit"] == 5
    assert found.loc["other", "top1_agreement_low"] == pytest.approx(0.1500, abs=5e-5)
    assert found["pearson"].isna().all()


def test_failures_are_counted_and_left_out(tmp_path):
    items = item_rows([0, 1, 2], status=["ok", "no gradient", "ok"])
    broken = one_hot([0, 4, 2], 5)
    broken[2] = np.nan  # the maker cannot say what it is: no judge is compared with it
    found = table(
        tmp_path, [said(items, broken), said(items, one_hot([0, 1, 3], 5), judge="other")]
    )
    assert found["items"].tolist() == [1, 1]
    assert found["degenerate"].tolist() == [2, 2]
    assert found.loc["other", "top1_agreement"] == 1


def test_spaces_are_compared_by_pearson_and_by_ranks(tmp_path):
    logits = np.random.default_rng(0).normal(size=(12, 6))
    items = item_rows(range(6)).iloc[:6]
    parts = [
        said(items, logits[:6]),
        said(items, 2 * logits[:6] + 1, judge="twice"),
        said(items, logits[6:], judge="other"),
    ]
    distances, _ = tabulate(*(pd.concat(p) for p in zip(*parts, strict=True)))
    found = table(tmp_path, parts, distances)
    for name in ("pearson", "spearman"):
        assert found.loc["mine", name] == pytest.approx(1)
        assert found.loc["twice", name] == pytest.approx(1)
        assert abs(found.loc["other", name]) < 0.9
    pairs = distances.set_index("judge")["l2"]
    expected = np.corrcoef(pairs["mine"].rank(), pairs["other"].rank())[0, 1]
    assert found.loc["other", "spearman"] == pytest.approx(expected)
