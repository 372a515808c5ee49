"""A scraped page's text -> the article in it: furniture out; title, outlet and date taken from the text.

What is kept is verbatim text of the page. A rule removes a whole line, a dateline before a paragraph or a
by-line after the last one, nothing else; where a rule would be in doubt, the text stays.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from index.dates import MONTH, WEEKDAY, publication_date
from index.sentences import sentences


@dataclass(frozen=True, slots=True)
class CleanPage:
    """The article of a page. `text` has one paragraph a line, no blank ones, and is normalised to NFC.

    `title` is empty only where `text` is; `outlet` and `published_at` are None where the page names none.
    """

    title: str
    text: str
    outlet: str | None
    published_at: date | None


@dataclass(frozen=True, slots=True)
class Furniture:
    """Lines that belong to the page and not to the article; the pattern matches the whole line."""

    pattern: re.Pattern[str]
    reason: str


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the page that isn't furniture. `apart`: a gap or furniture follows it."""

    text: str
    bullet: bool
    apart: bool


def _furniture(pattern: str, reason: str) -> Furniture:
    return Furniture(re.compile(pattern, re.IGNORECASE), reason)


_NAMES = r"(?-i:[A-Z][\w.'’-]*(?:(?: ?[,/&|] ?| | dan | and | bin | binti )[A-Z][\w.'’-]*){0,7},?)"

_ANYWHERE = (
    _furniture(r"[\W_]+", "a rule, a lone bullet: no letter and no digit"),
    _furniture(r"(?:post|featured) image", "the place of a picture"),
    _furniture(r"\[(?:gambas|img|video|foto)\b[^\]]*\]", "the place of a picture or video"),
    _furniture(r"advertisement|iklan|sponsored", "the place of an advertisement"),
    _furniture(
        r"(?:advertisement )?scroll to (?:resume|continue with) content", "the end of an advertisement"
    ),
    _furniture(r"(?:\d+ )?(?:komen|komentar|comments?)", "the counter of comments"),
    _furniture(
        r"(?:tulis|tinggalkan|kirim|lihat semua|leave a) (?:komentar|comment|reply)", "the comment box"
    ),
    _furniture(r"(?:baca|simak|lihat|tonton|read) (?:juga|also)", "the label of a link that is gone"),
    _furniture(
        r"(?:baca|simak|lihat|tonton|read) (?:juga|also)(?: video| foto)? ?:.{1,200}", "a link elsewhere"
    ),
    _furniture(r"(?:baca )?selengkapnya(?: di ?sini)?|read more", "a link elsewhere"),
    _furniture(r"(?:poin utama|ringkasan(?: berita)?|daftar isi|key points) ?:?", "the label of a box"),
    _furniture(r"(?:bagikan|share)(?: this| ke| artikel ini| berita ini)? ?:?", "the label of a share bar"),
    _furniture(r"(?:eksplorasi konten lain dari|discover more from) .{1,80}", "the newsletter box"),
    _furniture(r"berlangganan untuk (?:men)?dapatkan .{1,60} (?:e-?mail|surel)\.?", "the newsletter box"),
    _furniture(r"subscribe to get the latest posts .{1,40}", "the newsletter box"),
)
"""Furniture wherever it stands."""

_AT_THE_EDGES = (
    _furniture(
        r"(?:kontributor|editor|redaktur|penulis|reporter|pewarta|jurnalis|wartawan|fotografer|oleh|author|writer|by"
        rf"|foto|photo) ?: ?{_NAMES}",
        "who made the page; in the middle of an article it may be a line of a fact box",
    ),
    _furniture(r"reporting by .{1,200}", "who wrote a report of Reuters"),
    _furniture(
        r"facebook|twitter|x|whatsapp|telegram|line|threads|linkedin|pinterest|e-?mail|print|cetak"
        r"|copy link|salin (?:tautan|link)",
        "a button of a share bar",
    ),
    _furniture(r"(?:tags?|topik) ?:.{0,200}(?<!\.)", "the list of tags"),
    _furniture(r"(?:copyright|hak cipta|©).{0,120}", "the copyright line"),
    _furniture(
        r"(?:ikuti|simak|dapatkan|follow) .{0,160}(?:google news|whatsapp channel).{0,60}", "a channel"
    ),
    _furniture(
        rf"(?:{WEEKDAY} ?,? )?(?:\d{{1,2}}/\d{{1,2}}/|\d{{1,2}} (?:{MONTH}) )\d{{4}}"
        r"(?:[ ,|–-]*\d{1,2}[:.]\d{2}(?: wi(?:b|ta|t))?)?",
        "the time of publication",
    ),
)
"""Furniture only before the first paragraph and after the last."""

