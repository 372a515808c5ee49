"""The ask story: question -> retrieve -> read -> cite -> answer or abstain."""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, count, islice

from index.languages import detect
from index.records import Filters, Freshness
from index.retrieve import Retriever
from index.store import Store
from qa_service.agreement import Claim, claims, differ, outlets
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
from qa_service.foreground import Foreground
from qa_service.messages import message
from qa_service.reader import Reader, Reading, wants_sentences

LONGEST_QUESTION = 1000
"""Characters."""

LONGEST_HISTORY = 20
"""Turns before the question."""

READ = 12
"""How many passages are read for an answer."""

_CLOSE = 0.8
"""A further quote is shown too when its probability is at least this share of the best one's."""

_WORTH_A_LOOK = 0.5
"""The share of the threshold from which on an abstention says that the nearest passage may answer."""

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

    def __init__(
        self,
        store: Store,
        retriever: Retriever,
        reader: Reader,
        *,
        threshold: float,
        foreground: Foreground,
    ) -> None:
        """`threshold` is the probability of being right from which on an answer is given.

        `foreground` is told while a question is being answered.
        """
        self._store = store
        self._retriever = retriever
        self._reader = reader
        self._foreground = foreground
        self.threshold = threshold

    def __call__(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters = EVERYTHING,
        limit: int = 5,
    ) -> Answer | Abstention:
        """Answer with at most `limit` citations, or abstain with at most as many nearest passages.

        `limit` only cuts: what is answered first does not depend on it. No claim is cited twice before all
        are once, and figures are said to differ only where several are left. A question that finds no answer
        alone is tried once more after the one before it in `history`. Raises QuestionInvalid.
        """
        started = time.perf_counter()
        question = checked(question)
        attempt = self._attempt(question, filters)
        if history and attempt.confidence < self.threshold:
            together = self._attempt(f"{history[-1].question} {question}", filters)
            attempt = max(attempt, together, key=lambda each: each.confidence)
        return self._result(question, attempt, filters, limit, started)

    def _attempt(self, query: str, filters: Filters) -> _Attempt:
        with self._foreground.busy():
            started = time.perf_counter()
            hits = self._retriever.retrieve(query, filters, limit=READ)
            retrieved = time.perf_counter()
            readings = self._reader.fuse(query, self._reader.read(query, hits))
        if wants_sentences(query):
            readings = [replace(reading, answer=reading.span) for reading in readings]
        return _Attempt(query, readings, retrieved - started, time.perf_counter() - retrieved)

    def _result(
        self, question: str, attempt: _Attempt, filters: Filters, limit: int, started: float
    ) -> Answer | Abstention:
        answer_id = secrets.token_urlsafe(12)
        interpretation = Interpretation(detect(question), attempt.query, filters)
        freshness = self._store.freshness()
        found = claims(cite(self._probable(attempt)))
        timings = Timings(
            retrieve=1000 * attempt.retrieve_s,
            read=1000 * attempt.read_s,
            total=1000 * (time.perf_counter() - started),
        )
        about = attempt.confidence, interpretation, freshness, timings, tuple(attempt.readings)
        if found:
            shown = _cut(found, limit)
            cited = self._with_stories(numbered(list(chain.from_iterable(shown))))
            differing = differ(found) and len(shown) > 1
            return Answer(answer_id, _statements(found, shown), cited, differing, *about)
        reason = self._reason(attempt, filters, freshness)
        why = message(reason, language=interpretation.language)
        nearest = self._with_stories(cite(attempt.readings[:limit]))
        return Abstention(answer_id, reason, why, nearest, *about)

    def _with_stories(self, citations: Sequence[Citation]) -> tuple[Citation, ...]:
        return tuple(
            replace(citation, story=self._store.story(citation.article.id)) for citation in citations
        )

    def _probable(self, attempt: _Attempt) -> list[Reading]:
        """The readings that are shown: those probable enough, one of each article, the best first."""
        bar = max(self.threshold, _CLOSE * attempt.confidence)
        probable = [reading for reading in attempt.readings if reading.probability >= bar]
        first_of_each: dict[str, Reading] = {}
        for reading in probable:
            first_of_each.setdefault(reading.hit.article.id, reading)
        return list(first_of_each.values())

    def _reason(self, attempt: _Attempt, filters: Filters, freshness: Freshness) -> Reason:
        if freshness.articles == 0:
            return Reason.EMPTY_CORPUS
        if filters and not attempt.readings:
            return Reason.NO_MATCHING_ARTICLES
        unsure = attempt.confidence >= _WORTH_A_LOOK * self.threshold
        return Reason.UNSURE if unsure else Reason.NOT_IN_ARTICLES


def cite(readings: Sequence[Reading]) -> tuple[Citation, ...]:
    """Numbered citations of the readings. A span that is no part of its passage gives none.

    This is the gate: what is shown as a quote is cut here from the very text that is stored, at the offsets
    that are given with it.
    """
    return numbered([_citation(reading) for reading in readings if _stands(reading)])


def numbered(citations: Sequence[Citation]) -> tuple[Citation, ...]:
    """The citations, counted from 1."""
    return tuple(replace(citation, n=n) for n, citation in enumerate(citations, start=1))


def _cut(found: Sequence[Claim], limit: int) -> list[Claim]:
    """The claims with `limit` citations in all: the first of each claim, then the second of each, and so on.

    Those that keep none are the last ones.
    """
    ranked = sorted((rank, place) for place, claim in enumerate(found) for rank in range(len(claim)))
    kept = Counter(place for _, place in ranked[:limit])
    return [claim[: kept[place]] for place, claim in enumerate(found) if kept[place]]


def _statements(found: Sequence[Claim], shown: Sequence[Claim]) -> tuple[Statement, ...]:
    """What is claimed, in the words of the best quote, with the marks of the citations that are shown."""
    marks = count(1)
    return tuple(
        Statement(claim[0].quote, tuple(islice(marks, len(cited))), outlets(claim))
        for claim, cited in zip(found, shown, strict=False)
    )


def _stands(reading: Reading) -> bool:
    passage, span, answer = reading.hit.passage, reading.span, reading.answer
    return passage.start <= span.start <= answer.start < answer.end <= span.end <= passage.end


def _citation(reading: Reading) -> Citation:
    article, span = reading.hit.article, reading.span
    return Citation(
        n=0,
        quote=article.text[span.start : span.end],
        start=span.start,
        end=span.end,
        answer=reading.answer,
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
