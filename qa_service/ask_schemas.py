"""What asking says over the wire."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from index import records
from qa_service import answers, interpretation
from qa_service.ask import LONGEST_HISTORY
from qa_service.certainty import Certainty, certainty
from qa_service.errors import Trouble
from qa_service.schemas import (
    ArticleSummary,
    Day,
    Filters,
    Freshness,
    Language,
    Names,
    Passage,
    Places,
    Question,
    Request,
    require_in_order,
)

_Told = TypeVar("_Told")


class Turn(Request):
    """An earlier question of the conversation and the answer it got."""

    question: Question
    answer: Annotated[str, Field(max_length=20_000)]
    query: Annotated[
        Question | None, Field(description="`interpretation.query` of that answer, if it is at hand.")
    ] = None

    def record(self) -> answers.Turn:
        return answers.Turn(self.question, self.answer, self.query)


class Period(Request):
    """Days, both included; an end left out is open, and `{}` is any time."""

    published_from: Day | None = None
    published_to: Day | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        require_in_order(self.published_from, self.published_to)
        return self

    def record(self) -> interpretation.Period:
        return interpretation.Period(self.published_from, self.published_to)


class Edits(Request):
    """What to take instead of what would be understood. `null` or left out: as the rules have it.

    An empty period, `{}`, and empty lists undo what the rules find in the question.
    """

    language: Language | None = None
    query: Annotated[
        Question | None, Field(description="Search for just this; the history is not looked at.")
    ] = None
    period: Period | None = None
    outlets: Names | None = None
    places: Places | None = None

    def record(self) -> interpretation.Edits:
        return interpretation.Edits(
            language=self.language,
            query=self.query,
            period=self.period.record() if self.period else None,
            outlets=tuple(self.outlets) if self.outlets is not None else None,
            places=tuple(self.places) if self.places is not None else None,
        )


class AskRequest(Request):
    """A question, the conversation before it, and what to search in."""

    question: Question
    history: list[Turn] = Field(default_factory=list, max_length=LONGEST_HISTORY)
    filters: Filters = Filters()
    limit: Annotated[int, Field(strict=True, ge=1, le=20, description="How many citations at most.")] = 5
    as_of: Annotated[
        Day | None,
        Field(description="Answer as of the end of that day (WIB): from what was published until then."),
    ] = None
    interpretation: Annotated[Edits, Field(description="Puts right what would be understood.")] = Edits()

    def put_to(self, ask: Callable[..., _Told]) -> _Told:
        """Ask what is asked."""
        return ask(
            self.question,
            history=[turn.record() for turn in self.history],
            filters=self.filters.record(),
            limit=self.limit,
            as_of=self.as_of,
            edits=self.interpretation.record(),
        )

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"question": "Berapa pejabat yang dilantik Wali Kota Serang?"}]}
    )


class Story(BaseModel):
    """The copies of one text, by however many outlets, and the earliest of them."""

    copies: Annotated[int, Field(ge=1, description="How many, this one included.")]
    outlets: Annotated[int, Field(ge=1, description="How many outlets carry it.")]
    earliest: ArticleSummary

    @classmethod
    def of(cls, citation: answers.Citation) -> Self:
        story = citation.story or records.Story(1, 1, citation.article)
        return cls(copies=story.copies, outlets=story.outlets, earliest=ArticleSummary.of(story.earliest))


class Span(BaseModel):
    """Code points of the article's text, and what stands there."""

    start: int
    end: int
    text: str


class Citation(BaseModel):
    """A quote found verbatim: `text[start:end] == quote` in the text of GET /articles/{id}."""

    n: Annotated[int, Field(description="Its [mark] in the answer.")]
    quote: str
    start: int
    end: int
    answer: Annotated[Span, Field(description="The part of the quote that answers; it may be all of it.")]
    article: ArticleSummary
    passage: Passage
    score: Annotated[float, Field(description="The probability that the quote answers.")]
    story: Story

    @classmethod
    def of(cls, citation: answers.Citation) -> Self:
        return cls(
            n=citation.n,
            quote=citation.quote,
            start=citation.start,
            end=citation.end,
            answer=Span(
                start=citation.answer.start,
                end=citation.answer.end,
                text=citation.article.text[citation.answer.start : citation.answer.end],
            ),
            article=ArticleSummary.of(citation.article),
            passage=Passage.of(citation.passage),
            score=citation.score,
            story=Story.of(citation),
        )


class Statement(BaseModel):
    """What the answer claims, in the words of one quote, and the numbers of the citations that back it."""

    text: str
    citations: list[int]
    outlets: Annotated[int, Field(description="How many outlets agree, copies aside.")]
    day: Annotated[date | None, Field(description="The day that is told of, as far as known.")]

    @classmethod
    def of(cls, statement: answers.Statement) -> Self:
        return cls.model_validate(statement, from_attributes=True)


class Sentence(BaseModel):
    """What a language model wrote, and the numbers of the citations that back it."""

    text: str
    citations: list[int]