_DASH = r"(?:\s+(?:-{1,3}|[–—])\s*|(?:-{1,3}|[–—])\s+)"
_LOOSE_DASH = rf"(?:{_DASH}|[–—])"
_SITE = r"[\w-]+(?:\.[\w-]+)?\.(?i:com|co\.id|co|id|net|tv|news|org|info)"
_PLACE = r"[A-Z][\w'.]*(?:[ -][A-Z][\w'.]*){0,3}"
_PAPER = (
    r"(?:Kabar|Radar|Warta|Berita|Suara|Harian|Koran|Media|Tribun|Sinar|Metro|Pos) [A-Z]\w+(?: [A-Z]\w+)?"
)
_AGENCY = r"ANTARA(?: News)?|Antara|Reuters|REUTERS|AFP|AP|Xinhua|XINHUA|Kyodo|Bernama|VOA|DPA"

_DATELINES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_PLACE}, ?(?P<outlet>(?:[A-Z]\w* ){{0,2}}{_SITE})(?:{_LOOSE_DASH}|$)",  # JAKARTA, KOMPAS.com -
        rf"{_PLACE}, (?P<outlet>CN(?:N|BC) Indonesia|BBC News Indonesia|{_AGENCY}){_LOOSE_DASH}",
        rf"[A-Z]{{4}}[A-Z'.]*(?:[ -][A-Z]{{2,}}){{0,3}}, ?(?P<outlet>{_PAPER}){_DASH}",  # LEBAK, Radar Banten
        rf"(?P<outlet>{_SITE}), ?{_PLACE}{_LOOSE_DASH}",  # Liputan6.com, Jakarta -
        rf"(?P<outlet>{_SITE}){_LOOSE_DASH}",  # SuaraBanten.id -
        rf"{_PLACE} \((?P<outlet>{_AGENCY}|{_SITE})\)(?:{_LOOSE_DASH}|: )",  # Serang (ANTARA) -
    )
)
"""Datelines that name the outlet, which no sentence begins with: removed before any paragraph."""

_BARE_DATELINES = tuple(
    re.compile(pattern)
    for pattern in (
        # Four letters at least: "DPR - Dewan Perwakilan Rakyat" explains a word and begins no report.
        rf"[A-Z]{{4}}[A-Z'.]*(?:[ -][A-Z]{{2,}}){{0,3}}(?: \d{{1,2}} \w{{3,9}}\.?)?{_DASH}(?=[\"“'‘A-Z])",
        rf"[A-Z]{{3}} [A-Z]{{4,}}(?: [A-Z]{{2,}})?{_DASH}(?=[\"“'‘A-Z])",  # LOS ANGELES, NEW YORK
        rf"(?:(?:Kota|Kabupaten) {_PLACE}|Jakarta){_DASH}(?=[\"“'‘A-Z])",
    )
)
"""Datelines that are a place alone: looked for in the head of the page only."""

