"""Moments as pages and fields write them: day first, and in WIB where no zone is named."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from index.dates import find_day, find_moment, read_moment
from index.records import WIB

NOW = datetime(2026, 2, 7, 2, 0, tzinfo=UTC)
WITA = timezone(timedelta(hours=8))
WIT = timezone(timedelta(hours=9))


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("Jumat, 6 Februari 2026 | 10:44 WIB", datetime(2026, 2, 6, 10, 44, tzinfo=WIB)),
        ("Jumat , 6 February 2026, 10:44 WITA", datetime(2026, 2, 6, 10, 44, tzinfo=WITA)),
        ("Jum'at (6/2/2026) pukul 10.44 WIT", datetime(2026, 2, 6, 10, 44, tzinfo=WIT)),
        ("By Siti on 6 Feb 2026 at 10:44 WIB", datetime(2026, 2, 6, 10, 44, tzinfo=WIB)),
        ("5/6/2025 10:44:59", datetime(2025, 6, 5, 10, 44, tzinfo=WIB)),
        ("February 6, 2026 1:44 PM", datetime(2026, 2, 6, 13, 44, tzinfo=WIB)),
        ("6 Feb 2026, 12:05 a.m.", datetime(2026, 2, 6, 0, 5, tzinfo=WIB)),
        ("6/2/2026 10:44 +0800", datetime(2026, 2, 6, 10, 44, tzinfo=WITA)),
        ("6/2/2026 10:44 GMT", datetime(2026, 2, 6, 10, 44, tzinfo=UTC)),
        ("6 Februari 2026 25:10", date(2026, 2, 6)),
        ("6 Februari 2026, 12/13 orang", date(2026, 2, 6)),
        ("6 Februari 2026", date(2026, 2, 6)),
        ("10:44 WIB", None),
    ],
)
def test_a_time_beside_a_date_makes_a_moment(written: str, moment: date | datetime | None) -> None:
    assert find_moment(written) == moment


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2 jam lalu", NOW - timedelta(hours=2)),
        ("30 menit yang lalu", NOW - timedelta(minutes=30)),
        ("Sejam lalu", NOW - timedelta(hours=1)),
        ("3 hours ago", NOW - timedelta(hours=3)),
        ("baru saja", NOW),
        ("kemarin", date(2026, 2, 6)),
        ("3 hari lalu", date(2026, 2, 4)),
        ("2 minggu yang lalu", date(2026, 1, 24)),
        ("2 jam lalu, 1 Januari 2026", date(2026, 1, 1)),
        ("ujian lalu", None),
    ],
)
def test_what_is_told_from_now_counts_back_from_the_fetch(
    written: str, moment: date | datetime | None
) -> None:
    assert find_moment(written, fetched_at=NOW) == moment


def test_what_is_told_from_now_says_nothing_without_a_fetch() -> None:
    assert find_moment("2 jam lalu") is None


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-02-06", date(2026, 2, 6)),
        ("2026-02-06T10:44:00+0700", datetime(2026, 2, 6, 10, 44, tzinfo=WIB)),
        ("2026-02-06 10:44", datetime(2026, 2, 6, 10, 44, tzinfo=WIB)),
        ("Fri, 06 Feb 2026 10:44:00 +0800", datetime(2026, 2, 6, 10, 44, tzinfo=WITA)),
        ("06 Feb 2026 10:44 WITA", datetime(2026, 2, 6, 10, 44, tzinfo=WITA)),
        ("6 Februari 2026 10:44 WIT", datetime(2026, 2, 6, 10, 44, tzinfo=WIT)),
        ("0001-01-01T00:00:00+00:00", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59+00:00", date(9999, 12, 31)),
        ("[publishdate]", None),
        ("1762513252000", None),
        ("", None),
    ],
)
def test_a_field_is_iso_or_rfc_2822_or_written_out(written: str, moment: date | datetime | None) -> None:
    assert read_moment(written) == moment


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Pelantikan digelar Jumat (31/10).", date(2025, 10, 31)),
        ("Rapat digelar Sabtu (14/2) mendatang.", date(2026, 2, 14)),
        ("Pada Sabtu-Minggu (1-2/11), jalan ditutup.", date(2025, 11, 1)),
        ("Hal itu dikatakan (Senin, 5/1) pagi.", date(2026, 1, 5)),
        ("Ia dilantik pada 31 Oktober lalu.", date(2025, 10, 31)),
        ("Pameran 10-12 Februari gratis.", date(2026, 2, 10)),
        ("He was sworn in on October 31.", date(2025, 10, 31)),
        ("Rabu (29/10/2025), lalu Jumat (6/2).", date(2025, 10, 29)),
        ("Jumat (6/2), setelah 29 Oktober 2025.", date(2026, 2, 6)),
        ("Pada 31 Februari, lalu pada 2 Februari.", date(2026, 2, 2)),
        ("Dua pertiga, 2/3 warga, setuju pukul 10.30.", None),
        ("Sebanyak 5.000 orang datang pada Mei.", None),
        ("", None),
    ],
)
def test_a_day_without_its_year_is_the_nearest_one(text: str, day: date | None) -> None:
    assert find_day(text, near=date(2026, 2, 6)) == day


def test_a_day_without_its_year_is_none_where_nothing_is_near() -> None:
    assert find_day("Jumat (31/10)", near=None) is None
    assert find_day("Jumat (31/10/2025)", near=None) == date(2025, 10, 31)


def test_a_day_of_a_leap_year_is_of_that_year_or_of_none() -> None:
    assert find_day("29 Februari", near=date(2025, 1, 3)) == date(2024, 2, 29)
    assert find_day("29 Februari", near=date(2026, 6, 1)) is None


def test_the_first_and_the_last_year_have_neighbours_missing() -> None:
    assert find_day("5 Mei", near=date(1, 5, 6)) == date(1, 5, 5)
    assert find_day("5 Mei", near=date(9999, 5, 6)) == date(9999, 5, 5)
