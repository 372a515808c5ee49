"""A sentence that someone claims to have read -> the articles that have it, the earliest first."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from difflib import SequenceMatcher

from rapidfuzz import fuzz

from index.errors import ArticleNotFound
from index.places import names
from index.records import Article, Filters, Span
from index.retrieve import Retriever
from index.store import Store
from index.stories import precedence
from qa_service.foreground import Foreground
from qa_service.wanted import require_wanted

NEARLY = 0.75
"""The similarity from which on a text has a sentence nearly: a word or two differ, or a bracket was left out.

What differs is told, so that a sentence of the same make is not taken for the one that was sought.
"""

_WORTH_A_LOOK = 0.7
"""The share of its characters that a stretch as long as the sentence must have in common with it."""

_MOST_CHARACTERS = 2_000_000
"""Of articles that are looked through: a second or so."""

_AS_NEAR = 0.1
"""How much less similar than the nearest a sentence may be: another article's is often built alike."""

_LOOKED_THROUGH = 50
"""How many passages, the nearest to the sentence, have their articles looked through for it."""


@dataclass(frozen=True, slots=True)
class Located:
    """Where a sentence stands: `article.text[start:end] == quote`.

    `similarity` is 1 where the quote is the sentence but for case, white space and the style of its marks,
    else the share of characters that agree.
    """

    article: Article
    quote: str
    start: int
    end: int
    similarity: float

    def differences(self, sentence: str) -> list[tuple[str, str]]:
        """Where the words of the sentence are others than the quote's: its own, and those in their place."""
        claimed, written = sentence.split(), self.quote.split()
        one, other = ([_Plain(word).text for word in words] for words in (claimed, written))
        return [
            (" ".join(claimed[a:b]), " ".join(written[c:d]))
            for kind, a, b, c, d in SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
            if kind != "equal"
        ]

    @property
    def is_verbatim(self) -> bool:
        return self.similarity == 1


class Locate:
    """Looks a sentence up in the archive."""

    def __init__(self, store: Store, retriever: Retriever, foreground: Foreground) -> None:
        self._store = store
        self._retriever = retriever
        self._foreground = foreground

    def __call__(self, sentence: str, filters: Filters) -> list[Located]:
        """Each article that has the sentence, verbatim or nearly, the earliest first; none where none has.

        Where some have it verbatim, just these; else those about as near as the nearest. Raises Overloaded
        where too much is asked.
        """
        with self._foreground.question(), self._foreground.busy():
            articles = self._looked_through(sentence, filters)
            found = [located for article in articles if (located := find(sentence, article)) is not None]
        best = max((located.similarity for located in found), default=0.0)
        bar = best if best == 1 else best - _AS_NEAR
        return sorted((located for located in found if located.similarity >= bar), key=_earliest)

    def _looked_through(self, sentence: str, filters: Filters) -> Iterator[Article]:
        """Of the nearest passages, the articles and copies that pass the filters, up to a size."""
        seen: set[str] = set()
        characters = 0
        for hit in self._retriever.retrieve(sentence, filters, limit=_LOOKED_THROUGH):
            if hit.article.id in seen:
                continue
            require_wanted()
            copies = [hit.article, *self._copies(hit.article.id)]
            for article in (copy for copy in copies if copy.id not in seen and _passes(copy, filters)):
                seen.add(article.id)
                if characters + len(article.text) <= _MOST_CHARACTERS:
                    characters += len(article.text)
                    yield article

    def _copies(self, article_id: str) -> Sequence[Article]:
        try:
            return self._store.copies(article_id)
        except ArticleNotFound:  # deleted since it was found
            return ()


def _passes(article: Article, filters: Filters) -> bool:
    """Whether a copy passes the filters, as what was found does."""
    outlets = {outlet.casefold() for outlet in filters.outlets}
    day = article.published_on
    return (
        (not outlets or (article.outlet or "").casefold() in outlets)
        and (not filters.languages or article.language in filters.languages)
        and (filters.published_from is None or (day is not None and day >= filters.published_from))
        and (filters.published_to is None or (day is not None and day <= filters.published_to))
        and all(names(article, place) for place in filters.places)
    )


def find(sentence: str, article: Article) -> Located | None:
    """Where the article has the sentence, verbatim or nearly."""
    sought, text = _Plain(sentence), _Plain(article.text)
    if not sought.text:
        return None
    start = text.text.find(sought.text)
    if start >= 0:
        return _located(article, text.span(start, start + len(sought.text)), 1.0)
    if len(sought.text) > len(text.text):
        return None
    near = fuzz.partial_ratio_alignment(sought.text, text.text, score_cutoff=100 * _WORTH_A_LOOK)
    if near is None or near.dest_start == near.dest_end:
        return None
    start, end = _from_first_to_last_word(sought.text, text.text, near.dest_start, near.dest_end)
    similarity = fuzz.ratio(sought.text, text.text[start:end]) / 100
    if similarity < NEARLY:
        return None
    return _located(article, _whole_words(article.text, text.span(start, end)), similarity)


def _from_first_to_last_word(sought: str, text: str, start: int, end: int) -> tuple[int, int]:
    """What was found, which is as long as what was sought, from its first word to its last one.

    Where the text says more than what is sought, one of these stands beside it.
    """
    first, last = sought.split(" ", 1)[0], sought.rsplit(" ", 1)[-1]
    beside = len(sought) // 2
    before = text.find(first, max(0, start - beside), end)
    after = text.rfind(last, start, end + beside)
    start = before if 0 <= before < start else start
    end = after + len(last) if after + len(last) > end else end
    while start < end and text[start] == " ":
        start += 1
    return start, end


class _Plain:
    """A text without what retyping changes: case, white space, the style of quotation marks and dashes.

    Knows where each of its characters stands in the text.
    """

    def __init__(self, text: str) -> None:
        characters: list[str] = []
        self._places: list[int] = []
        for place, character in enumerate(text):
            plain = _PLAIN.get(character) or unicodedata.normalize("NFKC", character).casefold()
            if plain.isspace():
                plain = "" if not characters or characters[-1] == " " else " "
            characters.extend(plain)
            self._places.extend([place] * len(plain))
        if characters and characters[-1] == " ":
            characters.pop()
            self._places.pop()
        self.text = "".join(characters)

    def span(self, start: int, end: int) -> Span:
        """Where these characters stand in the text itself."""
        return Span(self._places[start], self._places[end - 1] + 1)


_PLAIN = {
    **dict.fromkeys("“”„‟«»″", '"'),
    **dict.fromkeys("‘’‚‛′", "'"),
    **dict.fromkeys("‐‑‒–—―−", "-"),
}


def _located(article: Article, span: Span, similarity: float) -> Located:
    return Located(article, article.text[span.start : span.end], span.start, span.end, similarity)


def _whole_words(text: str, span: Span) -> Span:
    start, end = span.start, span.end
    while start > 0 and text[start - 1 : start + 1].isalnum():
        start -= 1
    while end < len(text) and text[end - 1 : end + 1].isalnum():
        end += 1
    return Span(start, end)


def _earliest(located: Located) -> tuple[date, datetime, datetime, str]:
    article = located.article
    return precedence(article.published_at, article.fetched_at, article.id)
