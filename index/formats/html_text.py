"""The text of an HTML element, without going through all of a huge one."""

from __future__ import annotations

from lxml.html import HtmlElement


def short_text(element: HtmlElement, *, most: int) -> str:
    """The element's text on one line; "" where it is longer than `most` characters."""
    text = ""
    for piece in element.itertext():
        text += piece
        if len(text) > 2 * most:
            return ""
    text = " ".join(text.split())
    return text if len(text) <= most else ""
