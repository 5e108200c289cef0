"""Seconds follow from counts and from what a device does."""

import pytest
import torch

from preimage.cost.rates import Rates, products
from preimage.operations import Operations

RATES = Rates({"float32": 100.0, "bfloat16": 400.0}, {10: 10.0, 20: 30.0})


def test_products_and_traffic_take_their_time_one_after_the_other():
    work = Operations(flops=200, moved={10: 20.0, 20: 60.0})
    assert RATES.seconds(work) == pytest.approx(2 + 2 + 2)
    assert RATES.seconds(work, "bfloat16") == pytest.approx(0.5 + 2 + 2)


@pytest.mark.parametrize(("bits", "rate"), [(5, 10), (10, 10), (15, 20), (20, 30), (25, 30)])
def test_between_sizes_that_were_measured_rates_are_between(bits, rate):
    assert RATES.seconds(Operations(moved={bits: 60.0})) == pytest.approx(60 / rate)


def test_a_slower_descent_makes_all_slower():
    work = Operations(flops=200, moved={10: 20.0})
    assert RATES.as_slow_as(1.5).seconds(work) == pytest.approx(1.5 * RATES.seconds(work))


def test_a_product_is_timed_by_its_operations(monkeypatch):
    monkeypatch.setattr("preimage.cost.rates.shortest", lambda run, device: 0.5)
    assert products(torch.device("cpu"), "float32") == 2 * 1024**3 / 0.5


def test_a_device_is_measured():
    found = Rates.measured(torch.device("cpu"), ["float32"])
    assert found.flops["float32"] > 0
    assert all(rate > 0 for rate in found.moved.values())
