"""Question + hits -> readings: which sentence answers, and how probable it is that it does.

This reader has no model of its own. It weighs what the embedder and the words say of each sentence in a
logistic regression, fitted by `python -m tests.benchmarks.fit_reader` on questions with known answers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.embedder import Embedder
from index.languages import detect
from index.passages import with_header
from index.records import Hit, Span
from index.sentences import sentences
from index.words import stems, words


@dataclass(frozen=True, slots=True)
class Reading:
    """A sentence that may answer, as a span of the article's text.

    `relevance` is the logit, for ranking; `probability`, its logistic, is that the sentence holds the answer.
    """

    hit: Hit
    span: Span
    relevance: float
    probability: float


@dataclass(frozen=True, slots=True)
class _Question:
    """What the features need to know of a question."""

    text: str
    language: str
    stems: frozenset[str]
    names: frozenset[str]
    expected: re.Pattern[str] | None


_NUMBER = re.compile(
    r"\d|\b(?:satu|dua|tiga|empat|lima|enam|tujuh|delapan|sembilan|sepuluh|ratus|ribu|juta)\b"
)
_TIME = re.compile(
    r"\b(?:\d{1,2}/\d{1,2}(?:/\d{2,4})?|(?:19|20)\d\d|senin|selasa|rabu|kamis|jumat|sabtu|minggu|januari"
    r"|februari|maret|april|mei|juni|juli|agustus|september|oktober|november|desember|monday|tuesday"
    r"|wednesday|thursday|friday|saturday|sunday|january|february|march|may|june|july|august|october"
    r"|december|pukul|jam|kemarin|pagi|siang|sore|malam)\b",
    re.IGNORECASE,
)
_PERSON = re.compile(r"\b[A-Z][\w'’.-]+ (?:[A-Z][\w'’.-]*)")

# Question words of the languages that are asked in most, and what an answer to them holds.
_EXPECTATIONS = (
    (
        re.compile(
            r"\b(?:kapan|kapankah|bila|bilakah|when|cu[aá]ndo|wann|quand)\b|متى|何时|什么时候|哪天", re.I
        ),
        _TIME,
    ),
    (
        re.compile(
            r"\b(?:tanggal|hari|tahun|bulan|jam) (?:berapa|apa)\b|\bwhat (?:date|day|year|time)\b", re.I
        ),
        _TIME,
    ),
    (re.compile(r"\b(?:berapa\w*|brp|pira|how (?:many|much)|cu[aá]nt[oa]s?)\b|كم|多少|几", re.I), _NUMBER),
    (
        re.compile(r"\b(?:siapa\w*|sapa|who|whom|qui[eé]n(?:es)?|wer|qui)\b|(?:^| )من (?:هو|هي)|谁", re.I),
        _PERSON,
    ),
)
_NAME = re.compile(r"(?<!^)(?<![.?!] )\b(?:[A-Z][\w'’-]+|\w*\d[\w./-]*)")

_AKIN = frozenset({"id", "ms", "jv", "su"})

LANGUAGE_GAP = 0.04
"""By how much lower the cosine of two texts is because they are in two languages: the mean over unrelated
English questions and Indonesian sentences, against Indonesian questions and the same sentences."""

FEATURES = (
    "cosine of the sentence, with LANGUAGE_GAP",
    "cosine of the passage, with LANGUAGE_GAP",
    "lead of the sentence over the mean of all read",
    "share of the question's words in the sentence",
    "share of the question's words in the passage",
    "expected kind of answer present",
    "share of the question's names missing from the article",
)
"""What is weighed, in the order of WEIGHTS. Shares of words are 0 where the languages are not akin."""

WEIGHTS = np.array([20.0, 20.0, 20.0, 1.0, 1.0, 1.0, -2.0])
BIAS = -36.0


class Reader(Protocol):
    """What reads."""

    def read(self, question: str, hits: Sequence[Hit]) -> list[Reading]:
        """Readings of the hits, the most relevant first; none without hits."""


class SentenceReader:
    """Reads every sentence of the hits with nothing but the embedder and the words."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def read(self, question: str, hits: Sequence[Hit]) -> list[Reading]:
        spans = [(hit, span) for hit in hits for span in sentence_spans(hit)]
        if not spans:
            return []
        logits = self.features(question, spans) @ WEIGHTS + BIAS
        readings = [
            Reading(hit, span, float(logit), float(1 / (1 + np.exp(-logit))))
            for (hit, span), logit in zip(spans, logits, strict=True)
        ]
        return sorted(readings, key=lambda reading: -reading.relevance)

    def features(self, question: str, spans: Sequence[tuple[Hit, Span]]) -> NDArray[np.float64]:
        """The FEATURES of each sentence, of shape (len(spans), len(FEATURES))."""
        asked = _understood(question)
        texts = [hit.article.text[span.start : span.end] for hit, span in spans]
        cosines = self._embedder.embed_passages(texts) @ self._embedder.embed_query(question)
        gaps = np.array([0.0 if _akin(asked, hit) else LANGUAGE_GAP for hit, _ in spans])
        of_sentence = cosines + gaps
        of_passage = np.array([hit.dense for hit, _ in spans]) + gaps
        lexical = [_lexical_features(asked, hit, text) for (hit, _), text in zip(spans, texts, strict=True)]
        return np.column_stack([of_sentence, of_passage, of_sentence - of_sentence.mean(), lexical])


def sentence_spans(hit: Hit) -> list[Span]:
    """The sentences of the hit's passage, as spans of its article's text."""
    start = hit.passage.start
    return [
        Span(start + span.start, start + span.end)
        for span in sentences(hit.passage.text, language=hit.article.language)
    ]


def _understood(question: str) -> _Question:
    expected = next((kind for asks, kind in _EXPECTATIONS if asks.search(question)), None)
    names = frozenset(name.casefold() for name in _NAME.findall(question))
    return _Question(question, detect(question), frozenset(stems(words(question))), names, expected)


def _akin(asked: _Question, hit: Hit) -> bool:
    """Whether question and article are in one language, or in two that share many words."""
    languages = {asked.language, hit.article.language}
    return len(languages) == 1 or languages <= _AKIN


def _lexical_features(asked: _Question, hit: Hit, sentence: str) -> list[float]:
    akin = _akin(asked, hit)
    passage = with_header(hit.article, hit.passage.text)
    return [
        _share(asked.stems, sentence) if akin else 0.0,
        _share(asked.stems, passage) if akin else 0.0,
        _expectation(asked, sentence),
        _missing(asked.names, hit.article.title + "\n" + hit.article.text),
    ]


def _share(asked: frozenset[str], text: str) -> float:
    return len(asked & set(stems(words(text)))) / len(asked) if asked else 0.0


def _expectation(asked: _Question, sentence: str) -> float:
    """1 where the sentence adds the kind of answer asked for, -1 where not, 0 where any will do."""
    if asked.expected is None:
        return 0.0
    found = (match.group().casefold() for match in asked.expected.finditer(sentence))
    return 1.0 if any(match not in asked.text.casefold() for match in found) else -1.0


def _missing(names: frozenset[str], text: str) -> float:
    folded = text.casefold()
    return sum(name not in folded for name in names) / len(names) if names else 0.0
