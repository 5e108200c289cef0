"""Weights: what servers, caches, kills and a missing network may do to a download."""

import hashlib
import logging
import re
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from loopback import (
    BODY,
    LENGTH,
    SHA256,
    Server,
    corrupt,
    good,
    hangs_up,
    silent,
    stalled_half_way,
    status,
    truncated,
    without_length,
)
from torch import hub
from torchvision import models

from preimage.errors import UserError
from preimage.networks.weights import (
    Source,
    check_reachable,
    fetch,
    torch_hub_caches,
    torchvision_source,
)


@pytest.fixture(autouse=True)
def _alone(monkeypatch, tmp_path):
    """No proxy between the tests and their server, and no torch cache but the tests' own."""
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@pytest.fixture
def server():
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.over.set()
        server.shutdown()
    thread.join()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "weights"


@pytest.fixture
def cached(server):
    """Where torch would keep the server's file; the folder is there, the file is not."""
    path = torch_hub_caches()[0] / server.source().file_name
    path.parent.mkdir(parents=True)
    return path


@pytest.fixture
def closed_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def get(source, folder, **options):
    """Fetch without waiting; the pauses asked for are returned beside the hash."""
    pauses = []
    options = {"timeout": 5, "progress": False, "pause": pauses.append} | options
    return fetch(source, folder / "net.pth", **options), pauses


def refused(source, folder, **options):
    """Fetch what cannot be had: nothing may be left, and the message is returned."""
    with pytest.raises(UserError) as error:
        get(source, folder, **options)
    assert not list(folder.iterdir())
    return str(error.value)


def only_file(folder):
    (path,) = folder.iterdir()
    return path


@pytest.mark.parametrize("sha256", [SHA256, SHA256[:8], SHA256[:12].upper()])
@pytest.mark.parametrize("answer", [good, without_length])
def test_a_good_file_arrives_whole_and_alone(server, folder, sha256, answer):
    server.answers = [answer]
    digest, pauses = get(server.source(sha256), folder)
    assert digest == SHA256
    assert only_file(folder).read_bytes() == BODY
    assert pauses == []


@pytest.mark.parametrize("trouble", [status(500), status(503), truncated, corrupt, hangs_up])
def test_what_may_pass_is_tried_again(server, folder, trouble):
    server.answers = [trouble, good]
    assert get(server.source(), folder) == (SHA256, [1])
    assert only_file(folder).read_bytes() == BODY


@pytest.mark.parametrize("trouble", [silent, stalled_half_way])
def test_a_stalled_connection_is_given_up_and_tried_again(server, folder, trouble):
    server.answers = [trouble, good]
    assert get(server.source(), folder, timeout=0.3) == (SHA256, [1])


def test_a_truncated_body_is_told_from_a_wrong_one(server, folder):
    server.answers = [truncated]
    message = refused(server.source(), folder)
    assert f"the body ended after 1000 of {LENGTH} bytes" in message
    assert server.source().url in message
    assert str(folder / "net.pth") in message
    assert len(server.requests) == 3


def test_a_connection_that_stays_silent_is_named(server, folder):
    server.answers = [stalled_half_way]
    message = refused(server.source(), folder, timeout=0.3, attempts=1)
    assert f"nothing came for 0.3 s, after 1000 of {LENGTH} bytes" in message


def test_a_wrong_hash_is_tried_once_more_and_says_both_hashes(server, folder):
    server.answers = [corrupt]
    message = refused(server.source(), folder, attempts=5)
    assert hashlib.sha256(BODY[::-1]).hexdigest() in message
    assert f"expected {SHA256}" in message
    assert len(server.requests) == 2


@pytest.mark.parametrize("code", [403, 404, 410])
def test_a_file_that_is_not_there_is_not_asked_for_again(server, folder, code):
    server.answers = [status(code)]
    assert f"the server answered {code}" in refused(server.source(), folder)
    assert len(server.requests) == 1


def test_pauses_grow_and_end_with_the_last_attempt(server, folder):
    server.answers = [status(500)]
    pauses = []
    message = refused(server.source(), folder, attempts=4, pause=pauses.append)
    assert "the server answered 500" in message
    assert pauses == [1, 2, 4]


def test_a_right_file_at_the_target_needs_no_server(server, folder):
    folder.mkdir()
    (folder / "net.pth").write_bytes(BODY)
    assert get(server.source(), folder) == (SHA256, [])
    assert server.requests == []


