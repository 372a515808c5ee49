"""The routes of the answers that were kept."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from index.store import Store
from qa_service.guard import limited_route
from qa_service.kept import KeptAnswers
from qa_service.kept_schemas import FeedbackRequest, GivenAnswer
from qa_service.problems import responses

AnswerId = Annotated[str, Path(description="The id of an answer.", examples=["WGxBV_WzfQxf0Bx6"])]

_MAX_FEEDBACK = 16_384
"""Bytes: a comment of the greatest length, however it is escaped."""


def answer_routes(answers: KeptAnswers, store: Store) -> APIRouter:
    """The answer as it was given, and what is said of it."""
    router = APIRouter(prefix="/answers", tags=["answers"], route_class=limited_route(_MAX_FEEDBACK))

    @router.get("/{answer_id}", responses=responses(404, 422, 503))
    def answer(answer_id: AnswerId) -> GivenAnswer:
        """An answer as it was given; `now` is what has become of each citation since."""
        return GivenAnswer.since(answers.answer(answer_id), store)

    @router.post("/{answer_id}/feedback", status_code=204, responses=responses(400, 404, 413, 415, 422, 503))
    def judge_answer(answer_id: AnswerId, feedback: FeedbackRequest) -> None:
        """Say whether the answer is right. The last one who says so counts."""
        answers.judge(answer_id, feedback.record())

    return router
