"""What a web page says of its article: title, outlet, authors, time, address, language.

Most of it stands in metadata (schema.org's JSON-LD, Open Graph, Dublin Core and what sites invented); on
older pages title and time only in what is shown. A fact that looks wrong is left out, not guessed at.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from html import unescape
from itertools import chain, islice
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

from lxml.html import HtmlElement, fragment_fromstring

from index.cleaning import one_line
from index.dates import find_moment, read_moment
from index.formats.html_text import short_text
from index.languages import KNOWN_LANGUAGES

_ARTICLE_TYPE = re.compile(r"\w*Article|\w*BlogPosting|Report\w*|LiveBlogPosting|ClaimReview")
_TITLES = "og:title", "twitter:title", "dc.title", "title", "headline"
_OUTLETS = "og:site_name", "application-name", "dc.publisher"
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
_WORD = re.compile("[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]|[^\\W\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]+")
_SITE_BREAK = re.compile(r"\s+[-–—|•»:]\s+|(?<=\S)[|｜：]")
_LONGEST_TITLE = 500
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
    meta = _meta(tree)
    article = _article_node(tree)
    outlet = _outlet(meta, article)
    title = _title(tree, meta, article, outlet)
    headline = _headline(tree, [title])
    canonical = _address(tree, meta, url)
    return PageFacts(
        title=title,
        outlet=outlet,
        authors=_authors(tree, meta, article, outlet),
        published_at=_stated_time(tree, meta, article)
        or _shown_time(tree, headline, fetched_at)
        or _time_in_address(canonical),
        url=canonical,
        language=_language(tree),
        body=_stated_body(article),
        is_article=bool(article) or meta.get("og:type", "") == "article",
        shows_title=headline is not None or not title,
        is_front_page=bool(canonical) and _is_front_page(canonical),
    )


def _meta(tree: HtmlElement) -> dict[str, str]:
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
    """The names in a JSON-LD value: a string, an object with a name, or a list of such."""
    if isinstance(stated, dict):
        stated = stated.get("name")
    if isinstance(stated, str):
        return [one_line(unescape(stated))]
    if isinstance(stated, list) and levels:
        return [name for part in stated for name in _names(part, levels=levels - 1)]
    return []


def _shown(element: HtmlElement) -> str:
    return one_line("".join(element.itertext()))[:_LONGEST_TITLE]


def _title(tree: HtmlElement, meta: dict[str, str], article: dict[str, Any], outlet: str) -> str:
    """The title that most of the page's statements agree on; of as many, the first in this order.

    Each alone may be another one, for a social network or a search engine, with words added for it: of two
    that as many agree on, the shorter one counts. A label with a colon before the title belongs to it.
    """
    stated = _stated_titles(tree, meta, article, outlet)
    headline = _headline(tree, stated)
    titles = stated
    if headline is not None and (shown := _shown(headline)):
        followed = re.compile(rf"{re.escape(shown)}\s*(?:{_SITE_BREAK.pattern}).{{1,60}}", re.IGNORECASE)
        stated = [shown if followed.fullmatch(title) else title for title in stated]
        titles = [*stated[:1], shown, *stated[1:]]
    votes = Counter(map(_letters, titles))
    agreed = [title for title in titles if votes[_letters(title)] > 1]
    chosen = (
        min(agreed, key=lambda title: (-votes[_letters(title)], len(title)))
        if agreed
        else "".join(titles[:1])
    )
    labelled = (title for title in titles if title.casefold().endswith(f": {chosen}".casefold()))
    return next(labelled, chosen)


def _stated_titles(
    tree: HtmlElement, meta: dict[str, str], article: dict[str, Any], outlet: str
) -> list[str]:
    shared = [meta[name] for name in _TITLES if name in meta][:1]
    window = [_shown(title) for title in islice(tree.iter("title"), 1)]
    titles = [*shared, *_names(article.get("headline") or article.get("name"))[:1], *window]
    return [_without_site(title[:_LONGEST_TITLE], outlet) for title in titles if title]


def _headline(tree: HtmlElement, titles: Iterable[str]) -> HtmlElement | None:
    """Where the title is shown: the heading, else the first line, that has most of its words."""
    wanted = [_words(title) for title in titles]
    for tags in ("h1",), ("h2", "h3"), ("h4", "h5", "h6", "div", "p", "span"):
        best, most_alike = None, 0.6
        for element in tree.iter(*tags):
            words = _words(short_text(element, most=_LONGEST_TITLE))
            alike = max((len(words & title) / len(words | title) for title in wanted if words), default=0)
            if alike > most_alike and not _is_link(element):
                best, most_alike = element, alike
        if best is not None:
            return best
    return None


def _is_link(element: HtmlElement) -> bool:
    """Whether it leads to an article, this or another, as what lists articles does; a first heading may."""
    links = chain(element.iterancestors("a"), element.iter("a"))
    return element.tag != "h1" and next(links, None) is not None


def _without_site(title: str, outlet: str) -> str:
    """The title without the outlet after it, as in "Wali Kota Lantik Pejabat - Kompas.com"."""
    site = _letters(outlet)
    for found in reversed(list(_SITE_BREAK.finditer(title))):
        end = _letters(title[found.end() :])
        named = end in site or (site in end and len(end) < 2 * len(site) + 10)
        if not (end and site and named and found.start() >= 10):
            break
        title = title[: found.start()].rstrip()
    return title


def _words(text: str) -> set[str]:
    """The words, or characters where a script sets no words apart."""
    return set(_WORD.findall(text.casefold()))


def _letters(text: str) -> str:
    return re.sub(r"\W|_", "", text.casefold())


def _outlet(meta: dict[str, str], article: dict[str, Any]) -> str:
    stated = [meta[name] for name in _OUTLETS[:1] if name in meta]
    stated += _names(article.get("publisher")) + [meta[name] for name in _OUTLETS[1:] if name in meta]
    return next((name for name in stated if name and not name.startswith(("http", "@"))), "")


def _authors(
    tree: HtmlElement, meta: dict[str, str], article: dict[str, Any], outlet: str
) -> tuple[str, ...]:
    """The people named as authors; not the outlet or its company, which templates put there."""
    shown = tree.xpath("//*[@itemprop='author' or @rel='author']")
    stated = (
        _names(article.get("author"))
        or [meta[name] for name in _AUTHORS if name in meta][:1]
        or [short_text(element, most=80) for element in islice(shown, 3)]
    )
    site = _letters(outlet.split(".")[0])
    names = [part.strip() for name in stated for part in _BETWEEN_NAMES.split(_BEFORE_NAMES.sub("", name))]
    people = (
        name
        for name in names
        if _NAME.fullmatch(name)
        and not _COMPANY.search(name)
        and not (len(site) > 3 and site in _letters(name))
    )
    return tuple(dict.fromkeys(people))


def _stated_time(tree: HtmlElement, meta: dict[str, str], article: dict[str, Any]) -> date | datetime | None:
    stated = [*_names(article.get("datePublished")), *(meta[name] for name in _TIMES if name in meta)]
    shown = tree.xpath("//*[@itemprop='datePublished']/@datetime | //time[@pubdate]/@datetime")
    return next(filter(None, (read_moment(str(written)) for written in [*stated, *shown])), None)


def _shown_time(
    tree: HtmlElement, headline: HtmlElement | None, fetched_at: datetime
) -> date | datetime | None:
    """The time nearest after the headline, else before it: a page has other dates, today's among them."""
    if headline is None:
        return None
    texts = list(_texts(tree))
    place = next(
        (
            i
            for i, (element, _) in enumerate(texts)
            if element is headline or headline in element.iterancestors()
        ),
        None,
    )
    if place is None:
        return None
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


def _address(tree: HtmlElement, meta: dict[str, str], url: str) -> str:
    """The canonical address, where it is of the site that the page was fetched from; else `url`."""
    links = (link.get("href") for link in tree.iter("link") if (link.get("rel") or "").lower() == "canonical")
    for stated in [*links, meta.get("og:url")]:
        address = _absolute(stated or "", url)
        if address and (not url or (_site(address) == _site(url) and not _is_front_page(address))):
            return address
    return url


def _absolute(address: str, base: str) -> str:
    """The web address without its fragment; "" where it is none."""
    try:
        whole = urldefrag(urljoin(base, address.strip())).url
        parts = urlsplit(whole)
    except ValueError:
        return ""
    return whole if parts.scheme in ("http", "https") and "." in (parts.hostname or "") else ""


def _site(address: str) -> str:
    return re.sub(r"^(?:www|m|amp|mobile)\.", "", urlsplit(address).hostname or "")


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


def _stated_body(article: dict[str, Any]) -> str:
    body = article.get("articleBody")
    if not isinstance(body, str):
        return ""
    if re.search(r"<[a-zA-Z/][^<>]*>|&\w{1,10};", body):
        body = "\n".join(fragment_fromstring(body, create_parent="div").itertext())
    return body.strip()
