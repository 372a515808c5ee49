"""The path below which the service is served, as behind a proxy that serves other things beside it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

OURS = re.compile(
    r"/(a|answers|archive|articles|ask|chat|docs|favicon\.ico|health|jobs|key|manifest\.json|mcp|metrics|"
    r"openapi\.json|plain|quotes|search|ui|v1)(/.*)?"
)
"""Our own paths, and what begins like them. We can't be served below one: whether the proxy took it off a
request could not be told.
"""


class RootPath:
    """Serves the app below a path such as /tanya, whether a proxy takes it off the requests or leaves it on.

    It must come before all that looks at paths.
    """

    def __init__(self, app: ASGIApp, *, root: str) -> None:
        self._app = app
        self._root = root

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            path = scope["path"]
            whole = path if f"{path}/".startswith(f"{self._root}/") else self._root + path
            scope = {**scope, "root_path": self._root, "path": whole}
        await self._app(scope, receive, send)


def own_path(scope: Scope) -> str:
    """The request's path as our routes know it, outside of what is mounted."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def root_of(public_url: str) -> str:
    """The path of the address at which people reach the service, "" where it has a host of its own."""
    return urlsplit(public_url).path
