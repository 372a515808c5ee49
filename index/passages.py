"""An article's text -> passages: runs of whole sentences that fit the model."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from index.records import Article, Span
from index.sentences import sentences

BUDGET = 180
"""Tokens of a passage: several sentences of context, and with its header well inside 512 positions."""

TokenCounter = Callable[[Sequence[str]], list[int]]


def split(text: str, *, count_tokens: TokenCounter, language: str = "id", budget: int = BUDGET) -> list[Span]:
    """Passages of `text`: ordered, apart, covering every sentence, each of at most `budget` tokens.

    Sentences stay whole unless one alone is over the budget. Passages are of about the same length, so that
    an article doesn't end in a stump.
    """
    units = _units(text, sentences(text, language=language), count_tokens=count_tokens, budget=budget)
    total = sum(count for _, count in units)
    target = total / max(1, math.ceil(total / budget))
    passages: list[Span] = []
    filled = 0
    for unit, count in units:
        if passages and filled < target and filled + count <= budget:
            passages[-1] = Span(passages[-1].start, unit.end)
            filled += count
        else:
            passages.append(unit)
            filled = count
    return passages


def with_header(article: Article, text: str) -> str:
    """What is embedded and indexed of a passage: its text, after the article's title, outlet and date."""
    return "\n".join(part for part in (article.title, article.byline, text) if part)


def embedded_texts(article: Article, spans: Sequence[Span]) -> list[str]:
    """What is embedded of each of an article's passages."""
    return [with_header(article, article.text[span.start : span.end]) for span in spans]


def _units(
    text: str, spans: Sequence[Span], *, count_tokens: TokenCounter, budget: int
) -> list[tuple[Span, int]]:
    """The spans with their token counts; one over the budget is halved until its parts fit."""
    units: list[tuple[Span, int]] = []
    counts = count_tokens([text[span.start : span.end] for span in spans])
    for span, count in zip(spans, counts, strict=True):
        if count <= budget or span.end - span.start < 2:
            units.append((span, count))
        else:
            units.extend(_units(text, _halves(text, span), count_tokens=count_tokens, budget=budget))
    return units


def _halves(text: str, span: Span) -> tuple[Span, Span]:
    """The span cut at the last space of its first half, or in the middle where that has none."""
    middle = (span.start + span.end) // 2
    space = text.rfind(" ", span.start + 1, middle)
    cut = middle if space < 0 else space
    rest = cut
    while text[rest].isspace():
        rest += 1
    return Span(span.start, cut), Span(rest, span.end)
