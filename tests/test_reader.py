"""The reader: which span is found, what is quoted around it, and what comes first."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pytest

from index.records import Article, Hit, Passage, Span
from qa_service.calibration import Calibration, load_calibration
from qa_service.errors import ReaderUnavailable
from qa_service.pairs import Logits, Pair, PairEncoder
from qa_service.reader import (
    CrossEncoderReader,
    Reading,
    SpanFinder,
    best_span,
    sentence_spans,
    wants_sentences,
)
from tests.corpus import make_article
from tests.tiny_model import write_tokenizer

TEXT = "Hujan turun. Wali Kota melantik 269 pejabat baru. Semua pulang sore."
CALIBRATION = Calibration(
    margin=0.5,
    relevance=2.0,
    bias=-1.0,
    fused_reading=1.0,
    fused_cosine=10.0,
    fused_bm25=0.5,
    fused_across=1.5,
    fused_bias=-3.0,
    threshold=0.6,
    model="rote-1",
    embedder="word-hash-256",
)


def pair_of_words(count: int) -> Pair:
    """`<s>`, one token of the question, `count` words of three letters and a space, `</s>`."""
    offsets = [(-1, -1), (-1, -1), *((4 * n, 4 * n + 3) for n in range(count)), (-1, -1)]
    return Pair(tuple(range(count + 3)), np.array(offsets, np.int32))


def logits_of(first: Sequence[float], last: Sequence[float], *, none: tuple[float, float]) -> Logits:
    """Logits of the words, and of "no answer" as first and as last token; -inf elsewhere."""
    outside = -np.inf
    return Logits(
        np.array([none[0], outside, *first, outside], np.float32),
        np.array([none[1], outside, *last, outside], np.float32),
        relevance=0.0,
    )


def test_the_best_span_never_ends_before_it_starts() -> None:
    found = best_span(logits_of([0, 3, 1], [4, 0, 2], none=(1, 0.5)), pair_of_words(3))
    assert (found.span, found.margin) == (Span(4, 11), 3 + 2 - 1.5)


def test_a_span_may_be_one_word() -> None:
    found = best_span(logits_of([0, 3, 1], [4, 5, 2], none=(0, 0)), pair_of_words(3))
    assert (found.span, found.margin) == (Span(4, 7), 8)


def test_where_no_answer_is_likelier_the_margin_is_negative_and_the_best_span_still_told() -> None:
    found = best_span(logits_of([0, 3, 1], [4, 0, 2], none=(6, 7)), pair_of_words(3))
    assert (found.span, found.margin) == (Span(4, 11), 5 - 13)


def test_an_answer_is_at_most_80_tokens_long() -> None:
    first, last = [-50.0] * 100, [0.0] * 100
    first[10], last[89], last[90] = 5, 2, 40
    found = best_span(logits_of(first, last, none=(0, 0)), pair_of_words(100))
    assert (found.span, found.margin) == (Span(40, 4 * 89 + 3), 7)


def test_a_passage_without_tokens_holds_nothing() -> None:
    found = best_span(logits_of([], [], none=(1, 2)), pair_of_words(0))
    assert (found.span, found.margin) == (Span(0, 0), -3)


@dataclass(frozen=True, slots=True)
class Said:
    """What a network is to say of a passage: first and last word of the answer, counted from 0, by how much
    it is likelier than none, and the relevance."""

    first: int
    last: int
    margin: float = 0.0
    relevance: float = 0.0


class RoteScorer:
    """A Scorer that says what it was told to, pair by pair."""

    def __init__(self, *said: Said) -> None:
        self._said = said

    def score(self, pairs: Sequence[Pair]) -> list[Logits]:
        return [self._logits(pair, said) for pair, said in zip(pairs, self._said, strict=True)]

    def _logits(self, pair: Pair, said: Said) -> Logits:
        inside = np.flatnonzero(pair.offsets[:, 0] >= 0)
        first, last = np.full((2, len(pair.ids)), -np.inf, np.float32)
        first[inside] = last[inside] = -99
        first[0] = last[0] = 0
        first[inside[said.first]], last[inside[said.last]] = said.margin, 0
        return Logits(first, last, said.relevance)


@pytest.fixture
def encoder(tmp_path: Path) -> PairEncoder:
    return PairEncoder(write_tokenizer(tmp_path))


def hit_of(article: Article, start: int = 0, *, dense: float = 0.0, lexical: float = 0.0) -> Hit:
    """The article's text from `start` on as the passage that was found."""
    passage = Passage(1, article.id, 0, start, len(article.text), article.text[start:])
    return Hit(passage, article, dense=dense, lexical=lexical, score=0.0)


