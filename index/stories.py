"""Which articles tell one story: texts that are copies of each other, found by MinHash."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray
from rensa import RMinHash

from index.records import WIB, Article

_BANDS, _ROWS = 25, 5
"""Texts that share .7 of their shingles share a band in 99 cases of 100, with .1 in one of 4,000."""

_SEED = 20261124
_SHINGLE = 3  # words

_COPY = 0.7
"""The share of common shingles from which on articles of two outlets are copies (see docs/decisions.md)."""

_REPOST = 0.9
"""The same within one outlet, whose daily series (prices, prayer times) repeat most of their words."""

_WORD = re.compile(r"\w+")
_FIGURE = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Sketch:
    """What tells a copy: the MinHash signature of its text, the figures in it, who published it."""

    signature: NDArray[np.uint32]
    figures: frozenset[int]
    outlet: str | None  # case-folded


def sketch(article: Article) -> Sketch:
    """The sketch of an article; the same on every machine. The title says nothing: copies get new ones."""
    minhash = RMinHash(_BANDS * _ROWS, _SEED)
    minhash.update(_shingles(article.text))
    signature = np.array(minhash.digest(), np.uint32)
    outlet = article.outlet.casefold() if article.outlet else None
    return Sketch(signature, _figures(article.text), outlet)


def likeness(one: Sketch, other: Sketch) -> float:
    """The share of common shingles of two texts (their Jaccard index), estimated to about .04."""
    return float(np.mean(one.signature == other.signature))


def are_copies(one: Sketch, other: Sketch) -> bool:
    """Whether two articles are copies of one text.

    Between outlets one may leave figures out, but where each has figures of its own they are two editions
    of a series ("jadwal salat 3 Mei" and "4 Mei"). Within an outlet, or where one is unknown, only re-posts
    with the same figures are: what it wrote anew says something new.
    """
    if one.outlet and other.outlet and one.outlet != other.outlet:
        nested = one.figures <= other.figures or other.figures <= one.figures
        return nested and likeness(one, other) >= _COPY
    return one.figures == other.figures and likeness(one, other) >= _REPOST


def bands(signature: NDArray[np.uint32]) -> list[int]:
    """The keys (signed, 64 bits) under which a signature is found: copies have one in common."""
    rows = signature.astype("<u4").reshape(_BANDS, _ROWS)
    return [
        int.from_bytes(blake2b(bytes([band]) + row.tobytes(), digest_size=8).digest(), "little", signed=True)
        for band, row in enumerate(rows)
    ]


def groups(sketches: Sequence[Sketch]) -> Iterator[list[int]]:
    """The places of those that hang together: each is a copy of another one of its group."""
    left = set(range(len(sketches)))
    while left:
        group = [left.pop()]
        for place in group:
            near = [other for other in left if are_copies(sketches[place], sketches[other])]
            left.difference_update(near)
            group.extend(near)
        yield sorted(group)


def precedence(
    published_at: date | datetime | None, fetched_at: datetime, article_id: str
) -> tuple[date, datetime, datetime, str]:
    """What copies are ordered by, the earliest published first, undated ones last, then the first fetched."""
    if isinstance(published_at, datetime):
        day, moment = published_at.astimezone(WIB).date(), published_at.astimezone(UTC)
    else:
        day, moment = published_at or date.max, datetime.max.replace(tzinfo=UTC)
    return day, moment, fetched_at, article_id


def _shingles(text: str) -> list[str]:
    words = _WORD.findall(text.casefold())
    if len(words) < _SHINGLE:
        return [" ".join(words)]
    return list(map(" ".join, zip(*(words[n:] for n in range(_SHINGLE)), strict=False)))


def _figures(text: str) -> frozenset[int]:
    """The numbers of a text but for years, which one outlet writes in a date and another leaves out."""
    found = {int(figure[:18]) for figure in _FIGURE.findall(text)}
    return frozenset(figure for figure in found if not 1900 <= figure < 2100)
