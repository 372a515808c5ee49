"""The scorecard: figures that add up, per language, and only those that the file can support."""

from __future__ import annotations

import io
import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from qa_service.cli import cli
from qa_service.errors import EvaluationInvalid
from qa_service.evaluate import Mode, Outcome, Score
from qa_service.measures import are_literal
from qa_service.questions import GoldAnswer, GoldQuestion
from qa_service.scorecard import Scorecard, commit, read_scorecard, scorecard, table, write_scorecard

LITERAL = {"answers": [GoldAnswer(text="269")]}


def outcome(
    id_: str,
    scores: dict[Score, float],
    *,
    lang: str = "id",
    answered: bool = True,
    probability: float = 0.8,
    latency_ms: float = 10.0,
    **question: object,
) -> Outcome:
    """Answerable and with literal answers unless `question` says otherwise."""
    asked = GoldQuestion.model_validate(
        {"id": id_, "lang": lang, "question": "?", "answerable": True, **LITERAL, **question}
    )
    return Outcome(asked, answered, probability, latency_ms, rank=None, scores=scores)


RIGHT = {Score.EXACT_MATCH: 1.0, Score.F1: 1.0, Score.RIGHT: 1.0, Score.RIGHT_ANSWER: 1.0}
MISSED = {Score.EXACT_MATCH: 0.0, Score.F1: 0.0, Score.RIGHT: 1.0, Score.RIGHT_ANSWER: 0.0}
BEST = {Score.EXACT_MATCH_ANSWERABLE: 1.0, Score.F1_ANSWERABLE: 0.5}
FOUND = {
    Score.RECALL_AT_1: 0.0,
    Score.RECALL_AT_5: 1.0,
    Score.RECALL_AT_10: 1.0,
    Score.MRR_AT_10: 0.5,
    Score.NDCG_AT_10: 0.63,
}
CITED = {
    Score.CITATION_PRECISION: 1.0,
    Score.RIGHT_CITATION: 0.0,
    Score.RIGHT_ANSWER_AND_CITATION: 0.0,
}
KEPT_SILENT = {
    Score.EXACT_MATCH: 1.0,
    Score.F1: 1.0,
    Score.RIGHT: 0.0,
    Score.ABSTENTION_RECALL: 1.0,
    Score.ABSTENTION_PRECISION: 1.0,
}
OUTCOMES = [
    outcome("1", {**RIGHT, **BEST, **FOUND, **CITED}, article="a"),
    outcome(
        "2",
        {
            **MISSED,
            **BEST,
            **FOUND,
            Score.ABSTENTION_PRECISION: 0.0,
            Score.RIGHT_ANSWER_AND_CITATION: 0.0,
        },
        answered=False,
        probability=0.4,
        article="b",
        latency_ms=30.0,
    ),
    outcome(
        "3",
        KEPT_SILENT,
        lang="en",
        answered=False,
        probability=0.1,
        answerable=False,
        answers=[],
        latency_ms=20.0,
    ),
]


def card(outcomes: list[Outcome], mode: Mode = Mode.SERVED) -> Scorecard:
    return scorecard(outcomes, mode=mode, threshold=0.5, file="q.jsonl", model="fake")


def test_each_measure_is_over_the_questions_that_it_is_about() -> None:
    assert card(OUTCOMES).overall == {
        "n": 3,
        "n_answerable": 2,
        "n_answered": 1,
        "exact_match": pytest.approx(2 / 3),
        "f1": pytest.approx(2 / 3),
        "exact_match_answerable": 1.0,
        "f1_answerable": 0.5,
        "right_answer": 0.5,
        "right_answer_and_citation": 0.0,
        "right_citation": 0.0,
        "citation_precision": 1.0,
        "abstention_precision": 0.5,
        "abstention_recall": 1.0,
        "auroc": 1.0,
        "ece": pytest.approx((0.2 + 0.6 + 0.1) / 3),
        "recall_at_1": 0.0,
        "recall_at_5": 1.0,
        "recall_at_10": 1.0,
        "mrr_at_10": 0.5,
        "ndcg_at_10": 0.63,
        "latency_ms_p50": 20.0,
        "latency_ms_p95": pytest.approx(29.0),
    }


