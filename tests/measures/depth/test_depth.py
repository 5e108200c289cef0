"""Distances by depth: photos are the sample, and what failed does not count."""

import numpy as np
import pandas as pd
import pytest
from reconstructed import reconstructed

from preimage.measures.depth.layers import by_photo, tabulate
from preimage.tables.depth import DEPTH
from preimage.tables.parquet import read_table, write_table


def depth(tmp_path, rows):
    write_table(tabulate(rows), tmp_path / "depth.parquet", DEPTH)
    return read_table(tmp_path / "depth.parquet", DEPTH)


def test_distances_have_geometric_means_and_pictures_arithmetic_ones(tmp_path):
    rows = reconstructed(["conv1"], m_g=lambda _, j: 10.0**j, psnr=lambda _, j: 10.0 * j)
    (found,) = depth(tmp_path, rows).to_dict("records")
    assert found["m_g"] == pytest.approx(10)
    assert found["g_over_r_25"] == pytest.approx(5)
    # Student's t of 2 degrees of freedom, 97.5 %: 4.303 (any table), times 1 / sqrt(3)
    half = 4.302653 / np.sqrt(3)
    assert found["m_g_high"] == pytest.approx(10 ** (1 + half))
    assert found["psnr"] == pytest.approx(10)
    assert found["psnr_low"] == pytest.approx(10 - 10 * half)
    assert found["photos"] == 3


def test_replicates_are_no_further_photos(tmp_path):
    rows = [reconstructed(["conv1"], seed=s, m_i=lambda _, j, s=s: 2.0**j * s) for s in (1, 4)]
    (found,) = depth(tmp_path, pd.concat(rows)).to_dict("records")
    (single,) = depth(tmp_path, reconstructed(["conv1"], m_i=lambda _, j: 2.0 * 2**j)).to_dict(
        "records"
    )
    assert found == pytest.approx(single)


def test_failures_are_counted_and_left_out(tmp_path):
    rows = reconstructed(["conv1", "layer4"])
    rows.loc[[0, 3, 4, 5], "status"] = "not finite"
    rows.loc[[0, 3], "m_g"] = np.inf
    rows.loc[[1], "status"] = "diverged"  # which is a picture
    found = depth(tmp_path, rows)
    assert found["photos"].tolist() == [2, 0]
    assert found["degenerate"].tolist() == [1, 3]
    assert found["m_g"].tolist() == pytest.approx([1, np.nan], nan_ok=True)


def test_one_photo_has_a_value_without_an_interval(tmp_path):
    (found,) = depth(tmp_path, reconstructed(["conv1"], ["cat"])).to_dict("records")
    assert found["m_i"] == pytest.approx(10)
    assert np.isnan([found["m_i_low"], found["m_i_high"], found["ssim_low"]]).all()


def test_gradients_are_told_without_the_factor_of_the_loss(tmp_path):
    rows = reconstructed(["conv1"], loss_factor=0.01, gradient_std=3.0, gradient_mean=-0.6)
    (found,) = depth(tmp_path, rows).to_dict("records")
    assert found["gradient_std"] == pytest.approx(300)
    assert found["gradient_mean"] == pytest.approx(-0.2)


def test_layers_come_by_run_and_depth(tmp_path):
    rows = pd.concat([reconstructed(), reconstructed(["a", "b"], network="other")])
    found = depth(tmp_path, rows)
    assert found["layer"].tolist() == [*rows["layer"].unique()]
    assert found["depth"].tolist() == [*range(7), 0, 1]


def test_a_distance_of_0_has_no_logarithm():
    found = by_photo(reconstructed(["conv1"], m_g=0.0, psnr=np.inf))
    assert found[["m_g", "g_over_r_25", "fall_of_g", "psnr"]].isna().all(axis=None)
    assert found["m_i"].notna().all()
