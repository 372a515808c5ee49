"""The places of Indonesia that a text names: provinces, regencies, cities, and some districts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from index.records import Article
from index.words import without_odd_letters

_OTHER_SCRIPTS = frozenset({"ar", "zh", "ja", "ko", "th", "ru", "hi", "ta"})
"""Languages in which we don't know how places are written."""

_KOTA, _KABUPATEN = "Kota", "Kabupaten"
_BEFORE = {
    _KOTA: r"\w*kota|pemkot|city\s+of",
    _KABUPATEN: r"kabupaten|kab\.?|pemkab|bupati|regen(?:cy|t)\s+of",
    "": r"provinsi|pemprov|gubernur|kecamatan|kec\.?|datuk\s+bandar|bandar|(?:governor|mayor|province)\s+of",
}
_AFTER = {_KOTA: "city", _KABUPATEN: "regency"}
_LONGEST_KIND = 20
"""Characters."""

_PREPOSITION = re.compile(r"\b(?:di|ke|dari|in|at|from|of|ing|en|de)\s+$", re.IGNORECASE)
_CLUB = re.compile(r"\b(?:Pers[a-z]+|PS[A-Z]{1,3}|Arema)\s+$")
_CLUB_AFTER = re.compile(r"\s+(?:United|FC)\b")

_ENGLISH = {
    "barat daya": "southwest",
    "barat": "west",
    "timur": "east",
    "utara": "north",
    "selatan": "south",
    "pusat": "central",
    "tengah": "central",
    "tenggara": "southeast",
}


@dataclass(frozen=True, slots=True)
class _Spelling:
    """`is_word`: written small, it is another word; `needs_kind`: it is one with a capital, too."""

    words: str
    is_word: bool
    needs_kind: bool


@dataclass(frozen=True, slots=True)
class _Place:
    """A name with its spellings, and which of Kota and Kabupaten there are of that name, if both are."""

    name: str
    spellings: tuple[_Spelling, ...]
    kinds: frozenset[str]
    parts: tuple[_Spelling, ...]


def places_in(text: str) -> tuple[str, ...]:
    """The places that a question names, by their usual names, in the order of the text.

    "Kota Serang" and "Kabupaten Serang" are told apart where they are named so; "Serang" is either. A name
    that is also a word needs its capital letter, or to stand where a place does: "di batu", "kota batu".
    """
    found = (_place_at(match) for match in _any_name().finditer(without_odd_letters(text)))
    return tuple(dict.fromkeys(name for name in found if name))


def is_place(name: str) -> bool:
    """Whether this is just the name of a place."""
    return without_odd_letters(name).casefold() in _by_spelling()


def names(article: Article, place: str) -> bool:
    """Whether the article's title or text names the place, in any spelling; a province also by a part.

    For "Kota Serang" a mere "Serang" counts too, unless it is all about the regency. An article in another
    script passes, since we can't tell. A place that we don't know is looked for as it is written.
    """
    if article.language in _OTHER_SCRIPTS:
        return True
    text = " ".join(f"{article.title} {article.text}".split())
    kind, known = _meaning(place)
    called = set(_kinds_called(known.spellings, text))
    if not called:
        return any(True for _ in _kinds_called(known.parts, text))
    return kind in called or not called & (known.kinds - {kind}) or not kind


def spellings(place: str) -> tuple[str, ...]:
    """How the place may be written, a province its parts too: an article that names it holds one of these."""
    _, known = _meaning(place)
    return tuple(dict.fromkeys(spelling.words for spelling in (*known.spellings, *known.parts)))


def _place_at(match: re.Match[str]) -> str | None:
    place, spelling = _by_spelling()[_folded(match["name"])]
    kind = next((kind for kind in _BEFORE if match[f"before{kind}"]), None)
    if kind is None:
        kind = next((kind for kind in _AFTER if match[f"after{kind}"]), None)
    if kind is None and not _means_the_place(match, spelling):
        return None
    return f"{kind} {place.name}" if kind in place.kinds else place.name


def _means_the_place(match: re.Match[str], spelling: _Spelling) -> bool:
    """Whether it is no other word, and no football club, which reports call by its name alone."""
    if _CLUB.search(match.string, 0, match.start("name")) or _CLUB_AFTER.match(match.string, match.end()):
        return False
    if not spelling.is_word:
        return True
    if spelling.needs_kind:
        return False
    text, start = match.string, match.start("name")
    if text in (text.lower(), text.upper()):  # its letters tell nothing
        return bool(_PREPOSITION.search(text, 0, start))
    return start > 0 and _capitalised(match["name"])


def _kinds_called(spellings: Iterable[_Spelling], text: str) -> Iterator[str]:
    """For each time that one of the spellings stands in the text, the kind that it is called; "" for none."""
    small = text.lower()
    written = text if len(text) == len(small) else small
    tells = written != small
    for spelling in spellings:
        for start, end in _found(spelling.words.lower(), small):
            kind = next((kind for kind in _AFTER if _is_called(kind, small, start, end)), "")
            if kind or not (spelling.is_word and tells) or _capitalised(written[start:end]):
                yield kind


