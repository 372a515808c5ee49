"""Where a page's article stands: trafilatura's reading, with rules for what news pages put into a body."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from copy import deepcopy

from lxml.html import HtmlElement

from index.formats.html_text import short_text

# It warns of every page without an article; whoever reads one is told by an error.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)

_LINKS_ELSEWHERE = re.compile(
    r"(?:baca|simak|lihat|tonton|read) (?:juga|also)"
    r"|(?:berita|artikel|foto|video|topik)[ -](?:terkait|lainnya|terpopuler)"
    r"|terpopuler|rekomendasi(?: untuk anda)?|pilihan (?:redaksi|editor)|related (?:news|articles|stories)",
    re.IGNORECASE,
)
_FURNITURE_CLASS = re.compile(
    r"(?:^|[\s_-])(?:baca[_-]?juga|lihat-?juga|lihatjg|linksisip|link-?sisip|sisip|(?:berita|artikel)[_-]?terkait|terpopuler"
    r"|rekomendasi|komentar)(?:$|[\s_-])",
    re.IGNORECASE,
)
"""Classes of boxes within a body: links to other articles, and comments."""
_BLOCKS = frozenset(
    ("p", "div", "ul", "ol", "dl", "table", "blockquote", "section", "article", "figure", "hr")
)
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_HOLDERS = "div", "section", "article", "main", "td", "span"
_TABLE_ROW = re.compile(r"^\| (.*) \|$")

_LEAST_BODY = 300
"""Characters; what is shorter is more likely a summary or a notice than a body."""
_HEAD_LINES = 15
_LOOSE_TEXT = 80
"""Characters of text that stands among blocks, from which on it is a paragraph."""


def body_text(tree: HtmlElement, *, title: str, stated: str) -> str:
    """The article's text, a paragraph a line; "" where there is none. The tree is left as it is.

    `title`: where it stands in the text, the text begins after it. `stated`: the body in the metadata.
    """
    tree = deepcopy(tree)
    for element in _furniture(tree):
        element.drop_tree()
    for element in list(tree.iter(*_HOLDERS)):
        _wrap_loose_text(element)
    loose, strict = _extracted(tree), _extracted(tree, strict=True)
    text = _better(loose, strict)
    if _says_more(stated, text):
        return stated
    if len(strict) < _LEAST_BODY and (captions := _captions(tree)):
        return captions
    return _after_title(text, title)


def _extracted(tree: HtmlElement, *, strict: bool = False) -> str:
    # Here, not above: importing it takes half a second, which what reads no page need not wait.
    from trafilatura import extract

    text = extract(tree, favor_precision=strict, include_comments=False) or ""
    lines = (_TABLE_ROW.sub(r"\1", line.strip()) for line in text.splitlines())
    return "\n".join(line.replace(" | ", " ") for line in lines if line)


def _better(loose: str, strict: str) -> str:
    """The loose reading, unless most of it is furniture.

    On short articles trafilatura widens its search until whole sidebars are in it. The strict reading leaves
    them out, but now and then the body too: then it keeps next to nothing.
    """
    if len(strict) >= max(_LEAST_BODY, 0.25 * len(loose)) and len(strict) < 0.6 * len(loose):
        return strict
    return loose


def _after_title(text: str, title: str) -> str:
    """Without breadcrumbs and menus before the headline, and without the headline with a label in it."""
    lines = text.split("\n")
    for place, line in enumerate(lines[:_HEAD_LINES]):
        if title and title.casefold() in line.casefold() and len(line) < len(title) + 30:
            return "\n".join(lines[place + 1 :]) or text
        if len(line.split()) > 12:
            break
    return text


def _says_more(stated: str, text: str) -> bool:
    """Whether the stated body begins like the text and goes on, or is the same with its paragraphs."""
    flat_stated, flat_text = " ".join(stated.split()), " ".join(text.split())
    longer = len(stated) > 1.5 * len(text) and " ".join(text.split()[:8]) in flat_stated
    return longer or (flat_stated == flat_text and stated.count("\n") > text.count("\n"))


def _captions(tree: HtmlElement) -> str:
    """The text of a photo story, where there are three pictures with sentences under them."""
    captions = dict.fromkeys(" ".join(caption.text_content().split()) for caption in tree.iter("figcaption"))
    told = [caption for caption in captions if len(caption.split()) >= 8]
    return "\n".join(told) if len(told) >= 3 else ""


def _furniture(tree: HtmlElement) -> list[HtmlElement]:
    """Boxes of links to other articles, by their class or by the label before them."""
    boxes = [
        box
        for box in tree.iter("div", "p", "ul", "blockquote", "table", "aside", "section")
        if _is_boxed(box)
    ]
    for label in tree.iter("p", "div", "span", "strong", "b", "h2", "h3", "h4", "h5"):
        if _LINKS_ELSEWHERE.fullmatch(short_text(label, most=40).strip(" :")):
            following = label.getnext()
            if following is not None and _is_links(following):
                boxes.append(following)
            boxes.append(label)
    return _outermost(boxes)


def _is_boxed(box: HtmlElement) -> bool:
    return bool(_FURNITURE_CLASS.search(box.get("class") or "")) and len(box.text_content()) < 2_000


def _is_links(element: HtmlElement) -> bool:
    whole = len("".join(element.itertext()).split())
    linked = sum(len(link.text_content().split()) for link in element.iter("a"))
    return element.tag in ("ul", "ol", "div", "p", "table") and linked > 0.7 * whole


def _outermost(elements: Iterable[HtmlElement]) -> list[HtmlElement]:
    chosen = set(elements)
    return [element for element in chosen if not any(above in chosen for above in element.iterancestors())]


def _wrap_loose_text(element: HtmlElement) -> None:
    """Put text that stands loose before the first block into a paragraph: trafilatura passes it over."""
    children = list(element)
    first_block = next((i for i, child in enumerate(children) if child.tag in _BLOCKS | _HEADINGS), None)
    if first_block is None:
        return
    inline = children[:first_block]
    loose = (element.text or "") + "".join(child.text_content() + (child.tail or "") for child in inline)
    if len(loose.strip()) < _LOOSE_TEXT:
        return
    paragraph = element.makeelement("p")
    paragraph.text, element.text = element.text, None
    paragraph.extend(inline)
    element.insert(0, paragraph)
    if element.tag == "span":
        element.tag = "div"
