"""What the archive page lists: articles in order, or those that a search finds, with its words marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from markupsafe import Markup

from index.records import Article, Filters, Order, Passage, Span
from index.retrieve import Retriever
from index.store import Store
from index.words import matching
from ui.pages import ARCHIVE_PATH, page_of, passage_link

_PAGE = 20
"""Articles on a page."""

_MOST_FOUND = 200
"""Articles that a search shows at most."""

_EXCERPT = 320
"""Characters of a passage that are shown, or a few more: to whole words."""

_LONGEST_QUERY = 200
"""Characters of a search that are looked at."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a list of articles is asked to be: what is searched for, of which outlet, in which order."""

    query: str = ""
    outlet: str = ""
    order: Order = Order.NEWEST
    page: int = 1

    @classmethod
    def of(cls, *, q: str, outlet: str, order: str, page: str) -> Shown:
        """From a link; what makes no sense is left out."""
        return cls(
            query=q.strip()[:_LONGEST_QUERY],
            outlet=outlet.strip(),
            order=Order.ARRIVED if order == Order.ARRIVED else Order.NEWEST,
            page=max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 9 else 1,
        )

    @property
    def filters(self) -> Filters:
        return Filters(outlets=(self.outlet,) if self.outlet else ())

    @property
    def offset(self) -> int:
        return _PAGE * (self.page - 1)

    @property
    def link(self) -> str:
        """The address of this list."""
        said = {
            "q": self.query,
            "outlet": self.outlet,
            "order": "" if self.order is Order.NEWEST else self.order.value,
            "page": "" if self.page == 1 else str(self.page),
        }
        written = urlencode({name: value for name, value in said.items() if value})
        return f"{ARCHIVE_PATH}?{written}" if written else ARCHIVE_PATH

    def of_outlet(self, outlet: str) -> Shown:
        """The same of this outlet alone, or of all ("")."""
        return replace(self, outlet=outlet, page=1)

    def in_order(self, order: str) -> Shown:
        return replace(self, order=Order(order), page=1)

    def at_page(self, page: int) -> Shown:
        return replace(self, page=page)


@dataclass(frozen=True, slots=True)
class Entry:
    """An article in the list; `passage` holds the words that were searched for."""

    article: Article
    passage: Passage | None = None

    @property
    def link(self) -> str:
        if self.passage is None:
            return page_of(self.article)
        return passage_link(self.article, Span(self.passage.start, self.passage.end))


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of the articles shown; `total` counts all that are, though a search may have found `more`."""

    shown: Shown
    entries: Sequence[Entry]
    total: int
    more: bool = False

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // _PAGE))


def listing(store: Store, retriever: Retriever, shown: Shown) -> Listing:
    """What is asked for: a search, the best first, or a list in order."""
    if shown.query:
        best = retriever.matching(shown.query, shown.filters, limit=_MOST_FOUND + 1)
        found = best[:_MOST_FOUND]
        on_page = found[shown.offset : shown.offset + _PAGE]
        entries = [Entry(article, passage) for passage, article in on_page]
        return Listing(shown, entries, len(found), more=len(best) > len(found))
    page = store.articles(offset=shown.offset, limit=_PAGE, filters=shown.filters, order=shown.order)
    return Listing(shown, [Entry(article) for article in page], store.count(shown.filters))


def marked(text: str, query: str) -> Markup:
    """The text, escaped, with the query's words marked."""
    return _marked(text, matching(text, query), Span(0, len(text)))


def excerpt(text: str, query: str) -> Markup:
    """The part of the text in which most of the query's words stand, escaped and marked."""
    found = matching(text, query)
    starts = [span.start for span in found] or [0]
    best = max(starts, key=lambda start: (sum(start <= at < start + _EXCERPT for at in starts), -start))
    # A few words before it say what it is about; an end is filled up from the front.
    start = max(0, min(best - _EXCERPT // 8, len(text) - _EXCERPT))
    start = text.rfind(" ", 0, start) + 1
    end = text.find(" ", start + _EXCERPT)
    shown = Span(start, end if end >= 0 else len(text))
    before, after = "… " if shown.start else "", " …" if shown.end < len(text) else ""
    return before + _marked(text, found, shown) + after


def _marked(text: str, found: Sequence[Span], shown: Span) -> Markup:
    written, at = Markup(""), shown.start
    for span in found:
        if shown.start <= span.start and span.end <= shown.end:
            written += Markup("{}<mark>{}</mark>").format(text[at : span.start], text[span.start : span.end])
            at = span.end
    return written + text[at : shown.end]
