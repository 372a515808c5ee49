"""Files of questions with known answers: JSON Lines, plain or gzipped, for evaluation and for training."""

from __future__ import annotations

import gzip
import json
import random
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError, model_validator

from index.languages import detect
from index.passages import TokenCounter, split
from index.records import Article, Hit, Passage
from qa_service.errors import EvaluationInvalid

_SEED = 7


class _Line(BaseModel):
    """What a file says, where `null` says as little as saying nothing."""

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, given: object) -> object:
        if not isinstance(given, dict):
            return given
        return {name: value for name, value in given.items() if value is not None}


class GoldAnswer(_Line):
    """A text that answers, and where it stands in the question's context; -1 where it is not literal.

    A file may give the text alone.
    """

    text: str
    start: int = -1

    @model_validator(mode="before")
    @classmethod
    def _of_text(cls, given: object) -> object:
        return {"text": given} if isinstance(given, str) else given


class GoldQuestion(_Line):
    """A question and what is known of its answer.

    `article`, or one of `articles`, holds it, told by id or file name; or `context` does, the text that the
    question was asked about. `evidence` is the sentence of the context that backs an answer in other words.
    Where a line has no `id`, it is its number; where it has no `lang`, the question tells. `turn` is its
    place in its conversation.
    """

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    id: str = ""
    lang: str = ""
    question: str
    answerable: bool
    answers: list[GoldAnswer] = []
    article: str | None = Field(default=None, validation_alias=AliasChoices("article", "article_id"))
    articles: list[str] = []
    context: str | None = None
    title: str = ""
    date: str | None = None
    evidence: GoldAnswer | None = None
    turn: int = 1

    @property
    def gold_articles(self) -> frozenset[str]:
        """Every article that is known to hold the answer."""
        return frozenset([*self.articles, *([self.article] if self.article else [])])


class GoldConversation(_Line):
    """Questions asked one after the other. Their ids are made from its own, their language is its own."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    id: str = ""
    lang: str = ""
    turns: list[GoldQuestion] = Field(min_length=1)


def read_questions(path: Path) -> list[GoldQuestion]:
    """The questions of a file, and the turns of its conversations, in order; raises EvaluationInvalid."""
    asked = (_asked(path, number, line) for number, line in numbered_lines(path))
    questions = list(chain.from_iterable(asked))
    if not questions:
        raise EvaluationInvalid(f"{path} holds no questions: give one JSON object a line")
    return questions


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a file that are not blank, counted from 1; raises EvaluationInvalid."""
    try:
        data = path.read_bytes()
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise EvaluationInvalid(
            f"{path} cannot be read: {error}: give JSON Lines in UTF-8, in a .gz file where gzipped"
        ) from error
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, line


def drawn(questions: Sequence[GoldQuestion], limit: int | None) -> list[GoldQuestion]:
    """At most `limit` of the questions, in their order and always the same ones; None for all.

    A conversation counts as one, and stays whole.
    """
    starts = [place for place, question in enumerate(questions) if question.turn == 1]
    if limit is None or limit >= len(starts):
        return list(questions)
    ends = [*starts[1:], len(questions)]
    chosen = sorted(random.Random(_SEED).sample(range(len(starts)), limit))
    return [question for n in chosen for question in questions[starts[n] : ends[n]]]


def context_hits(question: GoldQuestion, *, count_tokens: TokenCounter) -> list[Hit]:
    """The passages of the question's context, split as the index does, as hits that no search has scored.

    The article they are of goes by the question's id.
    """
    text = question.context or ""
    article = Article(
        id=question.id,
        title=question.title,
        text=text,
        language=question.lang,
        content_hash="",
        fetched_at=datetime.now(UTC),
        origin=question.id,
    )
    spans = split(text, count_tokens=count_tokens, language=question.lang)
    passages = [
        Passage(n, article.id, n, span.start, span.end, text[span.start : span.end])
        for n, span in enumerate(spans)
    ]
    return [Hit(passage, article, dense=0.0, lexical=0.0, score=0.0) for passage in passages]


def _asked(path: Path, number: int, line: str) -> list[GoldQuestion]:
    """What a line asks: a question, or the turns of a conversation."""
    try:
        if _has_turns(line):
            return _turns(GoldConversation.model_validate_json(line), number)
        question = GoldQuestion.model_validate_json(line)
    except ValidationError as error:
        wrong = error.errors()[0]
        field = ".".join(map(str, wrong["loc"]))
        raise EvaluationInvalid(
            f"{path}, line {number}: {field} {wrong['msg']}: write an object with question, answerable, "
            "answers and article or context, or with turns of these, as seeds/README.md says"
        ) from error
    known = {"id": question.id or str(number), "lang": question.lang or detect(question.question), "turn": 1}
    return [question.model_copy(update=known)]


def _has_turns(line: str) -> bool:
    try:
        given = json.loads(line)
    except ValueError:
        return False  # what is wrong with it is told by those who read it next
    return isinstance(given, dict) and given.get("turns") is not None


def _turns(conversation: GoldConversation, number: int) -> list[GoldQuestion]:
    name = conversation.id or str(number)
    language = conversation.lang or detect(conversation.turns[0].question)
    return [
        turn.model_copy(update={"id": f"{name}.{n}", "lang": turn.lang or language, "turn": n})
        for n, turn in enumerate(conversation.turns, start=1)
    ]
