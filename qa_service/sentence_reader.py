"""Question + hits -> readings: which sentence answers, and how probable it is that it does.

This reader has no model of its own. It weighs what the embedder and the words say of each sentence in a
logistic regression, fitted by `python -m tests.benchmarks.fit_reader` on questions with known answers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.embedder import Embedder
from index.languages import detect
from index.passages import with_header
from index.records import Hit, Span
from index.words import stems, words
from qa_service.expectations import meets_expectation
from qa_service.reader import Reading, logistic, sentence_spans


@dataclass(frozen=True, slots=True)
class _Question:
    """What the features need to know of a question."""

    text: str
    language: str
    stems: frozenset[str]
    names: frozenset[str]

    def is_akin_to(self, hit: Hit) -> bool:
        return are_akin(self.language, hit.article.language)


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
    "share of the question's names and numbers missing from the article",
)
"""What is weighed, in the order of the weights. Shares of words are 0 where the languages are not akin."""

_EXPECTED = {True: 1.0, False: -1.0, None: 0.0}


@dataclass(frozen=True, slots=True)
class Weights:
    """A logistic regression over FEATURES: the logit of a sentence is its features @ `of` + `bias`."""

    of: tuple[float, ...]
    bias: float

    def logits(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        logits: NDArray[np.float64] = features @ np.array(self.of) + self.bias
        return logits


AKIN = Weights(of=(1.953, 7.735, 22.793, 0.55, 0.978, 0.474, -0.173), bias=-11.058)
"""Where question and article are in languages that share their words."""

FOREIGN = Weights(of=(5.87, 9.122, 21.923, 0.0, 0.0, 0.474, -0.521), bias=-14.609)
"""Where they are not, so that the shares of words say nothing."""


class SentenceReader:
    """Reads every sentence of the hits with nothing but the embedder and the words."""

    name = "sentences"
    threshold = 0.4
    """Under a half: a doubtful quote that is shown with its probability costs less than a missing answer."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def read(self, question: str, hits: Sequence[Hit]) -> list[Reading]:
        spans = [(hit, span) for hit in hits for span in sentence_spans(hit) if not _asks(hit, span)]
        if not spans:
            return []
        asked = _understood(question)
        features = self._features(asked, spans)
        akin = [asked.is_akin_to(hit) for hit, _ in spans]
        logits = np.where(akin, AKIN.logits(features), FOREIGN.logits(features))
        readings = [
            Reading(hit, span, span, float(logit), logistic(logit))
            for (hit, span), logit in zip(spans, logits, strict=True)
        ]
        best: dict[int, Reading] = {}
        for reading in sorted(readings, key=lambda reading: -reading.relevance):
            best.setdefault(reading.hit.passage.id, reading)
        return list(best.values())

    def fuse(self, readings: Sequence[Reading]) -> list[Reading]:
        """As they are: what the search says is among the features already."""
        return list(readings)

    def features(self, question: str, spans: Sequence[tuple[Hit, Span]]) -> NDArray[np.float64]:
        """The FEATURES of each sentence, of shape (len(spans), len(FEATURES))."""
        return self._features(_understood(question), spans)

    def _features(self, asked: _Question, spans: Sequence[tuple[Hit, Span]]) -> NDArray[np.float64]:
        texts = [hit.article.text[span.start : span.end] for hit, span in spans]
        cosines = self._embedder.embed_passages(texts) @ self._embedder.embed_query(asked.text)
        gaps = np.array([0.0 if asked.is_akin_to(hit) else LANGUAGE_GAP for hit, _ in spans])
        of_sentence = cosines + gaps
        of_passage = np.array([hit.dense for hit, _ in spans]) + gaps
        hits = {hit.passage.id: hit for hit, _ in spans}
        of_hit = {passage_id: _features_of_hit(asked, hit) for passage_id, hit in hits.items()}
        lexical = []
        for (hit, _), text in zip(spans, texts, strict=True):
            in_passage, missing = of_hit[hit.passage.id]
            in_sentence = _share(asked.stems, text) if asked.is_akin_to(hit) else 0.0
            expected = _EXPECTED[meets_expectation(asked.text, text)]
            lexical.append([in_sentence, in_passage, expected, missing])
        return np.column_stack([of_sentence, of_passage, of_sentence - of_sentence.mean(), lexical])


def _asks(hit: Hit, span: Span) -> bool:
    """Whether the sentence is itself a question, such as a subheading, which answers none."""
    return hit.article.text[span.end - 1] in "?？؟"


def _understood(question: str) -> _Question:
    names = frozenset(name.casefold() for name in _NAME.findall(question))
    return _Question(question, detect(question), frozenset(stems(words(question))), names)


def are_akin(one: str, other: str) -> bool:
    """Whether two languages are the same, or share many words."""
    return one == other or {one, other} <= _AKIN


def _features_of_hit(asked: _Question, hit: Hit) -> tuple[float, float]:
    """The share of the question's words in the passage, and of its names missing from the article."""
    passage = with_header(hit.article, hit.passage.text)
    in_passage = _share(asked.stems, passage) if asked.is_akin_to(hit) else 0.0
    return in_passage, _missing(asked.names, with_header(hit.article, hit.article.text))


def _share(asked: frozenset[str], text: str) -> float:
    return len(asked & set(stems(words(text)))) / len(asked) if asked else 0.0


def _missing(names: frozenset[str], text: str) -> float:
    folded = text.casefold()
    return sum(name not in folded for name in names) / len(names) if names else 0.0
