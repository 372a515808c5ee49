"""Stand-ins at the seams: deterministic, instant, and simple enough to predict their order by hand."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from index.records import Hit, Span
from qa_service.reader import Reading, sentence_spans


class WordHashEmbedder:
    """An Embedder that counts words: the cosine of two texts grows with the words they share.

    Case and order don't matter. A word's component is its CRC-32 modulo the dimension, the same on every
    machine and in every run. A text without words gets the first unit vector.
    """

    dimension = 256
    model_name = fingerprint = "word-hash-256"
    max_tokens = 512

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([self.embed_query(text) for text in texts], np.float32).reshape(-1, self.dimension)

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self.embed_passages(texts)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        counts = np.zeros(self.dimension, np.float32)
        for word in _words(text):
            counts[zlib.crc32(word.encode()) % self.dimension] += 1
        if not counts.any():
            counts[0] = 1
        unit: NDArray[np.float32] = counts / np.linalg.norm(counts)
        return unit

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(_words(text)) for text in texts]


class WordOverlapReader:
    """A Reader by shared words: of each hit its best sentence, as probable as the share of the question's
    words that stand in it. The answer is the sentence's first number, else all of it.
    """

    name = "word-overlap"
    threshold = 0.5

    def read(self, question: str, hits: Sequence[Hit]) -> list[Reading]:
        asked = set(_words(question))
        readings = []
        for hit in hits:
            text = hit.article.text
            shares = {
                span: len(asked & set(_words(text[span.start : span.end]))) / (len(asked) or 1)
                for span in sentence_spans(hit)
            }
            best = max(shares, key=lambda span: shares[span])
            readings.append(Reading(hit, _number_in(text, best), best, shares[best], shares[best]))
        return sorted(readings, key=lambda reading: -reading.relevance)

    def fuse(self, _question: str, readings: Sequence[Reading]) -> list[Reading]:
        return list(readings)


def _number_in(text: str, span: Span) -> Span:
    number = re.compile(r"\d+").search(text, span.start, span.end)
    return Span(number.start(), number.end()) if number else span


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())
