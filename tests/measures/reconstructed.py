"""Rows of tables for tests: photos reconstructed from layers, and their descents."""

import pandas as pd

from preimage.tables.depth import RECONSTRUCTIONS
from preimage.tables.images import TRACE

LAYERS = ["conv1", "maxpool", "layer1", "layer2", "layer3", "layer4", "logits"]
PLAIN = {
    **{"code": "C1", "set": "reconstructions", "network": "net", "seed": 999, "status": "ok"},
    **{"recipe": "by-depth", "size": 64, "iterations": 9, "activations": 100, "loss_factor": 1.0},
    **{"m_r_25": 2.0, "m_r_25_again": 2.0, "m_r_18": 4.0, "shift_25": 5.0, "shift_18": 7.0},
    **{"m_g_start": 10.0, "m_g": 1.0, "m_i_start": 20.0, "m_i": 10.0},
    **{"psnr": 20.0, "ssim": 0.5, "gradient_mean": 0.0, "gradient_std": 0.1},
    **{"ssim_pooled": 0.6, "ssim_others": 0.1, "beaten": 1.0, "resolution": 8.0, "edges": 0.5},
    **{"band": 0.5, "nearer_noise": -1.0, "blur_photo": 1.0, "blur_noise": 1.0},
}


def reconstructed(layers=LAYERS, photos=("cat", "cup", "owl"), **values):
    """Return a row a layer and photo; `values` are constants, or functions of the two places."""
    rows = [
        {"step_start": None, "step_end": None, "item": f"{layer}.{photo}"}
        | {"layer": layer, "depth": i, "photo": photo}
        | {k: v(i, j) if callable(v) else v for k, v in (PLAIN | values).items()}
        for i, layer in enumerate(layers)
        for j, photo in enumerate(photos)
    ]
    return pd.DataFrame(rows, columns=RECONSTRUCTIONS.names)


def traced(reconstructions, m_g=(1.0,), m_i=(1.0,), gradient=lambda row: 1.0):
    """Return the steps of each row's descent: one for each of the distances given.

    m_g, m_i: may be functions of the row, as gradient is, of the norm at all steps.
    """
    rows = []
    for row in reconstructions.to_dict("records"):
        distances = (of(row) if callable(of) else of for of in (m_g, m_i))
        about = {key: row[key] for key in ("set", "network", "item", "seed")}
        rows += [
            about | {"iteration": i, "loss": g, "gradient": gradient(row), "m_g": g, "m_i": at}
            for i, (g, at) in enumerate(zip(*distances, strict=True))
        ]
    return pd.DataFrame(rows, columns=TRACE.names)
