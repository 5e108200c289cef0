"""The README and the pages of docs/, what they show, and what makes some of them."""

import importlib.util
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = {
    page: page.read_text(encoding="utf-8")
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
}
"""The text of each page by its file."""

_FENCED = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"^ {4,}(?=\S)(?!\s*[-*|] |\s*\d+\. )(.*)$", re.MULTILINE)


def without_code(text: str) -> str:
    """Return a page without its blocks of code, and what is code within its lines."""
    return re.sub(r"`[^`\n]*`", "", _FENCED.sub("", text))


def anchors(text: str) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", _FENCED.sub("", text), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


def fenced(text: str, language: str) -> list[str]:
    """Return the blocks of code of a language, without their indentation in a list."""
    return [
        re.sub(rf"^{indent}", "", code, flags=re.MULTILINE)
        for indent, found, code in _FENCED.findall(text)
        if found == language
    ]


def commands() -> list[str]:
    """Return the command lines of all pages, each once, without what is said behind them."""
    lines = [line for text in PAGES.values() for line in _INDENTED.findall(_FENCED.sub("", text))]
    words = ("snakemake", "preimage", "python", "make", "source", "pip", "pytest")
    found = (re.sub(r" +#.*", "", line).rstrip() for line in lines)
    return list(dict.fromkeys(line for line in found if line.partition(" ")[0] in words))


def _module() -> object:
    spec = importlib.util.spec_from_file_location("make", ROOT / "docs" / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


make = _module()