def reader_of(encoder: PairEncoder, *said: Said) -> CrossEncoderReader:
    finder = SpanFinder(encoder, RoteScorer(*said))
    return CrossEncoderReader(finder, CALIBRATION, embedder=CALIBRATION.embedder)


def read(encoder: PairEncoder, question: str, hits: Sequence[Hit], *said: Said) -> list[Reading]:
    return reader_of(encoder, *said).read(question, hits)


def words_of(reading: Reading) -> tuple[str, str]:
    """The answer and the quote."""
    text = reading.hit.article.text
    answer, span = reading.answer, reading.span
    return text[answer.start : answer.end], text[span.start : span.end]


def test_a_reading_is_as_probable_as_its_calibrated_logit(encoder: PairEncoder) -> None:
    hit = hit_of(make_article("a", TEXT))
    (reading,) = read(encoder, "Berapa pejabat?", [hit], Said(5, 5, margin=3.0, relevance=1.25))
    assert reading.hit is hit
    assert reading.relevance == 0.5 * 3.0 + 2.0 * 1.25 - 1.0 == 3.0
    assert reading.probability == pytest.approx(0.9525741)


def test_the_most_relevant_comes_first(encoder: PairEncoder) -> None:
    hits = [hit_of(make_article(name, TEXT)) for name in "abc"]
    said = Said(5, 5, margin=-2.0), Said(5, 5, margin=4.0), Said(5, 5, relevance=0.25)
    readings = read(encoder, "Berapa pejabat?", hits, *said)
    assert [(r.hit.article.id, r.relevance) for r in readings] == [("b", 1.0), ("c", -0.5), ("a", -2.0)]


@pytest.mark.parametrize(
    ("first", "last", "answer", "quote"),
    [
        (5, 5, "269", "Wali Kota melantik 269 pejabat baru."),
        (5, 6, "269 pejabat", "Wali Kota melantik 269 pejabat baru."),
        (0, 1, "Hujan turun.", "Hujan turun."),
        (7, 8, "baru. Semua", "Wali Kota melantik 269 pejabat baru. Semua pulang sore."),
    ],
)
def test_what_is_quoted_is_the_sentences_around_the_answer(
    encoder: PairEncoder, first: int, last: int, answer: str, quote: str
) -> None:
    (reading,) = read(encoder, "Berapa pejabat?", [hit_of(make_article("a", TEXT))], Said(first, last))
    assert words_of(reading) == (answer, quote)


def test_spans_count_from_the_start_of_the_article_not_of_the_passage(encoder: PairEncoder) -> None:
    hit = hit_of(make_article("a", TEXT), start=13)
    (reading,) = read(encoder, "Berapa pejabat?", [hit], Said(3, 3))
    assert (reading.answer, reading.span) == (Span(32, 35), Span(13, 49))
    assert words_of(reading) == ("269", "Wali Kota melantik 269 pejabat baru.")


def test_an_answer_has_no_white_space_around_it(model_folder: Path) -> None:
    encoder = PairEncoder(model_folder)
    (pair,) = encoder.encode([("Berapa?", "", TEXT)])
    token = next(n for n, (begin, end) in enumerate(pair.offsets.tolist()) if TEXT[begin:end] == " 26")
    place = token - int(np.argmax(pair.offsets[:, 0] >= 0))
    (reading,) = read(encoder, "Berapa?", [hit_of(make_article("a", TEXT, title=""))], Said(place, place + 1))
    assert words_of(reading)[0] == "269"


@pytest.mark.parametrize(
    "question",
    [
        "Mengapa jalan ditutup?",
        "kenapa jalan ditutup",
        "Bagaimana banjir ditangani?",
        "Bagaimanakah caranya?",
        "Jelaskan alasan pelantikan itu.",
        "Sebutkan nama dinas itu",
        "Apa saja syaratnya?",
        "Siapa saja yang dilantik?",
        "Why was the road closed?",
        "How did the fire start?",
        "What are the conditions?",
        "List the officials.",
        "¿Por qué se cerró?",
        "knp jalan ditutup",
        "gimana cara daftar CPNS",
        "gmn caranya",
        "How come the road was closed?",
        "How does the fast lane work?",
        "- list the officials",
        "Comment le feu a-t-il pris ?",
        "¿Cómo empezó el incendio?",
        "Wie begann der Brand?",
        "ทำไมถนนจึงถูกปิด",
        "ไฟไหม้เริ่มต้นอย่างไร",
        "为什么关闭道路？",
        "كيف بدأ الحريق؟",
    ],
)
def test_why_how_and_lists_want_whole_sentences(question: str) -> None:
    assert wants_sentences(question)


