"""What was read -> an answer whose every statement is cited, or an abstention."""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain, count, islice

from index.records import Filters, Freshness
from index.store import Store
from qa_service.agreement import Claim, claims, differ, outlets
from qa_service.answers import Abstention, Answer, Citation, Form, Reason, Statement, Timings
from qa_service.interpretation import Interpretation
from qa_service.messages import message
from qa_service.reader import Reading
from qa_service.timeline import asks_for_course, course, day_told, of_days

Suggest = Callable[[str], Sequence[str]]
"""Question -> questions like it that the archive does answer."""

_CLOSE = 0.8
"""A further quote is shown too when its probability is at least this share of the best one's."""

_PART_OF_COURSE = 0.6
"""A timeline is told by the passages that are at least this share as probable as the best one."""

_WORTH_A_LOOK = 0.5
"""The share of the threshold from which on an abstention says that the nearest passage may answer."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One way to understand the question, and what reading gave for it."""

    interpretation: Interpretation
    readings: list[Reading]
    retrieve_s: float
    read_s: float

    @property
    def confidence(self) -> float:
        return self.readings[0].probability if self.readings else 0.0


class Composer:
    """Makes results of what was read."""

    def __init__(self, store: Store, *, threshold: float, suggest: Suggest) -> None:
        """`threshold` is the probability of being right from which on an answer is given."""
        self._store = store
        self._threshold = threshold
        self._suggest = suggest

    def __call__(self, attempt: Attempt, *, limit: int, started: float) -> Answer | Abstention:
        """At most `limit` citations, or as many nearest passages. `started` is `time.perf_counter` then."""
        answer_id = secrets.token_urlsafe(12)
        interpretation = attempt.interpretation
        freshness = self._store.freshness()
        form, found = self._found(attempt)
        timings = Timings(
            retrieve=1000 * attempt.retrieve_s,
            read=1000 * attempt.read_s,
            total=1000 * (time.perf_counter() - started),
        )
        about = attempt.confidence, interpretation, freshness, timings, tuple(attempt.readings)
        if found:
            shown = _cut(found, limit)
            if form is Form.TIMELINE:
                shown.sort(key=lambda each: _day(each.claim) or date.max)
            elif len(shown) == 1:
                form = Form.PLAIN
            cited = self._with_stories(numbered(list(chain.from_iterable(each.cited for each in shown))))
            return Answer(answer_id, _statements(shown), cited, form, *about)
        reason = self._reason(attempt, interpretation.filters, freshness)
        return Abstention(
            answer_id,
            reason,
            self._message(reason, interpretation),
            self._with_stories(cite(attempt.readings[:limit])),
            self._store.coverage(),
            tuple(self._suggest(interpretation.query)),
            *about,
        )

    def _found(self, attempt: Attempt) -> tuple[Form, list[Claim]]:
        """What is claimed, the first to be shown at the head, and in which form; nothing: no answer."""
        query = attempt.interpretation.query
        if asks_for_course(query):
            of_course = self._probable(attempt, _PART_OF_COURSE)
            told = chain.from_iterable(of_days(reading, query) for reading in of_course)
            return Form.TIMELINE, course(cite(_one_of_each(told, _told)))
        found = claims(cite(_one_of_each(self._probable(attempt, _CLOSE), _article)))
        return Form.DIFFERING if differ(found) else Form.PLAIN, found

    def _message(self, reason: Reason, interpretation: Interpretation) -> str:
        limits = interpretation.filters
        places = limits.places
        if reason is Reason.NO_MATCHING_ARTICLES:
            limits, places = self._excluding(interpretation)
        return message(reason, language=interpretation.language, limits=limits, places=places)

    def _excluding(self, interpretation: Interpretation) -> tuple[Filters, tuple[str, ...]]:
        """The filter, and the places, that no article passes: one kind of filter if that alone does it."""
        limits, places = interpretation.filters, interpretation.places
        of_kinds = (
            (replace(limits, outlets=(), languages=(), published_from=None, published_to=None), places),
            (Filters(outlets=limits.outlets), ()),
            (Filters(languages=limits.languages), ()),
            (Filters(published_from=limits.published_from, published_to=limits.published_to), ()),
        )
        excluding = (kind for kind in of_kinds if kind[0] and not self._store.passage_ids(kind[0]).size)
        return next(excluding, (limits, places))

    def _with_stories(self, citations: Sequence[Citation]) -> tuple[Citation, ...]:
        return tuple(
            replace(citation, story=self._store.story(citation.article.id)) for citation in citations
        )

    def _probable(self, attempt: Attempt, close: float) -> list[Reading]:
        """The readings that are sure enough, and nearly as probable as the best one, the best first."""
        bar = max(self._threshold, close * attempt.confidence)
        return [reading for reading in attempt.readings if reading.probability >= bar]

    def _reason(self, attempt: Attempt, filters: Filters, freshness: Freshness) -> Reason:
        if freshness.articles == 0:
            return Reason.EMPTY_CORPUS
        if filters and not attempt.readings:
            return Reason.NO_MATCHING_ARTICLES
        unsure = attempt.confidence >= _WORTH_A_LOOK * self._threshold
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


@dataclass(frozen=True, slots=True)
class _Shown:
    """A claim, and those of its citations that are shown."""

    claim: Claim
    cited: Claim


def _cut(found: Sequence[Claim], limit: int) -> list[_Shown]:
    """The claims with `limit` citations in all: the first of each claim, then the second of each, and so on.

    Those that keep none are left out: the last ones.
    """
    ranked = sorted((rank, place) for place, claim in enumerate(found) for rank in range(len(claim)))
    kept = Counter(place for _, place in ranked[:limit])
    return [_Shown(claim, claim[: kept[place]]) for place, claim in enumerate(found) if kept[place]]


def _statements(shown: Sequence[_Shown]) -> tuple[Statement, ...]:
    """What is claimed, in the words of the best quote, with the marks of the citations that are shown."""
    marks = count(1)
    return tuple(
        Statement(
            each.claim[0].quote,
            tuple(islice(marks, len(each.cited))),
            outlets(each.claim),
            _day(each.claim),
        )
        for each in shown
    )


def _day(claim: Claim) -> date | None:
    """The day that is told of in the best quote."""
    return day_told(claim[0].quote, claim[0].article)


def _one_of_each(readings: Iterable[Reading], kind: Callable[[Reading], Hashable]) -> list[Reading]:
    """The first reading of each kind."""
    first_of_each: dict[Hashable, Reading] = {}
    for reading in readings:
        first_of_each.setdefault(kind(reading), reading)
    return list(first_of_each.values())


def _article(reading: Reading) -> Hashable:
    return reading.hit.article.id


def _told(reading: Reading) -> Hashable:
    """The article, and of which day it tells: a timeline may have several quotes of one article."""
    article, span = reading.hit.article, reading.span
    return article.id, day_told(article.text[span.start : span.end], article)


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
