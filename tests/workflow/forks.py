"""A `python` whose processes begin with the libraries imported: they are forked from one that did.

To import torch is most of the work of a job of the small study, and to import Snakemake half of
that of a plan. Nothing of the project itself is imported before the fork, so each process reads
the code as it finds it. Not for processes that are killed or limited: what works is no child of
theirs. In `test_kills`, a run of plain processes has to end with the same results, to the byte.
"""

import atexit
import gc
import json
import os
import runpy
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from functools import cache
from importlib import import_module
from pathlib import Path
from select import select

LIBRARIES = ["torch", "torchvision", "snakemake.cli", "pandas", "pyarrow.parquet", "scipy.stats"]
LIBRARIES += ["matplotlib.figure", "matplotlib.backends.backend_agg", "skimage.metrics"]
CLIENT = Path(__file__).with_name("forked.py")


@cache
def python() -> str:
    """Return the program, which understands ``-m MODULE WORD...``; it is there as long as we are.

    It connects to a server, which forks.
    """
    folder = Path(tempfile.mkdtemp(prefix="forks"))
    program = folder / "python"
    told = shlex.join([sys.executable, "-IS", str(CLIENT), str(folder / "socket")])
    program.write_text(f'#!/bin/sh\nexec {told} "$@"\n')
    program.chmod(0o700)
    settings = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | {"OMP_NUM_THREADS": "1"}
    server = subprocess.Popen(
        [sys.executable, "-P", __file__, str(folder)],
        env=settings,
        stdin=subprocess.PIPE,  # which ends as we do, in whatever way
        stdout=subprocess.PIPE,
    )
    atexit.register(server.communicate)
    assert server.stdout.readline() == b"listening\n"
    return str(program)


def serve(folder: Path) -> None:
    """Fork a process for everyone who connects, until standard input ends."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "socket"))
        server.listen()
        print("listening", flush=True)
        for library in LIBRARIES:
            import_module(library)
        gc.freeze()  # what is not looked at is not copied
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
        while True:
            ready, _, _ = select([server, sys.stdin], [], [])
            if sys.stdin in ready:
                shutil.rmtree(folder)
                return
            client, _ = server.accept()
            if os.fork() == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                sys.executable = str(folder / "python")  # what it starts is forked, too
                work_for(client)
                return
            client.close()


def work_for(client: socket.socket) -> None:
    """Be the process that a client asks for, with its files, folder and environment.

    It is told how the process will end, and knows that it has when the connection ends.
    """
    _, files, _, _ = socket.recv_fds(client, 1, 3)
    for target, file in enumerate(files):
        os.dup2(file, target)
        os.close(file)
    told = json.loads(b"".join(iter(lambda: client.recv(1 << 16), b"")))
    os.chdir(told["folder"])
    os.environ.clear()
    os.environ.update(told["environment"])
    sys.dont_write_bytecode = bool(os.environ.get("PYTHONDONTWRITEBYTECODE"))
    sys.path[:0] = [told["folder"], *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    option, module, *sys.argv[1:] = told["words"]
    assert option == "-m"
    code = 1
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        raise
    finally:
        client.sendall(b"%d" % code)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
