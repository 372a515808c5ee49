"""HEAD is answered as GET is, without the body: for checks of links and of whether the service is up."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

import httpx
import pytest
from fastapi.testclient import TestClient

from qa_service.api import create_api
from qa_service.build import Service
from tests.browser import made, served
from tests.test_log import logging_to
from ui.serve import create_app

OF_A_RESPONSE = "date", "x-request-id"


@pytest.fixture
def address(service: Service) -> Iterator[str]:
    with served(made(lambda: create_app(service, examples=()))) as address:
        yield address


def test_head_is_answered_as_get_without_the_body(address: str) -> None:
    pages = "/docs", "/archive", "/articles/a/view", "/plain?q=wali", "/key", "/"
    api = "/health/live", "/health/ready", "/articles/a", "/articles/missing", "/search", "/openapi.json"
    for path in (*pages, *api):
        asked, looked = httpx.get(address + path), httpx.head(address + path)
        assert (looked.status_code, looked.content) == (asked.status_code, b""), path
        assert "content-length" in looked.headers
        assert {name: value for name, value in looked.headers.items() if name not in OF_A_RESPONSE} == {
            name: value for name, value in asked.headers.items() if name not in OF_A_RESPONSE
        }


def test_the_log_and_the_figures_have_it_as_head(service: Service) -> None:
    client = TestClient(create_api(service))
    with logging_to(io.StringIO()) as written:
        client.head("/articles/a")
    lines = map(json.loads, written.getvalue().splitlines())  # threads of other tests may say something, too
    (line,) = (line for line in lines if line.get("method") == "HEAD")
    assert (line["route"], line["status"]) == ("/articles/{article_id}", 200)
    counted = 'tanya_requests_total{method="HEAD",route="/articles/{article_id}",status="200"} 1.0'
    assert counted in client.get("/metrics").text


def test_where_there_is_no_get_there_is_no_head_and_where_there_is_it_is_named(address: str) -> None:
    looked = httpx.head(f"{address}/ask")
    assert (looked.status_code, looked.headers["allow"]) == (405, "POST")
    assert httpx.post(f"{address}/health/live").headers["allow"] == "GET, HEAD"
    assert httpx.head(f"{address}/mcp").status_code == 405
    assert httpx.head(f"{address}/chat/").status_code == 200
