"""The reader that is kept with the project: what it makes of an article, whoever asks, and how often."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from index import offline_model
from index.records import Hit, Passage
from qa_service.build import load_reader
from qa_service.reader import Reader, Reading
from qa_service.settings import Settings
from tests.corpus import make_article

TEXT = (
    "Wali Kota Serang Budi Rustandi melantik 269 pejabat di Alun-alun Barat pada Jumat, 31 Oktober 2025. "
    "Ia meminta para pejabat bekerja tanpa pamrih. Hujan sempat turun sebelum acara dimulai."
)
WHO = "Siapa Wali Kota Serang?"
ELSEWHERE = "Harga beras di Pasar Induk naik menjadi Rp14.500 per kilogram karena panen terlambat."


@pytest.fixture(scope="module")
def reader(model_folder: Path) -> Reader:
    return load_reader(Settings(model=str(model_folder)), _unheard, embedder=offline_model.FINGERPRINT)


def hit_of(text: str, title: str = "Pelantikan pejabat") -> Hit:
    article = make_article(title, text, title=title, outlet="SuaraBanten.id")
    return Hit(Passage(1, article.id, 0, 0, len(text), text), article, dense=0.85, lexical=5.0, score=0.86)


def answer_of(reading: Reading) -> str:
    return reading.hit.article.text[reading.answer.start : reading.answer.end]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Berapa pejabat yang dilantik Wali Kota Serang?", "269"),
        ("How many officials did the mayor of Serang inaugurate?", "269"),
        ("¿Cuántos funcionarios nombró el alcalde de Serang?", "269"),
        ("Siapa Wali Kota Serang?", "Budi Rustandi"),
        ("Who is the mayor of Serang?", "Budi Rustandi"),
        ("Kapan pejabat Kota Serang dilantik?", "31 Oktober 2025"),
    ],
)
def test_it_finds_the_words_that_answer_in_whatever_language_is_asked(
    reader: Reader, question: str, answer: str
) -> None:
    best = reader.read(question, [hit_of(ELSEWHERE, "Harga beras"), hit_of(TEXT)])[0]
    assert answer in answer_of(best)
    assert len(answer_of(best)) < len(answer) + 25


def test_what_the_passage_does_not_say_is_less_probable_than_what_it_says(reader: Reader) -> None:
    said = reader.read("Berapa pejabat yang dilantik Wali Kota Serang?", [hit_of(TEXT)])[0]
    for unsaid in (
        "Berapa gaji Wali Kota Serang?",
        "Berapa pejabat yang dilantik Gubernur Aceh?",
        "Who won the world cup in 1998?",
    ):
        assert reader.read(unsaid, [hit_of(TEXT)])[0].probability < said.probability / 2


def test_threads_that_read_at_once_read_the_same(reader: Reader) -> None:
    hits = [hit_of(TEXT), hit_of(ELSEWHERE, "Harga beras")] * 4
    alone = reader.read(WHO, hits)
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda _: reader.read(WHO, hits), range(8)))
    for each in together:
        assert [reading.answer for reading in each] == [reading.answer for reading in alone]
        probabilities = [reading.probability for reading in each]
        assert probabilities == pytest.approx([reading.probability for reading in alone], abs=0.01)


def test_the_search_counts_where_it_is_the_one_that_was_calibrated_with(
    reader: Reader, model_folder: Path
) -> None:
    readings = reader.read(WHO, [hit_of(TEXT)])
    assert reader.fuse(WHO, readings)[0].probability != readings[0].probability
    stranger = load_reader(Settings(model=str(model_folder)), _unheard, embedder="another")
    assert stranger.fuse(WHO, readings) == readings


def _unheard(_step: str) -> None:
    pass
