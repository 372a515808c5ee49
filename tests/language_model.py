"""A language model on loopback that plays the part it is given: real HTTP, and a note of what was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from qa_service.llm import Llm

Asked = dict[str, Any]
"""The body of a request."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A response that is no completion, or a strange one. `write` writes until it is told to stop."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    write: Callable[[Callable[[bytes], object], threading.Event], object] | None = None


@dataclass(slots=True)
class LanguageModel:
    """What it `says` is the content of a completion, or what else is sent."""

    url: str
    says: Callable[[Asked], str | Sent] = lambda _: ""
    asked: list[Asked] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    def llm(self, *, key: str = "", timeout_s: float = 20) -> Llm:
        return Llm(self.url, "tiruan-7b", key, timeout_s=timeout_s)

    @property
    def data(self) -> list[Any]:
        """What the user's messages held."""
        return [json.loads(asked["messages"][1]["content"]) for asked in self.asked]


def completion(content: str | None, **message: object) -> bytes:
    choice = {"index": 0, "message": {"role": "assistant", "content": content, **message}}
    return json.dumps({"object": "chat.completion", "choices": [choice]}).encode()


def prose(*sentences: tuple[str, list[int]]) -> str:
    """What the model is asked to say: sentences, each with its quotes' numbers."""
    return json.dumps({"sentences": [{"text": text, "quotes": quotes} for text, quotes in sentences]})


@contextmanager
def language_model() -> Iterator[LanguageModel]:
    stop = threading.Event()

    class Completions(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            model.asked.append(json.loads(body))
            model.headers.append({name.lower(): value for name, value in self.headers.items()})
            model.paths.append(self.path)
            said = model.says(model.asked[-1])
            sent = Sent(completion(said)) if isinstance(said, str) else said
            try:
                if sent.write:
                    sent.write(self.wfile.write, stop)
                    return
                self.send_response(sent.status)
                for name, value in {"Content-Length": str(len(sent.body)), **sent.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(sent.body)
            except OSError:
                pass  # who asked has gone

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Completions)
    model = LanguageModel(f"http://127.0.0.1:{server.server_port}/v1")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield model
    finally:
        stop.set()
        server.shutdown()
        thread.join()
        server.server_close()
