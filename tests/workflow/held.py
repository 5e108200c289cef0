"""A run whose descents wait, once their step has started, until they are told to go on."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from project import Project

STEP = "src/preimage/steps/generate_images.py"
START = '    recipe = Recipe.read(plan.recipe, f"{plan.set} of {plan.network}, recipe")\n'
WAIT = '    print("waiting", flush=True), __import__("sys").stdin.readline()\n'


class Held:
    """A run of Snakemake in a session of its own, and the pipe that its steps wait for."""

    def __init__(self, run: subprocess.Popen, pipe: int) -> None:
        self.run, self._pipe = run, pipe

    def wait(self) -> None:
        """Wait until a step waits."""
        assert "waiting\n" in self.run.stdout

    def release(self) -> None:
        """Let one step go on."""
        os.write(self._pipe, b"\n")


@contextmanager
def held(project: Project, *arguments: str) -> Iterator[Held]:
    """Make blocks of images anew, one after the other; the first waits as the `with` begins.

    All that wait go on as it ends. The code of the step is left as it was edited for this.
    """
    project.edit(STEP, START, WAIT + START)
    reading, writing = os.pipe()
    command = project.command(*arguments, "--cores", "1")
    with subprocess.Popen(**command, stdin=reading, start_new_session=True) as run:
        os.close(reading)
        try:
            one = Held(run, writing)
            one.wait()
            yield one
        finally:
            os.close(writing)
