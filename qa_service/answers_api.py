"""The routes of the answers that were kept, and of who is told when they change."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request

from index.store import Store
from qa_service.guard import guarded_route, limited_route, require_right
from qa_service.kept import KeptAnswers
from qa_service.kept_schemas import FeedbackRequest, GivenAnswer
from qa_service.problems import responses
from qa_service.webhook_schemas import CALLBACKS, NewWebhook, RegisteredWebhook, Webhook
from qa_service.webhooks import Webhooks

AnswerId = Annotated[str, Path(description="The id of an answer.", examples=["WGxBV_WzfQxf0Bx6"])]
WebhookId = Annotated[str, Path(description="The id of a webhook.", examples=["9f3c61d20be74a85"])]

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


def webhook_routes(hooks: Webhooks) -> APIRouter:
    """Who is told when what an answer quotes changes: for those who may change the archive."""
    router = APIRouter(prefix="/answers", tags=["answers"], route_class=guarded_route(_MAX_FEEDBACK))

    @router.post(
        "/{answer_id}/webhooks",
        status_code=201,
        responses=responses(400, 403, 404, 413, 415, 422, 503),
        openapi_extra={"callbacks": CALLBACKS},
    )
    def register_webhook(answer_id: AnswerId, webhook: NewWebhook) -> RegisteredWebhook:
        """Have an address told (POST, with what GET /answers/{id} gives) when a citation changes.

        `secret` is shown only now: `X-Tanya-Signature` is `sha256=` and the HMAC-SHA256 of
        `X-Tanya-Timestamp`, a full stop and the body.
        """
        return RegisteredWebhook.of(hooks.register(answer_id, webhook.url))

    @router.get("/{answer_id}/webhooks", responses=responses(403, 404, 422, 503))
    def webhooks(answer_id: AnswerId, request: Request) -> list[Webhook]:
        """The webhooks of an answer, and what became of them."""
        require_right(request)
        return [Webhook.of(each) for each in hooks.of(answer_id)]

    @router.delete(
        "/{answer_id}/webhooks/{webhook_id}", status_code=204, responses=responses(403, 404, 422, 503)
    )
    def delete_webhook(answer_id: AnswerId, webhook_id: WebhookId) -> None:
        """Tell an address no more."""
        hooks.delete(answer_id, webhook_id)

    return router