def test_each_language_has_what_its_own_questions_support() -> None:
    by_language = card(OUTCOMES).by_language
    assert list(by_language) == ["en", "id"]
    assert by_language["en"] == {
        "n": 1,
        "n_answerable": 0,
        "n_answered": 0,
        "exact_match": 1.0,
        "f1": 1.0,
        "abstention_precision": 1.0,
        "abstention_recall": 1.0,
        "ece": pytest.approx(0.1),
        "latency_ms_p50": 20.0,
        "latency_ms_p95": 20.0,
    }
    assert by_language["id"].keys() & {"auroc", "abstention_recall", "abstention_precision"} == set()


def test_nothing_is_ranked_where_each_question_is_read_against_one_context() -> None:
    left_out = card(OUTCOMES, Mode.READING).left_out
    ranked = {"recall_at_1", "recall_at_5", "recall_at_10", "mrr_at_10", "ndcg_at_10"}
    cited = {"right_citation", "right_answer_and_citation"}
    assert left_out == dict.fromkeys(ranked | cited, "each question is read against one context alone")


def test_words_are_not_compared_where_the_answers_are_in_other_words() -> None:
    in_other_words = [
        outcome("1", RIGHT, context="Ada dua ratus lebih.", evidence={"text": "Ada dua ratus lebih."}),
        outcome("2", KEPT_SILENT, answerable=False, answered=False),
    ]
    found = card(in_other_words)
    words = {"exact_match", "f1", "exact_match_answerable", "f1_answerable", "right_answer", "ece"}
    assert {name for name, why in found.left_out.items() if "word for word" in why} == {
        *words,
        "right_answer_and_citation",
        "right_citation",
        "citation_precision",
    }
    assert {"auroc", "abstention_precision", "abstention_recall"} < found.overall.keys()
    assert found.questions[0].scores == {}


def test_a_file_with_answers_only_says_nothing_of_abstention() -> None:
    left_out = card(OUTCOMES[:2]).left_out
    assert left_out == dict.fromkeys(
        ("abstention_precision", "abstention_recall", "auroc"), "every question has an answer"
    )


def test_what_no_context_is_known_to_answer_is_left_out_of_the_figures() -> None:
    elsewhere = outcome("3", {}, answered=False, probability=0.9, answerable=False, context="Hujan.")
    found = card([*OUTCOMES[:2], elsewhere], Mode.OPEN)
    assert found.left_out == dict.fromkeys(
        ("abstention_precision", "abstention_recall", "auroc"),
        "what a question's own context does not answer, another may",
    )
    assert (found.overall["n"], found.overall["f1"]) == (3, 0.5)
    assert found.overall["ece"] == pytest.approx((0.2 + 0.6) / 2)
    with_one_known = card([*OUTCOMES, elsewhere], Mode.OPEN)
    assert with_one_known.left_out == {}
    assert (with_one_known.overall["auroc"], with_one_known.overall["abstention_precision"]) == (1.0, 0.5)


def test_a_language_of_which_nothing_can_be_judged_has_counts_only() -> None:
    elsewhere = outcome("3", {}, lang="en", answerable=False, context="Hujan.")
    only = card([*OUTCOMES[:2], elsewhere], Mode.OPEN).by_language["en"]
    assert only.keys() == {"n", "n_answerable", "n_answered", "latency_ms_p50", "latency_ms_p95"}


def literal(answer: dict[str, object] | None = None, **question: object) -> GoldQuestion:
    answers = [] if answer is None else [answer]
    return GoldQuestion.model_validate({"question": "?", "answerable": True, "answers": answers, **question})


