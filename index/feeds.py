"""What a feed or a sitemap lists: RSS, Atom, sitemaps, their indexes and news sitemaps, gzipped or not.

Nothing here fetches anything. An XML that declares entities is refused, which bombs and reads of local files
are made of; no feed and no sitemap needs any.
"""

from __future__ import annotations

import hashlib
import io
import re
from calendar import timegm
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urljoin
from xml.etree import ElementTree
from xml.parsers import expat

import feedparser

from index.bounded import Damaged, TooBig, gunzip
from index.cleaning import one_line
from index.dates import read_moment
from index.errors import FetchRefused
from index.records import WIB, RawArticle

_FEEDS = ("rss", "feed", "rdf")
_SITEMAPS = ("urlset", "sitemapindex")
LARGEST_BYTES = 52_428_800
"""As the protocol of sitemaps has it."""
_MOST_IN_SITEMAP = 100_000
"""Twice as many as the protocol allows."""
_MOST_IN_FEED = 10_000
"""Entries; millions of empty ones, which are small, would take gigabytes."""
_LARGEST_FEED = 10_000_000
_MOST_TAGS = 1_000_000
"""Up to here a feed takes a minute; news feeds have some 100 kB and 5,000 tags."""
_FIRST_TAG = re.compile(
    rb"\s*(?:(?><\?xml.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*>)\s*+)*+<(?:\w+:)?(\w+)[\s>]", re.DOTALL
)
"""For what is not well-formed, and which feedparser reads all the same. What was passed over is not looked at
again: thirty comments can be divided in a billion ways.
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """An article that is listed, with what the list says of it. `version` is another when that changes."""

    url: str
    version: str
    title: str = ""
    published_at: date | datetime | None = None
    outlet: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """The articles, each once, and the further sitemaps that a list names."""

    entries: tuple[Entry, ...] = ()
    sitemaps: tuple[str, ...] = ()


def is_listing(raw: RawArticle) -> bool:
    """Whether this is a feed or a sitemap, by its content: servers call them many things."""
    try:
        return _root(_unzipped(raw), raw.origin) in _FEEDS + _SITEMAPS
    except FetchRefused:
        return False


def read_listing(raw: RawArticle) -> Listing:
    """What `raw` lists. FetchRefused where it is no list, damaged, or declares entities."""
    content = _unzipped(raw)
    root = _root(content, raw.origin)
    if root in _FEEDS:
        return Listing(entries=_once(_feed_entries(content, raw.origin)))
    if root == "urlset":
        return Listing(entries=_once(_sitemap_entries(content, raw.origin)))
    if root == "sitemapindex":
        found = (_location(each, raw.origin) for each in _children(content, raw.origin, "sitemap"))
        return Listing(sitemaps=tuple(dict.fromkeys(url for url in found if url not in ("", raw.origin))))
    raise FetchRefused(f"{raw.origin}: neither a feed nor a sitemap; a page is taken in with `tanya add`")


def _unzipped(raw: RawArticle) -> bytes:
    try:
        if raw.content.startswith(b"\x1f\x8b"):
            return gunzip(raw.content, LARGEST_BYTES)
        if len(raw.content) > LARGEST_BYTES:
            raise TooBig
        return raw.content
    except TooBig as error:
        raise FetchRefused(
            f"{raw.origin}: larger than a sitemap may be; name its parts one by one"
        ) from error
    except Damaged as error:
        raise FetchRefused(f"{raw.origin}: damaged gzip ({error}); try again later") from error


class _RootFound(Exception):
    """The parser needs to go no further."""


def _root(content: bytes, origin: str) -> str:
    """The first element's name without its prefix, in lower case; "" where there is none."""
    found: list[str] = []

    def start(name: str, _: dict[str, str]) -> None:
        found.append(name.rpartition(":")[2].lower())
        raise _RootFound

    def declared(name: str, *_: object) -> None:
        raise FetchRefused(
            f"{origin}: declares the entity {name!r}, which no feed needs; report it to the site"
        )

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EntityDeclHandler = declared
    try:
        parser.Parse(content.lstrip(), True)
    except _RootFound:
        return found[0]
    except (expat.ExpatError, ValueError, LookupError):
        if match := _FIRST_TAG.match(content.removeprefix(b"\xef\xbb\xbf")):
            return match[1].decode("ascii", "replace").lower()
    return ""


