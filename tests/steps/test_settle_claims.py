"""One table of claims: of what a plan has no family of, nothing is found."""

from preimage.claims.ledger import claims

PLAN = {
    "makers": {},
    "opposites": {"groups": [], "breeds": [], "opposites": "a", "class_images": "b"},
    "space": {"groups": [], "imagenet": True, "as_it_is": []},
    "features": {"single": [], "ordered": []},
    "feature_maps": {"runs": [], "pairs": []},
}
SIMULATED = {"Z2.2", "Z2.3"}


def test_without_tables_nothing_is_run_whatever_families_there_are(settled):
    for plan in (PLAN, {"makers": {}}):
        found = settled(plan)
        assert found.id.tolist() == list(claims())
        told = found[~found.id.isin(SIMULATED)]
        assert set(told.verdict) == {"not run", "not judged"}


def test_a_family_of_another_name_is_an_error(settle, capsys):
    assert settle({"makers": {}, "opposite": PLAN["opposites"]}) == 2
    assert "opposite" in capsys.readouterr().err
