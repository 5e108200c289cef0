"""How a step ends, and what goes to its log and to the screen."""

import argparse
import logging

import pytest

from preimage.errors import UserError
from preimage.steps import cli


@pytest.fixture
def run(tmp_path):
    def run(main, log=tmp_path / "logs" / "step.log"):
        return cli.run(main, argparse.ArgumentParser(), ["--log", str(log)])

    return run


def test_a_users_mistake_is_a_message_on_screen_and_a_traceback_in_the_log(run, capsys, tmp_path):
    def main(_):
        raise UserError("no class 'tensch'")

    assert run(main) == 2
    assert capsys.readouterr().err == "error: no class 'tensch'\n"
    log = (tmp_path / "logs" / "step.log").read_text()
    assert "Traceback" in log
    assert "no class 'tensch'" in log


def test_any_other_exception_is_passed_on_and_is_in_the_log(run, capsys, tmp_path):
    def main(_):
        raise ZeroDivisionError("ours")

    with pytest.raises(ZeroDivisionError):
        run(main)
    assert capsys.readouterr().err == ""  # the interpreter prints it
    assert "ZeroDivisionError: ours" in (tmp_path / "logs" / "step.log").read_text()


def test_warnings_are_on_screen_and_the_rest_in_the_log_alone(run, capsys, tmp_path):
    def main(_):
        logging.getLogger("preimage.x").info("a detail")
        logging.getLogger("preimage.x").warning("a doubt")

    assert run(main) == 0
    assert capsys.readouterr().err == "warning: a doubt\n"
    log = (tmp_path / "logs" / "step.log").read_text()
    assert "a detail" in log
    assert "a doubt" in log


def test_a_run_leaves_logging_as_it_was(run, monkeypatch):
    monkeypatch.setattr(logging.root, "level", logging.ERROR)
    before = logging.ERROR, list(logging.root.handlers)
    run(lambda _: None)
    assert (logging.root.level, logging.root.handlers) == before


@pytest.mark.parametrize("word", ["0", "-1", "two", "1.5", ""])
def test_counts_are_whole_numbers_above_0(capsys, word):
    parser = argparse.ArgumentParser()
    parser.add_argument("--batch", type=cli.positive)
    assert parser.parse_args(["--batch", "8"]).batch == 8
    with pytest.raises(SystemExit):
        parser.parse_args(["--batch", word])
    assert f"argument --batch: {word!r} is no whole number above 0" in capsys.readouterr().err


def test_a_log_that_cannot_be_written_is_a_users_mistake(run, capsys, tmp_path):
    (tmp_path / "file").write_text("")
    assert run(lambda _: pytest.fail("work began"), tmp_path / "file" / "log") == 2
    assert capsys.readouterr().err.startswith(f"error: --log {tmp_path / 'file' / 'log'} cannot")


def test_a_file_that_cannot_be_written_is_a_message(run, capsys, tmp_path):
    def main(args):
        (tmp_path / "missing" / "out.txt").write_text("all")

    assert run(main) == 2
    assert (
        capsys.readouterr().err == f"error: {tmp_path}/missing/out.txt: No such file or directory\n"
    )


def test_the_log_leaves_out_what_libraries_chatter(run, tmp_path):
    def main(_):
        logging.getLogger("fontTools.subset").info("pruned a glyph")
        logging.getLogger("fontTools.subset").warning("a glyph is missing")
        logging.getLogger("__main__").info("ours")

    assert run(main) == 0
    log = (tmp_path / "logs" / "step.log").read_text()
    assert "pruned" not in log
    assert "a glyph is missing" in log
    assert "ours" in log
