"""The ask story: question -> retrieve -> read -> cite -> answer or abstain."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from index.languages import detect
from index.records import Filters, Freshness
from index.retrieve import Retriever
from index.store import Store
from qa_service.answers import (
    Abstention,
    Answer,
    Citation,
    Interpretation,
    Reason,
    Statement,
    Timings,
    Turn,
)
from qa_service.errors import QuestionInvalid
from qa_service.messages import message
from qa_service.reader import Reader, Reading

LONGEST_QUESTION = 1000
"""Characters."""

LONGEST_HISTORY = 20
"""Turns before the question."""

_READ = 5
"""How many passages are read for an answer."""

_CLOSE = 0.8
"""A further sentence is stated too when its probability is at least this share of the best one's."""


EVERYTHING = Filters()


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One way to understand the question, and what reading gave for it."""

    query: str
    readings: list[Reading]
    retrieve_s: float
    read_s: float

    @property
    def confidence(self) -> float:
        return self.readings[0].probability if self.readings else 0.0


class Ask:
    """Answers questions from the articles, or says why not."""

    def __init__(self, store: Store, retriever: Retriever, reader: Reader, *, threshold: float) -> None:
        """`threshold` is the probability of being right from which on an answer is given."""
        self._store = store
        self._retriever = retriever
        self._reader = reader
        self._threshold = threshold

    def __call__(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters = EVERYTHING,
        limit: int = 5,
    ) -> Answer | Abstention:
        """Answer with at most `limit` citations, or abstain with at most as many nearest passages.

        `limit` only cuts: what is answered does not depend on it. A question that finds no answer alone is
        tried once more after the one before it in `history`. Raises QuestionInvalid.
        """
        started = time.perf_counter()
        question = checked(question)
        attempt = self._attempt(question, filters)
        if history and attempt.confidence < self._threshold:
            together = self._attempt(f"{history[-1].question} {question}", filters)
            attempt = max(attempt, together, key=lambda each: each.confidence)
        return self._result(question, attempt, filters, limit, started)

    def _attempt(self, query: str, filters: Filters) -> _Attempt:
        started = time.perf_counter()
        hits = self._retriever.retrieve(query, filters, limit=_READ)
        retrieved = time.perf_counter()
        readings = self._reader.read(query, hits)
        return _Attempt(query, readings, retrieved - started, time.perf_counter() - retrieved)

    def _result(
        self, question: str, attempt: _Attempt, filters: Filters, limit: int, started: float
    ) -> Answer | Abstention:
        answer_id = secrets.token_urlsafe(12)
        interpretation = Interpretation(detect(question), attempt.query, filters)
        freshness = self._store.freshness()
        cited = cite(self._stated(attempt)[:limit])
        timings = Timings(
            retrieve=1000 * attempt.retrieve_s,
            read=1000 * attempt.read_s,
            total=1000 * (time.perf_counter() - started),
        )
        if cited:
            return Answer(
                answer_id, _statements(cited), cited, attempt.confidence, interpretation, freshness, timings
            )
        reason = _reason(attempt, filters, freshness)
        why = message(reason, language=interpretation.language)
        by_passage = _first_of_each(attempt.readings, key=lambda reading: reading.hit.passage.id)
        nearest = cite(by_passage[:limit])
        return Abstention(
            answer_id, reason, why, nearest, attempt.confidence, interpretation, freshness, timings
        )

    def _stated(self, attempt: _Attempt) -> list[Reading]:
        """The readings that are shown: those probable enough, one of each article, the best first."""
        bar = max(self._threshold, _CLOSE * attempt.confidence)
        probable = [reading for reading in attempt.readings if reading.probability >= bar]
        return _first_of_each(probable, key=lambda reading: reading.hit.article.id)


def cite(readings: Sequence[Reading]) -> tuple[Citation, ...]:
    """Numbered citations of the readings. A span that is no part of its passage gives none.

    This is the gate: what is shown as a quote is cut here from the very text that is stored, at the offsets
    that are given with it.
    """
    sound = [reading for reading in readings if _stands(reading)]
    return tuple(_citation(n, reading) for n, reading in enumerate(sound, start=1))


def _statements(cited: Sequence[Citation]) -> tuple[Statement, ...]:
    """Each quote once, with the marks of all citations that say it."""
    marks: dict[str, list[int]] = {}
    for citation in cited:
        marks.setdefault(citation.quote, []).append(citation.n)
    return tuple(Statement(quote, tuple(numbers)) for quote, numbers in marks.items())


def _stands(reading: Reading) -> bool:
    passage, span = reading.hit.passage, reading.span
    return passage.start <= span.start < span.end <= passage.end


def _citation(n: int, reading: Reading) -> Citation:
    article, span = reading.hit.article, reading.span
    return Citation(
        n=n,
        quote=article.text[span.start : span.end],
        start=span.start,
        end=span.end,
        article=article,
        passage=reading.hit.passage,
        score=reading.probability,
    )


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


def _reason(attempt: _Attempt, filters: Filters, freshness: Freshness) -> Reason:
    if freshness.articles == 0:
        return Reason.EMPTY_CORPUS
    return Reason.NO_MATCHING_ARTICLES if filters and not attempt.readings else Reason.NOT_IN_ARTICLES


def _first_of_each(readings: Sequence[Reading], *, key: Callable[[Reading], Hashable]) -> list[Reading]:
    """The first reading with each key, in order."""
    first: dict[Hashable, Reading] = {}
    for reading in readings:
        first.setdefault(key(reading), reading)
    return list(first.values())
