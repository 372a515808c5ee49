"""What asking gives: an answer made of cited statements, or an abstention. Both are results."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from index.records import Article, Filters, Freshness, Passage


class Reason(StrEnum):
    """Why there is no answer."""

    EMPTY_CORPUS = "empty_corpus"
    NO_MATCHING_ARTICLES = "no_matching_articles"
    NOT_IN_ARTICLES = "not_in_articles"


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote found verbatim: `article.text[start:end] == quote`. `n` is its [mark] in the answer."""

    n: int
    quote: str
    start: int
    end: int
    article: Article
    passage: Passage
    score: float


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of an answer and the numbers of the citations that back it, never none."""

    text: str
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Interpretation:
    """How the question was understood: its language (ISO 639), what was searched for, and where."""

    language: str
    query: str
    filters: Filters


@dataclass(frozen=True, slots=True)
class Timings:
    """Where the time went, in milliseconds."""

    retrieve: float
    read: float
    total: float


@dataclass(frozen=True, slots=True)
class Answer:
    """Statements in the articles' own words. `confidence` is the probability that they answer."""

    id: str
    statements: tuple[Statement, ...]
    citations: tuple[Citation, ...]
    confidence: float
    interpretation: Interpretation
    freshness: Freshness
    timings: Timings

    @property
    def text(self) -> str:
        """The statements with their [1]-style marks."""
        return " ".join(
            statement.text + "".join(f" [{n}]" for n in statement.citations) for statement in self.statements
        )


@dataclass(frozen=True, slots=True)
class Abstention:
    """No answer, why, and the passages that came nearest. `confidence` is that an answer would be right."""

    id: str
    reason: Reason
    message: str
    nearest: tuple[Citation, ...]
    confidence: float
    interpretation: Interpretation
    freshness: Freshness
    timings: Timings


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question of the conversation and the answer it got, as shown."""

    question: str
    answer: str
