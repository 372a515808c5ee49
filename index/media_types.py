"""What a server sent: its media type, and its text in UTF-8."""

from __future__ import annotations

import codecs
import re
from email.message import Message

_SAYS_NOTHING = ("", "application/octet-stream", "binary/octet-stream", "application/x-download")
_BEGINNINGS = (
    (rb"%PDF-", "application/pdf"),
    (rb"\x1f\x8b", "application/gzip"),
    (rb"<!doctype html|<html[\s>]", "text/html"),
    (rb"<\?xml|<rss[\s>]|<feed[\s>]|<urlset[\s>]|<sitemapindex[\s>]", "application/xml"),
    (rb"[{\[]", "application/json"),
)
_NO_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1f]")


def media_type_of(content_type: str, content: bytes) -> str:
    """What the header says, without parameters; what the bytes look like where it says nothing."""
    said = content_type.partition(";")[0].strip().lower()
    if said == "application/xhtml+xml":
        return "text/html"
    return _looks_like(content) if said in _SAYS_NOTHING else said


def recoded(content: bytes, content_type: str) -> bytes:
    """A text in UTF-8 where the header names another encoding, which the text itself may not."""
    header = Message()
    header["content-type"] = content_type
    charset = header.get_content_charset()
    if charset is None or header.get_content_type() not in ("text/plain", "text/html"):
        return content
    try:
        if codecs.lookup(charset).name == "utf-8":
            return content
        return content.decode(charset).encode()
    except (LookupError, ValueError):
        return content


def _looks_like(content: bytes) -> str:
    head = content[:1024].removeprefix(codecs.BOM_UTF8).lstrip()
    for beginning, media_type in _BEGINNINGS:
        if re.match(beginning, head, re.IGNORECASE):
            return media_type
    return "application/octet-stream" if _NO_TEXT.search(head) else "text/plain"