@pytest.mark.parametrize(
    ("question", "is_literal"),
    [
        (literal({"text": "269", "start": 4}, context="Ada dua ratus."), True),
        (literal({"text": "269"}, context="Ada 269 pejabat."), True),
        (literal({"text": "269"}, context="Ada dua ratus."), False),
        (literal({"text": "269"}), True),
        (literal({"text": "269"}, evidence={"text": "Ada 269."}), False),
        (literal(), False),
        (literal(answerable=False), True),
    ],
)
def test_answers_are_literal_where_they_stand_in_the_context(
    question: GoldQuestion, is_literal: bool
) -> None:
    assert are_literal([question]) is is_literal


def test_one_answer_in_ten_may_be_in_other_words() -> None:
    good, bad = literal({"text": "269"}), literal()
    assert are_literal([*[good] * 9, bad])
    assert not are_literal([*[good] * 8, bad])


def test_the_json_holds_the_run_and_each_question_with_its_scores(tmp_path: Path) -> None:
    write_scorecard(card(OUTCOMES[:1]), tmp_path / "a.json")
    written = json.loads((tmp_path / "a.json").read_text())
    assert {name: written[name] for name in ("file", "mode", "threshold", "model")} == {
        "file": "q.jsonl",
        "mode": "served",
        "threshold": 0.5,
        "model": "fake",
    }
    assert written["commit"] == commit()
    assert written["overall"]["n"] == 1
    assert written["overall"]["f1"] == 1.0
    assert "auroc" not in written["overall"]
    assert written["questions"] == [
        {
            "id": "1",
            "lang": "id",
            "answerable": True,
            "answered": True,
            "probability": 0.8,
            "latency_ms": 10.0,
            "rank": None,
            "turn": 1,
            "together": False,
            **{score.value: value for score, value in {**RIGHT, **BEST, **FOUND, **CITED}.items()},
        }
    ]
    assert read_scorecard(tmp_path / "a.json") == card(OUTCOMES[:1])


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"overall": {}}'])
def test_json_of_another_kind_is_refused_with_the_way_to_make_it(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(EvaluationInvalid, match="write it with `tanya eval FILE --json"):
        read_scorecard(tmp_path / "a.json")


def test_a_json_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(EvaluationInvalid, match="cannot be written: No such file"):
        write_scorecard(card(OUTCOMES), tmp_path / "missing" / "a.json")


def printed(shown: Scorecard, *, width: int = 110) -> list[str]:
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(table(shown))
    return [line.strip() for line in console.export_text().splitlines()]


def test_a_table_of_seven_languages_fits_eighty_columns() -> None:
    shown = card(OUTCOMES)
    languages = dict.fromkeys(("ar", "en", "es", "id", "jv", "ms", "zh"), shown.overall)
    lines = printed(shown.model_copy(update={"by_language": languages}), width=80)
    assert len(lines[0].split()) == 8
    assert [line for line in lines if "…" in line] == []


def test_the_table_has_measures_as_rows_and_languages_as_columns() -> None:
    rows = {line.rsplit(maxsplit=3)[0]: line.split()[-3:] for line in printed(card(OUTCOMES)) if line}
    assert printed(card(OUTCOMES))[0].split() == ["en", "id", "all"]
    assert rows["questions"] == ["1", "2", "3"]
    assert rows["right answer"] == ["–", "0.500", "0.500"]
    assert rows["abstention recall"] == ["1.000", "–", "1.000"]
    assert rows["latency p50, ms"] == ["20", "20", "20"]


def test_below_the_table_stands_what_was_asked_and_what_is_left_out_and_why() -> None:
    assert " ".join(printed(card(OUTCOMES[:2], Mode.READING))).partition("reading: ")[2].split("– ") == [
        "each question was read against its context alone; answered from a probability of 0.50 on ",
        "right and well cited, right citation, recall@1, recall@5, recall@10, MRR@10, nDCG@10: each question "
        "is read against one context alone ",
        "abstention precision, abstention recall, AUROC: every question has an answer",
    ]


def test_first_questions_and_follow_ups_are_told_apart() -> None:
    asked = [each.question.model_copy(update={"turn": n}) for n, each in enumerate(OUTCOMES, start=1)]
    outcomes = [replace(each, question=question) for each, question in zip(OUTCOMES, asked, strict=True)]
    shown = card([outcomes[0], replace(outcomes[1], together=True), outcomes[2]])
    assert {turn: figures["n"] for turn, figures in shown.by_turn.items()} == {"first": 1, "follow-up": 2}
    assert (shown.by_turn["first"]["f1"], shown.by_turn["follow-up"]["f1"]) == (1.0, 0.5)
    assert printed(shown)[0].split() == ["en", "id", "first", "follow-up", "all"]
    assert "of 2 follow-ups, 1 were read together with an earlier question" in printed(shown)
    assert [(row.turn, row.together) for row in shown.questions] == [(1, False), (2, True), (3, False)]


def test_eleven_languages_fit_in_110_columns() -> None:
    languages = ["ar", "de", "en", "es", "id", "jv", "ms", "su", "th", "vi", "zh"]
    lines = printed(card([outcome(lang, {**RIGHT, **BEST, **CITED}, lang=lang) for lang in languages]))
    assert next(line for line in lines if line.startswith("exact match ")).split()[2:] == ["1.000"] * 12


def test_the_commit_is_a_short_hash_and_says_whether_files_differ_from_it() -> None:
    found = commit()
    assert found is None or found.removesuffix("-dirty").isalnum()


def test_a_repository_that_does_not_hold_this_code_lends_it_no_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def git(*arguments: str) -> None:
        identity = "-c", "user.name=a", "-c", "user.email=a@example.com"
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True)

    monkeypatch.setattr("qa_service.scorecard.__file__", str(tmp_path / "scorecard.py"))
    git("init")
    git("commit", "--allow-empty", "-m", "theirs")
    (tmp_path / "scorecard.py").touch()
    assert commit() is None
    git("add", "scorecard.py")
    git("commit", "-m", "ours")
    assert str(commit()).isalnum()


