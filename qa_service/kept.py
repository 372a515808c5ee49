"""Answers, kept as they were given. They lie in the archive's database, but are no part of the archive."""

from __future__ import annotations

import logging
import threading
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Unpack

from pydantic import ValidationError
from sqlalchemy import ColumnElement, Connection, Engine, Row, delete, insert, or_, select

from index.database import changing, reading
from index.errors import StoreUnavailable
from index.schema import answers as answers_table
from index.schema import feedback as feedback_table
from qa_service.answers import Abstention, Answer, Stage
from qa_service.ask import Ask, Terms
from qa_service.ask_schemas import AskResponse
from qa_service.errors import AnswerNotFound
from qa_service.feedback import Fault, Feedback, Given, Judged, Verdict
from qa_service.foreground import Foreground
from qa_service.metrics import Metrics

_log = logging.getLogger(__name__)

_MOST_KEPT = 100_000
"""Answers, some 4 kB each: whoever asks without end fills no disk."""

_MOST_WAITING = 500
"""Answers that wait to be written; more are not kept."""

_PRUNE_EVERY_S = 3600


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A row of the table of answers."""

    id: str
    asked_at: str
    question: str
    response: bytes


class KeptAnswers:
    """The answers that were given in the last days, by their ids, with what was said of each.

    They are written by a thread of their own, so that no answer waits for the disk, or for whoever writes;
    until then they are in memory, and can be had from there.
    """

    def __init__(self, engine: Engine, *, days: int) -> None:
        """`days` is how long an answer is kept; with 0 none is."""
        self._engine = engine
        self._days = days
        self._waiting: dict[str, _Waiting] = {}
        self._lock = threading.Lock()
        self._writer = ThreadPoolExecutor(1, "kept answers")
        self._scheduled = self._failing = self._closed = False
        self._pruned_at: float | None = None

    def start(self) -> None:
        """Drop, in a while, what has been kept long enough."""
        with self._lock:
            self._schedule()

    def close(self) -> None:
        """Write what waits; nothing is kept from now on."""
        with self._lock:
            self._closed = True
        self._writer.shutdown()

    def keep(self, question: str, result: Answer | Abstention) -> Answer | Abstention:
        """The result, `kept` if it can be had again by its id. It never fails, and waits for nobody.

        After one that could not be written no further one is kept until writing works again.
        """
        if not self._days:
            return result
        kept = replace(result, kept=True)
        try:
            row = _row(question, kept)
        except ValueError as error:  # a lone surrogate
            _log.warning("an answer is not kept: %s", error)
            return result
        with self._lock:
            accepted = not (self._failing or self._closed) and len(self._waiting) < _MOST_WAITING
            if accepted:
                self._waiting[row.id] = row
            self._schedule()
        return kept if accepted else result

    def answer(self, answer_id: str) -> Given:
        """The answer with this id; raises AnswerNotFound."""
        with self._lock:
            row: _Waiting | Row[Any] | None = self._waiting.get(answer_id)
        if row is None:
            with reading(self._engine) as connection:
                row = connection.execute(
                    select(answers_table).where(answers_table.c.id == answer_id, self._is_kept())
                ).one_or_none()
        given = _given(row) if row else None
        if given is None:
            raise self._not_found(answer_id)
        return given

    def judge(self, answer_id: str, feedback: Feedback) -> None:
        """Keep what is said of an answer, in the place of what was said before.

        Raises AnswerNotFound, and StoreUnavailable where the answer itself can't be written now.
        """
        self.require_written(answer_id)
        with changing(self._engine) as connection:
            connection.execute(delete(feedback_table).where(feedback_table.c.answer_id == answer_id))
            row = {
                "answer_id": answer_id,
                "given_at": datetime.now(UTC).isoformat(),
                "verdict": feedback.verdict.value,
                "reason": feedback.reason,
                "comment": feedback.comment,
            }
            connection.execute(insert(feedback_table).values(row))

    def require_written(self, answer_id: str) -> None:
        """Raise AnswerNotFound where there is no such answer, and StoreUnavailable where it isn't in the
        database and can't be written now.
        """
        with self._lock:
            waits = answer_id in self._waiting and not self._closed
        if waits:
            self._writer.submit(self._write).result()
            if answer_id in self._waiting:
                raise StoreUnavailable("the answer can't be written now: try again in a while")
        with reading(self._engine) as connection:
            known = select(answers_table.c.id).where(answers_table.c.id == answer_id, self._is_kept())
            if connection.scalar(known) is None:
                raise self._not_found(answer_id)

    def judged(self) -> Iterator[Judged]:
        """Every answer of which something was said, the earliest first."""
        query = (
            select(answers_table, feedback_table)
            .join(feedback_table, feedback_table.c.answer_id == answers_table.c.id)
            .where(self._is_kept())
            .order_by(answers_table.c.asked_at, answers_table.c.id)
        )
        with reading(self._engine) as connection:
            for row in connection.execute(query):
                if given := _given(row):
                    yield Judged(given, _feedback(row), datetime.fromisoformat(row.given_at))

    # Inside

    def _schedule(self) -> None:
        """Have the thread write; the lock must be held."""
        if not (self._scheduled or self._closed):
            self._scheduled = True
            self._writer.submit(self._write)

    def _write(self) -> None:
        with self._lock:
            self._scheduled = False
            rows = list(self._waiting.values())
        try:
            with changing(self._engine) as connection:
                for row in rows:
                    connection.execute(insert(answers_table).values(asdict(row)))
                self._prune(connection)
        except Exception:  # whatever it was: what waits is tried again with the next answer
            _log.exception("%d answers are not kept yet", len(rows))
            self._failing = True
            return
        with self._lock:
            self._failing = False
            for row in rows:
                del self._waiting[row.id]

    def _prune(self, connection: Connection) -> None:
        now = time.monotonic()
        if self._pruned_at is not None and now - self._pruned_at < _PRUNE_EVERY_S:
            return
        asked_at = answers_table.c.asked_at
        beyond = select(asked_at).order_by(asked_at.desc()).offset(_MOST_KEPT).limit(1).scalar_subquery()
        connection.execute(delete(answers_table).where(or_(~self._is_kept(), asked_at <= beyond)))
        self._pruned_at = now

    def _is_kept(self) -> ColumnElement[bool]:
        since = datetime.now(UTC) - timedelta(days=self._days)
        return answers_table.c.asked_at >= since.isoformat()

    def _not_found(self, answer_id: str) -> AnswerNotFound:
        return AnswerNotFound(
            f"no answer has the id {answer_id!r}: it was not kept, or not for more than {self._days} days; "
            "ask again"
        )


class KeepingAsk:
    """Asks for people and apps: not too much at once, and what comes of it is kept and counted."""

    def __init__(self, ask: Ask, answers: KeptAnswers, foreground: Foreground, metrics: Metrics) -> None:
        self._ask = ask
        self._answers = answers
        self._foreground = foreground
        self._metrics = metrics

    def __call__(self, question: str, **terms: Unpack[Terms]) -> Answer | Abstention:
        """As `Ask` does. Raises QuestionInvalid, and Overloaded."""
        *_, result = self.stages(question, **terms)
        assert isinstance(result, Answer | Abstention)
        return result

    def require_room(self) -> None:
        """Raise Overloaded where one question more is one too many: before a stream begins with a status."""
        self._foreground.require_room()

    def stages(self, question: str, **terms: Unpack[Terms]) -> Iterator[Stage]:
        """As `Ask` does; the last one is kept. The first raises Overloaded where too much is asked."""
        with self._foreground.question():
            for stage in self._ask.stages(question, **terms):
                if isinstance(stage, Answer | Abstention):
                    self._metrics.result(stage)
                    yield self._answers.keep(question, stage)
                else:
                    yield stage


def _row(question: str, result: Answer | Abstention) -> _Waiting:
    """The row of a result; raises ValueError where it holds a lone surrogate."""
    question.encode()
    response = AskResponse.of(result).model_dump_json().encode()
    return _Waiting(result.id, datetime.now(UTC).isoformat(), question, zlib.compress(response))


def _given(row: _Waiting | Row[Any]) -> Given | None:
    """The answer of a row; None where a version of Tanya wrote it whose form is read no more."""
    try:
        response = AskResponse.model_validate_json(zlib.decompress(row.response))
    except ValidationError:
        _log.warning("the answer %s was kept in a form that is read no more", row.id)
        return None
    return Given(row.question, datetime.fromisoformat(row.asked_at), response)


def _feedback(row: Row[Any]) -> Feedback:
    return Feedback(Verdict(row.verdict), Fault(row.reason) if row.reason else None, row.comment)
