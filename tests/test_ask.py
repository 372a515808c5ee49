"""Asking: what is quoted stands in the article, and what is not there is not answered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.errors import ArticleNotFound
from index.records import Filters, Hit, RawArticle, Span
from qa_service.answers import Abstention, Answer, Reason, Turn
from qa_service.api import create_api
from qa_service.ask import Ask, cite
from qa_service.build import Service
from qa_service.errors import QuestionInvalid
from qa_service.reader import Reading, sentence_spans
from tests.corpus import make_article, make_service, put


class OverlapReader:
    """Reads by shared words: the probability is the share of the question's words in the sentence."""

    def read(self, question: str, hits: Sequence[Hit]) -> list[Reading]:
        asked = set(question.lower().strip("?").split())
        readings = []
        for hit in hits:
            for span in sentence_spans(hit):
                sentence = hit.article.text[span.start : span.end].lower().strip(".").split()
                share = len(asked & set(sentence)) / len(asked)
                readings.append(Reading(hit, span, relevance=share, probability=share))
        return sorted(readings, key=lambda reading: -reading.relevance)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = make_service(tmp_path)
    yield service
    service.close()


@pytest.fixture
def ask(service: Service) -> Ask:
    return Ask(service.store, service.retriever, OverlapReader(), threshold=0.5)


def test_the_answer_is_the_sentence_with_its_mark_and_citation(service: Service, ask: Ask) -> None:
    text = "Hujan turun. Wali kota melantik 269 pejabat. Semua pulang."
    put(service.store, make_article("a", text, published_at=date(2025, 10, 31)))
    answer = ask("wali kota melantik pejabat?")
    assert isinstance(answer, Answer)
    assert answer.text == "Wali kota melantik 269 pejabat. [1]"
    (citation,) = answer.citations
    assert (citation.start, citation.end) == (13, 44)
    assert citation.quote == text[13:44] == answer.statements[0].text
    assert citation.article.id == "a"
    assert answer.confidence == citation.score == 1.0
    assert answer.freshness.articles == 1
    assert answer.interpretation.query == "wali kota melantik pejabat?"


def test_articles_that_agree_are_cited_each_once_the_best_first(service: Service, ask: Ask) -> None:
    put(service.store, make_article("a", "Banjir besar melanda. Banjir besar melanda lagi."))
    put(service.store, make_article("b", "Banjir besar melanda bekasi."))
    answer = ask("banjir besar melanda bekasi")
    assert isinstance(answer, Answer)
    assert [(s.text, s.citations) for s in answer.statements] == [("Banjir besar melanda bekasi.", (1,))]
    answer = ask("banjir besar melanda")
    assert isinstance(answer, Answer)
    assert {citation.article.id for citation in answer.citations} == {"a", "b"}
    assert [citation.n for citation in answer.citations] == [1, 2]
    limited = ask("banjir besar melanda", limit=1)
    assert isinstance(limited, Answer)
    assert len(limited.citations) == 1


def test_a_sentence_that_two_articles_share_is_said_once_with_both_marks(service: Service, ask: Ask) -> None:
    put(service.store, make_article("a", "Banjir besar melanda."))
    put(service.store, make_article("b", "Banjir besar melanda.", title="Salinan"))
    answer = ask("banjir besar melanda")
    assert isinstance(answer, Answer)
    assert answer.text == "Banjir besar melanda. [1] [2]"
    assert len(answer.citations) == 2


@pytest.mark.parametrize(
    ("question", "language", "message"),
    [
        ("siapa presiden amerika serikat?", "id", "Jawabannya tidak ditemukan"),
        ("who is the president of america?", "en", "The articles do not answer this"),
    ],
)
def test_what_is_not_in_the_articles_is_not_answered(
    service: Service, ask: Ask, question: str, language: str, message: str
) -> None:
    put(service.store, make_article("a", "Banjir melanda. Macet parah."))
    result = ask(question)
    assert isinstance(result, Abstention)
    assert (result.reason, result.interpretation.language) == (Reason.NOT_IN_ARTICLES, language)
    assert result.message.startswith(message)
    assert [citation.quote for citation in result.nearest] == ["Banjir melanda."]


