"""What must be true of an article and its passages as they are stored."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import Row

from index import schema
from index.passages import with_header
from index.records import Article


def fits(content_hash: str, *, title: str, text: str) -> bool:
    """Whether a content hash is that of the title and text."""
    return content_hash == hashlib.sha256(f"{title}\n{text}".encode()).hexdigest()


def in_order(article: Article, passages: Sequence[Row[Any]]) -> bool:
    """Whether the passages are numbered from 0, in their order, apart, and inside the article's text."""
    return (
        [row.ordinal for row in passages] == [*range(len(passages))]
        and all(0 <= row.start < row.end <= len(article.text) for row in passages)
        and all(before.end <= after.start for before, after in pairwise(passages))
    )


def embedded(article: Article, passages: Sequence[Row[Any]]) -> bool:
    """Whether the passages' vectors are of what they say now, as far as it was noted what they are of."""
    return all(
        row.text_hash is None
        or row.text_hash == schema.text_hash(with_header(article, article.text[row.start : row.end]))
        for row in passages
    )
