"""Logits -> probabilities that hold, fitted on questions whose contexts were held out from training.

All fits are logistic regressions (Platt, 1999).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from index.passages import TokenCounter
from index.records import Filters, Hit
from index.retrieve import Retriever
from qa_service.ask import READ
from qa_service.calibration import Calibration
from qa_service.questions import GoldQuestion, context_hits
from qa_service.reader import Finding, SpanFinder
from qa_service.training.examples import holds_answer
from qa_service.training.negatives import context_id

PRECISION = 0.9
"""How many of the answers that are shown are to be right."""

_TELLING = 40
"""Characters of a part of a sentence from which on it is no other's."""

Features = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found in the passages of one question, and which quotes hold the answer."""

    answerable: bool
    findings: list[Finding]
    right: NDArray[np.bool_]


def given_contexts(
    finder: SpanFinder, questions: Iterable[GoldQuestion], count_tokens: TokenCounter
) -> list[Judged]:
    """Each question read in its own context."""
    return [_judged(finder, q, context_hits(q, count_tokens=count_tokens), own=q.id) for q in questions]


def found_passages(
    finder: SpanFinder, questions: Iterable[GoldQuestion], retriever: Retriever
) -> list[Judged]:
    """Each question asked of all contexts; every third one without its own."""
    judged = []
    for number, question in enumerate(questions):
        own = context_id(question)
        hits = retriever.retrieve(question.question, Filters(), limit=2 * READ)
        if number % 3 == 2:
            hits = [hit for hit in hits if hit.article.id != own]
        judged.append(_judged(finder, question, hits[:READ], own=own))
    return judged


def calibrated(given: Sequence[Judged], found: Sequence[Judged], *, model: str) -> Calibration:
    """The calibration under which the probabilities hold for what was read."""
    weights, bias = _fitted([(each, _raw(each)) for each in given])
    margin, relevance = map(float, weights)
    plain = Calibration(margin, relevance, bias, 1.0, 0.0, 0.0, 0.0, threshold=0.5, model=model)
    fused, fused_bias = _fitted([(each, _with_search(each, plain)) for each in found])
    best, right = _best(found, lambda each: _with_search(each, plain) @ fused + fused_bias)
    slope, shift = _scaled(best, right)
    return replace(
        plain,
        fused_reading=float(slope * fused[0]),
        fused_cosine=float(slope * fused[1]),
        fused_bm25=float(slope * fused[2]),
        fused_bias=float(slope * fused_bias + shift),
        threshold=threshold(slope * best + shift, right),
    )


def of_given(given: Sequence[Judged], calibration: Calibration) -> dict[str, float]:
    """Of how many questions the best finding in the context was right, and how well its logit tells."""
    best, right = _best(given, lambda each: _logits(each, calibration))
    answerable = np.array([each.answerable for each in given])
    return {
        "questions": len(given),
        "right_of_answerable": float(right[answerable].mean()),
        "auroc": float(roc_auc_score(answerable, best)),
    }


def of_found(found: Sequence[Judged], calibration: Calibration) -> dict[str, float]:
    """Of how many questions the best finding among all contexts was right, and what the threshold does."""
    best, right = _best(found, lambda each: _fused(each, calibration))
    answered = 1 / (1 + np.exp(-best)) >= calibration.threshold
    return {
        "questions": len(found),
        "possible": float(np.mean([each.right.any() for each in found])),
        "right": float(right.mean()),
        "answered": float(answered.mean()),
        "right_of_answered": float(right[answered].mean()) if answered.any() else 0.0,
    }


def threshold(logits: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """The lowest probability from which on at least PRECISION of the answers are right."""
    order = np.argsort(-logits)
    precision = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero(precision >= PRECISION)
    return float(1 / (1 + np.exp(-logits[order][enough[-1]]))) if enough.size else 1.0


def _judged(finder: SpanFinder, question: GoldQuestion, hits: Sequence[Hit], *, own: str) -> Judged:
    findings = finder.find(question.question, hits)
    right = [
        question.answerable
        and found.hit.article.id == own
        and _holds(found.hit.article.text[found.quote.start : found.quote.end], question)
        for found in findings
    ]
    return Judged(question.answerable, findings, np.array(right, bool))


def _holds(quote: str, question: GoldQuestion) -> bool:
    """Whether the quote holds the answer, or is the sentence that backs it, or most of it."""
    if holds_answer(quote, question):
        return True
    return question.evidence is not None and len(quote) >= _TELLING and quote in question.evidence.text


def _raw(judged: Judged) -> Features:
    return np.array([(found.margin, found.relevance) for found in judged.findings])


def _logits(judged: Judged, calibration: Calibration) -> Features:
    return np.array([calibration.logit(found.margin, found.relevance) for found in judged.findings])


def _with_search(judged: Judged, calibration: Calibration) -> Features:
    hits = [found.hit for found in judged.findings]
    return np.column_stack(
        [_logits(judged, calibration), [hit.dense for hit in hits], [hit.lexical for hit in hits]]
    )


def _fused(judged: Judged, calibration: Calibration) -> Features:
    return np.array(
        [
            calibration.fused(reading, cosine=cosine, bm25=bm25)
            for reading, cosine, bm25 in _with_search(judged, calibration)
        ]
    )


def _fitted(rows: Sequence[tuple[Judged, Features]]) -> tuple[NDArray[np.float64], float]:
    """The weights of the features and the bias that tell right findings from wrong ones."""
    features = np.concatenate([features for _, features in rows])
    right = np.concatenate([judged.right for judged, _ in rows])
    model = LogisticRegression(C=1e3, max_iter=10_000).fit(features, right)
    return model.coef_[0], float(model.intercept_[0])


def _best(
    found: Sequence[Judged], logits_of: Callable[[Judged], Features]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Of each question the highest logit, and whether that finding is right."""
    logits = [logits_of(each) for each in found]
    best = np.array([each.max() for each in logits])
    right = np.array([each.right[row.argmax()] for each, row in zip(found, logits, strict=True)])
    return best, right


def _scaled(logits: NDArray[np.float64], right: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and shift under which the logits of the best findings are true of them."""
    model = LogisticRegression(C=1e6).fit(logits[:, np.newaxis], right)
    return float(model.coef_[0, 0]), float(model.intercept_[0])
