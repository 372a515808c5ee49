"""The routes by which articles come in and go."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Header, HTTPException, Path, Request, Response
from fastapi.concurrency import run_in_threadpool

from index.errors import ArticleUnreadable
from index.jobs import KeptResponse, new_job
from qa_service.errors import FieldRefused, IdMismatch
from qa_service.guard import guarded_route
from qa_service.intake import Added, Intake, Outcome
from qa_service.intake_schemas import EXAMPLE, ArticleId, Job, NewArticle
from qa_service.problems import responses, says_json
from qa_service.received import Body as Received
from qa_service.received import File, article, articles, items, receive
from qa_service.schemas import Article, KnownArticle

_UNPACKED = 10
"""How many times its size a body may come to once it is unpacked."""

_LOCATION = {"Location": {"description": "Where it is.", "schema": {"type": "string"}}}

_ONE_OR_MANY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "anyOf": [
                        {"$ref": "#/components/schemas/NewArticle"},
                        {
                            "type": "array",
                            "items": {"$ref": "#/components/schemas/NewArticle"},
                            "minItems": 1,
                        },
                    ]
                },
                "examples": {
                    "one": {"summary": "An article, stored at once.", "value": EXAMPLE},
                    "many": {
                        "summary": "A list, which a job takes in.",
                        "value": [EXAMPLE, {"text": "Banjir di Cilegon surut.", "id": "banjir-1"}],
                    },
                },
            },
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "files": {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                            "minItems": 1,
                        }
                    },
                    "required": ["files"],
                },
                "examples": {
                    "files": {
                        "summary": "A job takes them in.",
                        "value": {"files": ["Banjir di Cilegon surut."]},
                    }
                },
            },
        },
    }
}
"""The body of POST /articles, which FastAPI can't tell from a signature."""

_ONE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/NewArticle"},
                "examples": {
                    "article": {
                        "summary": "One without a URL, which would give it another id.",
                        "value": {name: value for name, value in EXAMPLE.items() if name != "url"},
                    }
                },
            }
        },
    }
}
"""The body of PUT /articles/{article_id}: FastAPI would parse megabytes in the event loop."""

JobId = Annotated[str, Path(description="The id of a job.", examples=["b1946ac92492d234"])]

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="A name you choose for this request: for a day, it gives the same response again.",
    ),
]


@dataclass(frozen=True, slots=True)
class Sent:
    """A body, and the idempotency key it came with ("" for none)."""

    body: Received
    key: str = ""

    def kept(self, status: int, location: str, body: str) -> KeptResponse:
        return KeptResponse(self.key, self.body.hash, status, location, body)


def intake_routes(intake: Intake, *, max_body: int) -> APIRouter:
    """The routes that change the archive, with bodies of at most so many bytes."""
    router = APIRouter(route_class=guarded_route(max_body))
    desk = Desk(intake, max_body=max_body)

    @router.post(
        "/articles",
        tags=["articles"],
        status_code=201,
        response_model=Article,
        openapi_extra=_ONE_OR_MANY,
        responses={
            201: {"description": "It is stored, and answers questions from now on.", "headers": _LOCATION},
            200: {"description": "It was there already, just so.", "model": Article, "headers": _LOCATION},
            202: {"description": "A job takes them in.", "model": Job, "headers": _LOCATION},
            **responses(400, 403, 409, 413, 415, 422, 503),
        },
    )
    async def add_articles(request: Request, key: Key = None) -> Response:
        """Add an article; or many, as a list or as files, which a job takes in while the service answers."""
        sent = Sent(await receive(request), key or "")
        kept = await run_in_threadpool(desk.take, sent)
        location = request.scope.get("root_path", "") + kept.location
        return Response(kept.body, kept.status, {"location": location}, "application/json")

    @router.put(
        "/articles/{article_id}",
        tags=["articles"],
        response_model=Article,
        openapi_extra=_ONE,
        responses={
            201: {"description": "It is new.", "model": Article},
            **responses(400, 403, 413, 415, 422, 503),
        },
    )
    async def put_article(
        request: Request,
        article_id: Annotated[ArticleId, Path(description="The id it is to have.", examples=["perahu-1"])],
    ) -> Response:
        """Add an article under this id, or put it in the place of the one that has it."""
        if not says_json(request):
            raise HTTPException(415, "Send the article as JSON (content-type: application/json).")
        status, stored = await run_in_threadpool(desk.put, await request.body(), under=article_id)
        return Response(stored, status, media_type="application/json")

    @router.delete(
        "/articles/{article_id}", tags=["articles"], status_code=204, responses=responses(403, 404, 422, 503)
    )
    def delete_article(article_id: KnownArticle) -> None:
        """Remove an article; no answer cites it from now on."""
        intake.delete(article_id)

    @router.get("/jobs/{job_id}", tags=["jobs"], responses=responses(404, 422, 503))
    def job(job_id: JobId) -> Job:
        """How far a job is. It is forgotten a day after it ended."""
        return Job.of(intake.jobs.job(job_id), intake.waits_for)

    @router.delete("/jobs/{job_id}", tags=["jobs"], responses=responses(403, 404, 422, 503))
    def cancel_job(job_id: JobId) -> Job:
        """End a job. What it stored stays."""
        return Job.of(intake.cancel(job_id), None)

    return router


