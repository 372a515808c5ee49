"""What goes over the wire."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal, Self

from annotated_types import GroupedMetadata, MaxLen, MinLen
from fastapi import Path
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticKnownError

from index import records
from qa_service.ask import LONGEST_QUESTION


def sound(text: str) -> str:
    """The text without white space around it; a lone surrogate, which JSON can carry, is no text."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise PydanticKnownError("string_unicode") from error
    return text.strip()


@dataclass(frozen=True, slots=True)
class Within(GroupedMetadata):
    """A sound text of at most `most` characters as it was sent, and at least `least` once it is sound."""

    least: int
    most: int

    def __iter__(self) -> Iterator[object]:
        yield MaxLen(self.most)  # first: the contract, which counts all that is sent, is kept
        yield AfterValidator(sound)
        if self.least:
            yield MinLen(self.least)


def _written(value: object) -> object:
    if not isinstance(value, (str, date)):
        raise ValueError("write a date as a string, such as 2026-02-06")
    return value


Question = Annotated[str, Within(1, LONGEST_QUESTION)]
Name = Annotated[str, Within(0, 200)]
Names = Annotated[list[Name], Field(max_length=100)]
Places = Annotated[
    list[Annotated[str, Within(1, 200)]],
    Field(max_length=20),
]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
Languages = Annotated[list[Language], Field(max_length=100)]
Day = Annotated[date, BeforeValidator(_written)]
KnownArticle = Annotated[str, Path(description="The id of an article.", examples=["perahu-1"])]

_MOST_UNKNOWN = 50
"""Fields that an object may have beyond all that there are; each is named then."""


class Request(BaseModel):
    """What is sent; a field we don't know is refused."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _few_unknown(cls, sent: object) -> object:
        # Each would be an error of its own, and a body of a megabyte holds a hundred thousand.
        if isinstance(sent, dict) and len(sent) > len(cls.model_fields) + _MOST_UNKNOWN:
            raise ValueError(f"there are {len(sent)} fields here: send only those that /docs lists")
        return sent


def require_in_order(published_from: date | None, published_to: date | None) -> None:
    """Raises ValueError where a period ends before it begins."""
    if published_from and published_to and published_from > published_to:
        raise ValueError("published_from is later than published_to: swap them")


class Filters(Request):
    """What to search in; an empty field limits nothing. Both dates are included."""

    outlets: Names = []
    languages: Languages = []
    published_from: Day | None = None
    published_to: Day | None = None
    places: Annotated[Places, Field(description="Articles must name each of them.")] = []

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        require_in_order(self.published_from, self.published_to)
        return self

    @classmethod
    def of(cls, filters: records.Filters) -> Self:
        return cls(
            outlets=list(filters.outlets),
            languages=list(filters.languages),
            published_from=filters.published_from,
            published_to=filters.published_to,
            places=list(filters.places),
        )

    def record(self) -> records.Filters:
        return records.Filters(
            outlets=tuple(self.outlets),
            languages=tuple(self.languages),
            published_from=self.published_from,
            published_to=self.published_to,
            places=tuple(self.places),
        )


class SearchQuery(Request):
    """A search as a query string; an outlet, language or place may be given several times."""

    q: Annotated[Question, Field(examples=["perahu karet BPBD Cilegon"])]
    limit: Annotated[int, Field(ge=1, le=100)] = 10
    outlet: Names = []
    language: Languages = []
    place: Places = []
    published_from: date | None = None
    published_to: date | None = None

    def filters(self) -> records.Filters:
        return records.Filters(
            outlets=tuple(self.outlet),
            languages=tuple(self.language),
            published_from=self.published_from,
            published_to=self.published_to,
            places=tuple(self.place),
        )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        require_in_order(self.published_from, self.published_to)
        return self


class ArticlesQuery(Request):
    """A page of the archive as a query string; an outlet may be given several times."""

    outlet: Names = []
    order: Annotated[
        records.Order, Field(description="What was published, or arrived, last comes first.")
    ] = records.Order.NEWEST
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

    @property
    def published_on(self) -> date | None:
        """The calendar day of publication, in WIB."""
        return records.day_in_wib(self.published_at)


class Article(ArticleSummary):
    """An article with the clean text that all offsets refer to."""

    text: str
    fetched_at: datetime


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
    """Articles in order from `offset` on; `total` counts all that there are of the outlets asked for."""

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


class Freshness(BaseModel):
    """How current the archive is."""

    index_as_of: datetime
    articles: int
    newest_article: date | None

    @classmethod
    def of(cls, freshness: records.Freshness) -> Self:
        return cls.model_validate(freshness, from_attributes=True)


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
    """Whether the service lives, or is ready to answer.

    `degraded` is ready all the same, from an archive that is older than it should be; `detail` says why.
    """

    status: Literal["live", "ready", "degraded"]
    detail: str | None = None


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
