"""Which citations say the same, and which give another figure for the same question."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence, Set
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import chain, combinations

from index.dates import MONTH, find_date
from qa_service.answers import Citation
from qa_service.numerals import in_figures
from qa_service.outlets import stem
from qa_service.turning import turning


def _names(*groups: str) -> dict[str, str]:
    """Each name with the first of its group, whose names all mean the same."""
    return {name: group.split()[0] for group in groups for name in group.split()}


_SCALES = {
    "ribu": "e3", "rb": "e3", "thousand": "e3", "juta": "e6", "jt": "e6", "million": "e6", "miliar": "e9",
    "milyar": "e9", "billion": "e9", "triliun": "e12", "trillion": "e12", "persen": "e-2",
    "percent": "e-2", "%": "e-2",
}  # fmt: skip
_LETTERS = {"m": "miliar", "t": "triliun"}
_CURRENCIES = _names(
    "rp rupiah idr", "us$ $ usd dolar dollar dollars", "€ eur euro euros", "£ gbp pound pounds poundsterling",
    "¥ jpy yen", "cny yuan", "rm myr ringgit",
)  # fmt: skip
_TIMES = (
    "detik second seconds", "menit minute minutes", "jam hour hours", "hari day days",
    "pekan minggu week weeks", "bulan month months", "tahun year years",
)  # fmt: skip
_LENGTHS = (
    "mm milimeter millimeter millimeters millimetre millimetres",
    "cm sentimeter centimeter centimeters centimetre centimetres", "meter meters metre metres",
    "km kilometer kilometers kilometre kilometres", "mile miles",
)  # fmt: skip
_AREAS = ("ha hektare hektar hectare hectares",)
_WEIGHTS = "gram grams", "kg kilogram kilograms", "ton tons tonne tonnes"
_VOLUMES = ("liter liters litre litres",)
_QUANTITIES = _TIMES, _LENGTHS, _AREAS, _WEIGHTS, _VOLUMES
_UNITS = _names(*chain.from_iterable(_QUANTITIES))
_QUANTITY = {group.split()[0]: groups[0] for groups in _QUANTITIES for group in groups}
"""What a unit measures, by the first unit of that."""
_SCALE = rf"(?:\s?({'|'.join(_SCALES)})(?!\w))?"
_FIGURE = re.compile(rf"(\d+(?:[.,:]\d+)*){_SCALE}")
_MONTH = re.compile(rf"\b(?:{MONTH})\b|(?<=\d/)\d{{1,2}}\b")
_CURRENCY = re.compile(rf"(?<![^\W\d])(?:{'|'.join(map(re.escape, _CURRENCIES))})(?![^\W\d])")
_UNIT = re.compile(rf"\d{_SCALE}[\s-]?({'|'.join(_UNITS)})\b")
_AMOUNT_IN_LETTERS = re.compile(r"(\b(?:rp|idr)\.?\s?\d[\d.,]*\s?)([mt])\b")
"""Behind the sign of the rupiah M is miliar and T triliun; behind others, M is a million."""
_GROUPING = re.compile(r"(?<!\b0)[.,](?=\d{3}\b)")
_ONE_MARK = str.maketrans(",:", "..")
_WORD = re.compile(r"\w+")

_SMALL_WORDS = frozenset(
    _WORD.findall("di ke dari pada oleh yang dan itu ini tersebut para the a an in at on of by and that this")
)
"""Words that one of two answers may have and the other not, whatever else they have."""

_SERIES = 0.8
"""The F1 of the words around two answers from which on they are of one series if their figures differ."""

Claim = tuple[Citation, ...]
"""The citations that give one answer, the most probable first."""


def claims(citations: Sequence[Citation]) -> list[Claim]:
    """The citations by what they claim, in their order; where figures differ, all of it the newest first.

    All of a claim agree with each other: "5 jam" and "5 hari" are two claims, though "5" is part of both.
    """
    found: list[Claim] = []
    for citation in citations:
        agreeing = (n for n, claim in enumerate(found) if all(agree(each, citation) for each in claim))
        place = next(agreeing, None)
        if place is None:
            found.append((citation,))
        else:
            found[place] = (*found[place], citation)
    if not differ(found):
        return found
    by_day = [tuple(sorted(claim, key=_day, reverse=True)) for claim in found]
    return sorted(by_day, key=lambda claim: _day(claim[0]), reverse=True)


def differ(found: Sequence[Claim]) -> bool:
    """Whether there are several claims, all of figures for the same thing: they belong side by side."""
    told = all(_figures(_answer(claim[0])) and not _is_whole(claim[0]) for claim in found)
    return (
        len(found) > 1
        and told
        and all(_comparable(one[0], other[0]) for one, other in combinations(found, 2))
    )


def _comparable(one: Citation, other: Citation) -> bool:
    """Whether both may tell of the same thing: minutes are no length, and village 57 is not village 54.

    The latter is told by articles that are alike but for their figures, the answers aside: a series.
    """
    quantities = _quantities(_answer(one)), _quantities(_answer(other))
    if all(quantities) and quantities[0].isdisjoint(quantities[1]):
        return False
    around = _around(one), _around(other)
    first, second = (set(_WORD.findall(_FIGURE.sub("", text))) for text in around)
    return _nested(*map(_figures, around)) or _f1(first, second) < _SERIES


def _quantities(answer: str) -> frozenset[str]:
    """What the answer's figures measure, as far as it says so: time, length, money, the day."""
    measured = {_QUANTITY[unit] for unit in _units(answer)}
    named = {"money": _currencies(answer), "day": _months(answer)}
    return frozenset(measured | {quantity for quantity, names in named.items() if names})


