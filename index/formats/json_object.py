"""JSON: an object is an article, a file holds one or an array of them (`fields.NAMES`)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from index.errors import ArticleUnreadable
from index.formats.encoding import decoded
from index.formats.fields import html_in, page_of
from index.formats.html import read_html
from index.formats.page import Page

_SPACE = re.compile(r"[ \t\r\n]*")


def read_json(content: bytes, *, fetched_at: datetime) -> Page:
    """The article in a JSON object; of a page in `html`, what the other fields say goes before what it says.

    Raises ArticleUnreadable.
    """
    try:
        fields = json.loads(decoded(content))
    except (ValueError, RecursionError) as error:
        raise ArticleUnreadable(f"not JSON ({error}); write one object a line") from error
    if not isinstance(fields, dict):
        raise ArticleUnreadable("not a JSON object; write one object a line")
    given, html = page_of(fields), html_in(fields)
    if given.text or not html:
        return given
    page = read_html(html, url=given.url, fetched_at=fetched_at)
    return replace(page, **{name: value for name in Page.__slots__ if (value := getattr(given, name))})


def is_array(content: bytes) -> bool:
    """Whether it holds an array, to be taken apart with `items`."""
    return decoded(content).lstrip().startswith("[")


def items(content: bytes) -> Iterator[bytes]:
    """The items of an array, each as it is written there.

    Raises ArticleUnreadable, after the items before it, where one is no JSON.
    """
    text = decoded(content)
    decoder = json.JSONDecoder()
    at = _after_space(text, text.index("[") + 1)
    while text[at : at + 1] != "]":
        try:
            _, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            raise ArticleUnreadable(f"not JSON ({error}); what comes before that was read") from error
        yield text[at:end].encode(errors="surrogatepass")
        at = _after_space(text, end)
        if text[at : at + 1] not in (",", "]"):
            raise ArticleUnreadable(f"not JSON (no comma or ] at {at}); what comes before that was read")
        at = _after_space(text, at + (text[at] == ","))


def _after_space(text: str, start: int) -> int:
    match = _SPACE.match(text, start)
    return match.end() if match else start
