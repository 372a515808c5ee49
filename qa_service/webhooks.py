"""Addresses that are told when what an answer quotes changes or is withdrawn.

    change of the archive ──▶ each answer that somebody watches ──differs from what was told?──▶ POST
                                                                                    │
                              told, or tried again later, or given up after a while ◀┘

What was told last is in the database, and noted only once the receiver has taken it: each change is told at
least once, over restarts too. Two changes that lie close together may be told as one.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import secrets
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import metadata
from typing import Any

import httpx
from sqlalchemy import Engine, Row, delete, func, insert, select, update

from index.addresses import addresses_of
from index.database import changing, reading
from index.errors import FetchRefused
from index.fetch import web_url
from index.pinned import PinnedTransport, require_public
from index.schema import webhooks as webhooks_table
from index.store import Store
from index.time_limit import run_within
from qa_service.errors import AnswerNotFound, FieldRefused, WebhookNotFound
from qa_service.kept import KeptAnswers
from qa_service.kept_schemas import GivenAnswer

MOST = 1000
"""Webhooks of an archive: each is looked at after every change."""

_EVERY_S = 2.0
_POST_S = 5.0
"""How long a receiver may take."""

_AT_ONCE = 16
"""Receivers that are told at the same time: who doesn't answer holds up nobody else."""

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 60, 6 * 3600
_MOST_FAILURES = 12
"""Tries, twenty hours and a half from the first to the last, until a webhook is given up."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that is told of an answer's changes. `secret` is what its messages are signed with.

    `told_at` is when it last took one, `failures` counts those since; with `given_up_at` no more are tried.
    """

    id: str
    answer_id: str
    url: str
    secret: str
    made_at: datetime
    told_at: datetime | None
    failures: int
    last_failure: str | None
    given_up_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Message:
    """What the webhook of the row is to be told, and the state that it then knows of."""

    row: Row[Any]
    body: bytes
    state: str

    @property
    def delivery(self) -> str:
        """The same each time the message is sent, and of no other message: what was taken moves `told_at`."""
        told = f"{self.row.id} {self.row.told_at} {self.state}"
        return hashlib.sha256(told.encode()).hexdigest()[:16]


