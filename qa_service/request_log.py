"""A line of JSON for each request, its count and its span: what, how it ended, how long it took."""

from __future__ import annotations

import logging
import re
import secrets
import time

from opentelemetry.propagate import extract
from opentelemetry.trace import Span, SpanKind, StatusCode
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa_service.keys import KEY, Key
from qa_service.log import ABOUT, REQUEST
from qa_service.metrics import Metrics
from qa_service.patience import CUT, GONE
from qa_service.root_path import own_path
from qa_service.tracing import TRACER

_log = logging.getLogger("tanya.requests")

_ID = "x-request-id"
_SOUND_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

_METHODS = "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"
"""What is noted by its name; any other, of which there are no end, is "other"."""


class RequestLog:
    """Notes each request that passes to the app, under an id that the response carries.

    The id is the one that the request came with, if it is a sound one. Of a path only the route is noted:
    what stands in its place may tell what somebody reads.
    """

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        sent = headers.get(_ID, "")
        request_id = sent if _SOUND_ID.fullmatch(sent) else secrets.token_hex(8)
        REQUEST.set(request_id)  # and left so: what comes before this in the app logs a failure last
        method = scope["method"] if scope["method"] in _METHODS else "other"
        path = own_path(scope)  # now: what is mounted changes the scope
        began, status = time.perf_counter(), 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[_ID] = request_id
            await send(message)

        parent = extract({"traceparent": headers.get("traceparent", "")})
        with TRACER.start_as_current_span(method, parent, SpanKind.SERVER, record_exception=False) as span:
            try:
                await self._app(scope, receive, noting)
            finally:
                status = GONE if scope.get(CUT) else status
                route = getattr(scope.get("route"), "path", None) or _first_part(path)
                _describe(span, method, route, status, request_id)
                self._note(method, route, status, time.perf_counter() - began, scope.get(KEY))

    def _note(self, method: str, route: str, status: int, took_s: float, key: Key | None) -> None:
        self._metrics.request(method=method, route=route, status=status, took_s=took_s)
        about = {
            "method": method,
            "route": route,
            "status": status,
            "took_ms": round(1000 * took_s, 1),
            "key": key.id if key else None,
        }
        _log.info("%s %s: %d", method, route, status, extra={ABOUT: about})


def _describe(span: Span, method: str, route: str, status: int, request_id: str) -> None:
    """By OpenTelemetry's names for a server's spans, without path and query."""
    span.update_name(f"{method} {route}")
    span.set_attribute("http.request.method", method)
    span.set_attribute("http.route", route)
    span.set_attribute("http.response.status_code", status)
    span.set_attribute("tanya.request", request_id)
    if status >= 500:
        span.set_status(StatusCode.ERROR)


def _first_part(path: str) -> str:
    """What a path that is no route of ours begins with: few of these exist, however many paths are tried."""
    first = path.split("/", 2)[1] if "/" in path else ""
    return f"/{first}/…" if first in ("chat", "ui", "docs", "mcp") else "other"
