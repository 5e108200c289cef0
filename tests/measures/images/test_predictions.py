"""Rows from logits: the first five, the target's rank, and pictures of which nothing can be said"""

import numpy as np
import pytest
from pictures import item_rows, said

from preimage.errors import UserError
from preimage.measures.images.predictions import softmax, with_logits
from preimage.status import NOT_FINITE, OK
from preimage.tables.images import LOGITS, PREDICTIONS
from preimage.tables.parquet import read_table, write_table

LOGITS_OF_SIX = [2.0, 5.0, -1.0, 3.0, 5.0, 0.0]


def test_the_first_five_and_the_target_are_told():
    row = said(item_rows([3]), [LOGITS_OF_SIX])[0].iloc[0]
    # Classes 1 and 4 are equal: the lower number comes first, in the top as in the ranks.
    assert [row[f"top{k}"] for k in range(1, 6)] == [1, 4, 3, 0, 5]
    assert row["top4_name"] == "class 0"
    assert (row["logit_top1"], row["logit_top2"], row["logit_a"]) == (5, 5, 3)
    assert (row["rank_a"], row["name_a"]) == (3, "class 3")
    assert row["probability_a"] == pytest.approx(np.exp(3) / np.exp(LOGITS_OF_SIX).sum())
    assert np.isnan(row["logit_b"])
    assert row["name_b"] is None


def test_the_second_is_the_highest_but_the_target():
    told = said(item_rows([1, 3, (4, 2)]), [LOGITS_OF_SIX] * 3)[0]
    assert told["second"].tolist() == [4, 1, 1]
    assert told["logit_second"].tolist() == [5, 5, 5]
    assert told["rank_a"].tolist() == [1, 3, 2]
    assert (told["rank_b"].iloc[2], told["logit_b"].iloc[2]) == (6, -1)


@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
def test_of_what_is_not_finite_nothing_is_told_but_the_status(tmp_path, broken):
    items = item_rows([0, 1, 2], status=[OK, OK, "diverged"])
    logits = np.array([LOGITS_OF_SIX] * 3)
    logits[1:, 4] = broken
    for kept, table in zip(said(items, logits), (PREDICTIONS, LOGITS), strict=True):
        write_table(kept, tmp_path / table.name, table)
    told = read_table(tmp_path / "predictions", PREDICTIONS)
    assert told["status"].tolist() == [OK, NOT_FINITE, "diverged"]
    assert told["top1"].notna().tolist() == [True, False, False]
    for name in ("top1_name", "top5_probability", "logit_a", "rank_a", "second"):
        assert told[name].isna().tolist() == [False, True, True]
    assert told["class_a"].tolist() == [0, 1, 2]


def test_only_failures_and_few_classes_are_tables_too(tmp_path):
    nothing = said(item_rows([0]), np.full((1, 6), np.nan))[0]
    write_table(nothing, tmp_path / "nothing", PREDICTIONS)
    assert read_table(tmp_path / "nothing", PREDICTIONS)["top1_name"].isna().all()
    few = said(item_rows([1]), [[1.0, 4.0, 2.0]])[0]
    write_table(few, tmp_path / "few", PREDICTIONS)
    row = read_table(tmp_path / "few", PREDICTIONS).iloc[0]
    assert (row["top1"], row["top3"], row["second"]) == (1, 0, 2)
    assert row[["top4", "top5_name", "top4_probability"]].isna().all()


def test_softmax_holds_for_large_logits():
    found = softmax(np.array([[1000.0, 1000.0, -1000.0]], dtype=np.float32))
    assert found.tolist() == [[0.5, 0.5, 0.0]]


def test_missing_logits_are_told():
    told, full = said(item_rows([3, 1]), [LOGITS_OF_SIX] * 2)
    assert len(with_logits(told, full[::-1])) == 2
    with pytest.raises(UserError, match="logits of 1 predictions are not given, such as set class"):
        with_logits(told, full[:1])
