"""What was accepted and is still to be taken in: jobs, their items, and the answers to idempotency keys.

They lie in the archive's database, so that whatever was accepted survives a restart. An item is dropped once
it is stored; a refused one stays, without its content, as long as its job.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Engine, Row, delete, func, insert, select, update

from index.database import changing, reading
from index.errors import JobNotFound
from index.ingest import Report
from index.records import RawArticle, Refused
from index.schema import idempotency_keys, job_items, jobs

_KEPT_FOR = timedelta(days=1)
_REFUSALS_SHOWN = 1000
_BYTES_AT_ONCE = 1_000_000


@dataclass(frozen=True, slots=True)
class Item:
    """One of the articles of a job. `place` is where it stood in what was sent.

    `raw` is what is to be taken in, or why that can't be.
    """

    place: str
    raw: RawArticle | Refused


@dataclass(frozen=True, slots=True)
class Pending:
    """An item that is still to be taken in."""

    id: int
    raw: RawArticle


@dataclass(frozen=True, slots=True)
class Job:
    """How far a job is. `worked_s` is the time spent on it so far, waiting left out."""

    id: str
    created_at: datetime
    total: int
    stored: int = 0
    unchanged: int = 0
    refused: int = 0
    worked_s: float = 0
    finished_at: datetime | None = None
    cancelled: bool = False
    refusals: tuple[Refused, ...] = ()
    """The first thousand, each with the item's place as its origin."""

    @property
    def seen(self) -> int:
        return self.stored + self.unchanged + self.refused

    @property
    def state(self) -> Literal["waiting", "running", "done", "cancelled"]:
        if self.cancelled:
            return "cancelled"
        if self.finished_at:
            return "done"
        return "running" if self.seen else "waiting"


@dataclass(frozen=True, slots=True)
class KeptResponse:
    """The first response to a request with an idempotency key. `body_hash` is of what was sent."""

    key: str
    body_hash: str
    status: int
    location: str
    body: str


