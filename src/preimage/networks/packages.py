"""Files that installed packages bring with them, weights above all. No torch, no import of them."""

import sys
from importlib import metadata
from importlib.machinery import PathFinder
from pathlib import Path

from preimage.errors import UserError, near_matches


def package_file(package: str, file: str) -> Path:
    """Return a file of an installed package: `package` as it is imported, or as it is installed.

    `file` is its path inside the package's folder. Raises UserError where there is none.
    """
    folders = _folders(package)
    if not folders:
        raise UserError(f"no package {package!r} is installed, as it is imported or as it is named")
    for folder in folders:
        path = folder / file
        if path.is_file() and path.resolve().is_relative_to(folder.resolve()):
            return path
    there = [str(p.relative_to(f)) for f in folders for p in sorted(f.rglob("*")) if p.is_file()]
    there = [name for name in there if not name.endswith((".py", ".pyc"))]
    near = near_matches(file, there) or f"; it has {', '.join(there[:3])}" * bool(there)
    raise UserError(f"the package {package} has no file {file!r} in {folders[0]}{near}")


def _folders(package: str) -> list[Path]:
    """Return the folders of an installed package."""
    spec = PathFinder.find_spec(package, sys.path) if package.isidentifier() else None
    if spec is not None and spec.submodule_search_locations:
        return [Path(place) for place in spec.submodule_search_locations]
    try:
        known = metadata.distribution(package)
    except (metadata.PackageNotFoundError, ValueError):
        return []
    tops = {file.parts[0] for file in known.files or () if len(file.parts) > 1}
    places = [Path(str(known.locate_file(top))) for top in sorted(tops)]
    return [
        place
        for place in places
        if place.is_dir() and not place.name.endswith((".dist-info", ".egg-info"))
    ]
