"""One table of claims: the rows of all families that a plan names, in a fixed order."""

from preimage.tables.claims import CLAIMS

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
    "feature_maps": {"runs": [], "pairs": []},
    "features": {"single": [], "ordered": []},
    "depth": {"runs": [DEPTH | MADE], "judges": []},
    "space": {"networks": [], "spaces": [], "googlenets": []},
    "merging": {"pictures": [], "comparisons": [], "judges": []},
    "comparisons": {
        key: []
        for key in ("comparisons", "one_step", "alone", "pairs", "turns", "judges", "classes")
    },
    "opposites": {"networks": [], "groups": []},
}


def test_without_tables_nothing_is_run_and_families_are_in_their_order(settled):
    found = settled(PLAN)
    assert set(found.verdict) == {"not run"}
    families = found.code.str[0].drop_duplicates(keep="first")
    assert families.tolist() == ["A", "B", "K", "L", "D", "M", "N"]
    pages = found.heading[found.code.str[0] == "B"]
    assert set(pages) == {"Model Merging"}


def test_a_family_that_is_left_out_has_no_rows(settled):
    whole = settled(PLAN)
    for family, part in PLAN.items():
        alone = settled({family: part})
        rest = settled({k: v for k, v in PLAN.items() if k != family})
        assert len(alone) + len(rest) == len(whole)
    nothing = settled({})
    assert (len(nothing), list(nothing.columns)) == (0, CLAIMS.names)


def test_a_family_of_another_name_is_an_error(settle, capsys):
    assert settle({"opposite": PLAN["opposites"]}) == 2
    assert "opposite" in capsys.readouterr().err
