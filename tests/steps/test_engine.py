"""A step is its signature: words, plans, tables and files in; tables, figures, messages out."""

import hashlib
import json
import logging
import re
import subprocess
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import msgspec
import pandas as pd
import pytest

from preimage.__main__ import main
from preimage.errors import UserError
from preimage.plans import Plan
from preimage.steps.computing import Machine
from preimage.steps.engine import step
from preimage.steps.index import modules
from preimage.steps.reading import NewFile, Pictures, Rows
from preimage.steps.writing import FIGURE, FIGURES
from preimage.tables.columns import REAL, TEXT, Column, Table
from preimage.tables.parquet import read_metadata, read_table, write_table

COLUMNS = (Column("name", TEXT, "what it is called"), Column("value", REAL, "how much"))
SMALL = Table("small", "one thing", COLUMNS)
LARGE = Table("large", "one thing of many", COLUMNS, large=True)
ROWS = pd.DataFrame({"name": ["a", "b"], "value": [1.0, 2.0]})


class Rates(Plan):
    """How fast: name: slow, rates: [0.1, 0.2]."""

    name: str
    rates: list[float]


PLAN = {"rates": [1e-05, 2e16, 0.5], "name": "dé:jà"}


def write_plan(path):
    path.write_text(json.dumps(PLAN))
    return path


def call(a_step, *words):
    return a_step.main([str(word) for word in words])


def doing(action):
    """Return a step that does that and writes nothing."""

    @step()
    def act() -> None:
        """Act."""
        action()

    return act


@pytest.fixture
def run(tmp_path):
    def run(action, log=tmp_path / "logs" / "step.log"):
        return call(doing(action), "--log", log)

    return run


def said(name, level, message):
    return lambda: logging.getLogger(name).log(level, message)


def failing(error):
    def fail():
        raise error

    return fail


# How a step ends, and what goes to its log and to the screen.


def test_a_users_mistake_is_a_message_on_screen_and_a_traceback_in_the_log(run, capsys, tmp_path):
    assert run(failing(UserError("no class 'tensch'"))) == 2
    assert capsys.readouterr().err == "error: no class 'tensch'\n"
    log = (tmp_path / "logs" / "step.log").read_text()
    assert "Traceback" in log
    assert "no class 'tensch'" in log


def test_any_other_exception_is_passed_on_and_is_in_the_log(run, capsys, tmp_path):
    with pytest.raises(ZeroDivisionError):
        run(failing(ZeroDivisionError("ours")))
    assert capsys.readouterr().err == ""  # the interpreter prints it
    assert "ZeroDivisionError: ours" in (tmp_path / "logs" / "step.log").read_text()


def test_warnings_are_on_screen_and_the_rest_in_the_log_alone(run, capsys, tmp_path):
    def speak():
        said("preimage.x", logging.INFO, "a detail")()
        said("preimage.x", logging.WARNING, "a doubt")()

    assert run(speak) == 0
    assert capsys.readouterr().err == "warning: a doubt\n"
    log = (tmp_path / "logs" / "step.log").read_text()
    assert "a detail" in log
    assert "a doubt" in log
    assert "act {'log'" in log  # what ran, and how it was told to


def test_a_run_leaves_logging_as_it_was(run, monkeypatch):
    monkeypatch.setattr(logging.root, "level", logging.ERROR)
    before = logging.ERROR, list(logging.root.handlers)
    run(lambda: None)
    assert (logging.root.level, logging.root.handlers) == before


def test_the_log_leaves_out_what_libraries_chatter(run, tmp_path):
    def speak():
        said("fontTools.subset", logging.INFO, "pruned a glyph")()
        said("fontTools.subset", logging.WARNING, "a glyph is missing")()
        said("__main__", logging.INFO, "ours")()

    assert run(speak) == 0
    log = (tmp_path / "logs" / "step.log").read_text()
    assert "pruned" not in log
    assert "a glyph is missing" in log
    assert "ours" in log


def test_a_log_that_cannot_be_written_is_a_users_mistake(run, capsys, tmp_path):
    (tmp_path / "file").write_text("")
    assert run(lambda: pytest.fail("work began"), tmp_path / "file" / "log") == 2
    assert capsys.readouterr().err.startswith(f"error: --log {tmp_path / 'file' / 'log'} cannot")


def test_a_file_that_cannot_be_written_is_a_message(run, capsys, tmp_path):
    missing = tmp_path / "missing" / "out.txt"
    assert run(lambda: missing.write_text("all")) == 2
    assert capsys.readouterr().err == f"error: {missing}: No such file or directory\n"


# What is read.


def test_a_plan_that_is_not_there_is_a_message(tmp_path, capsys):
    assert call(tabulate, *needed(tmp_path, plan=tmp_path / "none.json")) == 2
    assert "none.json cannot be read: [Errno 2] No such file" in capsys.readouterr().err


