"""What webhooks look like over the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from qa_service import webhooks
from qa_service.schemas import Request, Within


class NewWebhook(Request):
    """Who is to be told when what an answer quotes changes."""

    url: Annotated[str, Within(1, 2000)]

    model_config = ConfigDict(json_schema_extra={"examples": [{"url": "https://example.org/tanya"}]})


class Webhook(BaseModel):
    """An address that is told of changes; with `given_up_at` it is no more, as it took none for too long."""

    id: str
    url: str
    made_at: datetime
    told_at: Annotated[datetime | None, Field(description="When it last took a message.")]
    failures: Annotated[int, Field(description="Messages it did not take, since the last one it took.")]
    last_failure: str | None
    given_up_at: datetime | None

    @classmethod
    def of(cls, webhook: webhooks.Webhook) -> Self:
        return cls.model_validate(webhook, from_attributes=True)


class RegisteredWebhook(Webhook):
    """A webhook that was just made, with what its messages are signed with."""

    secret: str


def _header(name: str, description: str) -> dict[str, Any]:
    schema = {"type": "string"}
    return {"name": name, "in": "header", "required": True, "description": description, "schema": schema}


CALLBACKS: dict[str, Any] = {
    "changed": {
        "{$request.body#/url}": {
            "post": {
                "operationId": "answer_changed",
                "summary": "Answer Changed",
                "description": "A citation's article has changed, was withdrawn or is back.",
                "security": [],
                "parameters": [
                    _header("X-Tanya-Webhook", "The id of the webhook."),
                    _header("X-Tanya-Delivery", "Another one for each message, the same if it comes again."),
                    _header("X-Tanya-Timestamp", "When it was sent: seconds since 1970."),
                    _header(
                        "X-Tanya-Signature",
                        "`sha256=` and the HMAC-SHA256 (hex), with the webhook's `secret`, of the timestamp, "
                        "a full stop and the body.",
                    ),
                ],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/GivenAnswer"}}},
                },
                "responses": {
                    "2XX": {"description": "It is taken."},
                    "default": {"description": "It is not, and sent again later, twelve times in all."},
                },
            }
        }
    }
}
"""What is sent to a webhook, for the contract."""
