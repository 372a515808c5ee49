"""The metadata of a web page: its meta tags, and the article in its JSON-LD (schema.org)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any

from lxml.html import HtmlElement

from index.cleaning import one_line

_ARTICLE_TYPE = re.compile(r"\w*Article|\w*BlogPosting|Report\w*|LiveBlogPosting|ClaimReview")


@dataclass(frozen=True, slots=True)
class Metadata:
    """`tags`: the meta tags by name. `article`: the fields of the article in the JSON-LD, if there is one."""

    tags: dict[str, str]
    article: dict[str, Any]

    def tagged(self, *wanted: str) -> list[str]:
        """The contents of those of the tags that there are, in this order."""
        return [self.tags[name] for name in wanted if name in self.tags]

    def names(self, field: str) -> list[str]:
        """The names in a field of the article: a string, an object with a name, or a list of such."""
        return _names(self.article.get(field))


def metadata(tree: HtmlElement) -> Metadata:
    return Metadata(_tags(tree), _article_node(tree))


def _tags(tree: HtmlElement) -> dict[str, str]:
    """The meta tags by name, in lower case; the first of a name counts."""
    tags: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop")
        content = one_line(element.get("content") or "")
        if name and content:
            tags.setdefault(name.lower(), content)
    return tags


def _article_node(tree: HtmlElement) -> dict[str, Any]:
    """The article in the page's JSON-LD; empty where there is none."""
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or ""):
            try:
                stated = json.loads(script.text_content(), strict=False)
            except (ValueError, RecursionError):
                continue
            for node in _nodes(stated):
                kinds = node.get("@type")
                kinds = kinds if isinstance(kinds, list) else [kinds]
                if any(isinstance(kind, str) and _ARTICLE_TYPE.fullmatch(kind) for kind in kinds):
                    return node
    return {}


def _nodes(stated: object, *, levels: int = 4) -> Iterator[dict[str, Any]]:
    if isinstance(stated, dict):
        yield stated
        stated = [stated.get("@graph"), stated.get("mainEntity")]
    if isinstance(stated, list) and levels:
        for part in stated:
            yield from _nodes(part, levels=levels - 1)


def _names(stated: object, *, levels: int = 3) -> list[str]:
    if isinstance(stated, dict):
        stated = stated.get("name")
    if isinstance(stated, str):
        return [one_line(unescape(stated))]
    if isinstance(stated, list) and levels:
        return [name for part in stated for name in _names(part, levels=levels - 1)]
    return []