@step(small=SMALL)
def tabulate(plan: Rates, rows: Rows[SMALL], more: Rows[LARGE] = ()) -> pd.DataFrame:
    """Write rows, and more of them."""
    named = rows.assign(name=plan.name)
    return named if more.empty else pd.concat([named, more])


def needed(folder, **files):
    """Return the words that `tabulate` needs, with these in the place of others."""
    files = {"plan": folder / "plan.json", "rows": folder / "rows"} | files
    write_plan(folder / "plan.json")
    write_table(ROWS, folder / "rows", SMALL)
    words = [word for name, file in files.items() for word in (f"--{name}", file)]
    return [*words, "--small", folder / "out"]


def test_tables_are_read_one_after_the_other_and_may_be_none_with_a_default(tmp_path):
    words = needed(tmp_path)
    write_table(ROWS, tmp_path / "more", LARGE)
    for more, names in (
        ([], ["dé:jà"] * 2),
        (["--more"], ["dé:jà"] * 2),
        (["--more", tmp_path / "more", tmp_path / "more"], [*["dé:jà"] * 2, *"abab"]),
    ):
        assert call(tabulate, *words, *more) == 0
        assert list(read_table(tmp_path / "out", SMALL).name) == names


@pytest.mark.parametrize("lacking", ["--rows", "--plan", "--small"])
def test_what_has_no_default_must_be_given(tmp_path, capsys, lacking):
    words = needed(tmp_path)
    at = words.index(lacking)
    with pytest.raises(SystemExit) as ended:
        call(tabulate, *words[:at], *words[at + 2 :])
    assert ended.value.code == 2
    assert f"required: {lacking}" in capsys.readouterr().err


def test_a_file_of_another_table_is_a_message(tmp_path, capsys):
    other = Table("other", "one", COLUMNS[:1])
    write_table(ROWS[["name"]], tmp_path / "other", other)
    assert call(tabulate, *needed(tmp_path, rows=tmp_path / "other")) == 2
    assert "other: the table small lacks value" in capsys.readouterr().err


def test_the_beginning_of_a_word_is_not_taken_for_it(tmp_path, capsys):
    with pytest.raises(SystemExit):
        call(tabulate, *needed(tmp_path), "--mor", tmp_path / "rows")
    assert "unrecognized arguments: --mor" in capsys.readouterr().err


def test_pictures_are_two_files_a_block(tmp_path, capsys):
    @step()
    def look_at(pictures: Pictures) -> None:
        """Look."""

    words = ("--images", tmp_path / "a", tmp_path / "b", "--item-tables", tmp_path / "a.items")
    assert call(look_at, *words) == 2
    assert "2 files of images, 1 of items" in capsys.readouterr().err


@step()
def say(
    *,
    file: Path,
    files: list[Path],
    perhaps: Path | None = None,
    others: list[Path] = (),
    how_many: int = 2,
    word: str = "none",
    really: bool = False,
) -> None:
    """Say what was given."""
    print(json.dumps([file, files, perhaps, others, how_many, word, really], default=str))


@pytest.mark.parametrize(
    ("words", "given"),
    [
        ([], [None, [], 2, "none", False]),
        (["--perhaps", "c", "--others", "--how-many", "9"], ["c", [], 9, "none", False]),
        (["--others", "d", "e f", "--word", "$x", "--really"], [None, ["d", "e f"], 2, "$x", True]),
    ],
)
def test_files_words_and_numbers_are_what_the_signature_says(words, given, capsys):
    assert call(say, "--file", "a", "--files", "b", *words) == 0
    assert json.loads(capsys.readouterr().out) == ["a", ["b"], *given]


@pytest.mark.parametrize("word", ["0", "-1", "two", "1.5", ""])
def test_counts_are_whole_numbers_above_0(capsys, word):
    with pytest.raises(SystemExit):
        call(say, "--file", "a", "--files", "b", f"--how-many={word}")
    said = f"argument --how-many: {word!r} is no whole number above 0"
    assert said in capsys.readouterr().err


# What is written.


@dataclass(frozen=True)
class Text:
    """What saves itself, as plots and pictures do."""

    text: str

    def save(self, path):
        path.write_text(self.text)


def test_a_step_is_still_a_function(tmp_path):
    assert tabulate(Rates(**PLAN), ROWS, ROWS[:0]).name.tolist() == ["dé:jà"] * 2
    assert not list(tmp_path.iterdir())


def test_several_outputs_are_returned_in_the_order_of_their_names(tmp_path):
    @step(small=SMALL, figure=FIGURE, large=LARGE)
    def draw() -> tuple[pd.DataFrame, Text, pd.DataFrame]:
        """Draw."""
        return ROWS, Text("drawn"), ROWS[:1]

    names = ("small", "figure", "large")
    assert draw.written == list(names)
    assert call(draw, *(w for name in names for w in (f"--{name}", tmp_path / name))) == 0
    assert len(read_table(tmp_path / "small", SMALL)) == 2
    assert len(read_table(tmp_path / "large", LARGE)) == 1
    assert (tmp_path / "figure").read_text() == "drawn"


