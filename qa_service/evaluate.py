"""How good the answers are: a file of questions with gold answers, asked and judged."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError
from rich.table import Table

from qa_service.answers import Abstention, Answer
from qa_service.errors import EvaluationInvalid


class GoldAnswer(BaseModel):
    """A text that a right quote holds."""

    text: str


class GoldQuestion(BaseModel):
    """A question, the answers that count as right, and the articles, by id or file name, that hold them."""

    model_config = ConfigDict(extra="ignore")

    id: str
    lang: str
    question: str
    answerable: bool
    answers: list[GoldAnswer] = []
    article: str | None = None
    articles: list[str] = []


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one question. `right` and `cited` are of the first statement and its citation."""

    question: GoldQuestion
    answered: bool
    right: bool
    cited: bool


def read_questions(path: Path) -> list[GoldQuestion]:
    """The questions of a JSON Lines file; raises EvaluationInvalid."""
    questions = []
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationInvalid(f"{path} cannot be read: {error}") from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                questions.append(GoldQuestion.model_validate_json(line))
            except ValidationError as error:
                wrong = error.errors()[0]
                where = ".".join(map(str, wrong["loc"]))
                raise EvaluationInvalid(
                    f"{path}, line {number}: {where} {wrong['msg']}: write an object with id, lang, "
                    "question, answerable, answers and article, as seeds/README.md says"
                ) from error
    if not questions:
        raise EvaluationInvalid(f"{path} holds no questions: give one JSON object a line")
    return questions


def evaluate(ask: Callable[[str], Answer | Abstention], questions: Iterable[GoldQuestion]) -> list[Outcome]:
    """Ask every question, without history, and judge what comes back."""
    return [judge(question, ask(question.question)) for question in questions]


def judge(question: GoldQuestion, result: Answer | Abstention) -> Outcome:
    """Right: the quote of the first citation holds a gold answer. Cited: from a gold article as well."""
    if isinstance(result, Abstention):
        return Outcome(question, answered=False, right=False, cited=False)
    first = result.citations[0]
    quote = _folded(first.quote)
    right = any(_folded(gold.text) in quote for gold in question.answers)
    golds = {*question.articles, *([question.article] if question.article else [])}
    cited = right and bool({first.article.id, Path(first.article.origin).stem} & golds)
    return Outcome(question, answered=True, right=right, cited=cited)


def table(outcomes: list[Outcome]) -> Table:
    """The measures per language and over all, with the counts that they are shares of."""
    rows = Table(
        "language", "questions", "right answer", "right citation", "abstention precision", "abstention recall"
    )
    for language in sorted({outcome.question.lang for outcome in outcomes}):
        rows.add_row(language, *_measures([each for each in outcomes if each.question.lang == language]))
    rows.add_section()
    rows.add_row("all", *_measures(outcomes))
    return rows


def _measures(outcomes: list[Outcome]) -> list[str]:
    answerable = [each for each in outcomes if each.question.answerable]
    unanswerable = [each for each in outcomes if not each.question.answerable]
    answered = [each for each in outcomes if each.answered]
    abstained = [each for each in outcomes if not each.answered]
    rightly = sum(not each.question.answerable for each in abstained)
    return [
        str(len(outcomes)),
        _share(sum(each.right for each in answerable), len(answerable)),
        _share(sum(each.cited for each in answered), len(answered)),
        _share(rightly, len(abstained)),
        _share(rightly, len(unanswerable)),
    ]


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%} ({part}/{whole})" if whole else "–"


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
