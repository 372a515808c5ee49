"""What an article says of itself in named fields: of a JSON object, or of the front matter of Markdown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime

from index.cleaning import one_line
from index.dates import read_moment
from index.errors import ArticleUnreadable
from index.formats.page import Page

NAMES: Mapping[str, tuple[str, ...]] = {
    "text": ("text", "body", "content"),
    "html": ("html",),
    "id": ("id",),
    "url": ("url", "link"),
    "title": ("title", "headline"),
    "outlet": ("outlet", "source"),
    "language": ("language", "lang"),
    "published_at": ("published_at", "date", "datePublished", "publishedAt"),
    "authors": ("authors", "author"),
    "content_hash": ("content_hash",),
}
"""The names that each field of a page goes by; of several that say something the first one counts.

A text goes before `html`, a whole page. `published_at` is ISO 8601, RFC 2822 or written out, numbers day
first; a time without a zone is in WIB. `language` is an ISO 639 code, `authors` a list, or one string with
commas or semicolons. For a text also an object with a `name` is taken, as schema.org has it. Other names are
left alone.
"""


def page_of(fields: Mapping[str, object]) -> Page:
    """The page that the fields make. ArticleUnreadable where one of them is not what it should be."""
    return Page(
        text=_text(fields, "text", lines=True),
        id=_text(fields, "id"),
        url=_text(fields, "url"),
        title=_text(fields, "title"),
        outlet=_text(fields, "outlet"),
        language=_language(_text(fields, "language")),
        content_hash=_text(fields, "content_hash"),
        published_at=moment(_text(fields, "published_at")),
        authors=_authors(fields),
    )


def html_in(fields: Mapping[str, object]) -> str:
    """The web page among the fields, which stands for a text; "" where there is none."""
    return _text(fields, "html", lines=True)


def moment(written: str) -> date | datetime | None:
    """The day or time that is written; None where nothing is. ArticleUnreadable where it is none."""
    if not written:
        return None
    if found := read_moment(written):
        return found
    raise ArticleUnreadable(f"no date in {written!r}; write it as 2026-02-06 or 6/2/2026")


def _text(fields: Mapping[str, object], field: str, *, lines: bool = False) -> str:
    """What the first of the field's names that says something says; "" where none does."""
    for name in NAMES[field]:
        value = _named(fields.get(name))
        if name == "id" and isinstance(value, int):
            value = str(value)
        if value is not None and not isinstance(value, str):
            raise ArticleUnreadable(f"{name} is not text; write it as a string")
        if value and value.strip():
            return value if lines else one_line(value)
    return ""


def _authors(fields: Mapping[str, object]) -> tuple[str, ...]:
    value = next(filter(None, map(fields.get, NAMES["authors"])), None)
    value = _named(value)
    names = re.split("[,;]", value) if isinstance(value, str) else value or []
    names = [_named(name) for name in names] if isinstance(names, list) else [names]
    if not all(isinstance(name, str) for name in names):
        raise ArticleUnreadable("authors are not text; write them as a list of strings")
    return tuple(dict.fromkeys(filter(None, (one_line(str(name)) for name in names))))


def _named(value: object) -> object:
    return value.get("name") if isinstance(value, dict) else value


def _language(code: str) -> str:
    """The ISO 639 code in "id", "id-ID" or "ID"; nothing where it is none, so that the text decides."""
    language = re.split(r"[-_]", code.lower())[0]
    return language if re.fullmatch(r"[a-z]{2,3}", language) else ""