def test_figures_are_made_one_by_one_and_take_the_paths_in_their_order(tmp_path):
    there = []

    @step(sheets=FIGURES, none=FIGURES)
    def draw() -> tuple:
        """Draw."""

        def one(text):
            there.append(sorted(path.name for path in tmp_path.iterdir()))
            return Text(text)

        return map(one, "xyz"), []

    paths = [tmp_path / name for name in "bca"]
    assert call(draw, "--sheets", *paths, "--none") == 0
    assert [path.read_text() for path in paths] == [*"xyz"]
    assert there == [[], ["b"], ["b", "c"]]
    for wrong in (paths[:2], [*paths, tmp_path / "d"]):
        with pytest.raises(ValueError, match="argument 2 is"):
            call(draw, "--sheets", *wrong, "--none")


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_small_table_carries_the_plan_and_the_digests_of_large_files(tmp_path):
    @step(small=SMALL, large=LARGE)
    def measure(
        plan: Rates, machine: Machine, images: NewFile
    ) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Measure."""
        images.write_text(f"at most {machine.batch} of {plan.name}")
        return ROWS, ROWS

    assert measure.written == ["images", "small", "large"]
    files = {"--images": tmp_path / "x.safetensors"}
    files |= {"--small": tmp_path / "small.parquet", "--large": tmp_path / "large.parquet"}
    words = [word for pair in files.items() for word in pair]
    plan = write_plan(tmp_path / "plan")
    assert call(measure, "--plan", plan, "--device", "cpu", "--batch", 5, *words) == 0
    assert files["--images"].read_text() == "at most 5 of dé:jà"
    about = read_metadata(files["--small"])
    assert msgspec.convert(json.loads(about["plan"]), Rates) == Rates(**PLAN)
    assert about["device"] == "cpu"
    assert about["sha256 of x.safetensors"] == sha256(files["--images"])
    assert about["sha256 of large.parquet"] == sha256(files["--large"])  # declared after it
    assert "sha256 of small.parquet" not in read_metadata(files["--large"])


# All steps.


def test_without_words_all_steps_are_listed(capsys):
    assert main([]) == 0
    listed = capsys.readouterr().out
    assert main(["--help"]) == 0
    assert capsys.readouterr().out == listed
    for name in modules():
        (line,) = (line for line in listed.splitlines() if line.split()[:1] == [name])
        assert len(line.split()) > 3  # with what it does
    assert all(len(line) <= 130 for line in listed.splitlines())


def test_what_steps_do_is_said_to_its_end(capsys):
    main(["--help"])
    (line,) = (line for line in capsys.readouterr().out.splitlines() if "  build_network " in line)
    assert line.endswith("Build a network, give it its weights, and write it as .safetensors")


def test_the_version_is_told(capsys):
    assert main(["--version"]) == 0
    assert re.fullmatch(r"preimage \d+\.\d+\.\d+\n", capsys.readouterr().out)


@pytest.mark.parametrize("name", ["merge_network", "memorise_noise", "train_network"])
def test_the_help_of_a_network_says_what_all_networks_have(name, capsys):
    with pytest.raises(SystemExit):
        main([name, "--help"])
    printed = " ".join(capsys.readouterr().out.split())
    assert printed.index("A network: {name: mine,") < printed.index("A network as above")
    assert "--network OUT.safetensors" in printed


def test_a_step_that_is_not_there_is_told_from_those_that_are(capsys):
    assert main(["tabulate_oposites", "--plan", "x"]) == 2
    said = capsys.readouterr()
    assert said.err.startswith("error: there is no step 'tabulate_oposites' (did you mean tabu")
    assert said.out == ""


@pytest.mark.parametrize("name", sorted(modules()))
def test_every_step_says_how_it_is_called(name, capsys):
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    printed = " ".join(capsys.readouterr().out.split())
    a_step = getattr(import_module(modules()[name]), name)
    assert printed.startswith(f"usage: python -m preimage {name} ")
    assert " ".join(a_step.__doc__.splitlines()[0].split()) in printed
    assert all(f"--{output.replace('_', '-')} " in printed for output in a_step.written)
    assert {*a_step.inputs}.isdisjoint(a_step.outputs)  # a rule has one name for one file


def test_what_draws_and_tabulates_does_not_import_torch():
    light = {m for n, m in modules().items() if n.startswith(("draw", "tabulate", "settle"))}
    loaded = "; ".join(["import sys", *(f"import {module}" for module in sorted(light))])
    told = "print([m for m in ('torch', 'torchvision') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", f"{loaded}; {told}"], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("words", ["--help", "layers squeezenet1_1 --size 64"])
def test_who_reads_the_first_line_alone_is_told_of_no_error(words):
    command = f"{sys.executable} -m preimage {words} | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""
