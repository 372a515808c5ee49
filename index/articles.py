"""Raw bytes -> Article, one reader per format.

    files ──raw_file──▶ RawArticle ──parts──▶ RawArticle (one article each) ──to_article──▶ Article

A format is a suffix in `SUFFIXES` and a reader in `index.formats`, named in `_READERS`; one whose files hold
several articles has a case in `_parts` too. Nothing here stops at a bad article: `parts` never fails on one,
`to_article` fails on that one alone, so that an ingest can name it and go on with the rest.
"""

from __future__ import annotations

import codecs
import hashlib
import io
import logging
import math
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from index.cleaning import LONGEST_HEADLINE, CleanPage, clean
from index.errors import ArticleUnreadable
from index.formats.docx import read_docx
from index.formats.encoding import decoded
from index.formats.html import read_html
from index.formats.html_facts import site_of
from index.formats.json_object import is_array, items, read_json
from index.formats.markdown import read_markdown
from index.formats.packed import LARGEST_BYTES, TOO_LARGE, lines, unpacked
from index.formats.page import Page
from index.formats.pdf import read_pdf
from index.languages import detect
from index.records import Article, RawArticle

_log = logging.getLogger(__name__)

TEXT = "text/plain"
HTML = "text/html"
MARKDOWN = "text/markdown"
PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
JSON = "application/json"
JSON_FILE = "application/json+file"
"""An object that is a file of its own, or an array of them; JSON is one of a collection."""
JSON_LINES = "application/jsonl"
GZIPPED = "+gzip"
"""The end of the media type of what has to be unpacked first."""
JSON_LINES_GZIPPED = JSON_LINES + GZIPPED

_COLLECTIONS = JSON_LINES, JSON_LINES_GZIPPED

_PLAIN_SUFFIXES = {
    ".txt": TEXT,
    ".html": HTML,
    ".htm": HTML,
    ".md": MARKDOWN,
    ".markdown": MARKDOWN,
    ".pdf": PDF,
    ".docx": DOCX,
    ".json": JSON_FILE,
    ".jsonl": JSON_LINES,
}

SUFFIXES: Mapping[str, str] = _PLAIN_SUFFIXES | {
    suffix + ".gz": media_type + GZIPPED for suffix, media_type in _PLAIN_SUFFIXES.items()
}
"""The files that can be read, by the end of their names, and the media type each stands for."""

READABLE = f"{', '.join(_PLAIN_SUFFIXES)}, each of them also with .gz"
"""SUFFIXES as one says it."""

_READERS: Mapping[str, Callable[[bytes], Page]] = {
    MARKDOWN: read_markdown,
    PDF: read_pdf,
    DOCX: read_docx,
}

_MOST_CHARACTERS = 5_000_000
_LONGEST_NAME = 200
_LONGEST_URL = 2000
_MOST_AUTHORS = 50
ID = re.compile(r"(?!\.+$)[A-Za-z0-9._~-]{1,128}")
"""Ids that can stand in a path as they are (RFC 3986)."""


def files(path: Path) -> Iterator[Path]:
    """`path` itself, or the files under that folder, in the order of their names, as they are found.

    Hidden ones are left out; a folder that can't be listed comes itself.
    """
    if not path.is_dir():
        yield path
        return
    try:
        entries = sorted(os.scandir(path), key=lambda entry: entry.name)
    except OSError:
        yield path
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from files(Path(entry))
        elif entry.is_file():
            yield Path(entry)


def media_type_of(file: Path) -> str | None:
    """What the end of its name says that the file is; None where it says nothing known."""
    name = file.name.lower()
    return next((media_type for suffix, media_type in SUFFIXES.items() if name.endswith(suffix)), None)


def is_named_as_listing(file: Path) -> bool:
    """Whether it may be a feed or a sitemap, by its name: of those articles are only fetched."""
    return file.name.lower().removesuffix(".gz").endswith((".xml", ".rss", ".atom"))


def raw_file(file: Path) -> RawArticle:
    """One file's content. ArticleUnreadable where its format is unknown or the disk refuses it."""
    media_type = media_type_of(file)
    if media_type is None:
        listing = f"; `tanya feed {file}` takes in what a feed lists" if is_named_as_listing(file) else ""
        raise ArticleUnreadable(f"{file}: unknown format; readable are {READABLE}{listing}")
    collection = media_type in _COLLECTIONS
    with opened(file) as stream:
        content = stream.read(-1 if collection else LARGEST_BYTES + 1)
    if len(content) > LARGEST_BYTES and not collection:
        raise ArticleUnreadable(f"{file}: {TOO_LARGE}")
    return RawArticle(content=content, media_type=media_type, origin=place(file))


