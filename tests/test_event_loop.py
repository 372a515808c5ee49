"""However much is asked and taken in, the event loop goes on: nothing that blocks runs in it."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import numpy as np
import pytest
from fastapi import FastAPI
from numpy.typing import NDArray

from index.records import Hit
from qa_service.api import create_api
from qa_service.build import Service
from qa_service.reader import Reading
from tests.browser import served
from tests.corpus import make_article, make_service, put
from tests.fakes import WordHashEmbedder, WordOverlapReader

CLIENTS = 16
MEASURED_S = 2.0
BOUND_S = 0.25
"""By how much 99 in a hundred sleeps of the loop may be late; or by thrice as much as those of a thread
beside it, since a busy machine wakes nobody in time.
"""

BLOCKED_S = 0.3


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


def app_that_measures(service: Service) -> FastAPI:
    """The API, with a route that measures how late its event loop is, and one that blocks it."""
    app = create_api(service)

    def beside(late: list[float], until: float) -> None:
        while (began := time.monotonic()) < until:
            time.sleep(0.005)
            late.append(time.monotonic() - began - 0.005)

    @app.get("/lag")
    async def lag() -> tuple[list[float], list[float]]:
        late: list[float] = []
        others: list[float] = []
        until = time.monotonic() + MEASURED_S
        threading.Thread(target=beside, args=(others, until)).start()
        while (began := time.monotonic()) < until:
            await asyncio.sleep(0.005)
            late.append(time.monotonic() - began - 0.005)
        return late, others

    @app.get("/blocking")
    async def blocking() -> None:
        time.sleep(BLOCKED_S)  # what no handler may do

    return app


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


def is_held_up(address: str) -> bool:
    """Whether the loop is late by more than it may be."""
    late, others = httpx.get(f"{address}/lag", timeout=60).json()
    return bool(np.percentile(late, 99) > max(BOUND_S, 3 * np.percentile(others, 99)))


def test_the_event_loop_is_not_held_up_by_questions_and_articles(service: Service) -> None:
    with served(app_that_measures(service)) as address, ExitStack() as load:
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
        assert not is_held_up(address)


def test_a_handler_that_blocks_is_noticed(service: Service) -> None:
    with served(app_that_measures(service)) as address:

        def block(client: httpx.Client) -> None:
            client.get(f"{address}/blocking")

        with repeating(block):
            time.sleep(0.2)
            assert is_held_up(address)
