"""Which pages of other sites may read here, through the browser of whoever looks at them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from qa_service.root_path import own_path

_READ = re.compile(
    r"/(search|articles|articles/[^/]+(/copies|/revisions(/[^/]+)?)?|answers/[^/]+|v1/models(/.+)?|health/\w+|"
    r"openapi\.json)"
)

_ASKED = re.compile(r"/(ask|quotes/locate|v1/chat/completions|v1/embeddings|answers/[^/]+/feedback)")

_SENT = ("Accept", "Authorization", "Content-Type", "X-API-Key", "X-Request-Id")
_SHOWN = ("Retry-After", "X-Request-Id")


class CrossOrigin:
    """Lets pages of these origins ask and read over the API. What changes the archive stays closed to them,
    whatever key they have, and so do our own pages.

    No cookie counts for them: where a key is needed, the page must have one itself and send it in a header.
    """

    def __init__(self, app: ASGIApp, *, origins: Sequence[str]) -> None:
        """`origins` are such as "https://example.org", or "*" for all."""
        self._app = app
        self._open = CORSMiddleware(
            app,
            allow_origins=origins,
            allow_methods=("GET", "POST"),
            allow_headers=_SENT,
            expose_headers=_SHOWN,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        reads = scope["type"] == "http" and _is_reading(scope)
        await (self._open if reads else self._app)(scope, receive, send)


def _is_reading(scope: Scope) -> bool:
    """Whether the request, or the one that a browser asks leave for, changes nothing in the archive."""
    asked_for = Headers(scope=scope).get("access-control-request-method")
    method = asked_for if scope["method"] == "OPTIONS" and asked_for else scope["method"]
    path = own_path(scope)
    sort = {"GET": _READ, "HEAD": _READ, "POST": _ASKED}.get(method)
    return sort is not None and sort.fullmatch(path) is not None
