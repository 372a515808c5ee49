"""Text -> the words that lexical search compares: raw, and stemmed as Indonesian."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

import Stemmer
from stopwordsiso import stopwords

from index.records import Span

# Scripts that are written without spaces: a run of their letters is compared by pairs of neighbours.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_UNSPACED}]+|[^\W_{_UNSPACED}]+")
_UNSPACED_RUN = re.compile(rf"[{_UNSPACED}]+")


def says_something(text: str) -> bool:
    """Whether it has any letter or digit."""
    return any(map(str.isalnum, text))


def words(text: str) -> list[str]:
    """The words of `text` in order, folded (NFKC, case), without Indonesian and English stop words."""
    return [word for word in all_words(text) if word not in _stop_words()]


def stems(words: list[str]) -> list[str]:
    """The stem of each word by Snowball's Indonesian rules; they over-strip, so search raw words as well."""
    # A stemmer must not be shared between threads, and making one is cheap.
    stemmed: list[str] = Stemmer.Stemmer("indonesian").stemWords(words)
    return stemmed


def matching(text: str, query: str) -> list[Span]:
    """Where words of the query stand in the text, as they are or in another form with the same stem."""
    wanted = set(words(query))
    stemmed = set(stems(list(wanted)))
    spans: list[Span] = []
    for match in _WORD.finditer(text):
        found = words(match.group())
        if _UNSPACED_RUN.match(match.group()):
            pairs = (Span(i, min(i + 2, match.end())) for i in range(match.start(), match.end()))
            found_at = [pair for pair in pairs if wanted.intersection(words(text[pair.start : pair.end]))]
        else:
            whole = Span(match.start(), match.end())
            found_at = [whole] if wanted.intersection(found) or stemmed.intersection(stems(found)) else []
        for span in found_at:
            if spans and span.start < spans[-1].end:
                span = Span(spans.pop().start, span.end)
            spans.append(span)
    return spans


def all_words(text: str) -> Iterator[str]:
    """The words of `text` in order, folded, stop words included."""
    for match in _WORD.finditer(unicodedata.normalize("NFKC", text).casefold()):
        word = match.group()
        if _UNSPACED_RUN.fullmatch(word) and len(word) > 2:
            yield from (word[i : i + 2] for i in range(len(word) - 1))
        else:
            yield word


@cache
def _stop_words() -> frozenset[str]:
    return frozenset(stopwords(["id", "en"]))


def without_odd_letters(text: str) -> str:
    """The text, as long as it was, without the letters that `re.IGNORECASE` takes for i and s, but lower-case
    and folded forms don't: "harı" is found as "hari" and looked up as "harı".
    """
    return text.translate(_ODD_LETTERS)


_ODD_LETTERS = str.maketrans("ıİſ", "iIs")
