"""The REST API: routes without decisions."""

from __future__ import annotations

import base64
import hashlib
import pathlib
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, FastAPI, Path, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from fastapi.staticfiles import StaticFiles
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.routing import Route

from index.records import Filters
from qa_service.access import Access
from qa_service.answers_api import answer_routes, webhook_routes
from qa_service.articles_api import intake_routes
from qa_service.ask_schemas import AskRequest, AskResponse
from qa_service.build import Service
from qa_service.contract import DESCRIPTION, VERSION, add_contract, operation_id
from qa_service.cross_origin import CrossOrigin
from qa_service.faults import Faults
from qa_service.head import Head
from qa_service.keys import Keys
from qa_service.mcp_server import PATH, McpEndpoint, mcp_server
from qa_service.nosniff import NoSniff
from qa_service.openai_api import openai_routes
from qa_service.patience import TIMEOUT_S, LatePage, Patience, no_page
from qa_service.problems import RESPONSES, add_problem_handlers, responses
from qa_service.quotes_api import quote_routes
from qa_service.request_log import RequestLog
from qa_service.schemas import (
    Article,
    ArticlePage,
    ArticlesQuery,
    ArticleSummary,
    Freshness,
    Health,
    KnownArticle,
    Revision,
    RevisionSummary,
    SearchHit,
    SearchQuery,
    SearchResponse,
)
from qa_service.streaming import STREAM, streamed_too

MAX_BODY = 64 * 2**20
"""Bytes of a body that brings articles."""

_STATIC = pathlib.Path(__file__).parent / "static"


