"""Rows of tables for tests: photos reconstructed from layers, and their descents."""

import pandas as pd

from preimage.tables.depth import RECONSTRUCTIONS
from preimage.tables.images import TRACE

LAYERS = ["conv1", "maxpool", "layer1", "layer2", "layer3", "layer4", "fc"]
PLAIN = {
    **{"code": "C1", "set": "reconstructions", "network": "net", "seed": 999, "status": "ok"},
    **{"recipe": "by-depth", "size": 64, "iterations": 9, "activations": 100, "loss_factor": 1.0},
    **{"m_r_25": 2.0, "m_r_18": 4.0, "m_g_start": 10.0, "m_g": 1.0, "m_i_start": 20.0, "m_i": 10.0},
    **{"psnr": 20.0, "ssim": 0.5, "gradient_mean": 0.0, "gradient_std": 0.1},
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


def traced(reconstructions, m_g, m_i):
    """Return the steps of each row's descent: one for each of the distances given."""
    rows = [
        {key: row[key] for key in ("set", "network", "item", "seed")}
        | {"iteration": i, "loss": g, "gradient": 1.0, "m_g": g, "m_i": at}
        for row in reconstructions.to_dict("records")
        for i, (g, at) in enumerate(zip(m_g, m_i, strict=True))
    ]
    return pd.DataFrame(rows, columns=TRACE.names)
