"""A line of JSON for each request, and its count: what, how it ended, how long it took."""

from __future__ import annotations

import json
import logging
import re
import secrets
import time
from datetime import UTC, datetime

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa_service.keys import KEY
from qa_service.metrics import Metrics
from qa_service.root_path import own_path

_log = logging.getLogger("tanya.requests")

_ID = "x-request-id"
_SOUND_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


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
        sent = Headers(scope=scope).get(_ID, "")
        request_id = sent if _SOUND_ID.fullmatch(sent) else secrets.token_hex(8)
        path = own_path(scope)  # now: what is mounted changes the scope
        began, status = time.perf_counter(), 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[_ID] = request_id
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            self._note(scope, path, request_id, status, time.perf_counter() - began)

    def _note(self, scope: Scope, path: str, request_id: str, status: int, took_s: float) -> None:
        route = getattr(scope.get("route"), "path", None) or _first_part(path)
        self._metrics.request(method=scope["method"], route=route, status=status, took_s=took_s)
        key = scope.get(KEY)
        line = {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "request": request_id,
            "method": scope["method"],
            "route": route,
            "status": status,
            "took_ms": round(1000 * took_s, 1),
            "key": key.id if key else None,
        }
        _log.info(json.dumps(line))


def _first_part(path: str) -> str:
    """What a path that is no route of ours begins with: few of these exist, however many paths are tried."""
    first = path.split("/", 2)[1] if "/" in path else ""
    return f"/{first}/…" if first in ("chat", "ui", "docs", "mcp") else "other"
