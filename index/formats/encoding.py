"""Bytes -> text, whatever they were saved as."""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

from index.errors import ArticleUnreadable

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_FOREIGN_SHARE = 0.25
"""Share of bytes over 127 from which on a text is hardly one in Latin letters."""
_NULS_OF_UTF16 = 0.4
"""Share of zero bytes from which on a text is in UTF-16 though it has no mark."""


def decoded(content: bytes) -> str:
    """The bytes as text: UTF-8, UTF-16, Windows-1252, what older sites still send, or whatever it looks like.

    Where Windows-1252 would be odd (control characters, or hardly any plain letter), the encoding is guessed
    from how the text looks in each. Raises ArticleUnreadable where it is no text in any.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _as(content, "utf-16") or _refused()
    if content.count(0) > _NULS_OF_UTF16 * len(content):
        return _as(content, "utf-16-be" if content[:1] == b"\0" else "utf-16-le") or _refused()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        western = _as(content, "cp1252")
    if western and len(content.translate(None, _ASCII)) < _FOREIGN_SHARE * len(content):
        return western
    return _guessed(content) or western or _refused()


_ASCII = bytes(range(128))


def _as(content: bytes, encoding: str) -> str:
    """The text in this encoding; "" where it is none."""
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return ""
    return "" if _CONTROL.search(text) else text


def _guessed(content: bytes) -> str:
    best = from_bytes(content).best()
    return _as(content, best.encoding) if best else ""


def _refused() -> str:
    raise ArticleUnreadable("not text in UTF-8 or another known encoding; save it as UTF-8")
