"""One primary row for each claim, and verdicts that follow from the other cells."""

import numpy as np
import pytest

from preimage.claims.ledger import Evidence, claims, table
from preimage.measures.statistics.samples import Known, Sample
from preimage.tables.claims import CLAIMS
from preimage.tables.parquet import read_table, write_table

NEAR = np.random.default_rng(1).lognormal(-1, 0.2, 8)  # ratios about 0.37
FAR = 1 / NEAR


def one_row(found):
    rows = table([found])
    (row,) = rows[rows.networks != ""].to_dict("records")
    return row


def nearer(values=NEAR, **said):
    """Return evidence of D1.2, which holds where ratios are below 1."""
    return Evidence("D1.2", {"ratio": Sample(values, "ratio")}, "resnet50", **said)


@pytest.mark.parametrize(
    "found",
    [
        [],
        [nearer()],
        [nearer(primary=True), nearer(primary=True)],
        [nearer(), nearer(primary=True)],
    ],
)
def test_each_claim_has_one_primary_row(found, tmp_path):
    rows = table(found)
    primary = rows[rows.role != "exploratory"]
    assert list(primary.id) == list(claims())
    assert list(primary.role) == [claim.role for claim in claims().values()]
    assert len(rows) - len(primary) == len(found) - any(one.primary for one in found)
    assert "not run" not in set(rows.verdict[rows.role == "exploratory"])
    write_table(rows, tmp_path / "c", CLAIMS)
    assert len(read_table(tmp_path / "c", CLAIMS)) == len(rows)


def test_every_entry_says_what_a_reader_needs():
    for claim in claims().values():
        assert claim.claim.endswith((".", "?")), claim.id
        assert claim.id.partition(".")[0] == claim.code
        assert bool(claim.rule) != bool(claim.not_judged), claim.id
        assert not claim.rule or (claim.statistic and claim.unit and claim.parts), claim.id


def test_a_claim_without_anything_is_not_run_and_one_without_a_number_not_judged():
    rows = table([]).set_index("id")
    assert rows.verdict["D1.2"] == "not run"
    assert "untrained ResNet-50" in rows.why["D1.2"]
    assert "both halves of twelve photos" in rows.why["B7.2"]
    assert rows.verdict["A2.3"] == "not judged"
    assert rows.why["A2.3"]


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        (NEAR, "reproduced"),
        (FAR, "not reproduced"),
        (np.concatenate([NEAR[:4], FAR[:4]]), "inconclusive"),
        (NEAR[:5], "inconclusive"),  # fewer than a verdict needs
    ],
)
def test_the_whole_interval_must_lie_where_the_rule_says(values, verdict):
    assert one_row(nearer(values))["verdict"] == verdict


def test_a_control_that_gives_the_same_leaves_it_open():
    control = {"ratio": Sample(NEAR, "ratio")}
    row = one_row(nearer(control=control))
    assert (row["verdict"], row["control_verdict"]) == ("inconclusive", "reproduced")
    row = one_row(nearer(control={"ratio": Sample(FAR, "ratio")}))
    assert (row["verdict"], row["control_verdict"]) == ("reproduced", "not reproduced")
    also = {"correlation": Sample(np.full(8, 0.9), "correlation"), "nearer": Sample(-NEAR)}
    assert claims()["M1.1"].also
    assert one_row(Evidence("M1.1", also, "net", control=also))["verdict"] == "reproduced"


def test_failed_descents_count_for_and_against():
    many = np.full(20, 1.0)
    kept = Evidence("N0.1", {"share": Sample(np.append(many, np.nan), "share")}, "net")
    row = one_row(kept)
    assert (row["n"], row["asked"], row["failed"]) == (20, 21, 1)
    assert row["verdict"] == "reproduced"  # one more does not matter
    turned = Evidence("N0.1", {"share": Sample(np.append(many[:12], [np.nan] * 9), "share")}, "net")
    row = one_row(turned)
    assert row["verdict"] == "inconclusive"
    assert "9 failed" in row["why"]


def test_all_parts_of_a_rule_must_hold():
    parts = {"fall": Sample(NEAR / 100, "ratio"), "slope_g": Sample(-NEAR), "slope_i": Sample(NEAR)}
    assert one_row(Evidence("D4.1", parts, "net"))["verdict"] == "reproduced"
    row = one_row(Evidence("D4.1", parts | {"slope_i": Sample(-NEAR)}, "net"))
    assert row["verdict"] == "not reproduced"
    assert row["value"] == pytest.approx(-NEAR.mean())  # of the part that decides


