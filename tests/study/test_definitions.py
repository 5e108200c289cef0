"""What a definition reaches: everything that it needs, however it is named, and nothing else.

To change a number 1.. of a small package must change the digest of its entry, to change a number
9.. must not.
"""

import re
import textwrap
from pathlib import Path

import pytest
from packages import NAMED, RUN

from preimage.study import code


def digest_of(folder: Path) -> str:
    """The digest that a new process finds."""
    code._package.cache_clear()
    return code.definitions_digest("preimage.step", "run", folder)


def written(text: str, folder: Path) -> dict[Path, str]:
    """Write down a case as a package; return its files."""
    package = folder / "preimage"
    files = {"__init__.py": ""}
    for part in re.split("^== ", textwrap.dedent(text), flags=re.MULTILINE)[1:]:
        name, _, content = part.partition("\n")
        files[name if "." in name else f"{name}.py"] = content
    found = {package / name: content for name, content in files.items()}
    for path, content in found.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return found


CASES = NAMED | RUN


@pytest.mark.parametrize("case", CASES)
def test_just_what_is_reached_counts(tmp_path, case):
    files = written(CASES[case], tmp_path)
    before = digest_of(tmp_path)
    counted, others = set(), set()
    for path, content in files.items():
        for number in re.findall(r"(?<!\d)[19]\d\d(?!\d)", content):
            path.write_text(re.sub(rf"(?<!\d){number}(?!\d)", "777", content))
            (others if digest_of(tmp_path) == before else counted).add(number)
            path.write_text(content)
    assert not [number for number in counted if number[0] == "9"]
    assert not [number for number in others if number[0] == "1"]
