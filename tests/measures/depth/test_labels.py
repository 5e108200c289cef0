"""True labels and random ones of the same pictures, learnt by heart."""

import numpy as np
import torch

from preimage.measures.depth import labels
from preimage.measures.depth.labels import LABELS, learnt_labels
from preimage.networks.world import World


def test_shuffled_labels_are_as_many_of_each_and_renamed_ones_go_together():
    own = torch.randint(len(World().classes), (200,), generator=torch.Generator().manual_seed(1))
    shuffled, renamed = (LABELS[name](own, 3) for name in ("shuffled", "renamed"))
    assert (shuffled != own).float().mean() > 0.9
    assert sorted(shuffled.tolist()) == sorted(own.tolist())
    pairs = {*zip(own.tolist(), renamed.tolist(), strict=True)}
    assert len(pairs) == len({*own.tolist()}) == len({*renamed.tolist()})
    assert (renamed != own).any()


def test_both_are_learnt_and_the_same_every_time(monkeypatch):
    monkeypatch.setattr(labels, "SEEDS", [1])
    monkeypatch.setattr(labels, "IMAGES", 48)
    found = learnt_labels()
    assert found.labels.tolist() == ["true", "shuffled", "renamed"]
    assert found.steps.between(labels.CHECK, labels.MOST).all()
    assert (found.steps % labels.CHECK == 0).all()
    assert np.array_equal(learnt_labels().steps, found.steps)


def test_what_is_never_learnt_has_no_number_of_steps(monkeypatch):
    monkeypatch.setattr(labels, "SEEDS", [1])
    monkeypatch.setattr(labels, "MOST", 6)
    assert learnt_labels().steps.isna().all()