def create_api(
    service: Service,
    *,
    max_body: int = MAX_BODY,
    host: str = "",
    public_url: str = "",
    reading_needs_key: bool = False,
    rate: str | None = None,
    timeout_s: float = TIMEOUT_S,
    origins: Sequence[str] = (),
    late_page: LatePage = no_page,
) -> FastAPI:
    """The API over a service, with its documentation at /docs, served from our own files.

    A body that brings articles has at most `max_body` bytes. While the app runs, so does the intake.
    `host` is where it listens ("" for everywhere), `public_url` where people reach it through a proxy; both,
    `reading_needs_key` and `rate` are as for Access, `timeout_s` and `late_page` as for Patience, `origins`
    as for CrossOrigin.
    """

    tools = McpEndpoint(mcp_server(service))

    @asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        service.intake.start()
        service.answers.start()
        async with tools.running():
            yield
        await run_in_threadpool(service.intake.close)

    app = FastAPI(
        lifespan=running,
        title="Tanya",
        version=VERSION,
        description=DESCRIPTION,
        generate_unique_id_function=operation_id,
        openapi_url=None,  # add_contract's
        # Its own spans carry paths and queries, hence questions: RequestLog makes ours.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.keys = Keys(service.store.engine)
    app.add_middleware(Head)
    app.add_middleware(
        Access,
        keys=app.state.keys,
        reading_needs_key=reading_needs_key,
        rate=rate,
        host=host,
        public_url=public_url,
    )
    app.add_middleware(Faults)
    app.add_middleware(Patience, timeout_s=timeout_s, late_page=late_page)
    if origins:
        app.add_middleware(CrossOrigin, origins=origins)
    app.add_middleware(RequestLog, metrics=service.metrics)
    app.add_middleware(NoSniff)
    add_problem_handlers(app)
    add_contract(app)
    app.include_router(_asking(service))
    app.include_router(quote_routes(service.locate))
    app.include_router(openai_routes(service.asking, service.embedder, service.foreground))
    app.include_router(answer_routes(service.answers, service.store))
    app.include_router(webhook_routes(service.webhooks))
    app.include_router(_articles(service))
    app.include_router(intake_routes(service.intake, max_body=max_body))
    app.include_router(_health(service))

    @app.get("/metrics", tags=["health"], response_class=PlainTextResponse, responses=responses())
    def metrics() -> Response:
        """Counts and times, in the form that Prometheus reads."""
        return Response(service.metrics.text(), media_type=CONTENT_TYPE_LATEST)

    app.router.routes.append(Route(PATH, tools, include_in_schema=False))
    app.mount("/docs/assets", StaticFiles(directory=_STATIC / "swagger-ui"), name="docs-assets")

    @app.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        page = get_swagger_ui_html(
            openapi_url="openapi.json",
            title="Tanya API",
            swagger_js_url="docs/assets/swagger-ui-bundle.js",
            swagger_css_url="docs/assets/swagger-ui.css",
            swagger_favicon_url="docs/assets/favicon-32x32.png",
        )
        page.headers["content-security-policy"] = _docs_policy(bytes(page.body).decode())
        page.headers["referrer-policy"] = "same-origin"
        return page

    return app


def _docs_policy(page: str) -> str:
    """What the documentation's page may load and do: its own files, and the script that stands in it."""
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    allowed = " ".join(["'self'", *(f"'sha256-{digest}'" for digest in digests)])
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {allowed}",
            "style-src 'self' 'unsafe-inline'",  # Swagger UI writes styles into its elements
            "img-src 'self' data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    )


def _asking(service: Service) -> APIRouter:
    router = APIRouter(tags=["asking"])
    answering = APIRouter(route_class=streamed_too(service.asking))

    @answering.post("/ask", responses={**responses(400, 413, 415, 422, 503), 200: STREAM})
    def ask(request: AskRequest) -> AskResponse:
        """Ask a question; the answer is made of verbatim quotes, or is an abstention with its reason.

        With `Accept: text/event-stream` it is told as it comes about.
        """
        return AskResponse.of(request.put_to(service.asking))

    router.include_router(answering)

    @router.get("/search", responses=responses(422, 503))
    def search(query: Annotated[SearchQuery, Query()]) -> SearchResponse:
        """Find passages, with the scores that order them."""
        with service.foreground.question():
            hits = service.retriever.retrieve(query.q, query.filters(), limit=query.limit)
        return SearchResponse(
            hits=[SearchHit.of(hit) for hit in hits], freshness=Freshness.of(service.store.freshness())
        )

    return router


def _articles(service: Service) -> APIRouter:
    router = APIRouter(prefix="/articles", tags=["articles"])

    @router.get("", responses=responses(422, 503))
    def articles(query: Annotated[ArticlesQuery, Query()]) -> ArticlePage:
        """The archive, or what is of some outlets: the newest first, or what arrived last."""
        filters = Filters(outlets=tuple(query.outlet))
        page = service.store.articles(
            offset=query.offset, limit=query.limit, filters=filters, order=query.order
        )
        return ArticlePage(
            articles=[ArticleSummary.of(article) for article in page],
            total=service.store.count(filters),
            offset=query.offset,
            limit=query.limit,
        )

    @router.get("/{article_id}", responses=responses(404, 410, 422, 503))
    def article(article_id: KnownArticle) -> Article:
        """One article with its whole text."""
        return Article.of(service.store.article(article_id))

    @router.get("/{article_id}/copies", responses=responses(404, 410, 422, 503))
    def copies(article_id: KnownArticle) -> list[ArticleSummary]:
        """The copies of an article, itself included, the earliest first."""
        return [ArticleSummary.of(copy) for copy in service.store.copies(article_id)]

    @router.get("/{article_id}/revisions", responses=responses(404, 410, 422, 503))
    def revisions(article_id: KnownArticle) -> list[RevisionSummary]:
        """The earlier versions of an article, the latest first."""
        return [RevisionSummary.of(revision) for revision in service.store.revisions(article_id)]

    @router.get("/{article_id}/revisions/{content_hash}", responses=responses(404, 422, 503))
    def revision(
        article_id: KnownArticle,
        content_hash: Annotated[
            str, Path(description="A content hash, or how one begins.", examples=["3f1c6b"])
        ],
    ) -> Revision:
        """An earlier version with its whole text; the first digits of its hash suffice."""
        return Revision.of(service.store.revision(article_id, content_hash))

    return router


def _health(service: Service) -> APIRouter:
    router = APIRouter(prefix="/health", tags=["health"])
    own_threads = CapacityLimiter(2)

    @router.get("/live", response_model_exclude_none=True)
    async def live() -> Health:  # a thread may not be free
        """The process answers."""
        return Health(status="live")

    @router.get("/ready", response_model_exclude_none=True, responses={503: RESPONSES[503]})
    async def ready() -> Health:
        """The models are loaded and the database can be read; `degraded` where articles stay away."""

        def looked() -> str | None:
            service.store.last_change()
            return service.currency.overdue()

        # However busy the others are: a service that answers late is no dead one.
        overdue = await to_thread.run_sync(looked, limiter=own_threads)
        return Health(status="degraded" if overdue else "ready", detail=overdue)

    return router
