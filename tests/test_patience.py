"""What takes too long is ended, and what nobody waits for is not computed."""

from __future__ import annotations

import select
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import expect

from index.records import Hit
from qa_service.api import create_api
from qa_service.build import Service
from qa_service.errors import GivenUp
from qa_service.inference import Inference, Lane
from qa_service.reader import Reading
from qa_service.wanted import WISH, Wish, require_wanted
from tests.browser import chromium, made, served, visit
from tests.corpus import make_article, make_service, put
from tests.fakes import WordOverlapReader
from ui.serve import create_app

QUESTION = {"question": "wali kota melantik berapa pejabat?"}
TIMEOUT_S = 0.6


class ComputingReader(WordOverlapReader):
    """A reader whose network computes in the inference thread, once it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.computed: list[str] = []
        self.inference = Inference(heard=lambda _: None)
        self._lane: Lane[str, str] = Lane(self.inference, self._compute, at_once=1)

    def _compute(self, questions: Sequence[str]) -> Sequence[str]:
        assert self.go.wait(20)
        self.computed += questions
        return questions

    def read(self, question: str, hits: Sequence[Hit]) -> list[Reading]:
        self._lane([question])
        return super().read(question, hits)


@pytest.fixture
def reader() -> Iterator[ComputingReader]:
    reader = ComputingReader()
    yield reader
    reader.go.set()
    reader.inference.close()


@pytest.fixture
def service(tmp_path: Path, reader: ComputingReader) -> Iterator[Service]:
    service = make_service(tmp_path, reader=reader)
    put(service.store, make_article("a", "Wali kota melantik 269 pejabat."))
    reader.go.set()
    service.ask("siapa?")  # the first takes longer
    reader.go.clear()
    reader.computed.clear()
    yield service
    reader.go.set()
    service.close()


@pytest.fixture
def address(service: Service) -> Iterator[str]:
    with served(create_api(service, timeout_s=TIMEOUT_S)) as address:
        yield address


def in_hand(address: str) -> int:
    """How many questions are."""
    (line,) = (
        line
        for line in httpx.get(f"{address}/metrics").text.splitlines()
        if line.startswith("tanya_questions ")
    )
    return int(float(line.split()[1]))


def wait_until(holds: Callable[[], bool], *, within_s: float = 10) -> None:
    until = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_an_answer_that_takes_too_long_is_given_up_and_what_waits_for_it_withdrawn(
    address: str, reader: ComputingReader
) -> None:
    with ThreadPoolExecutor() as pool:
        asked = [
            pool.submit(httpx.post, f"{address}/ask", json={"question": f"{name}?"}, timeout=20)
            for name in ("satu", "dua", "tiga")
        ]
        responses = [each.result() for each in asked]
    for response in responses:
        assert response.status_code == 503
        assert response.headers["content-type"] == "application/problem+json"
        assert response.headers["retry-after"] == "5"
        assert "longer than 0.6 seconds" in response.json()["detail"]
    wait_until(lambda: reader.inference.waiting == 0)
    wait_until(lambda: in_hand(address) == 1)  # the one that was being computed: it can't be stopped
    reader.go.set()
    wait_until(lambda: in_hand(address) == 0)
    assert len(reader.computed) == 1
    assert httpx.post(f"{address}/ask", json=QUESTION).status_code == 200


def test_a_client_that_goes_away_cancels_its_work(service: Service, reader: ComputingReader) -> None:
    with served(create_api(service)) as address:
        for question in ("satu?", "dua?", "tiga?"):
            with pytest.raises(httpx.ReadTimeout):
                httpx.post(f"{address}/ask", json={"question": question}, timeout=0.5)
        wait_until(lambda: in_hand(address) == 1)
        assert reader.inference.waiting == 0
        assert 'status="499"' in httpx.get(f"{address}/metrics").text
        reader.go.set()
        wait_until(lambda: in_hand(address) == 0)
        assert reader.computed == ["satu?"]


def test_a_page_that_takes_too_long_is_a_page_with_the_question_to_be_asked_again(service: Service) -> None:
    app = made(lambda: create_app(service, examples=(), timeout_s=TIMEOUT_S))
    with served(app) as address:
        person = {"accept": "text/html,*/*;q=0.8", "accept-language": "en"}
        page = httpx.get(f"{address}/plain", params={"q": "berapa pejabat?"}, headers=person, timeout=20)
        program = httpx.get(f"{address}/plain", params={"q": "berapa pejabat?"}, timeout=20)
    assert (page.status_code, page.headers["retry-after"]) == (503, "5")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-security-policy"].startswith("default-src 'none'; ")
    assert 'value="berapa pejabat?"' in page.text
    assert '<p class="notice" role="status">Many questions at the moment.' in page.text
    assert program.headers["content-type"] == "application/problem+json"


def test_a_tab_that_is_closed_withdraws_what_waits_for_its_question(
    service: Service, reader: ComputingReader
) -> None:
    app = made(lambda: create_app(service, examples=()))
    with served(app) as address, chromium() as browser, ThreadPoolExecutor() as pool:
        first = pool.submit(httpx.post, f"{address}/ask", json={"question": "satu?"}, timeout=60)
        wait_until(lambda: in_hand(address) == 1)
        with visit(browser, f"{address}/chat/") as visited:
            expect(visited.page.locator(".freshness")).not_to_be_empty()
            visited.page.get_by_label("Pertanyaan Anda").fill("dua?")
            visited.page.keyboard.press("Enter")
            wait_until(lambda: reader.inference.waiting == 1)
        wait_until(lambda: reader.inference.waiting == 0)
        wait_until(lambda: in_hand(address) == 1)
        reader.go.set()
        assert first.result().status_code == 200
    assert reader.computed == ["satu?"]


def test_a_stream_is_not_cut_while_it_lasts(address: str, reader: ComputingReader) -> None:
    with httpx.stream(
        "POST", f"{address}/ask", json=QUESTION, headers={"accept": "text/event-stream"}, timeout=20
    ) as response:
        told = response.iter_lines()
        assert next(told) == "event: interpretation"
        time.sleep(3 * TIMEOUT_S)
        reader.go.set()
        assert "event: done" in list(told)


def sent_slowly(address: str, pieces: Sequence[bytes], *, pause_s: float) -> bytes:
    """What is answered to a POST /articles whose body comes piece by piece, as far as it is taken."""
    host, port = address.removeprefix("http://").split(":")
    length = sum(map(len, pieces))
    head = f"POST /articles HTTP/1.1\r\nhost: {host}:{port}\r\ncontent-type: application/json\r\n"
    answered = b""
    with socket.create_connection((host, int(port)), timeout=3) as connection:
        connection.sendall(f"{head}content-length: {length}\r\n\r\n".encode())
        try:
            for piece in pieces:
                connection.sendall(piece)
                if select.select([connection], [], [], pause_s)[0]:
                    break
            while received := connection.recv(65536):
                answered += received
        except (TimeoutError, ConnectionResetError):
            pass
    return answered


def test_a_body_that_drips_is_a_408_and_the_connection_is_closed(address: str) -> None:
    answered = sent_slowly(address, [b"{", *[b" "] * 40], pause_s=0.05)
    assert answered.startswith(b"HTTP/1.1 408 ")
    assert b"application/problem+json" in answered
    assert b"connection: close" in answered.lower()


def test_a_body_that_comes_on_is_taken_however_long_it_takes(service: Service) -> None:
    pieces = [b'{"id": "panjang", "text": "Hujan deras."', *[b" " * 4096] * 11, b"}"]
    with served(create_api(service, timeout_s=2)) as address:
        answered = sent_slowly(address, pieces, pause_s=0.25)
    assert answered.startswith(b"HTTP/1.1 201 ")


def test_what_needs_no_time_is_answered_as_ever(service: Service) -> None:
    client = TestClient(create_api(service, timeout_s=5))
    assert client.get("/articles/a").status_code == 200
    assert client.head("/articles/a").status_code == 200
    assert client.post("/ask", json={"question": ""}).status_code == 422


def test_what_is_given_up_before_it_waits_is_withdrawn_at_once(reader: ComputingReader) -> None:
    wish = Wish()
    before = WISH.set(wish)
    try:
        require_wanted()
        wish.give_up()
        with pytest.raises(GivenUp):
            require_wanted()
        with ThreadPoolExecutor() as pool:
            busy = pool.submit(reader._lane, ["satu"])
            wait_until(lambda: busy.running() and not reader.inference.waiting)
            with pytest.raises(GivenUp):
                reader._lane(["dua"])
            reader.go.set()
            assert busy.result() == ["satu"]
    finally:
        WISH.reset(before)
    assert reader.computed == ["satu"]