def test_a_wrong_file_at_the_target_is_replaced_only_by_the_right_one(server, folder, caplog):
    folder.mkdir()
    (folder / "net.pth").write_bytes(b"old")
    server.answers = [status(404), good]
    with pytest.raises(UserError):
        get(server.source(), folder)
    assert only_file(folder).read_bytes() == b"old"
    get(server.source(), folder)
    assert only_file(folder).read_bytes() == BODY
    assert "is fetched anew" in caplog.text


def test_a_cached_file_needs_no_server(server, folder, cached):
    cached.write_bytes(BODY)
    assert get(server.source(), folder) == (SHA256, [])
    assert only_file(folder).read_bytes() == BODY
    assert server.requests == []


def test_a_wrong_cached_file_is_passed_over_with_a_warning(server, folder, cached, caplog):
    cached.write_bytes(b"<html>please log in</html>")
    assert get(server.source(), folder) == (SHA256, [])
    assert only_file(folder).read_bytes() == BODY
    (record,) = (r for r in caplog.records if r.levelno == logging.WARNING)
    assert str(cached) in record.getMessage()
    assert cached.read_bytes().startswith(b"<html>")  # not ours to mend


def test_a_folder_in_place_of_a_cached_file_does_no_harm(server, folder, cached):
    cached.mkdir()
    assert get(server.source(), folder) == (SHA256, [])


def test_caches_are_where_torch_looks(monkeypatch, tmp_path):
    assert torch_hub_caches()[0] == Path(hub.get_dir(), "checkpoints")
    monkeypatch.delenv("TORCH_HOME")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert torch_hub_caches()[0] == Path(hub.get_dir(), "checkpoints")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert torch_hub_caches() == [Path(hub.get_dir(), "checkpoints")]


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_mirror_stands_for_all_but_the_file_name(server, folder, slash):
    source = Source("https://weights.invalid/models/v2/net.pth?download=1", SHA256)
    assert get(source, folder, mirror=f"{server.url}/copies{slash}") == (SHA256, [])
    assert server.requests == ["GET /copies/net.pth"]


def test_a_mirror_may_be_a_folder(folder, tmp_path):
    (tmp_path / "net.pth").write_bytes(BODY)
    source = Source("https://weights.invalid/net.pth", SHA256)
    assert get(source, folder, mirror=tmp_path.as_uri()) == (SHA256, [])


def test_a_folder_without_the_file_is_not_a_dead_network(folder, tmp_path):
    pauses = []
    source = Source((tmp_path / "net.pth").as_uri(), SHA256)
    assert "no such file" in refused(source, folder, pause=pauses.append)
    assert pauses == []


def check_ways_out(message, source, folder):
    assert str(folder / "net.pth") in message
    assert source.url in message
    assert "run once where there is a network" in message
    assert str(torch_hub_caches()[0] / source.file_name) in message
    assert "mirror:" in message
    assert "weights: {file:" in message


def test_off_line_the_error_says_what_is_missing_and_the_ways_out(closed_port, folder):
    source = Source(f"http://127.0.0.1:{closed_port}/net-{SHA256[:8]}.pth", SHA256[:8])
    message = refused(source, folder)
    check_ways_out(message, source, folder)
    with pytest.raises(UserError) as error:
        check_reachable({folder / "net.pth": source})
    assert str(error.value) == message


def test_one_check_names_all_that_a_dead_host_has(closed_port, folder, server):
    dead = f"http://127.0.0.1:{closed_port}"
    wanted = {folder / f"{name}.pth": Source(f"{dead}/{name}.pth", SHA256) for name in "ab"}
    with pytest.raises(UserError) as error:
        check_reachable({folder / "c.pth": server.source()} | wanted)
    assert all(f"{dead}/{name}.pth" in str(error.value) for name in "ab")
    assert server.url not in str(error.value)


@pytest.mark.parametrize("answer", [good, status(405), hangs_up])
def test_any_answer_shows_that_a_host_can_be_reached(server, folder, answer):
    server.answers = [answer]
    check_reachable({folder / "a.pth": server.source(), folder / "b.pth": server.source()})
    assert len(server.requests) == 1
    assert server.requests[0].startswith("HEAD ")
    assert not folder.exists()


def test_a_host_that_says_nothing_cannot_be_reached(server, folder):
    server.answers = [silent]
    with pytest.raises(UserError, match=r"cannot be reached \(timed out\)"):
        check_reachable({folder / "net.pth": server.source()}, timeout=0.3)


