"""The look of all figures: text is text, whatever names it holds."""

import pytest

from preimage.figures.style import plot


@pytest.mark.parametrize("name", [r"q $\nope$", "two $ for $x$", "one $", r"\$ and _{^"])
def test_names_are_drawn_as_they_are(tmp_path, name):
    with plot(tmp_path / "a.png", {}, height=2) as figure:
        axes = figure.subplots()
        axes.set(title=name, xlabel=name)
        axes.plot([1, 2], [1, 2], label=name)
        axes.legend()
    assert not axes.xaxis.label.get_parse_math()
    assert (tmp_path / "a.pdf").is_file()


@pytest.mark.parametrize("name", ["of a network", "$5_$10"])
def test_a_long_title_stays_in_its_figure(tmp_path, name):
    with plot(tmp_path / "a.png", {}, height=3, width=3) as figure:
        figure.suptitle(f"nearest neighbours of classes in the logits {name} " * 2)
        part = figure.subfigures(2, 1)[0]
        part.suptitle("a part of the figure with a title that is too long for it as well")
        part.subplots()
    for title in (*figure.texts, *part.texts):
        box = title.get_window_extent()
        assert box.x0 >= 0
        assert box.x1 <= figure.bbox.width


def test_logarithmic_axes_need_no_mathematics(tmp_path):
    with plot(tmp_path / "a.png", {}, height=2) as figure:
        wide, narrow = figure.subplots(1, 2)
        wide.loglog([1e-5, 1e4], [1e-3, 1e3])
        narrow.semilogy([1, 2], [2.2, 4.1])
    shown = [label.get_text() for label in wide.get_xticklabels()]
    assert {"10⁻⁴", "10²"} <= {*shown}
    few = [label.get_text() for label in narrow.get_yticklabels(minor=True)]
    assert "3 × 10⁰" in few
    assert not [text for text in [*shown, *few] if "$" in text]
