"""Agreement: what says the same is one claim, and figures that differ stand side by side."""

from __future__ import annotations

from datetime import date
from itertools import combinations, permutations

import pytest

from index.records import Passage, Span
from qa_service.agreement import agree, claims, differ, outlets
from qa_service.answers import Citation
from tests.corpus import make_article


def cited(answer: str, *, outlet: str | None = None, day: date | None = None) -> Citation:
    """A citation whose quote is `answer` between other words, with a figure among them."""
    text = f"Ada 77 hal: {answer} itu."
    start = text.index(answer)
    article = make_article(f"{outlet}-{answer}", text, outlet=outlet, published_at=day)
    passage = Passage(1, article.id, 0, 0, len(text), text)
    return Citation(1, text, 0, len(text), Span(start, start + len(answer)), article, passage, 0.9)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("250", "250"),
        ("250 pejabat", "250"),
        ("250", "sebanyak 250 orang pejabat"),
        ("1.250", "1250"),
        ("1,250", "1.250"),
        ("1.250.000", "1,250,000"),
        ("1.250,75", "1,250.75"),
        ("3,5", "3.5"),
        ("3,5 persen", "3.5%"),
        ("10.30", "10:30"),
        ("２５０", "250"),
        ("31 Oktober 2025", "Jumat, 31 Oktober 2025"),
        ("31 Oktober", "31 Oktober 2025"),
        ("Budi Rustandi", "budi rustandi"),
        ("Budi Rustandi", "Wali Kota Budi Rustandi"),
        ("Budi Rustandi", "Wali Kota Serang Budi Rustandi"),
        ("1,2 juta", "1.2 million"),
        ("1,2 juta", "1.200.000 jiwa"),
        ("1.2 million", "1,200,000"),
        ("250 ribu", "250.000"),
        ("2,50 persen", "2.5%"),
        ("10.00", "10"),
        ("٢٥٠", "250"),
        ("31.10.2025", "Jumat 31.10.2025"),
        ("31 Oktober 2025", "31 October 2025"),
        ("31 Oktober 2025", "October 31, 2025"),
        ("29 Oktober 2025", "Rabu (29/10/2025)"),
        ("31 Oktober", "31 Oktober sampai 2 November"),
        ("31 Oktober tahun 2025", "hari Jumat, 31 Oktober 2025"),
        ("Rp5 juta", "5.000.000 rupiah"),
        ("US$5 juta", "$5 million"),
        ("Rp5 juta", "5 juta"),
        ("Rp1,2 T", "Rp1,2 triliun"),
        ("Rp 500 M", "Rp500 miliar"),
        ("Rp. 500M", "500 miliar rupiah"),
        ("IDR 1.2T", "Rp 1.200 M"),
        ("5 jam", "5 hours"),
        ("5 jam", "5 jam 30 menit"),
        ("jam 5", "5 hari"),
        ("1.250 ton", "1,25 ribu ton"),
        ("31/10/2025", "2025"),
        ("karena banjir besar", "karena banjir"),
        ("di Kota Bekasi", "Kota Bekasi, Jawa Barat"),
        ("tidak setuju", "Tidak setuju"),
        ("lima orang tewas", "5 orang"),
        ("dua puluh lima ribu", "25.000"),
        ("Banjir", "banjir"),
        ("…", "…"),
    ],
)
def test_answers_that_say_the_same_agree_whichever_comes_first(one: str, other: str) -> None:
    assert agree(cited(one), cited(other))
    assert agree(cited(other), cited(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("250", "269"),
        ("250 pejabat", "269 pejabat"),
        ("3,5", "35"),
        ("1.25", "125"),
        ("31 Oktober 2025", "30 Oktober 2025"),
        ("250 pejabat", "para pejabat"),
        ("250", "Budi Rustandi"),
        ("250", "250 ribu"),
        ("1,2 juta", "1,2 miliar"),
        ("0,125", "125"),
        ("3,5", "3,5 persen"),
        ("31.10.2025", "30.10.2025"),
        ("31 Oktober 2025", "31 November 2025"),
        ("October 31", "November 31"),
        ("29/10/2025", "29 November 2025"),
        ("Rp5 juta", "US$5 juta"),
        ("5 juta rupiah", "5 million dollars"),
        ("5 jam", "5 hari"),
        ("5 juta ton", "5 juta liter"),
        ("Rp1,2 T", "Rp1,2 M"),
        ("Rp5 M", "US$5 M"),
        ("US$5 M", "US$5 miliar"),
        ("500 m", "Rp500 miliar"),
        ("10-year", "10-day"),
        ("Budi", "Budi Rustandi dan Nanang"),
        ("Budi Rustandi", "Nanang Saefudin"),
        ("Budi Rustandi", "Budi Santoso dan Nanang"),
        ("Wali Kota Serang", "Wali Kota Bekasi"),
        ("Menteri Dalam Negeri", "Menteri Luar Negeri"),
        ("Wali Kota Serang Budi Rustandi", "Wali Kota Serang Nur Agis"),
        ("lima orang tewas", "tiga orang tewas"),
        ("dua puluh orang", "dua puluh lima orang"),
        ("setuju", "tidak setuju"),
        ("akan dibangun lagi", "tidak akan dibangun lagi"),
        ("Wali Kota Serang", "Wakil Wali Kota Serang"),
        ("harga beras naik", "harga beras turun"),
        ("dari Kota Serang", "ke Kota Serang"),
    ],
)
def test_answers_that_say_another_thing_do_not_agree(one: str, other: str) -> None:
    assert not agree(cited(one), cited(other))
    assert not agree(cited(other), cited(one))


