"""What names days: "29 Oktober 2025", "akhir Maret", "semester I 2025", "pekan lalu", "last Friday"."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from index.dates import MONTH, MONTHS
from qa_service.interpretation import Period

YEAR = r"(?:19|20)\d\d(?!\w|[/–-](?:\d|an\b)|[.,]\d)"
_MONTH = rf"(?:{MONTH})(?!\w)\.?"
_GONE = r"(?:\s+yang)?\s+(?:lalu|lepas|silam|lampau)"
_NEAR_YEAR = rf"tahun(?:{_GONE}|\s+ini)|(?:this|last)\s+year"
_UNITS = {
    **dict.fromkeys(("jam", "hour"), "hour"),
    **dict.fromkeys(("hari", "day"), "day"),
    **dict.fromkeys(("pekan", "minggu", "week"), "week"),
    **dict.fromkeys(("bulan", "month"), "month"),
    **dict.fromkeys(("tahun", "year"), "year"),
}
_UNIT = "|".join(_UNITS)
_LONG = "pekan|minggu|bulan|tahun"


def _numbered(words: str, *, start: int) -> dict[str, int]:
    """Each word -> its number, counted by commas: words between the same commas say the same."""
    return {word: n for n, same in enumerate(words.split(","), start) for word in same.split()}


_NUMBERS = _numbered(
    "satu one a an, dua two, tiga three, empat four, lima five, enam six, tujuh seven, delapan lapan eight,"
    "sembilan nine, sepuluh ten, sebelas eleven, duabelas twelve",
    start=1,
)
_NUMBER = r"(?P<number>\d{1,3}|" + "|".join(_NUMBERS) + ")"
_WEEKDAYS = _numbered(
    "senin isnin monday, selasa tuesday, rabu wednesday, kamis khamis thursday,"
    "jumat jum'at jum’at jumaat friday, sabtu saturday, minggu ahad sunday",
    start=0,
)
_WEEKDAY = "|".join(name for name in _WEEKDAYS if name != "minggu")
_ORDINALS = _numbered(
    "1 i pertama satu first, 2 ii kedua dua second, 3 iii ketiga tiga third, 4 iv keempat fourth", start=1
)
_ORDINAL = "|".join(sorted(_ORDINALS, key=lambda word: -len(word)))
_THIRDS = _numbered("awal early, pertengahan mid, akhir late", start=0)

_Resolve = Callable[[re.Match[str], date], Period]


def days_of(words: str, *, as_of: date, before: Period | None = None) -> Period | None:
    """The days that the words name, and nothing else; None where they name none.

    What has no year is the latest one not after `as_of`; or `before`, where the words begin a span that
    ends with that: in "1 sampai 5 Oktober" the number is a day of its month, too.
    """
    words = words.strip()
    latest = (before and before.start) or as_of
    try:
        if before and before.start == before.end and words.isdecimal() and len(words) < 3:
            day = latest.replace(day=int(words))
            return Period(day, day)
        for pattern, resolve, is_relative in _NAMED:
            match = pattern.fullmatch(words)
            if match:
                return resolve(match, as_of if is_relative else latest)
    except (ValueError, OverflowError, KeyError):  # 31 Februari, before the calendar, a letter like "ı"
        pass
    return None


def _day(match: re.Match[str], latest: date) -> Period:
    day, month = int(match["day"]), _month_number(match["month"])
    if match["year"]:
        named = date(_year_named(match["year"], latest), month, day)
    else:
        if _is_gone(match):
            latest -= timedelta(days=1)
        years = range(latest.year, latest.year - 9, -1)  # a 29 February may be eight years back
        possible = (date(year, month, day) for year in years if day <= _last_of(year, month).day)
        latest_possible = next((each for each in possible if each <= latest), None)
        if latest_possible is None:
            raise ValueError(match.group())  # 31 Februari
        named = latest_possible
    return Period(named, named)


def _month(match: re.Match[str], latest: date) -> Period:
    month = _month_number(match["month"])
    if _is_gone(match):
        latest = latest.replace(day=1) - timedelta(days=1)
    year = _year_named(match["year"], latest) if match["year"] else latest.year - (month > latest.month)
    return Period(date(year, month, 1), _last_of(year, month))


def _year(match: re.Match[str], _latest: date) -> Period:
    return _months(int(match["year"]), 1, 12)


def _part_of_year(match: re.Match[str], latest: date) -> Period:
    length = 6 if match["part"].lower() in ("semester", "half") else 3
    first = length * (_ORDINALS[match["nth"].lower()] - 1) + 1
    return _months(_year_named(match["year"], latest), first, length)


def _third(match: re.Match[str], latest: date) -> Period:
    """The beginning, middle or end: four months of a year, ten days or so of a month, two or three of a week.

    The end of a week is its Saturday and Sunday. "Awal tahun" alone is that of this year.
    """
    whole = days_of(match["whole"], as_of=latest) or days_of(f"{match['whole']} ini", as_of=latest)
    if not whole or not whole.start or not whole.end:
        raise ValueError(match["whole"])
    nth = _THIRDS[match["third"].lower()]
    length = (whole.end - whole.start).days + 1
    if length > 31:
        third = _months(whole.start.year, 4 * nth + 1, 4)
    else:
        bounds = (0, 2, 5, 7) if length == 7 else (0, 10, 20, length)
        first, last = bounds[nth], bounds[nth + 1] - 1
        third = Period(whole.start + timedelta(days=first), whole.start + timedelta(days=last))
    return _relative(third) if whole.is_relative else third


def _fixed(first: int, last: int) -> _Resolve:
    """So many days from the day of asking on."""

    def resolve(_match: re.Match[str], today: date) -> Period:
        return Period(today + timedelta(days=first), today + timedelta(days=last), is_relative=True)

    return resolve


def _calendar_unit(match: re.Match[str], today: date) -> Period:
    """A whole day, week (from Monday on), month or year: this one, the last, or several back.

    Years back are told of like those by number: "lima tahun lalu" is not when the article appeared.
    """
    unit, back = _UNITS[match["unit"].lower()], _number(match)
    if unit == "month":
        months = 12 * today.year + today.month - 1 - back
        return _relative(_months(months // 12, months % 12 + 1, 1))
    if unit == "year":
        year = _months(today.year - back, 1, 12)
        return year if back else _relative(year)
    if unit == "week":
        monday = today - timedelta(days=today.weekday() + 7 * back)
        return Period(monday, monday + timedelta(days=6), is_relative=True)
    day = today - timedelta(days=back if unit == "day" else -(-back // 24))
    return Period(day, today if unit == "hour" else day, is_relative=True)


def _up_to_now(match: re.Match[str], today: date) -> Period:
    """The last so many units, today included: "3 hari terakhir"."""
    unit, number = _UNITS[match["unit"].lower()], _number(match)
    if unit in ("month", "year"):
        months = 12 * today.year + today.month - 1 - number * (12 if unit == "year" else 1)
        year, month = months // 12, months % 12 + 1
        start = date(year, month, min(today.day, _last_of(year, month).day))
    elif unit == "hour":
        start = today - timedelta(days=-(-number // 24))
    else:
        start = today - timedelta(days=number * (7 if unit == "week" else 1) - 1)
    return Period(start, today, is_relative=True)


def _weekday(match: re.Match[str], today: date) -> Period:
    """The last such day before today; or that of this week or of the week before."""
    wanted = _WEEKDAYS[match["weekday"].lower()]
    which = match["which"].lower()
    monday = today - timedelta(days=today.weekday())
    if which.endswith(("ini", "this", "this week")):
        day = monday + timedelta(days=wanted)
    elif "pekan" in which or "minggu" in which or "week" in which:
        day = monday + timedelta(days=wanted - 7)
    else:
        day = today - timedelta(days=(today.weekday() - wanted - 1) % 7 + 1)
    return Period(day, day, is_relative=True)


def _day_of_month(match: re.Match[str], today: date) -> Period:
    day = _beginning(match["whole"], today).replace(day=int(match["day"]))
    return Period(day, day, is_relative=True)


def _beginning(words: str, latest: date) -> date:
    days = days_of(words, as_of=latest)
    if not days or not days.start:
        raise ValueError(words)
    return days.start


def _year_named(words: str, latest: date) -> int:
    """As in "2025", "tahun lalu" or "'25"."""
    if words[0] in "'’":
        year = 2000 + int(words[1:])
        return year if year <= latest.year else year - 100
    return int(words) if words.isdecimal() else _beginning(words, latest).year


def _is_gone(match: re.Match[str]) -> bool:
    """Whether what has no year is not the present one: "November lalu" is none that still goes on."""
    named = match.groupdict()
    return bool(named.get("gone") or named.get("last"))


def _relative(period: Period) -> Period:
    return Period(period.start, period.end, is_relative=True)


def _number(match: re.Match[str]) -> int:
    """How many; "this" is none back, and "last" or "se-" one."""
    groups = match.groupdict()
    written = (groups.get("number") or "").lower()
    if groups.get("this"):
        return 0
    return int(written) if written.isdigit() else _NUMBERS.get(written, 1)


def _month_number(month: str) -> int:
    return MONTHS.get(month.rstrip(".").lower()) or int(month)


def _months(year: int, first: int, length: int) -> Period:
    return Period(date(year, first, 1), _last_of(year, first + length - 1))


def _last_of(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


_NTH = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"


def _of_year(year: str) -> list[str]:
    """A day and its month, a month and its day, and a whole month, each with its year after it."""
    return [
        rf"(?:(?:tanggal|tgl\.?|the)\s+)?{_NTH}(?:\s+of)?\s+(?P<month>{_MONTH}){year}",
        rf"(?P<month>{_MONTH})\s+{_NTH}(?!\w|\s+tahun\s+\D){year}",
        rf"(?:(?:bulan|(?P<last>last))\s+)?(?P<month>{_MONTH}){year}",
    ]


_DAY, _MONTH_FIRST, _WHOLE_MONTH = _of_year(
    rf"(?:,?\s*(?:tahun\s+|of\s+)?(?P<year>{YEAR}|{_NEAR_YEAR}|['’]\d\d(?!\w)))?(?:(?P<gone>{_GONE})|\s+ini)?"
)
_OF_NEAR_YEAR = _of_year(rf",?\s+(?:of\s+)?(?P<year>{_NEAR_YEAR})")
_DAY_OF_MONTH = (
    rf"(?:tanggal|tgl\.?|the)\s+{_NTH}(?:\s+of)?\s+(?P<whole>bulan(?:{_GONE}|\s+ini)|(?:this|last)\s+month)"
)
_IN_FIGURES = r"(?P<day>\d{1,2})[/.-](?P<month>\d{1,2})[/.-](?P<year>\d{4})(?![\w/])"
_ISO = r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})(?![\w/-])"
_IN_BRACKETS = r"\(\s*(?P<day>\d{1,2})/(?P<month>\d{1,2})(?P<year>)\s*\)"
_WHOLE_YEAR = rf"(?:(?:tahun|year)\s+)?(?P<year>{YEAR})(?:\s+(?:lalu|silam|ini))?"
_PART = (
    rf"(?P<part>semester|kuartal|triwulan|q)\s*(?:ke-?)?(?P<nth>{_ORDINAL})\s+"
    rf"(?:(?:tahun|of)\s+)?(?P<year>{YEAR}|{_NEAR_YEAR})"
)
_ENGLISH_PART = (
    r"(?:the\s+)?(?P<nth>first|second|third|fourth)\s+(?P<part>half|quarter)\s+of\s+"
    rf"(?P<year>{YEAR}|{_NEAR_YEAR})"
)
_THIS_OR_LAST = [
    rf"(?P<unit>{_LONG})\s+(?P<this>ini)",
    rf"(?P<unit>{_LONG})(?:{_GONE}|\s+kemarin)",
    r"(?:(?P<this>this)|last)\s+(?P<unit>week|month|year)",
    rf"{_NUMBER}\s+(?P<unit>{_UNIT}){_GONE}",
    rf"{_NUMBER}\s+(?P<unit>hour|day|week|month|year)s?\s+ago",
    rf"se(?P<unit>{_UNIT}){_GONE}",
]
_TO_NOW = r"\s+(?:terakhir|kebelakangan\s+ini|belakangan(?:\s+ini)?)"
_LATELY = [
    rf"{_NUMBER}\s+(?P<unit>{_UNIT}){_TO_NOW}",
    rf"se(?P<unit>{_UNIT})(?:{_TO_NOW}|\s+ini)",
    # In "Pertamax 92 hari ini", "Liga 1 pekan ini" and "kelas 6 tahun ini" the number is a name's.
    rf"(?!\d\d|1\s|\d\s+tahun|an?\s){_NUMBER}\s+(?P<unit>{_UNIT})\s+ini",
    rf"(?:the\s+)?(?:last|past)\s+{_NUMBER}\s+(?P<unit>hour|day|week|month|year)s?",
    r"(?:the\s+)?past\s+(?P<unit>week|month|year)",
]
_WHICH = r"(?P<which>(?:pekan|minggu)\s+(?:lalu|ini)|(?:yang\s+)?(?:lalu|lepas)|kemarin|ini|last\s+week)"
_ON_WEEKDAY = [
    rf"(?:hari\s+)?(?P<weekday>{_WEEKDAY})\s+{_WHICH}",
    rf"hari\s+(?P<weekday>minggu)\s+{_WHICH}",
    rf"(?P<which>last|this)\s+(?P<weekday>{_WEEKDAY})",
]
_WORDS: list[tuple[str, _Resolve]] = [
    (r"(?:kemarin|kemaren)\s+lusa|the\s+day\s+before\s+yesterday", _fixed(-2, -2)),
    (r"tadi\s+malam|semalam|last\s+night", _fixed(-1, 0)),
    (r"(?:hari|pagi|siang|sore|petang|malam)\s+ini|tadi\s+(?:pagi|siang|sore)", _fixed(0, 0)),
    (r"today|tonight|this\s+(?:morning|afternoon|evening)", _fixed(0, 0)),
    (r"kemarin|kemaren|kmrn|kelmarin|yesterday", _fixed(-1, -1)),
]
_NESTED = re.compile(r"\(\?P<\w+>")


def _any_of(sources: list[str]) -> str:
    """One expression for all, without their groups."""
    return "(?:" + "|".join(_NESTED.sub("(?:", source) for source in sources) + ")"


_OF_DAY = [_DAY, _MONTH_FIRST, _IN_FIGURES, _ISO, _IN_BRACKETS]
_RELATIVE = [*_ON_WEEKDAY, *_THIS_OR_LAST, *_LATELY, *(source for source, _ in _WORDS)]
_NEAR = rf"(?:{_LONG})(?:{_GONE}|\s+ini)|(?:this|last)\s+(?:week|month|year)"
_WHOLE = _any_of([_WHOLE_MONTH, _WHOLE_YEAR, _NEAR])
_THIRD = rf"(?P<third>{'|'.join(_THIRDS)})[\s-]+(?P<whole>{_WHOLE})"
_BEGUN = r"(?P<third>awal)\s+(?P<whole>bulan|tahun)"
BEGUN = _any_of([_BEGUN]) + r"(?=\W*$|[.,;?!]|\s+(?:di|yang|dan|oleh|sampai|hingga|s[./]?d)\b)"
"""For "awal tahun" after "sejak": "libur awal tahun" may be any, and "awal tahun ajaran" is no calendar's."""
NOW = r"(?:sekarang|kini|saat\s+ini|now)"
"""For what is today at the end of a span, and no more than a word elsewhere."""
RELATIVE = _any_of([_THIRD, _PART, _ENGLISH_PART, *_OF_NEAR_YEAR, _DAY_OF_MONTH, *_RELATIVE])
"""A regular expression for what counts from the day of asking."""
CALENDAR = _any_of([*_OF_DAY, _PART, _ENGLISH_PART, _THIRD, _WHOLE_MONTH, _WHOLE_YEAR])
"""For what the calendar names, months and years alone included."""
CERTAIN = _any_of([*_OF_DAY, _PART, _ENGLISH_PART, _THIRD, rf"{_MONTH},?\s+(?:tahun\s+)?{YEAR}"])
"""For what names days by itself, where a month or a year alone would not."""
A_MONTH = _any_of([_WHOLE_MONTH])
"""For a month, with or without its year."""
DAY_NUMBER = r"\d{1,2}"

_NAMED: list[tuple[re.Pattern[str], _Resolve, bool]] = [
    (re.compile(source, re.IGNORECASE), resolve, is_relative)
    for sources, resolve, is_relative in (
        (_OF_DAY, _day, False),
        ([_WHOLE_MONTH], _month, False),
        ([_WHOLE_YEAR], _year, False),
        ([_PART, _ENGLISH_PART], _part_of_year, False),
        ([_THIRD, _BEGUN], _third, False),
        ([_DAY_OF_MONTH], _day_of_month, True),
        ([NOW], _fixed(0, 0), True),
        (_ON_WEEKDAY, _weekday, True),
        (_THIS_OR_LAST, _calendar_unit, True),
        (_LATELY, _up_to_now, True),
        *(([source], resolve, True) for source, resolve in _WORDS),
    )
    for source in sources
]
