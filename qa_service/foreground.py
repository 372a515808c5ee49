"""What somebody waits for, and the work in the background that makes way for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from qa_service.errors import Overloaded


class Foreground:
    """Counts what is being done while somebody waits. Any thread may use it."""

    def __init__(self, *, most_questions: int) -> None:
        """`most_questions` is how many are in hand at once."""
        self._changed = threading.Condition()
        self._going_on = 0
        self._questions = 0
        self._most_questions = most_questions

    @property
    def questions(self) -> int:
        """How many are in hand."""
        return self._questions

    def require_room(self) -> None:
        """Raise Overloaded where one question more is one too many."""
        if self._questions >= self._most_questions:
            raise Overloaded(f"{self._questions} questions are being answered: ask again in a few seconds")

    @contextmanager
    def question(self) -> Iterator[None]:
        """Have a question in hand while the block runs. Raises Overloaded where it is one too many."""
        with self._changed:
            self.require_room()
            self._questions += 1
        try:
            yield
        finally:
            with self._changed:
                self._questions -= 1

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
