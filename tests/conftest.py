"""What tests share."""

from pathlib import Path

import legible
import pytest
from matplotlib.figure import Figure


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real weights and photos beside the repository; the test skips without it."""
    folder = Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("no ../shared/data beside the repository")
    return folder


@pytest.fixture(scope="session", autouse=True)
def _every_figure_can_be_read():
    """No figure that a test saves may have a text that is cut off, or two in one place."""
    with pytest.MonkeyPatch.context() as patch:
        save = Figure.savefig

        def checked(figure, *arguments, **more):
            figure.draw_without_rendering()
            assert not (found := legible.faults(figure)), found
            save(figure, *arguments, **more)

        patch.setattr(Figure, "savefig", checked)
        yield
