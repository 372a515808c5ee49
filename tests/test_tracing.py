"""Spans of a request and its stages: one within the other, and saying nothing of what was asked."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from qa_service.api import create_api
from qa_service.build import Service
from qa_service.inference import Inference, InferredEmbedder
from tests.corpus import make_article, make_service, put
from tests.fakes import WordHashEmbedder
from tests.language_model import language_model, prose

QUESTION = {"question": "wali kota melantik berapa pejabat rahasia?"}


@pytest.fixture(scope="module")
def exporter() -> Iterator[InMemorySpanExporter]:
    """What is exported; the provider is the process's, and can't be another one later."""
    exporter, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    yield exporter
    provider.shutdown()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    inference = Inference(heard=lambda _: None)
    service = make_service(tmp_path)
    watched = InferredEmbedder(WordHashEmbedder(), inference, watch=service.metrics.stage)
    service.retriever._embedder = watched
    put(service.store, make_article("a", "Wali kota melantik 269 pejabat."))
    yield service
    service.close()
    inference.close()


def parents(spans: tuple[ReadableSpan, ...]) -> dict[str, str | None]:
    """The name of each span, and of that which it is within."""
    names = {span.context.span_id: span.name for span in spans if span.context}
    return {span.name: names.get(span.parent.span_id) if span.parent else None for span in spans}


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_the_stages_of_a_question_are_spans_within_the_requests(
    service: Service, exporter: InMemorySpanExporter, accept: str
) -> None:
    exporter.clear()
    client = TestClient(create_api(service))
    client.post("/ask", json=QUESTION, headers={"accept": accept, "x-request-id": "one"})
    spans = exporter.get_finished_spans()
    assert parents(spans) == {
        "POST /ask": None,
        "interpret": "POST /ask",
        "retrieve": "POST /ask",
        "embed": "retrieve",
        "read": "POST /ask",
        "compose": "POST /ask",
    }
    (request,) = (span for span in spans if span.name == "POST /ask")
    assert dict(request.attributes or {}) == {
        "http.request.method": "POST",
        "http.route": "/ask",
        "http.response.status_code": 200,
        "tanya.request": "one",
    }
    assert request.kind is trace.SpanKind.SERVER


def test_what_a_language_model_takes_is_a_span_too(tmp_path: Path, exporter: InMemorySpanExporter) -> None:
    with language_model() as model:
        model.says = lambda _: prose(("Wali kota melantik 269 pejabat.", [1]))
        service = make_service(tmp_path / "told", llm=model.llm(key="sk-rahasia"))
        put(service.store, make_article("a", "Wali kota melantik 269 pejabat."))
        exporter.clear()
        response = TestClient(create_api(service)).post(
            "/ask", json={"question": "wali kota melantik berapa pejabat?"}
        )
        service.close()
    assert response.json()["prose"]["trouble"] is None
    spans = exporter.get_finished_spans()
    assert parents(spans)["write"] == "POST /ask"
    assert not any("rahasia" in span.to_json() for span in spans)


def test_a_span_is_within_that_of_the_program_that_asks_and_tells_no_path(
    service: Service, exporter: InMemorySpanExporter
) -> None:
    exporter.clear()
    caller = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
    TestClient(create_api(service)).get("/search", params={"q": "rahasia"}, headers=caller)
    (request,) = (span for span in exporter.get_finished_spans() if span.name == "GET /search")
    assert request.parent is not None
    assert f"{request.parent.trace_id:032x}" == "0af7651916cd43dd8448eb211c80319c"
    assert "rahasia" not in request.to_json()


def test_the_stages_are_measured_too(service: Service) -> None:
    client = TestClient(create_api(service))
    client.post("/ask", json=QUESTION)
    figures = client.get("/metrics").text
    for stage in ("interpret", "retrieve", "embed", "read", "compose", "total"):
        assert f'tanya_stage_seconds_count{{stage="{stage}"}} 1.0' in figures


_SERVED = """
import sys
from fastapi.testclient import TestClient
from pathlib import Path
from qa_service.api import create_api
from qa_service.tracing import export_spans
from tests.corpus import make_service

print(export_spans())
client = TestClient(create_api(make_service(Path(sys.argv[1]))))
client.get("/articles")
print("opentelemetry.sdk" in sys.modules)
"""


def run(home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _SERVED, str(home)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_nothing_is_imported_where_nothing_is_exported(tmp_path: Path) -> None:
    assert run(tmp_path).stdout.split() == ["False", "False"]


def test_spans_are_sent_to_where_the_environment_says(tmp_path: Path) -> None:
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="the extra `otel` is not installed")
    received: list[tuple[str, bytes]] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append((self.path, self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Collector) as collector:
        threading.Thread(target=collector.serve_forever, daemon=True).start()
        endpoint = f"http://127.0.0.1:{collector.server_port}"
        ran = run(tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=endpoint, OTEL_EXPORTER_OTLP_COMPRESSION="none")
        collector.shutdown()
    assert ran.stdout.split() == ["True", "True"], ran.stderr
    assert [path for path, _ in received] == ["/v1/traces"]
    assert b"GET /articles" in received[0][1]
    assert b"tanya" in received[0][1]
