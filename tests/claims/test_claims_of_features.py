"""Claims of single features are judged where neurons are, and by their places and widths."""

import numpy as np
import pandas as pd
import pytest

from preimage.claims.features import LAYER, NARROW, WIDE, claims
from preimage.tables.claims import CLAIMS
from preimage.tables.features import AREAS, READING_ORDER
from preimage.tables.parquet import read_tables, write_table

RUN = {"code": "M1", "set": "neurons", "network": "net", "seed": 9, "status": "ok", "size": 100}
RUN |= {"recipe": "plain", "recipe_digest": "12ab"}
PLACES = [(row, column) for row in (1, 4, 7) for column in (2, 5, 8)]
FIELDS = {WIDE: 351.0, NARROW: 191.0}


def areas(noise=1.0, layer=LAYER, maps=(WIDE, NARROW), ratio=2.0, **changes):
    """Return rows AREAS whose differences are `noise` px from the places, in random directions."""
    draw, rows = np.random.default_rng(0), []
    for number in maps:
        for row, column in PLACES:
            angle = draw.uniform(0, 2 * np.pi)
            rows.append(
                {
                    **{**RUN, "layer": layer, "target": f"{layer}[{number}, {row}, {column}]"},
                    **{"map": number, "row": row, "column": column},
                    **{"place_row": 10.0 * row + 5, "place_column": 10.0 * column + 5},
                    "centroid_row": 10.0 * row + 5 + noise * np.sin(angle),
                    "centroid_column": 10.0 * column + 5 + noise * np.cos(angle),
                    "radius_50": draw.uniform(9, 11) * (ratio if number == maps[0] else 1),
                    "field_rows": FIELDS.get(number, np.nan),
                }
            )
    return pd.DataFrame(rows, columns=AREAS.names).assign(**changes)


def order(ratio=0.9, rows=8, columns=5, **changes):
    """Return rows READING_ORDER whose ratios differ from `ratio` by row, and a bit by frame."""
    draw = np.random.default_rng(1)
    of_row = draw.uniform(0.8, 1.2, rows)
    about = {**RUN, "layer": LAYER, "target": f"{LAYER}[{NARROW}]", "map": NARROW}
    about |= {"normalised": False, "smooth": False, "absolute": False}
    cells = [
        about
        | {"frame": row * columns + column, "row": row, "column": column}
        | {"ratio_disc": ratio * of_row[row] * draw.uniform(0.9, 1.1)}
        for row in range(rows)
        for column in range(columns)
    ]
    return pd.DataFrame(cells[1:], columns=READING_ORDER.names).assign(**changes)


def judged(tmp_path, areas_rows=None, order_rows=None):
    """Return the claims on tables that went through files, as in the workflow."""
    given = []
    for table, rows in ((AREAS, areas_rows), (READING_ORDER, order_rows)):
        if rows is not None:
            write_table(rows, tmp_path / table.name, table)
        given.append(read_tables([tmp_path / table.name] if rows is not None else [], table))
    write_table(claims(*given), tmp_path / "claims", CLAIMS)
    return read_tables([tmp_path / "claims"], CLAIMS)


def verdicts(found, code):
    return found[found.code == code].verdict.tolist()


def test_without_tables_every_claim_is_a_row_that_was_not_run(tmp_path):
    found = judged(tmp_path)
    assert found.code.tolist() == ["M1"] * 3 + ["M2"] * 3 + ["M3"] * 2
    assert (found.verdict == "not run").all()
    assert found.value.isna().all()


def test_neurons_that_change_their_own_places_match(tmp_path):
    found = judged(tmp_path, areas(noise=2.0))
    assert verdicts(found, "M1") == ["reproduced"] * 3
    near = found[found.code == "M1"].iloc[2]
    assert near.value == pytest.approx(0.02)
    assert near.n == 18


def test_neurons_that_all_change_the_middle_do_not_match(tmp_path):
    middle = areas().assign(centroid_row=50.0, centroid_column=50.0)
    middle["centroid_row"] += np.tile([1.0, -1.0], 9)
    middle["centroid_column"] += np.tile([1.0, -1.0], 9)
    row, column, near = verdicts(judged(tmp_path, middle), "M1")
    assert (row, column) == ("not reproduced",) * 2
    assert near == "inconclusive"  # the own place is as near as any: within what dealing gives


def test_a_few_neurons_are_not_judged(tmp_path):
    assert verdicts(judged(tmp_path, areas().head(3)), "M1") == ["not run"] * 3


