"""What the outputs of fully connected networks leave open about a photo, and what noise does.

A linear layer with fewer neurons than inputs has a null space: whatever part of `start - photo`
lies there stays, since descent moves inputs by what the layer sees only. It is a floor of m_i.
"""

import numpy as np
import torch
from torch import Tensor

from preimage.mlp.networks import Networks

DRAWS = 8  # of a', of which the median counts
DEVIATION = 1 / 25  # of a' = a + N(0, 1) / 25, on the page
_STREAM = 3  # of noise, apart from those of `preimage.mlp.inversion`


def unseen(networks: Networks, moved: Tensor) -> tuple[Tensor, Tensor]:
    """Return the inputs' dimensions that single layers lose, and the length of `moved` there: [S].

    moved: [S, n]. Of networks with several layers or with ReLUs, and where rounding hides the rank,
    both are NaN.
    """
    if len(networks.weights) > 1 or not networks.is_linear:
        nothing = torch.full((networks.seeds,), float("nan"), dtype=torch.float64)
        return nothing, nothing
    both = [_unseen(w, m) for w, m in zip(networks.weights[0], moved.double(), strict=True)]
    return tuple(torch.tensor(each, dtype=torch.float64) for each in zip(*both, strict=True))


def _unseen(weight: Tensor, moved: Tensor) -> tuple[float, float]:
    """Return both for one layer [w, n]; a Cholesky factor of its Gram matrix proves its rank."""
    neurons, inputs = weight.shape
    if neurons >= inputs:
        full = any(_factor(w.T @ w) is not None for w in (weight, weight.double()))
        return (0.0, 0.0) if full else (float("nan"), float("nan"))
    weight = weight.double()
    factor = _factor(weight @ weight.T)
    if factor is None:
        return float("nan"), float("nan")
    seen = weight.T @ torch.cholesky_solve((weight @ moved)[:, None], factor)[:, 0]
    return float(inputs - neurons), float((moved - seen).norm())


def _factor(gram: Tensor) -> Tensor | None:
    """Return the Cholesky factor of a Gram matrix; None if it may be singular but for rounding.

    Its least pivot is then no more than rounding makes of the greatest.
    """
    factor, failed = torch.linalg.cholesky_ex(gram)
    pivots = factor.diagonal().square()
    rounding = len(gram) * torch.finfo(gram.dtype).eps * pivots.max()
    return None if int(failed) or pivots.min() <= rounding else factor


def shifts(networks: Networks, target: Tensor, seeds: list[int]) -> tuple[Tensor, Tensor]:
    """Return |a' - a| and |O(a') - O(a)| of each network, the medians of some draws of a': [S].

    target: a, [n] or [S, n]. The noise of a seed is the same for all networks with as many inputs.
    """
    target = target.expand(networks.seeds, -1).to(networks.weights[0])
    noise = np.stack(
        [
            np.random.default_rng((s, _STREAM)).standard_normal((DRAWS, target.shape[1]))
            for s in seeds
        ]
    )
    drawn = DEVIATION * torch.from_numpy(noise).to(target).transpose(0, 1)
    there = networks(target)
    m_r = torch.stack([(networks(target + d) - there).double().norm(dim=1) for d in drawn])
    return drawn.double().norm(dim=2).quantile(0.5, dim=0), m_r.quantile(0.5, dim=0)
