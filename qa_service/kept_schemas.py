"""What answers that were kept, and what is said of them, look like over the wire."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from index import records
from index.store import Store
from qa_service.ask_schemas import Abstention, AskResponse, Citation, Span
from qa_service.feedback import LONGEST_COMMENT, Fault, Feedback, Given, Verdict
from qa_service.schemas import ArticleSummary, Request, Within
from qa_service.since import Since, State, since


class Now(BaseModel):
    """How the article that was quoted is now, and the quote in it."""

    state: State
    article: Annotated[
        ArticleSummary | None, Field(description="As it is now; its id may be another. Null: withdrawn.")
    ]
    stands: Annotated[
        Span | None, Field(description="Where the quote stands in the present text; null where it doesn't.")
    ]
    instead: Annotated[
        Span | None, Field(description="The sentence that seems to have taken the quote's place, if any.")
    ]

    @classmethod
    def of(cls, become: Since) -> Self:
        article = become.article
        return cls(
            state=become.state,
            article=ArticleSummary.of(article) if article else None,
            stands=_span(article, become.stands),
            instead=_span(article, become.instead),
        )


def _span(article: records.Article | None, span: records.Span | None) -> Span | None:
    if article is None or span is None:
        return None
    return Span(start=span.start, end=span.end, text=article.text[span.start : span.end])


class GivenCitation(Citation):
    """A citation as it was given, and what has become of it."""

    now: Now


class GivenAbstention(Abstention):
    """An abstention as it was given, and what has become of the nearest passages."""

    nearest: list[GivenCitation]  # type: ignore[assignment]  # nobody adds to it


class GivenAnswer(AskResponse):
    """An answer or abstention as it was given, and what has become of its citations."""

    question: str
    asked_at: datetime
    citations: list[GivenCitation]  # type: ignore[assignment]  # nobody adds to it
    abstention: GivenAbstention | None

    @classmethod
    def since(cls, given: Given, store: Store) -> Self:
        """The answer, with what has become of it by now."""
        response = given.response
        abstention = response.abstention
        fields = dict(response) | {
            "question": given.question,
            "asked_at": given.asked_at,
            "citations": _with_now(response.citations, store),
            "abstention": abstention
            and GivenAbstention(**dict(abstention) | {"nearest": _with_now(abstention.nearest, store)}),
        }
        return cls(**fields)


def _with_now(citations: Sequence[Citation], store: Store) -> list[GivenCitation]:
    return [GivenCitation(**dict(citation), now=Now.of(since(store, citation))) for citation in citations]


Comment = Annotated[str, Within(0, LONGEST_COMMENT)]


class FeedbackRequest(Request):
    """What someone says of an answer; it takes the place of what was said before."""

    verdict: Annotated[Verdict, Field(description="Of an abstention: whether abstaining was right.")]
    reason: Annotated[Fault | None, Field(description="What is wrong; only with the verdict `wrong`.")] = None
    comment: Comment | None = None

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"verdict": "wrong", "reason": "outdated", "comment": "Itu tahun lalu."}]
        }
    )

    @model_validator(mode="after")
    def _only_wrong_for_a_reason(self) -> Self:
        if self.reason and self.verdict is Verdict.RIGHT:
            raise ValueError("a reason says what is wrong: leave it out where the verdict is right")
        return self

    def record(self) -> Feedback:
        return Feedback(self.verdict, self.reason, self.comment or None)
