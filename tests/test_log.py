"""What is logged: lines of JSON that name their request, readable ones on a terminal, nothing secret."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from fastapi.testclient import TestClient

from qa_service.api import create_api
from qa_service.build import Service
from qa_service.log import write_log

QUESTION = {"question": "wali kota melantik berapa pejabat?"}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@contextmanager
def logging_to(written: io.StringIO) -> Iterator[io.StringIO]:
    """As `tanya serve` logs, for the while of a test."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    write_log(written)
    try:
        yield written
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


def failing(service: Service, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("rusak")

    monkeypatch.setattr(service.retriever, "retrieve", fail)
    return TestClient(create_api(service), raise_server_exceptions=False)


def test_what_fails_is_a_line_of_json_with_its_traceback_and_request(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    with logging_to(io.StringIO()) as written:
        client = failing(service, monkeypatch)
        assert client.post("/ask", json=QUESTION, headers={"x-request-id": "one"}).status_code == 500
    failure, request = map(json.loads, written.getvalue().splitlines())
    assert (failure["request"], failure["level"], failure["message"]) == ("one", "error", "a request failed")
    assert failure["traceback"].endswith("RuntimeError: rusak")
    assert (request["request"], request["logger"], request["status"]) == ("one", "tanya.requests", 500)


def test_on_a_terminal_failures_are_readable_and_requests_are_left_out(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    with logging_to(Terminal()) as written:
        failing(service, monkeypatch).post("/ask", json=QUESTION)
    first, second, *_, last = written.getvalue().splitlines()
    assert first == "ERROR qa_service.problems: a request failed"
    assert (second, last) == ("Traceback (most recent call last):", "RuntimeError: rusak")


def test_what_is_called_is_not_logged() -> None:
    with logging_to(io.StringIO()) as written:
        logging.getLogger().setLevel(logging.DEBUG)
        transport = httpx.MockTransport(lambda _: httpx.Response(200))
        httpx.Client(transport=transport).get("https://kait.example/token-rahasia")
    assert written.getvalue() == ""


def test_no_other_log_is_set_up(service: Service) -> None:
    with logging_to(io.StringIO()):
        create_api(service)
        assert len(logging.getLogger().handlers) == 1
