"""However much is asked and taken in, the event loop goes on: nothing that blocks runs in it.

Its thread is looked at from another one. Both wait for the interpreter's lock and for a processor alike, so
that looks are counted, not milliseconds: a callback that ends soon is seen a few times, one that blocks many.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from asyncio import Handle
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray

from index.records import Hit
from qa_service.api import create_api
from qa_service.build import Service
from qa_service.reader import Reading
from tests.browser import served
from tests.corpus import make_article, make_service, put
from tests.fakes import WordHashEmbedder, WordOverlapReader

CLIENTS = 16
LOOKED_AT_S = 3.0
LOOK_EVERY_S = 0.005
LOOKS = 20
"""How often one callback may be seen in a row."""

BLOCKED_S = 1.0


class BusyEmbedder(WordHashEmbedder):
    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        time.sleep(0.01)  # as a model that computes without the interpreter's lock
        return super().embed_passages(texts)


class BusyReader(WordOverlapReader):
    def read(self, question: str, hits: Sequence[Hit]) -> list[Reading]:
        time.sleep(0.05)
        return super().read(question, hits)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = make_service(tmp_path, embedder=BusyEmbedder(), reader=BusyReader())
    for number in range(10):
        put(service.store, make_article(f"a{number}", f"Wali kota melantik {number} pejabat baru."))
    yield service
    service.close()


def callback_of(thread: FrameType | None) -> FrameType | None:
    """The call of an event loop's callback that a thread is in; None where it waits or runs no loop."""
    while thread is not None and thread.f_code is not Handle._run.__code__:
        thread = thread.f_back
    return thread


def most_looks_at_one_callback() -> int:
    """How often in a row any event loop of this process was seen in one and the same callback."""
    seen: dict[int, tuple[FrameType | None, int]] = {}
    most = 0
    until = time.monotonic() + LOOKED_AT_S
    while time.monotonic() < until:
        for thread, frame in sys._current_frames().items():
            callback = callback_of(frame)
            before, looks = seen.get(thread, (None, 0))
            looks = 0 if callback is None else looks + 1 if callback is before else 1
            seen[thread] = callback, looks
            most = max(most, looks)
        time.sleep(LOOK_EVERY_S)
    return most


@contextmanager
def repeating(send: Callable[[httpx.Client], None]) -> Iterator[None]:
    """Send again and again, from a thread of its own, while the block runs."""
    stop = threading.Event()

    def repeat() -> None:
        with httpx.Client(timeout=60) as client:
            while not stop.is_set():
                send(client)

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_the_event_loop_is_not_held_up_by_questions_and_articles(service: Service) -> None:
    with served(create_api(service)) as address, ExitStack() as load:
        question = {"question": "wali kota melantik berapa pejabat?"}
        stream = {"accept": "text/event-stream"}
        articles = [{"id": f"b{n}", "text": f"Hujan ke-{n} turun di Serang. " * 10} for n in range(100)]
        file = "\n".join(json.dumps({"id": f"c{n}", "text": "Panas terik. " * 100}) for n in range(100))

        def ask(client: httpx.Client) -> None:
            assert client.post(f"{address}/ask", json=question).status_code == 200

        def ask_in_a_stream(client: httpx.Client) -> None:
            assert client.post(f"{address}/ask", json=question, headers=stream).status_code == 200

        def read(client: httpx.Client) -> None:
            for path in ("/search?q=wali", "/articles", "/metrics", "/health/ready", "/openapi.json"):
                assert client.get(address + path).status_code == 200

        def add(client: httpx.Client) -> None:
            files = {"files": ("banyak.jsonl", file.encode())}
            assert client.post(f"{address}/articles", json=articles).status_code == 202
            assert client.post(f"{address}/articles", files=files).status_code == 202
            time.sleep(0.5)

        for number in range(CLIENTS):
            load.enter_context(repeating(ask_in_a_stream if number % 4 == 0 else ask))
        load.enter_context(repeating(read))
        load.enter_context(repeating(add))
        time.sleep(0.5)
        assert most_looks_at_one_callback() < LOOKS


def test_the_event_loop_is_not_held_up_by_bodies_of_unknown_fields(service: Service) -> None:
    body = json.dumps({"question": "a", "text": "a", **{f"{n:x}": 0 for n in range(75_000)}})
    headers = {"content-type": "application/json"}
    with served(create_api(service)) as address, ExitStack() as load:

        def send(client: httpx.Client) -> None:
            for method, path in (("POST", "/ask"), ("PUT", "/articles/a"), ("POST", "/articles")):
                refused = client.request(method, address + path, content=body, headers=headers)
                assert refused.status_code == 422

        load.enter_context(repeating(send))
        assert most_looks_at_one_callback() < LOOKS


def test_a_handler_that_blocks_is_noticed(service: Service) -> None:
    app = create_api(service)

    @app.get("/blocking")
    async def blocking() -> None:
        time.sleep(BLOCKED_S)  # what no handler may do

    def block(client: httpx.Client) -> None:
        client.get(f"{address}/blocking")

    with served(app) as address, repeating(block):
        assert most_looks_at_one_callback() > 2 * LOOKS
