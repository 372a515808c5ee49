"""How articles get in from the web: a page, or all that a feed or a sitemap lists."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from index.articles import HTML, JSON, READABLE, TEXT, files_of, opened, place, to_article
from index.errors import ArticleUnreadable, FetchRefused
from index.feeds import LARGEST_BYTES, Entry, Listing, is_listing, read_listing
from index.fetch import Fetched, Fetcher
from index.fetches import LastFetch
from index.formats.encoding import decoded
from index.formats.html import decoded_html
from index.ingest import Ingest, Report
from index.media_types import READABLE_TYPES
from index.records import Article, RawArticle, Refused, Validators
from index.store import Store

_TEXTS = {HTML: ("html", decoded_html), TEXT: ("text", decoded)}
"""Under which name a JSON object holds a page of this media type, and how its bytes become text."""

Heard = Callable[[Report, float], None]
"""Hears what was done so far, and how much of what is known to be listed that is, from 0 to 1."""

_MOST_SITEMAPS = 500
_TOO_MANY_SITEMAPS = (
    f"leads to more than {_MOST_SITEMAPS} sitemaps, of which the rest were left out; name those one by one"
)


def require_page(raw: RawArticle) -> None:
    """FetchRefused unless articles can be read from what was fetched; a feed or a sitemap only lists them."""
    if is_listing(raw):
        raise FetchRefused(f"{raw.origin}: a feed or a sitemap; `tanya feed` takes in what it lists")
    if raw.media_type not in READABLE_TYPES:
        why = f"sent as {raw.media_type}, in which no article can be read; readable are {READABLE}"
        raise FetchRefused(f"{raw.origin}: {why}")


def saved_listing(file: Path) -> RawArticle:
    """The feed or the sitemap in a file. FetchRefused where it is none, or can't be read."""
    try:
        with opened(file) as stream:
            raw = RawArticle(stream.read(LARGEST_BYTES + 1), "application/xml", place(file))
    except ArticleUnreadable as error:
        raise FetchRefused(f"{error}; a feed is named by its URL (https://…) or its file") from error
    read_listing(raw)
    return raw


class Web:
    """Takes pages in. What is noted of a page (see `Fetches`) is noted once the page is stored."""

    def __init__(self, store: Store, ingest: Ingest, fetcher: Fetcher) -> None:
        self._store = store
        self._ingest = ingest
        self._fetcher = fetcher

    def page(self, url: str) -> Report:
        """Take one page in; a page whose article was removed from the archive comes back.

        A feed or a sitemap is refused: reading it means fetching all that it lists.
        """
        known = self._store.fetches.of(url)
        validators = known.validators if known and self._holds(url) else Validators()
        try:
            fetched = self._fetcher.fetch_changed(url, validators)
            if fetched is not None:
                require_page(fetched.raw)
        except FetchRefused as error:
            return _refused(url, error)
        return self._taken_in(url, fetched, fetched.raw if fetched else None, version="")

    def feed(self, url: str, heard: Heard) -> Report:
        """Take in what a feed or a sitemap lists and has changed since; what it lists no more stays.

        At most 500 sitemaps are read, the one named included; the report says where there are more. What
        can't be fetched or read is refused, and tried again by the next call. Raises WriterBusy.
        """
        return self._followed(_Way([url], heard))

    def saved_feed(self, raw: RawArticle, heard: Heard) -> Report:
        """Take in what a feed or a sitemap lists that was saved as a file (see `saved_listing`)."""
        way = _Way([raw.origin], heard)
        self._take_in(read_listing(raw), way.go_on(), way)
        return self._followed(way)

    def _followed(self, way: _Way) -> Report:
        """Take in what is listed where the way leads."""
        while way.waiting:
            address = way.go_on()
            try:
                listed = self._listed(address)
            except FetchRefused as error:
                way.tell(_refused(address, error))
                continue
            if listed is None:
                continue
            fetched, listing = listed
            before = way.report
            self._take_in(listing, address, way)
            if not listing.sitemaps and way.report.refused == before.refused:
                self._store.fetches.note(LastFetch(address, datetime.now(UTC), fetched.validators))
        return way.report

    def _take_in(self, listing: Listing, address: str, way: _Way) -> None:
        for number, entry in enumerate(listing.entries, start=1):
            way.tell(self._entry(entry), of_list=number / len(listing.entries))
        if not way.leads_to(listing.sitemaps):
            way.tell(_refused(address, FetchRefused(f"{address}: {_TOO_MANY_SITEMAPS}")))

    def _listed(self, url: str) -> tuple[Fetched, Listing] | None:
        """What is listed there; None where the list is the one of which all got in."""
        known = self._store.fetches.of(url)
        fetched = self._fetcher.fetch_changed(url, known.validators if known else Validators())
        return (fetched, read_listing(fetched.raw)) if fetched else None

    def _entry(self, entry: Entry) -> Report:
        known = self._store.fetches.of(entry.url)
        if known is not None and known.version == entry.version:
            return Report(unchanged=1)
        try:
            fetched = self._fetcher.fetch_changed(entry.url, known.validators if known else Validators())
            if fetched is not None:
                require_page(fetched.raw)
        except FetchRefused as error:
            return _refused(entry.url, error)
        raw = _completed(fetched.raw, entry) if fetched else None
        return self._taken_in(entry.url, fetched, raw, version=entry.version)

    def _taken_in(self, url: str, fetched: Fetched | None, raw: RawArticle | None, *, version: str) -> Report:
        """Store the page, unless it is the one that is known, and note the fetch."""
        known = self._store.fetches.of(url)
        if fetched is None or raw is None:
            report, validators = Report(unchanged=1), known.validators if known else Validators()
        else:
            report, validators = self._ingest.run([raw], lambda _: None), fetched.validators
        if not report.refused:
            self._store.fetches.note(LastFetch(url, datetime.now(UTC), validators, version))
        return report

    def _holds(self, url: str) -> bool:
        return any(url in files_of(origin) for origin in self._store.origins(url).values())


