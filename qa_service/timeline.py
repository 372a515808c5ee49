"""Questions about a course of events, and the days that quotes tell of."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from index.dates import find_day
from index.records import Article, Span
from index.words import words
from qa_service.agreement import Claim
from qa_service.answers import Citation
from qa_service.periods import period_in
from qa_service.reader import Reading, sentence_spans

_ENDS = r"\W*$|\s+(?:so far|since|over|from|after|before|until|during|in|on|at)\b"
"""What may follow in "how did it progress?"; "how did the progress report …" goes on otherwise."""
_ASKS_FOR_COURSE = re.compile(
    r"\b(?:kronologi\w*|linimasa|(?:urutan|rentetan|runtutan) (?:peristiwa|kejadian)"
    r"|(?:bagaimana|gimana|gmn) jalannya|jalannya (?:acara|sidang|rapat|pertandingan|peristiwa|kejadian)"
    r"|apa(?:kah)? (?:saja |aja )?yang (?:sudah |telah |sebenarnya )?terjadi"
    r"|(?:bagaimana|gimana|gmn) (?:perkembangan|kelanjutan|perjalanan)(?:nya)?"
    r"|perkembangan (?:kasus|terkini|terbaru|terakhir)"
    r"|timeline|chronology|(?:course|sequence|order) of events|what (?:has |have |had )?happened"
    rf"|how (?:did|has|have|had)\b.*\b(?:develop|evolve|unfold|progress)(?:e?d)?(?={_ENDS}))\b",
    re.IGNORECASE,
)

_NAMES_EVENTS = re.compile(
    r"\W*(?:(?:bagaimana|gimana|gmn|apa|what (?:is|was)|(?:give|show|tell) me)\s+)?(?:the\s+)?"
    r"(?:(?:kronologi\w*|linimasa|(?:urutan|rentetan|runtutan) (?:peristiwa|kejadian)"
    r"|timeline|chronology|(?:course|sequence|order) of events)(?:\s+(?:of|dari|pada|tentang|soal))?"
    r"|apa(?:kah)? (?:sebenarnya )?yang (?:sudah |telah |sebenarnya )?terjadi (?:pada|dengan))"
    r"\s+(?P<events>.+?)\W*",
    re.IGNORECASE,
)

_LONG_WORD = re.compile(r"\w{4,}")

_ABOUT_IT = 2
"""How many longer words a sentence shares with the question and its article's title to be about them."""


def asks_for_course(question: str) -> bool:
    """Whether the question is about a course of events, in Indonesian or English."""
    return _ASKS_FOR_COURSE.search(question) is not None


def events_named(question: str) -> str:
    """The events that a question about their course names: "pelantikan pejabat" of "Kronologi pelantikan
    pejabat?". By these words alone the reader finds what tells of them; the question where it names none so.
    """
    named = _NAMES_EVENTS.fullmatch(question)
    return named["events"] if named and len(words(named["events"])) > 1 else question


def day_told(quote: str, article: Article) -> date | None:
    """The day that a quote of the article names, else that of publication, as far as known."""
    return _day_named(quote, article) or article.published_on


def of_days(reading: Reading, question: str) -> list[Reading]:
    """What a reading's passage tells of the course asked for, as readings: a sentence for each day it names.

    Only sentences with words of the question or the title, of each day the one with the most; where there is
    none, the reading itself, since what happened is often told without its day.
    """
    article = reading.hit.article
    asked = _words(f"{article.title} {question}")
    best: dict[date, tuple[int, Span]] = {}
    for span in sentence_spans(reading.hit):
        sentence = article.text[span.start : span.end]
        day = _day_named(sentence, article)
        shared = len(_words(sentence) & asked)
        if day and shared >= _ABOUT_IT and shared > best.get(day, (0, span))[0]:
            best[day] = shared, span
    spans = [span for _, span in best.values()]
    return [replace(reading, span=span, answer=span) for span in spans] or [reading]


def course(citations: Iterable[Citation]) -> list[Claim]:
    """The citations as claims, one of each quote: the best of every day first, then the second of every day.

    Best are those that name their day, then the order given, so that whatever is cut off, the days that are
    left are the surest.
    """
    of_quote: dict[str, Claim] = {}
    for citation in sorted(citations, key=lambda each: not _names_day(each)):
        of_quote[citation.quote] = (*of_quote.get(citation.quote, ()), citation)
    told = Counter[date | None]()
    ranked = []
    for claim in of_quote.values():
        day = day_told(claim[0].quote, claim[0].article)
        ranked.append((told[day], claim))
        told[day] += 1
    return [claim for _, claim in sorted(ranked, key=lambda each: each[0])]


def _names_day(citation: Citation) -> bool:
    return _day_named(citation.quote, citation.article) is not None


def _day_named(text: str, article: Article) -> date | None:
    """The day that a text of the article names; "kemarin" and the like are counted from its publication."""
    published = article.published_on
    day = find_day(text, near=published)
    if day or not published:
        return day
    period = period_in(text, as_of=published)
    return period.start if period.is_relative and period.start == period.end else None


def _words(text: str) -> set[str]:
    return set(_LONG_WORD.findall(text.casefold()))