# The command, as far as it needs no model


def eval_said(*arguments: str | Path) -> str:
    """What a failing `tanya eval` says."""
    result = CliRunner().invoke(cli, ["eval", *map(str, arguments)])
    assert result.exit_code == 1
    return result.stderr


def test_nothing_to_ask_is_an_error_that_says_what_to_give() -> None:
    assert "give a file of questions, or --compare A.json B.json" in eval_said()


@pytest.mark.parametrize("option", ["--corpus", "--home"])
def test_what_is_about_the_open_index_needs_open(option: str, tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_text('{"question": "?", "answerable": false}')
    assert "give that as well" in eval_said(tmp_path / "q.jsonl", option, tmp_path / "q.jsonl")


@pytest.mark.parametrize("name", ["missing/a.json", "."])
def test_a_json_file_that_cannot_be_written_is_named_before_anything_is_asked(
    name: str, tmp_path: Path
) -> None:
    (tmp_path / "q.jsonl").write_text("no questions, if they were read")
    said = eval_said(tmp_path / "q.jsonl", "--json", tmp_path / name)
    assert "cannot be written" in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("further", [("q.jsonl",), ("--limit", "5"), ("--json", "c.json"), ("--open",)])
def test_a_comparison_asks_nothing_and_says_so(
    further: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("q.jsonl").touch()
    assert "give it the two runs and nothing else" in eval_said("--compare", "a.json", "b.json", *further)


def test_two_written_runs_are_compared(tmp_path: Path) -> None:
    a, b = tmp_path / "a.json", tmp_path / "b.json"
    for file in (a, b):
        write_scorecard(card(OUTCOMES), file)
    compared = CliRunner().invoke(cli, ["eval", "--compare", str(a), str(b)])
    assert compared.exit_code == 0
    assert "right answer" in compared.stdout
    assert "A: q.jsonl, served, fake" in compared.stdout


def test_a_file_that_is_no_run_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}")
    assert "a.json cannot be compared" in eval_said("--compare", tmp_path / "a.json", tmp_path / "b.json")
