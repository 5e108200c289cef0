"""What tests share."""

from itertools import chain, islice
from pathlib import Path

import legible
import numpy as np
import pytest
from matplotlib.figure import Figure

# Tests of the workflow that last longest: some wait for other programs, others run whole studies.
LONG = ("kills", "definitions_reached", "slurm", "every_study", "any_study", "class_workflow")
LONG += ("modules_of_anyone",)
GENERATORS = []  # of numpy, in modules of tests, with the states that they are imported with


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let processes begin with the longest, so that all come to an end at once."""
    count = getattr(config, "workerinput", {}).get("workercount", 1)
    items[:] = _shared_out(items, count)
    for module in {item.module for item in items}:
        for value in vars(module).values():
            if isinstance(value, np.random.Generator):
                GENERATORS.append((value.bit_generator, value.bit_generator.state))


def _shared_out(items: list[pytest.Item], count: int) -> list[pytest.Item]:
    """Return tests in as many equal parts: each process is given one, and takes from others then.

    The long ones of a module stay together: they share what is set up for them.
    """
    parts = [[] for _ in range(count)]
    most = max(1, count - 1)  # one begins with short ones, of which there is much to take
    for place, name in enumerate(LONG):  # there and back: who had the longest gets the shortest
        turn = place % (2 * most)
        part = parts[min(turn, 2 * most - 1 - turn)]
        part += [item for item in items if item.path.stem == f"test_{name}"]
    first = {item for part in parts for item in part}
    others = (item for item in items if item not in first)
    for place, part in enumerate(parts):
        size = len(items) // count + (place < len(items) % count)
        part.extend(islice(others, max(0, size - len(part))))
    return [*chain(*parts), *others]


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
