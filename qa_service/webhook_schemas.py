"""What webhooks look like over the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from qa_service import webhooks
from qa_service.schemas import Request, sound


class NewWebhook(Request):
    """Who is to be told when what an answer quotes changes."""

    url: Annotated[
        str,
        AfterValidator(sound),
        StringConstraints(min_length=1, max_length=2000),
        Field(examples=["https://example.org/tanya"]),
    ]


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