@pytest.mark.parametrize(
    "question",
    [
        "Berapa pejabat yang dilantik?",
        "Siapa wali kota Serang?",
        "Apa nama jalan itu?",
        "Kapan pelantikan itu?",
        "How many officials were sworn in?",
        "How much did it cost?",
        "How few officials came?",
        "How fast was the wind?",
        "How deep was the flood?",
        "How wide is the road?",
        "How heavy was the rain?",
        "how late did it end",
        "How soon will it open?",
        "How close was the fire?",
        "How hot was it?",
        "How cold was it?",
        "How strong was the quake?",
        "However, who was sworn in?",
        "What comment did the mayor make?",
        "Who is on the list?",
        "Comment s'appelle le maire ?",
        "¿Cómo se llama el alcalde?",
        "Wie heißt der Bürgermeister?",
        "Wie heißen die Beamten?",
        "Wie lautet der Name?",
        "Wie schnell war der Wind?",
        "Who was sworn in?",
        "Wie viele Beamte?",
    ],
)
def test_other_questions_want_the_words_alone(question: str) -> None:
    assert not wants_sentences(question)


def test_fused_readings_are_ordered_by_what_the_search_says_as_well(encoder: PairEncoder) -> None:
    reader = reader_of(encoder)
    near = Reading(
        hit_of(make_article("near", TEXT), dense=0.5, lexical=4.0), Span(0, 5), Span(0, 12), 0, 0.5
    )
    far = Reading(hit_of(make_article("far", TEXT), dense=0.25), Span(0, 5), Span(0, 12), 2, 0.88)
    fused = reader.fuse("Kapan pejabat kota itu dilantik?", [far, near])
    assert [(r.hit.article.id, r.relevance) for r in fused] == [
        ("near", 0 + 10 * 0.5 + 0.5 * 4 - 3),
        ("far", 2 + 10 * 0.25 - 3),
    ]
    assert [r.probability for r in fused] == pytest.approx([0.9820138, 0.8175745])
    assert [(r.answer, r.span) for r in fused] == [(Span(0, 5), Span(0, 12))] * 2


def test_a_passage_in_another_language_is_given_what_the_search_lacks_there(encoder: PairEncoder) -> None:
    hit = hit_of(make_article("near", TEXT), dense=0.5, lexical=4.0)
    (fused,) = reader_of(encoder).fuse(
        "When were they sworn in?", [Reading(hit, Span(0, 5), Span(0, 12), 3, 0.9)]
    )
    assert fused.relevance == 3 + 10 * 0.5 + 0.5 * 4 + 1.5 - 3
    assert fused.probability == pytest.approx(0.99979658)


def test_with_another_embedder_what_was_read_counts_alone(encoder: PairEncoder) -> None:
    reader = CrossEncoderReader(SpanFinder(encoder, RoteScorer()), CALIBRATION, embedder="another")
    hit = hit_of(make_article("near", TEXT), dense=0.5, lexical=4.0)
    readings = [Reading(hit, Span(0, 5), Span(0, 12), 3, 0.9)]
    assert reader.fuse("Kapan pejabat kota itu dilantik?", readings) == readings


@pytest.mark.parametrize("written", ["", "{", "[]", '{"margin": 0.5}'])
def test_a_damaged_calibration_is_named(tmp_path: Path, written: str) -> None:
    (tmp_path / "calibration.json").write_text(written)
    with pytest.raises(ReaderUnavailable, match=r"calibration\.json is no calibration of a reader"):
        load_calibration(tmp_path / "calibration.json")
    with pytest.raises(ReaderUnavailable, match="train it anew"):
        load_calibration(tmp_path / "missing.json")


def test_without_hits_there_are_no_readings(encoder: PairEncoder) -> None:
    assert read(encoder, "Berapa?", []) == []
    assert reader_of(encoder).fuse("Berapa?", []) == []


def test_the_reader_goes_by_the_training_run_and_threshold_of_its_calibration(
    encoder: PairEncoder, tmp_path: Path
) -> None:
    file = tmp_path / "calibration.json"
    file.write_text(json.dumps(asdict(CALIBRATION)))
    assert load_calibration(file) == CALIBRATION
    reader = reader_of(encoder)
    assert (reader.name, reader.threshold) == ("rote-1", 0.6)


def test_the_sentences_of_a_hit_are_spans_of_its_article() -> None:
    article = make_article("a", TEXT)
    spans = sentence_spans(hit_of(article, start=13))
    assert [article.text[span.start : span.end] for span in spans] == [
        "Wali Kota melantik 269 pejabat baru.",
        "Semua pulang sore.",
    ]
