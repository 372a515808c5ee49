"""Sends an app what its contract allows and forbids, following its links, and checks what comes back.

Nothing but what the contract says may come: no status that it doesn't name, no response that doesn't fit its
schema, no 5xx but 503, and nothing is there after it was deleted.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema
from schemathesis.python import asgi

from index.errors import ArticleUnreadable
from index.records import RawArticle
from qa_service.api import create_api
from qa_service.keys import Scope
from tests.corpus import make_article, make_service, put

_NOT_CHECKED = (
    "ignored_auth",  # a key is needed for some only, once there is one
    "positive_data_acceptance",  # what a schema can't say, such as that days are in order
)

_REFUSED = ["400", "404", "409", "410", "413", "415", "422"]
"""What is answered to what the contract forbids."""


class _Nowhere:
    """A Fetch that reaches no page."""

    def fetch(self, url: str) -> RawArticle:
        raise ArticleUnreadable(f"{url}: nobody answers there")


def send_odd_requests(*, examples: int, number: int) -> int:
    """Send so many random ones to each operation, and those at its limits; how many were sent in all.

    Raises AssertionError with all that went wrong. The same number brings about the same requests.
    """
    with tempfile.TemporaryDirectory() as home:
        service = make_service(Path(home), threshold=0.0, fetch=_Nowhere(), allow_private=True)
        try:
            for text in ("Hujan turun deras.", "Wali kota melantik 269 pejabat."):
                put(service.store, make_article("a", text, outlet="Antara", origin="a.txt"))
            app = create_api(service)
            _, key = app.state.keys.make("odd requests", Scope.WRITE)
            contract = schemathesis.openapi.from_asgi(
                "/openapi.json", app, config=_config(key, examples, number)
            )
            sent, wrong = 0, []
            for event in from_schema(contract).execute():
                match event:
                    case events.ScenarioFinished():
                        sent += len(event.recorder.interactions)
                        wrong += _failures(event)
                    case events.NonFatalError():
                        wrong.append(f"{event.label}: {event.value!r}")
                    case events.FatalError():
                        raise event.exception
            asgi.shutdown_lifespans()
        finally:
            service.close()
    assert not wrong, "\n\n".join(dict.fromkeys(wrong))
    return sent


def _config(key: str, examples: int, number: int) -> SchemathesisConfig:
    return SchemathesisConfig.from_dict(
        {
            "seed": number,
            "continue-on-failure": True,
            "headers": {"X-API-Key": key},
            "checks": {
                "negative_data_rejection": {"expected-statuses": _REFUSED},
                **{name: {"enabled": False} for name in _NOT_CHECKED},
            },
            # A job that is ended is told of all the same.
            "operations": [
                {"include-path": "/jobs/{job_id}", "checks": {"use_after_free": {"enabled": False}}}
            ],
            "generation": {"max-examples": examples, "no-shrink": True},
            "warnings": False,
            "cache": {"enabled": False},
        }
    )


def _failures(event: events.ScenarioFinished) -> list[str]:
    """What went wrong in a scenario, and the request that shows it."""
    return [
        f"{event.phase.value}, {event.label}: {check.failure_info.failure}\n{check.failure_info.code_sample}"[
            :2000
        ]
        for checks in event.recorder.checks.values()
        for check in checks
        if check.status is Status.FAILURE and check.failure_info is not None
    ]
