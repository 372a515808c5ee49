"""What has become, since an answer was given, of what it quotes."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from index.errors import ArticleNotFound, RevisionNotFound
from index.records import Article, Span
from index.sentences import sentences
from index.store import Store
from qa_service.ask_schemas import Citation

_ALIKE = 0.6
"""From which ratio of `difflib` on a sentence is taken for another form of the quote."""

_SENTENCES_COMPARED = 2000


class State(StrEnum):
    """How an article is now, beside when it was quoted."""

    UNCHANGED = "unchanged"
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Since:
    """What has become of a quote.

    `article` is the one quoted as it is now, None where it is withdrawn. `stands` is where the quote stands
    in it; where it no longer does, `instead` is the sentence that seems to have taken its place, if any.
    """

    state: State
    article: Article | None = None
    stands: Span | None = None
    instead: Span | None = None


def since(store: Store, citation: Citation) -> Since:
    """What has become of the quote."""
    article = _present(store, citation)
    if article is None:
        return Since(State.WITHDRAWN)
    if article.content_hash == citation.article.content_hash:
        return Since(State.UNCHANGED, article, Span(citation.start, citation.end))
    stands = _standing(article.text, citation)
    instead = None if stands else _most_alike(article, citation.quote)
    return Since(State.CHANGED, article, stands, instead)


def _present(store: Store, citation: Citation) -> Article | None:
    """The article as it is now, also where its id changed with its text."""
    quoted = citation.article
    try:
        return store.article(quoted.id)
    except ArticleNotFound:
        pass
    try:
        return store.article(store.revision(quoted.id, quoted.content_hash).replaced_by)
    except (RevisionNotFound, ArticleNotFound):
        return None


def _standing(text: str, citation: Citation) -> Span | None:
    """Where the quote stands in the text: where it stood, or else first."""
    if text[citation.start : citation.end] == citation.quote:
        return Span(citation.start, citation.end)
    start = text.find(citation.quote)
    return Span(start, start + len(citation.quote)) if start >= 0 else None


def _most_alike(article: Article, quote: str) -> Span | None:
    """The sentence of the article that is most like the quote, if one is much."""
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(quote)
    best, most = None, _ALIKE
    for span in sentences(article.text, language=article.language)[:_SENTENCES_COMPARED]:
        matcher.set_seq1(article.text[span.start : span.end])
        if matcher.real_quick_ratio() >= most and matcher.quick_ratio() >= most:
            ratio = matcher.ratio()
            best, most = (span, ratio) if ratio >= most else (best, most)
    return best
