"""What layers do not see and what noise does, against plain linear algebra."""

import numpy as np
import pytest
import torch

from preimage.mlp.descent import Schedule, descend
from preimage.mlp.limits import DEVIATION, DRAWS, shifts, unseen
from preimage.mlp.networks import Networks, start_noise

N, SEEDS = 24, [1, 2, 3]
TARGETS = torch.rand(3, N, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("width", [10, 23])
def test_a_narrow_layer_loses_what_its_null_space_holds(width):
    networks = Networks.draw(N, [width], SEEDS, dtype=torch.float64)
    moved = start_noise(N, SEEDS).double() - TARGETS
    lost, floor = unseen(networks, moved)
    for weight, off, dimensions, length in zip(
        networks.weights[0], moved, lost, floor, strict=True
    ):
        assert dimensions == N - np.linalg.matrix_rank(weight.numpy()) == N - width
        null = torch.eye(N) - torch.linalg.pinv(weight) @ weight
        assert float(length) == pytest.approx(float((null @ off).norm()), rel=1e-9)
    found = descend(networks, TARGETS, start_noise(N, SEEDS), Schedule(3000))
    assert (found.m_i[-1] >= floor * (1 - 1e-9)).all()
    if width == 10:  # which is conditioned well
        assert (found.m_i[-1] < floor * 1.1).all()


def test_a_wide_layer_loses_nothing_and_of_others_nothing_is_known():
    wide = Networks.draw(N, [40], SEEDS)
    assert [each.tolist() for each in unseen(wide, TARGETS)] == [[0, 0, 0]] * 2
    for other in (Networks.draw(N, [9, 9], SEEDS), Networks.draw(N, [9], SEEDS, relu="always")):
        assert all(each.isnan().all() for each in unseen(other, TARGETS))


def test_a_layer_whose_rank_rounding_hides_is_not_known():
    (weight,) = Networks.draw(N, [10], [1], dtype=torch.float64).weights[0]
    weight[1] = weight[0]
    twice = Networks((weight[None],), (torch.zeros(1, 10, dtype=torch.float64),))
    lost, _ = unseen(twice, TARGETS[:1])
    assert lost.isnan().all()


def test_shifts_are_medians_of_draws_of_each_seed():
    networks = Networks.draw(N, [30, 20], SEEDS, relu="between", dtype=torch.float64)
    shift, m_r = shifts(networks, TARGETS, SEEDS)
    for i, seed in enumerate(SEEDS):
        noise = DEVIATION * np.random.default_rng((seed, 3)).standard_normal((DRAWS, N))
        alone = Networks.draw(N, [30, 20], [seed], relu="between", dtype=torch.float64)
        photo = TARGETS[i].double()
        far = [(alone(photo + torch.from_numpy(d)) - alone(photo)).norm().item() for d in noise]
        assert m_r[i].item() == pytest.approx(np.median(far))
        assert shift[i].item() == pytest.approx(np.median(np.linalg.norm(noise, axis=1)))
