"""Where a sentence that someone claims to have read really stands."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from qa_service.locate import Locate, Located
from qa_service.problems import responses
from qa_service.schemas import ArticleSummary, Filters, Request, Within

Sentence = Annotated[str, Within(12, 1000)]


class LocateRequest(Request):
    """A sentence, or a part of one, and which articles to look through."""

    quote: Sentence
    filters: Filters = Filters()

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"quote": "Wali Kota Serang melantik 269 pejabat"}]}
    )


class Difference(BaseModel):
    """Words that were claimed, and those that are written in their place; either may be none."""

    claimed: str
    written: str


class LocatedQuote(BaseModel):
    """Where it stands: `text[start:end] == quote` in the text of GET /articles/{id}."""

    article: ArticleSummary
    quote: str
    start: int
    end: int
    similarity: Annotated[float, Field(ge=0, le=1, description="The share of characters that agree.")]
    differences: list[Difference]

    @classmethod
    def of(cls, located: Located, claimed: str) -> Self:
        differences = [] if located.is_verbatim else located.differences(claimed)
        return cls(
            article=ArticleSummary.of(located.article),
            quote=located.quote,
            start=located.start,
            end=located.end,
            similarity=located.similarity,
            differences=[Difference(claimed=said, written=written) for said, written in differences],
        )


class LocateResponse(BaseModel):
    """The articles that have the sentence, copies included, the earliest first."""

    status: Literal["verbatim", "nearly", "not_in_archive"]
    found: list[LocatedQuote]

    @classmethod
    def of(cls, found: list[Located], claimed: str) -> Self:
        verbatim = any(located.is_verbatim for located in found)
        return cls(
            status="verbatim" if verbatim else "nearly" if found else "not_in_archive",
            found=[LocatedQuote.of(located, claimed) for located in found],
        )


def quote_routes(locate: Locate) -> APIRouter:
    """The route that looks a sentence up."""
    router = APIRouter(prefix="/quotes", tags=["asking"])

    @router.post("/locate", responses=responses(400, 413, 415, 422, 503))
    def locate_quote(request: LocateRequest) -> LocateResponse:
        """Find the earliest article that has a sentence, verbatim or nearly.

        Case, white space and the style of marks don't matter. Where no article has it so, those that have it
        nearly are named, with the words that differ.
        """
        return LocateResponse.of(locate(request.quote, request.filters.record()), request.quote)

    return router
