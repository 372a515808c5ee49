"""The ask story: question -> interpret -> retrieve -> read -> cite -> answer or abstain."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime

from index.records import WIB, Filters
from index.retrieve import Retriever
from index.store import Store
from qa_service.answers import Abstention, Answer, Retrieved, Stage, Turn
from qa_service.compose import Attempt, Composer, Suggest
from qa_service.errors import QuestionInvalid
from qa_service.foreground import Foreground
from qa_service.interpret import interpret
from qa_service.interpretation import AS_UNDERSTOOD, Edits
from qa_service.reader import Reader, wants_sentences
from qa_service.timeline import asks_for_course

LONGEST_QUESTION = 1000
"""Characters."""

LONGEST_HISTORY = 20
"""Turns before the question."""

READ = 12
"""How many passages are read for an answer."""

EVERYTHING = Filters()


class Ask:
    """Answers questions from the articles, or says why not."""

    def __init__(
        self,
        store: Store,
        retriever: Retriever,
        reader: Reader,
        *,
        threshold: float,
        foreground: Foreground,
        suggest: Suggest = lambda _question: (),
    ) -> None:
        """`threshold` is the probability of being right from which on an answer is given; where there is
        none, `suggest` gives questions that have one. `foreground` hears while a question is being answered.
        """
        self._retriever = retriever
        self._reader = reader
        self._foreground = foreground
        self._compose = Composer(store, threshold=threshold, suggest=suggest)
        self.threshold = threshold

    def __call__(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters = EVERYTHING,
        limit: int = 5,
        as_of: date | None = None,
        edits: Edits = AS_UNDERSTOOD,
    ) -> Answer | Abstention:
        """Answer with at most `limit` citations, or abstain with at most as many nearest passages.

        `limit` only cuts: what is answered first does not depend on it. No claim is cited twice before all
        are once, and figures are said to differ only where several are left. With `as_of`, the answer is
        that of the end of that day (WIB): nothing published later is read. Raises QuestionInvalid.
        """
        *_, result = self.stages(
            question, history=history, filters=filters, limit=limit, as_of=as_of, edits=edits
        )
        assert isinstance(result, Answer | Abstention)
        return result

    def stages(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters = EVERYTHING,
        limit: int = 5,
        as_of: date | None = None,
        edits: Edits = AS_UNDERSTOOD,
    ) -> Iterator[Stage]:
        """What asking comes to, told as it goes: how the question is understood, what was found, the result.

        There may be several ways to understand it: the next one is tried where the one before finds no
        answer, and the most probable one counts.
        """
        started = time.perf_counter()
        question = checked(question)
        ways = interpret(
            question,
            history=history,
            filters=_until(filters, as_of),
            as_of=as_of or datetime.now(WIB).date(),
            edits=edits,
        )
        best: Attempt | None = None
        for way in ways:
            yield way
            began = time.perf_counter()
            with self._foreground.busy():
                hits = self._retriever.retrieve(way.query, way.filters, limit=READ)
            retrieved = time.perf_counter()
            yield Retrieved(tuple(hits))
            with self._foreground.busy():
                readings = self._reader.fuse(way.query, self._reader.read(way.query, hits))
            if wants_sentences(way.query) or asks_for_course(way.query):
                readings = [replace(reading, answer=reading.span) for reading in readings]
            attempt = Attempt(way, readings, retrieved - began, time.perf_counter() - retrieved)
            best = attempt if best is None else max(best, attempt, key=lambda each: each.confidence)
            if best.confidence >= self.threshold:
                break
        assert best is not None
        yield self._compose(best, limit=limit, started=started)


def _until(filters: Filters, as_of: date | None) -> Filters:
    """The filters without what was published after that day."""
    if as_of is None:
        return filters
    return replace(filters, published_to=min(filters.published_to or as_of, as_of))


def checked(question: str) -> str:
    """The question without white space around it; raises QuestionInvalid."""
    question = question.strip()
    if not question:
        raise QuestionInvalid("the question is empty: send what you want to know")
    if len(question) > LONGEST_QUESTION:
        raise QuestionInvalid(
            f"the question has {len(question)} characters: shorten it to {LONGEST_QUESTION}"
        )
    return question
