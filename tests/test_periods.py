"""The period that a question names: what counts, from which day, and what only looks like one."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.interpretation import Period
from qa_service.periods import period_in

TUESDAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("question", "start", "end"),
    [
        ("Apa yang terjadi hari ini?", "2026-11-24", "2026-11-24"),
        ("Apa berita kemarin di Serang?", "2026-11-23", "2026-11-23"),
        ("what happened yesterday", "2026-11-23", "2026-11-23"),
        ("Siapa yang dilantik pekan lalu?", "2026-11-16", "2026-11-22"),
        ("minggu ini ada apa", "2026-11-23", "2026-11-29"),
        ("Minggu lalu ada apa", "2026-11-16", "2026-11-22"),
        ("apa kabar dua minggu lalu", "2026-11-09", "2026-11-15"),
        ("bulan lalu", "2026-10-01", "2026-10-31"),
        ("tahun ini", "2026-01-01", "2026-12-31"),
        ("3 hari terakhir", "2026-11-22", "2026-11-24"),
        ("dua pekan terakhir", "2026-11-11", "2026-11-24"),
        ("dua hari ini", "2026-11-23", "2026-11-24"),
        ("hujan 2 minggu ini", "2026-11-11", "2026-11-24"),
        ("seminggu ini", "2026-11-18", "2026-11-24"),
        ("sebulan ini", "2026-10-24", "2026-11-24"),
        ("harga Pertamax 92 hari ini", "2026-11-24", "2026-11-24"),
        ("jadwal Liga 1 pekan ini", "2026-11-23", "2026-11-29"),
        ("in the last 3 months", "2026-08-24", "2026-11-24"),
        ("Jumat lalu", "2026-11-20", "2026-11-20"),
        ("Selasa lalu", "2026-11-17", "2026-11-17"),
        ("Jumat pekan lalu", "2026-11-20", "2026-11-20"),
        ("Ada apa pada Minggu lalu?", "2026-11-22", "2026-11-22"),
        ("last Friday", "2026-11-20", "2026-11-20"),
        ("akhir pekan lalu", "2026-11-21", "2026-11-22"),
        ("awal minggu ini", "2026-11-23", "2026-11-24"),
        ("tanggal 5 bulan ini", "2026-11-05", "2026-11-05"),
        ("tgl 5 bulan lalu", "2026-10-05", "2026-10-05"),
        ("the 5th of last month", "2026-10-05", "2026-10-05"),
        ("berapa kasus sejak awal tahun?", "2026-01-01", None),
        ("sejak awal bulan di Serang", "2026-11-01", None),
        ("dari Januari sampai sekarang", "2026-01-01", "2026-11-24"),
        ("sejak kemarin", "2026-11-23", None),
        ("dari kemarin sampai hari ini", "2026-11-23", "2026-11-24"),
    ],
)
def test_what_counts_from_the_day_of_asking(question: str, start: str, end: str | None) -> None:
    period = period_in(question, as_of=TUESDAY)
    assert (period.start, period.end) == (_day(start), _day(end))
    assert period.is_relative


@pytest.mark.parametrize(
    ("question", "words", "start", "end"),
    [
        ("Apa sektor prioritas tahun 2026?", "tahun 2026", "2026-01-01", "2026-12-31"),
        ("What happened in 2026?", "2026", "2026-01-01", "2026-12-31"),
        ("pejabat yang dilantik pada Oktober 2025", "Oktober 2025", "2025-10-01", "2025-10-31"),
        ("Apa yang terjadi 29 Oktober 2025?", "29 Oktober 2025", "2025-10-29", "2025-10-29"),
        ("29/10/2025", "29/10/2025", "2025-10-29", "2025-10-29"),
        ("on October 29, 2025", "October 29, 2025", "2025-10-29", "2025-10-29"),
        ("pada Jumat (6/2/2026)", "6/2/2026", "2026-02-06", "2026-02-06"),
        ("Senin (29/8) pagi", "(29/8)", "2026-08-29", "2026-08-29"),
        ("pawai 25 Desember lalu", "25 Desember lalu", "2025-12-25", "2025-12-25"),
        ("pada 29 Februari", "29 Februari", "2024-02-29", "2024-02-29"),
        ("bulan Desember", "bulan Desember", "2025-12-01", "2025-12-31"),
        ("Berapa kasus sejak Januari?", "sejak Januari", "2026-01-01", None),
        ("since December", "since December", "2025-12-01", None),
        ("sejak 2025", "sejak 2025", "2025-01-01", None),
        ("hingga Maret 2025", "hingga Maret 2025", None, "2025-03-31"),
        ("sebelum 2025", "sebelum 2025", None, "2024-12-31"),
        ("Januari sampai Maret", "Januari sampai Maret", "2026-01-01", "2026-03-31"),
        ("Januari–Maret tahun lalu", "Januari–Maret tahun lalu", "2025-01-01", "2025-03-31"),
        ("November sampai Februari", "November sampai Februari", "2025-11-01", "2026-02-28"),
        ("naik 5 sampai Maret", "sampai Maret", None, "2026-03-31"),
        ("12 s.d. 15 November 2026", "12 s.d. 15 November 2026", "2026-11-12", "2026-11-15"),
        ("tahun 2020 sampai 2024", "tahun 2020 sampai 2024", "2020-01-01", "2024-12-31"),
        ("Oktober tahun lalu", "Oktober tahun lalu", "2025-10-01", "2025-10-31"),
        ("pada 29 Oktober tahun lalu", "29 Oktober tahun lalu", "2025-10-29", "2025-10-29"),
        ("awal Oktober tahun lalu", "awal Oktober tahun lalu", "2025-10-01", "2025-10-10"),
        ("November last year", "November last year", "2025-11-01", "2025-11-30"),
        ("sejak November lalu", "sejak November lalu", "2025-11-01", None),
        ("last November", "last November", "2025-11-01", "2025-11-30"),
        ("Oktober lalu", "Oktober lalu", "2026-10-01", "2026-10-31"),
        ("24 November lalu", "24 November lalu", "2025-11-24", "2025-11-24"),
        ("29 Oktober '25", "29 Oktober '25", "2025-10-29", "2025-10-29"),
        ("29 Oktober 2 tahun lalu", "2 tahun lalu", "2024-01-01", "2024-12-31"),
        ("kuartal pertama tahun ini", "kuartal pertama tahun ini", "2026-01-01", "2026-03-31"),
        ("antara Januari dan Maret 2026", "antara Januari dan Maret 2026", "2026-01-01", "2026-03-31"),
        ("antara Oktober dan Maret 2026", "antara Oktober dan Maret 2026", "2025-10-01", "2026-03-31"),
        ("between 5 and 10 May 2025", "between 5 and 10 May 2025", "2025-05-05", "2025-05-10"),
        ("dari 1 sampai 5 Oktober 2025", "dari 1 sampai 5 Oktober 2025", "2025-10-01", "2025-10-05"),
        ("tanggal 1-5 Oktober 2025", "1-5 Oktober 2025", "2025-10-01", "2025-10-05"),
        ("apa yang berlaku tahun lepas", "tahun lepas", "2025-01-01", "2025-12-31"),
        ("visi lima tahun yang lalu", "lima tahun yang lalu", "2021-01-01", "2021-12-31"),
        ("2 years ago", "2 years ago", "2024-01-01", "2024-12-31"),
        ("akhir tahun lalu", "akhir tahun lalu", "2025-09-01", "2025-12-31"),
        ("semester I 2025", "semester I 2025", "2025-01-01", "2025-06-30"),
        ("the third quarter of 2025", "the third quarter of 2025", "2025-07-01", "2025-09-30"),
        ("Apakah UU Nomor 11 Tahun 2020 berlaku pada tahun 2023?", "tahun 2023", "2023-01-01", "2023-12-31"),
        ("awal 2025", "awal 2025", "2025-01-01", "2025-04-30"),
        ("pertengahan Oktober 2025", "pertengahan Oktober 2025", "2025-10-11", "2025-10-20"),
    ],
)
def test_days_that_articles_of_other_days_tell_of_too(
    question: str, words: str, start: str | None, end: str | None
) -> None:
    assert period_in(question, as_of=TUESDAY) == Period(_day(start), _day(end), words)


@pytest.mark.parametrize(
    "question",
    [
        "Kapan Hari Kartini?",
        "biaya tahun ajaran 2025/2026",
        "Siapa juara Piala Dunia 2026?",
        "siswa kelas 2025",
        "Kenapa evaluasi kinerja 2025 jadi sorotan?",
        "harga Rp2026 atau 2.026 atau 20260",
        "Peraturan No 95/PMK/02/2005",
        "bupati periode 2005-2010",
        "lagu tahun 1990-an",
        "beberapa tahun lalu",
        "Ke mana libur awal tahun?",
        "sejak awal tahun 1990-an",
        "biaya sejak awal tahun ajaran",
        "semester III tahun ini",
        "capaian kuartal ini",
        "Siapa presiden sekarang?",
        "ulang tahun ini",
        "Apa isi UU Nomor 11 Tahun 2020?",
        "Perda No.3 Tahun 2019",
        "PP 12 tahun 2023",
        "Permendikbudristek 5 tahun 2024",
        "berapa korban sampai hari ini",
        "Siapa pembawa acara Kompas Hari Ini?",
        "Who owns USA Today?",
        "Di mana Universitas 17 Agustus 1945?",
        "tahun berapa minggu depan",
        "31 Februari 2025",
        "What may happen on the march?",
        "",
    ],
)
def test_what_only_looks_like_a_period_is_none(question: str) -> None:
    assert period_in(question, as_of=TUESDAY) == Period()


@given(st.integers(0, 4000))
def test_last_week_is_the_seven_days_from_monday_that_ended_before_this_week(days: int) -> None:
    today = date(2020, 1, 1) + timedelta(days=days)
    week = period_in("apa kabar pekan lalu", as_of=today)
    assert week.start is not None
    assert week.end is not None
    assert (week.start.weekday(), (week.end - week.start).days) == (0, 6)
    assert 0 < (today - week.end).days <= 7


_PIECES = str.split(
    "dari sampai antara dan sejak hingga sebelum after since 1 5 31 29 2025 2026 19 Februari Mei May Oktober "
    "tahun bulan minggu Minggu pekan hari ini lalu terakhir awal akhir mid - ( ) / , . 29/2/2025 semester II "
    "last week ago yang 999 se kemarin today lima Jumat this year of the 0 00 '25 s.d. "
    "tanggal kuartal sekarang"
)


@given(
    st.one_of(st.text(max_size=60), st.lists(st.sampled_from(_PIECES), max_size=9).map(" ".join)),
    st.dates(),
)
def test_any_text_on_any_day_gives_days_in_order_in_the_words_of_the_question(
    question: str, as_of: date
) -> None:
    period = period_in(question, as_of=as_of)
    assert period.words in question
    assert bool(period.words) == bool(period)
    if period.start and period.end:
        assert period.start <= period.end


def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None


@pytest.mark.parametrize(
    "question",
    [
        "Apa yang terjadi sebelum 31 Februari?",
        "pada 30 Februari",
        "31 September sampai 5 Oktober",
        "3 harı lalu",
        "senın lalu",
    ],
)
def test_days_that_there_are_not_are_no_period(question: str) -> None:
    found = period_in(question, as_of=date(2026, 11, 24))
    assert found.start is None or found.start.year > 1900
    assert found.end is None or found.end.year < 9999


@pytest.mark.parametrize(
    ("question", "day"), [("setelah 31/12/9999", date.max), ("sebelum 1/1/0001", date.min)]
)
def test_at_the_ends_of_the_calendar_there_is_no_after_and_no_before(question: str, day: date) -> None:
    found = period_in(question, as_of=date(2026, 11, 24))
    assert (found.start, found.end) == (day, day)
