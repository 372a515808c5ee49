"""What goes over the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from index import records
from qa_service import answers
from qa_service.ask import LONGEST_HISTORY, LONGEST_QUESTION


def sound(text: str) -> str:
    """The text without white space around it; a lone surrogate, which JSON can carry, is no text."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError("this is no Unicode text: it holds a lone surrogate") from error
    return text.strip()


def _written(value: object) -> object:
    if not isinstance(value, (str, date)):
        raise ValueError("write a date as a string, such as 2026-02-06")
    return value


Question = Annotated[str, AfterValidator(sound), StringConstraints(min_length=1, max_length=LONGEST_QUESTION)]
Name = Annotated[str, AfterValidator(sound), StringConstraints(max_length=200)]
Names = Annotated[list[Name], Field(max_length=100)]
Languages = Annotated[list[Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]], Field(max_length=100)]
Day = Annotated[date, BeforeValidator(_written)]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


def _require_in_order(published_from: date | None, published_to: date | None) -> None:
    if published_from and published_to and published_from > published_to:
        raise ValueError("published_from is later than published_to: swap them")


class Turn(_Request):
    """An earlier question of the conversation and the answer it got."""

    question: Question
    answer: Annotated[str, Field(max_length=20_000)]

    def record(self) -> answers.Turn:
        return answers.Turn(self.question, self.answer)


class Filters(_Request):
    """What to search in; an empty field limits nothing. Both dates are included."""

    outlets: Names = []
    languages: Languages = []
    published_from: Day | None = None
    published_to: Day | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        _require_in_order(self.published_from, self.published_to)
        return self

    @classmethod
    def of(cls, filters: records.Filters) -> Self:
        return cls(
            outlets=list(filters.outlets),
            languages=list(filters.languages),
            published_from=filters.published_from,
            published_to=filters.published_to,
        )

    def record(self) -> records.Filters:
        return records.Filters(
            outlets=tuple(self.outlets),
            languages=tuple(self.languages),
            published_from=self.published_from,
            published_to=self.published_to,
        )


class AskRequest(_Request):
    """A question, the conversation before it, and what to search in."""

    question: Question
    history: Annotated[list[Turn], Field(max_length=LONGEST_HISTORY)] = []
    filters: Filters = Filters()
    limit: Annotated[int, Field(strict=True, ge=1, le=20, description="How many citations at most.")] = 5

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"question": "Berapa pejabat yang dilantik Wali Kota Serang?"}]}
    )


class SearchQuery(_Request):
    """A search as a query string; an outlet or language may be given several times."""

    q: Question
    limit: Annotated[int, Field(ge=1, le=100)] = 10
    outlet: Names = []
    language: Languages = []
    published_from: date | None = None
    published_to: date | None = None

    def filters(self) -> records.Filters:
        return records.Filters(
            outlets=tuple(self.outlet),
            languages=tuple(self.language),
            published_from=self.published_from,
            published_to=self.published_to,
        )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        _require_in_order(self.published_from, self.published_to)
        return self


class ArticlesQuery(_Request):
    """A page of the archive as a query string."""

    offset: Annotated[int, Field(ge=0, le=2**53)] = 0
    limit: Annotated[int, Field(ge=1, le=100)] = 20


class ArticleSummary(BaseModel):
    """An article without its text."""

    id: str
    title: str
    outlet: str | None
    authors: list[str]
    url: str | None
    published_at: datetime | date | None
    language: str
    content_hash: Annotated[str, Field(description="SHA-256 (hex) of title and text.")]

    @classmethod
    def of(cls, article: records.Article) -> Self:
        return cls.model_validate(article, from_attributes=True)


class Article(ArticleSummary):
    """An article with the clean text that all offsets refer to."""

    text: str
    fetched_at: datetime


class Story(BaseModel):
    """The copies of one text, by however many outlets, and the earliest of them."""

    copies: Annotated[int, Field(ge=1, description="How many, this one included.")]
    outlets: Annotated[int, Field(ge=1, description="How many outlets carry it.")]
    earliest: ArticleSummary

    @classmethod
    def of(cls, citation: answers.Citation) -> Self:
        story = citation.story or records.Story(1, 1, citation.article)
        return cls(copies=story.copies, outlets=story.outlets, earliest=ArticleSummary.of(story.earliest))


class RevisionSummary(BaseModel):
    """An article as it was, without its text. `article_id` is the id that it had then."""

    article_id: str
    content_hash: Annotated[str, Field(description="SHA-256 (hex) of title and text.")]
    title: str
    published_at: datetime | date | None
    fetched_at: datetime
    replaced_at: datetime
    replaced_by: Annotated[str, Field(description="The id of the article as it is now.")]

    @classmethod
    def of(cls, revision: records.Revision) -> Self:
        return cls.model_validate(revision, from_attributes=True)


