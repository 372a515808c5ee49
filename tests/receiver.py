"""A receiver of webhooks on loopback, and a note of what it was told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True)
class Receiver:
    """Notes what it is told: headers, in lower case, and bodies. `statuses` are answered in turn."""

    port: int
    told: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    go: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    @property
    def states(self) -> list[list[str]]:
        """What each message said of the citations."""
        return [[each["now"]["state"] for each in json.loads(body)["citations"]] for _, body in self.told]


@contextmanager
def receiving() -> Iterator[Receiver]:
    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            note.told.append((headers, self.rfile.read(int(headers["content-length"]))))
            note.go.wait(20)
            self.send_response(note.statuses.pop(0) if note.statuses else 204)
            self.send_header("location", "http://127.0.0.1:1/")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Hook) as server:
        note = Receiver(server.server_port)
        note.go.set()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield note
        finally:
            note.go.set()
            server.shutdown()
