"""What tests share."""

from pathlib import Path

import legible
import numpy as np
import pytest
from matplotlib.figure import Figure

# Tests of the workflow that last longest: some wait for other programs, others run whole studies.
LONG = ("slurm", "kills", "definitions_reached", "any_study", "every_study", "modules_of_anyone")
GENERATORS = []  # of numpy, in modules of tests, with the states that they are imported with


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the longest begin first, so that no core is idle while one of them comes to its end."""
    places = {f"test_{name}": place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))
    for module in {item.module for item in items}:
        for value in vars(module).values():
            if isinstance(value, np.random.Generator):
                GENERATORS.append((value.bit_generator, value.bit_generator.state))


def pytest_runtest_setup() -> None:
    """What a test draws from its module's generator does not depend on the tests before it."""
    for generator, state in GENERATORS:
        generator.state = state


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
