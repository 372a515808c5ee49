"""What somebody waits for, and the work in the background that makes way for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Foreground:
    """Counts what is being done while somebody waits. Any thread may use it."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._going_on = 0

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Count the block while it runs."""
        with self._changed:
            self._going_on += 1
        try:
            yield
        finally:
            with self._changed:
                self._going_on -= 1
                self._changed.notify_all()

    def let_pass(self, *, at_most_s: float) -> None:
        """Wait while anything is going on, but no longer than that."""
        with self._changed:
            self._changed.wait_for(lambda: not self._going_on, timeout=at_most_s)