def test_failed_pictures_and_rows_of_neurons_do_not_count(tmp_path):
    whole = areas()
    whole.loc[0, "status"] = "no gradient"
    whole.loc[1, "column"] = np.nan
    found = judged(tmp_path, whole)
    assert found[found.code == "M1"].n.tolist() == [16] * 3


@pytest.mark.parametrize(
    ("ratio", "verdict"), [(2.0, "reproduced"), (0.5, "not reproduced"), (1.0, "inconclusive")]
)
def test_the_wider_map_is_found_by_its_radii(tmp_path, ratio, verdict):
    found = judged(tmp_path, areas(ratio=ratio))
    wider, branch = found[found.code == "M3"].itertuples()
    assert wider.verdict == verdict
    assert wider.value == pytest.approx(ratio, rel=0.1)
    assert wider.n == 9
    assert branch.value == pytest.approx(351 / 191)
    assert branch.verdict == "reproduced"


def test_other_maps_are_compared_without_a_verdict(tmp_path):
    found = judged(tmp_path, areas(layer="layer2", maps=(21, 38)))
    page, branch, other = found[found.code == "M3"].itertuples()
    assert {page.verdict, branch.verdict, other.verdict} == {"not run"}
    assert np.isnan(page.value)
    assert other.value == pytest.approx(1 / 2, rel=0.1)  # the second map to the first
    assert "layer2[38] to layer2[21]" in other.compared
    assert other.rule == "not the page's maps"


@pytest.mark.parametrize(
    ("ratio", "verdict"), [(0.9, "reproduced"), (0.1, "not reproduced"), (0.5, "inconclusive")]
)
def test_one_more_neuron_changes_the_whole_image_or_not(tmp_path, ratio, verdict):
    found = judged(tmp_path, None, order(ratio))
    assert verdicts(found, "M2") == [
        "not run",
        verdict,
        "not run",
    ]  # of the field there is no outside
    assert found[found.code == "M2"].n.tolist() == [0, 8, 0]


@pytest.mark.parametrize(
    ("alone", "verdict"), [(0.1, "reproduced"), (3.0, "not reproduced"), (0.5, "inconclusive")]
)
def test_frames_are_compared_with_neurons_alone(tmp_path, alone, verdict):
    ratios = alone * np.random.default_rng(2).uniform(0.8, 1.2, 18)
    found = judged(tmp_path, areas(ratio_disc=ratios), order(0.5))
    farther = found[found.code == "M2"].iloc[-1]
    assert farther.verdict == verdict
    assert farther.value == pytest.approx(0.5 / alone, rel=0.1)
    assert farther.n == 8  # rows; those of the other map do not count


@pytest.mark.parametrize("ratio", [0.1, 0.9])
@pytest.mark.parametrize(
    ("recipe", "why"),
    [
        ("normalised", "not judged: normalised steps scale with every neuron"),
        ("smooth", "not judged: smooth gradients change all of a picture"),
        ("absolute", "not judged: an absolute loss turns all neurons round at its ceiling"),
    ],
)
def test_recipes_that_couple_neurons_are_not_judged_and_say_why(tmp_path, ratio, recipe, why):
    alone = areas(ratio_disc=np.linspace(0.2, 0.4, 18))
    found = judged(tmp_path, alone, order(ratio, ratio_field=ratio, **{recipe: True}))
    whole = found[found.code == "M2"]
    assert whole.verdict.tolist() == ["not run"] * 3
    assert {*whole.rule} == {why}
    assert whole.value.notna().all()
    assert "reproduced" in verdicts(found, "M1")  # a neuron alone is judged


def test_frames_of_a_row_and_seeds_are_no_observations(tmp_path):
    frames = order(0.5)
    once = judged(tmp_path, None, frames)
    seeds = judged(tmp_path, None, pd.concat([frames.assign(seed=k) for k in range(10)]))
    pd.testing.assert_frame_equal(once, seeds)
    by_row = frames.groupby("row").ratio_disc.mean().astype(float)
    whole = once[once.code == "M2"].iloc[1]
    assert whole.value == pytest.approx(by_row.mean())
    half = 2.365 * by_row.std() / np.sqrt(8)  # Student's t of 7 degrees of freedom
    assert (whole.low, whole.high) == pytest.approx((whole.value - half, whole.value + half), 1e-3)


