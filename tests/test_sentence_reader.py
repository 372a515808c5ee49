"""The reader: what a question expects, what is weighed of a sentence, and what comes first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from index.embedder import SentenceEmbedder
from index.records import Filters
from qa_service.build import Service
from qa_service.expectations import meets_expectation
from qa_service.reader import sentence_spans
from qa_service.sentence_reader import FEATURES, LANGUAGE_GAP, SentenceReader, Weights, are_akin
from tests.corpus import make_article, make_service, put
from tests.fakes import WordHashEmbedder


@pytest.mark.parametrize(
    ("question", "sentence", "met"),
    [
        ("Berapa pejabat yang dilantik?", "Sebanyak 269 pejabat dilantik.", True),
        ("Berapa pejabat yang dilantik?", "Dua ratus pejabat dilantik.", True),
        ("Berapa pejabat yang dilantik pada 2026?", "Sebanyak 62 pejabat dilantik.", True),
        ("Berapa pejabat yang dilantik pada 2026?", "Pelantikan pada 2026 itu khidmat.", False),
        ("How many officials were sworn in?", "Pejabat baru dilantik.", False),
        ("Cuántos funcionarios asumieron?", "Sebanyak 269 pejabat dilantik.", True),
        ("有多少官员就职？", "Sebanyak 269 pejabat dilantik.", True),
        ("كم عدد المسؤولين؟", "Pejabat baru dilantik.", False),
        ("Kapan pelantikan itu?", "Pelantikan berlangsung Jumat (31/10/2025).", True),
        ("Kapan pelantikan itu?", "Pelantikan berlangsung khidmat.", False),
        ("Tahun berapa ia lahir?", "Ia lahir tahun 1970.", True),
        ("Bila majlis itu?", "Majlis itu pada hari Jumaat, 6 Februari 2026.", True),
        ("Apa akibatnya bila banjir datang?", "Jalan ditutup.", None),
        ("Siapa wali kota Serang?", "Wali Kota Serang Budi Rustandi hadir.", True),
        ("Siapa wali kota Serang?", "Pejabat itu hadir.", False),
        ("Mengapa jalan ditutup?", "Jalan ditutup karena banjir.", None),
    ],
)
def test_a_question_word_tells_what_an_answer_holds(question: str, sentence: str, met: bool | None) -> None:
    assert meets_expectation(question, sentence) is met


@pytest.mark.parametrize(
    ("one", "other", "akin"),
    [("id", "id", True), ("ms", "id", True), ("jv", "id", True), ("en", "id", False), ("en", "en", True)],
)
def test_languages_that_share_their_words_are_akin(one: str, other: str, akin: bool) -> None:
    assert are_akin(one, other) is akin


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = make_service(tmp_path)
    text = "Wali Kota Budi Rustandi melantik 269 pejabat di Serang. Semua pulang sore."
    put(service.store, make_article("a", text, title="Pelantikan", published_at=date(2025, 10, 31)))
    yield service
    service.close()


def features(service: Service, question: str) -> dict[str, list[float]]:
    """The features of both sentences, by name."""
    (hit,) = service.retriever.retrieve(question, Filters(), limit=1)
    spans = [(hit, span) for span in sentence_spans(hit)]
    rows = SentenceReader(WordHashEmbedder()).features(question, spans)
    assert rows.shape == (2, len(FEATURES))
    return dict(zip(FEATURES, rows.T.round(3).tolist(), strict=True))


def test_the_words_and_the_kind_of_answer_are_weighed(service: Service) -> None:
    weighed = features(service, "Berapa pejabat dilantik di Serang?")
    assert weighed["share of the question's words in the sentence"] == [1.0, 0.0]
    assert weighed["share of the question's words in the passage"] == [1.0, 1.0]
    assert weighed["expected kind of answer present"] == [1.0, -1.0]
    assert weighed["share of the question's names and numbers missing from the article"] == [0.0, 0.0]
    first, second = weighed["lead of the sentence over the mean of all read"]
    assert first > 0 > second == pytest.approx(-first, abs=1e-3)


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("Berapa pejabat dilantik di Depok?", 1.0),
        ("Berapa pejabat dilantik di Serang atau Depok?", 0.5),
        ("Berapa pejabat dilantik pada 2023?", 1.0),
        ("Berapa pejabat dilantik pada 2025?", 0.0),
        ("berapa pejabat dilantik", 0.0),
    ],
)
def test_a_name_or_number_that_the_article_lacks_is_noticed(
    service: Service, question: str, missing: float
) -> None:
    weighed = features(service, question)
    assert weighed["share of the question's names and numbers missing from the article"] == [missing] * 2


def test_across_languages_words_are_not_compared_and_the_gap_is_made_up_for(service: Service) -> None:
    question = "How many officials were inaugurated in Serang by the mayor?"
    weighed = features(service, question)
    assert weighed["share of the question's words in the sentence"] == [0.0, 0.0]
    cosines = WordHashEmbedder().embed_passages(
        ["Wali Kota Budi Rustandi melantik 269 pejabat di Serang.", "Semua pulang sore."]
    ) @ WordHashEmbedder().embed_query(question)
    expected = (cosines + LANGUAGE_GAP).tolist()
    assert weighed["cosine of the sentence, with LANGUAGE_GAP"] == pytest.approx(expected, abs=1e-3)


def test_weights_give_a_logit() -> None:
    weights = Weights(of=(1.0, 2.0), bias=-1.0)
    assert weights.logits(np.array([[1.0, 1.0], [0.0, 0.5]])).tolist() == [2.0, 0.0]


def test_of_each_passage_the_best_sentence_is_read(service: Service) -> None:
    hits = service.retriever.retrieve("Berapa pejabat dilantik?", Filters(), limit=5)
    readings = SentenceReader(WordHashEmbedder()).read("Berapa pejabat dilantik?", hits)
    quotes = [reading.hit.article.text[reading.span.start : reading.span.end] for reading in readings]
    assert quotes == ["Wali Kota Budi Rustandi melantik 269 pejabat di Serang."]
    for reading in readings:
        assert reading.probability == pytest.approx(1 / (1 + np.exp(-reading.relevance)))
    assert SentenceReader(WordHashEmbedder()).read("Berapa?", []) == []


def test_a_question_in_an_article_is_never_an_answer(tmp_path: Path) -> None:
    service = make_service(tmp_path)
    put(service.store, make_article("a", "Berapa pejabat dilantik?\nSebanyak 269 orang."), budget=200)
    hits = service.retriever.retrieve("Berapa pejabat dilantik?", Filters(), limit=5)
    readings = SentenceReader(WordHashEmbedder()).read("Berapa pejabat dilantik?", hits)
    assert [r.hit.article.text[r.span.start : r.span.end] for r in readings] == ["Sebanyak 269 orang."]
    service.close()


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Kapan pasar itu terbakar?", "Api melalap pasar itu pada Minggu malam (4/1/2026)."),
        ("Who led the morning assembly?", "Apel pagi dipimpin Sekretaris Daerah Nanang Saefudin."),
        ("Berapa kios yang hangus?", "Sebanyak 48 kios hangus."),
    ],
)
def test_the_real_model_finds_the_sentence_that_answers(
    tmp_path: Path, embedder: SentenceEmbedder, question: str, answer: str
) -> None:
    service = make_service(tmp_path, embedder=embedder)
    text = (
        "Api melalap pasar itu pada Minggu malam (4/1/2026). Sebanyak 48 kios hangus. "
        "Apel pagi dipimpin Sekretaris Daerah Nanang Saefudin. Ia meminta pegawai hadir tepat waktu."
    )
    put(service.store, make_article("a", text, title="Kebakaran pasar"), embedder=embedder, budget=200)
    hits = service.retriever.retrieve(question, Filters(), limit=5)
    best = SentenceReader(embedder).read(question, hits)[0]
    assert text[best.span.start : best.span.end] == answer
    service.close()
