"""The reading pages: one article as plain HTML, with the quote a link points to highlighted in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import quote, urlencode, urlsplit

from fastapi import APIRouter, Header
from fastapi.responses import FileResponse, HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from index.errors import ArticleNotFound, RevisionNotFound
from index.records import Article, Revision, Span
from qa_service import ask_schemas
from qa_service.answers import Citation
from qa_service.schemas import ArticleSummary
from ui.texts import Texts, texts_for

CHAT_PATH = "/chat"
STYLE_PATH = "/ui/article.css"

_VERSION_LENGTH = 12
"""Hexadecimal digits of a content hash: enough to tell the versions of one article apart."""

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
    "Vary": "Accept-Language",
}


def reading_link(citation: Citation | ask_schemas.Citation) -> str:
    """The address of the page on which the quote stands highlighted in its article.

    It carries the version quoted: in a later text, other words may stand at the same place.
    """
    version = citation.article.content_hash[:_VERSION_LENGTH]
    query = urlencode({"start": citation.start, "end": citation.end, "version": version})
    return f"{page_of(citation.article)}?{query}#quote"


def page_of(article: Article | ArticleSummary) -> str:
    """The address of an article's reading page."""
    return f"/articles/{quote(article.id, safe='')}/view"


def published(article: Article | ArticleSummary, texts: Texts) -> str:
    """The day of publication in words, or that none is known."""
    return texts.long_date(article.published_on) if article.published_on else texts.date_unknown


@dataclass(frozen=True, slots=True)
class Archive:
    """What the reading pages ask the archive for.

    `article` and `copies` raise ArticleNotFound for an id that is not known; `revision`, given an id and how
    its content hash began, RevisionNotFound.
    """

    article: Callable[[str], Article]
    copies: Callable[[str], Sequence[Article]]
    revision: Callable[[str, str], Revision]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A line of an article: the part of it that is quoted, and what stands before and after.

    `opens` is true for the paragraph in which the quote begins.
    """

    before: str
    quoted: str
    after: str
    opens: bool


def paragraphs(text: str, span: Span | None) -> list[Paragraph]:
    """The lines of an article that are not blank; `span` is the quote, which may cross lines."""
    return list(_paragraphs(text, span or Span(0, 0)))


def _paragraphs(text: str, span: Span) -> Iterator[Paragraph]:
    opened = False
    line_start = 0
    for line in text.split("\n"):
        start, end = (min(max(at - line_start, 0), len(line)) for at in (span.start, span.end))
        line_start += len(line) + 1
        if line.strip():
            yield Paragraph(line[:start], line[start:end], line[end:], opens=start < end and not opened)
            opened = opened or start < end


def quoted_span(text: str, start: str | None, end: str | None) -> Span | None:
    """The span that a link asks for, as typed in its query; None where it marks no visible text."""
    try:
        span = Span(int(start or ""), int(end or ""))
    except ValueError:
        return None
    inside = 0 <= span.start < span.end <= len(text)
    return span if inside and text[span.start : span.end].strip() else None


def _asked_for(archive: Archive, article_id: str, version: str) -> tuple[Article, Revision | None]:
    """The article as it is now and, if the version asked for is an earlier one that was kept, that too.

    Raises ArticleNotFound; an article whose id changed with its text is found by its earlier version.
    """
    try:
        article = archive.article(article_id)
    except ArticleNotFound:
        earlier = _revision(archive, article_id, version)
        if earlier is None:
            raise
        return archive.article(earlier.replaced_by), earlier
    if article.content_hash.startswith(version):
        return article, None
    return article, _revision(archive, article_id, version)


def _revision(archive: Archive, article_id: str, version: str) -> Revision | None:
    if not version:
        return None
    try:
        return archive.revision(article_id, version)
    except RevisionNotFound:
        return None


def _where_it_stands(text: str, quoted: str) -> Span | None:
    """Where a quote of an earlier version stands in the text as it is now."""
    start = text.find(quoted)
    return Span(start, start + len(quoted)) if start >= 0 else None


def reading_pages(archive: Archive) -> APIRouter:
    """Routes of the reading pages."""
    router = APIRouter(include_in_schema=False)
    pages = Environment(
        loader=PackageLoader("ui"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.globals |= {"chat_path": f"{CHAT_PATH}/", "style_path": STYLE_PATH, "page_of": page_of}
    pages.globals["published"] = published

    @router.get("/articles/{article_id}/view")
    def view(
        article_id: str,
        start: str | None = None,
        end: str | None = None,
        version: str = "",
        accept_language: Annotated[str | None, Header()] = None,
    ) -> HTMLResponse:
        texts = texts_for(accept_language)
        try:
            article, earlier = _asked_for(archive, article_id, version)
            copies = archive.copies(article.id)
        except ArticleNotFound:
            missing = pages.get_template("missing.html").render(texts=texts)
            return HTMLResponse(missing, status_code=404, headers=_HEADERS)
        changed = not article.content_hash.startswith(version)
        quoted = quoted_span(earlier.text if earlier else article.text, start, end)
        then = earlier.text[quoted.start : quoted.end] if earlier and quoted else None
        span = _where_it_stands(article.text, then) if then else None if changed else quoted
        page = pages.get_template("article.html").render(
            texts=texts,
            article=article,
            publisher=web_address(article.url),
            paragraphs=paragraphs(article.text, span),
            found=span is not None,
            asked=start is not None or end is not None,
            changed=changed,
            then=then,
            copies=[copy for copy in copies if copy.id != article.id],
        )
        return HTMLResponse(page, headers=_HEADERS)

    @router.get(STYLE_PATH)
    def style() -> FileResponse:
        return FileResponse(Path(__file__).parent / "static" / "article.css", media_type="text/css")

    return router


def web_address(url: str | None) -> str | None:
    """The URL if it is one that may be followed: http(s) with a host, never javascript: or data:."""
    if not url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and parts.netloc else None