_OUTLET_MENTION = re.compile(
    rf"\b[Kk]epada (?:(?i:jurnalis|wartawan|reporter|tim|redaksi) )?(?P<outlet>{_SITE})\b"
)
_BYLINE_AT_THE_END = re.compile(
    r"(?P<rest>|.*[.!?…\"”'’])\s*"
    r"(?:\*{2,}|\((?:\*+|[A-Za-z][\w.'’]{0,20}(?:[/ -][A-Za-z0-9][\w.'’]{0,20}){0,3})\)|\[[a-z/]{2,12}\])"
)
_WRITERS = re.compile(
    r"(?:penulis|reporter|pewarta|jurnalis|wartawan|kontributor|oleh|author|writer|by) ?: ?"
    rf"(?P<names>{_NAMES})",
    re.IGNORECASE,
)
_BULLET = re.compile(r"^(?:[•·▪■●○►▶➤]\s*|[-–—*]\s+)+")
_LONE_BULLET = re.compile(r"[-–—*•·▪■●○►▶➤]")
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1b\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069"
    r"\ud800-\udfff\ue000-\uf8ff\ufeff\ufffe\uffff]"
)
"""Control characters, byte order marks, lone surrogates and icon fonts; joiners that shape words stay."""

_LONGEST_TITLE = 300
LONGEST_HEADLINE = 500
"""Characters; a title stands in every passage."""

_MOST_PASSES = 10
"""How often what is left is cleaned again: a page that has more to remove was made to take hours."""


