"""The outlets of the archive that a question names."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from index.places import is_place
from index.store import Store
from index.words import without_odd_letters, words

_ENDING = r"(?:\.(?:com|co|id|net|org|go|or|tv|news|info|my|sg|uk))+"
SAYING = r"menurut|mengikut|versi|(?<!arti )(?<!asal )(?<!makna )(?<!-)kata|berdasarkan|according\s+to"
_STANDING = r"di|dari|oleh|dalam|in|from|by|on"
_EVERYDAY = frozenset({"berita", "kabar", "merdeka", "suara", "warta"})
"""Names of outlets that are small words too: who writes "menurut suara terbanyak" means no Suara.com."""
_KIND = r"(?:(?:media|situs|laman|portal|koran|harian|majalah|kantor\s+berita|the)\s+)?"


@dataclass(frozen=True, slots=True)
class Named:
    """The outlets that a text names, spelled as in the archive, and the text with blanks in their place."""

    outlets: tuple[str, ...]
    rest: str


def stem(outlet: str) -> str:
    """The name without ".com", in the form in which names are compared: "Kompas" is "KOMPAS.com"."""
    folded = " ".join(outlet.casefold().split())
    return re.sub(_ENDING + "$", "", folded) or folded


class Outlets:
    """Knows the archive's outlets, and finds them in questions."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: tuple[int, dict[str, list[str]], re.Pattern[str] | None] = (-1, {}, None)

    def named_in(self, text: str) -> Named:
        """Those that "menurut X", "di X", "by X" and the like name, or "X.com"; in the order of the text.

        "Kompas" and "Kompas.com" name each other's articles.
        """
        by_stem, pattern = self._current()
        text = without_odd_letters(text)
        found: list[str] = []
        rest = text
        for match in pattern.finditer(text) if pattern else ():
            if _means_an_outlet(match):
                found += by_stem[stem(match["name"])]
                start, end = match.span("name")
                rest = rest[:start] + " " * (end - start) + rest[end:]
        return Named(tuple(dict.fromkeys(found)), rest)

    def _current(self) -> tuple[dict[str, list[str]], re.Pattern[str] | None]:
        change = self._store.last_change()
        if change != self._known[0]:
            by_stem = _by_stem(outlet for outlet, _ in self._store.coverage().outlets)
            self._known = change, by_stem, _pattern(by_stem)
        return self._known[1:]


def _by_stem(outlets: Iterable[str]) -> dict[str, list[str]]:
    by_stem: dict[str, list[str]] = defaultdict(list)
    for outlet in outlets:
        by_stem[stem(outlet)].append(outlet)
    return dict(by_stem)


def _pattern(stems: Iterable[str]) -> re.Pattern[str] | None:
    """Finds any of the names, the longest first; None where there are none."""
    longest_first = sorted(filter(None, stems), key=lambda each: (-len(each), each))
    if not longest_first:
        return None
    any_of = "|".join(r"\s+".join(map(re.escape, each.split())) for each in longest_first)
    return re.compile(
        rf"(?<![\w.@])(?:(?:(?P<saying>{SAYING})|(?P<standing>{_STANDING}))\s+{_KIND})?"
        rf"(?P<name>(?:{any_of})(?P<ending>{_ENDING})?)(?!\w|\.\w|\s+(?:dulu|doeloe)\b)",
        re.IGNORECASE,
    )


def _means_an_outlet(match: re.Match[str]) -> bool:
    """Whether it is no other word: "di antara" is no agency, "di Banten" no newspaper."""
    if match["ending"]:
        return True
    name = match["name"]
    is_small = name == name.lower()
    if is_small and (name in _EVERYDAY or not words(name)):
        return False
    if match["saying"]:
        return True
    return bool(match["standing"]) and not is_place(name) and (not is_small or match.string.islower())
