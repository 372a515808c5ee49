"""The period that a question names, by rules, in Indonesian, Malay and English."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

from index.dates import MONTH
from qa_service.days import A_MONTH, BEGUN, CALENDAR, CERTAIN, DAY_NUMBER, NOW, RELATIVE, YEAR, days_of
from qa_service.interpretation import Period

_ANY = f"(?:{RELATIVE}|{CALENDAR})"
_START = r"(?<![\w.,/·-])"
_END = r"(?!\w)"
TO = r"\s+(?:sampai(?:\s+dengan)?|hingga|s[./]?d\.?|to|until|till|through)\s+|\s*[–-]\s*"
"""A regular expression for what stands between the beginning and the end of a span."""
_MONTHS_AND_UNITS = r"(?:pekan|minggu|bulan|tahun|hari|jam|weeks?|months?|years?|days?|hours?)"

_NO_PERIOD = re.compile(
    rf"""\b(?:
      (?:beberapa|sekian|belasan|puluhan|ratusan|ribuan|berapa|several|(?:a\ )?few|many)\s+{_MONTHS_AND_UNITS}
    | ulang\s+tahun
    | (?:no(?:mor|\.)?|uu|pp|inpres|keppres|kepmen\w*|per(?:da|pres|gub|wal|bup|ppu|men\w*))\s*\d+
      \s+tahun\s+\d{{4}}
    | (?:tahun\s+)?(?:ajaran|akademik|pelajaran|anggaran|fiskal)\s+\d{{4}}(?:\s*[/–-]\s*\d{{2,4}})?
    | (?:19|20)\d\d/(?:19|20)?\d\d
    | (?:universitas|stadion|gerakan|lapangan|jalan|jl\.?|perintah)\s+\d{{1,2}}\s+\w+(?:\s+{YEAR})?
    )(?!\w)""",
    re.IGNORECASE | re.VERBOSE,
)
"""What looks like a period and is none: an age, a law, a school year, a name."""

_UP_TO_NOW = re.compile(r"\b(?:sampai|hingga|until|till|to)\s+(?:hari\s+ini|today)\b", re.IGNORECASE)
"""No limit: what is known now is meant."""

_NAME = re.compile(
    r"(?<=\w )(?:(?:Hari|Pekan|Minggu|Bulan|Tahun|Malam|Pagi) Ini|To(?:day|night)|(?:This|Last) Week)\b"
)
_RANGE = re.compile(
    rf"{_START}(?:dari|from|antara|between|sejak|since|mulai)\s+(?P<first>{_ANY}|{BEGUN}|{DAY_NUMBER})"
    rf"(?:{TO}|\s+(?:dan|and)\s+)(?P<last>{_ANY}|{NOW}){_END}"
    rf"|{_START}(?:dari\s+|from\s+)?(?P<from>{CERTAIN}|{DAY_NUMBER}|{CALENDAR})(?:{TO})"
    rf"(?P<to>{CERTAIN}|{A_MONTH}){_END}"
    rf"|{_START}(?:tahun|years?)\s+(?P<year>(?:19|20)\d\d)(?:{TO}|\s+(?:dan|and)\s+)(?P<until>{YEAR})",
    re.IGNORECASE,
)
_OPEN = re.compile(
    rf"""{_START}(?:
      (?P<since>sejak|semenjak|mulai|since)
    | (?P<until>sampai(?:\ dengan)?|hingga|until|till)
    | (?P<before>sebelum|before)
    | (?P<after>setelah|sesudah|selepas|after)
    )\s+(?P<days>"""
    + rf"{_ANY}|{BEGUN}){_END}",
    re.IGNORECASE | re.VERBOSE,
)
_RELATIVE_DAYS = re.compile(rf"{_START}(?P<days>{RELATIVE}){_END}", re.IGNORECASE)
_CERTAIN = re.compile(rf"(?:{_START}|(?=\())(?P<days>{CERTAIN})(?!\w)", re.IGNORECASE)
_MARKED = re.compile(
    rf"{_START}(?:pada|di|selama|sepanjang|per|edisi|in|during|throughout|for)\s+(?P<days>{CALENDAR}){_END}"
    rf"|{_START}(?P<alone>(?:tahun|year)\s+{YEAR}(?:\s+ini)?|(?:bulan|last)\s+{CALENDAR}"
    rf"|(?:{MONTH})\s+(?:lalu|lepas|silam)){_END}",
    re.IGNORECASE,
)


def period_in(question: str, *, as_of: date) -> Period:
    """The days that the question names; any time where it names none.

    "Pekan lalu" is the week before the one of `as_of`, from Monday to Sunday, and "3 hari terakhir" ends
    with `as_of`; a day or a month without a year is the latest one not after it.
    """
    text = _without_lookalikes(question)
    period = _range(text, as_of)
    text = _UP_TO_NOW.sub(_dotted, text)
    return period or _open(text, as_of) or _relative(text, as_of) or _calendar(text, as_of) or Period()


def _without_lookalikes(question: str) -> str:
    """The question with dots for what is no period, as long as it was."""
    text = _NO_PERIOD.sub(_dotted, question)
    if all(word[0].isupper() for word in re.findall(r"[^\W\d_]+", question)):
        return text  # every word is written so: that one is tells nothing
    return _NAME.sub(_dotted, text)


def _dotted(match: re.Match[str]) -> str:
    return "·" * len(match.group())


def _range(text: str, as_of: date) -> Period | None:
    for match in _RANGE.finditer(text):
        first = match["first"] or match["from"] or match["year"]
        until = days_of(match["last"] or match["to"] or match["until"], as_of=as_of)
        since = days_of(first, as_of=as_of, before=until) if until else None
        if since and until and since.start and until.end and since.start <= until.end:
            is_relative = since.is_relative or until.is_relative
            return Period(since.start, until.end, match.group(), is_relative)
    return None


def _open(text: str, as_of: date) -> Period | None:
    """From some days on, or up to them."""
    for match in _OPEN.finditer(text):
        days = days_of(match["days"], as_of=as_of)
        if not days or not days.start or not days.end:
            continue
        start, end = None, None
        try:
            if match["since"]:
                start = days.start
            elif match["until"]:
                end = days.end
            elif match["before"]:
                end = days.start - timedelta(days=1)
            else:
                start = days.end + timedelta(days=1)
        except OverflowError:  # at an end of the calendar
            continue
        return Period(start, end, match.group(), days.is_relative)
    return None


def _relative(text: str, as_of: date) -> Period | None:
    for match in _RELATIVE_DAYS.finditer(text):
        words = match["days"]
        # "Pada Minggu lalu" is a Sunday, "minggu lalu" a week.
        days = days_of(
            f"hari {words}" if match.start() and words.startswith("Minggu") else words, as_of=as_of
        )
        if days:
            return replace(days, words=words)
    return None


def _calendar(text: str, as_of: date) -> Period | None:
    for match in (*_CERTAIN.finditer(text), *_MARKED.finditer(text)):
        words = next(filter(None, match.groups()))
        days = days_of(words, as_of=as_of)
        if days:
            return replace(days, words=words)
    return None
