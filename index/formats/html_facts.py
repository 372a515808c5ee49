"""What a web page says of its article: title, outlet, authors, time, address, language.

Most of it stands in metadata (schema.org's JSON-LD, Open Graph, Dublin Core and what sites invented); on
older pages title and time only in what is shown. A fact that looks wrong is left out, not guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from urllib.parse import urldefrag, urljoin, urlsplit

from lxml import etree
from lxml.html import HtmlElement, fragment_fromstring

from index.cleaning import one_line
from index.dates import find_moment, read_moment
from index.formats.html_metadata import Metadata, metadata
from index.formats.html_text import letters, short_text
from index.formats.html_title import headline, page_title
from index.languages import KNOWN_LANGUAGES

_OUTLETS = "application-name", "dc.publisher"
_TIMES = (
    "article:published_time", "og:article:published_time", "datepublished", "pubdate", "publishdate",
    "publish-date", "published_at", "dc.date.issued", "dc.date", "date", "datecreated",
)  # fmt: skip
_AUTHORS = "author", "article:author", "dc.creator", "byl", "parsely-author", "content_author"
_NAME = re.compile(r"[^\W\d_][\w.'’ -]{1,60}")
_BEFORE_NAMES = re.compile(r"^(?:penulis|pewarta|reporter|oleh|by|author)\b ?:? ", re.IGNORECASE)
_BETWEEN_NAMES = re.compile(r"[,;|/&]| dan | and ")
_COMPANY = re.compile(
    r"^PT\b|\w\.(?:com|co|id|net|org)\b|\b(?:redaksi|admin|editor|tim|team)\b", re.IGNORECASE
)
_DATED_URL = re.compile(r"/(20\d\d|19\d\d)[/-]?([01]\d)[/-]?([0-3]\d)(?=[/-]|\D)")
_LONGEST_BODY = 500_000
"""Characters; with the tags that a longer one may be made of, it would take gigabytes."""
_NEAR = 60
"""How many pieces of text beside the headline are looked at for the time of publication."""


@dataclass(frozen=True, slots=True)
class PageFacts:
    """ "" and None where the page says nothing. `body`: the article's text in the metadata.

    `is_article`: the metadata call it one. `shows_title`: the title stands on the page too, if there is one.
    `is_front_page`: its address is that of a whole site or an index.
    """

    title: str
    outlet: str
    authors: tuple[str, ...]
    published_at: date | datetime | None
    url: str
    language: str
    body: str
    is_article: bool
    shows_title: bool
    is_front_page: bool


def page_facts(tree: HtmlElement, *, url: str, fetched_at: datetime) -> PageFacts:
    stated = metadata(tree)
    outlet = _outlet(stated)
    title = page_title(tree, stated, outlet=outlet)
    heading = headline(tree, [title])
    canonical = _address(tree, stated, _absolute(url, ""))
    return PageFacts(
        title=title,
        outlet=outlet,
        authors=_authors(tree, stated, outlet),
        published_at=_stated_time(tree, stated)
        or _shown_time(tree, heading, fetched_at)
        or _time_in_address(canonical),
        url=canonical,
        language=_language(tree),
        body=_stated_body(stated),
        is_article=bool(stated.article) or stated.tags.get("og:type") == "article",
        shows_title=heading is not None or not title,
        is_front_page=bool(canonical) and _is_front_page(canonical),
    )


def _outlet(metadata: Metadata) -> str:
    stated = [*metadata.tagged("og:site_name"), *metadata.names("publisher"), *metadata.tagged(*_OUTLETS)]
    return next((name for name in stated if name and not name.startswith(("http", "@"))), "")


def _authors(tree: HtmlElement, metadata: Metadata, outlet: str) -> tuple[str, ...]:
    """The people named as authors; not the outlet or its company, which templates put there."""
    shown = tree.xpath("//*[@itemprop='author' or @rel='author']")
    stated = (
        metadata.names("author")
        or metadata.tagged(*_AUTHORS)[:1]
        or [short_text(element, most=80) for element in islice(shown, 3)]
    )
    site = letters(outlet.split(".")[0])
    names = [part.strip() for name in stated for part in _BETWEEN_NAMES.split(_BEFORE_NAMES.sub("", name))]
    people = (
        name
        for name in names
        if _NAME.fullmatch(name)
        and not _COMPANY.search(name)
        and not (len(site) > 3 and site in letters(name))
    )
    return tuple(dict.fromkeys(people))


def _stated_time(tree: HtmlElement, metadata: Metadata) -> date | datetime | None:
    stated = [*metadata.names("datePublished"), *metadata.tagged(*_TIMES)]
    shown = tree.xpath("//*[@itemprop='datePublished']/@datetime | //time[@pubdate]/@datetime")
    return next(filter(None, (read_moment(str(written)) for written in [*stated, *shown])), None)


def _shown_time(
    tree: HtmlElement, heading: HtmlElement | None, fetched_at: datetime
) -> date | datetime | None:
    """The time nearest after the heading, else before it: a page has other dates, today's among them."""
    if heading is None:
        return None
    texts = list(_texts(tree))
    inside = set(heading.iter())
    place = next((i for i, (element, _) in enumerate(texts) if element in inside), 0)
    after = texts[place + 1 : place + _NEAR]
    before = reversed(texts[max(0, place - _NEAR // 4) : place])
    moments = [find_moment(text, fetched_at=fetched_at) for _, text in [*after, *before] if len(text) < 80]
    timed = [moment for moment in moments if isinstance(moment, datetime)]
    return next(iter(timed), None) or next(filter(None, moments), None)


def _texts(tree: HtmlElement) -> Iterator[tuple[HtmlElement, str]]:
    """The pieces of text in the order of the page, each with the element it stands in or after."""
    for element in tree.iter():
        if element.tag in ("script", "style", "noscript"):
            continue
        for text in (element.text, element.tail):
            if text and not text.isspace():
                yield element, one_line(text)


def _time_in_address(url: str) -> date | None:
    found = _DATED_URL.search(url)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def _address(tree: HtmlElement, metadata: Metadata, url: str) -> str:
    """The canonical address, where it is of the site that the page was fetched from; else `url`."""
    links = (link.get("href") for link in tree.iter("link") if (link.get("rel") or "").lower() == "canonical")
    for stated in [*links, *metadata.tagged("og:url")]:
        address = _absolute(stated or "", url)
        if address and (not url or (site_of(address) == site_of(url) and not _is_front_page(address))):
            return address
    return url


def _absolute(address: str, base: str) -> str:
    """The web address without its fragment; "" where it is none."""
    try:
        whole = urldefrag(urljoin(base, address.strip())).url
        parts = urlsplit(whole)
    except ValueError:
        return ""
    return whole if parts.scheme in ("http", "https") and parts.hostname else ""


def site_of(address: str) -> str:
    """The host of a web address, the same for its pages made for phones; "" where there is none."""
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        return ""
    return re.sub(r"^(?:www|m|amp|mobile)\.", "", host)


def _is_front_page(address: str) -> bool:
    parts = urlsplit(address)
    return not parts.query and bool(
        re.fullmatch(r"/?(?:index(?:\.\w+)?/?|indeks/?|home/?|beranda/?)?", parts.path)
    )


def _language(tree: HtmlElement) -> str:
    """The declared language where the text can't tell: templates say "en" of pages in any language."""
    declared = (tree.get("lang") or "").strip().lower()
    code = re.split(r"[-_]", declared)[0]
    return code if re.fullmatch(r"[a-z]{2,3}", code) and code not in KNOWN_LANGUAGES else ""


def _stated_body(metadata: Metadata) -> str:
    body = metadata.article.get("articleBody")
    if not isinstance(body, str) or len(body) > _LONGEST_BODY:
        return ""
    if re.search(r"<[a-zA-Z/][^<>]*>|&\w{1,10};", body):
        try:
            body = "\n".join(fragment_fromstring(body, create_parent="div").itertext())
        except (AssertionError, etree.LxmlError):  # as of "<html></html>"
            return ""
    return body.strip()