@dataclass(slots=True)
class _Way:
    """Where one comes from list to list, and what was done on it."""

    waiting: list[str]
    heard: Heard
    seen: set[str] = field(init=False)
    report: Report = field(default_factory=Report)

    def __post_init__(self) -> None:
        self.seen = {*self.waiting}

    def go_on(self) -> str:
        """The next list."""
        return self.waiting.pop(0)

    def leads_to(self, sitemaps: Iterable[str]) -> bool:
        """Go there too; whether that is not too far."""
        new = [sitemap for sitemap in sitemaps if sitemap not in self.seen]
        followed = new[: _MOST_SITEMAPS - len(self.seen)]
        self.waiting += followed
        self.seen.update(followed)
        return len(followed) == len(new)

    def tell(self, report: Report, *, of_list: float = 1.0) -> None:
        """Add what was done, which is so much of the list one is at."""
        self.report += report
        over = len(self.seen) - len(self.waiting) - 1
        self.heard(self.report, (over + of_list) / len(self.seen))


def with_fields(raw: RawArticle, fields: Mapping[str, object]) -> RawArticle:
    """The page with fields that go before what it says itself (`index.formats.fields.NAMES`).

    ArticleUnreadable where it is neither HTML nor text, and can stand in no field.
    """
    if raw.media_type not in _TEXTS:
        raise ArticleUnreadable(f"{raw.origin}: no web page but {raw.media_type}; leave the other fields out")
    text_field, decode = _TEXTS[raw.media_type]
    content = {**fields, text_field: decode(raw.content)}
    return RawArticle(json.dumps(content, ensure_ascii=False).encode(), JSON, raw.origin)


def _completed(raw: RawArticle, entry: Entry) -> RawArticle:
    """The page with what the list says of it where the page itself says nothing."""
    try:
        article = to_article(raw, datetime.now(UTC))
    except ArticleUnreadable:
        return raw  # which the ingest refuses, with the reason
    missing = dict(_missing(article, entry))
    if raw.media_type == TEXT and entry.title:
        missing["title"] = entry.title  # a bare text's own is but its first line
    if raw.media_type not in _TEXTS or not missing:
        return raw
    return with_fields(raw, {"url": article.url or raw.origin, **missing})


def _missing(article: Article, entry: Entry) -> Iterator[tuple[str, str]]:
    if entry.title and not article.title:
        yield "title", entry.title
    if entry.published_at and not article.published_at:
        yield "published_at", entry.published_at.isoformat()
    if entry.outlet and not article.outlet:
        yield "outlet", entry.outlet


def _refused(url: str, error: FetchRefused) -> Report:
    reason = str(error)
    return Report(refused=(Refused(url, reason if reason.startswith(url) else f"{url}: {reason}"),))
