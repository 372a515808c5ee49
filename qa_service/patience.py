"""How long a request is waited for, and how long it waits: its body must come on, its answer begin in time.

    client ──body──▶ Patience ──▶ app        too slow: 408
    client ◀──begun── Patience ◀── app        too slow: 503, and the work is given up
    client gone ────▶ Patience ──▶            the work is given up
    server ends ────▶ Patience ──▶ client     503, and the work is given up

What has begun to be sent is cut by the server's end alone: a stream may last.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable

import anyio
from fastapi import HTTPException
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa_service.problems import RETRY_AFTER_S, problem
from qa_service.wanted import WISH, Wish

TIMEOUT_S = 60.0

_SLOWEST = 1024
"""Bytes a second that a body must come with, once it has had the time that an answer has."""

GONE = 499
"""The status that is noted of a request whose client went away; nobody hears it."""

CUT = "tanya.cut"
"""In the scope of a request whose client went away when its answer had begun."""

_log = logging.getLogger(__name__)

LatePage = Callable[[Request], Response | None]
"""What a person is shown in the place of a page that comes too late; None for who is to hear a problem."""


def no_page(_: Request) -> None:
    """The LatePage of who has no pages."""


class Patience:
    """Lets requests pass to the app, and ends those that take too long or that nobody waits for."""

    def __init__(self, app: ASGIApp, *, timeout_s: float = TIMEOUT_S, late_page: LatePage = no_page) -> None:
        """`timeout_s` is what the work may take until an answer begins. The body has as long, and a second
        more for each kilobyte that came. Waiting for the one does not count for the other.
        """
        self._app = app
        self._timeout_s = timeout_s
        self._late_page = late_page
        self._winding_up: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(
            self._app, scope, receive, send, timeout_s=self._timeout_s, late_page=self._late_page
        )
        left = await exchange.run()
        scope[CUT] = exchange.is_cut
        if left is not None:
            # A thread can't be stopped: it ends with the stage it is at, and meanwhile the answer is given.
            self._winding_up.add(left)
            left.add_done_callback(self._wound_up)

    def _wound_up(self, work: asyncio.Task[None]) -> None:
        self._winding_up.discard(work)
        if not work.cancelled() and (error := work.exception()) is not None:
            _log.info("a request that was given up ended with %s", type(error).__name__)


class _Exchange:
    """One request and its answer."""

    def __init__(
        self,
        app: ASGIApp,
        scope: Scope,
        receive: Receive,
        send: Send,
        *,
        timeout_s: float,
        late_page: LatePage,
    ) -> None:
        self._app, self._scope, self._from_client, self._to_client = app, scope, receive, send
        self._late_page = late_page
        self._timeout_s = self._work_left_s = timeout_s
        self._loop = asyncio.get_running_loop()
        self._wish = Wish()
        self._has_body = _has_body(scope)
        self._received = 0
        self._waited_s = 0.0
        self._clock: asyncio.TimerHandle | None = None
        self._begun = self._sent = self._over = False
        self._gone = asyncio.Event()
        self._ending: asyncio.Future[None] = self._loop.create_future()
        self._listener: asyncio.Task[None] | None = None
        self._cancelling = anyio.CancelScope()

    @property
    def is_cut(self) -> bool:
        """Whether the client went away in the middle of the answer."""
        return self._begun and self._gone.is_set() and not self._sent

    async def run(self) -> asyncio.Task[None] | None:
        """Answer the request; gives the work back that is still being wound up, if any."""
        before = WISH.set(self._wish)
        try:
            work = asyncio.create_task(self._work())
        finally:
            WISH.reset(before)
        self._start_clock()
        if not self._has_body:
            self._listen()
        try:
            await asyncio.wait((work, self._ending), return_when=asyncio.FIRST_COMPLETED)
            why = (
                f"The answer took longer than {self._timeout_s:g} seconds and was given up. Try again later."
            )
        except asyncio.CancelledError:  # the server ends, and takes what is raised for a failure
            why = "The service is being stopped and cannot finish this. Try again in a few seconds."
        finally:
            self._stop_clock()
            if self._listener is not None:
                self._listener.cancel()
        if work.done():
            work.result()
            return None
        self._give_up()
        if not self._begun:
            await self._say(why)
        return work

    async def _work(self) -> None:
        with self._cancelling:
            await self._app(self._scope, self._receive, self._send)

    def _give_up(self) -> None:
        self._over = True
        self._wish.give_up()
        self._cancelling.cancel()

    async def _say(self, why: str) -> None:
        if self._gone.is_set():
            await self._to_client({"type": "http.response.start", "status": GONE, "headers": []})
            await self._to_client({"type": "http.response.body", "body": b""})
            return
        response = self._late_page(Request(self._scope)) or problem(503, why)
        response.headers["retry-after"] = str(RETRY_AFTER_S)
        await response(self._scope, self._from_client, self._to_client)

    # What the app hears and says

    async def _receive(self) -> Message:
        if self._gone.is_set():
            return {"type": "http.disconnect"}
        if self._listener is not None:
            if not self._has_body:  # the listener has taken what the server says of that
                self._has_body = True
                return {"type": "http.request", "body": b"", "more_body": False}
            await self._gone.wait()
            return {"type": "http.disconnect"}
        self._stop_clock()
        try:
            message = await self._next_of_body()
        finally:
            self._start_clock()
        if message["type"] == "http.disconnect":
            self._has_gone()
        elif not message.get("more_body", False):
            self._listen()
        return message

    async def _next_of_body(self) -> Message:
        began = self._loop.time()
        allowed_s = self._timeout_s + self._received / _SLOWEST - self._waited_s
        try:
            async with asyncio.timeout(allowed_s):
                message = await self._from_client()
        except TimeoutError as error:
            detail = "The body did not come on: send it without pauses, or in parts."
            raise HTTPException(408, detail, {"connection": "close"}) from error
        finally:
            self._waited_s += self._loop.time() - began
        self._received += len(message.get("body", b""))
        return message

    async def _send(self, message: Message) -> None:
        if self._over:
            return
        self._begun = True
        self._stop_clock()
        await self._to_client(message)
        self._sent = message["type"] == "http.response.body" and not message.get("more_body", False)

    # When it ends

    def _listen(self) -> None:
        self._listener = asyncio.create_task(self._until_gone())

    async def _until_gone(self) -> None:
        while (await self._from_client())["type"] != "http.disconnect":
            pass
        self._has_gone()

    def _has_gone(self) -> None:
        self._gone.set()
        self._wish.give_up()
        self._end()

    def _end(self) -> None:
        # What has begun ends by itself: who sends it hears that nobody is there.
        if not (self._begun or self._ending.done()):
            self._ending.set_result(None)

    def _start_clock(self) -> None:
        if not self._begun:
            self._clock_started_at = self._loop.time()
            self._clock = self._loop.call_later(max(0, self._work_left_s), self._end)
            self._wish.deadline = time.monotonic() + self._work_left_s

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None
            self._wish.deadline = math.inf
            self._work_left_s -= self._loop.time() - self._clock_started_at


def _has_body(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"
