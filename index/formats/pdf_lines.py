"""A PDF on standard input -> its lines with their places, as JSON on standard output.

A process of its own (`pdf.py` starts it): a PDF is a program in disguise, and some files take all memory or
never end. It takes no more than MEMORY_BYTES, who starts it limits its time, and it imports nothing of ours.
"""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from pdfminer.high_level import extract_pages
from pdfminer.layout import LAParams, LTItem, LTTextContainer, LTTextLine
from pdfminer.pdfdocument import PDFDocument, PDFEncryptionError, PDFPasswordIncorrect
from pdfminer.pdfparser import PDFParser
from pdfminer.pdftypes import resolve1
from pdfminer.utils import decode_text

MEMORY_BYTES = 2**30
MOST_PAGES = 500
MOST_CHARACTERS = 5_000_000
PROPERTIES = "Title", "Author", "CreationDate"
LONGEST_PROPERTY = 1000


def main() -> None:
    _limit()
    logging.disable(logging.CRITICAL)
    content = sys.stdin.buffer.read()
    try:
        found = _read(content)
    except PDFPasswordIncorrect:
        found = {"refused": "encrypted; save it without a password"}
    except PDFEncryptionError as error:
        found = {"refused": f"encrypted in a way that is not known ({error}); save it without"}
    except MemoryError:
        found = {"refused": f"reading it takes more than {MEMORY_BYTES // 2**20} MB of memory; print it anew"}
    except Exception as error:  # whatever else a broken file brings about in the library
        found = {"refused": f"damaged PDF ({type(error).__name__}: {error}); save it again"}
    json.dump(found, sys.stdout)


def _limit() -> None:
    try:
        import resource
    except ImportError:  # not on Windows: there the time is limited alone
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def _read(content: bytes) -> dict[str, Any]:
    document = PDFDocument(PDFParser(io.BytesIO(content)))
    pages: list[dict[str, Any]] = []
    characters = 0
    for page in extract_pages(io.BytesIO(content), laparams=LAParams(), maxpages=MOST_PAGES + 1):
        if len(pages) == MOST_PAGES:
            return {"refused": f"more than {MOST_PAGES} pages; split it into articles"}
        blocks = [list(_lines(block)) for block in _blocks(page)]
        pages.append({"height": page.height, "blocks": blocks})
        characters += sum(len(line[-1]) for block in blocks for line in block)
        if characters > MOST_CHARACTERS:
            return {"refused": f"more than {MOST_CHARACTERS:,} characters; split it into articles"}
    said = {name: _text(info[name]) for info in document.info for name in PROPERTIES if name in info}
    return {"pages": pages, "said": said}


def _blocks(items: Iterable[LTItem]) -> Iterator[LTTextContainer[Any]]:
    for item in items:
        if isinstance(item, LTTextContainer):
            yield item


def _lines(block: LTTextContainer[Any]) -> Iterator[list[Any]]:
    for line in block:
        if isinstance(line, LTTextLine):
            yield [line.x0, line.y0, line.x1, line.y1, line.get_text()]


def _text(value: object) -> str:
    value = resolve1(value)
    return decode_text(value)[:LONGEST_PROPERTY] if isinstance(value, bytes) else ""


if __name__ == "__main__":
    main()
