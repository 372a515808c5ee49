"""Two runs over the same questions: by how much they differ, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from rich.console import Group, RenderableType
from rich.table import Column, Table
from rich.text import Text

from qa_service.errors import EvaluationInvalid
from qa_service.measures import MEASURES, SELF_CHOSEN, Measure
from qa_service.scorecard import Scorecard

_RESAMPLES = 10_000
_AT_ONCE = 500
_CONFIDENCE = 0.95
_SEED = 7


@dataclass(frozen=True, slots=True)
class Interval:
    """Where the true difference lies with 95 % confidence, and how probable such a one is by chance."""

    low: float
    high: float
    p: float


@dataclass(frozen=True, slots=True)
class Difference:
    """The mean score of two runs over the `n` questions that both have."""

    measure: Measure
    n: int
    a: float
    b: float
    interval: Interval

    @property
    def size(self) -> float:
        return self.b - self.a


def differences(a: Scorecard, b: Scorecard) -> list[Difference]:
    """B less A in each measure that is a mean over questions; raises EvaluationInvalid for other questions.

    Left out are means over questions that the runs chose themselves, by answering them or not.
    """
    scores_a, scores_b = _scores(a), _scores(b)
    shared = [question_id for question_id in scores_a if question_id in scores_b]
    if len(shared) < 2:
        raise EvaluationInvalid(
            f"the two runs share {len(shared)} questions by id: compare runs over the same file"
        )
    found = []
    for measure in MEASURES:
        both = [
            (scores_a[each][measure.name], scores_b[each][measure.name])
            for each in shared
            if measure.name in scores_a[each].keys() & scores_b[each].keys()
        ]
        if len(both) >= 2 and measure.name not in SELF_CHOSEN:
            of_a, of_b = zip(*both, strict=True)
            interval = paired_bootstrap(of_a, of_b)
            found.append(Difference(measure, len(both), fmean(of_a), fmean(of_b), interval))
    return found


def paired_bootstrap(a: Sequence[float], b: Sequence[float]) -> Interval:
    """The interval and the two-sided p of mean(b) - mean(a), by resampling the pairs (Koehn, 2004).

    Percentiles of 10,000 resamples, always the same ones. p is never 0: it counts the difference that was
    found as one more resample (Davison and Hinkley, 1997).
    """
    # Here, not above: it takes a second that `tanya --help` need not wait.
    from scipy.stats import bootstrap

    found = bootstrap(
        (np.asarray(a), np.asarray(b)),
        lambda a, b, axis: np.mean(b - a, axis=axis),
        paired=True,
        n_resamples=_RESAMPLES,
        batch=_AT_ONCE,
        confidence_level=_CONFIDENCE,
        method="percentile",
        rng=np.random.default_rng(_SEED),
    )
    resampled = found.bootstrap_distribution
    less_extreme = min(np.count_nonzero(resampled <= 0), np.count_nonzero(resampled >= 0))
    p = min(1.0, 2 * (int(less_extreme) + 1) / (_RESAMPLES + 1))
    return Interval(float(found.confidence_interval.low), float(found.confidence_interval.high), p)


def comparison_table(a: Scorecard, b: Scorecard) -> RenderableType:
    """The differences, and below them which runs they are of."""
    numbers = ("A", "B", "B - A", "95 % interval", "p", "questions")
    rows = Table(Column(no_wrap=True), *(Column(name, justify="right") for name in numbers), box=None)
    for each in differences(a, b):
        interval = f"{each.interval.low:+.3f} to {each.interval.high:+.3f}"
        shown = map(each.measure.shown, (each.a, each.b))
        rows.add_row(
            each.measure.label, *shown, f"{each.size:+.3f}", interval, f"{each.interval.p:.4f}", str(each.n)
        )
    runs = (
        f"{name}: {card.file}, {card.mode}, {card.model}, commit {card.commit}"
        for name, card in (("A", a), ("B", b))
    )
    return Group(rows, Text("\n" + "\n".join(runs)))


def _scores(card: Scorecard) -> Mapping[str, Mapping[str, float]]:
    """The scores of each question, by its id."""
    return {row.id: row.scores for row in card.questions}