def _either(patterns: Iterable[re.Pattern[str]], flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    """Matches what the first of the patterns that matches would: one pass over a line, not one for each."""
    alternatives = (f"(?:{pattern.pattern})".replace("(?P<outlet>", "(?:") for pattern in patterns)
    return re.compile("|".join(alternatives), flags)


_IS_FURNITURE = _either((rule.pattern for rule in _ANYWHERE), re.IGNORECASE)
_IS_FURNITURE_AT_THE_EDGES = _either((rule.pattern for rule in _AT_THE_EDGES), re.IGNORECASE)
_DATELINE = _either(_DATELINES)
_DATELINE_AT_THE_HEAD = _either(_DATELINES + _BARE_DATELINES)


def clean(text: str, *, title: str = "") -> CleanPage:
    """The article in a page's plain text.

    `title`: the title where it is known from elsewhere; else the page's headline, a short line set apart
    from what follows, else the first sentence that is no bullet. The title is not repeated in the text.
    Cleaning a cleaned text changes nothing.
    """
    lines = list(_page_lines(text))
    headline = one_line(title)[:LONGEST_HEADLINE] or _headline(lines)
    folded = headline.casefold()
    body: list[str] = []
    repeated: list[str] = []
    for line in lines:
        (repeated if line.text.casefold() == folded else body).append(line.text)
    # A page that is nothing but its headline keeps it as its text.
    paragraphs = _settled(body) or _settled(repeated[:1])
    bullets = {line.text for line in lines if line.bullet}
    return CleanPage(
        title=(headline or _first_sentence(paragraphs, bullets)) if paragraphs else "",
        text="\n".join(paragraphs),
        outlet=_outlet(body),
        published_at=publication_date(text),
    )


def bylines(text: str) -> tuple[str, ...]:
    """Who wrote the article, by lines such as "Penulis: Siti Aminah dan Joko Susilo"; no editors."""
    lines = (_WRITERS.fullmatch(one_line(line)) for line in text.splitlines() if len(line) < 200)
    names = [
        part.strip(" ,") for line in lines if line for part in re.split(r"[,/&|]| dan | and ", line["names"])
    ]
    return tuple(dict.fromkeys(name for name in names if name))


def one_line(text: str) -> str:
    """`text` as one line of visible characters, in NFC, with single spaces."""
    visible = text if text.isprintable() else _INVISIBLE.sub("", text)
    return " ".join(unicodedata.normalize("NFC", visible).split())


def _page_lines(text: str) -> Iterator[_Line]:
    previous: _Line | None = None
    bullet = False
    for raw in text.splitlines():
        line = one_line(raw)
        if not line or _IS_FURNITURE.fullmatch(line):
            bullet = (bullet and not line) or bool(_LONE_BULLET.fullmatch(line))
            if previous:
                previous = _Line(previous.text, previous.bullet, apart=True)
            continue
        if previous:
            yield previous
        content = _BULLET.sub("", line)
        previous = _Line(content, bullet or content != line, apart=False)
        bullet = False
    if previous:
        yield previous


def _headline(lines: list[_Line]) -> str:
    """The page's headline, or nothing.

    A line counts only where something sets it apart: a gap, a by-line or a dateline after it. A cleaned
    text has none of these, which is why cleaning it again doesn't take its first line away.
    """
    start = next(
        (i for i, line in enumerate(lines) if not _IS_FURNITURE_AT_THE_EDGES.fullmatch(line.text)), 0
    )
    match lines[start : start + 2]:
        case [first, second] if _reads_like_a_headline(first.text) and not first.bullet:
            byline = _IS_FURNITURE_AT_THE_EDGES.fullmatch(second.text)
            if first.apart or byline or _without_dateline(second.text, at_head=True) != second.text:
                return first.text
    return ""


def _reads_like_a_headline(line: str) -> bool:
    words = line.split()
    short = 3 <= len(words) <= 30 and len(line) <= LONGEST_HEADLINE
    return short and not line[0].islower() and not re.search(r"[.,:;…—–-][\"”'’)]*$", line)


def _settled(paragraphs: list[str]) -> list[str]:
    """The paragraphs without furniture, cleaned until there is nothing more to remove, or _MOST_PASSES.

    One removal can bring out another: a by-line before the comment counter, a dateline before a dateline.
    """
    for _ in range(_MOST_PASSES):
        cleaned = _without_edges(_without_datelines(paragraphs))
        if cleaned == paragraphs:
            break
        paragraphs = cleaned
    return paragraphs


def _without_datelines(paragraphs: list[str]) -> list[str]:
    at_head = True
    kept = []
    for paragraph in paragraphs:
        rest = _BULLET.sub("", _without_dateline(paragraph, at_head=at_head))
        at_head = at_head and _reads_like_a_headline(rest)
        if rest and not _IS_FURNITURE.fullmatch(rest):
            kept.append(rest)
    return kept


def _without_edges(paragraphs: list[str]) -> list[str]:
    kept = list(paragraphs)
    while kept:
        if byline := _BYLINE_AT_THE_END.fullmatch(kept[-1]):
            kept[-1] = byline["rest"].rstrip()
            if kept[-1]:
                break  # what comes out at its end is for the next pass
        elif kept[-1] and not _IS_FURNITURE_AT_THE_EDGES.fullmatch(kept[-1]):
            break
        else:
            kept.pop()
    # By-lines may stand between the headline, the line under it and the first paragraph.
    head = next((i for i, line in enumerate(kept) if not _reads_like_a_headline(line)), len(kept))
    return [line for i, line in enumerate(kept) if i > head or not _IS_FURNITURE_AT_THE_EDGES.fullmatch(line)]


def _without_dateline(paragraph: str, *, at_head: bool) -> str:
    pattern = _DATELINE_AT_THE_HEAD if at_head else _DATELINE
    start = 0
    while dateline := pattern.match(paragraph, start):
        start = dateline.end()
    return paragraph[start:].lstrip()


def _outlet(paragraphs: list[str]) -> str | None:
    """The outlet that a dateline names, else the one that somebody speaks to."""
    for paragraph in filter(_DATELINE.match, paragraphs):
        for pattern in _DATELINES:
            if dateline := pattern.match(paragraph):
                return dateline["outlet"]
    mention = _OUTLET_MENTION.search("\n".join(paragraphs))
    return mention["outlet"] if mention else None


def _first_sentence(paragraphs: list[str], bullets: set[str]) -> str:
    for paragraph in sorted(paragraphs, key=lambda line: line in bullets or len(line.split()) < 3):
        for sentence in sentences(paragraph):
            return _shortened(paragraph[sentence.start : sentence.end])
    return ""


def _shortened(title: str) -> str:
    if len(title) <= _LONGEST_TITLE:
        return title
    return title[:_LONGEST_TITLE].rpartition(" ")[0] or title[:_LONGEST_TITLE]
