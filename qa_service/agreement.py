"""Which citations say the same, and which give another figure for the same question."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date

from qa_service.answers import Citation

_SCALES = {
    "ribu": "e3", "rb": "e3", "thousand": "e3", "juta": "e6", "jt": "e6", "million": "e6", "miliar": "e9",
    "milyar": "e9", "billion": "e9", "triliun": "e12", "trillion": "e12", "persen": "%", "percent": "%",
    "%": "%",
}  # fmt: skip
_FIGURE = re.compile(rf"(\d+(?:[.,:]\d+)*)(?:\s?({'|'.join(_SCALES)})(?!\w))?")
_GROUPING = re.compile(r"[.,](?=\d{3}\b)")
_ONE_MARK = str.maketrans(",:", "..")
_WORD = re.compile(r"\w+")

_SAME_WORDS = 0.6
"""The F1 of two answers' words from which on they say the same."""

Claim = tuple[Citation, ...]
"""The citations that give one answer, the most probable first."""


def claims(citations: Sequence[Citation]) -> list[Claim]:
    """The citations by what they claim, in their order; where figures differ, all of it the newest first."""
    found: list[Claim] = []
    for citation in citations:
        place = next((n for n, claim in enumerate(found) if agree(claim[0], citation)), None)
        if place is None:
            found.append((citation,))
        else:
            found[place] = (*found[place], citation)
    if not differ(found):
        return found
    by_day = [tuple(sorted(claim, key=_day, reverse=True)) for claim in found]
    return sorted(by_day, key=lambda claim: _day(claim[0]), reverse=True)


def differ(found: Sequence[Claim]) -> bool:
    """Whether there are several claims and all are of figures, so that they belong side by side."""
    told = all(_figures(_answer(claim[0])) and not _is_whole(claim[0]) for claim in found)
    return len(found) > 1 and told


def agree(one: Citation, other: Citation) -> bool:
    """Whether two answers say the same: the same figures, or where they have none, the same words."""
    if _is_whole(one) or _is_whole(other):
        return one.quote == other.quote
    first, second = _answer(one), _answer(other)
    figures = _figures(first), _figures(second)
    if all(figures):
        return figures[0] <= figures[1] or figures[1] <= figures[0]
    if any(figures):
        return False
    words = set(_WORD.findall(first)), set(_WORD.findall(second))
    shorter, longer = sorted(words, key=len)
    return (len(shorter) > 1 and shorter <= longer) or _f1(*words) >= _SAME_WORDS


def outlets(claim: Claim) -> int:
    """How many outlets make the claim; those not named count as one together."""
    return len({citation.article.outlet for citation in claim})


def _is_whole(citation: Citation) -> bool:
    """Whether the answer is all of the quote, so that its words can't be compared one by one."""
    return (citation.answer.start, citation.answer.end) == (citation.start, citation.end)


def _day(citation: Citation) -> date:
    """The day it was published; long ago where none is known."""
    return citation.article.published_on or date.min


def _answer(citation: Citation) -> str:
    text = citation.article.text[citation.answer.start : citation.answer.end]
    return unicodedata.normalize("NFKC", text).casefold()


def _figures(text: str) -> frozenset[str]:
    """The numbers of a text with their scale, without the marks that group their digits.

    3,5 is 3.5 and 10.30 is 10:30; a date is its day, month and year, so that it agrees with a part of it.
    """
    return frozenset(
        _GROUPING.sub("", figure).translate(_ONE_MARK) + _SCALES.get(scale, "")
        for figure, scale in _FIGURE.findall(text)
    )


def _f1(one: set[str], other: set[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other)) if one or other else 1.0
