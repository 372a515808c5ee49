"""Who may change the archive: who has a key that may write; else programs on this machine.

A request that a web page made is always refused: a page from anywhere can send requests to this machine
through the browser of whoever looks at it. Without keys, so is one from another machine, or through a proxy.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit

from fastapi import HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute
from starlette.types import Message

from qa_service.errors import KeyRefused, WritingRefused
from qa_service.keys import KEY, Key, Scope

_AT_ONCE = 4
"""Requests that change the archive, so that those which wait for it leave threads to those that ask."""

_IN_PARTS = "send it in parts, or use `tanya add`, which has no limit"

_BODILESS = "GET", "HEAD", "DELETE"
"""Methods that bring something in the path alone: whatever body they come with is not read."""

_PROXIED = "forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"
"""Headers by which a proxy says that it is one."""


def guarded_route(max_body: int) -> type[APIRoute]:
    """A route that changes the archive, with a body of at most so many bytes; what only reads is for all.

    Both are seen to before the body is read. A few are answered at a time, the others wait.
    """
    few = asyncio.Semaphore(_AT_ONCE)

    class Guarded(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            answer = super().get_route_handler()

            async def guarded(request: Request) -> Response:
                if request.method == "GET":
                    return await answer(request)
                await run_in_threadpool(require_writer, request)
                async with few:
                    return await answer(with_limit(request, max_body, _IN_PARTS))

            return guarded

    return Guarded


def limited_route(max_body: int) -> type[APIRoute]:
    """A route for all who may read, with a body of at most so many bytes."""

    class Limited(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            answer = super().get_route_handler()

            async def limited(request: Request) -> Response:
                return await answer(with_limit(request, max_body, "shorten it"))

            return limited

    return Limited


def require_writer(request: Request) -> None:
    """Raise KeyRefused or WritingRefused where the request must not change the archive."""
    require_right(request)
    require_own_page(request)


def require_own_page(request: Request) -> None:
    """Raise WritingRefused where a page of another site made the request."""
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site", "none")
    host = request.headers.get("host", "")
    if (origin is not None and _split(origin).netloc != host) or site not in ("none", "same-origin"):
        raise WritingRefused("The archive is not changed by other web pages: use a program, such as curl.")


def require_right(request: Request) -> None:
    """Raise KeyRefused or WritingRefused where whoever sends the request may not change the archive.

    Whatever page it was that sent it.
    """
    key: Key | None = request.scope.get(KEY)
    if key is not None:
        if not key.scope.includes(Scope.WRITE):
            raise WritingRefused(f"The key {key.id} may only read: send one that may write.")
    elif request.app.state.keys.are_set_up():
        raise KeyRefused(
            "Changing the archive needs a key: send it as Authorization: Bearer, or enter it at /key."
        )
    else:
        _require_this_machine(request)


def may_write(request: Request) -> bool:
    """Whether whoever sent the request may be offered to change the archive."""
    try:
        require_right(request)
    except (KeyRefused, WritingRefused):
        return False
    return True


def _require_this_machine(request: Request) -> None:
    if not (request.client and is_loopback(request.client.host)):
        raise WritingRefused(
            "Without keys the archive is only changed from the machine that serves it: send this there, to "
            "127.0.0.1, use `tanya add` and `tanya remove` there, or make a key with `tanya keys make`."
        )
    if any(header in request.headers for header in _PROXIED):
        raise WritingRefused(
            "Without keys the archive is not changed through a proxy: send this to 127.0.0.1, on the machine "
            "that serves, or make a key with `tanya keys make`."
        )
    if not is_loopback(host_name(request.headers.get("host", ""))):
        raise WritingRefused(
            "Without keys the archive is only changed at its own address: send this to 127.0.0.1."
        )


def _split(address: str) -> SplitResult:
    """The parts of an address, none where it is none, such as "http://["."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def host_name(host: str) -> str:
    """The name or address in a Host header, without the port; "" where there is none."""
    return _split(f"//{host}").hostname or ""


def is_loopback(host: str) -> bool:
    """Whether the host, a name or an address, is this machine under any circumstances."""
    if host.lower() == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def may_be_rebound(host: str) -> bool:
    """Whether the Host of a request is a name that somebody could have led here: any but localhost.

    A page from anywhere can have its own name resolve to this machine (DNS rebinding), and is of one origin
    with us then. An address cannot be led elsewhere, and what sends no Host is no browser.
    """
    name = host_name(host)
    try:
        ip_address(name)
    except ValueError:
        return bool(host) and name != "localhost"
    return False


def with_limit(request: Request, max_body: int, advice: str) -> Request:
    """The request, whose body raises HTTPException 413, with the advice, where it is larger than that."""
    too_large = HTTPException(413, f"The body is larger than {max_body} bytes: {advice}.")
    length = request.headers.get("content-length", "")
    if request.method not in _BODILESS and length.isdecimal() and int(length) > max_body:
        raise too_large
    received = 0

    async def receive() -> Message:
        nonlocal received
        message = await request.receive()
        received += len(message.get("body", b""))
        if received > max_body:
            raise too_large
        return message

    return Request(request.scope, receive)
