"""The page says of each claim what the table says, and nothing else."""

import numpy as np
import pytest
from PIL import Image

from preimage.claims.findings import FAMILIES, page
from preimage.claims.ledger import Evidence, claims, table
from preimage.figures.reduced import MOST, Reduced
from preimage.measures.statistics.samples import Sample


@pytest.fixture(scope="module")
def found():
    values = np.random.default_rng(0).lognormal(1, 0.1, 8)
    near = Evidence("D1.2", {"ratio": Sample(1 / values, "ratio")}, "resnet50", primary=True)
    far = Evidence("D2.2", {"ratio": Sample(values, "ratio")}, "a|b <script>")
    return table([near, far])


def test_every_claim_is_on_the_page_once_found_or_absent(found):
    said = page(found, "mine", {"D": "D.png"})
    for claim in claims():
        assert f" {claim} " in said or f"**{claim}**" in said, claim
    for letter, title in FAMILIES.items():
        assert f"## {letter}. {title}" in said
    assert said.count("![") == 1
    assert "D.png" in said


def test_what_did_not_reproduce_stands_before_what_did(found):
    said = page(found, "mine", {})
    against, for_it = (
        said.index(f"## What {what}") for what in ("did not reproduce", "reproduced")
    )
    assert against < said.index("**D2.2**") < for_it < said.index("**D1.2**")
    assert "exploratory*" in said[against:for_it]


def test_negative_and_positive_findings_are_told_alike_and_none_is_told(found):
    points = [line for line in page(found, "mine", {}).splitlines() if line.startswith("- **D")]
    assert [point[:8] for point in points] == ["- **D2.2", "- **D1.2"]
    assert all("; rule: ratio < 1; " in point.replace("&lt;", "<") for point in points)
    nothing = page(table([]), "mine", {})
    for heading in ("did not reproduce", "reproduced"):
        assert f"## What {heading}\n\nNothing here." in nothing


def test_the_page_says_how_it_is_made_again(found):
    assert "`snakemake claims --configfile FILE`" in page(found, "mine", {})


def test_signs_of_markdown_in_names_break_no_table(found):
    (line,) = [x for x in page(found, "mine", {}).splitlines() if x.startswith("| D2.2")]
    assert line.replace("\\|", "").count("|") == 9
    assert "<script>" not in line


@pytest.mark.parametrize("size", [(3000, 9000), (300, 200)])
def test_copies_of_figures_are_small(size, tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "whole.png")
    Reduced(tmp_path / "whole.png").save(tmp_path / "small.png")
    assert (tmp_path / "small.png").stat().st_size <= MOST
    with Image.open(tmp_path / "small.png") as small:
        assert small.height <= 1.5 * small.width
        assert small.width <= size[0]
