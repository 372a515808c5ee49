"""Bytes -> text, whatever they were saved as."""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

from index.errors import ArticleUnreadable

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_ASCII = bytes(range(128))
_FOREIGN_SHARE = 0.25
"""Share of bytes over 127 from which on a text is hardly one in Latin letters."""
_NULS_OF_UTF16 = 0.4
"""Share of zero bytes from which on a text is in UTF-16 though it has no mark."""
_DAMAGED_SHARE = 0.1
"""Share of what is no UTF-8 in all that is not ASCII, up to which a text is in UTF-8, and damaged."""
_GUESSED_FROM_BYTES = 20_000
_NO_CHARSETS = frozenset(("idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7"))
"""Encodings that Python knows and no text is in: some take hours, some give halves of characters."""


def decoded(content: bytes, *, declared: str = "") -> str:
    """The bytes as text, in the first of these that they are text in.

    The encoding of their mark; UTF-16 where half of them are zero; UTF-8, whatever an old template declares;
    the encoding that they declare; UTF-8 with a few bytes damaged; Windows-1252, what older sites still send,
    unless that would be odd (control characters, or hardly any plain letter); what the text looks like; and
    Windows-1252 all the same. Raises ArticleUnreadable where it is none of them.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _as(content, "utf-16") or _refused()
    if content.count(0) > _NULS_OF_UTF16 * len(content):
        return _as(content, "utf-16-be" if content[:1] == b"\0" else "utf-16-le") or _refused()
    if declared and content.isascii() and (text := _as_declared(content, declared)):
        return text  # some encodings have no bytes but those of ASCII
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        western = _as(content, "cp1252")
    if text := _as_declared(content, declared) or _as_damaged(content):
        return text
    if western and len(content.translate(None, _ASCII)) < _FOREIGN_SHARE * len(content):
        return western
    return _guessed(content) or western or _refused()


def _as(content: bytes, encoding: str) -> str:
    """The text in this encoding; "" where it is none."""
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return ""
    return "" if _CONTROL.search(text) else text


def _as_declared(content: bytes, encoding: str) -> str:
    """The text in an encoding by whatever name; "" where it is none, or there is no such encoding."""
    name = charset(encoding)
    try:
        # What is declared as Latin-1 is Windows-1252 (WHATWG Encoding Standard).
        return content.decode("cp1252" if name in ("iso8859-1", "ascii") else name) if name else ""
    except (LookupError, UnicodeError):
        return ""


def charset(name: str) -> str:
    """What Python calls this encoding; "" where there is none of that name that texts are in."""
    try:
        known = codecs.lookup(name).name
    except (LookupError, ValueError):
        return ""
    return "" if known in _NO_CHARSETS else known


def _as_damaged(content: bytes) -> str:
    """The text in UTF-8 where only a little of it is none; else ""."""
    text = content.decode("utf-8-sig", errors="replace")
    beyond_ascii = sum(not character.isascii() for character in text)
    return text if text.count("\ufffd") <= _DAMAGED_SHARE * beyond_ascii and not _CONTROL.search(text) else ""


def _guessed(content: bytes) -> str:
    # Cut at the end of a line: in the middle of a character, its encoding would be ruled out.
    cut = content.rfind(b"\n", 0, _GUESSED_FROM_BYTES) if len(content) > _GUESSED_FROM_BYTES else 0
    best = from_bytes(content[:cut] if cut > 0 else content).best()
    return _as(content, best.encoding) if best else ""


def _refused() -> str:
    raise ArticleUnreadable("not text in UTF-8 or another known encoding; save it as UTF-8")
