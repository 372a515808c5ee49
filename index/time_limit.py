"""Coroutines for threads: what they come to within a time, whatever they have under way by then.

`asyncio.run` waits for its threads at the end. One of them asks the resolver for a host's address, which
can't be cancelled: a limit of a second then lasts as long as the resolver takes.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

Made = TypeVar("Made")
_Given = ParamSpec("_Given")


def run_within(work: Coroutine[Any, Any, Made], timeout_s: float | None) -> Made:
    """What the coroutine makes, in an event loop of its own; raises TimeoutError after that time, if any.

    Threads that it has begun are left to end by themselves, and keep no process from ending.
    """

    async def limited() -> Made:
        asyncio.get_running_loop().set_default_executor(_Unheld())
        async with asyncio.timeout(timeout_s):
            return await work

    return asyncio.run(limited())


class _Unheld(ThreadPoolExecutor):
    """Runs each call in a thread of its own that nobody waits for; of a class that a loop takes."""

    def submit(
        self, function: Callable[_Given, Made], /, *args: _Given.args, **kwargs: _Given.kwargs
    ) -> Future[Made]:
        made: Future[Made] = Future()

        def run() -> None:
            try:
                made.set_result(function(*args, **kwargs))
            except BaseException as error:
                made.set_exception(error)

        if made.set_running_or_notify_cancel():
            threading.Thread(target=run, daemon=True).start()
        return made
