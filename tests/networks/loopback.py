"""A server on loopback that gives whatever answers a test wants of it."""

import hashlib
import http.server
import threading

from preimage.networks.weights import Source

BODY = b"weights " * 50_000
LENGTH = len(BODY)
SHA256 = hashlib.sha256(BODY).hexdigest()


class Server(http.server.ThreadingHTTPServer):
    """Gives its answers one after the other, and the last one for ever."""

    daemon_threads = False  # closing waits for every answer to end

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = [good]
        self.requests = []
        self.asked = threading.Event()
        self.over = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}"

    def source(self, sha256=SHA256):
        return Source(f"{self.url}/models/net-{SHA256[:8]}.pth", sha256)

    def handle_error(self, request, client_address):
        """Say nothing of clients that hang up: that is what some are here for."""


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.requests.append(f"{self.command} {self.path}")
        self.server.asked.set()
        answers = self.server.answers
        (answers.pop(0) if len(answers) > 1 else answers[0])(self)

    def do_HEAD(self):
        self.do_GET()

    def log_message(self, *args):
        pass

    def begin(self, promised=LENGTH, status=200):
        self.send_response(status)
        self.send_header("Content-Length", str(promised))
        self.end_headers()


def good(handler):
    handler.begin()
    handler.wfile.write(BODY)


def truncated(handler):
    handler.begin()
    handler.wfile.write(BODY[:1000])


def corrupt(handler):
    handler.begin()
    handler.wfile.write(BODY[::-1])


def stalled_half_way(handler):
    handler.begin()
    handler.wfile.write(BODY[:1000])
    handler.wfile.flush()
    handler.server.over.wait()


def silent(handler):
    handler.server.over.wait()


def hangs_up(handler):
    pass


def without_length(handler):
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(BODY)


def status(code):
    def answer(handler):
        handler.begin(0, code)

    return answer
