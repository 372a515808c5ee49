"""What is measured of judged questions, and what a file must have for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from qa_service.evaluate import Mode, Outcome, Score
from qa_service.formulas import auroc, expected_calibration_error
from qa_service.questions import GoldQuestion

_ENOUGH_LITERAL = 0.9
"""The share of the answerable questions whose answers must be literal for a file's words to be compared."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What a measure is of: all outcomes, or those in one language."""

    outcomes: Sequence[Outcome]
    mode: Mode
    literal: bool


@dataclass(frozen=True, slots=True)
class Need:
    """What a measure takes, and what is said where it is missing."""

    met: Callable[[Sample], bool]
    otherwise: str


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure: its name in the JSON, its label and form in tables, how it is computed, what it takes."""

    name: str
    label: str
    of: Callable[[Sequence[Outcome]], int | float]
    needs: tuple[Need, ...] = ()
    form: str = ".3f"

    def unmet(self, sample: Sample) -> Need | None:
        """The first need that the sample leaves open."""
        return next((need for need in self.needs if not need.met(sample)), None)

    def shown(self, value: float | None) -> str:
        """The value as tables have it; a dash for none."""
        return "–" if value is None else format(value, self.form)


def _mean(score: Score) -> Callable[[Sequence[Outcome]], float]:
    """The mean over the questions that can score this."""
    return lambda outcomes: fmean(each.scores[score] for each in outcomes if score in each.scores)


def _auroc(outcomes: Sequence[Outcome]) -> float:
    known = [each for each in outcomes if each.answerable or Score.ABSTENTION_RECALL in each.scores]
    return float(auroc([each.answerable for each in known], [each.probability for each in known]))


def _calibration_error(outcomes: Sequence[Outcome]) -> float:
    known = [each for each in outcomes if Score.RIGHT in each.scores]
    right = [each.scores[Score.RIGHT] for each in known]
    return float(expected_calibration_error(right, [each.probability for each in known]))


def _latency(percent: int) -> Callable[[Sequence[Outcome]], float]:
    return lambda outcomes: float(np.percentile([each.latency_ms for each in outcomes], percent))


def _some(score: Score, otherwise: str) -> Need:
    """That there are questions which can score this."""
    return Need(lambda sample: any(score in each.scores for each in sample.outcomes), otherwise)


_ELSEWHERE = "what a question's own context does not answer, another may"
_LITERAL = Need(lambda sample: sample.literal, "the answers don't stand word for word in what is read")
_RANKING = Need(
    lambda sample: sample.mode is not Mode.READING, "each question is read against one context alone"
)
_GOLD_ARTICLES = Need(
    lambda sample: any(each.answerable and each.question.gold_articles for each in sample.outcomes),
    "no question names the article that answers it",
)
_ANSWERABLE = Need(
    lambda sample: any(each.answerable for each in sample.outcomes), "no question has an answer"
)
_UNANSWERABLE = (
    Need(lambda sample: not all(each.answerable for each in sample.outcomes), "every question has an answer"),
    _some(Score.ABSTENTION_RECALL, _ELSEWHERE),
)
_JUDGED = _some(Score.RIGHT, _ELSEWHERE)
_ANSWERED = _some(Score.CITATION_PRECISION, "no question was answered")
_ABSTAINED = _some(Score.ABSTENTION_PRECISION, "every question was answered")
_RANKED = (_RANKING, _GOLD_ARTICLES)

MEASURES = (
    Measure("n", "questions", len, form="d"),
    Measure("n_answerable", "answerable", lambda all_: sum(each.answerable for each in all_), form="d"),
    Measure("n_answered", "answered", lambda all_: sum(each.answered for each in all_), form="d"),
    Measure("exact_match", "exact match", _mean(Score.EXACT_MATCH), (_LITERAL, _JUDGED)),
    Measure("f1", "F1", _mean(Score.F1), (_LITERAL, _JUDGED)),
    Measure(
        "exact_match_answerable",
        "best span's exact match",
        _mean(Score.EXACT_MATCH_ANSWERABLE),
        (_ANSWERABLE, _LITERAL),
    ),
    Measure("f1_answerable", "best span's F1", _mean(Score.F1_ANSWERABLE), (_ANSWERABLE, _LITERAL)),
    Measure("right_answer", "right answer", _mean(Score.RIGHT_ANSWER), (_ANSWERABLE, _LITERAL)),
    Measure(
        "right_answer_and_citation",
        "right and well cited",
        _mean(Score.RIGHT_ANSWER_AND_CITATION),
        (_LITERAL, *_RANKED),
    ),
    Measure(
        "right_citation",
        "right citation",
        _mean(Score.RIGHT_CITATION),
        (
            _LITERAL,
            *_RANKED,
            _some(Score.RIGHT_CITATION, "no question that names its article was answered"),
        ),
    ),
    Measure(
        "citation_precision", "citation precision", _mean(Score.CITATION_PRECISION), (_LITERAL, _ANSWERED)
    ),
    Measure(
        "abstention_precision",
        "abstention precision",
        _mean(Score.ABSTENTION_PRECISION),
        (*_UNANSWERABLE, _ABSTAINED),
    ),
    Measure("abstention_recall", "abstention recall", _mean(Score.ABSTENTION_RECALL), _UNANSWERABLE),
    Measure("auroc", "AUROC", _auroc, (_ANSWERABLE, *_UNANSWERABLE)),
    Measure("ece", "calibration error", _calibration_error, (_LITERAL, _JUDGED)),
    Measure("recall_at_1", "recall@1", _mean(Score.RECALL_AT_1), _RANKED),
    Measure("recall_at_5", "recall@5", _mean(Score.RECALL_AT_5), _RANKED),
    Measure("recall_at_10", "recall@10", _mean(Score.RECALL_AT_10), _RANKED),
    Measure("mrr_at_10", "MRR@10", _mean(Score.MRR_AT_10), _RANKED),
    Measure("ndcg_at_10", "nDCG@10", _mean(Score.NDCG_AT_10), _RANKED),
    Measure("latency_ms_p50", "latency p50, ms", _latency(50), form=".0f"),
    Measure("latency_ms_p95", "latency p95, ms", _latency(95), form=".0f"),
)
"""All measures, in the order they are shown."""

SELF_CHOSEN = frozenset({"right_citation", "citation_precision", "abstention_precision"})
"""Means over the questions that a run chose itself, by answering or not: two runs have few pairs of them."""


def are_literal(questions: Sequence[GoldQuestion]) -> bool:
    """Whether the answers of nearly all answerable questions stand word for word in what is read.

    One that has no context says so by giving answers without the evidence for them.
    """
    answerable = [question for question in questions if question.answerable]
    return sum(map(_is_literal, answerable)) >= _ENOUGH_LITERAL * len(answerable)


def _is_literal(question: GoldQuestion) -> bool:
    if question.context is None:
        return bool(question.answers) and question.evidence is None
    return any(answer.start >= 0 or answer.text in question.context for answer in question.answers)
