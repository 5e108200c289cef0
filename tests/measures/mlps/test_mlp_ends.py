"""What descents on fully connected networks come to, checked on numbers made by hand."""

import numpy as np
import pandas as pd
import pytest

from preimage.measures.mlps.descents import needed_width, tabulate_ends, tabulate_widths
from preimage.tables.mlps import MLP_ENDS, MLP_WIDTHS, MLPS


def descent(width, seed, m_i, **changes):
    """Return the rows of a descent from m_i = 10 to `m_i` in two steps."""
    row = {
        "code": "F1",
        "experiment": "e",
        "photo": "chelsea",
        "inputs": 100,
        "relu": "always",
        "shape": str(width),
        "depth": 1,
        "width": width,
        "iterations": 2,
        "precision": "float32",
        "seed": seed,
        "zeroed": 0.6,
        **{"initial": "linear", "steps": "lr", "lr_end": 1e-4, "last_width": width},
        **dict.fromkeys(("lost", "floor", "shift", "m_r"), 1.0),
        "status": "ok",
    } | changes
    walk = zip((0, 1, 2), (10.0, 5.0, m_i), strict=True)
    return pd.DataFrame(
        [row | {"iteration": t, "m_i": m, "m_g": m / 2, "loss": m, "aim": 0.5} for t, m in walk]
    )


def joined(*descents):
    return pd.concat(descents)[MLPS.names]


def test_ends_are_geometric_means_over_seeds():
    curves = joined(
        descent(20, 1, 1.0), descent(20, 2, 4.0), descent(20, 3, 9.0, status="diverged")
    )
    (row,) = tabulate_ends(curves)[MLP_ENDS.names].to_dict("records")
    assert (row["seeds"], row["degenerate"]) == (2, 1)
    assert (row["m_i"], row["m_g"]) == pytest.approx((2.0, 1.0))
    assert (row["m_i_start"], row["m_g_start"]) == pytest.approx((10.0, 5.0))
    # Student's 97.5 % quantile of one degree of freedom; the logarithms are 0 and log(4).
    assert row["m_i_high"] / row["m_i"] == pytest.approx(np.exp(12.7062 * np.log(4) / 2), rel=1e-3)


def of_seed(*points, **changes):
    """Return the ends of one seed: widths and m_i, that started from 10."""
    return pd.DataFrame(points, columns=["width", "m_i"]).assign(
        **{"m_i_start": 10.0, "status": "ok"} | changes
    )


def test_the_needed_width_is_interpolated_in_logarithms():
    assert needed_width(of_seed((100, 10.0), (400, 0.1)), 0.1) == pytest.approx(200)
    assert needed_width(of_seed((400, 0.1), (100, 10.0)), 0.1) == pytest.approx(200)


def test_the_needed_width_is_that_from_which_on_it_is_enough():
    lucky = of_seed((50, 0.5), (100, 10.0), (400, 0.1), (800, 0.2))
    assert needed_width(lucky, 0.1) == pytest.approx(200)


@pytest.mark.parametrize(
    "ends",
    [
        of_seed((100, 10.0), (400, 2.0)),
        of_seed((100, 0.5), (400, 0.1)),
        of_seed((100, 10.0), (400, 0.1), status=["ok", "not finite"]),
    ],
)
def test_no_width_is_named_where_none_was_found(ends):
    assert np.isnan(needed_width(ends, 0.1))


def test_widths_stand_beside_theory():
    curves = joined(
        *(descent(w, s, m) for s in (1, 2) for w, m in ((100, 10.0), (400, 0.1))),
        *(descent(w, 3, 10.0) for w in (100, 400)),
        *(descent(w, 1, 0.1, experiment="other") for w in (100, 400)),
        *(descent(w, 1, 10 * 80 / w, depth=2, shape=f"{w}x2") for w in (400, 1600)),
    )
    rows = tabulate_widths(curves, {"e": 0.1})[MLP_WIDTHS.names].to_dict("records")
    assert [(row["experiment"], row["relus"]) for row in rows] == [("e", 1), ("e", 2)]
    assert (rows[0]["seeds"], rows[0]["outside"]) == (2, 1)
    assert rows[0]["needed"] == pytest.approx(200)
    assert rows[1]["needed"] == pytest.approx(800)
    assert (rows[0]["theory"], rows[1]["theory"]) == pytest.approx((250, 625))
    assert (rows[0]["dimensions"], rows[1]["dimensions"]) == pytest.approx((250, 250))
    assert (rows[0]["theory_half"], rows[1]["theory_half"]) == (200, 400)
    assert tabulate_widths(curves, {}).empty


@pytest.mark.parametrize(("relu", "relus"), [("never", 0), ("between", 1), ("always", 2)])
def test_relus_are_counted(relu, relus):
    curves = joined(*(descent(w, 1, 1.0, relu=relu, depth=2) for w in (100, 400)))
    assert tabulate_widths(curves, {"e": 0.1}).relus.tolist() == [relus]
