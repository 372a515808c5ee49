"""Whether somebody still waits for what is being computed; what nobody waits for is not begun.

A request sets its Wish in the context that its threads inherit. What is computed for nobody's request, such
as a job's articles, has none, and is always wanted.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from qa_service.errors import GivenUp

Step = TypeVar("Step")


class Wish:
    """What somebody waits for, until it is given up. Any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Callable[[], None]] = []
        self.since = time.monotonic()
        self.is_given_up = False
        self.deadline = math.inf
        """By when something must have come of it, on the monotonic clock."""

    def give_up(self) -> None:
        """Withdraw what waits to be computed for it; nothing more is begun."""
        with self._lock:
            self.is_given_up = True
            waiting, self._waiting = self._waiting, []
        for withdraw in waiting:
            withdraw()

    @contextmanager
    def withdrawn_by(self, withdraw: Callable[[], None]) -> Iterator[None]:
        """Have `withdraw` called when it is given up while the block runs, at once where it was before."""
        with self._lock:
            if not self.is_given_up:
                self._waiting.append(withdraw)
        try:
            if self.is_given_up:
                withdraw()
            yield
        finally:
            with self._lock:
                if withdraw in self._waiting:
                    self._waiting.remove(withdraw)


WISH: ContextVar[Wish | None] = ContextVar("wish", default=None)
"""What the present request waits for."""


def require_wanted() -> None:
    """Raise GivenUp where nobody waits any more."""
    wish = WISH.get()
    if wish is not None and wish.is_given_up:
        raise GivenUp("the request was given up: ask again")


def left_s() -> float:
    """How long the present request will yet be waited for, in seconds; `inf` where no limit is known."""
    wish = WISH.get()
    return math.inf if wish is None else wish.deadline - time.monotonic()


@contextmanager
def while_wanted(withdraw: Callable[[], None]) -> Iterator[None]:
    """Have `withdraw` called where the present request is given up while the block runs."""
    wish = WISH.get()
    if wish is None:
        yield
        return
    with wish.withdrawn_by(withdraw):
        yield


def wished(wish: Wish, steps: Iterator[Step]) -> Iterator[Step]:
    """The steps, each made for this wish, whatever the context in which it is asked for."""
    while True:
        before = WISH.set(wish)
        try:
            step = next(steps)
        except StopIteration:
            return
        finally:
            WISH.reset(before)
        yield step
