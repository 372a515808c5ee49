"""The archive page: what there is, by words, outlet or arrival; and adding and deleting, for who may."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Header, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from jinja2 import Environment
from starlette.exceptions import HTTPException

from index.articles import SUFFIXES
from index.errors import ArticleNotFound, JobNotFound, WriterBusy
from index.records import WIB, Article
from qa_service.articles_api import Desk, Sent
from qa_service.build import Service
from qa_service.errors import FieldRefused, KeyRefused, Overloaded, WritingRefused
from qa_service.guard import guarded_route, may_write, require_right
from qa_service.intake import Outcome
from qa_service.intake_schemas import Job, NewArticle
from qa_service.problems import RETRY_AFTER_S, field_errors
from qa_service.received import articles, receive
from qa_service.schemas import FieldError
from ui.headers import headers
from ui.listing import Shown, excerpt, listing, marked
from ui.pages import ARCHIVE_PATH, page_templates
from ui.render import freshness_line
from ui.texts import Texts, texts_for

_STATIC = Path(__file__).parent / "static"

Language = Annotated[str | None, Header(alias="Accept-Language")]


def archive_pages(service: Service, *, max_body: int, root: str = "") -> APIRouter:
    """Routes of the archive page. Those that change the archive refuse whom the REST API refuses.

    `root` is as for page_templates.
    """
    readable = ", ".join(suffix for suffix in SUFFIXES if not suffix.endswith(".gz"))
    pages = page_templates(root, marked=marked, excerpt=excerpt, readable=readable, max_mb=max_body // 2**20)
    router = APIRouter(
        prefix=ARCHIVE_PATH, include_in_schema=False, route_class=_telling_route(pages, max_body)
    )
    _add_reading(router, service, pages)
    _add_changing(router, service, pages, Desk(service.intake, max_body=max_body), root + ARCHIVE_PATH)
    return router


def _add_reading(router: APIRouter, service: Service, pages: Environment) -> None:
    @router.get("")
    def archive(
        request: Request,
        q: str = "",
        outlet: str = "",
        order: str = "",
        page: str = "",
        added: str = "",
        known: str = "",
        deleted: str = "",
        accept_language: Language = None,
    ) -> HTMLResponse:
        texts = texts_for(accept_language)
        coverage = service.store.coverage()
        shown = Shown.of(q=q, outlet=outlet, order=order, page=page)
        with service.foreground.question() if shown.query else nullcontext():
            listed = listing(service.store, service.retriever, shown)
        return _page(
            pages,
            "archive.html",
            texts,
            freshness=freshness_line(service.store.freshness(), texts, today=datetime.now(WIB).date()),
            coverage=coverage,
            unnamed=coverage.articles - sum(count for _, count in coverage.outlets),
            listing=listed,
            may_change=may_write(request),
            keys_exist=request.app.state.keys.are_set_up(),
            added=_there(service, added or known),
            known=bool(known),
            deleted=bool(deleted),
        )

    @router.get("/jobs/{job_id}")
    def job(request: Request, job_id: str, accept_language: Language = None) -> HTMLResponse:
        intake = service.intake
        told = Job.of(intake.jobs.job(job_id), intake.waits_for)
        waits_for = None if told.finished_at else intake.waits_for
        texts = texts_for(accept_language)
        return _page(pages, "job.html", texts, job=told, waits_for=waits_for, may_change=may_write(request))

    @router.get("/style.css")
    def style() -> FileResponse:
        return FileResponse(_STATIC / "archive.css", media_type="text/css")

    @router.get("/progress.js")
    def script() -> FileResponse:
        return FileResponse(_STATIC / "progress.js", media_type="text/javascript")


def _add_changing(
    router: APIRouter, service: Service, pages: Environment, desk: Desk, archive_path: str
) -> None:
    @router.post("/articles")
    def add(
        title: Annotated[str, Form()] = "",
        outlet: Annotated[str, Form()] = "",
        published_at: Annotated[str, Form()] = "",
        text: Annotated[str, Form()] = "",
        url: Annotated[str, Form()] = "",
    ) -> RedirectResponse:
        fields = {"title": title, "outlet": outlet, "published_at": published_at, "text": text, "url": url}
        # A form ends its lines as the web does, an article as we do.
        sent = {name: value.replace("\r\n", "\n") for name, value in fields.items() if value.strip()}
        article = articles(json.dumps(sent).encode())
        assert isinstance(article, NewArticle)
        added = desk.add(article)
        name = "known" if added.outcome is Outcome.UNCHANGED else "added"
        return _to(f"{archive_path}?{urlencode({name: added.article.id})}")

    @router.post("/files")
    async def upload(request: Request) -> RedirectResponse:
        kept = await run_in_threadpool(desk.take, Sent(await receive(request)))
        return _to(archive_path + kept.location)

    @router.post("/jobs/{job_id}/cancel")
    def cancel(job_id: str) -> RedirectResponse:
        return _to(f"{archive_path}/jobs/{service.intake.cancel(job_id).id}")

    @router.get("/articles/{article_id}/delete")
    def ask_whether(request: Request, article_id: str, accept_language: Language = None) -> HTMLResponse:
        require_right(request)
        article = service.store.article(article_id)
        return _page(pages, "delete.html", texts_for(accept_language), article=article)

    @router.post("/articles/{article_id}/delete")
    def delete(article_id: str) -> RedirectResponse:
        service.intake.delete(article_id)
        return _to(f"{archive_path}?deleted=1")


def _page(pages: Environment, name: str, texts: Texts, *, status: int = 200, **values: Any) -> HTMLResponse:
    page = pages.get_template(name).render(texts=texts, status=status, **values)
    return HTMLResponse(page, status_code=status, headers=headers(fetches=True, forms=True))


def _to(address: str) -> RedirectResponse:
    """What a form leads to: a page that can be loaded again without sending the form again."""
    return RedirectResponse(address, status_code=303)


def _there(service: Service, article_id: str) -> Article | None:
    try:
        return service.store.article(article_id) if article_id else None
    except ArticleNotFound:
        return None


def _telling_route(pages: Environment, max_body: int) -> type[APIRoute]:
    """A guarded route that tells what went wrong as a page, not as a problem in JSON.

    So is what the guard refuses: a form may have been open when its key was revoked.
    """
    guarded = guarded_route(max_body)

    class Telling(guarded):  # type: ignore[valid-type, misc]  # mypy wants a class with a name
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            answer = super().get_route_handler()

            async def telling(request: Request) -> Response:
                try:
                    response: Response = await answer(request)
                    return response
                except _TOLD as error:
                    texts = texts_for(request.headers.get("accept-language"))
                    status, reasons = _told(error)
                    page = _page(pages, "refused.html", texts, status=status, reasons=reasons)
                    if status == 503:
                        page.headers["retry-after"] = str(RETRY_AFTER_S)
                    return page

            return telling

    return Telling


_TOLD = (
    ArticleNotFound,
    FieldRefused,
    HTTPException,
    JobNotFound,
    KeyRefused,
    Overloaded,
    RequestValidationError,
    WriterBusy,
    WritingRefused,
)
"""What can go wrong with a form, and who may not send it."""


def _told(error: Exception) -> tuple[int, list[FieldError]]:
    """The HTTP status, and what is wrong with which field ("" for none)."""
    match error:
        case RequestValidationError():
            return 422, field_errors(error)
        case FieldRefused():
            return 422, [FieldError(pointer=error.pointer, detail=error.detail)]
        case HTTPException():
            return error.status_code, [FieldError(pointer="", detail=error.detail)]
        case KeyRefused():
            return 401, [FieldError(pointer="", detail=str(error))]
        case WritingRefused():
            return 403, [FieldError(pointer="", detail=str(error))]
        case Overloaded() | WriterBusy():
            return 503, [FieldError(pointer="", detail=str(error))]
        case _:
            return 404, [FieldError(pointer="", detail=str(error))]
