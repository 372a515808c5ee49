"""Articles as JSON Lines, in the form that an ingest reads."""

from __future__ import annotations

import json
from collections.abc import Iterable

from index.records import Article


def json_line(article: Article) -> str:
    """The article as one line of JSON; known again by its `content_hash`, it comes in just as it went out."""
    fields = {
        "id": article.id,
        "url": article.url,
        "title": article.title,
        "outlet": article.outlet,
        "published_at": article.published_at.isoformat() if article.published_at else None,
        "language": article.language,
        "authors": list(article.authors) or None,
        "text": article.text,
        "content_hash": article.content_hash,
    }
    return json.dumps({name: value for name, value in fields.items() if value}, ensure_ascii=False)


def json_lines(articles: Iterable[Article]) -> Iterable[str]:
    """A line for each article, with its end."""
    return (json_line(article) + "\n" for article in articles)
