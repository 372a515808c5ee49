"""The corpus in values: what an article is, how it is sliced, what a search proposes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

WIB = timezone(timedelta(hours=7), "WIB")
"""Western Indonesia Time, the zone of a publication date that names none."""


def day_in_wib(published_at: date | datetime | None) -> date | None:
    """The calendar day, in WIB, of a day or a moment."""
    return published_at.astimezone(WIB).date() if isinstance(published_at, datetime) else published_at


@dataclass(frozen=True, slots=True)
class Article:
    """A news item as published, cleaned. Offsets everywhere count code points of `text`.

    `published_at` is a plain date where the article gives no time, else a datetime with its zone.
    `content_hash` is the SHA-256 (hex) of title and text; `origin` says where the raw article came from.
    """

    id: str
    title: str
    text: str
    language: str
    content_hash: str
    fetched_at: datetime
    origin: str
    outlet: str | None = None
    url: str | None = None
    published_at: date | datetime | None = None
    authors: tuple[str, ...] = ()

    @property
    def published_on(self) -> date | None:
        """The calendar day of publication, in WIB."""
        return day_in_wib(self.published_at)

    @property
    def byline(self) -> str:
        """Outlet and day of publication, as far as known: "Antara, 2026-02-06"."""
        day = self.published_on
        return ", ".join(part for part in (self.outlet, day.isoformat() if day else None) if part)

    def same_as(self, other: Article) -> bool:
        """Whether the other is this very article, from wherever and whenever it came."""
        return replace(self, fetched_at=other.fetched_at, origin=other.origin) == other


@dataclass(frozen=True, slots=True)
class Story:
    """What is told by several copies of one text: how many, by how many outlets, and which was first."""

    copies: int
    outlets: int
    earliest: Article


@dataclass(frozen=True, slots=True)
class Revision:
    """An article as it was before it changed. `replaced_by` is the id of the article as it is now."""

    article_id: str
    content_hash: str
    title: str
    text: str
    published_at: date | datetime | None
    fetched_at: datetime
    replaced_at: datetime
    replaced_by: str


@dataclass(frozen=True, slots=True)
class RawArticle:
    """An article as it arrived: its bytes, and what the place it came from says about it."""

    content: bytes
    media_type: str
    origin: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A raw article that did not get in, and why."""

    origin: str
    reason: str


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave us to ask whether a page has changed since."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """Code points `start` (included) to `end` (excluded) of an article's text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A slice of an article: `article.text[start:end] == text`. The id is the same in every index."""

    id: int
    article_id: str
    ordinal: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Filters:
    """What a search is limited to; an empty field limits nothing. Both dates are included.

    Articles must name each of the places (`index/places.py`). `nothing` is where two limits exclude each
    other: no article passes.
    """

    outlets: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    published_from: date | None = None
    published_to: date | None = None
    places: tuple[str, ...] = ()
    nothing: bool = False

    def __bool__(self) -> bool:
        return self != Filters()

    def narrowed(self, by: Filters) -> Filters:
        """What passes both."""
        outlets, languages = _in_both(self.outlets, by.outlets), _in_both(self.languages, by.languages)
        first = max(filter(None, (self.published_from, by.published_from)), default=None)
        last = min(filter(None, (self.published_to, by.published_to)), default=None)
        excluded = outlets is None or languages is None or bool(first and last and first > last)
        if self.nothing or by.nothing or excluded:
            return replace(self, nothing=True)
        return Filters(
            outlets or (), languages or (), first, last, tuple(dict.fromkeys(self.places + by.places))
        )


def _in_both(some: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...] | None:
    """Those of both, in any case; all where either limits nothing, None where they exclude each other."""
    if not some or not others:
        return some or others
    folded = {other.casefold() for other in others}
    return tuple(one for one in some if one.casefold() in folded) or None


EVERYTHING = Filters()
"""Filters that every article passes."""


class Order(StrEnum):
    """How a list of articles begins: with what was published last, or with what came in last."""

    NEWEST = "newest"
    ARRIVED = "arrived"


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage the index proposes. Higher scores are better.

    `dense` is the cosine between question and passage, `lexical` the BM25 score (0 where no word matches),
    `score` the fusion of the two.
    """

    passage: Passage
    article: Article
    dense: float
    lexical: float
    score: float


@dataclass(frozen=True, slots=True)
class IndexedPassage:
    """What a view needs of a passage: its id, its text under its header, and its vector (float32, unit)."""

    id: int
    text: str
    vector: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Changes:
    """What happened to the passages up to change `number`. `added` leaves out what was removed since."""

    number: int
    added: tuple[IndexedPassage, ...]
    removed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Freshness:
    """How current the corpus is: when it last changed, and what it holds."""

    index_as_of: datetime
    articles: int
    newest_article: date | None


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the corpus holds: how many articles, of which days, and how many each outlet has, most first."""

    articles: int
    oldest_article: date | None
    newest_article: date | None
    outlets: tuple[tuple[str, int], ...]
