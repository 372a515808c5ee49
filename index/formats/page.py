"""What every format is read into."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Page:
    """What a format says of an article before it is cleaned; "" or None where it says nothing.

    `text` has its paragraphs on lines of their own.
    """

    text: str
    id: str = ""
    url: str = ""
    title: str = ""
    outlet: str = ""
    language: str = ""
    published_at: date | datetime | None = None
    authors: tuple[str, ...] = ()
    content_hash: str = ""  # of title and text, where they were cleaned before
