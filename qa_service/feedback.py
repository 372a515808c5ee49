"""What people say of answers, and the questions with known answers that follow from it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from index.records import Filters
from qa_service.answers import Reason
from qa_service.ask_schemas import AskResponse, Citation

LONGEST_COMMENT = 1000
"""Characters."""


class Verdict(StrEnum):
    """Whether the answer is right; of an abstention, whether abstaining was."""

    RIGHT = "right"
    WRONG = "wrong"


class Fault(StrEnum):
    """What is wrong with an answer.

    Incorrect: it isn't so. Off topic: it answers another question. Unanswered: the archive does know, though
    it was said that it doesn't.
    """

    INCORRECT = "incorrect"
    OFF_TOPIC = "off_topic"
    INCOMPLETE = "incomplete"
    OUTDATED = "outdated"
    UNANSWERED = "unanswered"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Feedback:
    """What one person says of an answer."""

    verdict: Verdict
    reason: Fault | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as it was given. `question` is what was typed."""

    question: str
    asked_at: datetime
    response: AskResponse


@dataclass(frozen=True, slots=True)
class Judged:
    """An answer, what was said of it, and when."""

    given: Given
    feedback: Feedback
    judged_at: datetime


def line(judged: Judged) -> str:
    """The feedback as a line of JSON, with what the right answer is, as far as it tells that."""
    return json.dumps(_told(judged) | (_gold(judged) or {}), ensure_ascii=False)


def is_gold(judged: Judged) -> bool:
    """Whether the feedback tells the right answer, so that `tanya eval` can ask the question."""
    return _gold(judged) is not None


def _told(judged: Judged) -> dict[str, Any]:
    given, feedback = judged.given, judged.feedback
    response = given.response
    understood = response.interpretation
    cited = response.abstention.nearest if response.abstention else response.citations
    return {
        "id": response.id,
        "question": understood.query,
        "asked": given.question,
        "lang": understood.language,
        "asked_at": given.asked_at.isoformat(),
        "status": response.status,
        "verdict": feedback.verdict,
        "reason": feedback.reason,
        "comment": feedback.comment,
        "judged_at": judged.judged_at.isoformat(),
        "citations": [_citation(citation) for citation in cited],
    }


def _citation(citation: Citation) -> dict[str, Any]:
    article = citation.article
    return {
        "quote": citation.quote,
        "answer": citation.answer.text,
        "article": article.id,
        "content_hash": article.content_hash,
        "outlet": article.outlet,
        "start": citation.start,
        "end": citation.end,
    }


def _gold(judged: Judged) -> dict[str, Any] | None:
    """The fields of `questions.GoldQuestion` that a verdict of right fills in; None where it doesn't.

    That nothing was found under filters does not say that the archive has no answer, unless the question
    itself names what they limit the search to.
    """
    response = judged.given.response
    if judged.feedback.verdict is not Verdict.RIGHT:
        return None
    if response.abstention is None:
        answers = dict.fromkeys(citation.answer.text for citation in response.citations)
        articles = dict.fromkeys(citation.article.id for citation in response.citations)
        return {"answerable": True, "answers": list(answers), "articles": list(articles)}
    understood = response.interpretation
    named = Filters(outlets=tuple(understood.outlets), places=tuple(understood.places))
    searched_all = understood.filters.record() == named
    searched = response.abstention.reason in (Reason.NOT_IN_ARTICLES, Reason.UNSURE)
    return {"answerable": False} if searched and searched_all else None


def lines(judged: Iterator[Judged], *, only_gold: bool) -> Iterator[str]:
    """A line for each; with `only_gold`, for those that make an evaluation set."""
    return (line(each) for each in judged if not only_gold or is_gold(each))
