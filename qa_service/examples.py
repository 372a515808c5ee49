"""What responses look like, for the contract: made of their models, so that they can't differ from them."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime

from pydantic import BaseModel

from qa_service.answers import Form, Reason
from qa_service.ask_schemas import (
    Abstention,
    AskResponse,
    Citation,
    Coverage,
    Interpretation,
    OutletCount,
    Span,
    Statement,
    Story,
    Timings,
)
from qa_service.certainty import Certainty
from qa_service.intake_schemas import ItemError, Job
from qa_service.kept_schemas import GivenAnswer, GivenCitation, Now
from qa_service.openai_api import (
    MODEL,
    ChatResponse,
    Choice,
    Embedding,
    EmbeddingResponse,
    Model,
    Models,
    Reply,
    Usage,
)
from qa_service.quotes_api import Difference, LocatedQuote, LocateResponse
from qa_service.schemas import (
    Article,
    ArticlePage,
    ArticleSummary,
    FieldError,
    Filters,
    Freshness,
    Health,
    Passage,
    Problem,
    Replaced,
    Revision,
    RevisionSummary,
    SearchHit,
    SearchResponse,
)
from qa_service.since import State
from qa_service.webhook_schemas import RegisteredWebhook, Webhook

_QUESTION = "Berapa perahu karet yang dibeli BPBD Cilegon?"
_TITLE = "BPBD Cilegon membeli perahu karet"
_TEXT = "BPBD Cilegon membeli 37 perahu karet untuk menghadapi banjir."
_NOW = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)

_SUMMARY = ArticleSummary(
    id="perahu-1",
    title=_TITLE,
    outlet="Kabar Banten",
    authors=["Siti Aminah"],
    url=None,
    published_at=date(2026, 3, 2),
    language="id",
    content_hash=hashlib.sha256(f"{_TITLE}\n{_TEXT}".encode()).hexdigest(),
)
_ARTICLE = Article(**_SUMMARY.model_dump(), text=_TEXT, fetched_at=_NOW)
_FRESHNESS = Freshness(index_as_of=_NOW, articles=1, newest_article=date(2026, 3, 2))
_PASSAGE = Passage(id=1, start=0, end=len(_TEXT), text=_TEXT)
_ANSWER = Span(start=_TEXT.index("37"), end=_TEXT.index("37") + 2, text="37")
_CITATION = Citation(
    n=1,
    quote=_TEXT,
    start=0,
    end=len(_TEXT),
    answer=_ANSWER,
    article=_SUMMARY,
    passage=_PASSAGE,
    score=0.94,
    story=Story(copies=1, outlets=1, earliest=_SUMMARY),
)
_UNDERSTOOD = Interpretation(
    language="id",
    query=_QUESTION,
    follows=None,
    as_of=date(2026, 3, 3),
    period=None,
    outlets=[],
    places=["Cilegon"],
    filters=Filters(places=["Cilegon"]),
    excluded=False,
)
_TIMINGS = Timings(retrieve=12.5, read=180.2, total=193.1)
_ANSWERED = AskResponse(
    id="WGxBV_WzfQxf0Bx6",
    status="answered",
    answer=f"{_TEXT} [1]",
    statements=[Statement(text=_TEXT, citations=[1], outlets=1, day=date(2026, 3, 2))],
    citations=[_CITATION],
    form=Form.PLAIN,
    confidence=0.94,
    certainty=Certainty.SURE,
    abstention=None,
    interpretation=_UNDERSTOOD,
    freshness=_FRESHNESS,
    timings_ms=_TIMINGS,
    kept=True,
)
_ABSTAINED = AskResponse(
    id="yK3v0aQ2mXr8TzLd",
    status="abstained",
    answer=None,
    statements=[],
    citations=[],
    form=None,
    confidence=0.08,
    certainty=Certainty.UNSURE,
    abstention=Abstention(
        reason=Reason.NOT_IN_ARTICLES,
        message="Jawabannya tidak ditemukan dalam artikel.",
        nearest=[_CITATION],
        coverage=Coverage(
            articles=1,
            oldest_article=date(2026, 3, 2),
            newest_article=date(2026, 3, 2),
            outlets=[OutletCount(outlet="Kabar Banten", articles=1)],
        ),
        suggestions=[_QUESTION],
    ),
    interpretation=_UNDERSTOOD,
    freshness=_FRESHNESS,
    timings_ms=_TIMINGS,
    kept=True,
)
_UNCHANGED = Now(
    state=State.UNCHANGED,
    article=_SUMMARY,
    stands=Span(start=0, end=len(_TEXT), text=_TEXT),
    instead=None,
)
_REVISION = RevisionSummary(
    article_id="perahu-1",
    content_hash=hashlib.sha256(f"{_TITLE}\nBPBD Cilegon membeli 36 perahu karet.".encode()).hexdigest(),
    title=_TITLE,
    published_at=date(2026, 3, 2),
    fetched_at=_NOW,
    replaced_at=datetime(2026, 3, 2, 14, 0, tzinfo=UTC),
    replaced_by="perahu-1",
)
_JOB = Job(
    id="b1946ac92492d234",
    state="running",
    message="Running, 12 articles to go.",
    total=40,
    stored=26,
    unchanged=1,
    refused=1,
    articles_per_s=6.5,
    eta_s=1.8,
    created_at=_NOW,
    finished_at=None,
    errors=[ItemError(place="/3", reason="no text in it; leave it out or give it a text")],
)
_WEBHOOK = Webhook(
    id="9f3c61d20be74a85",
    url="https://example.org/tanya",
    made_at=_NOW,
    told_at=None,
    failures=1,
    last_failure="answered 500",
    given_up_at=None,
)

EXAMPLES: tuple[BaseModel, ...] = (
    _SUMMARY,
    _ARTICLE,
    ArticlePage(articles=[_SUMMARY], total=1, offset=0, limit=20),
    _REVISION,
    Revision(**_REVISION.model_dump(), text="BPBD Cilegon membeli 36 perahu karet."),
    SearchResponse(
        hits=[SearchHit(article=_SUMMARY, passage=_PASSAGE, dense=0.87, lexical=6.2, score=0.88)],
        freshness=_FRESHNESS,
    ),
    _ANSWERED,
    _ABSTAINED,
    GivenAnswer(
        **dict(_ANSWERED)
        | {
            "question": _QUESTION,
            "asked_at": _NOW,
            "citations": [GivenCitation(**dict(_CITATION), now=_UNCHANGED)],
        }
    ),
    LocateResponse(
        status="nearly",
        found=[
            LocatedQuote(
                article=_SUMMARY,
                quote="BPBD Cilegon membeli 37 perahu karet",
                start=0,
                end=36,
                similarity=0.97,
                differences=[Difference(claimed="73", written="37")],
            )
        ],
    ),
    _WEBHOOK,
    RegisteredWebhook(
        **_WEBHOOK.model_dump() | {"failures": 0, "last_failure": None},
        secret="4vZ0cJrVn1wX8mPqK2sYtB7eLhGdU5oR9fAiN3xTjWk",
    ),
    _JOB,
    Health(status="live"),
    ChatResponse(
        id="chatcmpl-WGxBV_WzfQxf0Bx6",
        created=1772447400,
        choices=[Choice(message=Reply(content=f"{_TEXT} [1]\n\n[1] Kabar Banten, 2026-03-02: {_TITLE}"))],
        usage=Usage(prompt_tokens=14, completion_tokens=40, total_tokens=54),
        tanya=_ANSWERED,
    ),
    EmbeddingResponse(
        data=[Embedding(index=0, embedding=[0.6, 0.8])],
        model="multilingual-e5-small",
        usage=Usage(prompt_tokens=5, total_tokens=5),
    ),
    Models(data=[Model(id=MODEL), Model(id="multilingual-e5-small")]),
    Problem(
        title="Unprocessable Content",
        status=422,
        detail="/question: this is missing: it must be given",
        errors=[FieldError(pointer="/question", detail="this is missing: it must be given")],
    ),
    Replaced(
        title="Gone",
        status=410,
        detail="the article '91ab' has been replaced: GET /articles/perahu-1 is how it is now, "
        "GET /articles/perahu-1/revisions how it was",
        replaced_by="perahu-1",
    ),
)
"""One of a response, or of a part of it; of what is answered or abstained from, one of each."""
