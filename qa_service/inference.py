"""The thread in which the models compute. All that is asked of them waits for it, in an order that is fair.

Each model uses all cores by itself: two at once would only slow each other down, and each more takes more
memory. What waits together is computed together, as far as that is quicker.
"""

from __future__ import annotations

import threading
import time
from bisect import insort
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from index.embedder import BATCH_SIZE, Embedder
from qa_service.ask import Watch, unwatched
from qa_service.errors import GivenUp
from qa_service.pairs import Logits, Pair, Scorer
from qa_service.wanted import WISH, while_wanted

_WINDOW_S = 0.003
"""How long the first of those that are computed together waits for others."""

_PAIRS_AT_ONCE = 24
"""Two questions' passages: more gain nothing on a processor and make the first one wait."""

_QUERIES_AT_ONCE = 16

_BEFORE_THE_PATIENT = 6
"""How often others go before a call that is patient: an ingest comes on, however much is asked."""

Item = TypeVar("Item")
Made = TypeVar("Made")


class Inference:
    """Computes what comes by its lanes, of the oldest request first, and what is patient after most else.

    So a question that was begun comes to its end: if calls were taken as they come, all questions would be
    answered late when there are many.
    """

    def __init__(self, *, heard: Callable[[int], None]) -> None:
        """`heard` is told how many items are computed together."""
        self._heard = heard
        self._waiting: list[_Call] = []
        self._patient: deque[_Call] = deque()
        self._changed = threading.Condition()
        self._before = 0
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="inference", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Compute what waits, and end."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._thread.join()

    @property
    def waiting(self) -> int:
        """How many calls wait to be computed."""
        return len(self._waiting) + len(self._patient)

    def put(self, call: _Call, *, patient: bool) -> None:
        """Let a call wait for its turn. Raises RuntimeError after the end."""
        with self._changed:
            if self._stopping:
                raise RuntimeError("the models compute no more: the service stops")
            if patient:
                self._patient.append(call)
            else:
                insort(self._waiting, call, key=lambda each: each.since)
            self._changed.notify_all()

    def withdraw(self, call: _Call) -> None:
        """Let a call wait no longer: it raises GivenUp. One that is being computed is computed to its end."""
        with self._changed:
            for waiting in (self._waiting, self._patient):
                if call in waiting:
                    waiting.remove(call)
                    call.made.set_exception(GivenUp("the request was given up: ask again"))

    def _run(self) -> None:
        while (calls := self._next()) is not None:
            if calls:
                self._heard(sum(len(call.items) for call in calls))
                calls[0].lane.compute(calls)

    def _next(self) -> list[_Call] | None:
        """The calls that are computed together next, after a wait: none where they were withdrawn meanwhile,
        None at the end.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._patient or self._stopping)
            if not self._waiting and not self._patient:
                return None
            if self._patient and (not self._waiting or self._before >= _BEFORE_THE_PATIENT):
                self._before = 0
                return [self._patient.popleft()]
            self._before += 1
            lane, until = self._waiting[0].lane, time.monotonic() + _WINDOW_S
            while not self._stopping and self._size(lane) < lane.at_once:
                if not self._changed.wait(max(0, until - time.monotonic())):
                    break
            return self._taken(lane)

    def _size(self, lane: Lane[Any, Any]) -> int:
        return sum(len(call.items) for call in self._waiting if call.lane is lane)

    def _taken(self, lane: Lane[Any, Any]) -> list[_Call]:
        """The first call of the lane, and those after it that fit in with it."""
        taken: list[_Call] = []
        room = lane.at_once
        for call in [call for call in self._waiting if call.lane is lane]:
            if taken and len(call.items) > room:
                break
            taken.append(call)
            room -= len(call.items)
            self._waiting.remove(call)
        return taken


class Lane(Generic[Item, Made]):
    """One function of a model, of many items at once, by which calls from many threads are computed."""

    def __init__(
        self,
        inference: Inference,
        function: Callable[[Sequence[Item]], Sequence[Made]],
        *,
        at_once: int,
        patient: bool = False,
    ) -> None:
        """At most `at_once` items are put together; a single call is never divided."""
        self._inference = inference
        self._function = function
        self._patient = patient
        self.at_once = at_once

    def __call__(self, items: Sequence[Item]) -> Sequence[Made]:
        """What the function makes of the items, once it is their turn. Raises GivenUp where the request that
        this is for was given up while they waited.
        """
        call = _Call(self, items)
        self._inference.put(call, patient=self._patient)
        with while_wanted(partial(self._inference.withdraw, call)):
            made: Sequence[Made] = call.made.result()
        return made

    def compute(self, calls: Sequence[_Call]) -> None:
        """Give each call what the function makes of its items; what it raises where it fails."""
        try:
            made = self._function([item for call in calls for item in call.items])
        except BaseException as error:
            if len(calls) > 1:  # one call's trouble is none of the others'
                for call in calls:
                    self.compute([call])
            else:
                calls[0].made.set_exception(error)
            return
        start = 0
        for call in calls:
            call.made.set_result(made[start : start + len(call.items)])
            start += len(call.items)


class _Call:
    """Items that wait to be computed, `since` their request began."""

    __slots__ = ("items", "lane", "made", "since")

    def __init__(self, lane: Lane[Any, Any], items: Sequence[Any]) -> None:
        self.lane = lane
        self.items = items
        wish = WISH.get()
        self.since = wish.since if wish else time.monotonic()
        self.made: Future[Any] = Future()


class InferredEmbedder:
    """An Embedder that computes in the inference thread: questions before passages, which come in batches."""

    def __init__(self, embedder: Embedder, inference: Inference, *, watch: Watch = unwatched) -> None:
        """`watch` hears while a question is embedded."""
        self._embedder = embedder
        self._watch = watch
        self._queries: Lane[str, NDArray[np.float32]] = Lane(
            inference, lambda texts: list(embedder.embed_queries(texts)), at_once=_QUERIES_AT_ONCE
        )
        self._passages: Lane[str, NDArray[np.float32]] = Lane(
            inference, lambda texts: list(embedder.embed_passages(texts)), at_once=BATCH_SIZE, patient=True
        )
        self.dimension = embedder.dimension
        self.model_name = embedder.model_name
        self.fingerprint = embedder.fingerprint
        self.max_tokens = embedder.max_tokens

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Batch by batch, the longest texts first, as the model does by itself: a question waits for one."""
        vectors = np.empty((len(texts), self.dimension), np.float32)
        longest_first = sorted(range(len(texts)), key=lambda place: -len(texts[place]))
        for start in range(0, len(texts), BATCH_SIZE):
            places = longest_first[start : start + BATCH_SIZE]
            vectors[places] = self._passages([texts[place] for place in places])
        return vectors

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """So many at once as a question may wait for."""
        batches = range(0, len(texts), _QUERIES_AT_ONCE)
        vectors = [row for at in batches for row in self._queries(texts[at : at + _QUERIES_AT_ONCE])]
        return np.asarray(vectors, np.float32).reshape(-1, self.dimension)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        with self._watch("embed"):
            vector: NDArray[np.float32] = self.embed_queries([text])[0]
        return vector

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._embedder.count_tokens(texts)


class InferredScorer:
    """A Scorer that computes in the inference thread."""

    def __init__(self, scorer: Scorer, *, inference: Inference) -> None:
        self._pairs: Lane[Pair, Logits] = Lane(inference, scorer.score, at_once=_PAIRS_AT_ONCE)

    def score(self, pairs: Sequence[Pair]) -> list[Logits]:
        return list(self._pairs(pairs)) if pairs else []
