"""Two runs over the same questions: by how much they differ, and how sure that is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rich.console import Group, RenderableType
from rich.table import Column, Table
from rich.text import Text

from qa_service.errors import EvaluationInvalid
from qa_service.evaluate import Score
from qa_service.formulas import auroc, expected_calibration_error
from qa_service.measures import MEASURES, SELF_CHOSEN, Measure
from qa_service.scorecard import QuestionRow, Scorecard

_RESAMPLES = 10_000
_AT_ONCE = 500
_CONFIDENCE = 0.95
_SEED = 7

Places = NDArray[np.intp]
"""Which questions are drawn, one resample a row."""

Figures = NDArray[np.float64]
"""The same measure of each resample, NaN where it has none."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Where the true difference lies with 95 % confidence, and how probable such a one is by chance."""

    low: float
    high: float
    p: float


@dataclass(frozen=True, slots=True)
class Difference:
    """A measure of two runs over the `n` questions that both have."""

    measure: Measure
    n: int
    a: float
    b: float
    interval: Interval

    @property
    def size(self) -> float:
        return self.b - self.a


def differences(a: Scorecard, b: Scorecard, *, language: str | None = None) -> list[Difference]:
    """B less A in each measure, over all or in one language; raises EvaluationInvalid for other questions.

    Only questions that both runs scored are compared, but of those that a run chose itself, by answering or
    not, each run has its own among the shared ones.
    """
    if a.file != b.file:
        raise EvaluationInvalid(
            f"the two runs are over {a.file} and {b.file}: compare runs over the same file"
        )
    of_b = {row.id: row for row in b.questions}
    shared = [(row, of_b[row.id]) for row in a.questions if row.id in of_b]
    if len(shared) < 2:
        raise EvaluationInvalid(
            f"the two runs share {len(shared)} questions by id: compare runs over the same file"
        )
    asked = [pair for pair in shared if language in (None, pair[0].lang)]
    found = [_difference(measure, asked) for measure in MEASURES]
    return [each for each in found if each is not None]


def paired_bootstrap(difference: Callable[[Places], Figures], n: int) -> Interval:
    """The interval and the two-sided p of a difference, by resampling the `n` questions (Koehn, 2004).

    Percentiles of 10,000 resamples, always the same ones. p is never 0: it counts the difference that was
    found as one more resample (Davison and Hinkley, 1997).
    """
    chance = np.random.default_rng(_SEED)
    drawn = (chance.integers(n, size=(_AT_ONCE, n)) for _ in range(0, _RESAMPLES, _AT_ONCE))
    figures = np.concatenate([difference(places) for places in drawn])
    figures = figures[~np.isnan(figures)].round(12)  # what rounding leaves over is no difference
    low, high = np.quantile(figures, [(1 - _CONFIDENCE) / 2, (1 + _CONFIDENCE) / 2])
    less_extreme = min(np.count_nonzero(figures <= 0), np.count_nonzero(figures >= 0))
    p = min(1.0, 2 * (int(less_extreme) + 1) / (len(figures) + 1))
    return Interval(float(low), float(high), p)


def comparison_table(a: Scorecard, b: Scorecard) -> RenderableType:
    """The differences over all and per language, and below them which runs they are of."""
    numbers = ("A", "B", "B - A", "95 % interval", "p", "n")
    rows = Table(Column(no_wrap=True), *(Column(name, justify="right") for name in numbers), box=None)
    languages = sorted({row.lang for row in a.questions})
    for language in (None, *languages) if len(languages) > 1 else (None,):
        if language is not None:
            rows.add_row(f"\n{language}")
        for each in differences(a, b, language=language):
            rows.add_row(*_cells(each))
    runs = (
        f"{name}: {card.file}, {card.mode}, {card.model}, commit {card.commit}"
        for name, card in (("A", a), ("B", b))
    )
    return Group(rows, Text("\n" + "\n".join(runs)))


def _cells(found: Difference) -> Iterator[str]:
    yield found.measure.label
    yield from map(found.measure.shown, (found.a, found.b))
    yield f"{found.size:+.3f}"
    yield f"{found.interval.low:+.3f} to {found.interval.high:+.3f}"
    yield f"{found.interval.p:.4f}"
    yield str(found.n)


def _difference(measure: Measure, shared: Sequence[tuple[QuestionRow, QuestionRow]]) -> Difference | None:
    """None where fewer than two questions, or one of the runs, say nothing of it."""
    scores = np.array([[_score(measure, row) for row in pair] for pair in shared]).reshape(-1, 2).T
    known = ~np.isnan(scores)
    of_it = known.any(axis=0) if measure.name in SELF_CHOSEN else known.all(axis=0)
    scores = scores[:, of_it]
    n = scores.shape[1]
    if n < 2:
        return None
    probabilities = np.array([[row.probability for row in pair] for pair in shared]).T[:, of_it]

    def figures(places: Places) -> Figures:
        return _figure(measure, scores[:, places], probabilities[:, places])

    def difference(places: Places) -> Figures:
        of_a, of_b = figures(places)
        return np.asarray(of_b - of_a)

    of_a, of_b = figures(np.arange(n))
    if np.isnan(of_b - of_a):
        return None
    return Difference(measure, n, float(of_a), float(of_b), paired_bootstrap(difference, n))


def _score(measure: Measure, row: QuestionRow) -> float:
    """What the measure is computed of, with the probability; NaN where the question says nothing of it."""
    if measure.name == "auroc":
        known = row.answerable or Score.ABSTENTION_RECALL in row.scores
        return float(row.answerable) if known else np.nan
    return row.scores.get(Score.RIGHT if measure.name == "ece" else measure.name, np.nan)


def _figure(measure: Measure, scores: Figures, probabilities: Figures) -> Figures:
    """The measure along the last axis."""
    if measure.name == "auroc":
        return auroc(scores, probabilities)
    if measure.name == "ece":
        return expected_calibration_error(scores, probabilities)
    known = ~np.isnan(scores)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(known, scores, 0.0).sum(axis=-1) / known.sum(axis=-1))
