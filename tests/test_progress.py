"""Progress that stays readable in a log."""

import io
import sys

from preimage.progress import progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_log_gets_plain_lines(capsys):
    assert list(progress(range(1000), "steps")) == list(range(1000))
    shown = capsys.readouterr().err
    assert "\r" not in shown
    assert "\x1b" not in shown
    first, last = shown.splitlines()
    assert first.startswith("steps:   0%")
    assert last.startswith("steps: 100%")
    assert "1000/1000" in last


def test_bars_within_bars_are_lines_too(capsys):
    for _ in progress(range(2), "outer"):
        list(progress(range(3), "inner"))
    lines = capsys.readouterr().err.splitlines()
    assert "\x1b" not in "".join(lines)
    assert all(line.startswith(("outer:", "inner:")) for line in lines)


def test_a_terminal_gets_a_bar_in_one_place(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    list(progress(range(3), "steps"))
    assert sys.stderr.getvalue().count("\n") == 1
    assert "\rsteps: 100%" in sys.stderr.getvalue()


def test_bytes_are_counted_to_a_total_or_without_one(capsys):
    with progress(2_000_000, "net.pth", "B") as bar:
        bar.update(2_000_000)
    assert "2.00M/2.00M" in capsys.readouterr().err
    with progress(None, "net.pth", "B") as bar:
        bar.update(3_000)
    assert "3.00kB" in capsys.readouterr().err


def test_what_an_earlier_run_has_counted_makes_this_one_no_faster(capsys):
    with progress(1000, "steps", done=900) as bar:
        bar.update(0)
        assert bar.format_dict["initial"] == bar.n == bar.last_print_n == 900
    assert "900/1000" in capsys.readouterr().err


def test_silence(capsys):
    list(progress(range(3), "steps", silent=True))
    assert capsys.readouterr().err == ""
