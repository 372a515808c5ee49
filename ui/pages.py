"""The reading pages: one article as plain HTML, with the quote a link points to highlighted in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import quote, urlencode, urlsplit

from fastapi import APIRouter, Header
from fastapi.responses import FileResponse, HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from index.errors import ArticleNotFound
from index.records import Article, Span
from qa_service.answers import Citation
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


def reading_link(citation: Citation) -> str:
    """The address of the page on which the quote stands highlighted in its article.

    It carries the version quoted: in a later text, other words may stand at the same place.
    """
    version = citation.article.content_hash[:_VERSION_LENGTH]
    query = urlencode({"start": citation.start, "end": citation.end, "version": version})
    return f"/articles/{quote(citation.article.id, safe='')}/view?{query}#quote"


def published(article: Article, texts: Texts) -> str:
    """The day of publication in words, or that none is known."""
    return texts.long_date(article.published_on) if article.published_on else texts.date_unknown


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


def reading_pages(article_of: Callable[[str], Article]) -> APIRouter:
    """Routes of the reading pages. `article_of` raises ArticleNotFound for an id it does not know."""
    router = APIRouter(include_in_schema=False)
    pages = Environment(
        loader=PackageLoader("ui"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.globals |= {"chat_path": f"{CHAT_PATH}/", "style_path": STYLE_PATH}

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
            article = article_of(article_id)
        except ArticleNotFound:
            missing = pages.get_template("missing.html").render(texts=texts)
            return HTMLResponse(missing, status_code=404, headers=_HEADERS)
        changed = not article.content_hash.startswith(version)
        span = None if changed else quoted_span(article.text, start, end)
        page = pages.get_template("article.html").render(
            texts=texts,
            article=article,
            published=published(article, texts),
            publisher=_web_address(article.url),
            paragraphs=paragraphs(article.text, span),
            found=span is not None,
            asked=start is not None or end is not None,
            changed=changed,
        )
        return HTMLResponse(page, headers=_HEADERS)

    @router.get(STYLE_PATH)
    def style() -> FileResponse:
        return FileResponse(Path(__file__).parent / "static" / "article.css", media_type="text/css")

    return router


def _web_address(url: str | None) -> str | None:
    """The URL if it is one that may be followed: http(s) with a host, never javascript: or data:."""
    if not url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and parts.netloc else None
