"""What asking gives: an answer made of cited statements, or an abstention. Both are results."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from index.records import Article, Filters, Freshness, Passage, Span, Story
from qa_service.reader import Reading


class Reason(StrEnum):
    """Why there is no answer."""

    EMPTY_CORPUS = "empty_corpus"
    NO_MATCHING_ARTICLES = "no_matching_articles"
    NOT_IN_ARTICLES = "not_in_articles"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote found verbatim: `article.text[start:end] == quote`. `n` is its [mark] in the answer.

    `answer` is the part of the quote that answers: the whole where no part alone does. `story` tells of the
    copies of the article, if there are any.
    """

    n: int
    quote: str
    start: int
    end: int
    answer: Span
    article: Article
    passage: Passage
    score: float
    story: Story | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """What an answer claims, in the words of one quote, and the numbers of the citations that back it.

    Never none. `outlets` is how many outlets agree, each in an article of its own: that others carry copies
    of one of these adds no agreement.
    """

    text: str
    citations: tuple[int, ...]
    outlets: int


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
    """Statements in the articles' own words. `confidence` is the probability that they answer.

    `differing` tells that the statements give different figures for the question, the newest first.
    `readings` is all that was read for it, the most relevant first.
    """

    id: str
    statements: tuple[Statement, ...]
    citations: tuple[Citation, ...]
    differing: bool
    confidence: float
    interpretation: Interpretation
    freshness: Freshness
    timings: Timings
    readings: tuple[Reading, ...]

    @property
    def text(self) -> str:
        """The statements with their [1]-style marks."""
        return " ".join(
            statement.text + "".join(f" [{n}]" for n in statement.citations) for statement in self.statements
        )


@dataclass(frozen=True, slots=True)
class Abstention:
    """No answer, why, and the passages that came nearest. `confidence` is that an answer would be right.

    `readings` is all that was read in vain, the most relevant first.
    """

    id: str
    reason: Reason
    message: str
    nearest: tuple[Citation, ...]
    confidence: float
    interpretation: Interpretation
    freshness: Freshness
    timings: Timings
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question of the conversation and the answer it got, as shown."""

    question: str
    answer: str
