"""Who a request is from, by its key, and whether it may be answered now."""

from __future__ import annotations

import time
from ipaddress import ip_network
from urllib.parse import urlsplit

from fastapi import HTTPException
from fastapi.concurrency import run_in_threadpool
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from qa_service.guard import host_name, is_loopback, may_be_rebound, with_limit
from qa_service.keys import KEY, Key, Keys
from qa_service.problems import problem, unauthorized
from qa_service.root_path import own_path

COOKIE = "tanya_key"
"""By which a browser sends the key, once it was entered at /key."""

_ENTRY = "/key"

_OPEN = ("/health/", "/docs", "/openapi.json", _ENTRY, "/ui/", "/favicon.ico")
"""What is answered without a key even where reading needs one."""

_BRINGS_ARTICLES = ("/articles", "/archive", "/chat/")
"""What sees to the size of its bodies itself."""

_MOST_BYTES = 2**20
"""Of any other body."""

_COSTLY = ("/search", "/plain")
"""What computes something though it is asked for by GET; a search of the archive page does too."""


class Access:
    """Lets requests pass to the app: with a valid key or none, and no more of them than agreed."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        keys: Keys,
        reading_needs_key: bool,
        rate: str | None,
        host: str = "",
        public_url: str = "",
    ) -> None:
        """`rate` is such as "120/minute": for each key, and for each address that sends none; programs on
        this machine are not counted. Where `host`, which is listened on, is this machine alone, no request
        passes that was sent to another name than `public_url`'s, by which a proxy passes requests on.
        """
        self._app = app
        self._here_alone = is_loopback(host)
        self._public_name = urlsplit(public_url).hostname
        self._keys = keys
        self._reading_needs_key = reading_needs_key
        self._rate = parse(rate) if rate else None
        # Its storage forgets who came no more; with a moving window it never does.
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            request = Request(scope, receive)
            sent = _sent(request) or request.cookies.get(COOKIE, "")
            key = await run_in_threadpool(self._keys.holder, sent) if sent else None
            refusal = self._refusal(request, key)
            if refusal is not None:
                await refusal(scope, receive, send)
                return
            scope[KEY] = key
            if not own_path(scope).startswith(_BRINGS_ARTICLES):
                try:
                    receive = with_limit(request, _MOST_BYTES, "shorten it").receive
                except HTTPException as too_large:
                    await problem(too_large.status_code, too_large.detail)(scope, receive, send)
                    return
        await self._app(scope, receive, send)

    def _refusal(self, request: Request, key: Key | None) -> Response | None:
        if self._here_alone and self._is_misdirected(request):
            return problem(
                421, "This host is not the service's: TANYA_PUBLIC_URL names it where there is one."
            )
        if key is None and not own_path(request.scope).startswith(_OPEN):
            # A browser sends its cookie unasked: with a key that was revoked it may do what all may.
            if _sent(request):
                return _keyless(
                    request, "This key is not valid, or no longer: `tanya keys make` makes another."
                )
            if self._reading_needs_key:
                return _keyless(
                    request, "A key is needed here: send it as Authorization: Bearer, or enter it at /key."
                )
        if self._rate is None or not _is_costly(request):
            return None
        return self._too_many(self._rate, key.id if key else _address(request))

    def _is_misdirected(self, request: Request) -> bool:
        host = request.headers.get("host", "")
        return may_be_rebound(host) and host_name(host) != self._public_name

    def _too_many(self, rate: RateLimitItem, who: str | None) -> Response | None:
        if who is None or self._limiter.hit(rate, who):
            return None
        # Right then is a moment too early.
        wait_s = int(self._limiter.get_window_stats(rate, who).reset_time - time.time()) + 1
        response = problem(429, f"Too many requests: at most {rate}. Try again in {wait_s} seconds.")
        response.headers["retry-after"] = str(wait_s)
        return response


def _sent(request: Request) -> str:
    """The key that a program sent, "" where none did."""
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and credentials.startswith("tanya_"):
        return credentials.strip()
    return request.headers.get("x-api-key", "")


def _keyless(request: Request, detail: str) -> Response:
    """The way to the page where a key is entered for who looks at pages, a problem for a program."""
    if request.method in ("GET", "HEAD") and "text/html" in request.headers.get("accept", ""):
        return RedirectResponse(request.scope.get("root_path", "") + _ENTRY, status_code=303)
    return unauthorized(detail)


def _is_costly(request: Request) -> bool:
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        return True
    path = own_path(request.scope)
    return path.startswith(_COSTLY) or (path == "/archive" and bool(request.query_params.get("q")))


def _address(request: Request) -> str | None:
    """Whence it comes; None for a program on this machine."""
    host = request.client.host if request.client else ""
    if is_loopback(host):
        return None
    try:
        # Who has an IPv6 address has all of its network.
        return str(ip_network(f"{host.partition('%')[0]}/64", strict=False)) if ":" in host else host
    except ValueError:  # whatever a proxy passes on
        return host