class Jobs:
    """The jobs of an archive. Any thread or process may use it; who settles an item must be the writer."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create(self, job: Job, items: Iterable[Item], kept: KeptResponse | None) -> None:
        """Accept a job, together with the response to its idempotency key, if it has one.

        Drops jobs that ended more than a day ago, and keys of that age.
        """
        rows = [_item_row(job.id, item) for item in items]
        refused = sum(row["reason"] is not None for row in rows)
        with changing(self._engine) as connection:
            _forget(connection)
            connection.execute(
                insert(jobs).values(
                    id=job.id,
                    created_at=job.created_at.isoformat(),
                    cancelled=False,
                    total=len(rows),
                    stored=0,
                    unchanged=0,
                    refused=refused,
                    worked_s=0.0,
                )
            )
            if rows:
                connection.execute(insert(job_items), rows)
            if kept:
                _keep(connection, kept)
            _finish_if_done(connection, job.id)

    def job(self, job_id: str) -> Job:
        """The job with this id, with its refusals; raises JobNotFound."""
        refused = (job_items.c.job_id == job_id) & job_items.c.reason.is_not(None)
        with reading(self._engine) as connection:
            row = connection.execute(select(jobs).where(jobs.c.id == job_id)).one_or_none()
            found = connection.execute(
                select(job_items.c.place, job_items.c.reason)
                .where(refused)
                .order_by(job_items.c.id)
                .limit(_REFUSALS_SHOWN)
            ).all()
        if row is None:
            raise JobNotFound(f"no job has the id {job_id!r}: a job is forgotten a day after it ended")
        return _job(row, tuple(Refused(each.place, each.reason) for each in found))

    def cancel(self, job_id: str) -> Job:
        """Drop what is still to be taken in, and end the job; one that ended already is left as it is."""
        with changing(self._engine) as connection:
            connection.execute(delete(job_items).where(_pending(job_id)))
            connection.execute(
                update(jobs)
                .where(jobs.c.id == job_id, jobs.c.finished_at.is_(None))
                .values(cancelled=True, finished_at=_now().isoformat())
            )
        return self.job(job_id)

    def next_items(self, limit: int) -> tuple[str, list[Pending]] | None:
        """The oldest job that has not ended and its next items, at most `limit`; None where there is none."""
        with reading(self._engine) as connection:
            job_id = connection.scalar(
                select(jobs.c.id)
                .where(jobs.c.finished_at.is_(None))
                .order_by(jobs.c.created_at, jobs.c.id)
                .limit(1)
            )
            if job_id is None:
                return None
            sizes = connection.execute(
                select(job_items.c.id, func.length(job_items.c.content).label("size"))
                .where(_pending(job_id))
                .order_by(job_items.c.id)
                .limit(limit)
            ).all()
            ids = _first_of([(row.id, row.size) for row in sizes])
            rows = connection.execute(
                select(job_items).where(job_items.c.id.in_(ids)).order_by(job_items.c.id)
            )
            return job_id, [
                Pending(row.id, RawArticle(row.content, row.media_type, row.origin)) for row in rows
            ]

    def still_pending(self, ids: Sequence[int]) -> set[int]:
        """Those of the items that nobody has taken in or cancelled since."""
        with reading(self._engine) as connection:
            return set(connection.scalars(select(job_items.c.id).where(job_items.c.id.in_(ids))))

    def bring(self, job_id: str, item_id: int, raw: RawArticle, *, worked_s: float) -> None:
        """Put what was fetched for an item in its place, so that it is fetched once, whatever happens."""
        with changing(self._engine) as connection:
            connection.execute(
                update(job_items)
                .where(job_items.c.id == item_id, job_items.c.reason.is_(None))
                .values(content=raw.content, media_type=raw.media_type, origin=raw.origin)
            )
            connection.execute(
                update(jobs).where(jobs.c.id == job_id).values(worked_s=jobs.c.worked_s + worked_s)
            )

    def settle(
        self, job_id: str, ids: Sequence[int], report: Report, reasons: Mapping[int, str], *, worked_s: float
    ) -> None:
        """Note what became of the items: those with a reason were refused, the others are in the archive.

        One that was cancelled meanwhile, or refused by another process, is not refused again.
        """
        with changing(self._engine) as connection:
            refused = 0
            for item_id, reason in reasons.items():
                refused += connection.execute(
                    update(job_items)
                    .where(job_items.c.id == item_id, job_items.c.reason.is_(None))
                    .values(reason=reason, content=b"")
                ).rowcount
            taken = [item_id for item_id in ids if item_id not in reasons]
            connection.execute(delete(job_items).where(job_items.c.id.in_(taken)))
            connection.execute(
                update(jobs)
                .where(jobs.c.id == job_id)
                .values(
                    stored=jobs.c.stored + report.stored,
                    unchanged=jobs.c.unchanged + report.unchanged,
                    refused=jobs.c.refused + refused,
                    worked_s=jobs.c.worked_s + worked_s,
                )
            )
            _finish_if_done(connection, job_id)

    # Idempotency keys

    def kept(self, key: str) -> KeptResponse | None:
        """The response that was given to this key within a day."""
        columns = idempotency_keys.c
        fresh = (columns.key == key) & (columns.at > (_now() - _KEPT_FOR).isoformat())
        with reading(self._engine) as connection:
            row = connection.execute(select(idempotency_keys).where(fresh)).one_or_none()
        if row is None:
            return None
        return KeptResponse(row.key, row.body_hash, row.status, row.location, row.body)

    def keep(self, response: KeptResponse) -> None:
        """Keep a response, to be given again for its key."""
        with changing(self._engine) as connection:
            _forget(connection)
            _keep(connection, response)


def new_job(total: int) -> Job:
    """A job that is to be created."""
    return Job(secrets.token_hex(8), _now(), total)


def _now() -> datetime:
    return datetime.now(UTC)


def _pending(job_id: str) -> ColumnElement[bool]:
    return (job_items.c.job_id == job_id) & job_items.c.reason.is_(None)


def _first_of(sizes: Sequence[tuple[int, int]]) -> list[int]:
    """The ids of the first items that are together no larger than what is taken at once, at least one."""
    together = accumulate(size for _, size in sizes)
    fitting = [item_id for (item_id, _), size in zip(sizes, together, strict=True) if size <= _BYTES_AT_ONCE]
    return fitting or [item_id for item_id, _ in sizes[:1]]


def _item_row(job_id: str, item: Item) -> dict[str, Any]:
    row = {"job_id": job_id, "place": item.place, "origin": item.raw.origin}
    if isinstance(item.raw, Refused):
        return {**row, "media_type": "", "content": b"", "reason": reason_of(item.raw)}
    return {**row, "media_type": item.raw.media_type, "content": item.raw.content, "reason": None}


def reason_of(refused: Refused) -> str:
    """Why it was refused, without the origin, which the place stands for."""
    return refused.reason.removeprefix(f"{refused.origin}: ")


def _job(row: Row[Any], refusals: tuple[Refused, ...]) -> Job:
    return Job(
        id=row.id,
        created_at=datetime.fromisoformat(row.created_at),
        total=row.total,
        stored=row.stored,
        unchanged=row.unchanged,
        refused=row.refused,
        worked_s=row.worked_s,
        finished_at=datetime.fromisoformat(row.finished_at) if row.finished_at else None,
        cancelled=row.cancelled,
        refusals=refusals,
    )


def _finish_if_done(connection: Connection, job_id: str) -> None:
    pending = select(job_items.c.id).where(_pending(job_id)).exists()
    connection.execute(
        update(jobs)
        .where(jobs.c.id == job_id, jobs.c.finished_at.is_(None), ~pending)
        .values(finished_at=_now().isoformat())
    )


def _keep(connection: Connection, response: KeptResponse) -> None:
    connection.execute(delete(idempotency_keys).where(idempotency_keys.c.key == response.key))
    connection.execute(insert(idempotency_keys).values(at=_now().isoformat(), **asdict(response)))


def _forget(connection: Connection) -> None:
    """Drop jobs that ended more than a day ago, and keys of that age."""
    before = (_now() - _KEPT_FOR).isoformat()
    connection.execute(delete(jobs).where(jobs.c.finished_at < before))
    connection.execute(delete(idempotency_keys).where(idempotency_keys.c.at < before))