def test_only_the_answer_is_compared_not_the_quote_around_it() -> None:
    assert "77" in cited("250").quote
    assert not agree(cited("250"), cited("77"))


def test_what_says_the_same_is_one_claim_in_the_order_given() -> None:
    first, second, third = cited("Budi Rustandi"), cited("Nanang Saefudin"), cited("Wali Kota Budi Rustandi")
    assert claims([first, second, third]) == [(first, third), (second,)]
    assert claims([]) == []


@pytest.mark.parametrize(
    ("part", "one", "other"),
    [
        ("5", "5 jam", "5 hari"),
        ("2025", "31 Oktober 2025", "30 Oktober 2025"),
        ("Wali Kota", "Wali Kota Serang", "Wali Kota Bekasi"),
    ],
)
def test_a_part_of_two_that_do_not_agree_joins_one_of_them_in_any_order(
    part: str, one: str, other: str
) -> None:
    for citations in permutations([cited(part), cited(one), cited(other)]):
        found = claims(citations)
        assert sorted(map(len, found)) == [1, 2]
        assert all(agree(*pair) for claim in found for pair in combinations(claim, 2))


def test_differing_figures_come_newest_first_by_the_newest_article_of_each() -> None:
    old = cited("62", day=date(2025, 10, 30))
    undated = cited("12")
    new = cited("269", day=date(2025, 10, 31))
    newest = cited("62 orang", day=date(2025, 11, 2))
    assert claims([old, undated, new]) == [(new,), (old,), (undated,)]
    assert claims([old, undated, new, newest]) == [(newest, old), (new,), (undated,)]


def test_figures_without_dates_keep_their_order() -> None:
    first, second, third = cited("269"), cited("250"), cited("62")
    assert claims([first, second, third]) == [(first,), (second,), (third,)]


def test_names_that_differ_keep_their_order_whatever_their_dates() -> None:
    first = cited("Budi Rustandi", day=date(2025, 1, 1))
    second = cited("Nanang Saefudin", day=date(2026, 1, 1))
    assert claims([first, second]) == [(first,), (second,)]


@pytest.mark.parametrize(
    ("answers", "differing"),
    [
        (["269", "250"], True),
        (["269", "250", "62 orang"], True),
        (["269"], False),
        (["269", "Budi Rustandi"], False),
        (["Budi Rustandi", "Nanang Saefudin"], False),
        ([], False),
    ],
)
def test_only_several_claims_that_all_give_figures_differ(answers: list[str], differing: bool) -> None:
    assert differ([(cited(answer),) for answer in answers]) is differing


@pytest.mark.parametrize(
    ("answers", "differing"),
    [
        (["120 meter", "15 menit"], False),
        (["120 meter", "1,2 km"], True),
        (["5 jam", "5 hari"], True),
        (["Rp5 miliar", "120 meter"], False),
        (["Rp5 miliar", "US$7 juta"], True),
        (["31 Oktober", "269 pejabat"], True),
        (["31 Oktober", "15 menit"], False),
        (["120 meter", "150"], True),
        (["120 meter", "150 meter", "15 menit"], False),
    ],
)
def test_what_measures_different_things_does_not_differ(answers: list[str], differing: bool) -> None:
    assert differ([(cited(answer),) for answer in answers]) is differing


def of(text: str, answer: str, *, title: str) -> Citation:
    article = make_article(title, text, title=title)
    passage = Passage(1, article.id, 0, 0, len(text), text)
    start = text.index(answer)
    return Citation(1, text, 0, len(text), Span(start, start + len(answer)), article, passage, 0.9)


def test_articles_of_a_series_do_not_differ() -> None:
    one = of("Desa nomor 57 memiliki 1.250 warga.", "1.250", title="Profil desa nomor 57")
    other = of("Desa nomor 54 memiliki 980 warga.", "980", title="Profil desa nomor 54")
    assert not differ([(one,), (other,)])
    by_title = (
        of("Desa itu memiliki 1.250 warga.", "1.250", title="Profil desa 57"),
        of("Desa itu memiliki 980 warga.", "980", title="Profil desa 54"),
    )
    assert not differ([(each,) for each in by_title])


def test_reports_of_one_event_differ_whatever_else_they_count() -> None:
    one = of("Kecelakaan di tol libatkan 21 mobil, 6 orang tewas.", "21 mobil", title="Tabrakan 21 mobil")
    other = of(
        "Polisi: 20 kendaraan terlibat, 8 orang luka-luka.", "20 kendaraan", title="Kecelakaan di KM 91"
    )
    same_words = of("Kecelakaan di tol libatkan 10 mobil, 6 orang tewas.", "10 mobil", title="Tabrakan mobil")
    assert differ([(one,), (other,)])
    assert differ([(one,), (same_words,)])


def test_outlets_are_counted_once_each_whatever_their_spelling_and_the_unnamed_never_add() -> None:
    antara, kompas, capitals, bare, unnamed = (
        cited("269", outlet=outlet) for outlet in ("Antara", "Kompas.com", "KOMPAS.com", "Kompas", None)
    )
    assert outlets((antara,)) == 1
    assert outlets((antara, kompas, antara)) == 2
    assert outlets((kompas, capitals)) == 1
    assert outlets((bare, kompas)) == 1
    assert outlets((antara, unnamed, unnamed)) == 1
    assert outlets((unnamed, unnamed)) == 1
