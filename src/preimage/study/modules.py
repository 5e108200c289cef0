"""Modules and packages of anyone, found by name and known by content or version. No torch.

Nothing is imported here: a study is planned without running a line of the user's code.
"""

import ast
import hashlib
import importlib
import sys
import sysconfig
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec, resolve_name
from pathlib import Path

import preimage
from preimage.errors import UserError
from preimage.study.keys import digest

_INSTALLED = {"site-packages", "dist-packages"}
_OWN = Path(preimage.__file__).parent


def source_digest(builder: str, folder: str | Path = ".") -> str:
    """Return what stands for the code of `package.module:callable`, 16 hexadecimal digits.

    An installed package counts by its version. A module of the user's, which may be in `folder`,
    counts by the content of its file and of all files of the user's that it imports, and these
    import. Not seen are modules imported by a name made at run time, and files that are read.
    Raises UserError where there is no such module.
    """
    module = builder.partition(":")[0]
    importlib.invalidate_caches()  # of files that have just been written
    if (spec := _found(module, str(Path(folder).absolute()))) is None:
        raise UserError(
            f"there is no module {module!r}, neither in the folder {Path(folder).absolute()} nor "
            "installed: `module:` is package.module:callable, as Python imports it"
        )
    if _is_installed(spec):
        return digest(_version(module.partition(".")[0]))
    return digest(_closure(module, str(Path(folder).absolute())))


def _closure(module: str, folder: str) -> dict[str, str]:
    """Return the SHA-256 of the user's files behind a module, by the names of their modules."""
    found: dict[str, str] = {}
    waiting = [module]
    while waiting:
        for name in _with_parents(waiting.pop()):
            spec = None if name in found else _found(name, folder)
            if spec is None or _is_installed(spec):
                continue
            content = _content(spec)
            found[name] = hashlib.sha256(content).hexdigest()
            is_package = spec.submodule_search_locations is not None
            waiting += _imported(content, name if is_package else name.rpartition(".")[0])
    return found


def _with_parents(name: str) -> list[str]:
    """Return a.b.c as a, a.b, a.b.c: importing it runs all three."""
    parts = name.split(".")
    return [".".join(parts[: i + 1]) for i in range(len(parts))]


def _content(spec: ModuleSpec) -> bytes:
    try:
        return Path(spec.origin or "").read_bytes()
    except OSError:  # a folder without __init__.py, or no file at all
        return b""


def _imported(content: bytes, package: str) -> Iterator[str]:
    """Yield the names of what may be modules in the import statements of a file of a package."""
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError):  # told when it is imported, or no Python at all
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            try:
                base = resolve_name(base, package)
            except ImportError:  # told when it is imported
                continue
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _found(name: str, folder: str) -> ModuleSpec | None:
    """Return where Python would find a module, which is looked for in `folder` first."""
    parent, _, last = name.rpartition(".")
    if not parent:
        return PathFinder.find_spec(name, [folder, *sys.path]) or _found_by_any(name)
    above = _found(parent, folder)
    if above is None or above.submodule_search_locations is None:
        return None
    # By its last name, for a folder without __init__.py asks the imported one above it.
    return PathFinder.find_spec(last, list(above.submodule_search_locations))


def _found_by_any(name: str) -> ModuleSpec | None:
    """Ask whoever finds modules besides, as packages do that are installed to be edited."""
    try:
        return find_spec(name)
    except (ImportError, ValueError):
        return None


def _is_installed(spec: ModuleSpec) -> bool:
    """Whether a module comes with Python, with a package, or with this project."""
    places = [spec.origin or "", *(spec.submodule_search_locations or ())]
    paths = [Path(place) for place in places if place not in ("", "built-in", "frozen")]
    return not paths or any(
        _INSTALLED & {*path.parts} or _is_below(path, _standard_library()) or _is_below(path, _OWN)
        for path in paths
    )


def _is_below(path: Path, folder: Path) -> bool:
    return folder in (path, *path.parents)


@cache
def _standard_library() -> Path:
    return Path(sysconfig.get_path("stdlib"))


def _version(package: str) -> list[str]:
    """Return the distributions that a package comes from, each with its version."""
    try:
        return [f"{package} {metadata.version(package)}"]
    except metadata.PackageNotFoundError:
        names = metadata.packages_distributions().get(package, [])
        return sorted(f"{name} {metadata.version(name)}" for name in {*names}) or [package]
