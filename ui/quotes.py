"""Quotes in an article: what a link asks for, and the lines of the text with its quotes set apart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.records import Span

_ALSO = re.compile(r"(\d+)-(\d+)", re.ASCII)
_MOST_ALSO = 50
"""More than an answer cites: a link with thousands would take seconds."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A quote on the page of its article; `anchor` is what a link leads to."""

    anchor: str
    span: Span


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a line: plain text, or part of a quote, which it may open or close."""

    text: str
    quote: Quote | None = None
    opens: bool = False
    closes: bool = False


def quotes_of(first: Span | None, others: Sequence[Span]) -> list[Quote]:
    """The quotes in the order of the text: `first`, which is `#quote`, and those that don't overlap it."""
    apart = [first] if first else []
    for span in others:
        if all(span.end <= taken.start or taken.end <= span.start for taken in apart):
            apart.append(span)
    return [
        Quote("quote" if span == first else f"quote-{number}", span)
        for number, span in enumerate(sorted(apart, key=lambda span: span.start), start=1)
    ]


def paragraphs(text: str, quotes: Sequence[Quote]) -> list[list[Piece]]:
    """The lines of an article that are not blank, in pieces. `quotes` are in order, and may cross lines."""
    return [list(_pieces(text, line, quotes)) for line in _lines(text)]


def _lines(text: str) -> Iterator[Span]:
    start = 0
    for line in text.split("\n"):
        if line.strip():
            yield Span(start, start + len(line))
        start += len(line) + 1


def _pieces(text: str, line: Span, quotes: Sequence[Quote]) -> Iterator[Piece]:
    at = line.start
    for quote in quotes:
        start, end = max(quote.span.start, line.start), min(quote.span.end, line.end)
        if start < end:
            if at < start:
                yield Piece(text[at:start])
            yield Piece(text[start:end], quote, start == quote.span.start, end == quote.span.end)
            at = end
    if at < line.end:
        yield Piece(text[at : line.end])


def quoted_span(text: str, start: str | None, end: str | None) -> Span | None:
    """The span that a link asks for, as typed in its query; None where it marks no visible text.

    White space at its ends is left out.
    """
    try:
        span = Span(int(start or ""), int(end or ""))
    except ValueError:
        return None
    quoted = text[span.start : span.end] if 0 <= span.start < span.end <= len(text) else ""
    visible = quoted.strip()
    if not visible:
        return None
    first = span.start + quoted.index(visible)
    return Span(first, first + len(visible))


def also_quoted(text: str, written: Sequence[str]) -> list[Span]:
    """Further spans that a link names, each as "120-180"; what marks no visible text is left out."""
    named = filter(None, map(_ALSO.fullmatch, written[:_MOST_ALSO]))
    return [span for match in named if (span := quoted_span(text, match[1], match[2]))]
