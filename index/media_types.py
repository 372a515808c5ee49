"""What a server sent: its media type, and its text in UTF-8."""

from __future__ import annotations

import codecs
import re
from email.message import Message
from pathlib import Path

from index.articles import DOCX, HTML, JSON, PDF, SUFFIXES
from index.articles import media_type_of as media_type_of_file
from index.formats.encoding import charset

READABLE_TYPES = frozenset((JSON, *SUFFIXES.values()))
"""What articles are read from; feeds and sitemaps are no articles."""

_SAYS_NOTHING = ("", "application/octet-stream", "binary/octet-stream", "application/x-download")
_BEGINNINGS = (
    (rb"%PDF-", PDF),
    (rb"\x1f\x8b", "application/gzip"),
    (rb"<!doctype html|<html[\s>]", HTML),
    (rb"<\?xml|<rss[\s>]|<feed[\s>]|<urlset[\s>]|<sitemapindex[\s>]", "application/xml"),
    (rb"[{\[]", JSON),
)
_NO_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1f]")


def media_type_of(content_type: str, content: bytes, path: str) -> str:
    """What the header says, without parameters, where that can be read.

    Else what the bytes can only be, else what the end of the URL's path says: many servers know no DOCX, and
    no Markdown.
    """
    said = content_type.partition(";")[0].strip().lower()
    if said == "application/xhtml+xml":
        return HTML
    if said in READABLE_TYPES:
        return said
    seen = _looks_like(content)
    if seen in (PDF, DOCX):
        return seen
    named = media_type_of_file(Path(path))
    if said in _SAYS_NOTHING:
        return seen if seen == HTML else named or seen
    return named if named and said.startswith(("application/", "text/")) else said


def recoded(content: bytes, content_type: str) -> bytes:
    """A text in UTF-8 where the header names another encoding, which the text itself may not."""
    header = Message()
    header["content-type"] = content_type
    named = charset(header.get_content_charset() or "")
    if named in ("", "utf-8") or header.get_content_type() not in ("text/plain", "text/html"):
        return content
    try:
        return content.decode(named).encode()
    except (LookupError, ValueError):
        return content


def _looks_like(content: bytes) -> str:
    if content.startswith(b"PK\x03\x04") and b"word/" in content:
        return DOCX
    head = content[:1024].removeprefix(codecs.BOM_UTF8).lstrip()
    for beginning, media_type in _BEGINNINGS:
        if re.match(beginning, head, re.IGNORECASE):
            return media_type
    return "application/octet-stream" if _NO_TEXT.search(head) else "text/plain"
