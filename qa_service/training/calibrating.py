"""Logits -> probabilities that hold, fitted on questions whose contexts were held out from training.

All fits are logistic regressions (Platt, 1999).
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold
from sklearn.utils.class_weight import compute_sample_weight

from index.languages import detect
from index.passages import TokenCounter
from index.records import Filters, Hit
from index.retrieve import Retriever
from qa_service.ask import READ
from qa_service.calibration import Calibration
from qa_service.certainty import SURE_FROM
from qa_service.formulas import holds
from qa_service.questions import GoldQuestion, context_hits
from qa_service.reader import Finding, SpanFinder
from qa_service.training.negatives import context_id

PRECISION = 0.9
"""How many of the answers that are shown are to be right."""

_DEEP = 100
"""How many hits of a question the archives that it is asked of are made from."""

_FEW = 10
"""Of how many articles the small archive has one."""

_FOLDS = 5
"""Each part of the questions is judged by what was fitted on the other parts."""

Features = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Judged:
    """The findings in the passages of one question, asked about the context of that id.

    In step with them, `across` says whether the passage is in another language than the question, `right`
    whether the quote holds an answer, whichever article it is of.
    """

    context: str
    answerable: bool
    findings: list[Finding]
    across: NDArray[np.bool_]
    right: NDArray[np.bool_]


def given_contexts(
    finder: SpanFinder, questions: Iterable[GoldQuestion], count_tokens: TokenCounter
) -> list[Judged]:
    """Each question read in its own context."""
    hits = ((question, context_hits(question, count_tokens=count_tokens)) for question in questions)
    return [_judged(finder, question, each) for question, each in hits if each]


def found_passages(
    finder: SpanFinder,
    questions: Iterable[GoldQuestion],
    retriever: Retriever,
    chance: random.Random,
) -> list[Judged]:
    """Each question asked of all contexts or, half of them, of few; every third one without its own.

    What a search says of its hits is not the same in a large archive and in a small one.
    """
    judged = []
    for number, question in enumerate(questions):
        own = context_id(question)
        hits = retriever.retrieve(question.question, Filters(), limit=_DEEP)
        others = sorted({hit.article.id for hit in hits} - {own})
        kept = set(others if number % 2 else chance.sample(others, len(others) // _FEW))
        if number % 3 != 2:
            kept.add(own)
        hits = [hit for hit in hits if hit.article.id in kept]
        judged.append(_judged(finder, question, hits[:READ]))
    return [each for each in judged if each.findings]


def calibrated(given: Sequence[Judged], found: Sequence[Judged], *, model: str, embedder: str) -> Calibration:
    """The calibration under which the probabilities hold for what was read, and found by `embedder`.

    For what was read: where a context answers as many questions as not, whatever their share was here.
    """
    answerable = np.array([each.answerable for each in given])
    counts = compute_sample_weight("balanced", answerable)
    (margin, relevance), bias = _fitted_to_best([(each, _raw(each)) for each in given], counts)
    rows = [(each, _with_search(each, (margin, relevance), bias)) for each in found]
    (reading, cosine, bm25, across), fused_bias = _fitted_to_best(rows)
    return Calibration(
        margin=margin,
        relevance=relevance,
        bias=bias,
        fused_reading=reading,
        fused_cosine=cosine,
        fused_bm25=bm25,
        fused_across=across,
        fused_bias=fused_bias,
        threshold=lowest_sound_probability(*_cross_fitted(rows)),
        model=model,
        embedder=embedder,
    )


def of_given(given: Sequence[Judged], calibration: Calibration) -> dict[str, float]:
    """Of how many questions the best finding in the context was right, and how well its logit tells."""
    weights = calibration.margin, calibration.relevance
    best, right = _best([(each, _raw(each)) for each in given], weights, calibration.bias)
    answerable = np.array([each.answerable for each in given])
    return {
        "questions": len(given),
        "right_of_answerable": float(right[answerable].mean()),
        "auroc": float(roc_auc_score(answerable, best)),
    }


def of_found(found: Mapping[str, Sequence[Judged]], calibration: Calibration) -> dict[str, dict[str, float]]:
    """Of how many questions the best finding among all contexts was right, and what the threshold does.

    Told of each kind of questions; each question is judged by weights that were fitted on others, of all
    kinds and about other contexts.
    """
    weights = calibration.margin, calibration.relevance
    rows = [(each, _with_search(each, weights, calibration.bias)) for each in chain(*found.values())]
    best, right = _cross_fitted(rows)
    kinds = np.repeat(list(found), [len(each) for each in found.values()])
    return {
        kind: _of_kind(each, best[kinds == kind], right[kinds == kind], calibration.threshold)
        for kind, each in found.items()
    }


def _of_kind(
    found: Sequence[Judged], best: NDArray[np.float64], right: NDArray[np.bool_], threshold: float
) -> dict[str, float]:
    answered, sure = best >= threshold, best >= SURE_FROM
    return {
        "questions": len(found),
        "possible": float(np.mean([each.right.any() for each in found])),
        "right": float(right.mean()),
        "answered": float(answered.mean()),
        "right_of_answered": float(right[answered].mean()) if answered.any() else 0.0,
        "right_of_sure": float(right[sure].mean()) if sure.any() else 0.0,
    }


def lowest_sound_probability(probabilities: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """The lowest probability from which on at least PRECISION of the answers are right; 1 where none is."""
    order = np.argsort(-probabilities)
    falling = probabilities[order]
    precision = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    last_of_equals = np.append(falling[1:] < falling[:-1], True)
    enough = np.flatnonzero((precision >= PRECISION) & last_of_equals)
    return float(falling[enough[-1]]) if enough.size else 1.0


def _judged(finder: SpanFinder, question: GoldQuestion, hits: Sequence[Hit]) -> Judged:
    findings = finder.find(question.question, hits)
    golds = [answer.text for answer in question.answers] if question.answerable else []
    quotes = (found.hit.article.text[found.quote.start : found.quote.end] for found in findings)
    language = detect(question.question)
    return Judged(
        context_id(question),
        question.answerable,
        findings,
        across=np.array([found.hit.article.language != language for found in findings], bool),
        right=np.array([holds(quote, golds) for quote in quotes], bool),
    )


def _raw(judged: Judged) -> Features:
    return np.array([(found.margin, found.relevance) for found in judged.findings])


def _with_search(judged: Judged, weights: Sequence[float], bias: float) -> Features:
    """The logit of each finding by the weights of what was read, and what the search says of its hit."""
    hits = [found.hit for found in judged.findings]
    return np.column_stack(
        [
            _raw(judged) @ np.asarray(weights) + bias,
            [hit.dense for hit in hits],
            [hit.lexical for hit in hits],
            judged.across,
        ]
    )


Rows = Sequence[tuple[Judged, Features]]
"""Of each question its findings, and their features: (findings, features)."""


def _fitted_to_best(rows: Rows, counts: NDArray[np.float64] | None = None) -> tuple[list[float], float]:
    """The weights of the features and the bias under which the best finding's probability holds.

    Weighed so that right findings are told from wrong ones, then scaled so that it holds of the best ones,
    where each question counts as `counts` says, else all alike.
    """
    told = LogisticRegression(C=1e3, max_iter=10_000).fit(
        np.concatenate([features for _, features in rows]), np.concatenate([each.right for each, _ in rows])
    )
    weights, bias = told.coef_[0], told.intercept_[0]
    best, right = _best(rows, weights, bias)
    scale = LogisticRegression(C=1e6).fit(best[:, np.newaxis], right, sample_weight=counts)
    slope, shift = scale.coef_[0, 0], scale.intercept_[0]
    return [float(slope * weight) for weight in weights], float(slope * bias + shift)


def _best(rows: Rows, weights: Sequence[float], bias: float) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Of each question the highest logit, and whether that finding is right."""
    logits = [features @ np.asarray(weights) + bias for _, features in rows]
    best = np.array([each.max() for each in logits])
    right = np.array([each.right[row.argmax()] for (each, _), row in zip(rows, logits, strict=True)])
    return best, right


def _cross_fitted(rows: Rows) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """As `_best`, but probabilities, and by weights fitted on the questions about other contexts."""
    contexts = [each.context for each, _ in rows]
    logits, rights = np.zeros(len(rows)), np.zeros(len(rows), bool)
    for others, held_out in GroupKFold(min(_FOLDS, len(set(contexts)))).split(rows, groups=contexts):
        fitted = _fitted_to_best([rows[row] for row in others])
        logits[held_out], rights[held_out] = _best([rows[row] for row in held_out], *fitted)
    return expit(logits), rights
