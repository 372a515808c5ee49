"""Question + hits -> readings: where in each passage the answer stands, and how probably it does."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from index.languages import detect
from index.passages import with_header
from index.records import Hit, Span
from index.sentences import sentences
from qa_service.calibration import Calibration
from qa_service.pairs import Logits, Pair, PairEncoder, Scorer

_LONGEST_ANSWER = 80
"""Tokens; more is no answer but a passage."""

_FIRSTS_TRIED = 20
"""The best first tokens, each of which is tried with the best last one."""

_AFTER_HOW = (
    "many|much|few|little|old|young|long|short|far|near|close|often|frequently|big|small|large|tall|high|low"
    "|deep|wide|broad|thick|heavy|fast|quick|quickly|slow|late|early|soon|hot|warm|cold|strong|loud|expensive"
)
_AFTER_WIE = (
    "viele?|wenige?|lange|kurz|alt|jung|hoch|tief|groß|klein|breit|weit|nah|oft|häufig|schnell|schwer|spät"
    "|früh|bald|heiß|warm|kalt|stark|laut|teuer|heißt|heißen|lautet"
)
"""With these words after them, "how" and "wie" ask for a fragment: a number, a time, a name."""
_WANTS_SENTENCES = re.compile(
    r"\b(?:mengapa|kenapa|knp|bagaimana\w*|gimana|gmn|jelaskan|uraikan|sebutkan|apa saja|apa aja|siapa saja"
    rf"|siapa aja|mana saja|why|how(?! (?:{_AFTER_HOW})\b)|what are|which are"
    rf"|por qué|cómo(?! se llaman?\b)|pourquoi|warum|wieso|wie(?! (?:{_AFTER_WIE})\b)|tại sao)\b"
    r"|^\W*(?:list|comment(?! s['’]appel))\b"  # "list" and "comment" within a question are English nouns.
    r"|为什么|怎么|如何|哪些|لماذا|كيف|ทำไม|อย่างไร",
    re.IGNORECASE,
)


def wants_sentences(question: str) -> bool:
    """Whether the question is answered by a sentence or several, never by a fragment: why, how, lists."""
    return _WANTS_SENTENCES.search(question) is not None


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found in one passage, as spans of its article's text.

    `answer` is the words that answer, `span` the sentences around them: what is quoted. `relevance` is a
    logit, for ranking; `probability`, its logistic, is that the quote holds the answer.
    """

    hit: Hit
    answer: Span
    span: Span
    relevance: float
    probability: float


class Reader(Protocol):
    """What reads."""

    @property
    def name(self) -> str:
        """Which model reads, for reports."""

    @property
    def threshold(self) -> float:
        """The probability of being right from which on it is best to answer."""

    def read(self, question: str, hits: Sequence[Hit]) -> list[Reading]:
        """At most one reading a hit, the most relevant first; none without hits. Safe to share by threads."""

    def fuse(self, question: str, readings: Sequence[Reading], /) -> list[Reading]:
        """The readings of hits that a search found, judged by what the search says of them as well."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What the network makes of a hit: the answer, the sentences around it, and how sure it is, in logits.

    `margin` is by how much the answer is more likely than none, `relevance` that of the passage.
    """

    hit: Hit
    answer: Span
    quote: Span
    margin: float
    relevance: float


class SpanFinder:
    """Finds in each passage what comes nearest to an answer, all passages in one go."""

    def __init__(self, encoder: PairEncoder, scorer: Scorer) -> None:
        self._encoder = encoder
        self._scorer = scorer

    def find(self, question: str, hits: Sequence[Hit]) -> list[Finding]:
        """What the network says of each hit, in the order given."""
        pairs = self._encoder.encode(
            [(question, with_header(hit.article, ""), hit.passage.text) for hit in hits]
        )
        findings = []
        for hit, pair, logits in zip(hits, pairs, self._scorer.score(pairs), strict=True):
            best = best_span(logits, pair)
            answer = _trimmed(hit, best.span)
            quote = _sentences_around(hit, answer)
            findings.append(Finding(hit, answer, quote, best.margin, logits.relevance))
        return findings


class CrossEncoderReader:
    """Reads with a trained cross-encoder, and knows how far to trust it."""

    def __init__(self, finder: SpanFinder, calibration: Calibration, *, embedder: str) -> None:
        """`embedder` is the name of the model that searches."""
        self._finder = finder
        self._calibration = calibration
        self._knows_search = embedder == calibration.embedder

    @property
    def name(self) -> str:
        return self._calibration.model

    @property
    def threshold(self) -> float:
        """The probability from which on 9 answers in 10 were right on questions held out from training."""
        return self._calibration.threshold

    def read(self, question: str, hits: Sequence[Hit]) -> list[Reading]:
        readings = []
        for found in self._finder.find(question, hits):
            relevance = self._calibration.logit(found.margin, found.relevance)
            readings.append(Reading(found.hit, found.answer, found.quote, relevance, logistic(relevance)))
        return sorted(readings, key=lambda reading: -reading.relevance)

    def fuse(self, question: str, readings: Sequence[Reading]) -> list[Reading]:
        """As they were read where the embedder is not the calibration's: its cosines tell nothing."""
        if not self._knows_search:
            return list(readings)
        language = detect(question)
        fused = []
        for each in readings:
            relevance = self._calibration.fused(
                each.relevance,
                cosine=each.hit.dense,
                bm25=each.hit.lexical,
                across=each.hit.article.language != language,
            )
            fused.append(replace(each, relevance=relevance, probability=logistic(relevance)))
        return sorted(fused, key=lambda reading: -reading.relevance)


@dataclass(frozen=True, slots=True)
class BestSpan:
    """The best span of a passage's text, and by how much its logits exceed those of "no answer"."""

    span: Span
    margin: float


def best_span(logits: Logits, pair: Pair) -> BestSpan:
    """The span whose first and last token score highest together, at most _LONGEST_ANSWER tokens long."""
    inside = np.flatnonzero(pair.offsets[:, 0] >= 0)
    none = float(logits.first[0] + logits.last[0])
    if not inside.size:
        return BestSpan(Span(0, 0), -none)
    first, last = logits.first[inside], logits.last[inside]
    tried = np.argsort(-first)[:_FIRSTS_TRIED]
    ends = [int(at + np.argmax(last[at : at + _LONGEST_ANSWER])) for at in tried]
    scores = first[tried] + last[ends]
    best = int(np.argmax(scores))
    begin, end = pair.offsets[inside[tried[best]], 0], pair.offsets[inside[ends[best]], 1]
    return BestSpan(Span(int(begin), int(end)), float(scores[best]) - none)


def sentence_spans(hit: Hit) -> list[Span]:
    """The sentences of the hit's passage, as spans of its article's text."""
    start = hit.passage.start
    return [
        Span(start + span.start, start + span.end)
        for span in sentences(hit.passage.text, language=hit.article.language)
    ]


def _trimmed(hit: Hit, span: Span) -> Span:
    """The span of the passage as one of the article, without white space around it."""
    text = hit.passage.text[span.start : span.end]
    start = hit.passage.start + span.start + len(text) - len(text.lstrip())
    return Span(start, start + len(text.strip()))


def _sentences_around(hit: Hit, answer: Span) -> Span:
    """From the start of the sentence where the answer begins to the end of that where it ends."""
    around = [span for span in sentence_spans(hit) if span.start < answer.end and answer.start < span.end]
    return Span(around[0].start, around[-1].end) if around else answer


def logistic(logit: float) -> float:
    """The probability that a logit stands for."""
    return float(1 / (1 + np.exp(-logit)))