def test_nobody_is_asked_for_files_that_are_here(closed_port, folder, tmp_path):
    folder.mkdir()
    (folder / "a.pth").write_bytes(BODY)
    (tmp_path / "b.pth").write_bytes(BODY)
    dead = f"http://127.0.0.1:{closed_port}"
    check_reachable(
        {folder / f"{name}.pth": Source(f"{dead}/{name}.pth", SHA256) for name in "ab"},
        caches=[tmp_path],
    )


def test_a_folder_that_cannot_be_is_the_users_to_mend(server, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    target = tmp_path / "file" / "net.pth"
    with pytest.raises(UserError, match=re.escape(str(target))):
        fetch(server.source(), target, progress=False)


@pytest.mark.parametrize(
    ("url", "sha256", "wrong"),
    [
        ("ftp://host/net.pth", SHA256, "'ftp://host/net.pth'"),
        ("/data/net.pth", SHA256, "'/data/net.pth'"),
        ("https://host/my net.pth", SHA256, "my net"),
        ("https://host/", SHA256, "name of a file"),
        ("https://host/net.pth", SHA256[:7], f"'{SHA256[:7]}'"),
        ("https://host/net.pth", "sha256:" + SHA256, "'sha256:"),
        ("https://host/net.pth", SHA256 + "0", "64 hexadecimal digits"),
    ],
)
def test_a_source_that_cannot_be_is_refused(url, sha256, wrong):
    with pytest.raises(UserError, match=re.escape(wrong)):
        Source(url, sha256)


def test_a_mirror_that_cannot_be_is_refused():
    with pytest.raises(UserError, match="mirror '/data'"):
        Source("https://host/net.pth", SHA256).at("/data")


def test_every_weights_file_of_torchvision_has_a_source():
    for architecture in models.list_models():
        for name, weights in models.get_model_weights(architecture).__members__.items():
            source = torchvision_source(architecture, name)
            assert source.url == weights.url
            assert source.sha256 in source.file_name


def test_names_that_torchvision_does_not_have_get_those_it_has():
    with pytest.raises(UserError, match="'V3' for resnet50; it has IMAGENET1K_V1, IMAGENET1K_V2"):
        torchvision_source("resnet50", "V3")
    with pytest.raises(UserError, match=r"'resnt50' \(did you mean resnet50"):
        torchvision_source("resnt50", "IMAGENET1K_V1")


def step(server, folder, sha256=SHA256):
    source = server.source(sha256)
    command = [sys.executable, "-m", "preimage", "download_weights"]
    command += ["--url", source.url, "--sha256", sha256]
    return subprocess.Popen(
        [*command, "--file", folder / "net.pth", "--log", folder.parent / "log"],
        stderr=subprocess.PIPE,
        text=True,
    )


def test_after_a_kill_nothing_is_at_the_target_and_the_next_run_cleans_up(server, folder):
    server.answers = [stalled_half_way, good]
    with step(server, folder) as process:
        assert server.asked.wait(60)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert not (folder / "net.pth").exists()
    (part,) = folder.glob(".net.*.pth")
    get(server.source(), folder)
    assert not part.exists()
    assert (folder / "net.pth").read_bytes() == BODY


def test_the_part_of_a_download_that_still_runs_is_left_alone(server, folder):
    server.answers = [stalled_half_way, good]
    with step(server, folder) as process:
        assert server.asked.wait(60)
        (part,) = folder.glob(".net.*.pth")
        get(server.source(), folder)
        assert part.exists()
        process.kill()


def test_the_step_writes_the_hash_beside_the_file(server, folder):
    with step(server, folder, SHA256[:8]) as process:
        assert "net-" in process.stderr.read()  # the progress
    assert process.returncode == 0
    assert {path.name for path in folder.iterdir()} == {"net.pth", "net.pth.sha256"}
    assert (folder / "net.pth.sha256").read_text() == f"{SHA256}\n"


def test_the_step_ends_a_mistake_with_its_message_alone(server, folder):
    server.answers = [status(404)]
    with step(server, folder) as process:
        stderr = process.stderr.read()
    assert process.returncode == 2
    assert stderr.startswith("error: ")
    assert "the server answered 404" in stderr
    assert "Traceback" not in stderr
    assert "Traceback" in (folder.parent / "log").read_text()
    assert not list(folder.iterdir())
