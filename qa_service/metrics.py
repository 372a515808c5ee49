"""What operators see inside: counts and times, in the form that Prometheus reads."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from index.errors import CorpusError
from index.records import Freshness
from qa_service.answers import Abstention, Answer
from qa_service.tracing import TRACER

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_ITEMS = (1, 2, 4, 8, 12, 16, 24, 32)


class Metrics:
    """Of one service. Safe to share by threads."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._requests = Counter(
            "tanya_requests",
            "Requests answered, by route and status.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._request_seconds = self._histogram(
            "tanya_request_seconds", "How long requests took until the last byte.", _SECONDS, "route"
        )
        self._stage_seconds = self._histogram(
            "tanya_stage_seconds", "How long questions took, by stage.", _SECONDS, "stage"
        )
        self._results = Counter(
            "tanya_results",
            "Questions answered, and those not, by reason.",
            ("result",),
            registry=self._registry,
        )
        self._prose = Counter(
            "tanya_prose",
            "Answers that a language model was to write: written, or why the quotes were shown instead.",
            ("outcome",),
            registry=self._registry,
        )
        self._dropped = Counter(
            "tanya_prose_sentences_dropped",
            "Sentences of a language model that no quote backs.",
            registry=self._registry,
        )
        self._batch = self._histogram("tanya_batch_items", "What was computed together.", _ITEMS)

    def watch(
        self,
        freshness: Callable[[], Freshness],
        *,
        questions: Callable[[], int],
        waiting: Callable[[], int],
        overdue: Callable[[], bool],
    ) -> None:
        """Show, whenever it is asked for, what these say: NaN where the archive can't be read."""
        self._gauge("tanya_questions", "Questions in hand.", questions)
        self._gauge("tanya_inference_waiting", "Calls that wait for the models.", waiting)
        self._gauge("tanya_articles", "Articles in the archive.", lambda: freshness().articles)
        self._gauge(
            "tanya_index_age_seconds",
            "How long ago the archive last changed.",
            lambda: (datetime.now(UTC) - freshness().index_as_of).total_seconds(),
        )
        self._gauge("tanya_ingest_overdue", "1 where no article arrived as often as was set.", overdue)

    def request(self, *, method: str, route: str, status: int, took_s: float) -> None:
        """Count a request."""
        self._requests.labels(method, route, str(status)).inc()
        self._request_seconds.labels(route).observe(took_s)

    def result(self, result: Answer | Abstention) -> None:
        """Count what a question came to."""
        self._results.labels(result.reason.value if isinstance(result, Abstention) else "answered").inc()
        self._stage_seconds.labels("total").observe(result.timings.total / 1000)
        if isinstance(result, Answer) and result.prose:
            prose = result.prose
            self._prose.labels(prose.trouble.value if prose.trouble else "written").inc()
            self._dropped.inc(prose.dropped)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Observe how long the block takes as this stage of an answer, and have it be a span."""
        began = time.perf_counter()
        with TRACER.start_as_current_span(name, record_exception=False):
            try:
                yield
            finally:
                self._stage_seconds.labels(name).observe(time.perf_counter() - began)

    def batch(self, items: int) -> None:
        """Count what a model computed together."""
        self._batch.observe(items)

    def text(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return generate_latest(self._registry)

    def _gauge(self, name: str, about: str, value: Callable[[], float]) -> None:
        def told() -> float:
            try:
                return value()
            except CorpusError:  # all the others are wanted just then
                return math.nan

        Gauge(name, about, registry=self._registry).set_function(told)

    def _histogram(self, name: str, about: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(name, about, labels, buckets=buckets, registry=self._registry)
