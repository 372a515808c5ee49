"""What is answered while the service is still loading: that it lives, and is not ready."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from qa_service.problems import MEDIA_TYPE, RETRY_AFTER_S, problem

_MOST_READ = 2**16
"""Bytes of a body that are read before the answer: a client that still sends may not hear one."""


@contextmanager
def answering_while_starting(listener: socket.socket, *, root: str = "") -> Iterator[None]:
    """Answer on the socket while the block runs; who comes at its end waits there for the service.

    `root` is the path below which it is served; a proxy may leave it on.
    """
    answer = partial(_Starting, root=root)
    server = ThreadingHTTPServer(listener.getsockname()[:2], answer, bind_and_activate=False)
    server.socket.close()
    server.socket = listener
    thread = threading.Thread(target=server.serve_forever, args=[0.05], name="starting", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


class _Starting(BaseHTTPRequestHandler):
    timeout = 5
    server_version = "tanya"
    sys_version = ""

    def __init__(self, *connection: Any, root: str) -> None:
        self._root = root
        super().__init__(*connection)  # answers

    def do_GET(self) -> None:
        if self.path.split("?")[0].removeprefix(self._root) == "/health/live":
            self._answer(200, "application/json", json.dumps({"status": "live"}).encode())
        else:
            self._starting()

    def do_POST(self) -> None:
        self._starting()

    do_HEAD = do_GET  # noqa: N815
    do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_POST  # noqa: N815

    def _starting(self) -> None:
        length = self.headers.get("content-length", "")
        self.rfile.read(min(int(length), _MOST_READ) if length.isdecimal() else 0)
        detail = "The service is starting: it loads its models. Try again in a few seconds."
        self._answer(503, MEDIA_TYPE, bytes(problem(503, detail).body))

    def _answer(self, status: int, media_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", media_type)
        self.send_header("content-length", str(len(body)))
        if status == 503:
            self.send_header("retry-after", str(RETRY_AFTER_S))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (named by the library)
        """Nothing: a path may tell what somebody reads."""
