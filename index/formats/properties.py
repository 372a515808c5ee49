"""What a document's properties say, as far as it can be believed: programs fill them in unasked."""

from __future__ import annotations

import re
from datetime import date, datetime

from index.cleaning import one_line
from index.dates import publication_date
from index.formats.page import Page

_NO_TITLE = re.compile(
    r"(?:microsoft |powerpoint |untitled|document ?\d*\b|dokumen ?\d*\b).*"
    r"|.*\.(?:docx?|pdf|indd|rtf|odt|html?)",
    re.IGNORECASE,
)
_NO_AUTHOR = re.compile(
    r".*\b(?:user|admin|administrator|owner|microsoft|windows|office|python|computer|pc)\b.*", re.IGNORECASE
)
_NAME = re.compile(r"[^\W\d_][\w.'’-]*(?: [^\W\d_][\w.'’-]*)+")


def page_with_properties(text: str, *, title: str, author: str, written_at: date | datetime | None) -> Page:
    """A document's text with what its properties add to it.

    A title counts where it has three words and is no file's name; an author where it looks like a person's
    name; the time it was written only where the text gives no day of publication.
    """
    title, author = one_line(title), one_line(author)
    return Page(
        text=text,
        title=title if len(title.split()) >= 3 and not _NO_TITLE.fullmatch(title) else "",
        authors=tuple(filter(_is_person, map(one_line, re.split("[;,]", author)))),
        published_at=None if publication_date(text) else written_at,
    )


def _is_person(name: str) -> bool:
    return bool(_NAME.fullmatch(name)) and not _NO_AUTHOR.fullmatch(name)
