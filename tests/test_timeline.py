"""A course of events: told in the order of its days, each by a quote that stands in an article."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from qa_service.answers import Answer, Form
from qa_service.build import Service
from qa_service.timeline import asks_for_course, day_told, events_named
from tests.corpus import make_article, make_service, put


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = make_service(tmp_path)
    yield service
    service.close()


def told(service: Service, question: str, *, limit: int = 5) -> list[tuple[date | None, str]]:
    answer = service.ask(question, limit=limit)
    assert isinstance(answer, Answer)
    assert answer.form is Form.TIMELINE
    marks = [n for statement in answer.statements for n in statement.citations]
    assert marks == [citation.n for citation in answer.citations] == [*range(1, len(marks) + 1)]
    by_mark = {citation.n: citation.quote for citation in answer.citations}
    assert all(by_mark[n] == each.text for each in answer.statements for n in each.citations)
    return [(statement.day, statement.text) for statement in answer.statements]


@pytest.mark.parametrize(
    "question",
    [
        "Bagaimana kronologi kecelakaan di Tol Cipularang?",
        "kronologinya gimana",
        "Apa saja yang terjadi di Serang?",
        "apa yang sebenarnya terjadi di Tol Cipularang",
        "Bagaimana perkembangan kasus korupsi itu?",
        "Perkembangan terbaru kasus Paskibra",
        "urutan peristiwa kebakaran pasar",
        "timeline of the Whoosh debt",
        "What happened in Serang?",
        "How did the dispute between the two develop?",
        "How has the case unfolded so far?",
        "Rentetan peristiwa sebelum demo itu apa?",
        "Gimana jalannya sidang kemarin?",
        "Ceritakan jalannya pertandingan",
        "How did the flood progress in Bekasi?",
    ],
)
def test_these_ask_for_a_course_of_events(question: str) -> None:
    assert asks_for_course(question)


@pytest.mark.parametrize(
    "question",
    [
        "Kapan kecelakaan itu terjadi?",
        "Di mana banjir terjadi?",
        "Berapa orang yang terlibat?",
        "Apa rencana pengembangan kota?",
        "Bagaimana cara daftar CPNS?",
        "Apa saja sektor prioritas Bekasi?",
        "How many officials developed the plan?",
        "How old is the mayor?",
        "Kapan jalannya diperbaiki?",
        "Berapa panjang jalannya?",
        "Siapa korban rentetan tembakan?",
        "How did the city progress report come out?",
        "How has the city developed land?",
        "Who is the developer?",
    ],
)
def test_these_do_not(question: str) -> None:
    assert not asks_for_course(question)


def test_a_timeline_is_told_from_the_earliest_day_on_the_undated_last(service: Service) -> None:
    late, early = date(2025, 11, 1), date(2025, 8, 14)
    put(service.store, make_article("a", "Kronologi paskibra: tersangka ditahan.", published_at=late))
    put(service.store, make_article("b", "Kronologi paskibra: laporan dibuat.", published_at=early))
    put(service.store, make_article("c", "Kronologi paskibra: korban diobati."))
    assert told(service, "kronologi paskibra") == [
        (early, "Kronologi paskibra: laporan dibuat."),
        (late, "Kronologi paskibra: tersangka ditahan."),
        (None, "Kronologi paskibra: korban diobati."),
    ]


def test_a_quote_tells_of_the_day_that_it_names(service: Service) -> None:
    published = date(2025, 11, 1)
    put(service.store, make_article("a", "Kronologi paskibra: ditahan.", published_at=published))
    text = "Kronologi paskibra: dianiaya Rabu (13/8) malam."
    put(service.store, make_article("b", text, published_at=date(2025, 11, 2)))
    assert told(service, "kronologi paskibra") == [
        (date(2025, 8, 13), text),
        (published, "Kronologi paskibra: ditahan."),
    ]


def test_an_article_is_quoted_for_each_day_that_it_tells_of_and_once_for_each(service: Service) -> None:
    sentences = (
        "Kronologi paskibra satu dua: dianiaya pada 13 Agustus 2025 malam hari.",
        "Kronologi paskibra tiga empat: dilaporkan pada 14 Agustus 2025 siang hari.",
        "Kronologi paskibra lima enam: diobati pada 14 Agustus 2025 malam hari.",
    )
    put(service.store, make_article("a", " ".join(sentences), published_at=date(2025, 11, 1)), budget=11)
    assert [day for day, _ in told(service, "kronologi paskibra")] == [date(2025, 8, 13), date(2025, 8, 14)]


def test_of_a_passage_the_sentence_that_names_a_day_is_quoted_if_it_is_about_it(service: Service) -> None:
    text = "Kronologi paskibra serang begini. Paskibra serang dianiaya Rabu (13/8). Hujan turun Jumat (15/8)."
    put(service.store, make_article("a", text, published_at=date(2025, 11, 1)), budget=30)
    assert told(service, "kronologi paskibra serang") == [
        (date(2025, 8, 13), "Paskibra serang dianiaya Rabu (13/8).")
    ]


def test_the_days_that_quotes_name_are_kept_before_others(service: Service) -> None:
    texts = {
        "a": "Kronologi kasus paskibra: rapat warga.",
        "b": "Kronologi kasus paskibra: ditahan Jumat (31/10).",
    }
    for article_id, text in texts.items():
        put(service.store, make_article(article_id, text, published_at=date(2025, 11, 1)))
    assert told(service, "kronologi kasus paskibra", limit=1) == [(date(2025, 10, 31), texts["b"])]
    assert len(told(service, "kronologi kasus paskibra")) == 2


def test_the_limit_leaves_no_day_out_before_others_are_told_twice(service: Service) -> None:
    days = [date(2025, 11, 3)] * 3 + [date(2025, 11, 1), date(2025, 11, 2)]
    for n, (day, word) in enumerate(zip(days, ("rapat", "sidang", "demo", "rilis", "lelang"), strict=True)):
        put(service.store, make_article(str(n), f"Kronologi paskibra: {word}.", published_at=day))
    question = "kronologi paskibra"
    assert [day for day, _ in told(service, question, limit=3)] == sorted(set(days))
    assert [day for day, _ in told(service, question, limit=4)] == sorted([*set(days), days[0]])
    assert [day for day, _ in told(service, question)] == sorted(days)


def test_what_two_articles_say_in_the_same_words_is_told_once(service: Service) -> None:
    for outlet, rest in (("Antara", "Hujan turun semalam di hulu."), ("Tempo", "Warga pulang pagi ini.")):
        text = f"Kronologi paskibra: dianiaya. {rest}"
        put(service.store, make_article(outlet, text, outlet=outlet, published_at=date(2025, 8, 13)))
    answer = service.ask("kronologi paskibra")
    assert isinstance(answer, Answer)
    assert [(each.citations, each.outlets) for each in answer.statements] == [((1, 2), 2)]


def test_a_passage_that_is_hardly_about_it_is_no_part_of_the_timeline(service: Service) -> None:
    put(service.store, make_article("a", "Kronologi kasus paskibra serang: dianiaya."))
    put(service.store, make_article("b", "Serang lain: banjir."))
    assert [text for _, text in told(service, "kronologi kasus paskibra serang")] == [
        "Kronologi kasus paskibra serang: dianiaya."
    ]


def test_without_a_day_in_the_quote_it_is_that_of_publication() -> None:
    article = make_article("a", "Banjir.", published_at=date(2026, 2, 6))
    assert day_told("Banjir.", article) == date(2026, 2, 6)
    assert day_told("Banjir sejak Rabu (4/2).", article) == date(2026, 2, 4)
    assert day_told("Banjir.", make_article("a", "Banjir.")) is None


@pytest.mark.parametrize(
    ("quote", "day"),
    [
        ("Banjir terjadi kemarin.", date(2026, 2, 5)),
        ("Banjir terjadi dua hari lalu.", date(2026, 2, 4)),
        ("Banjir sejak Senin pekan lalu.", None),
        ("Banjir datang Senin pekan lalu.", date(2026, 1, 26)),
        ("The flood came last Monday.", date(2026, 2, 2)),
        ("Banjir surut hari ini.", date(2026, 2, 6)),
        ("Kemarin diumumkan: banjir sejak Rabu (4/2).", date(2026, 2, 4)),
        ("Banjir terjadi pekan lalu.", None),
        ("Banjir terjadi tahun 2025.", None),
        ("Banjir dalam 3 hari terakhir.", None),
    ],
)
def test_a_day_told_from_that_of_writing_is_counted_from_publication(quote: str, day: date | None) -> None:
    """One single day: a week, or an open end, leaves the day of publication."""
    published = date(2026, 2, 6)
    assert day_told(quote, make_article("a", quote, published_at=published)) == (day or published)
    assert day_told(quote, make_article("a", quote)) is None


def test_a_quote_of_yesterday_stands_before_what_was_published_then(service: Service) -> None:
    put(service.store, make_article("a", "Kronologi paskibra: ditahan.", published_at=date(2025, 11, 1)))
    text = "Kronologi paskibra: dianiaya dua hari lalu."
    put(service.store, make_article("b", text, published_at=date(2025, 11, 2)))
    assert told(service, "kronologi paskibra") == [
        (date(2025, 10, 31), text),
        (date(2025, 11, 1), "Kronologi paskibra: ditahan."),
    ]


@pytest.mark.parametrize(
    ("question", "events"),
    [
        ("Kronologi pelantikan pejabat di Bekasi", "pelantikan pejabat di Bekasi"),
        ("Bagaimana kronologi banjir di Bekasi?", "banjir di Bekasi"),
        ("Apa yang sebenarnya terjadi pada pelantikan pejabat?", "pelantikan pejabat"),
        ("Show me the timeline of the mayor's inauguration", "the mayor's inauguration"),
    ],
)
def test_the_events_are_what_a_question_about_their_course_names(question: str, events: str) -> None:
    assert events_named(question) == events


@pytest.mark.parametrize(
    "question",
    [
        "Bagaimana kronologinya?",
        "Kronologi Bekasi",
        "What happened in Serang?",
        "Kapan pelantikan pejabat Serang?",
    ],
)
def test_a_question_that_names_no_events_stays_as_it_is(question: str) -> None:
    assert events_named(question) == question