class Desk:
    """Takes articles in, one at once and many as a job; and what POST /articles was sent, each key once."""

    def __init__(self, intake: Intake, *, max_body: int) -> None:
        self._intake = intake
        self._max_unpacked = _UNPACKED * max_body
        self._answering: set[str] = set()
        self._lock = threading.Lock()

    def add(self, article: NewArticle, *, under: str | None = None) -> Added:
        """Take one article in, under the id if there is one; raises FieldRefused and WriterBusy."""
        pointer = f"/{article.content_field}"
        try:
            return self._intake.add(article.raw("api"), under=under)
        except ArticleUnreadable as error:
            raise FieldRefused(pointer, str(error).removeprefix("api: ")) from error
        except IdMismatch as error:
            pointer = "/url" if article.url else pointer
            advice = f"put it under {error.article_id}, or leave the URL out"
            raise FieldRefused(pointer, f"an article with a URL has the id made from it: {advice}") from error

    def put(self, content: bytes, *, under: str) -> tuple[int, str]:
        """Take the one article of a body in under the id; the status and the body of the response."""
        sent = article(content)
        if sent.id not in (None, under):
            raise FieldRefused("/id", "this is another id than the path's: leave it out")
        added = self.add(sent.model_copy(update={"id": under}), under=under)
        status = 201 if added.outcome is Outcome.CREATED else 200
        return status, Article.of(added.article).model_dump_json()

    def take(self, sent: Sent) -> KeptResponse:
        """The response: a new one, or that which was given to the same body with the same key."""
        if not sent.key:
            return self._answer(sent)
        with self._alone(sent.key):
            kept = self._intake.jobs.kept(sent.key)
            if kept is None:
                return self._answer(sent)
        if kept.body_hash != sent.body.hash:
            raise FieldRefused("Idempotency-Key", "this came with another body before: choose a new one")
        return kept

    def _answer(self, sent: Sent) -> KeptResponse:
        if not isinstance(sent.body.content, bytes):
            return self._many(sent, sent.body.content)
        sent_articles = articles(sent.body.content)
        return (
            self._one(sent, sent_articles)
            if isinstance(sent_articles, NewArticle)
            else self._many(sent, sent_articles)
        )

    def _one(self, sent: Sent, article: NewArticle) -> KeptResponse:
        added = self.add(article)
        status = 200 if added.outcome is Outcome.UNCHANGED else 201
        stored = Article.of(added.article)
        kept = sent.kept(status, f"/articles/{stored.id}", stored.model_dump_json())
        if sent.key:
            self._intake.jobs.keep(kept)
        return kept

    def _many(self, sent: Sent, content: Sequence[NewArticle] | Sequence[File]) -> KeptResponse:
        found = items(content, max_bytes=self._max_unpacked)
        job = new_job(len(found))
        kept = sent.kept(202, f"/jobs/{job.id}", Job.of(job, None).model_dump_json())
        self._intake.accept(job, found, kept if sent.key else None)
        return kept

    @contextmanager
    def _alone(self, key: str) -> Iterator[None]:
        with self._lock:
            if key in self._answering:
                detail = "A request with this Idempotency-Key is still being answered: try again in a moment."
                raise HTTPException(409, detail, {"retry-after": "1"})
            self._answering.add(key)
        try:
            yield
        finally:
            with self._lock:
                self._answering.discard(key)