class Revision(RevisionSummary):
    """An article as it was: never cited again, kept so that earlier citations can be explained."""

    text: str


class ArticlePage(BaseModel):
    """Articles, newest first, from `offset` on; `total` counts all."""

    articles: list[ArticleSummary]
    total: int
    offset: int
    limit: int


class Passage(BaseModel):
    """A slice of an article; offsets count code points of the article's text."""

    id: int
    start: int
    end: int
    text: str

    @classmethod
    def of(cls, passage: records.Passage) -> Self:
        return cls.model_validate(passage, from_attributes=True)


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


class Abstention(BaseModel):
    """Why there is no answer, and the passages that came nearest."""

    reason: answers.Reason
    message: str
    nearest: list[Citation]


class Interpretation(BaseModel):
    """How the question was understood."""

    language: str
    query: str
    filters: Filters


class Freshness(BaseModel):
    """How current the archive is."""

    index_as_of: datetime
    articles: int
    newest_article: date | None

    @classmethod
    def of(cls, freshness: records.Freshness) -> Self:
        return cls.model_validate(freshness, from_attributes=True)


class Timings(BaseModel):
    """Milliseconds."""

    retrieve: float
    read: float
    total: float


class AskResponse(BaseModel):
    """An answer in the articles' own words, or an abstention."""

    id: str
    status: Literal["answered", "abstained"]
    answer: Annotated[str | None, Field(description="The statements with [1]-style marks.")]
    statements: list[Statement]
    citations: list[Citation]
    differing: Annotated[
        bool, Field(description="The statements give different figures for the question, the newest first.")
    ]
    confidence: Annotated[float, Field(ge=0, le=1)]
    abstention: Abstention | None
    interpretation: Interpretation
    freshness: Freshness
    timings_ms: Timings

    @classmethod
    def of(cls, result: answers.Answer | answers.Abstention) -> Self:
        answer = result if isinstance(result, answers.Answer) else None
        abstention = result if isinstance(result, answers.Abstention) else None
        return cls(
            id=result.id,
            status="answered" if answer else "abstained",
            answer=answer.text if answer else None,
            statements=[
                Statement(text=statement.text, citations=list(statement.citations), outlets=statement.outlets)
                for statement in (answer.statements if answer else ())
            ],
            citations=[Citation.of(citation) for citation in (answer.citations if answer else ())],
            differing=answer.differing if answer else False,
            confidence=result.confidence,
            abstention=_abstention(abstention) if abstention else None,
            interpretation=Interpretation(
                language=result.interpretation.language,
                query=result.interpretation.query,
                filters=Filters.of(result.interpretation.filters),
            ),
            freshness=Freshness.of(result.freshness),
            timings_ms=Timings.model_validate(result.timings, from_attributes=True),
        )


class SearchHit(BaseModel):
    """A passage the index proposes; higher scores are better."""

    article: ArticleSummary
    passage: Passage
    dense: Annotated[float, Field(description="Cosine between question and passage.")]
    lexical: Annotated[float, Field(description="BM25; 0 where no word matches.")]
    score: Annotated[float, Field(description="The fusion of both, that the hits are ordered by.")]

    @classmethod
    def of(cls, hit: records.Hit) -> Self:
        return cls(
            article=ArticleSummary.of(hit.article),
            passage=Passage.of(hit.passage),
            dense=hit.dense,
            lexical=hit.lexical,
            score=hit.score,
        )


class SearchResponse(BaseModel):
    """The passages nearest to a query, best first."""

    hits: list[SearchHit]
    freshness: Freshness


class Health(BaseModel):
    """Whether the service lives, or is ready to answer."""

    status: Literal["live", "ready"]


class FieldError(BaseModel):
    """What is wrong with one part of a request. `pointer` is a JSON pointer, or a parameter's name."""

    pointer: str
    detail: str


class Problem(BaseModel):
    """An error as RFC 9457 has it; `detail` says what to do."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[FieldError] = []


class Replaced(Problem):
    """The error where an article has been replaced by one with another id."""

    replaced_by: Annotated[str, Field(description="The id of the article as it is now.")]


def _abstention(abstention: answers.Abstention) -> Abstention:
    return Abstention(
        reason=abstention.reason,
        message=abstention.message,
        nearest=[Citation.of(citation) for citation in abstention.nearest],
    )
