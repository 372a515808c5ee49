"""Questions that the archive does answer, verified before they are offered."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.embedder import Embedder
from index.store import Store
from qa_service.answers import Abstention, Answer
from qa_service.title_questions import question_of

AT_MOST = 3

_TITLES = 12
"""Of how many of the newest articles the titles are tried: each is a question of a second."""

_EVERY_S = 2.0
"""How often it is looked whether the archive changed, and how long it has rested before all is verified."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Verified:
    """The questions that the archive answered as it was after a change, and their vectors as rows."""

    change: int
    questions: tuple[str, ...]
    vectors: NDArray[np.float32]


class Suggestions:
    """Offers questions, of the candidates and the newest titles those that the archive answers as it is now.

    Verifying is reading, and takes a second or so for a few questions: a thread does it once the archive has
    rested after a change (`follow`), and until then nothing is offered.
    """

    def __init__(
        self,
        store: Store,
        embedder: Embedder,
        *,
        candidates: Sequence[str],
        ask: Callable[[str], Answer | Abstention],
    ) -> None:
        self._store = store
        self._embedder = embedder
        self._candidates = candidates
        self._ask = ask
        self._verified = _Verified(-1, (), np.empty((0, embedder.dimension), np.float32))

    def __call__(self, question: str) -> tuple[str, ...]:
        """At most AT_MOST questions, those nearest in meaning first, in milliseconds.

        Safe to share by threads.
        """
        verified = self._verified
        if not verified.questions or verified.change != self._store.last_change():
            return ()
        nearness = verified.vectors @ self._embedder.embed_query(question)
        nearest = [verified.questions[i] for i in np.argsort(-nearness, kind="stable")]
        return tuple(each for each in nearest if each != question)[:AT_MOST]

    def follow(self, stop: threading.Event) -> None:
        """Verify anew after each change, once the archive rests, until `stop` is set."""
        seen = -1
        while not stop.wait(_EVERY_S):
            try:
                seen, before = self._store.last_change(), seen
                if seen == before and seen != self._verified.change:
                    self.verify(stop)
            except Exception:  # whatever it was, the next round may go well
                _log.exception("no question is suggested for now")

    def verify(self, stop: threading.Event) -> None:
        """Ask every candidate, and offer from now on those that are answered; given up when `stop` is set.

        What is made of a title has to be answered from its article.
        """
        change = self._store.last_change()
        newest = self._store.articles(offset=0, limit=_TITLES)
        of_titles = {question: article.id for article in newest if (question := question_of(article))}
        answered = []
        for question, source in {**of_titles, **dict.fromkeys(self._candidates)}.items():
            if stop.is_set():
                return
            result = self._ask(question)
            if isinstance(result, Answer) and source in (None, result.citations[0].article.id):
                answered.append(question)
        vectors = [self._embedder.embed_query(question) for question in answered]
        rows = np.array(vectors, np.float32).reshape(-1, self._embedder.dimension)
        self._verified = _Verified(change, tuple(answered), rows)