class Prose(BaseModel):
    """What a language model made of the quotes, of which only what they back is left."""

    model: str
    sentences: list[Sentence]
    dropped: Annotated[int, Field(description="How many of its sentences no quote backs; they are left out.")]
    trouble: Annotated[
        Trouble | None,
        Field(description="Why there are no sentences, so that the quotes stand for themselves."),
    ]

    @classmethod
    def of(cls, prose: answers.Prose) -> Self:
        return cls.model_validate(prose, from_attributes=True)


class OutletCount(BaseModel):
    """An outlet, and how many articles of it the archive holds."""

    outlet: str
    articles: int


class Coverage(BaseModel):
    """What the archive holds: how many articles, from when to when, of which outlets, most articles first."""

    articles: int
    oldest_article: date | None
    newest_article: date | None
    outlets: list[OutletCount]

    @classmethod
    def of(cls, coverage: records.Coverage) -> Self:
        return cls(
            articles=coverage.articles,
            oldest_article=coverage.oldest_article,
            newest_article=coverage.newest_article,
            outlets=[OutletCount(outlet=outlet, articles=count) for outlet, count in coverage.outlets],
        )

    def record(self) -> records.Coverage:
        outlets = tuple((each.outlet, each.articles) for each in self.outlets)
        return records.Coverage(self.articles, self.oldest_article, self.newest_article, outlets)


class Abstention(BaseModel):
    """Why there is no answer, and what there is instead."""

    reason: answers.Reason
    message: str
    nearest: Annotated[list[Citation], Field(description="The passages that came nearest.")]
    coverage: Coverage
    suggestions: Annotated[list[str], Field(description="Questions that the archive does answer.")]

    @classmethod
    def of(cls, abstention: answers.Abstention) -> Self:
        return cls(
            reason=abstention.reason,
            message=abstention.message,
            nearest=[Citation.of(citation) for citation in abstention.nearest],
            coverage=Coverage.of(abstention.coverage),
            suggestions=list(abstention.suggestions),
        )


class UnderstoodPeriod(BaseModel):
    """Days that the question names, both included, and the words that name them."""

    published_from: date | None
    published_to: date | None
    words: str


class Interpretation(BaseModel):
    """How the question was understood; a request's `interpretation` puts it right."""

    language: str
    query: Annotated[str, Field(description="What was searched for.")]
    follows: Annotated[
        str | None, Field(description="The earlier question it was put together with for that, if any.")
    ]
    as_of: Annotated[date, Field(description="The day (WIB) from which relative dates count.")]
    period: UnderstoodPeriod | None
    outlets: list[str]
    places: list[str]
    filters: Annotated[
        Filters, Field(description="All that the search was limited to: the request's, narrowed.")
    ]
    excluded: Annotated[
        bool, Field(description="The question names what the request's filters exclude: nothing can match.")
    ]

    @classmethod
    def of(cls, understood: interpretation.Interpretation) -> Self:
        period = understood.period
        return cls(
            language=understood.language,
            query=understood.query,
            follows=understood.follows,
            as_of=understood.as_of,
            period=UnderstoodPeriod(published_from=period.start, published_to=period.end, words=period.words)
            if period
            else None,
            outlets=list(understood.outlets),
            places=list(understood.places),
            filters=Filters.of(understood.filters),
            excluded=understood.filters.nothing,
        )


class Timings(BaseModel):
    """Milliseconds; `write` is what a language model took."""

    retrieve: float
    read: float
    write: float = 0.0
    total: float


class AskResponse(BaseModel):
    """An answer in the articles' own words, or an abstention."""

    id: str
    status: Literal["answered", "abstained"]
    answer: Annotated[
        str | None,
        Field(description="The statements with [1]-style marks; the sentences of `prose` where it has any."),
    ]
    statements: list[Statement]
    prose: Annotated[
        Prose | None, Field(description="Null where no language model was asked, as for an abstention.")
    ] = None
    citations: list[Citation]
    form: Annotated[
        answers.Form | None,
        Field(description="How the statements stand together; null where there is no answer."),
    ]
    confidence: Annotated[float, Field(ge=0, le=1)]
    certainty: Annotated[
        Certainty,
        Field(description="`confidence` in a word: sure from 0.9 on, likely from 0.6 on, else unsure."),
    ]
    abstention: Abstention | None
    interpretation: Interpretation
    freshness: Freshness
    timings_ms: Timings
    kept: Annotated[
        bool, Field(description="Whether GET /answers/{id}, and the page /a/{id}, show it again.")
    ]

    @classmethod
    def of(cls, result: answers.Answer | answers.Abstention) -> Self:
        answer = result if isinstance(result, answers.Answer) else None
        abstention = result if isinstance(result, answers.Abstention) else None
        return cls(
            id=result.id,
            status="answered" if answer else "abstained",
            answer=answer.text if answer else None,
            statements=[Statement.of(statement) for statement in (answer.statements if answer else ())],
            prose=Prose.of(answer.prose) if answer and answer.prose else None,
            citations=[Citation.of(citation) for citation in (answer.citations if answer else ())],
            form=answer.form if answer else None,
            confidence=result.confidence,
            certainty=certainty(result.confidence),
            abstention=Abstention.of(abstention) if abstention else None,
            interpretation=Interpretation.of(result.interpretation),
            freshness=Freshness.of(result.freshness),
            timings_ms=Timings.model_validate(result.timings, from_attributes=True),
            kept=result.kept,
        )
