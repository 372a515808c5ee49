"""Dates as articles write them, in Indonesian and English, day first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

_MONTHS = {
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
MONTH = "|".join(_MONTHS)
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
_WEEKDAY_BEFORE = re.compile(rf"\b{WEEKDAY}[\s,]*\(?$", re.IGNORECASE)
_HEAD_LINES = 5
"""Where a date without its weekday is still likely the page's own and not one the article tells of."""


def find_date(text: str) -> date | None:
    """The first valid date written out in `text`, in Indonesian or English; numbers are day/month/year."""
    return next((day for _, day in _dates(text)), None)


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
        parts = {name[0]: value for name, value in match.groupdict().items() if value and name[-1].isdigit()}
        month = _MONTHS.get(parts["m"].lower()) or int(parts["m"])
        try:
            yield match, date(int(parts["y"]), month, int(parts["d"]))
        except ValueError:
            continue  # 31/02/2026 is no date: the next one may be.
