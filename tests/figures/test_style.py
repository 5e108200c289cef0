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
