"""DOCX: what Word saves.

Read here and not with python-docx, which leaves out what stands in content controls and what was inserted
while changes were tracked, and unpacks all pictures; only the text and the properties are needed.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from datetime import date, datetime
from typing import NoReturn
from xml.etree.ElementTree import ParseError, XMLParser

from index.errors import ArticleUnreadable
from index.formats.fields import moment
from index.formats.packed import LARGEST_BYTES
from index.formats.page import Page
from index.formats.properties import page_with_properties

_OLE = b"\xd0\xcf\x11\xe0"
_MOST_MEMBERS = 10_000
_CHUNK_BYTES = 2**16
_TEMPLATE_WRITTEN_ON = date(2013, 12, 23)
"""When the document was written from which python-docx makes all of its own."""


def read_docx(content: bytes) -> Page:
    """The text, a paragraph a line, a row of a table a line; without headers, footers, notes and comments.

    Raises ArticleUnreadable.
    """
    if content.startswith(_OLE):
        raise ArticleUnreadable("encrypted, or made by Word before 2007; save it as DOCX, without a password")
    if content.count(b"PK\x01\x02") > _MOST_MEMBERS:
        raise ArticleUnreadable(f"more than {_MOST_MEMBERS:,} files in it; save it again")
    body, core = _Body(), _Core()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _parse(archive, "word/document.xml", body)
            if "docProps/core.xml" in archive.namelist():
                _parse(archive, "docProps/core.xml", core)
    except ArticleUnreadable:
        raise
    except (
        zipfile.BadZipFile,
        zlib.error,
        ParseError,
        OSError,
        EOFError,
        LookupError,
        ValueError,
    ) as error:
        raise ArticleUnreadable(f"damaged DOCX ({error}); save it again") from error
    except (NotImplementedError, RuntimeError) as error:  # packed or encrypted in another way
        raise ArticleUnreadable(f"not a DOCX as Word saves it ({error}); save it again") from error
    if not any(line.strip() for line in body.lines):
        raise ArticleUnreadable("no text in it; where it holds pictures of text, recognise the text first")
    return page_with_properties(
        "\n\n".join(body.lines),
        title=core.of("title"),
        author=core.of("creator"),
        written_at=_written_at(core.of("created")),
    )


def _parse(archive: zipfile.ZipFile, name: str, target: _Body | _Core) -> None:
    member = archive.getinfo(name)
    if member.file_size > LARGEST_BYTES:  # no more than that is unpacked, whatever there is
        raise ArticleUnreadable(f"it unpacks to more than {LARGEST_BYTES // 2**20} MB; split it")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        # What the others pack comes out at once, however much it is.
        raise ArticleUnreadable("not a DOCX as Word saves it (packed in another way); save it again")
    parser = XMLParser(target=target)
    with archive.open(member) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            parser.feed(chunk)
    parser.close()


def _written_at(created: str) -> date | datetime | None:
    try:
        written = moment(created)
    except ArticleUnreadable:
        return None
    day = written.date() if isinstance(written, datetime) else written
    return None if day == _TEMPLATE_WRITTEN_ON else written


class _Target:
    """Hears the elements of an XML file, whose tree is never built: names come without their namespace."""

    def start(self, tag: str, _attributes: Mapping[str, str]) -> None:
        self._opened(tag.rpartition("}")[2])

    def end(self, tag: str) -> None:
        self._closed(tag.rpartition("}")[2])

    def doctype(self, _name: str, _public: str | None, _system: str | None) -> NoReturn:
        raise ArticleUnreadable("not a DOCX as Word saves it (it declares a document type); save it again")

    def close(self) -> None:
        pass

    def data(self, text: str) -> None:
        raise NotImplementedError

    def _opened(self, name: str) -> None:
        raise NotImplementedError

    def _closed(self, name: str) -> None:
        raise NotImplementedError


class _Body(_Target):
    """Gathers the `lines` of a document: its paragraphs, and the rows of its tables."""

    _SIGNS: Mapping[str, str] = {"tab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
    # A text box stands there once more for older programs; what was moved stands at its new place as well.
    _LEFT_OUT = frozenset({"Fallback", "moveFrom"})

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._rows: list[list[str]] = []
        self._paragraphs: list[list[str]] = []
        self._left_out = 0
        self._in_text = False

    def data(self, text: str) -> None:
        if self._in_text and not self._left_out and self._paragraphs:
            self._paragraphs[-1].append(text)

    def _opened(self, name: str) -> None:
        self._in_text = name == "t"
        self._left_out += name in self._LEFT_OUT
        if name == "p":
            self._paragraphs.append([])
        elif name == "tr":
            self._rows.append([])
        elif name in self._SIGNS and self._paragraphs and not self._left_out:
            self._paragraphs[-1].append(self._SIGNS[name])

    def _closed(self, name: str) -> None:
        self._in_text = False
        self._left_out -= name in self._LEFT_OUT
        if name == "p" and self._paragraphs:
            self._add("".join(self._paragraphs.pop()))
        elif name == "tr" and self._rows:
            self._add(" | ".join(self._rows.pop()))

    def _add(self, line: str) -> None:
        if line.strip():
            (self._rows[-1] if self._rows else self.lines).append(line)


class _Core(_Target):
    """Gathers what the properties say, by their names."""

    def __init__(self) -> None:
        self._said: dict[str, list[str]] = {}
        self._name = ""

    def of(self, name: str) -> str:
        """What it says there; "" where that is nothing."""
        return "".join(self._said.get(name, ())).strip()

    def data(self, text: str) -> None:
        self._said.setdefault(self._name, []).append(text)

    def _opened(self, name: str) -> None:
        self._name = name

    def _closed(self, _name: str) -> None:
        self._name = ""