def _found(words: str, text: str) -> Iterator[tuple[int, int]]:
    """Where the words stand as whole words. An expression would take ten times as long in a long text."""
    start = text.find(words)
    while start >= 0:
        end = start + len(words)
        if not any(character.isalnum() for character in text[start - 1 : start] + text[end : end + 1]):
            yield start, end
        start = text.find(words, end)


def _is_called(kind: str, text: str, start: int, end: int) -> bool:
    before = text[max(0, start - _LONGEST_KIND) : start]
    return bool(re.search(rf"(?<!\w)(?:{_BEFORE[kind]})\s$", before)) or bool(
        re.match(rf"\s{_AFTER[kind]}(?!\w)", text[end : end + _LONGEST_KIND])
    )


def _capitalised(name: str) -> bool:
    return all(word[0].isupper() for word in name.split())


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


def _pattern(words: str) -> str:
    return r"\s+".join(map(re.escape, words.split()))


@lru_cache(maxsize=1024)  # whoever asks chooses the names
def _meaning(place: str) -> tuple[str, _Place]:
    """The kind that the name asks for, "" where either will do, and the place."""
    first, _, rest = place.partition(" ")
    kind, name = first.capitalize(), _folded(rest)
    if name in _by_spelling() and kind in (_KOTA, _KABUPATEN):
        known, _ = _by_spelling()[name]
        return kind if kind in known.kinds else "", known
    if _folded(place) in _by_spelling():
        return "", _by_spelling()[_folded(place)][0]
    return "", _Place(place, (_Spelling(place, is_word=False, needs_kind=False),), frozenset(), ())


@cache
def _any_name() -> re.Pattern[str]:
    """Any spelling of any place, the longest first, with what tells its kind before or after it."""
    longest_first = sorted(_by_spelling(), key=lambda words: (-len(words), words))
    before = "|".join(rf"(?P<before{kind}>{words})" for kind, words in _BEFORE.items())
    after = "|".join(rf"(?P<after{kind}>{word})" for kind, word in _AFTER.items())
    any_of = "|".join(map(_pattern, longest_first))
    return re.compile(
        rf"(?<!\w)(?:(?:{before})\s+)??(?P<name>{any_of})(?!\w)(?:\s+(?:{after})(?!\w))?", re.IGNORECASE
    )


@cache
def _by_spelling() -> dict[str, tuple[_Place, _Spelling]]:
    """Each spelling, folded, with its place: of a province and a part of one name, the province."""
    found: dict[str, tuple[_Place, _Spelling]] = {}
    for place in _gazetteer():
        for spelling in place.spellings:
            found.setdefault(_folded(spelling.words), (place, spelling))
    return found


@cache
def _gazetteer() -> tuple[_Place, ...]:
    rows = list(_rows())
    kinds: dict[str, set[str]] = {}
    parts: dict[str, list[_Spelling]] = {}
    spellings: dict[str, tuple[_Spelling, ...]] = {}
    for province, kind, name, ways in rows:
        kinds.setdefault(name, set()).add(kind.capitalize())
        spellings.setdefault(name, ways)
        if name != province:
            parts.setdefault(province, []).extend(way for way in ways if not way.needs_kind)
    of_both = {name: frozenset(of & {_KOTA, _KABUPATEN}) for name, of in kinds.items() if len(of) > 1}
    return tuple(
        _Place(name, ways, of_both.get(name, frozenset()), tuple(parts.get(name, ())))
        for name, ways in spellings.items()
    )


def _rows() -> Iterator[tuple[str, str, str, tuple[_Spelling, ...]]]:
    """Province, kind, usual name and spellings of each place in the gazetteer."""
    province = ""
    for line in files("index").joinpath("places.tsv").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        kind, _, places = line.partition("\t")
        for place in places.split(";"):
            written = [spelling for way in place.split("=") for spelling in _spellings(way)]
            name = written[0].words
            province = name if kind == "provinsi" else province
            yield province, kind, name, tuple(written)


def _spellings(way: str) -> Iterator[_Spelling]:
    """A spelling as it is written in the gazetteer, and what follows from it: "West Java", "Kep. Riau"."""
    words, needs_kind = way.rstrip("*!"), way.endswith("!")
    for form in dict.fromkeys((words, *_in_english(words))):
        for each in dict.fromkeys((form, form.replace("Sumatera", "Sumatra"))):
            yield _Spelling(each, is_word=way.endswith(("*", "!")), needs_kind=needs_kind)


def _in_english(words: str) -> Iterator[str]:
    if words.startswith("Kepulauan "):
        islands = words.removeprefix("Kepulauan ")
        yield f"{islands} Islands"
        yield f"Kep. {islands}"
    for direction, english in _ENGLISH.items():
        if words.lower().endswith(f" {direction}"):
            name = words[: -len(direction) - 1].replace("Jawa", "Java").replace("Sumatera", "Sumatra")
            yield f"{english.title()} {name}"
            return