def test_thresholds_between_which_the_verdict_stays_are_the_ends_of_the_interval():
    row = one_row(nearer())
    assert row["stands_from"] == row["high"]
    assert row["stands_to"] == np.inf
    row = one_row(nearer(FAR))
    assert (row["stands_from"], row["stands_to"]) == (-np.inf, row["low"])


def test_false_discoveries_are_named_among_primary_rows_alone():
    rows = table([nearer(primary=True), nearer(), nearer(FAR)])
    assert rows.q.notna().sum() == 1
    assert rows.q.max() == pytest.approx(rows.p[rows.q.notna()].item())


def test_a_part_that_no_rule_has_is_an_error():
    with pytest.raises(KeyError, match=r"D1\.2 has no part shift"):
        one_row(Evidence("D1.2", {"shift": Known(1)}, "net"))


def test_what_follows_from_the_table_is_in_it_and_has_no_q():
    def calibrate(rows):
        assert len(rows) > len(claims())  # all of them, with the exploratory one
        yield Evidence("Z2.1", {"share": Sample(np.zeros(40), "share")}, "all", primary=True)
        yield Evidence("Z2.1", {"share": Sample(np.ones(20), "share")}, "family D")

    rows = table([nearer(primary=True), nearer()], calibrate)
    own = rows[rows.id == "Z2.1"]
    assert own.role.tolist() == ["calibration", "exploratory"]
    assert own.verdict.tolist() == ["reproduced", "not reproduced"]
    assert own.q.isna().all()
    assert rows.id[rows.role != "exploratory"].is_unique


def test_what_was_not_run_has_no_exploratory_row_and_says_in_the_primary_one_what_lacks():
    parts = {"fall": Sample(NEAR / 100, "ratio"), "slope_g": Sample(-NEAR)}
    rows = table([Evidence("D4.1", parts, "net"), Evidence("D4.1", {}, "other")])
    assert rows.networks.unique().tolist() == [""]
    row = one_row(Evidence("D4.1", parts, "net", primary=True))
    assert (row["verdict"], row["why"]) == ("not run", "no value of slope_i")


def test_what_failed_in_every_case_was_run():
    row = one_row(nearer(np.full(8, np.nan)))
    assert (row["verdict"], row["n"], row["failed"]) == ("inconclusive", 0, 8)
    assert "0 (8 failed), where a verdict needs 8 pairs" in row["why"]


def test_of_several_primary_ones_that_of_the_most_units_counts():
    rows = table([nearer(NEAR[:3], primary=True), nearer(FAR, primary=True), nearer(primary=True)])
    own = rows[rows.id == "D1.2"]
    assert own.role.tolist() == ["primary", "exploratory", "exploratory"]
    assert own.n.tolist() == [8, 3, 8]
    assert own.verdict.iloc[0] == "not reproduced"


def test_a_control_of_some_parts_is_judged_by_these():
    parts = {"near": Sample(NEAR, "ratio"), "far": Sample(FAR, "ratio")}
    for far, verdict in ((FAR, "inconclusive"), (NEAR, "reproduced")):
        control = {"far": Sample(far, "ratio")}
        assert one_row(Evidence("D8.1", parts, "net", control=control))["verdict"] == verdict


def test_a_doubt_leaves_open_whatever_is_found():
    for values in (NEAR, FAR):
        row = one_row(nearer(values, doubt="the judge sees nothing"))
        assert (row["verdict"], row["why"]) == ("inconclusive", "the judge sees nothing")
    nothing = Evidence("D1.2", {}, "net", primary=True, doubt="the judge sees nothing")
    assert one_row(nothing)["verdict"] == "not run"


def test_failed_units_of_one_part_cannot_turn_what_another_denies():
    lost = np.append(NEAR, [np.nan] * 30)
    parts = {"near": Sample(FAR, "ratio"), "far": Sample(1 / lost, "ratio")}
    row = one_row(Evidence("D8.1", parts, "net"))
    assert (row["verdict"], row["failed"]) == ("not reproduced", 30)
