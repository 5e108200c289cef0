"""Two runs at once, a dry run beside a run, and steps that outlive the run that started them."""

import hashlib
import subprocess
import threading
from collections import Counter
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pandas as pd
import pytest
import safetensors.torch
import torch
from held import held
from own_files import only_class_images, write_weights

from preimage.tables.images import ITEMS
from preimage.tables.parquet import read_table

OPPOSITES = "results/small/images/opposites/resnet18"
IMAGES = f"{OPPOSITES}/000.999.safetensors"


def set_rate(config, rate):
    for recipe in config["recipes"]:
        recipe["octaves"][0]["lr"] = rate


def test_a_dry_run_of_another_plan_changes_nothing_that_a_run_works_from(project, finished):
    """A block that begins after it works from the plan that the run was begun with."""
    blocks = [f"{OPPOSITES}/{block}.999.items.parquet" for block in ("000", "001")]
    asked = {"block": 1}
    project.configure(lambda config: config.update(asked))
    with held(project, *blocks) as one:
        project.configure(partial(set_rate, rate=0.5))
        assert len(project.planned(*blocks)) == 2
        one.release()
        one.wait()
        project.configure(partial(set_rate, rate=0.1))
        project.planned(*blocks)
    assert one.run.returncode == 0
    assert project.planned(*blocks) == {}
    known = read_table(finished.path(f"{OPPOSITES}/000.999.items.parquet"), ITEMS)
    made = pd.concat(read_table(project.path(block), ITEMS) for block in blocks)
    assert [*made.recipe_digest] == [*known.recipe_digest[:2]]


def test_a_plan_that_comes_back_is_newer_than_what_was_made_in_between(project):
    """Seen by times alone, as where no record came along with the results."""
    for rate in (0.5, 0.1):
        project.configure(partial(set_rate, rate=rate))
        assert "generate_images opposites/resnet18/000.999" in project.planned(IMAGES)
        if rate == 0.5:
            project.run(IMAGES)
        for record in project.path("results/.records").iterdir():
            record.unlink()


def test_a_second_run_of_a_study_is_refused_until_the_first_has_ended(project):
    with held(project, IMAGES) as one:
        said = project.mistake(IMAGES)
        assert "another run works on results/small, process" in said
        assert f"process {one.run.pid} on" in said
        assert "Traceback" not in said
    assert one.run.returncode == 0
    assert project.planned(IMAGES) == {}


def test_a_run_waits_for_steps_of_one_that_was_killed(project):
    """They would write over what it makes."""
    known = project.path(IMAGES).read_bytes()
    with held(project, IMAGES) as one:
        one.run.kill()
        one.run.wait()
        command = project.command(IMAGES)
        outputs = {"stdin": subprocess.DEVNULL, "stderr": subprocess.PIPE}
        with subprocess.Popen(**command, **outputs) as again:
            assert any("waiting for steps of a run that was killed" in s for s in again.stderr)
            assert again.poll() is None
            one.release()
            again.communicate()
    assert again.returncode == 0
    assert project.path(IMAGES).read_bytes() == known
    assert project.planned(IMAGES) == {}


class Server(ThreadingHTTPServer):
    """Gives files of a folder, counts how often each is asked for, and waits to be told to."""

    def __init__(self, folder):
        super().__init__(("127.0.0.1", 0), partial(Handler, directory=folder))
        self.asked, self.may_answer = Counter(), threading.Event()


class Handler(SimpleHTTPRequestHandler):
    def do_GET(self):
        self.server.asked[self.path] += 1
        self.server.may_answer.wait(60)
        super().do_GET()

    def log_message(self, *args):
        pass


@pytest.fixture
def server(tmp_path):
    with Server(tmp_path) as server:
        threading.Thread(target=server.serve_forever).start()
        yield server
        server.may_answer.set()
        server.shutdown()


def test_two_studies_at_once_fetch_what_both_need_once(fresh, server, tmp_path):
    project = fresh.copy(tmp_path / "project")
    write_weights(project, seed=1)
    state = safetensors.torch.load_file(project.path("weights.safetensors"))
    torch.save(state, tmp_path / "net.pth")
    sha256 = hashlib.sha256((tmp_path / "net.pth").read_bytes()).hexdigest()
    url = f"http://127.0.0.1:{server.server_port}/net.pth"

    weights = {"url": url, "sha256": sha256}
    project.configure(partial(only_class_images, weights=weights))
    names = ["--config", "study=one"], ["--config", "study=two"]
    runs = [subprocess.Popen(**project.command("networks", *name)) for name in names]
    for run in runs:
        assert any("download_weights" in line for line in run.stdout)
    server.may_answer.set()
    for run in runs:
        run.communicate()
    assert [run.returncode for run in runs] == [0, 0]
    assert server.asked == {"/net.pth": 1}
    for name in ("one", "two"):
        assert project.path(f"results/{name}/networks/squeezenet.safetensors").is_file()
