"""Have a process forked by `forks.serve`, and end as it ends: the program that `forks` makes."""

import json
import os
import socket
import sys

with socket.socket(socket.AF_UNIX) as server:
    address, *words = sys.argv[1:]
    server.connect(address)
    socket.send_fds(server, [b"."], [0, 1, 2])
    folder = os.getcwd()  # noqa: PTH109 - each start would import pathlib
    told = {"words": words, "folder": folder, "environment": dict(os.environ)}
    server.sendall(json.dumps(told).encode())
    server.shutdown(socket.SHUT_WR)
    code = b"".join(iter(lambda: server.recv(16), b""))
sys.exit(int(code or 1))
