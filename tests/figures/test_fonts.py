"""Names of any script are drawn as they are, where this machine has a font for them."""

import logging

import pytest
from matplotlib.ft2font import FT2Font

from preimage.figures import sheet
from preimage.figures.fonts import NAME, families, lacking, own_font, whole
from preimage.figures.style import plot

BOLD = "𝐀𝐁"  # which Matplotlib has a font for


def test_what_the_usual_font_has_is_in_the_usual_font():
    for text in ("Größe, кот", "a[7] − b → c\n"):
        assert families(text) == [NAME]
        assert whole(text) is None


def test_other_letters_are_in_a_font_that_has_them():
    assert lacking(f"{BOLD} of cats") == {*BOLD}
    assert len(families(f"{BOLD} of cats")) == 2
    letters = FT2Font(whole(f"{BOLD} of cats")).get_charmap()
    assert {*map(ord, f"{BOLD}cats")} <= letters.keys()
    own = FT2Font(str(own_font())).get_charmap()
    assert ord(BOLD[0]) not in own


def test_letters_that_no_font_has_are_a_word(caplog):
    with caplog.at_level(logging.WARNING):
        assert families("\U000e0123 x") == [NAME]
        assert whole("\U000e0123 x") is None
    assert "no font of this machine has \U000e0123: figures show boxes" in caplog.text
    assert len(caplog.records) == 1


def test_plots_and_sheets_take_it(tmp_path, monkeypatch):
    with plot(tmp_path / "a.png", {}, height=2) as figure:
        axes = figure.subplots()
        title = axes.set_title(f"{BOLD} and cats")
        axes.plot([1, 2])
    assert len(title.get_fontfamily()) == 2
    assert axes.yaxis.get_ticklabels()[0].get_fontfamily() == [NAME]

    used = []
    real = sheet.ImageFont.truetype
    monkeypatch.setattr(
        sheet.ImageFont,
        "truetype",
        lambda file, *a, **o: (used.append(file), real(file, *a, **o))[1],
    )
    sheet._opened.cache_clear()
    sheet.sheet([sheet.Tile(f"{BOLD} cats", None, status="lost")], columns=1, side=64, heading="")
    assert whole(f"{BOLD} cats") in used


@pytest.mark.parametrize("bold", [False, True])
def test_the_usual_font_comes_with_matplotlib(bold):
    assert own_font(bold=bold).is_file()
