"""The code of a step is every definition that it reaches, and only what it means."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from preimage.steps.index import modules
from preimage.study import code
from preimage.study.code import all_definitions, definitions, definitions_digest, step_definitions

STEP = '''"""Draw a grid."""
from tool import look
from tool.names import words


def draw(n, *, big=False):
    """Say how many."""
    from tool.deep import late
    return f"{n:>{late(n)}} {words}" if big else look(n)
'''
FILES = {
    "__init__.py": "",
    "step.py": STEP,
    "look.py": "from . import far as other\n\ndef look(n):\n    return other.VALUE + n\n",
    "far.py": "VALUE = 1\n",
    "names/__init__.py": "from .table import words\n",
    "names/table.py": 'from pathlib import Path\n\nwords = Path("names", "words.csv")\n',
    "names/words.csv": "index,word\n0,circle\n",
    "names/other.csv": "index,word\n0,square\n",
    "deep.py": "def late(n):\n    return n\n",
    "unused.py": "A = 1\n",
}
DRAWN = {
    "tool.step:draw",
    "tool.look:look",
    "tool.far:VALUE",
    "tool.names.table:words",
    "tool.deep:late",
    "tool/names/words.csv",
}


@pytest.fixture
def tool(tmp_path):
    """A package of its own, with a step that imports in every way there is."""
    for name, text in FILES.items():
        (tmp_path / "tool" / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / "tool" / name).write_text(text)
    return tmp_path / "tool"


def digest_of(tool: Path) -> str:
    """The digest that a new process finds."""
    code._package.cache_clear()
    return definitions_digest("tool.step", "draw", tool.parent)


def edit(path: Path, old: str, new: str) -> None:
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def test_a_step_reaches_definitions_however_far_away(tool):
    assert set(definitions("tool.step", "draw", tool.parent)) == DRAWN


def test_the_keys_say_what_changed(tool):
    before = definitions("tool.step", "draw", tool.parent)
    edit(tool / "far.py", "1", "2")
    code._package.cache_clear()
    after = definitions("tool.step", "draw", tool.parent)
    assert {key for key, found in after.items() if found != before[key]} == {"tool.far:VALUE"}


@pytest.mark.parametrize("change", ["step", "look", "far", "names/__init__", "names/table", "deep"])
def test_what_an_import_runs_counts_wherever_it_stands(tool, change):
    before = digest_of(tool)
    path = tool / f"{change}.py"
    path.write_text(f"{path.read_text()}\nprint('new')\n")
    assert digest_of(tool) != before


@pytest.mark.parametrize("change", ["names/__init__", "names/table", "deep"])
def test_a_definition_that_nobody_uses_does_not_count(tool, change):
    before = digest_of(tool)
    path = tool / f"{change}.py"
    path.write_text(f"import os\n{path.read_text()}\nNEW = os.sep\n\ndef new(): ...\n")
    assert digest_of(tool) == before


def test_a_data_file_counts_where_its_name_is_a_literal(tool):
    before = digest_of(tool)
    (tool / "names" / "other.csv").write_text("")
    assert digest_of(tool) == before
    (tool / "names" / "words.csv").write_text("")
    assert digest_of(tool) != before


@pytest.mark.parametrize("name", ["unused.py", "names/new.py"])
def test_modules_that_nobody_imports_do_not_count(tool, name):
    before = digest_of(tool)
    (tool / name).write_text("B = 2\n")
    assert digest_of(tool) == before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""Draw a grid."""\n', ""),
        ('"""Say how many."""', '"""Say it in other words."""'),
        ('    """Say how many."""\n', ""),
        ("\n\ndef draw", "\n\n# why\ndef draw"),
        ("(n, *, big=False)", "(\n    n,\n    *,\n    big=False,\n)"),
        ("(n, *, big=False)", "(n: int, *, big: bool = False) -> str"),
        ("from tool import look", "from tool import (look)"),
        ("from tool.names import words", "from tool.names.table import words"),
        ("    return", "    late: int\n    return"),
        ('f"{n:>{late(n)}} {words}"', "f'{n:>{late(n)}} {words}'"),
    ],
)
def test_what_does_not_change_the_work_does_not_count(tool, old, new):
    before = digest_of(tool)
    edit(tool / "step.py", old, new)
    assert digest_of(tool) == before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("big=False", "big=True"),
        ("else look(n)", "else -look(n)"),
        ("else look(n)", "else look(None)"),
        ("else look(n)", "else (look(n), '')"),
        (" {words}", "{words}"),
        (":>{", ":<{"),
        ("def draw", "@staticmethod\ndef draw"),
        ("import late", "import late as late2"),
    ],
)
def test_what_changes_the_work_counts(tool, old, new):
    before = digest_of(tool)
    edit(tool / "step.py", old, new)
    assert digest_of(tool) != before


def test_the_fields_of_a_class_and_hints_that_a_decorator_reads_count(tool):
    step = tool / "step.py"
    more = "class A:\n    x: int\n\n@register\ndef f(x: int): ...\n"
    step.write_text(f"{STEP.replace('look(n)', 'f(A(n))')}\n\n{more}")
    before = digest_of(tool)
    edit(step, "    x: int", "    x: float")
    changed = digest_of(tool)
    edit(step, "f(x: int)", "f(x: float)")
    assert len({before, changed, digest_of(tool)}) == 3


def test_the_notation_is_the_same_in_every_version_of_python(tool):
    """Written down once; each version that runs the tests must find it again."""
    assert digest_of(tool) == "1403a552d3dcd7af"


def test_a_step_that_is_not_there_is_an_error(tool):
    with pytest.raises(LookupError, match=r"no definition drwa in tool\.step"):
        definitions_digest("tool.step", "drwa", tool.parent)
    with pytest.raises(ModuleNotFoundError, match=r"no module tool\.stpe in "):
        definitions("tool.stpe", "draw", tool.parent)


def test_torch_is_not_needed():
    """The workflow is planned without it, so in a moment."""
    look = "import sys, preimage.study.code; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", look], check=True)


def test_every_step_of_the_package_has_a_digest_of_its_own():
    names = modules()
    found = {name: step_definitions(name) for name in names}
    assert len({str(digests) for digests in found.values()}) == len(names)
    assert all(f"{module}:{name}" in found[name] for name, module in names.items())


@pytest.mark.parametrize("nonsense", ["[]", "{", "3", '{"sources": SOURCES, "steps": []}'])
def test_what_was_known_of_the_code_may_be_broken(tmp_path, nonsense):
    known = tmp_path / "code.json"
    found = all_definitions(known)
    sources = json.dumps(json.loads(known.read_text())["sources"])
    known.write_text(nonsense.replace("SOURCES", sources))
    assert all_definitions(known) == found


def test_what_every_step_writes_with_counts_for_it():
    assert "preimage.tables.parquet:write_table" in step_definitions("tabulate_items")
    assert "preimage.tables.parquet:read_tables" in step_definitions("tabulate_items")
    assert "preimage.figures.style:plot" in step_definitions("draw_training")
