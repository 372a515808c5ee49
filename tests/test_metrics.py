"""What operators see: counts by route and result, and a line of JSON for each request."""

from __future__ import annotations

import io
import json
import math

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from index.errors import StoreUnavailable
from qa_service.api import create_api
from qa_service.build import Service
from tests.test_log import logging_to

QUESTION = {"question": "wali kota melantik berapa pejabat?"}


@pytest.fixture
def client(service: Service) -> TestClient:
    return TestClient(create_api(service))


def figures(client: TestClient) -> dict[tuple[str, ...], float]:
    """What /metrics says: a sample's name and the values of its labels, with its value."""
    response = client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


def test_requests_and_results_are_counted(client: TestClient) -> None:
    client.post("/ask", json=QUESTION)
    client.post("/ask", json={"question": "Siapa presiden Amerika?"})
    client.post("/ask", json={"question": ""})
    client.get("/articles/a")
    client.get("/articles/b")
    client.get("/no/such/page")
    found = figures(client)
    assert found["tanya_requests_total", "POST", "/ask", "200"] == 2
    assert found["tanya_requests_total", "POST", "/ask", "422"] == 1
    assert found["tanya_requests_total", "GET", "/articles/{article_id}", "200"] == 1
    assert found["tanya_requests_total", "GET", "/articles/{article_id}", "404"] == 1
    assert found["tanya_requests_total", "GET", "other", "404"] == 1
    assert found["tanya_results_total", "answered"] == 1
    assert found["tanya_results_total", "not_in_articles"] == 1
    assert found["tanya_stage_seconds_count", "read"] == 2
    assert found["tanya_articles",] == 1
    assert (found["tanya_questions",], found["tanya_inference_waiting",]) == (0, 0)
    assert found["tanya_index_age_seconds",] >= 0
    assert found["process_resident_memory_bytes",] > 1e6


def test_made_up_methods_are_one(client: TestClient) -> None:
    with logging_to(io.StringIO()) as written:
        for number in range(20):
            client.request(f"M{number}", "/ask")
    client.request("PATCH", "/ask")
    found = figures(client)
    counted = {key[1:]: value for key, value in found.items() if key[0] == "tanya_requests_total"}
    assert counted == {("other", "/ask", "405"): 20, ("PATCH", "/ask", "405"): 1}
    assert {json.loads(line)["method"] for line in written.getvalue().splitlines()} == {"other"}


def test_what_the_archive_does_not_say_leaves_all_other_figures(
    service: Service, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(*_: object) -> None:
        raise StoreUnavailable("the disk is gone")

    client.post("/ask", json=QUESTION)
    monkeypatch.setattr(service.store.engine, "connect", unreadable)
    found = figures(client)
    assert math.isnan(found["tanya_articles",])
    assert math.isnan(found["tanya_index_age_seconds",])
    assert found["tanya_requests_total", "POST", "/ask", "200"] == 1
    assert found["tanya_questions",] == 0


def test_a_request_is_a_line_of_json_without_what_was_asked(
    client: TestClient,
) -> None:
    with logging_to(io.StringIO()) as written:
        response = client.post("/ask", json=QUESTION, headers={"x-request-id": "from-the-app.1"})
        client.get("/search", params={"q": "rahasia"}, headers={"x-request-id": "no good\t"})
    first, second = map(json.loads, written.getvalue().splitlines())
    assert response.headers["x-request-id"] == first["request"] == "from-the-app.1"
    assert (first["method"], first["route"], first["status"], first["key"]) == ("POST", "/ask", 200, None)
    assert first["took_ms"] > 0
    assert second["request"] != "no good\t"
    assert "rahasia" not in written.getvalue()
    assert "pejabat" not in written.getvalue()
