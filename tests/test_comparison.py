"""Comparison of two runs: the differences are of the questions that both have, and so is their certainty."""

from __future__ import annotations

import io
from collections.abc import Mapping

import numpy as np
import pytest
from rich.console import Console

from qa_service.comparison import Difference, Interval, comparison_table, differences, paired_bootstrap
from qa_service.errors import EvaluationInvalid
from qa_service.evaluate import Mode
from qa_service.scorecard import QuestionRow, Scorecard

OF_ANY = {"lang": "id", "answerable": True, "answered": True, "probability": 0.9, "latency_ms": 1.0}


def run(scores: Mapping[str, Mapping[str, object]], model: str = "fake", file: str = "q.jsonl") -> Scorecard:
    """A run whose questions, by id, scored these, or are what is said of them."""
    rows = [
        QuestionRow.model_validate({**OF_ANY, "id": id_, **of_question})
        for id_, of_question in scores.items()
    ]
    return Scorecard(
        file=file,
        mode=Mode.READING,
        threshold=0.5,
        model=model,
        commit="abc1234",
        overall={},
        by_language={},
        left_out={},
        questions=rows,
    )


def found_in(a: Scorecard, b: Scorecard) -> dict[str, Difference]:
    return {each.measure.name: each for each in differences(a, b)}


def of_means(a: list[float], b: list[float]) -> Interval:
    """The interval of mean(b) - mean(a)."""
    gaps = np.array(b) - np.array(a)
    return paired_bootstrap(lambda places: np.asarray(gaps[places].mean(axis=-1)), len(a))


def test_a_constant_difference_is_certain() -> None:
    found = of_means([0.0, 0.5, 0.25], [0.5, 1.0, 0.75])
    assert (found.low, found.high) == (0.5, 0.5)
    assert found.p == pytest.approx(2 / 10_001)


def test_no_difference_is_no_evidence() -> None:
    found = of_means([0.0, 1.0, 0.3], [0.0, 1.0, 0.3])
    assert (found.low, found.high, found.p) == (0.0, 0.0, 1.0)


def test_resampling_two_pairs_gives_each_mean_its_share() -> None:
    # Differences of 0 and 1: a resample has the mean 0 or 1 once in four, 0.5 twice in four.
    found = of_means([0.0, 0.0], [0.0, 1.0])
    assert (found.low, found.high) == (0.0, 1.0)
    assert found.p == pytest.approx(2 * 0.25, abs=0.02)


def test_the_same_runs_always_give_the_same_interval() -> None:
    a, b = [0.1, 0.9, 0.4, 0.6], [0.3, 0.8, 0.9, 0.7]
    assert of_means(a, b) == of_means(a, b)


def test_only_questions_that_both_runs_scored_are_compared() -> None:
    a = run({"1": {"f1": 0.2}, "2": {"f1": 0.4}, "3": {"f1": 1.0}, "4": {"recall_at_1": 1.0}})
    b = run({"0": {"f1": 0.0}, "2": {"f1": 0.9}, "1": {"f1": 0.7}, "4": {"f1": 1.0}})
    found = found_in(a, b)["f1"]
    assert found.n == 2
    assert [found.a, found.b, found.size] == pytest.approx([0.3, 0.8, 0.5])
    assert [found.interval.low, found.interval.high] == pytest.approx([0.5, 0.5])


def test_of_what_each_run_answered_each_has_its_own_share() -> None:
    a = run({"1": {"citation_precision": 0.5}, "2": {"citation_precision": 1.0}, "3": {}, "4": {}})
    b = run({"1": {"citation_precision": 0.5}, "2": {}, "3": {"citation_precision": 0.0}, "4": {}})
    found = found_in(a, b)["citation_precision"]
    assert (found.a, found.b, found.n) == (0.75, 0.25, 3)
    assert (found.interval.low, found.interval.high) == (-1.0, 0.0)


def test_auroc_and_calibration_error_are_computed_anew_of_each_resample() -> None:
    none = {"answerable": False, "abstention_recall": 1.0, "right": 0.0}
    a = run(
        {"1": {"probability": 0.2, "right": 1.0}, "2": {"probability": 0.2, "right": 1.0}}
        | {"3": {**none, "probability": 0.4}, "4": {**none, "probability": 0.4}}
    )
    b = run(
        {"1": {"probability": 1.0, "right": 1.0}, "2": {"probability": 1.0, "right": 1.0}}
        | {"3": {**none, "probability": 0.0}, "4": {**none, "probability": 0.0}}
    )
    found = found_in(a, b)
    assert (found["auroc"].a, found["auroc"].b, found["auroc"].n) == (0.0, 1.0, 4)
    assert (found["auroc"].interval.low, found["auroc"].interval.high) == (1.0, 1.0)
    assert [found["ece"].a, found["ece"].b] == pytest.approx([(2 * 0.8 + 2 * 0.4) / 4, 0.0])
    # Once in 16 all four that are drawn have the gap 0.8, and as often 0.4.
    assert [found["ece"].interval.low, found["ece"].interval.high] == pytest.approx([-0.8, -0.4])


def test_what_was_not_judged_is_no_negative() -> None:
    both = run({"1": {"f1": 1.0}, "2": {"f1": 0.0}, "3": {"answerable": False}})
    assert found_in(both, both).keys() == {"f1"}


def test_a_language_is_compared_by_its_own_questions() -> None:
    a = run({"1": {"f1": 0.0}, "2": {"f1": 0.0}, "3": {"f1": 0.0, "lang": "en"}})
    b = run({"1": {"f1": 1.0}, "2": {"f1": 1.0}, "3": {"f1": 0.0, "lang": "en"}})
    (found,) = differences(a, b, language="id")
    assert (found.measure.name, found.b, found.n) == ("f1", 1.0, 2)
    assert differences(a, b, language="en") == []


def test_runs_over_other_files_are_refused() -> None:
    scores = {"1": {"f1": 1.0}, "2": {"f1": 0.0}}
    with pytest.raises(EvaluationInvalid, match=r"over q\.jsonl and r\.jsonl: compare runs over the same"):
        differences(run(scores), run(scores, file="r.jsonl"))


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
    assert header.split() == ["A", "B", "B", "-", "A", "95", "%", "interval", "p", "n"]
    assert row.split() == ["F1", "0.250", "0.500", "+0.250", "+0.250", "to", "+0.250", "0.0002", "2"]
    assert runs == [
        "A: q.jsonl, reading, old, commit abc1234",
        "B: q.jsonl, reading, new, commit abc1234",
    ]


def test_the_table_shows_each_language_where_there_are_several() -> None:
    of_all: dict[str, dict[str, object]] = {
        "1": {"f1": 0.0},
        "2": {"f1": 0.5},
        "3": {"f1": 0.5, "lang": "en"},
        "4": {"f1": 0.0, "lang": "en"},
    }
    console = Console(width=110, record=True, file=io.StringIO())
    console.print(comparison_table(run(of_all), run(of_all)))
    lines = [line.split() for line in console.export_text().splitlines()]
    assert [line[0] for line in lines if line] == ["A", "F1", "en", "F1", "id", "F1", "A:", "B:"]
    assert [line[-1] for line in lines if line and line[0] == "F1"] == ["4", "2", "2"]
