"""What stands for the code of a network's module: the user's files that it runs, or a version."""

import json
import subprocess
import sys
from importlib import metadata

import pytest

from preimage.errors import UserError
from preimage.networks.packages import package_file
from preimage.study.modules import source_digest

FILES = {
    "nets.py": "import os\nimport shared.blocks\nfrom torch import nn\nfrom heads import Head\n",
    "shared/__init__.py": "",
    "shared/blocks.py": "from . import sizes\nfrom .deep.norms import norm\n",
    "shared/sizes.py": "WIDTH = 3\n",
    "shared/deep/norms.py": "def norm():\n    from heads import Head\n",
    "shared/other.py": "WIDTH = 4\n",
    "heads.py": "import nets\nHead = 1\n",
    "unrelated.py": "import nets\n",
}
SEEN = ["nets.py", "heads.py", "shared/__init__.py", "shared/blocks.py", "shared/sizes.py"]
SEEN += ["shared/deep/norms.py"]


@pytest.fixture
def folder(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize("name", SEEN)
def test_what_a_module_imports_counts(folder, name):
    before = source_digest("nets:Small", folder)
    (folder / name).write_text(FILES[name] + "\nNEW = 1\n")
    assert source_digest("nets:Small", folder) != before


@pytest.mark.parametrize("name", sorted(FILES.keys() - SEEN))
def test_what_it_does_not_import_counts_for_nothing(folder, name):
    before = source_digest("nets:Small", folder)
    (folder / name).write_text("NEW = 1\n")
    (folder / "one_more.py").write_text("NEW = 1\n")
    assert source_digest("nets:Small", folder) == before


def test_where_the_folder_is_and_what_is_called_count_for_nothing(folder, tmp_path_factory):
    moved = tmp_path_factory.mktemp("moved") / "project"
    before = source_digest("nets:Small", folder)
    folder.rename(moved)
    assert source_digest("nets:Small.narrow", moved) == before
    moved.rename(folder)


def test_a_module_inside_a_package_runs_the_packages_above_it(folder):
    before = source_digest("shared.deep.norms:norm", folder)
    (folder / "shared/__init__.py").write_text("import unrelated\n")
    assert source_digest("shared.deep.norms:norm", folder) != before


def test_an_installed_package_counts_by_its_version(folder, monkeypatch):
    """Of others than the user's, no file is read."""
    before = source_digest("networkx:Graph", folder)
    assert source_digest("networkx.classes:Graph", folder) == before
    (folder / "nets.py").write_text("import networkx\n")
    own = source_digest("nets:Small", folder)
    known = metadata.version
    monkeypatch.setattr(metadata, "version", lambda name: f"{known(name)}.post1")
    assert source_digest("networkx:Graph", folder) != before
    assert source_digest("nets:Small", folder) == own


def test_a_package_may_be_installed_under_another_name(folder):
    assert source_digest("yaml:Loader", folder) != source_digest("PIL:Image", folder)


def test_a_module_of_the_folder_goes_before_an_installed_one(folder):
    before = source_digest("networkx:Graph", folder)
    (folder / "networkx.py").write_text("Graph = 1\n")
    assert source_digest("networkx:Graph", folder) != before


def test_a_file_that_is_no_python_counts_by_its_content(folder):
    (folder / "heads.py").write_text("class Head(:\n")
    before = source_digest("nets:Small", folder)
    (folder / "heads.py").write_text("class Head(::\n")
    assert source_digest("nets:Small", folder) != before


@pytest.mark.parametrize("name", ["nots:Small", "nets.inner:Small", "shared.blocs:f", "no.where:f"])
def test_a_module_that_is_not_there_is_missed(folder, name):
    module = name.partition(":")[0]
    with pytest.raises(UserError, match=f"there is no module '{module}', neither in the folder"):
        source_digest(name, folder)


def test_nothing_is_imported(folder):
    """Neither the module, nor what it imports, nor torch."""
    (folder / "nets.py").write_text("import heads, torch\nraise SystemExit('it ran')\n")
    program = "import sys, json; from preimage.study.modules import source_digest as d; d('nets:S')"
    done = subprocess.run(
        [sys.executable, "-c", f"{program}; print(json.dumps([*sys.modules]))"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert not {"nets", "heads", "torch", "numpy"} & {*json.loads(done.stdout)}


@pytest.mark.parametrize("package", ["imageio_ffmpeg", "imageio-ffmpeg"])
def test_a_file_of_a_package_is_found_by_either_name(package):
    found = package_file(package, "binaries/README.md")
    assert found.is_file()
    assert found.parts[-3:] == ("imageio_ffmpeg", "binaries", "README.md")


@pytest.mark.parametrize(
    ("package", "file", "message"),
    [
        ("imageio_ffmpeg", "binaries/READ.md", r"has no file .*did you mean binaries/README\.md"),
        ("imageio_ffmpeg", "../yaml/__init__.py", "has no file '../yaml/__init__.py'"),
        ("imageio_ffmpeg", "/etc/hostname", "has no file '/etc/hostname'"),
        ("imageio_mpegff", "a.pth", "no package 'imageio_mpegff' is installed"),
        ("../imageio_ffmpeg", "a.pth", "no package '../imageio_ffmpeg' is installed"),
    ],
)
def test_a_file_that_no_package_has_is_missed(package, file, message):
    with pytest.raises(UserError, match=message):
        package_file(package, file)
