"""One table of claims: of what a plan has no family of, nothing is found."""

from preimage.claims.ledger import claims

MADE = {
    **{
        "blur": True,
        "layers": ["conv1", "maxpool", "layer1", "layer4"],
        "kind": "mine",
        "code": "D",
    },
    **{"recipe": "r", "size": 299, "iterations": 2000, "normalised": True, "fixed": True},
}
DEPTH = {"set": "s", "network": "mine", "architecture": "resnet50", "state": "untrained"}
PLAN = {
    "makers": {"mine": {"architecture": "resnet50", "state": "untrained"}},
    "opposites": {"groups": [], "breeds": [], "opposites": "a", "class_images": "b"},
    "space": {"groups": [], "imagenet": True, "as_it_is": []},
    "features": {"single": [], "ordered": []},
    "depth": {"runs": [DEPTH | MADE], "judges": []},
    "merging": {"pictures": [], "comparisons": [], "judges": []},
    "comparisons": {
        key: []
        for key in ("comparisons", "one_step", "alone", "pairs", "turns", "judges", "classes")
    },
    "feature_maps": {"runs": [], "pairs": []},
    "fully_connected": {"complete": {}},
}
OF_PAGES = [name for name, claim in claims().items() if not name.startswith("Z")]


def test_without_tables_nothing_is_run_whatever_families_there_are(settled):
    for plan in (PLAN, {"makers": {}}):
        found = settled(plan)
        found = found[found.role != "exploratory"]
        assert found.id.tolist() == OF_PAGES
        assert set(found.verdict) == {"not run", "not judged"}


def test_a_family_of_another_name_is_an_error(settle, capsys):
    assert settle({"makers": {}, "opposite": PLAN["opposites"]}) == 2
    assert "opposite" in capsys.readouterr().err