def test_an_empty_archive_and_filters_that_exclude_all_are_told_apart(service: Service, ask: Ask) -> None:
    empty = ask("Apa itu banjir?")
    assert isinstance(empty, Abstention)
    assert empty.reason is Reason.EMPTY_CORPUS
    put(service.store, make_article("a", "Banjir melanda.", outlet="Kompas"))
    excluded = ask("banjir melanda", filters=Filters(outlets=("Antara",)))
    assert isinstance(excluded, Abstention)
    assert (excluded.reason, excluded.nearest) == (Reason.NO_MATCHING_ARTICLES, ())


def test_a_follow_up_is_understood_with_the_question_before(service: Service, ask: Ask) -> None:
    put(service.store, make_article("a", "Walikota serang budi rustandi."))
    assert isinstance(ask("lalu siapa dia budi?"), Abstention)
    answer = ask("lalu dia budi?", history=[Turn("walikota serang rustandi", "…")])
    assert isinstance(answer, Answer)
    assert answer.interpretation.query == "walikota serang rustandi lalu dia budi?"


def test_a_question_that_is_answered_alone_is_not_mixed_with_the_one_before(
    service: Service, ask: Ask
) -> None:
    put(service.store, make_article("a", "Banjir melanda."))
    answer = ask("banjir melanda?", history=[Turn("walikota serang", "…")])
    assert answer.interpretation.query == "banjir melanda?"


def test_an_article_that_was_deleted_or_changed_is_never_cited_from_its_old_text(
    service: Service, ask: Ask
) -> None:
    put(service.store, make_article("a", "Pejabat dilantik 250 orang."))
    assert isinstance(ask("pejabat dilantik"), Answer)
    put(service.store, make_article("a", "Pejabat dilantik 269 orang."))
    changed = ask("pejabat dilantik")
    assert isinstance(changed, Answer)
    assert [citation.quote for citation in changed.citations] == ["Pejabat dilantik 269 orang."]
    service.store.delete("a")
    assert isinstance(ask("pejabat dilantik"), Abstention)
    with pytest.raises(ArticleNotFound):
        service.store.article("a")


@pytest.mark.parametrize(
    ("question", "problem"), [("", "empty"), (" \n", "empty"), ("a" * 1001, "1001 characters")]
)
def test_a_question_must_be_of_1_to_1000_characters(ask: Ask, question: str, problem: str) -> None:
    with pytest.raises(QuestionInvalid, match=problem):
        ask(question)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(st.text(min_size=1, max_size=200), min_size=1, max_size=4),
    question=st.text(min_size=1, max_size=60).filter(str.strip),
)
def test_every_citation_ever_sent_is_verbatim_at_its_offsets(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], question: str
) -> None:
    service = make_service(tmp_path_factory.mktemp("home"))
    raws = [RawArticle(text.encode(), "text/plain", f"{n}.txt") for n, text in enumerate(texts)]
    service.ingest.run(raws, lambda _: None)
    asks = service.ask, Ask(service.store, service.retriever, OverlapReader(), threshold=0)
    for ask in asks:
        client = TestClient(create_api(replace(service, ask=ask)))
        response = client.post("/ask", json={"question": question}).json()
        for citation in [*response["citations"], *(response["abstention"] or {"nearest": []})["nearest"]]:
            text = client.get(f"/articles/{citation['article']['id']}").json()["text"]
            passage = citation["passage"]
            assert text[citation["start"] : citation["end"]] == citation["quote"] != ""
            assert passage["start"] <= citation["start"] < citation["end"] <= passage["end"]
            assert text[passage["start"] : passage["end"]] == passage["text"]
    service.close()


def test_a_span_outside_the_text_is_no_citation(service: Service) -> None:
    put(service.store, make_article("a", "Banjir."))
    (hit,) = service.retriever.retrieve("banjir", Filters(), limit=1)
    assert cite([Reading(hit, Span(3, 99), 1.0, 1.0), Reading(hit, Span(2, 2), 1.0, 1.0)]) == ()
