"""HEAD is answered wherever GET is (RFC 9110, 9.3.2), which FastAPI's routes don't do by themselves."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from qa_service.problems import methods_at


class Head:
    """Has the app answer HEAD as GET; the server leaves the body out.

    What is mounted, and /mcp, see to it themselves: some of what they answer to GET never ends.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD" or "GET" not in methods_at(scope):
            await self._app(scope, receive, send)
            return
        asked = {**scope, "method": "GET"}
        try:
            await self._app(asked, receive, send)
        finally:
            scope["route"] = asked.get("route")  # for the log, which notes it as HEAD
