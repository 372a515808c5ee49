"""The places of Indonesia that a text names: provinces, regencies, cities."""

from __future__ import annotations

from index.records import Article


def places_in(text: str) -> tuple[str, ...]:
    """The places that a question names, by their usual names, in the order of the text."""
    return ()


def is_place(name: str) -> bool:
    """Whether this is just the name of a place."""
    return False


def names(article: Article, place: str) -> bool:
    """Whether the article's title or text names the place, in any spelling."""
    return place.casefold() in f"{article.title}\n{article.text}".casefold()
