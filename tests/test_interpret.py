"""Understanding: what a question names narrows what is searched, and a person can put it right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import pytest

from index.records import Filters
from qa_service.answers import Abstention, Answer, Reason, Turn
from qa_service.build import Service
from qa_service.interpret import Interpreter
from qa_service.interpretation import AS_UNDERSTOOD, Edits, Interpretation, Period
from tests.corpus import make_article, make_service, put

TODAY = date(2026, 11, 24)
EVERYTHING = Filters()
YEAR = Period(date(2026, 1, 1), date(2026, 12, 31), "tahun 2026")


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = make_service(tmp_path)
    for outlet in ("Antara", "Kompas.com", "Merdeka.com", "Radar Bekasi", "Suara.com", "Tempo"):
        put(service.store, make_article(outlet, "Hujan turun.", title=outlet, outlet=outlet))
    yield service
    service.close()


def ways(
    service: Service,
    question: str,
    *,
    filters: Filters = EVERYTHING,
    edits: Edits = AS_UNDERSTOOD,
    history: Sequence[Turn] = (),
) -> list[Interpretation]:
    interpret = Interpreter(service.store)
    return [*interpret(question, history=history, filters=filters, as_of=TODAY, edits=edits)]


def test_what_a_question_names_is_told_and_limits_the_search(service: Service) -> None:
    (way,) = ways(service, "Apa kata Kompas tentang banjir di Bekasi pekan lalu menurut Kompas?")
    assert (way.period.words, way.outlets, way.places) == ("pekan lalu", ("Kompas.com",), ("Bekasi",))
    assert way.filters == Filters(
        outlets=("Kompas.com",),
        published_from=date(2026, 11, 16),
        published_to=date(2026, 11, 22),
        places=("Bekasi",),
    )


def test_a_year_is_also_looked_for_in_articles_of_other_days(service: Service) -> None:
    within, without = ways(service, "Apa sektor prioritas tahun 2026?")
    assert within.period == without.period == YEAR
    assert (within.filters.published_from, within.filters.published_to) == (YEAR.start, YEAR.end)
    assert without.filters == EVERYTHING


def test_an_article_may_answer_that_names_one_of_several_places(service: Service) -> None:
    both, without = ways(service, "Mana yang banjir kemarin, Serang atau Bekasi?")
    assert both.places == without.places == ("Serang", "Bekasi")
    assert (both.filters.places, without.filters.places) == (("Serang", "Bekasi"), ())
    assert without.filters.published_from == date(2026, 11, 23)
    chosen = Edits(places=("Serang", "Bekasi"))
    assert [way.filters.places for way in ways(service, "Mana?", edits=chosen)] == [("Serang", "Bekasi")]


@pytest.mark.parametrize(
    ("question", "outlets"),
    [
        ("menurut kompas", ("Kompas.com",)),
        ("versi KOMPAS.COM", ("Kompas.com",)),
        ("according to Tempo", ("Tempo",)),
        ("apa berita di Kompas dan menurut Tempo", ("Kompas.com", "Tempo")),
        ("banjir di radar bekasi", ("Radar Bekasi",)),
        ("apa isi tempo.co", ("Tempo",)),
        ("di antara pejabat itu", ()),
        ("Apa beda antara Januari dan Maret?", ()),
        ("Dari tempo ke tempo", ()),
        ("Siapa yang menang menurut kompas?", ("Kompas.com",)),
        ("Apa kata tempo tentang banjir?", ("Tempo",)),
        ("Siapa yang menang menurut Suara?", ("Suara.com",)),
        ("Siapa yang menang menurut suara.com?", ("Suara.com",)),
        ("Siapa yang menang menurut suara terbanyak?", ()),
        ("siapa yang menang berdasarkan suara sah", ()),
        ("siapa yang menang dari suara sah", ()),
        ("Apa arti kata merdeka?", ()),
        ("Apa makna kata Tempo?", ()),
        ("Berapa kali kata antara muncul?", ()),
        ("Seperti apa Serang versi tempo dulu?", ()),
        ("menurut Kompasiana", ()),
        ("menurut Reuters", ()),
    ],
)
def test_outlets_are_those_of_the_archive_where_a_question_names_them_so(
    service: Service, question: str, outlets: tuple[str, ...]
) -> None:
    assert ways(service, question)[0].outlets == outlets


def test_an_outlets_name_names_no_place_and_a_new_outlet_is_known_at_once(service: Service) -> None:
    interpret = Interpreter(service.store)

    def understood(question: str) -> Interpretation:
        return next(interpret(question, history=(), filters=EVERYTHING, as_of=TODAY, edits=AS_UNDERSTOOD))

    way = understood("Apa yang terjadi menurut Radar Bekasi?")
    assert (way.outlets, way.places) == (("Radar Bekasi",), ())
    assert understood("menurut Banten Raya").outlets == ()
    put(service.store, make_article("new", "Banjir.", outlet="Banten Raya"))
    assert understood("menurut Banten Raya").outlets == ("Banten Raya",)


def test_the_askers_filters_are_narrowed_and_never_widened(service: Service) -> None:
    asked = Filters(("KOMPAS.com", "Tempo"), published_from=date(2026, 3, 1), places=("Serang",))
    way = ways(service, "menurut Kompas di Bekasi tahun 2026", filters=asked)[0]
    assert way.filters == Filters(
        ("KOMPAS.com",), (), date(2026, 3, 1), date(2026, 12, 31), ("Serang", "Bekasi")
    )


@pytest.mark.parametrize(
    ("filters", "question"),
    [(Filters(outlets=("Tempo",)), "menurut Kompas"), (Filters(published_to=date(2026, 1, 1)), "kemarin")],
)
def test_what_the_filters_exclude_is_not_found(service: Service, filters: Filters, question: str) -> None:
    (way,) = ways(service, f"Apa hujan turun {question}?", filters=filters)
    assert way.filters.nothing
    assert service.retriever.retrieve(way.query, way.filters, limit=9) == []
    result = service.ask(f"Apa hujan turun {question}?", filters=filters, as_of=TODAY)
    assert isinstance(result, Abstention)
    assert result.reason is Reason.NO_MATCHING_ARTICLES


def test_each_part_can_be_put_right_or_undone(service: Service) -> None:
    question = "banjir di Bekasi kemarin menurut Kompas"
    (way,) = ways(service, question, edits=Edits(language="ms", period=Period(), outlets=(), places=()))
    assert (way.language, way.query, way.filters) == ("ms", question, EVERYTHING)
    assert (way.period, way.outlets, way.places) == (Period(), (), ())
    (way,) = ways(service, question, edits=Edits(period=YEAR, places=("Serang",)))
    assert way.filters == Filters(("Kompas.com",), (), YEAR.start, YEAR.end, ("Serang",))
    (way,) = ways(service, question, edits=Edits(query="banjir di Serang"), history=[Turn("a", "b")])
    assert (way.query, way.places, way.follows) == ("banjir di Serang", ("Serang",), None)


@pytest.mark.parametrize(
    ("question", "chosen", "query"),
    [
        ("Apa yang terjadi kemarin di Serang?", YEAR, "Apa yang terjadi di Serang?"),
        ("Apa yang terjadi di Serang kemarin?", YEAR, "Apa yang terjadi di Serang?"),
        ("Berapa anggaran pada tahun 2026?", YEAR, "Berapa anggaran pada tahun 2026?"),
        ("Berapa anggaran pada tahun 2026?", Period(), "Berapa anggaran pada tahun 2026?"),
    ],
)
def test_words_for_another_period_than_the_one_chosen_are_not_searched_for(
    service: Service, question: str, chosen: Period, query: str
) -> None:
    (way,) = ways(service, question, edits=Edits(period=chosen))
    assert way.query == query


def test_of_a_follow_up_its_own_place_counts_and_the_rest_stays(service: Service) -> None:
    history = [Turn("Siapa yang dilantik di Bekasi pekan lalu?", "…")]
    (follow_up,) = ways(service, "Kalau di Serang?", history=history)
    assert (follow_up.places, follow_up.period.words) == (("Serang",), "pekan lalu")


def test_an_article_of_the_day_answers_first_and_one_of_another_day_where_none_does(service: Service) -> None:
    put(
        service.store,
        make_article("old", "Sektor prioritas tahun 2026 pendidikan.", published_at=date(2025, 12, 30)),
    )
    answer = service.ask("sektor prioritas tahun 2026 pendidikan", as_of=TODAY)
    assert isinstance(answer, Answer)
    assert answer.interpretation.period == YEAR
    assert answer.interpretation.filters.published_from is None
    put(
        service.store,
        make_article("new", "Sektor prioritas tahun 2026 kesehatan.", published_at=date(2026, 2, 6)),
    )
    answer = service.ask("sektor prioritas tahun 2026 pendidikan", as_of=TODAY)
    assert isinstance(answer, Answer)
    assert [citation.article.id for citation in answer.citations] == ["new"]


def test_a_question_in_capitals_is_read_as_any_other(service: Service) -> None:
    (way,) = ways(service, "SIAPA WALI KOTA BEKASI?")
    assert (way.query, way.language, way.places) == ("siapa wali kota bekasi?", "id", ("Kota Bekasi",))
    (way,) = ways(service, "APBD?")
    assert way.query == "APBD?"