@contextmanager
def opened(file: Path) -> Iterator[BinaryIO]:
    """The file, to be read. ArticleUnreadable where the disk refuses it."""
    try:
        with file.open("rb") as stream:
            yield stream
    except OSError as error:
        raise ArticleUnreadable(f"{file}: {error.strerror}; check the path and its permissions") from error


def place(file: Path) -> str:
    """The file's path from the root, the same from wherever it is named; in UTF-8 though its name is not."""
    return str(file.resolve()).encode(errors="backslashreplace").decode()


def parts(raw: RawArticle, *, most_bytes: float = math.inf) -> Iterator[RawArticle]:
    """The articles that `raw` holds, each with its own bytes; the origin of a line is `file:number`.

    After the articles before it, ArticleUnreadable where compressed content is damaged, a compressed article
    is too large, or an array breaks off; TooBig where lines come to more than `most_bytes`.
    """
    with _naming(raw.origin):
        yield from _parts(raw, most_bytes)


def line_articles(stream: BinaryIO, origin: str, *, gzipped: bool) -> Iterator[RawArticle]:
    """The articles of JSON Lines, which are never read whole. ArticleUnreadable as in `parts`."""
    with _naming(origin):
        yield from _numbered(lines(stream, gzipped=gzipped), origin)


def to_article(raw: RawArticle, fetched_at: datetime) -> Article:
    """The one article that `raw` holds (see `parts`), cleaned.

    What it says in fields (`index.formats.fields.NAMES`: of JSON, of Markdown's front matter) goes before
    what its text says.

    The id is made from the URL, else it is the one given (or made from it, where it could not stand in a
    path), else it is made from the text. A JSON object whose `content_hash` fits its title and text was
    exported (`index.exporting`): it is taken as it is, under its id. ArticleUnreadable, naming the origin,
    where the bytes, the JSON or a field can't be read, no text is left, or it is too large for an article.
    """
    with _naming(raw.origin):
        page = _read(raw, fetched_at)
    page = _within_reason(page)
    as_exported = _as_exported(page)
    cleaned = (
        CleanPage(page.title, page.text, None, None) if as_exported else clean(page.text, title=page.title)
    )
    if not cleaned.text:
        raise ArticleUnreadable(f"{raw.origin}: no text in it; leave it out or give it a text")
    article_id = page.id if as_exported and ID.fullmatch(page.id) else _id(page, cleaned.text)
    return Article(
        id=article_id,
        title=cleaned.title,
        text=cleaned.text,
        language=page.language or detect(cleaned.text),
        content_hash=_content_hash(cleaned.title, cleaned.text),
        fetched_at=fetched_at,
        origin=_origin(raw, article_id),
        outlet=page.outlet or (cleaned.outlet if len(cleaned.outlet or "") <= _LONGEST_NAME else None),
        url=page.url or None,
        published_at=page.published_at or cleaned.published_at,
        authors=page.authors,
    )


def _within_reason(page: Page) -> Page:
    """The page without what is too long for what it is called: a title and an outlet stand in every passage,
    names and addresses in every list.
    """
    authors = [name for name in page.authors if len(name) <= _LONGEST_NAME]
    return replace(
        page,
        title=page.title[:LONGEST_HEADLINE],
        outlet=page.outlet if len(page.outlet) <= _LONGEST_NAME else "",
        url=page.url if len(page.url) <= _LONGEST_URL else "",
        authors=tuple(authors[:_MOST_AUTHORS]),
    )


def _parts(raw: RawArticle, most_bytes: float) -> Iterator[RawArticle]:
    if raw.media_type in _COLLECTIONS and _web_address(raw.origin):
        raise ArticleUnreadable("a collection of articles; download it and add the file")
    if raw.media_type in _COLLECTIONS:
        gzipped = raw.media_type == JSON_LINES_GZIPPED
        found = lines(io.BytesIO(raw.content), gzipped=gzipped, most_bytes=most_bytes)
        yield from _numbered(found, raw.origin)
    elif raw.media_type.endswith(GZIPPED):
        media_type = raw.media_type.removesuffix(GZIPPED)
        yield from _parts(RawArticle(unpacked(raw.content), media_type, raw.origin), most_bytes)
    elif raw.media_type == JSON_FILE and is_array(raw.content):
        yield from _numbered(items(raw.content), raw.origin)
    else:
        yield raw


