"""What asking gives: an answer made of cited statements, or an abstention. Both are results."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from index.records import Article, Coverage, Freshness, Hit, Passage, Span, Story
from qa_service.errors import Trouble
from qa_service.interpretation import Interpretation
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


class Form(StrEnum):
    """How the statements of an answer stand together.

    Differing: they give different figures for the question, the newest first. A timeline tells a course of
    events, the earliest first.
    """

    PLAIN = "plain"
    DIFFERING = "differing"
    TIMELINE = "timeline"


@dataclass(frozen=True, slots=True)
class Statement:
    """What an answer claims, in the words of one quote, and the numbers of the citations that back it.

    Never none. `outlets` is how many outlets agree, each in an article of its own: that others carry copies
    of one of these adds no agreement. `day` is the one that is told of, as far as known: that of the
    publication unless the quote names another.
    """

    text: str
    citations: tuple[int, ...]
    outlets: int
    day: date | None


@dataclass(frozen=True, slots=True)
class Sentence:
    """What a language model wrote, and the numbers of the citations that back it, each alone: never none."""

    text: str
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Prose:
    """What a language model made of the quotes.

    `dropped` counts its sentences that no quote backs. Where there is `trouble`, there are no sentences, and
    the quotes stand for themselves.
    """

    model: str
    sentences: tuple[Sentence, ...] = ()
    dropped: int = 0
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class Timings:
    """Where the time went, in milliseconds. `write` is what a language model took."""

    retrieve: float
    read: float
    total: float
    write: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """Statements in the articles' own words. `confidence` is the probability that they answer.

    `readings` is all that was read for it, the most relevant first. `prose` is what a language model made of
    it, where one was asked. Where it is `kept`, it can be had again by its id.
    """

    id: str
    statements: tuple[Statement, ...]
    citations: tuple[Citation, ...]
    form: Form
    confidence: float
    interpretation: Interpretation
    freshness: Freshness
    timings: Timings
    readings: tuple[Reading, ...]
    prose: Prose | None = field(default=None, kw_only=True)
    kept: bool = field(default=False, kw_only=True)

    @property
    def told(self) -> tuple[Sentence, ...] | tuple[Statement, ...]:
        """What is said: the language model's sentences, where it has any, else the statements."""
        return (self.prose and self.prose.sentences) or self.statements

    @property
    def text(self) -> str:
        """What is said, with its [1]-style marks."""
        return " ".join(each.text + "".join(f" [{n}]" for n in each.citations) for each in self.told)


@dataclass(frozen=True, slots=True)
class Abstention:
    """No answer, why, and the passages that came nearest. `confidence` is that an answer would be right.

    `suggestions` are questions that the archive does answer. `readings` is all that was read in vain, the
    most relevant first. Where it is `kept`, it can be had again by its id.
    """

    id: str
    reason: Reason
    message: str
    nearest: tuple[Citation, ...]
    coverage: Coverage
    suggestions: tuple[str, ...]
    confidence: float
    interpretation: Interpretation
    freshness: Freshness
    timings: Timings
    readings: tuple[Reading, ...]
    kept: bool = field(default=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question of the conversation and the answer it got, as shown.

    `query` is what was searched for, where it was not the question alone.
    """

    question: str
    answer: str
    query: str | None = None


@dataclass(frozen=True, slots=True)
class Retrieved:
    """The passages that a search found, before they are read."""

    hits: tuple[Hit, ...]


Stage = Interpretation | Retrieved | Answer | Abstention
"""What can be told while a question is answered; the last one is the result."""
