"""Small pieces of text: those of an element, and how two are compared."""

from __future__ import annotations

import re

from lxml.html import HtmlElement


def short_text(element: HtmlElement, *, most: int) -> str:
    """The element's text on one line; "" where it is longer than `most` characters.

    Not all of a huge element is gone through, so that asking every element costs no more than their number.
    """
    text = ""
    for piece in element.itertext():
        text += piece
        if len(text) > 2 * most:
            return ""
    text = " ".join(text.split())
    return text if len(text) <= most else ""


def letters(text: str) -> str:
    """Letters and digits alone, without case: "Kompas.com" and "KOMPAS COM" are one outlet."""
    return re.sub(r"\W|_", "", text.casefold())
