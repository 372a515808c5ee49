"""Markdown: with front matter in YAML between lines of ---, or in TOML between lines of +++."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from index.errors import ArticleUnreadable
from index.formats.encoding import decoded
from index.formats.fields import page_of
from index.formats.page import Page

_FRONT_MATTER = re.compile(
    r"\s*^(?P<mark>---|\+\+\+)[ \t]*\n(?P<fields>.{,16384}?)^(?P=mark)[ \t]*(?:\n|\Z)", re.M | re.S
)
_PARAGRAPH_END = re.compile(r"\n[ \t]*\n")
_LONGEST = 100_000
_MOST_BRACKETS = 5_000
"""More of them in a paragraph is no text, and would take minutes: each may be a link's beginning."""


def read_markdown(content: bytes) -> Page:
    """The text without its marks; each heading, paragraph, point of a list, row of a table is a line.

    A heading of the first level that stands first is the title, where the front matter gives none. Code,
    pictures and HTML are left out. Raises ArticleUnreadable.
    """
    text = decoded(content).replace("\r\n", "\n")
    front = _FRONT_MATTER.match(text)
    fields = _fields(front) if front else None
    page = Page("") if fields is None else page_of(fields)
    body = text[front.end() :] if front and fields is not None else text
    if any(len(each) > _LONGEST or each.count("[") > _MOST_BRACKETS for each in _PARAGRAPH_END.split(body)):
        raise ArticleUnreadable("a paragraph of more than 100,000 characters, or full of [; is it Markdown?")
    tokens = MarkdownIt("commonmark").enable("table").parse(body)
    return replace(page, text="\n\n".join(_lines(tokens)), title=page.title or _title(tokens))


def _fields(front: re.Match[str]) -> Mapping[str, object] | None:
    """The fields of the front matter; None where what looks like it is text between two rules."""
    try:
        # Dates stay as they are written: `page_of` reads them.
        toml = front["mark"] == "+++"
        fields = tomllib.loads(front["fields"]) if toml else yaml.load(front["fields"], yaml.BaseLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ArticleUnreadable(f"its front matter can't be read ({error}); mend or remove it") from error
    if not isinstance(fields, dict):
        return None
    return {name: value if isinstance(value, list | dict) else str(value) for name, value in fields.items()}


def _title(tokens: Sequence[Token]) -> str:
    match tokens[:2]:
        case [Token(type="heading_open", tag="h1"), inline]:
            return _plain(inline)
    return ""


def _lines(tokens: Sequence[Token]) -> Iterator[str]:
    row: list[str] | None = None
    bullet = ""
    for token in tokens:
        match token.type:
            case "tr_open":
                row = []
            case "tr_close" if row:
                yield " | ".join(row)
                row = None
            case "list_item_open":
                bullet = "• "
            case "inline" if row is not None:
                row.append(_plain(token))
            case "inline":
                yield bullet + _plain(token)
                bullet = ""


def _plain(inline: Token) -> str:
    """The words of a paragraph; a line break that was not asked for is a space."""
    breaks = {"softbreak": " ", "hardbreak": "\n"}
    said = (breaks.get(token.type) or _said(token) for token in inline.children or ())
    return "".join(said).strip()


def _said(token: Token) -> str:
    return token.content if token.type in ("text", "code_inline", "text_special") else ""
