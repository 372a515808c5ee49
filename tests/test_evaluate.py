"""Evaluation: each outcome is judged as it should be, and the shares add up."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from index.records import Filters, Freshness, Passage
from qa_service.answers import Abstention, Answer, Citation, Interpretation, Reason, Statement, Timings
from qa_service.errors import EvaluationInvalid
from qa_service.evaluate import GoldAnswer, GoldQuestion, Outcome, evaluate, judge, read_questions, table
from tests.corpus import make_article

QUESTION = GoldQuestion(
    id="1",
    lang="id",
    question="Berapa pejabat?",
    answerable=True,
    answers=[GoldAnswer(text="269"), GoldAnswer(text="dua ratus")],
    article="004_serang",
)
UNANSWERABLE = GoldQuestion(id="2", lang="en", question="Who?", answerable=False)


def answer(quote: str, origin: str = "seeds/004_serang.txt", article_id: str = "a") -> Answer:
    article = make_article(article_id, quote, origin=origin)
    passage = Passage(1, "a", 0, 0, len(quote), quote)
    return Answer(
        "id",
        (Statement(quote, (1,)),),
        (Citation(1, quote, 0, len(quote), article, passage, 0.9),),
        0.9,
        Interpretation("id", "", Filters()),
        Freshness(datetime.now(UTC), 1, None),
        Timings(0, 0, 0),
    )


def abstention() -> Abstention:
    given = answer("")
    return Abstention(
        "id", Reason.NOT_IN_ARTICLES, "", (), 0.1, given.interpretation, given.freshness, given.timings
    )


@pytest.mark.parametrize(
    ("result", "answered", "right", "cited"),
    [
        (answer("Ada 269 pejabat."), True, True, True),
        (answer("Ada DUA  RATUS pejabat."), True, True, True),
        (answer("Ada 250 pejabat."), True, False, False),
        (answer("Ada 269 pejabat.", origin="seeds/000_bekasi.txt"), True, True, False),
        (
            answer("Ada 269 pejabat.", origin="a.jsonl:3", article_id="004_serang"),
            True,
            True,
            True,
        ),
        (abstention(), False, False, False),
    ],
)
def test_an_outcome_is_judged_by_the_first_quote_and_its_article(
    result: Answer | Abstention, answered: bool, right: bool, cited: bool
) -> None:
    assert judge(QUESTION, result) == Outcome(QUESTION, answered=answered, right=right, cited=cited)


def test_an_answer_to_an_unanswerable_question_is_wrong() -> None:
    outcome = judge(UNANSWERABLE, answer("Ada 269 pejabat."))
    assert (outcome.answered, outcome.right, outcome.cited) == (True, False, False)


def test_the_table_shows_shares_per_language_and_over_all() -> None:
    results: dict[str, Answer | Abstention] = {
        "Berapa pejabat?": answer("Ada 269 pejabat."),
        "Berapa?": abstention(),
        "Who?": abstention(),
        "What?": answer("Lain."),
    }
    questions = [
        QUESTION,
        QUESTION.model_copy(update={"question": "Berapa?"}),
        UNANSWERABLE,
        UNANSWERABLE.model_copy(update={"question": "What?"}),
    ]
    outcomes = evaluate(lambda question: results[question], questions)
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(table(outcomes))
    rows = [line.split("│")[1:-1] for line in console.export_text().splitlines() if line.startswith("│")]
    assert [[cell.strip() for cell in row] for row in rows] == [
        ["en", "2", "–", "0% (0/1)", "100% (1/1)", "50% (1/2)"],
        ["id", "2", "50% (1/2)", "100% (1/1)", "0% (0/1)", "–"],
        ["all", "4", "50% (1/2)", "50% (1/2)", "50% (1/2)", "50% (1/2)"],
    ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [("", "holds no questions"), ('{"id": "1"}', "line 1"), ("\n{}", "line 2"), ("not json", "line 1")],
)
def test_a_file_that_is_no_question_set_is_refused(tmp_path: Path, content: str, problem: str) -> None:
    (tmp_path / "questions.jsonl").write_text(content)
    with pytest.raises(EvaluationInvalid, match=problem):
        read_questions(tmp_path / "questions.jsonl")


def test_the_seed_questions_can_be_read() -> None:
    questions = read_questions(Path(__file__).parents[1] / "seeds/questions.jsonl")
    assert len(questions) >= 60
