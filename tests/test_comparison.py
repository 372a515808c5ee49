"""Comparison of two runs: the differences are of the questions that both have, and so is their certainty."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from qa_service.comparison import comparison_table, differences, paired_bootstrap
from qa_service.errors import EvaluationInvalid
from qa_service.evaluate import Mode
from qa_service.scorecard import QuestionRow, Scorecard

OF_ANY = {"lang": "id", "answerable": True, "answered": True, "probability": 0.9, "latency_ms": 1.0}


def run(scores: dict[str, dict[str, float]], model: str = "fake") -> Scorecard:
    """A run whose questions, by id, scored these."""
    rows = [
        QuestionRow.model_validate({**OF_ANY, "id": id_, **of_question})
        for id_, of_question in scores.items()
    ]
    return Scorecard(
        file="q.jsonl",
        mode=Mode.READING,
        threshold=0.5,
        model=model,
        commit="abc1234",
        overall={},
        by_language={},
        left_out={},
        questions=rows,
    )


def test_a_constant_difference_is_certain() -> None:
    found = paired_bootstrap([0.0, 0.5, 0.25], [0.5, 1.0, 0.75])
    assert (found.low, found.high) == (0.5, 0.5)
    assert found.p == pytest.approx(2 / 10_001)


def test_no_difference_is_no_evidence() -> None:
    found = paired_bootstrap([0.0, 1.0, 0.3], [0.0, 1.0, 0.3])
    assert (found.low, found.high, found.p) == (0.0, 0.0, 1.0)


def test_resampling_two_pairs_gives_each_mean_its_share() -> None:
    # Differences of 0 and 1: a resample has the mean 0 or 1 once in four, 0.5 twice in four.
    found = paired_bootstrap([0.0, 0.0], [0.0, 1.0])
    assert (found.low, found.high) == (0.0, 1.0)
    assert found.p == pytest.approx(2 * 0.25, abs=0.02)


def test_the_same_runs_always_give_the_same_interval() -> None:
    a, b = [0.1, 0.9, 0.4, 0.6], [0.3, 0.8, 0.9, 0.7]
    assert paired_bootstrap(a, b) == paired_bootstrap(a, b)


def test_only_questions_that_both_runs_scored_are_compared() -> None:
    a = run({"1": {"f1": 0.2}, "2": {"f1": 0.4}, "3": {"f1": 1.0}, "4": {"recall_at_1": 1.0}})
    b = run({"0": {"f1": 0.0}, "2": {"f1": 0.9}, "1": {"f1": 0.7}, "4": {"f1": 1.0}})
    (found,) = differences(a, b)
    assert (found.measure.name, found.n) == ("f1", 2)
    assert [found.a, found.b, found.size] == pytest.approx([0.3, 0.8, 0.5])
    assert [found.interval.low, found.interval.high] == pytest.approx([0.5, 0.5])


def test_shares_of_what_each_run_answered_are_not_paired() -> None:
    scores = {"citation_precision": 1.0, "right_citation": 1.0, "abstention_precision": 1.0, "right": 1.0}
    both = run({"1": {**scores, "right_answer": 1.0}, "2": {**scores, "right_answer": 0.0}})
    assert [each.measure.name for each in differences(both, both)] == ["right_answer"]


@pytest.mark.parametrize("other", [{}, {"x": {"f1": 1.0}}, {"1": {"f1": 1.0}}])
def test_runs_over_other_questions_are_refused(other: dict[str, dict[str, float]]) -> None:
    with pytest.raises(EvaluationInvalid, match="compare runs over the same file"):
        differences(run({"1": {"f1": 1.0}, "2": {"f1": 0.0}}), run(other))


def test_the_table_shows_both_runs_their_difference_and_how_sure_it_is() -> None:
    a = run({"1": {"f1": 0.0}, "2": {"f1": 0.5}}, model="old")
    b = run({"1": {"f1": 0.25}, "2": {"f1": 0.75}}, model="new")
    console = Console(width=110, record=True, file=io.StringIO())
    console.print(comparison_table(a, b))
    header, row, _, *runs = [line.strip() for line in console.export_text().splitlines()]
    assert header.split() == ["A", "B", "B", "-", "A", "95", "%", "interval", "p", "questions"]
    assert row.split() == ["F1", "0.250", "0.500", "+0.250", "+0.250", "to", "+0.250", "0.0002", "2"]
    assert runs == [
        "A: q.jsonl, reading, old, commit abc1234",
        "B: q.jsonl, reading, new, commit abc1234",
    ]
