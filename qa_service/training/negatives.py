"""Passages that our own retriever takes for an answer and that hold none: what a reader must tell apart."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from index.records import Filters, Hit
from qa_service.build import Index
from qa_service.open_corpus import context_article, text_id
from qa_service.questions import GoldQuestion
from qa_service.training.kept_lines import whole_lines

_NEAREST = 12
"""How many hits of a question are looked at."""

Found = dict[str, list[tuple[str, str]]]
"""For each question, by id, (title, passage) of the nearest passages of other articles in the
question's language, nearest first."""


def index_contexts(
    index: Index, questions: Sequence[GoldQuestion], progress: Callable[[int, int], None]
) -> None:
    """Ingest the questions' contexts; `progress` hears how many of how many are in."""
    contexts = {question.context: question for question in questions}
    raws = [context_article(question) for question in contexts.values()]
    index.ingest.run(raws, lambda report: progress(report.seen, len(raws)))
    index.save_views()


def context_id(question: GoldQuestion) -> str:
    """The article id of a question's context."""
    return text_id(question.context or "")


def mine(
    index: Index, questions: Sequence[GoldQuestion], kept: Path, progress: Callable[[int, int], None]
) -> Found:
    """The nearest passages of each question outside its own context, in its language: else a difference of
    languages would tell that a passage does not answer.

    What was found is kept in the file `kept`, so that an interrupted mining goes on where it stopped.
    """
    found = _kept(kept)
    with kept.open("a", encoding="utf-8") as file:
        for number, question in enumerate(questions, start=1):
            if question.id not in found:
                hits = index.retriever.retrieve(question.question, Filters(), limit=_NEAREST)
                found[question.id] = _others(hits, context_id(question), question.lang)
                file.write(json.dumps({"id": question.id, "passages": found[question.id]}) + "\n")
            progress(number, len(questions))
    return found


def _kept(kept: Path) -> Found:
    """What an earlier mining found."""
    rows = [json.loads(line) for line in whole_lines(kept)]
    return {row["id"]: [(title, passage) for title, passage in row["passages"]] for row in rows}


def _others(hits: Sequence[Hit], own: str, language: str) -> list[tuple[str, str]]:
    others = [hit for hit in hits if hit.article.id != own and hit.article.language == language]
    return [(hit.article.title, hit.passage.text) for hit in others]
