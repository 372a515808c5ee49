"""POST /ask as a stream of events, over a real server."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from index.errors import CorpusError
from index.records import Hit
from qa_service.api import create_api
from qa_service.build import Service
from qa_service.reader import Reading
from tests.browser import served
from tests.corpus import make_article, make_service, put
from tests.fakes import WordOverlapReader

STREAM = {"accept": "text/event-stream"}


class WaitingReader(WordOverlapReader):
    """A reader that reads once it is let go, and counts how often it read."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.began = threading.Event()
        self.read_for: list[str] = []
        self.fails = False

    def read(self, question: str, hits: Sequence[Hit]) -> list[Reading]:
        self.began.set()
        self.go.wait(20)
        if self.fails:
            raise CorpusError("the disk is gone")
        self.read_for.append(question)
        return super().read(question, hits)


@pytest.fixture
def reader() -> Iterator[WaitingReader]:
    reader = WaitingReader()
    yield reader
    reader.go.set()


@pytest.fixture
def service(tmp_path: Path, reader: WaitingReader) -> Iterator[Service]:
    service = make_service(tmp_path, reader=reader)
    put(service.store, make_article("a", "Wali kota melantik 269 pejabat.", outlet="Antara"))
    put(service.store, make_article("b", "Hujan deras turun sejak pagi di kota.", outlet="Tempo"))
    yield service
    service.close()


@pytest.fixture
def address(service: Service) -> Iterator[str]:
    with served(create_api(service)) as address:
        yield address


def events(lines: Iterator[str]) -> Iterator[tuple[str, Any]]:
    """The events of a stream: their names and what they carry."""
    name = ""
    for line in lines:
        field, _, value = line.partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            yield name, json.loads(value)


def wait_until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_the_stages_come_as_they_happen_and_the_last_event_is_the_json_response(
    address: str, reader: WaitingReader
) -> None:
    request = {"question": "wali kota melantik berapa pejabat?"}
    with httpx.stream("POST", f"{address}/ask", json=request, headers=STREAM, timeout=30) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-cache"
        told = events(response.iter_lines())
        assert next(told)[0] == "interpretation"
        name, passages = next(told)
        assert name == "passages"
        assert {hit["article"]["id"] for hit in passages["hits"]} == {"a", "b"}
        assert reader.read_for == []  # what was found is told before it is read
        reader.go.set()
        name, statement = next(told)
        assert name == "statement"
        assert statement["statement"]["citations"] == [each["n"] for each in statement["citations"]]
        name, done = next(told)
        assert name == "done"
        assert list(told) == []
    answer = httpx.post(f"{address}/ask", json=request).json()
    of_this_time = {"id", "timings_ms"}
    assert {k: v for k, v in done.items() if k not in of_this_time} == {
        k: v for k, v in answer.items() if k not in of_this_time
    }


def test_an_abstention_is_done_without_a_statement(address: str, reader: WaitingReader) -> None:
    reader.go.set()
    with httpx.stream("POST", f"{address}/ask", json={"question": "Siapa dia?"}, headers=STREAM) as response:
        told = list(events(response.iter_lines()))
    assert [name for name, _ in told] == ["interpretation", "passages", "done"]
    assert told[-1][1]["status"] == "abstained"


@pytest.mark.parametrize(
    ("accept", "streams"),
    [
        ("text/event-stream", True),
        ("Text/Event-Stream; q=0.9", True),
        ("text/event-stream, application/json", True),
        ("application/json;q=0.5, text/event-stream", True),
        ("text/event-stream, */*;q=0.1", True),
        ("text/event-stream;q=much", True),
        ("text/event-stream;q=0", False),
        ("application/json, text/event-stream;q=0.5", False),
        ("application/*, text/event-stream;q=0.5", False),
        ("text/event-stream;q=0.5, */*", False),
        ("text/*", False),
        ("*/*", False),
        ("application/json", False),
        ("application/x-text/event-streams", False),
        ("", False),
    ],
)
def test_a_stream_comes_where_it_is_accepted_by_its_name_and_no_less_than_json(
    service: Service, reader: WaitingReader, accept: str, streams: bool
) -> None:
    reader.go.set()
    response = TestClient(create_api(service)).post(
        "/ask", json={"question": "wali?"}, headers={"accept": accept}
    )
    assert response.headers["content-type"].startswith("text/event-stream" if streams else "application/json")


def test_what_is_wrong_with_the_request_is_a_problem_before_the_stream_begins(service: Service) -> None:
    response = TestClient(create_api(service)).post("/ask", json={"question": " "}, headers=STREAM)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"


def test_an_error_in_the_middle_ends_the_stream_with_a_problem(address: str, reader: WaitingReader) -> None:
    reader.fails = True
    reader.go.set()
    with httpx.stream("POST", f"{address}/ask", json={"question": "wali?"}, headers=STREAM) as response:
        *_, (name, problem) = events(response.iter_lines())
    assert (name, problem["status"]) == ("error", 503)
    assert "disk" not in problem["detail"]


def test_who_goes_away_ends_the_work(address: str, reader: WaitingReader) -> None:
    history = [{"question": "Wali kota Serang?", "answer": "…"}]
    request = {"question": "Siapa presiden Amerika?", "history": history}  # two ways to read it
    with httpx.stream("POST", f"{address}/ask", json=request, headers=STREAM, timeout=30) as response:
        told = events(response.iter_lines())
        next(told)
        assert reader.began.wait(10)
    reader.go.set()
    httpx.get(f"{address}/health/live")
    assert reader.read_for in ([], ["Siapa presiden Amerika?"])


def test_a_stream_that_is_cut_is_counted_as_one_whose_client_went_away(
    address: str, service: Service, reader: WaitingReader
) -> None:
    def counted(status: int) -> bool:
        sample = f'tanya_requests_total{{method="POST",route="/ask",status="{status}"}} 1.0'
        return sample in service.metrics.text().decode()

    def heard(*, all_: bool) -> None:
        with httpx.stream("POST", f"{address}/ask", json={"question": "wali?"}, headers=STREAM) as response:
            for _ in events(response.iter_lines()):
                if not all_:
                    return

    heard(all_=False)
    wait_until(lambda: counted(499))
    reader.go.set()
    heard(all_=True)
    wait_until(lambda: counted(200))
    assert counted(499)


def test_a_question_too_many_is_told_to_come_again_at_once(tmp_path: Path, reader: WaitingReader) -> None:
    service = make_service(tmp_path, reader=reader, most_questions=1)
    request = {"question": "wali kota melantik berapa pejabat?"}
    with served(create_api(service)) as address:
        with httpx.stream("POST", f"{address}/ask", json=request, headers=STREAM, timeout=30) as response:
            told = events(response.iter_lines())
            next(told)
            refused = httpx.post(f"{address}/ask", json=request)
            assert refused.status_code == 503
            assert refused.headers["retry-after"] == "5"
            assert "ask again in a few seconds" in refused.json()["detail"]
            messages = [{"role": "user", "content": request["question"]}]
            for path, body in (
                ("/ask", request),
                ("/v1/chat/completions", {"messages": messages, "stream": True}),
            ):
                refused = httpx.post(address + path, json=body, headers=STREAM)
                assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
                assert refused.headers["content-type"] == "application/problem+json"
            reader.go.set()
            assert [name for name, _ in told][-1] == "done"
        assert httpx.post(f"{address}/ask", json=request).status_code == 200
    service.close()
