"""A deputy's, a former one's, a candidate's office is not the office itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa_service.answers import Abstention, Answer
from qa_service.offices import tells_of_holder
from tests.corpus import make_article, make_service, put

MAYOR = "Wali Kota Bekasi Tri Adhianto melantik 61 pejabat."


@pytest.mark.parametrize(
    "question",
    [
        "Siapa wakil wali kota Bekasi?",
        "siapa wawali bekasi",
        "Who is the deputy mayor of Bekasi?",
        "Who is the vice mayor of Bekasi?",
        "Siapa mantan Wali Kota Bekasi?",
        "Who is the former mayor of Bekasi?",
        "Siapa calon wali kota Bekasi?",
        "Siapa Plt Wali Kota Bekasi?",
    ],
)
def test_who_holds_an_office_is_no_answer_to_who_holds_another(question: str) -> None:
    assert not tells_of_holder(question, MAYOR, language="id")


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Siapa wali kota Bekasi?", MAYOR),
        ("Siapa wakil wali kota Bekasi?", "Wakil Wali Kota Bekasi Harris Bobihoe hadir."),
        ("Who is the deputy mayor of Bekasi?", "Wakil Wali Kota Bekasi Harris Bobihoe hadir."),
        ("Siapa wakil Indonesia di sana?", "Budi mewakili Indonesia."),
        ("Siapa mantan Wali Kota Bekasi?", "Rahmat, wali kota periode 2013-2018."),
        ("Siapa calon wali kota?", "Tri maju dalam pilkada."),
        ("Siapa penjabat wali kota?", "Pj Wali Kota Bekasi Gani."),
        ("Siapa yang mewakili wali kota?", MAYOR),
    ],
)
def test_a_text_that_knows_such_a_holder_may_answer(question: str, text: str) -> None:
    assert tells_of_holder(question, text, language="id")


def test_in_a_language_whose_words_are_not_known_any_text_may() -> None:
    assert tells_of_holder("Who is the deputy mayor of Bekasi?", "معاون شهردار", language="ar")


def test_who_asks_for_the_deputy_is_not_given_the_mayor(tmp_path: Path) -> None:
    service = make_service(tmp_path)
    put(service.store, make_article("a", MAYOR))
    assert isinstance(service.ask("wali kota Bekasi Tri Adhianto melantik pejabat?"), Answer)
    assert isinstance(service.ask("wakil wali kota Bekasi Tri Adhianto melantik pejabat?"), Abstention)
    put(service.store, make_article("b", "Wakil Wali Kota Bekasi Tri Adhianto melantik 12 pejabat."))
    answer = service.ask("wakil wali kota Bekasi Tri Adhianto melantik pejabat?")
    assert isinstance(answer, Answer)
    assert [citation.article.id for citation in answer.citations] == ["b"]
    service.close()
