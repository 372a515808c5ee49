"""The title of a web page's article, and where it stands on the page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from itertools import chain, islice

from lxml.html import HtmlElement

from index.cleaning import one_line
from index.formats.html_metadata import Metadata
from index.formats.html_text import letters, short_text

_TITLES = "og:title", "twitter:title", "dc.title", "title", "headline"
_LONGEST_TITLE = 500
_WORD = re.compile("[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]|[^\\W\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]+")
_SITE_BREAK = re.compile(r"\s+[-–—|•»:]\s+|(?<=\S)[|｜：]")


def page_title(tree: HtmlElement, metadata: Metadata, *, outlet: str) -> str:
    """The title that most of the page's statements agree on; the first where none agree.

    Each alone may be another one, for a social network or a search engine, with words added for it: of two
    that as many agree on, the shorter one counts. A label with a colon before the title belongs to it.
    """
    stated = _stated_titles(tree, metadata, outlet)
    titles = stated
    heading = headline(tree, stated)
    if heading is not None and (shown := _shown(heading)):
        followed = re.compile(rf"{re.escape(shown)}\s*(?:{_SITE_BREAK.pattern}).{{1,60}}", re.IGNORECASE)
        stated = [shown if followed.fullmatch(title) else title for title in stated]
        titles = [*stated[:1], shown, *stated[1:]]
    votes = Counter(map(letters, titles))
    agreed = [title for title in titles if votes[letters(title)] > 1]
    by_votes = sorted(agreed, key=lambda title: (-votes[letters(title)], len(title)))
    chosen = next(iter([*by_votes, *titles]), "")
    labelled = (title for title in titles if title.casefold().endswith(f": {chosen}".casefold()))
    return next(labelled, chosen)


def _stated_titles(tree: HtmlElement, metadata: Metadata, outlet: str) -> list[str]:
    shared = metadata.tagged(*_TITLES)[:1]
    structured = (metadata.names("headline") or metadata.names("name"))[:1]
    window = [_shown(title) for title in islice(tree.iter("title"), 1)]
    titles = [*shared, *structured, *window]
    return [_without_site(title[:_LONGEST_TITLE], outlet) for title in titles if title]


def headline(tree: HtmlElement, titles: Iterable[str]) -> HtmlElement | None:
    """Where the title is shown: the heading, else the first line, that has most of its words."""
    ends = (
        (title, [len(title), *(found.start() for found in _SITE_BREAK.finditer(title))]) for title in titles
    )
    wanted = [_words(title[:end]) for title, places in ends for end in places[:8]]
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
    site = letters(outlet)
    for found in reversed(list(_SITE_BREAK.finditer(title))):
        end = letters(title[found.end() :])
        named = end in site or (site in end and len(end) < 2 * len(site) + 10)
        if not (end and site and named and found.start() >= 10):
            break
        title = title[: found.start()].rstrip()
    return title


def _words(text: str) -> set[str]:
    """The words, or characters where a script sets no words apart."""
    return set(_WORD.findall(text.casefold()))


def _shown(element: HtmlElement) -> str:
    return one_line("".join(element.itertext()))[:_LONGEST_TITLE]
