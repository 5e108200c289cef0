"""A small stand-in study, and its pages."""

import pytest
from stand_in import write_study


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """The folder of a study of 480 pictures."""
    folder = tmp_path_factory.mktemp("results") / "mine"
    write_study(folder, 480)
    return folder