def test_frames_that_differ_less_than_rows_do_not_narrow_the_interval(tmp_path):
    few, many = (judged(tmp_path, None, order(0.5, columns=n)) for n in (5, 60))
    width = [(t.high - t.low)[t.code == "M2"].iloc[1] for t in (few, many)]
    assert width[1] > 0.8 * width[0]


@pytest.mark.parametrize("other", [{"recipe_digest": "99ff"}, {"seed": 1}, {"layer": "Mixed_6c"}])
def test_neurons_made_in_another_way_are_nothing_to_compare_frames_with(tmp_path, other):
    neurons = areas(ratio_disc=np.linspace(0.2, 0.4, 18))
    assert judged(tmp_path, neurons, order())[lambda t: t.code == "M2"].verdict.iloc[2] != "not run"
    farther = judged(tmp_path, neurons.assign(**other), order())[lambda t: t.code == "M2"].iloc[2]
    assert (farther.verdict, farther.n) == ("not run", 0)
    assert np.isnan(farther.value)


def test_only_neurons_of_the_same_recipe_are_compared_with_frames(tmp_path):
    ratios = 0.5 * np.random.default_rng(2).uniform(0.8, 1.2, 18)
    own = areas(ratio_disc=ratios)
    octaves = areas(ratio_disc=10 * ratios).assign(set="octaves", recipe_digest="99ff")
    found = judged(tmp_path, pd.concat([own, octaves]), order(0.5))
    farther = found[found.code == "M2"].iloc[-1]
    assert farther.value == pytest.approx(1, rel=0.1)


def test_seeds_of_a_neuron_are_one_neuron(tmp_path):
    once = areas(noise=20.0, ratio=1.05, ratio_disc=np.linspace(0.2, 0.4, 18))
    seeds = pd.concat([once.assign(seed=k) for k in range(10)])
    frames = pd.concat([order(0.5, seed=k) for k in range(10)])
    one = judged(tmp_path, once.assign(seed=0), order(0.5, seed=0))
    pd.testing.assert_frame_equal(one, judged(tmp_path, seeds, frames))


def test_failed_seeds_of_a_neuron_leave_the_others(tmp_path):
    failed = areas(noise=500.0).assign(seed=1, status="diverged")
    found = judged(tmp_path, pd.concat([areas(), failed]))
    pd.testing.assert_frame_equal(found, judged(tmp_path, areas()))


def test_a_mean_over_seeds_is_what_counts(tmp_path):
    wide = areas(ratio=3.0).assign(seed=1)
    found = judged(tmp_path, pd.concat([areas(ratio=1.0), wide]))
    wider = found[found.code == "M3"].iloc[0]
    assert (wider.value, wider.n) == (pytest.approx(2, rel=0.1), 9)


@pytest.mark.parametrize(("count", "pairs"), [(6, 15), (7, 0)])
def test_all_pairs_are_compared_of_a_few_maps_only(tmp_path, count, pairs):
    found = judged(tmp_path, areas(layer="layer2", maps=range(count)))
    assert (found.code == "M3").sum() == 2 + pairs


def test_the_page_s_pair_is_judged_among_many_maps(tmp_path):
    found = judged(tmp_path, areas(maps=(WIDE, NARROW, *range(10))))
    wider, branch = found[found.code == "M3"].itertuples()
    assert (wider.verdict, branch.verdict) == ("reproduced", "reproduced")


def test_neurons_that_change_nothing_have_no_ratio(tmp_path):
    still = order()
    still.loc[still["row"] == 3, "ratio_disc"] = np.nan
    still.loc[5, "ratio_disc"] = np.nan
    assert judged(tmp_path, None, still)[lambda rows: rows.code == "M2"].n.tolist() == [0, 7, 0]


def test_a_neuron_that_changes_nothing_outside_counts(tmp_path):
    inside = order().assign(ratio_field=0.0)
    found = judged(tmp_path, None, inside)[lambda rows: rows.code == "M2"]
    assert verdicts(found, "M2")[0] == "not reproduced"
    assert (found.value.iloc[0], found.n.iloc[0]) == (0, 8)


def test_each_run_is_judged_on_its_own(tmp_path):
    other = areas(noise=2.0).assign(network="other")
    found = judged(tmp_path, pd.concat([areas(), other]))
    assert found.code.tolist() == ["M1"] * 6 + ["M2"] * 3 + ["M3"] * 4
    assert found.compared[found.code == "M3"].str.contains("other").sum() == 2