def _once(entries: Iterator[Entry]) -> tuple[Entry, ...]:
    return tuple({entry.url: entry for entry in entries if entry.url}.values())


def _feed_entries(content: bytes, origin: str) -> Iterator[Entry]:
    _refuse_huge(content, origin)
    feed = _parsed(content, origin)
    channel = one_line(feed.feed.get("title", ""))
    for entry in feed.entries:
        each = dict(entry)  # its own `get` takes one field for another, with a warning
        title = one_line(_plain(each.get("title", "")))
        published, updated = each.get("published", ""), each.get("updated", "")
        yield Entry(
            url=each.get("link", ""),
            version=_version(title, published, updated),
            title=title,
            published_at=_moment(published or updated, each.get("published_parsed")),
            outlet=one_line(each.get("source", {}).get("title", "")) or channel,
        )


def _parsed(content: bytes, origin: str) -> Any:
    try:
        # As a file: what looks like a URL or a path, feedparser would open.
        return feedparser.parse(io.BytesIO(content.lstrip()), response_headers={"content-location": origin})
    except Exception as error:  # as of a namespace with spaces in its name
        raise FetchRefused(f"{origin}: damaged feed ({error!r}); report it to the site") from error


def _refuse_huge(content: bytes, origin: str) -> None:
    plain = content.replace(b"\0", b"").lower()  # as in UTF-16
    entries = sum(plain.count(tag) for tag in (b"<item", b"<entry", b":item", b":entry"))
    if entries > _MOST_IN_FEED:
        raise FetchRefused(f"{origin}: lists more than {_MOST_IN_FEED:,} articles; name the site's sitemap")
    if len(plain) > _LARGEST_FEED or plain.count(b"<") > _MOST_TAGS:
        raise FetchRefused(f"{origin}: larger than a feed is; name the site's sitemap")


def _sitemap_entries(content: bytes, origin: str) -> Iterator[Entry]:
    for each in _children(content, origin, "url"):
        title, published = each.get("title", ""), each.get("publication_date", "")
        yield Entry(
            url=_location(each, origin),
            version=_version(title, published, each.get("lastmod", "")),
            title=one_line(title),
            published_at=_moment(published, None),
            outlet=one_line(each.get("name", "")),
        )


def _children(content: bytes, origin: str, name: str) -> Iterator[dict[str, str]]:
    """The texts in each element of this name, by the names of the elements they stand in."""
    try:
        found = ElementTree.iterparse(io.BytesIO(content.lstrip()), ("start", "end"))
        _, root = next(found)
        depth = listed = 0
        for event, element in found:
            depth += 1 if event == "start" else -1
            if event == "end" and _local(element.tag) == name:
                listed += 1
                if listed > _MOST_IN_SITEMAP:
                    raise FetchRefused(f"{origin}: lists more than a sitemap may; name its parts one by one")
                texts = ((_local(each.tag), (each.text or "").strip()) for each in element.iter())
                yield dict(reversed([(tag, text) for tag, text in texts if text]))  # the first of a name
            if depth == 0:
                root.clear()  # else what is read would stay in it
    except (ElementTree.ParseError, ValueError, LookupError) as error:  # the last two: of its encoding
        raise FetchRefused(f"{origin}: damaged XML ({error}); report it to the site") from error


def _location(each: dict[str, str], origin: str) -> str:
    """Where it is; "" where that is no URL, which costs a list only this entry."""
    try:
        return urljoin(origin, each["loc"]) if "loc" in each else ""
    except ValueError:
        return ""


def _local(tag: object) -> str:
    return str(tag).rpartition("}")[2]


def _plain(title: str) -> str:
    return re.sub(r"<[^<>]+>", "", title)


def _version(*said: str) -> str:
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]


def _moment(written: str, parsed: Any) -> date | datetime | None:
    """The time as written, in WIB where it names no zone; else as feedparser understood it."""
    moment = read_moment(written.strip())
    if moment or not parsed:
        return moment
    try:
        return datetime.fromtimestamp(timegm(parsed), WIB)
    except (ValueError, OverflowError):  # the year 0, or 10000
        return None