def _numbered(contents: Iterable[bytes], origin: str) -> Iterator[RawArticle]:
    for number, content in enumerate(contents, start=1):
        if content.strip(codecs.BOM_UTF8 + b" \t\r\n"):
            yield RawArticle(content.rstrip(b"\r\n"), JSON, f"{origin}:{number}")


@contextmanager
def _naming(origin: str) -> Iterator[None]:
    try:
        yield
    except ArticleUnreadable as error:
        raise ArticleUnreadable(f"{origin}: {error}") from error


def _id(page: Page, text: str) -> str:
    if page.url or not page.id:
        return _sha256(page.url or text)[:16]
    return page.id if ID.fullmatch(page.id) else _sha256(page.id)[:16]


def _origin(raw: RawArticle, article_id: str) -> str:
    """The raw one's; a line of a collection is known by its article, as another may come to its place."""
    if raw.media_type != JSON:
        return raw.origin
    mark = f"#{article_id}"
    return raw.origin.removesuffix(mark) + mark


def files_of(origin: str) -> tuple[str, ...]:
    """The places that an article of this origin may have come from: of a whole file, of a line of one.

    A name may hold the marks of a line itself, so that only what lies there can tell which it is.
    """
    mark = re.search(r"(:\d+)?(#[^/#]*)?\Z", origin)
    assert mark is not None  # it may be empty
    whole, line = origin, origin[: mark.start()]
    return tuple(dict.fromkeys((whole, origin[: mark.start(2)] if mark[2] else whole, line)))


def is_file_gone(origin: str) -> bool:
    """Whether an article of this origin came from a file that is there no more; never so of what had none."""
    return Path(origin).is_absolute() and not any(Path(file).exists() for file in files_of(origin))


def _web_address(origin: str) -> str:
    """The origin of what was fetched from the web; "" for any other."""
    return origin if origin.startswith(("https://", "http://")) else ""


def _read(raw: RawArticle, fetched_at: datetime) -> Page:
    if len(raw.content) > LARGEST_BYTES:
        raise ArticleUnreadable(TOO_LARGE)
    try:
        page = _page(raw, fetched_at)
    except ArticleUnreadable:
        raise
    except Exception as error:
        # Whatever a library stumbles over in one article, the rest goes on.
        _log.error("%s could not be read", raw.origin, exc_info=error)
        raise ArticleUnreadable(f"could not be read ({error!r}); leave it out") from error
    if len(page.text) > _MOST_CHARACTERS:
        raise ArticleUnreadable(f"more than {_MOST_CHARACTERS:,} characters; split it into articles")
    return _within_its_site(page, fetched_from) if (fetched_from := _web_address(raw.origin)) else page


def _within_its_site(page: Page, fetched_from: str) -> Page:
    """The page, which may take no article's place but one of the site that it was fetched from."""
    at_home = page.url and site_of(page.url) == site_of(fetched_from)
    return replace(page, id="", content_hash="", url=page.url if at_home else fetched_from)


def _page(raw: RawArticle, fetched_at: datetime) -> Page:
    if raw.media_type == TEXT:
        return Page(text=decoded(raw.content), url=_web_address(raw.origin))
    if raw.media_type == HTML:
        return read_html(raw.content, url=_web_address(raw.origin), fetched_at=fetched_at)
    if raw.media_type in (JSON, JSON_FILE):
        return read_json(raw.content, fetched_at=fetched_at)
    if reader := _READERS.get(raw.media_type):
        return reader(raw.content)
    raise ArticleUnreadable(f"no reader for {raw.media_type}; split it with parts() first")


def _as_exported(page: Page) -> bool:
    """Whether its title and text are just those of an article that was stored once."""
    try:
        return page.content_hash == _content_hash(page.title, page.text) and bool(page.text)
    except UnicodeEncodeError:  # half of a character, which no article has
        return False


def _content_hash(title: str, text: str) -> str:
    return _sha256(f"{title}\n{text}")


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
