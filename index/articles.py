"""Raw bytes -> Article, one reader per format.

    files ──raw_file──▶ RawArticle ──parts──▶ RawArticle (one article each) ──to_article──▶ Article

A format is a suffix in `SUFFIXES` and a reader in `_read`; one whose files hold several articles has a case
in `parts` too. Nothing here stops at a bad article: `parts` never fails on one, `to_article` fails on that
one alone, so that an ingest can name it and go on with the rest.
"""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from index.cleaning import CleanPage, clean, one_line
from index.dates import find_date
from index.errors import ArticleUnreadable
from index.formats.page import Page
from index.languages import detect
from index.records import WIB, Article, RawArticle

TEXT = "text/plain"
JSON = "application/json"
JSON_LINES = "application/jsonl"
JSON_LINES_GZIPPED = "application/jsonl+gzip"

SUFFIXES: Mapping[str, str] = {
    ".txt": TEXT,
    ".jsonl": JSON_LINES,
    ".jsonl.gz": JSON_LINES_GZIPPED,
}
"""The files that can be read, by the end of their names, and the media type each stands for."""

_ID = re.compile(r"(?!\.+$)[A-Za-z0-9._~-]{1,128}")
"""Ids that can stand in a path as they are (RFC 3986)."""


def files(path: Path) -> Iterator[Path]:
    """`path` itself, or the files under that folder, sorted; hidden ones are left out."""
    if not path.is_dir():
        yield path
        return
    for file in sorted(path.rglob("*")):
        hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
        if file.is_file() and not hidden:
            yield file


def raw_file(file: Path) -> RawArticle:
    """One file's content. ArticleUnreadable where its format is unknown or the disk refuses it."""
    media_type = _media_type(file)
    if media_type is None:
        raise ArticleUnreadable(f"{file}: unknown format; readable are {', '.join(SUFFIXES)}")
    try:
        return RawArticle(content=file.read_bytes(), media_type=media_type, origin=_place(file))
    except OSError as error:
        raise ArticleUnreadable(f"{file}: {error.strerror}; check the path and its permissions") from error


def _place(file: Path) -> str:
    """The file's path from the root, the same from wherever it is named; in UTF-8 though its name is not."""
    return str(file.resolve()).encode(errors="backslashreplace").decode()


def parts(raw: RawArticle) -> Iterator[RawArticle]:
    """The articles that `raw` holds, each with its own bytes; the origin of a line is `file:number`.

    ArticleUnreadable, after the lines before it, where compressed content is damaged.
    """
    if raw.media_type not in (JSON_LINES, JSON_LINES_GZIPPED):
        yield raw
        return
    content = io.BytesIO(raw.content)
    # Decompressed line by line: a big collection never lies in memory twice.
    lines = gzip.GzipFile(fileobj=content) if raw.media_type == JSON_LINES_GZIPPED else content
    try:
        for number, line in enumerate(lines, start=1):
            if line.strip(codecs.BOM_UTF8 + b" \t\r\n"):
                yield RawArticle(
                    content=line.rstrip(b"\r\n"), media_type=JSON, origin=f"{raw.origin}:{number}"
                )
    except (OSError, EOFError, zlib.error) as error:
        raise ArticleUnreadable(f"{raw.origin}: damaged gzip ({error}); compress it again") from error


def to_article(raw: RawArticle, fetched_at: datetime) -> Article:
    """The one article that `raw` holds (see `parts`), cleaned.

    The fields of a JSON object are `text` (or `body`, `content`), and as far as there are any `id`, `url`,
    `title`, `published_at` (or `date`: ISO 8601, RFC 2822 or written out, numbers day first; a time without
    a zone is in WIB), `outlet` (or `source`) and `language` (or `lang`: an ISO 639 code). What they say
    goes before what the text says. Other fields are left alone.

    The id is made from the URL, else it is the one given (or made from it, where it could not stand in a
    path), else it is made from the text. A JSON object whose `content_hash` fits its title and text was
    exported (`index.exporting`): it is taken as it is, under its id. ArticleUnreadable, naming the origin,
    where the bytes, the JSON or a field can't be read or no text is left.
    """
    page = _read(raw)
    as_exported = _as_exported(page)
    cleaned = (
        CleanPage(page.title, page.text, None, None) if as_exported else clean(page.text, title=page.title)
    )
    if not cleaned.text:
        raise ArticleUnreadable(f"{raw.origin}: no text in it; leave it out or give it a text")
    article_id = page.id if as_exported and page.id else _id(page, cleaned.text)
    return Article(
        id=article_id,
        title=cleaned.title,
        text=cleaned.text,
        language=page.language or detect(cleaned.text),
        content_hash=_content_hash(cleaned.title, cleaned.text),
        fetched_at=fetched_at,
        origin=_origin(raw, article_id),
        outlet=page.outlet or cleaned.outlet,
        url=page.url or None,
        published_at=page.published_at or cleaned.published_at,
        authors=page.authors,
    )


