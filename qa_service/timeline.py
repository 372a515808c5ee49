"""Questions about a course of events, and the days that quotes tell of."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import date

from index.dates import find_day
from index.records import Article
from qa_service.agreement import Claim
from qa_service.answers import Citation

_ASKS_FOR_COURSE = re.compile(
    r"\b(?:kronologi\w*|kronologis|linimasa|rentetan|runtutan|urutan (?:peristiwa|kejadian)|jalannya"
    r"|apa(?:kah)? (?:saja |aja )?yang (?:sudah |telah |sebenarnya )?terjadi"
    r"|(?:bagaimana|gimana|gmn) (?:perkembangan|kelanjutan|perjalanan)(?:nya)?"
    r"|perkembangan (?:kasus|terkini|terbaru|terakhir)"
    r"|timeline|chronology|(?:course|sequence|order) of events|what (?:has |have |had )?happened"
    r"|how (?:did|has|have|had)\b.*\b(?:develop|evolve|unfold|progress)(?:e?d)?)\b",
    re.IGNORECASE,
)


def asks_for_course(question: str) -> bool:
    """Whether the question is about a course of events, in Indonesian or English."""
    return _ASKS_FOR_COURSE.search(question) is not None


def day_told(quote: str, article: Article) -> date | None:
    """The day that a quote of the article names, else that of publication, as far as known."""
    published = article.published_on
    return find_day(quote, near=published) or published


def course(citations: Iterable[Citation]) -> list[Claim]:
    """The citations as claims, one of each quote: the best of every day first, then the second of every day.

    Of equal rank, the order given, so that whatever is cut off, the days that are left are the surest.
    """
    of_quote: dict[str, Claim] = {}
    for citation in citations:
        of_quote[citation.quote] = (*of_quote.get(citation.quote, ()), citation)
    told = Counter[date | None]()
    ranked = []
    for claim in of_quote.values():
        day = day_told(claim[0].quote, claim[0].article)
        ranked.append((told[day], claim))
        told[day] += 1
    return [claim for _, claim in sorted(ranked, key=lambda each: each[0])]