def _around(citation: Citation) -> str:
    """The article's title and the quote, without the answer."""
    text = citation.article.text
    before = text[citation.start : citation.answer.start]
    return _folded(f"{citation.article.title} {before} {text[citation.answer.end : citation.end]}")


def agree(one: Citation, other: Citation) -> bool:
    """Whether two answers say the same: the same figures, or where they have none, the same words.

    A part agrees with the whole: "31 Oktober" with "31 Oktober 2025" and "5" with "5 jam", but "5 jam" not
    with "5 hari". Where each has a word that the other lacks, that may be the one that answers: "Wali Kota
    Serang" and "Wali Kota Bekasi".
    """
    if _is_whole(one) or _is_whole(other):
        return one.quote == other.quote
    first, second = _answer(one), _answer(other)
    figures = _figures(first), _figures(second)
    if all(figures):
        of_what = (_months, _currencies, _units)
        return _nested(*figures) and all(_nested(named(first), named(second)) for named in of_what)
    return not any(figures) and turning(first) == turning(second) and _same_words(first, second)


def _same_words(first: str, second: str) -> bool:
    """Whether one's words are among the other's; a single one is too little: "Budi" may be any of several."""
    one, other = set(_WORD.findall(first)), set(_WORD.findall(second))
    shorter, longer = sorted((one - _SMALL_WORDS, other - _SMALL_WORDS), key=len)
    is_part = shorter == longer or (len(shorter) > 1 and shorter <= longer)
    return is_part and _nested(one & _SMALL_WORDS, other & _SMALL_WORDS)


def outlets(claim: Claim) -> int:
    """How many outlets make the claim, at least one: those not named may be any of the others."""
    named = (citation.article.outlet for citation in claim)
    return max(1, len({stem(outlet) for outlet in named if outlet}))


def _is_whole(citation: Citation) -> bool:
    """Whether the answer is all of the quote, so that its words can't be compared one by one."""
    return (citation.answer.start, citation.answer.end) == (citation.start, citation.end)


def _day(citation: Citation) -> date:
    """The day it was published; long ago where none is known."""
    return citation.article.published_on or date.min


def _answer(citation: Citation) -> str:
    return _folded(in_figures(citation.article.text[citation.answer.start : citation.answer.end]))


def _folded(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _AMOUNT_IN_LETTERS.sub(lambda found: found[1] + _LETTERS[found[2]], folded)


def _figures(text: str) -> frozenset[Decimal | str]:
    """The values of a text's numbers; a date has several, so that it agrees with a part of it."""
    return frozenset(_value(figure, scale) for figure, scale in _FIGURE.findall(text))


def _value(figure: str, scale: str) -> Decimal | str:
    """1,2 juta is 1.200.000, 3,5 is 3.5 and 10.30 is 10:30; 31.10.2025 is no number and stays a text."""
    number = _GROUPING.sub("", figure).translate(_ONE_MARK) + _SCALES.get(scale, "")
    try:
        return Decimal(number)
    except InvalidOperation:
        return number


def _months(text: str) -> frozenset[int]:
    """The months that are named or follow a day: 10 for "31 Oktober", "October 31" and "31/10"."""
    days = (find_date(f"1 {month} 2000") or find_date(f"1/{month}/2000") for month in _MONTH.findall(text))
    return frozenset(day.month for day in days if day)


def _currencies(text: str) -> frozenset[str]:
    return frozenset(_CURRENCIES[name] for name in _CURRENCY.findall(text))


def _units(text: str) -> frozenset[str]:
    """The units after figures: "5 jam" are hours, "jam 5" is a time of the day."""
    return frozenset(_UNITS[name] for _, name in _UNIT.findall(text))


def _nested(one: Set[object], other: Set[object]) -> bool:
    """Whether one is part of the other, as an empty one always is."""
    return one <= other or other <= one


def _f1(one: set[str], other: set[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other)) if one or other else 1.0
