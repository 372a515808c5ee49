"""How articles get in from the web: a page, or all that a feed or a sitemap lists."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from index.articles import HTML, JSON, READABLE, TEXT, files_of, to_article
from index.errors import ArticleUnreadable, FetchRefused
from index.feeds import Entry, Listing, is_listing, read_listing
from index.fetch import Fetched, Fetcher
from index.fetches import Fetch
from index.formats.encoding import decoded
from index.formats.html import decoded_html
from index.ingest import Ingest, Progress, Report
from index.media_types import READABLE_TYPES
from index.records import Article, RawArticle, Refused, Validators
from index.store import Store

_TEXTS = {HTML: ("html", decoded_html), TEXT: ("text", decoded)}
"""Under which name a JSON object holds a page of this media type, and how its bytes become text."""

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

    def feed(self, url: str, progress: Progress) -> Report:
        """Take in what a feed or a sitemap lists and has changed since; what it lists no more stays.

        At most 500 sitemaps are read, the one named included; the report says where there are more. What
        can't be fetched or read is refused, and tried again by the next call. Raises WriterBusy.
        """
        report = Report()
        waiting, seen = [url], {url}
        while waiting:
            address = waiting.pop(0)
            try:
                listed = self._listed(address)
            except FetchRefused as error:
                report += _refused(address, error)
                continue
            if listed is None:
                continue
            fetched, listing = listed
            before = report
            for entry in listing.entries:
                report += self._entry(entry)
                progress(report)
            if not listing.sitemaps and report.refused == before.refused:
                self._store.fetches.note(Fetch(address, datetime.now(UTC), fetched.validators))
            new = [sitemap for sitemap in listing.sitemaps if sitemap not in seen]
            followed = new[: _MOST_SITEMAPS - len(seen)]
            if len(followed) < len(new):
                report += _refused(address, FetchRefused(f"{address}: {_TOO_MANY_SITEMAPS}"))
            waiting += followed
            seen.update(followed)
        return report

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
            self._store.fetches.note(Fetch(url, datetime.now(UTC), validators, version))
        return report

    def _holds(self, url: str) -> bool:
        return any(url in files_of(origin) for origin in self._store.origins(url).values())


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
