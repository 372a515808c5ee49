"""Dates as articles write them, in Indonesian and English, day first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime

from index.records import WIB

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januari january jan",
            "februari february pebruari feb",
            "maret march mar",
            "april apr",
            "mei may",
            "juni june jun",
            "juli july jul",
            "agustus august agu agt ags aug",
            "september sept sep",
            "oktober october okt oct",
            "november nopember nov",
            "desember december des dec",
        ),
        start=1,
    )
    for name in names.split()
}
MONTH = "|".join(MONTHS)
"""A regular expression of all names of months."""
WEEKDAY = (
    r"(?:senin|selasa|rabu|kamis|jum['’]?at|sabtu|minggu|ahad"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day)"
)
_DATE = re.compile(
    rf"""(?<![\w/.-])(?=[\djfmasondp])(?:
      (?P<d1>\d{{1,2}})(?P<separator>[/.-])(?P<m1>\d{{1,2}})(?P=separator)(?P<y1>\d{{4}})
    | (?P<d2>\d{{1,2}})\ (?P<m2>{MONTH})\.?,?\ (?P<y2>\d{{4}})
    | (?P<m3>{MONTH})\.?\ (?P<d3>\d{{1,2}})(?:st|nd|rd|th)?,?\ (?P<y3>\d{{4}})
    | (?P<y4>\d{{4}})-(?P<m4>\d{{2}})-(?P<d4>\d{{2}})
    )(?![\d/])""",
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)
_DAY_WITHOUT_YEAR = re.compile(
    rf"""(?:{WEEKDAY},?\ \(?|\((?:{WEEKDAY},?\ )?)
      (?P<d1>\d{{1,2}})(?:[-–]\d{{1,2}})?/(?P<m1>\d{{1,2}})(?![\d/-])
    | (?<![\w/.,:-])(?P<d2>\d{{1,2}})(?:[-–]\d{{1,2}})?\ (?P<m2>{MONTH})\b(?!\.?,?\ \d{{4}})
    | \b(?P<m3>{MONTH})\.?\ (?P<d3>\d{{1,2}})(?:st|nd|rd|th)?\b(?![.:]\d|,?\ \d{{4}}|\ (?:{MONTH})\b)""",
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)
"""As in "Jumat (31/10)", "1-2 November" and "October 31"; 2/3 alone is a fraction."""
_WEEKDAY_BEFORE = re.compile(rf"\b{WEEKDAY}[\s,]*\(?$", re.IGNORECASE)
_ZONES: dict[str, tzinfo] = {
    "WIB": WIB,
    "WITA": timezone(timedelta(hours=8), "WITA"),
    "WIT": timezone(timedelta(hours=9), "WIT"),
    **dict.fromkeys(("UTC", "GMT", "Z"), UTC),
}
_TIME = re.compile(
    rf"""[ \t,|/·•)–-]*(?:(?:pukul|jam|at)\s)?\s*
    (?P<hour>\d{{1,2}})[:.](?P<minute>\d{{2}})(?:[:.]\d{{2}})?(?![\d/])(?:\s?(?P<half>[ap])\.?m\b\.?)?
    (?:\s?(?P<zone>{"|".join(sorted(_ZONES, reverse=True))}|[+-]\d{{2}}:?\d{{2}})\b)?""",
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)
"""The time that follows a date, as in "6 Februari 2026 | 10:44 WIB" or "at 09.10"."""
_AGO = re.compile(
    r"\b(?:(?P<number>\d{1,3}|se) ?(?P<unit>menit|jam|hari|minggu|pekan)(?: yang)? (?:yang )?(?:lalu|lewat)"
    r"|(?P<english>\d{1,3}) (?P<english_unit>minute|hour|day|week)s? ago"
    r"|(?P<yesterday>kemarin|yesterday)|(?P<now>baru saja|just now))\b",
    re.IGNORECASE,
)
_UNITS = {
    **dict.fromkeys(("menit", "minute"), timedelta(minutes=1)),
    **dict.fromkeys(("jam", "hour"), timedelta(hours=1)),
    **dict.fromkeys(("hari", "day"), timedelta(days=1)),
    **dict.fromkeys(("minggu", "pekan", "week"), timedelta(weeks=1)),
}
_HEAD_LINES = 5
"""Where a date without its weekday is still likely the page's own and not one the article tells of."""


def find_date(text: str) -> date | None:
    """The first valid date written out in `text`, in Indonesian or English; numbers are day/month/year."""
    return next((day for _, day in _dates(text)), None)


def find_day(text: str, *, near: date | None) -> date | None:
    """The first valid day named in `text`; one without a year is that of the year that brings it nearest.

    Without a day that it is to be near to, only a day with its year counts.
    """
    found = [(match.start(), day) for match, day in _dates(text)]
    if near:
        yearless = ((match.start(), _nearest(match, near)) for match in _DAY_WITHOUT_YEAR.finditer(text))
        found += [(start, day) for start, day in yearless if day]
    return min(found)[1] if found else None


def find_moment(text: str, *, fetched_at: datetime | None = None) -> date | datetime | None:
    """The first moment written out in `text`: a datetime where a time stands beside the date, else a date.

    A time without a zone is in WIB. Without a date in the text, "2 jam lalu" and the like count back from
    `fetched_at`: a datetime where minutes or hours are told, a date (in WIB) where days or weeks are.
    """
    for match, day in _dates(text):
        time = _TIME.match(text, match.end())
        return (_at(day, time) if time else None) or day
    return _counted_back(text, fetched_at) if fetched_at else None


def read_moment(written: str) -> date | datetime | None:
    """What a field says that is a date and nothing else: ISO 8601, RFC 2822 or written out, day first.

    A time without a zone is in WIB. None where it is no date.
    """
    for read in (date.fromisoformat, datetime.fromisoformat, _rfc_2822, find_moment):
        try:
            moment = read(written)
            if isinstance(moment, datetime):
                moment = moment if moment.tzinfo else moment.replace(tzinfo=WIB)
                moment.astimezone(WIB)  # fails at the ends of the calendar
        except (ValueError, OverflowError):
            continue
        if moment:
            return moment
    return None


def _rfc_2822(written: str) -> datetime | None:
    """None without a zone it knows, as WITA is none: those are for `find_moment`."""
    moment = parsedate_to_datetime(written)
    return moment if moment.tzinfo else None


def _at(day: date, time: re.Match[str]) -> datetime | None:
    zone = time["zone"]
    try:
        tz = _ZONES.get((zone or "WIB").upper()) or datetime.strptime(zone, "%z").tzinfo
        hour = int(time["hour"])
        if time["half"]:
            hour = hour % 12 + (12 if time["half"].lower() == "p" else 0)
        return datetime(day.year, day.month, day.day, hour, int(time["minute"]), tzinfo=tz)
    except ValueError:
        return None  # 25:10 is no time


def _counted_back(text: str, fetched_at: datetime) -> date | datetime | None:
    ago = _AGO.search(text)
    if not ago:
        return None
    if ago["now"]:
        return fetched_at
    unit = _UNITS[(ago["unit"] or ago["english_unit"] or "hari").lower()]
    written = (ago["number"] or ago["english"] or "1").lower()
    moment = fetched_at - unit * (1 if written == "se" else int(written))
    return moment if unit < _UNITS["hari"] else moment.astimezone(WIB).date()


def publication_date(text: str) -> date | None:
    """The date that a weekday precedes, as in "Jumat (6/2/2026)"; else one in the head of the page."""
    found = ((match.start(), day) for match, day in _dates(text))
    dated_by_weekday = (
        day for start, day in found if _WEEKDAY_BEFORE.search(text[max(0, start - 20) : start])
    )
    head = "\n".join([line for line in text.splitlines() if line.strip()][:_HEAD_LINES])
    return next(dated_by_weekday, None) or find_date(head)


def _dates(text: str) -> Iterator[tuple[re.Match[str], date]]:
    for match in _DATE.finditer(text):
        day = _valid_day(match)
        if day:  # 31/02/2026 is no date: the next one may be.
            yield match, day


def _valid_day(match: re.Match[str], *, year: int | None = None) -> date | None:
    """The day that was matched, in the `year` where it names none itself."""
    parts = {name[0]: value for name, value in match.groupdict().items() if value and name[-1].isdigit()}
    month = MONTHS.get(parts["m"].lower()) or int(parts["m"])
    try:
        return date(int(parts["y"]) if year is None else year, month, int(parts["d"]))
    except ValueError:
        return None


def _nearest(match: re.Match[str], near: date) -> date | None:
    """The day that was matched, of the year before, this or the next one; None where none has it."""
    days = (_valid_day(match, year=near.year + years) for years in (0, -1, 1))
    return min((day for day in days if day), key=lambda day: abs(day - near), default=None)