def _media_type(file: Path) -> str | None:
    name = file.name.lower()
    return next((media_type for suffix, media_type in SUFFIXES.items() if name.endswith(suffix)), None)


def _id(page: Page, text: str) -> str:
    if page.url or not page.id:
        return _sha256(page.url or text)[:16]
    return page.id if _ID.fullmatch(page.id) else _sha256(page.id)[:16]


def _origin(raw: RawArticle, article_id: str) -> str:
    """The raw one's; a line of a collection is known by its article, as another may come to its place."""
    if raw.media_type != JSON:
        return raw.origin
    mark = f"#{article_id}"
    return raw.origin.removesuffix(mark) + mark


def _read(raw: RawArticle) -> Page:
    if raw.media_type == TEXT:
        return Page(text=_decoded(raw))
    if raw.media_type == JSON:
        return _json_page(raw)
    raise ArticleUnreadable(f"{raw.origin}: no reader for {raw.media_type}; split it with parts() first")


def _json_page(raw: RawArticle) -> Page:
    try:
        fields = json.loads(_decoded(raw))
    except (ValueError, RecursionError) as error:
        raise ArticleUnreadable(f"{raw.origin}: not JSON ({error}); write one object a line") from error
    if not isinstance(fields, dict):
        raise ArticleUnreadable(f"{raw.origin}: not a JSON object; write one object a line")
    return Page(
        text=_field(raw, fields, "text", "body", "content", lines=True),
        id=_field(raw, fields, "id"),
        url=_field(raw, fields, "url"),
        title=_field(raw, fields, "title"),
        outlet=_field(raw, fields, "outlet", "source"),
        language=_language(_field(raw, fields, "language", "lang")),
        content_hash=_field(raw, fields, "content_hash"),
        published_at=_moment(raw, _field(raw, fields, "published_at", "date")),
    )


def _field(raw: RawArticle, fields: dict[str, Any], *names: str, lines: bool = False) -> str:
    """The first of the named fields that says something; "" where none does."""
    for name in names:
        value = fields.get(name)
        if name == "id" and isinstance(value, int):
            value = str(value)
        if value is not None and not isinstance(value, str):
            raise ArticleUnreadable(f"{raw.origin}: {name} is not text; write it as a string")
        if value and value.strip():
            return value if lines else one_line(value)
    return ""


def _language(code: str) -> str:
    """The ISO 639 code in "id", "id-ID" or "ID"; nothing where it is none, so that the text decides."""
    language = re.split(r"[-_]", code.lower())[0]
    return language if re.fullmatch(r"[a-z]{2,3}", language) else ""


def _moment(raw: RawArticle, written: str) -> date | datetime | None:
    if not written:
        return None
    for read in (date.fromisoformat, datetime.fromisoformat, parsedate_to_datetime, find_date):
        try:
            moment = read(written)
            if isinstance(moment, datetime):
                moment = moment if moment.tzinfo else moment.replace(tzinfo=WIB)
                moment.astimezone(WIB)  # fails at the ends of the calendar
        except (ValueError, OverflowError):
            continue
        if moment:
            return moment
    raise ArticleUnreadable(f"{raw.origin}: no date in {written!r}; write it as 2026-02-06 or 6/2/2026")


def _decoded(raw: RawArticle) -> str:
    """The bytes as text: UTF-8, UTF-16 with its mark, else Windows-1252, what older sites still send."""
    marked = raw.content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp1252"):
        try:
            text = raw.content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8-sig" or not re.search(r"[\x00-\x08\x0e-\x1f]", text):
            return text
    raise ArticleUnreadable(f"{raw.origin}: not text in UTF-8, UTF-16 or Windows-1252; save it as UTF-8")


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
