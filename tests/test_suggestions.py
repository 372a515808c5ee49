"""Suggestions: only what the archive answers as it is now is offered."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa_service import suggestions
from qa_service.answers import Abstention
from qa_service.build import Service
from tests.corpus import make_article, make_service, put

EXAMPLES = (
    "berapa pejabat dilantik",
    "siapa presiden amerika",
    "banjir melanda",
    "macet parah di jalan",
    "pohon tumbang di jalan",
)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = make_service(tmp_path, examples=EXAMPLES)
    put(service.store, make_article("a", "Berapa pejabat dilantik: 269. Banjir melanda."))
    put(service.store, make_article("b", "Macet parah di jalan. Pohon tumbang di jalan."))
    yield service
    service.close()


def verify(service: Service) -> None:
    service.suggestions.verify(threading.Event())


def suggested(service: Service, question: str) -> tuple[str, ...]:
    result = service.ask(question)
    assert isinstance(result, Abstention)
    return result.suggestions


def test_an_abstention_suggests_what_is_answered_the_nearest_first(service: Service) -> None:
    verify(service)
    assert suggested(service, "kapan jalan tol parah sekali macet lagi") == (
        "macet parah di jalan",
        "pohon tumbang di jalan",
        "berapa pejabat dilantik",
    )
    assert suggested(service, "apa kabar banjir sore kemarin")[0] == "banjir melanda"


def test_nothing_is_suggested_before_it_is_verified_nor_after_the_archive_changed(service: Service) -> None:
    question = "apa kabar banjir sore kemarin"
    assert suggested(service, question) == ()
    verify(service)
    assert suggested(service, question) != ()
    service.store.delete("a")
    assert suggested(service, question) == ()
    verify(service)
    assert suggested(service, question) == ("macet parah di jalan", "pohon tumbang di jalan")


def test_verifying_ends_when_it_is_told_to(service: Service) -> None:
    stop = threading.Event()
    stop.set()
    service.suggestions.verify(stop)
    assert suggested(service, "apa kabar banjir sore kemarin") == ()


def test_a_service_that_follows_verifies_by_itself(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suggestions, "_EVERY_S", 0.01)
    verified = threading.Event()
    verify = service.suggestions.verify

    def heard(stop: threading.Event) -> None:
        verify(stop)
        verified.set()

    monkeypatch.setattr(service.suggestions, "verify", heard)
    with service.following():
        assert verified.wait(30)
        assert suggested(service, "apa kabar banjir sore kemarin")[0] == "banjir melanda"


def test_a_question_is_not_suggested_to_those_who_ask_it(service: Service) -> None:
    verify(service)
    assert "banjir melanda" not in service.suggestions("banjir melanda")


def test_the_titles_of_the_newest_articles_are_questions_too_where_their_article_answers(
    service: Service,
) -> None:
    put(
        service.store,
        make_article("c", "Gempa guncang Cilegon pagi tadi.", title="Gempa Guncang Cilegon Pagi"),
    )
    put(service.store, make_article("d", "Tidak ada kabar.", title="Gempa Guncang Cilegon Pagi Tadi"))
    verify(service)
    assert (
        suggested(service, "apa dampak gempa semalam guncang pesisir")[0]
        == "Kapan Gempa Guncang Cilegon Pagi?"
    )
    assert "Kapan Gempa Guncang Cilegon Pagi Tadi?" not in service.suggestions("gempa")
