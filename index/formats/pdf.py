"""PDF: lines with their places -> paragraphs. The file itself is read by another process, `pdf_lines.py`."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from index.cleaning import one_line
from index.errors import ArticleUnreadable
from index.formats.page import Page
from index.formats.properties import page_with_properties
from index.records import WIB

_TIME_S = 60
_TAIL = 60
"""Characters by which the end of a text is judged: all of it, for each line, would take hours."""
_EDGE = 0.1
"""Share of a page's height, above and below, where what repeats itself on pages is furniture."""
_PAGE_NUMBER = re.compile(
    r"(?:(?:halaman|hal|page|p)\b\.? ?)?[-–—| ]*\d{1,4}(?: ?(?:/|dari|of) ?\d{1,4})?[-–—| ]*", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"[.!?…][\"”'’)\]]*$")
_BULLET = re.compile(r"[•◦▪●*–-] |\(?(?:\d{1,2}|[a-z])[.)] ")
_HYPHENATED = re.compile(r"(?P<word>[^\W\d_]+)-$")
_WORD = re.compile(r"[^\W\d_]+")
_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "ft", "ﬆ": "st"})
_UNKNOWN_LETTER = re.compile(r"\(cid:\d+\)")
_WRITTEN_AT = re.compile(r"D:(\d{4})(\d\d)(\d\d)(\d\d)?(\d\d)?(\d\d)?(?:(Z)|([+-]\d\d)'?(\d\d)?)?")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text and where it stands, in points from the page's lower left corner."""

    x0: float
    y0: float
    x1: float
    y1: float
    text: str

    @property
    def height(self) -> float:
        return self.y1 - self.y0


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of a PDF: blocks of lines that stand close to each other."""

    height: float
    blocks: Sequence[Sequence[Line]]


def read_pdf(content: bytes) -> Page:
    """The text in paragraphs, without page numbers and what is repeated at the edges of pages.

    Raises ArticleUnreadable where it is encrypted, damaged, without text (scanned), or where reading it takes
    more than a minute, a gigabyte of memory, 500 pages or 5,000,000 characters.
    """
    if b"%PDF-" not in content[:1024]:
        raise ArticleUnreadable("no PDF, though it is called one; check where it came from")
    found = _found(content)
    if "refused" in found:
        raise ArticleUnreadable(found["refused"])
    sheets = [_sheet(each) for each in found["pages"]]
    text = "\n\n".join(paragraphs(sheets))
    if not any(letter.isalpha() for letter in text):
        raise ArticleUnreadable("no text in it: scanned, or drawn; recognise the text (OCR) first")
    said = found["said"]
    return page_with_properties(
        text,
        title=said.get("Title", ""),
        author=said.get("Author", ""),
        written_at=_written_at(said.get("CreationDate", "")),
    )


def paragraphs(sheets: Sequence[Sheet]) -> Iterator[str]:
    """The paragraphs of the pages; one that goes on in the next block or on the next page is one."""
    words = Counter(word for sheet in sheets for block in sheet.blocks for word in _words(block))
    pending = ""
    for block in _without_furniture(sheets):
        for paragraph in _split(block, words):
            if pending and not _ends_sentence(pending) and paragraph[0].islower():
                pending = _joined(pending, paragraph, words)
                continue
            if pending:
                yield pending
            pending = paragraph
    if pending:
        yield pending


def _found(content: bytes) -> dict[str, Any]:
    program = Path(__file__).with_name("pdf_lines.py")
    try:
        ran = subprocess.run(
            [sys.executable, "-P", program],
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_TIME_S,
            check=True,
        )
        found: dict[str, Any] = json.loads(ran.stdout)
    except subprocess.TimeoutExpired as error:
        raise ArticleUnreadable(f"reading it takes more than {_TIME_S} s; print it anew") from error
    except (subprocess.CalledProcessError, ValueError) as error:
        raise ArticleUnreadable(f"its reader broke down ({error}); print it anew") from error
    return found


def _sheet(said: dict[str, Any]) -> Sheet:
    blocks = [
        [Line(x0, y0, x1, y1, _visible(text)) for x0, y0, x1, y1, text in block] for block in said["blocks"]
    ]
    return Sheet(said["height"], [[line for line in block if line.text] for block in blocks])


def _visible(text: str) -> str:
    # A soft hyphen at the end of a line is one that was put there to break it.
    text = re.sub("\xad(?=\\s*$)", "-\xad", text.translate(_LIGATURES))
    return one_line(_UNKNOWN_LETTER.sub("", text))


def _without_furniture(sheets: Sequence[Sheet]) -> Iterator[list[Line]]:
    counts = Counter(key for sheet in sheets for key in {_key(line) for line in _edge_lines(sheet)})
    often = max(2, len(sheets) // 3)
    for sheet in sheets:
        furniture = {
            line
            for line in _edge_lines(sheet)
            if counts[_key(line)] >= often or _PAGE_NUMBER.fullmatch(line.text)
        }
        for block in sheet.blocks:
            if kept := [line for line in block if line not in furniture]:
                yield kept


def _edge_lines(sheet: Sheet) -> Iterator[Line]:
    for block in sheet.blocks:
        for line in block:
            if line.y0 > (1 - _EDGE) * sheet.height or line.y1 < _EDGE * sheet.height:
                yield line


def _key(line: Line) -> tuple[str, int, int]:
    """The same for a header on each page, whatever number is in it; a title in larger letters is none."""
    return re.sub(r"\d+", "0", line.text), round(line.height), round(line.y0)


def _split(block: Sequence[Line], words: Counter[str]) -> Iterator[str]:
    """The paragraphs of a block: a new one begins after a short last line, at an indent, with a bullet."""
    right = max(line.x1 for line in block)
    text = block[0].text
    for line, following in pairwise(block):
        if _ends(line, following, right):
            yield text
            text = following.text
        else:
            text = _joined(text, following.text, words)
    yield text


def _ends(line: Line, following: Line, right: float) -> bool:
    if _BULLET.match(following.text) or abs(line.height - following.height) > 0.2 * line.height:
        return True
    short = line.x1 < right - 2 * line.height
    indented = following.x0 > line.x0 + line.height / 2
    return _ends_sentence(line.text) and (short or indented)


def _ends_sentence(text: str) -> bool:
    return bool(_SENTENCE_END.search(text, len(text) - _TAIL if len(text) > _TAIL else 0))


def _joined(text: str, following: str, words: Counter[str]) -> str:
    """The two as one; the hyphen between the halves of a word goes, that of anak-anak and se-Jawa stays."""
    hyphenated = _HYPHENATED.search(text, len(text) - _TAIL if len(text) > _TAIL else 0)
    rest = _WORD.match(following)
    if not hyphenated or not rest:
        return f"{text} {following}"
    first, second = hyphenated["word"], rest.group()
    whole, compound = words[(first + second).lower()], words[f"{first}-{second}".lower()]
    doubled = second.lower().startswith(first.lower()[-4:])
    kept = compound > whole or (compound == whole and (doubled or not second[0].islower()))
    return text + following if kept else text[:-1] + following


def _words(block: Sequence[Line]) -> Iterator[str]:
    for line in block:
        yield from re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)?", line.text.lower())


def _written_at(written: str) -> datetime | None:
    """The time in a PDF's way of writing one, "D:20260206103000+07'00'"."""
    if not (match := _WRITTEN_AT.match(written)):
        return None
    year, month, day, hour, minute, second, utc, zone_hours, zone_minutes = match.groups()
    zone = "+00:00" if utc else f"{zone_hours}:{zone_minutes or '00'}" if zone_hours else ""
    try:
        moment = datetime.fromisoformat(
            f"{year}-{month}-{day}T{hour or '00'}:{minute or '00'}:{second or '00'}{zone}"
        )
        moment = moment if moment.tzinfo else moment.replace(tzinfo=WIB)
        moment.astimezone(WIB)  # fails at the ends of the calendar
    except (ValueError, OverflowError):
        return None
    return moment