class Webhooks:
    """The webhooks of an archive, in its database; `follow` tells them."""

    def __init__(self, store: Store, answers: KeptAnswers, *, allow_private: bool) -> None:
        """`allow_private` lets them have addresses that are not of the open internet."""
        self._store = store
        self._engine: Engine = store.engine
        self._answers = answers
        self._allow_private = allow_private
        self._tls = httpx.create_ssl_context()
        self._pause_s: float = _FIRST_PAUSE_S

    def register(self, answer_id: str, url: str) -> Webhook:
        """Have the address told of changes from now on. Raises AnswerNotFound, and FieldRefused where the
        address may not be one, or there are too many.
        """
        self._answers.require_written(answer_id)
        try:
            parsed = web_url(url, instead="give another address")
            if not self._allow_private:
                found = run_within(asyncio.to_thread(addresses_of, parsed.host), _POST_S)
                require_public(parsed.host, found)
        except FetchRefused as error:
            raise FieldRefused("/url", str(error)) from error
        except (OSError, UnicodeError) as error:
            raise FieldRefused("/url", f"{parsed.host} has no address: check the name") from error
        row = {
            "id": secrets.token_hex(8),
            "answer_id": answer_id,
            "url": str(parsed),
            "secret": secrets.token_urlsafe(32),
            "made_at": _now().isoformat(),
            "failures": 0,
        }
        with changing(self._engine) as connection:
            if (connection.scalar(select(func.count()).select_from(webhooks_table)) or 0) >= MOST:
                raise FieldRefused("/url", f"there are {MOST} webhooks: delete one first")
            # Within the writer's lock: what changes from here on finds the row, and is told.
            told = _state(self._given(answer_id))
            connection.execute(insert(webhooks_table).values(row | {"told": told}))
            made = select(webhooks_table).where(webhooks_table.c.id == row["id"])
            return _webhook(connection.execute(made).one())

    def of(self, answer_id: str) -> list[Webhook]:
        """The webhooks of an answer, the oldest first. Raises AnswerNotFound."""
        self._answers.answer(answer_id)
        query = select(webhooks_table).where(webhooks_table.c.answer_id == answer_id)
        with reading(self._engine) as connection:
            return [_webhook(row) for row in connection.execute(query.order_by(webhooks_table.c.made_at))]

    def delete(self, answer_id: str, webhook_id: str) -> None:
        """Tell an address no more. Raises WebhookNotFound."""
        of = webhooks_table.c
        with changing(self._engine) as connection:
            deleted = connection.execute(
                delete(webhooks_table).where(of.id == webhook_id, of.answer_id == answer_id)
            )
        if not deleted.rowcount:
            raise WebhookNotFound(f"the answer {answer_id!r} has no webhook {webhook_id!r}")

    # Telling

    def follow(self, stop: threading.Event) -> None:
        """Tell of each change, until `stop` is set. One process over an archive does: two tell twice."""
        seen = -1
        while not stop.wait(_EVERY_S):
            try:
                change = self._store.last_change()
                self.tell(stop, all_=change != seen)
                seen = change
            except Exception:  # whatever it was, the next round may go well
                _log.exception("no webhook is told for now")

    def tell(self, stop: threading.Event, *, all_: bool = True) -> None:
        """Tell every address what it was not told yet, if it is time; unless `all_`, those that failed."""
        of = webhooks_table.c
        query = select(webhooks_table).where(of.given_up_at.is_(None)).order_by(of.made_at)
        with reading(self._engine) as connection:
            rows = connection.execute(query if all_ else query.where(of.failures > 0)).all()
        now = _now().isoformat()
        due = [
            message
            for row in rows
            if not stop.is_set() and (row.try_at or "") <= now and (message := self._message(row))
        ]
        if not due:
            return
        # Noted once all are sent: a note may wait for the database, and would let receivers run out of time.
        most_s = _POST_S * (2 + len(due) / _AT_ONCE)  # each keeps to its own limit
        for message, why in run_within(self._sent(due, stop), most_s):
            if why is None:
                self._note_told(message)
            else:
                self._note_failed(message.row, why)

    def _message(self, row: Row[Any]) -> _Message | None:
        """What there is to tell, if anything."""
        try:
            given = self._given(row.answer_id)
        except AnswerNotFound:  # it is kept no longer, and its webhooks will go with it
            return None
        state = _state(given)
        if state != row.told:
            return _Message(row, given.model_dump_json().encode(), state)
        if row.failures:  # what could not be told is as it was again
            self._note(row, failures=0, try_at=None)
        return None

    def _note_told(self, message: _Message) -> None:
        at = _now().isoformat()
        self._note(message.row, told=message.state, told_at=at, failures=0, try_at=None, last_failure=None)

    def _note_failed(self, row: Row[Any], why: str) -> None:
        failures = row.failures + 1
        pause_s = min(self._pause_s * 2 ** (failures - 1), _LONGEST_PAUSE_S)
        given_up = failures >= _MOST_FAILURES
        self._note(
            row,
            failures=failures,
            last_failure=why,
            try_at=(_now() + timedelta(seconds=pause_s)).isoformat(),
            given_up_at=_now().isoformat() if given_up else None,
        )
        _log.warning("the webhook %s was not told%s", row.id, ", and is given up" if given_up else "")

    async def _sent(
        self, messages: Sequence[_Message], stop: threading.Event
    ) -> list[tuple[_Message, str | None]]:
        """Send them, unless `stop` is set: those that were, and why each was not taken, None where it was."""
        few = asyncio.Semaphore(_AT_ONCE)
        sent = []

        async def send(message: _Message) -> None:
            async with few:
                if not stop.is_set():
                    sent.append((message, await self._posted(message)))

        await asyncio.gather(*map(send, messages))
        return sent

    async def _posted(self, message: _Message) -> str | None:
        """Send it; None where it was taken, else why not."""
        row, at = message.row, str(int(time.time()))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"tanya/{metadata.version('tanya')}",
            "X-Tanya-Webhook": row.id,
            "X-Tanya-Delivery": message.delivery,
            "X-Tanya-Timestamp": at,
            "X-Tanya-Signature": f"sha256={signature(row.secret, at, message.body)}",
        }
        transport = PinnedTransport(self._tls, allow_private=self._allow_private)
        client = httpx.AsyncClient(transport=transport, timeout=_POST_S, trust_env=False)
        try:
            # What it says is of no interest, and may be without end.
            async with (
                asyncio.timeout(_POST_S),
                client,
                client.stream("POST", row.url, content=message.body, headers=headers) as response,
            ):
                return None if response.is_success else f"answered {response.status_code}"
        except TimeoutError:
            return f"took longer than {_POST_S:g} seconds"
        except Exception as error:  # whatever it was, it is no matter of the other receivers
            return str(error) or type(error).__name__

    def _given(self, answer_id: str) -> GivenAnswer:
        return GivenAnswer.since(self._answers.answer(answer_id), self._store)

    def _note(self, row: Row[Any], **values: Any) -> None:
        with changing(self._engine) as connection:
            connection.execute(update(webhooks_table).where(webhooks_table.c.id == row.id).values(values))


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What shows that a message is ours and new: the HMAC-SHA256 (hex) of `timestamp.body`."""
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def _state(given: GivenAnswer) -> str:
    """What has become of the citations, in a form that differs where it does."""
    cited = given.abstention.nearest if given.abstention else given.citations
    now = [(each.n, each.now.state, each.now.article and each.now.article.content_hash) for each in cited]
    return json.dumps(now)


def _webhook(row: Row[Any]) -> Webhook:
    return Webhook(
        id=row.id,
        answer_id=row.answer_id,
        url=row.url,
        secret=row.secret,
        made_at=datetime.fromisoformat(row.made_at),
        told_at=datetime.fromisoformat(row.told_at) if row.told_at else None,
        failures=row.failures,
        last_failure=row.last_failure,
        given_up_at=datetime.fromisoformat(row.given_up_at) if row.given_up_at else None,
    )


def _now() -> datetime:
    return datetime.now(UTC)
