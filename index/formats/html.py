"""HTML -> Page: the article of a web page, and what the page says of it.

The body is found by trafilatura, with rules of our own before it (`html_body`); title, outlet, authors, time
and address come from the page's own statements (`html_facts`). Furniture that is a line of its own, datelines
and by-lines are left to `index.cleaning`, as in plain text.
"""

from __future__ import annotations

import re
from datetime import datetime

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from index.cleaning import bylines
from index.errors import ArticleUnreadable
from index.formats.encoding import decoded
from index.formats.html_body import body_text
from index.formats.html_facts import PageFacts, page_facts
from index.formats.page import Page

MOST_BYTES = 10_000_000
MOST_ELEMENTS = 20_000
MOST_NESTING = 300_000
"""Beyond these nothing is read; nesting is the sum of all elements' depths, by which the time of finding a
body grows. News pages have up to 1.5 MB, 4,000 elements and a nesting of 50,000; at the limits it takes
seconds."""

_DECLARED = re.compile(
    rb"""<(?:meta[^>]{1,200}?|\?xml[^>]{1,80}?)(?:charset|encoding)\s*=\s*["']?([\w-]{2,30})""", re.I
)
_FEED = re.compile(
    r"\ufeff?\s*(?:<\?xml[^>]*>\s*)?(?:<!--[^>]*-->\s*)?<(?:rss|feed|urlset|sitemapindex)\b", re.I
)
_HEAD_BYTES = 4096
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")

_NO_ARTICLE = re.compile(
    r"(?:(?:error )?(?:404|403|410|500|503)\b.{0,40}"
    r"|(?:.{0,20}\b)?(?:page|file|halaman|laman) (?:not found|tidak (?:di)?temukan).{0,40}"
    r"|(?:sign|log) ?(?:in|up)(?: page)?|log ?masuk|masuk|login|register|daftar(?: akun)?"
    r"|just a moment\.{3}|(?:are you a )?(?:robot|human)\??|access denied|akses ditolak)(?=$|\s+[-–—|])",
    re.IGNORECASE,
)
"""Titles of pages that stand in an article's place."""
_SENTENCE_END = re.compile(r"[.!?…][\"”'’)]*(?=\s|$)|[。！？]")


def read_html(content: bytes | str, *, url: str = "", fetched_at: datetime) -> Page:
    """The article in a web page.

    `url`: where it was fetched, if it was. `fetched_at`: what "2 jam lalu" counts back from.
    ArticleUnreadable, without a place in its message, where the page is too big or
    nested too deep to be read in full, or has no article: a log-in page, an error page, a list of links.
    """
    if len(content) > MOST_BYTES:
        raise ArticleUnreadable(f"over {MOST_BYTES // 1_000_000} MB of HTML; save the article alone")
    tree = _tree(content if isinstance(content, str) else decoded_html(content))
    facts = page_facts(tree, url=url, fetched_at=fetched_at)
    text = body_text(tree, title=facts.title, stated=facts.body)
    if not _is_article(text, facts):
        raise ArticleUnreadable(
            "no article in it: a list of links, a form or an error page; give an article's page"
        )
    return Page(
        text=text,
        url=facts.url,
        title=facts.title,
        outlet=facts.outlet,
        language=facts.language,
        published_at=facts.published_at,
        authors=facts.authors or bylines(text),
    )


def decoded_html(content: bytes) -> str:
    """The page as text (see `decoded`); what is damaged beyond that is replaced."""
    declared = _DECLARED.search(content, 0, _HEAD_BYTES)
    try:
        return decoded(content, declared=declared[1].decode() if declared else "")
    except ArticleUnreadable:
        return content.decode("cp1252", errors="replace")


def _tree(text: str) -> HtmlElement:
    if _FEED.match(text):
        raise ArticleUnreadable("a feed or a sitemap and no page; give the pages that it names")
    # No DTD is loaded and no entity of the page's own is expanded by the HTML parser.
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
    try:
        tree = document_fromstring(_CONTROL.sub("", text).encode(), parser=parser)
    except etree.LxmlError as error:
        raise ArticleUnreadable(f"not HTML ({error}); save the page again") from error
    # The parser silently drops what lies deeper than 256 elements: refused, rather than read in part.
    if any("Excessive depth" in entry.message for entry in parser.error_log):
        raise ArticleUnreadable("nested over 250 elements deep; save the article alone")
    _refuse_huge(tree)
    return tree


def _refuse_huge(tree: HtmlElement) -> None:
    elements = nesting = depth = 0
    for event, _ in etree.iterwalk(tree, events=("start", "end")):
        if event == "end":
            depth -= 1
            continue
        depth += 1
        elements += 1
        nesting += depth
        if elements > MOST_ELEMENTS or nesting > MOST_NESTING:
            raise ArticleUnreadable("over 20,000 elements, or too deeply nested ones; save the article alone")


def _is_article(text: str, facts: PageFacts) -> bool:
    """Whether nothing speaks against it: what the metadata call an article is one, be it short or a list."""
    if not text or _NO_ARTICLE.match(facts.title) or facts.is_front_page:
        return False
    return facts.is_article or (facts.shows_title and any(_is_prose(line) for line in text.splitlines()))


def _is_prose(line: str) -> bool:
    """A sentence of eight words, or as long where words aren't set apart."""
    return bool(_SENTENCE_END.search(line)) and (len(line.split()) >= 8 or "。" in line)
