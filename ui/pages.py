"""The reading pages: one article as plain HTML, with the quote a link points to highlighted in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import quote, urlencode, urlsplit

from fastapi import APIRouter, Header, Query
from fastapi.responses import FileResponse, HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from index.errors import ArticleNotFound, RevisionNotFound
from index.records import Article, Revision, Span
from qa_service import ask_schemas
from qa_service.answers import Citation
from qa_service.schemas import ArticleSummary
from ui.headers import headers
from ui.quotes import also_quoted, paragraphs, quoted_span, quotes_of
from ui.texts import Texts, texts_for

AnyCitation = Citation | ask_schemas.Citation
"""A citation, or one as it was sent."""

CHAT_PATH = "/chat"
ARCHIVE_PATH = "/archive"
PLAIN_PATH = "/plain"
KEY_PATH = "/key"
STYLE_PATH = "/ui/article.css"
THEME_PATH = "/ui/theme.js"

_STATIC = Path(__file__).parent / "static"

FROM_CHAT = ".."
"""What a link of ours begins with in the chat, wherever the chat is served: its markup outlives a move."""

_VERSION_LENGTH = 12
"""Hexadecimal digits of a content hash: enough to tell the versions of one article apart."""

_WHOLE_QUOTE = 120
"""Characters of a quote up to which a link to the publisher's page spells it out."""

_END_WORDS = 5
"""How many words of each end stand for a longer one."""


def reading_link(citation: AnyCitation, others: Sequence[AnyCitation] = ()) -> str:
    """The address of the page on which the quote stands highlighted in its article.

    `others` are citations shown together with it: those of the same article are highlighted too, with ways
    to the previous and next one. The version quoted is named: in a later text, other words may stand at the
    same place.
    """
    article = citation.article
    also = [other for other in others if other.article.id == article.id and other.n != citation.n]
    return passage_link(
        article, Span(citation.start, citation.end), [Span(other.start, other.end) for other in also]
    )


def passage_link(article: Article | ArticleSummary, span: Span, others: Sequence[Span] = ()) -> str:
    """The address of the page on which this part of an article stands highlighted, and the others too."""
    named = {"start": span.start, "end": span.end, "version": article.content_hash[:_VERSION_LENGTH]}
    also = [f"{other.start}-{other.end}" for other in dict.fromkeys(others) if other != span]
    return f"{page_of(article)}?{urlencode({**named, 'also': also}, doseq=True)}#quote"


def publisher_link(citation: AnyCitation) -> str | None:
    """The publisher's page, opened where the quote stands; None where no web address is known."""
    return _publisher(citation.article.url, citation.quote)


def outlet_link(outlet: str) -> str:
    """The address of the archive's articles by this outlet."""
    return f"{ARCHIVE_PATH}?{urlencode({'outlet': outlet})}"


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


def _quoted_now(article: Article, earlier: Revision | None, span: Span | None) -> Span | None:
    """Where a quote of an earlier version, if it is of one, stands in the text as it is now."""
    if not (earlier and span):
        return span
    quoted = earlier.text[span.start : span.end]
    start = article.text.find(quoted)
    return Span(start, start + len(quoted)) if start >= 0 else None


def page_templates(root: str, **known: object) -> Environment:
    """The templates of the plain pages, which escape what they are given; `known` is what these know too.

    `root` is the path below which we are served, "" at a host of its own: links of ours begin with it.
    """
    pages = Environment(
        loader=PackageLoader("ui"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.globals |= {
        "root": root,
        "chat_path": f"{CHAT_PATH}/",
        "archive_path": ARCHIVE_PATH,
        "plain_path": PLAIN_PATH,
        "key_path": KEY_PATH,
        "style_path": STYLE_PATH,
        "theme_path": THEME_PATH,
        "page_of": page_of,
        "published": published,
        "outlet_link": outlet_link,
        **known,
    }
    return pages


def reading_pages(archive: Archive, *, root: str = "") -> APIRouter:
    """Routes of the reading pages; `root` is as for page_templates."""
    router = APIRouter(include_in_schema=False)
    pages = page_templates(root)

    @router.get("/articles/{article_id}/view")
    def view(
        article_id: str,
        start: str | None = None,
        end: str | None = None,
        version: str = "",
        also: Annotated[Sequence[str], Query()] = (),
        accept_language: Annotated[str | None, Header()] = None,
    ) -> HTMLResponse:
        texts = texts_for(accept_language)
        try:
            article, earlier = _asked_for(archive, article_id, version)
            copies = archive.copies(article.id)
        except ArticleNotFound:
            missing = pages.get_template("missing.html").render(texts=texts)
            return HTMLResponse(missing, status_code=404, headers=headers())
        changed = not article.content_hash.startswith(version)
        told = earlier.text if earlier else article.text
        asked = quoted_span(told, start, end)
        spans = [_quoted_now(article, earlier, span) for span in (asked, *also_quoted(told, also))]
        first, *others = spans if earlier or not changed else [None]
        page = pages.get_template("article.html").render(
            texts=texts,
            article=article,
            publisher=_publisher(article.url, article.text[first.start : first.end] if first else ""),
            quotes=(quotes := quotes_of(first, list(filter(None, others)))),
            paragraphs=paragraphs(article.text, quotes),
            found=first is not None,
            asked=start is not None or end is not None,
            changed=changed,
            then=earlier.text[asked.start : asked.end] if earlier and asked else None,
            copies=[copy for copy in copies if copy.id != article.id],
        )
        return HTMLResponse(page, headers=headers())

    @router.get(STYLE_PATH)
    def style() -> FileResponse:
        return FileResponse(_STATIC / "article.css", media_type="text/css")

    @router.get(THEME_PATH)
    def theme() -> FileResponse:
        return FileResponse(_STATIC / "theme.js", media_type="text/javascript")

    return router


def _publisher(url: str | None, quoted: str) -> str | None:
    """The URL if it may be followed, with a text fragment for the quote, if there is one.

    https://wicg.github.io/scroll-to-text-fragment: browsers that don't know it open the page at its top.
    """
    address = web_address(url)
    if not address or not quoted.strip():
        return address
    page, _, anchor = address.partition("#")
    return f"{page}#{anchor.partition(':~:')[0]}:~:text={_fragment(quoted)}"


def _fragment(quoted: str) -> str:
    """The quote as it stands, or its first and last words where it is long or goes over several lines.

    A single text must stand within one block of the page, what lies between two need not.
    """
    lines = [line.split() for line in quoted.splitlines() if line.strip()]
    if len(lines) > 1 or (len(quoted) > _WHOLE_QUOTE and len(lines[0]) > 2 * _END_WORDS):
        ends = [lines[0][:_END_WORDS], lines[-1][-_END_WORDS:]]
    else:
        ends = lines
    # A hyphen means something in the directive, and `quote` leaves it as it is.
    return ",".join(quote(" ".join(words), safe="").replace("-", "%2D") for words in ends)


def web_address(url: str | None) -> str | None:
    """The URL if it is one that may be followed: http(s) with a host, never javascript: or data:."""
    if not url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and parts.netloc else None
