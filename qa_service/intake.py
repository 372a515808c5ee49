"""How articles get in while the service answers: one at a time at once, many as a job in the background.

    a request ──▶ Intake.add ─────────────────┐
                                              ├──▶ Ingest ──▶ store
    a job ──▶ database ──▶ the worker thread ─┘
                 ▲                 │
                 └── pages of URLs ┘

One article is taken in at a time, or one small group of a job's; a request goes before the job's next group.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto
from itertools import islice, takewhile
from typing import Protocol

from index.articles import parts, to_article
from index.errors import ArticleNotFound, ArticleUnreadable, CorpusError, WriterBusy
from index.ingest import Ingest, Report
from index.jobs import Item, Job, Jobs, KeptResponse, Pending, reason_of
from index.records import Article, RawArticle, Refused
from index.store import Store
from index.web import require_page, with_fields
from qa_service.errors import IdMismatch

_log = logging.getLogger(__name__)

URL = "application/json+url"
"""The media type of a raw article without its text: a JSON object whose `url` is fetched first."""

_GROUP_S = 1
"""How long a group of a job's articles may take about: a request that comes in between waits for it."""

_FIRST_GROUP, _LARGEST_GROUP = 4, 64
"""Articles in a group: few at first, then as many as this machine takes in in time."""

_PATIENCE_S = 30
"""How long a request waits for what is being taken in."""

_PAUSE_S = 1
"""Between two tries while another process writes, or the database can't be written."""

_OUR_FAULT = "something went wrong on our side; it has been logged"
"""Why an article is refused that breaks something: what did is for the log, as it may tell of our files."""


class Fetch(Protocol):
    """Brings pages from the web."""

    def fetch(self, url: str) -> RawArticle:
        """The page at the URL. Raises CorpusError where it can't be had."""
        ...


class Outcome(Enum):
    """What adding an article came to."""

    CREATED = auto()
    REPLACED = auto()
    UNCHANGED = auto()


@dataclass(frozen=True, slots=True)
class Added:
    """An article that is in the archive now."""

    article: Article
    outcome: Outcome


class Intake:
    """Takes articles in while the service answers. Its worker is started by `start`, or by the first job."""

    def __init__(self, store: Store, ingest: Ingest, jobs: Jobs, fetch: Fetch) -> None:
        self._store = store
        self._ingest = ingest
        self._fetch = fetch
        self._turn = _Turn()
        self._group = _FIRST_GROUP
        self.jobs = jobs
        self.waits_for: str | None = None
        """What keeps the worker from going on, as a sentence; None while nothing does."""
        self._worker: threading.Thread | None = None
        self._starting = threading.Lock()
        self._wake = threading.Event()
        self._stopping = threading.Event()

    # At once

    def add(self, raw: RawArticle, *, under: str | None = None) -> Added:
        """Take one article in; it is answerable when this returns. `under` is the id it must have.

        Raises ArticleUnreadable, IdMismatch, and WriterBusy where another process writes.
        """
        raw = self._fetched(raw)
        article = to_article(raw, datetime.now(UTC))
        if under is not None and article.id != under:
            raise IdMismatch(article.id)
        with self._turn.first():
            known = self._knows(article.id)
            report = self._ingest.run([raw], lambda _: None)
            if report.refused:
                raise ArticleUnreadable(report.refused[0].reason)
            stored = self._store.article(article.id)
        if report.unchanged:
            return Added(stored, Outcome.UNCHANGED)
        return Added(stored, Outcome.REPLACED if known else Outcome.CREATED)

    def delete(self, article_id: str) -> None:
        """Remove an article. Raises ArticleNotFound, and WriterBusy where another process writes."""
        with self._turn.first():
            self._store.delete(article_id)

    # As a job

    def accept(self, job: Job, items: Sequence[Item], kept: KeptResponse | None) -> None:
        """Spool a job; the worker takes its items in."""
        self.jobs.create(job, items, kept)
        self.start()
        self._wake.set()

    def cancel(self, job_id: str) -> Job:
        """End a job; what is in the archive stays. Raises JobNotFound."""
        with self._turn.first():
            return self.jobs.cancel(job_id)

    # The worker

    def start(self) -> None:
        """Start the worker, which goes on with jobs that an earlier process left; once is enough."""
        with self._starting:
            if self._worker is None:
                self._stopping.clear()
                self._worker = threading.Thread(target=self._work, name="intake", daemon=True)
                self._worker.start()

    def close(self) -> None:
        """End the worker once its present group is stored; what is left is taken up by the next start."""
        with self._starting:
            self._stopping.set()
            self._wake.set()
            if self._worker is not None:
                self._worker.join()
                self._worker = None

    def _work(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                more = self._step()
                self.waits_for = None
            except Exception as error:
                # Whatever it was, the items are still spooled, and the thread is the only one to try again.
                self._say_why(error)
                self._stopping.wait(_PAUSE_S)
                continue
            if not more:
                self._wake.wait()

    def _step(self) -> bool:
        """Fetch the next item of the oldest job, or take in the group before the next to be fetched.

        Whether there was one. What was fetched is spooled like what was sent: neither a restart nor another
        process that writes makes us ask a site twice.
        """
        found = self.jobs.next_items(self._group)
        if found is None:
            return False
        job_id, group = found
        if group and group[0].raw.media_type == URL:
            self._bring(job_id, group[0])
            return True
        there = {item.id: item.raw for item in takewhile(lambda item: item.raw.media_type != URL, group)}
        with self._turn.last(), self._store.writing(timeout_s=0):
            pending = self.jobs.still_pending(list(there))
            began = time.perf_counter()
            self._take_in(job_id, {i: raw for i, raw in there.items() if i in pending}, began)
        self._suit_group(len(there), time.perf_counter() - began)
        return True

    def _bring(self, job_id: str, item: Pending) -> None:
        began = time.perf_counter()
        brought = self._brought(item.raw)
        worked_s = time.perf_counter() - began
        if isinstance(brought, Refused):
            self.jobs.settle(job_id, [item.id], Report(), {item.id: reason_of(brought)}, worked_s=worked_s)
        else:
            self.jobs.bring(job_id, item.id, brought, worked_s=worked_s)

    def _suit_group(self, articles: int, took_s: float) -> None:
        if took_s > _GROUP_S:
            self._group = max(1, self._group // 2)
        elif took_s < _GROUP_S / 2 and articles == self._group:  # fewer tell nothing of so many
            self._group = min(_LARGEST_GROUP, self._group * 2)

    def _take_in(self, job_id: str, raws: dict[int, RawArticle], began: float) -> None:
        try:
            report = self._ingest.run(raws.values(), lambda _: None)
        except CorpusError:
            raise  # the archive's trouble, not the articles': all is tried again
        except Exception as error:
            if len(raws) > 1:
                for item_id, raw in raws.items():
                    self._take_in(job_id, {item_id: raw}, time.perf_counter())
                return
            _log.error("an article could not be taken in", exc_info=error)
            report = Report(refused=tuple(Refused(raw.origin, _OUR_FAULT) for raw in raws.values()))
        why = {refused.origin: reason_of(refused) for refused in report.refused}
        reasons = {item_id: why[raw.origin] for item_id, raw in raws.items() if raw.origin in why}
        self.jobs.settle(job_id, list(raws), report, reasons, worked_s=time.perf_counter() - began)

    def _brought(self, raw: RawArticle) -> RawArticle | Refused:
        try:
            return self._fetched(raw)
        except ArticleUnreadable as error:
            return Refused(raw.origin, str(error))
        except Exception as error:
            # Else one URL, tried again and again, would hold up all jobs.
            _log.error("a page could not be fetched", exc_info=error)
            return Refused(raw.origin, _OUR_FAULT)

    def _fetched(self, raw: RawArticle) -> RawArticle:
        """What stands at the URL, if it is one; raises ArticleUnreadable where that is not one article."""
        if raw.media_type != URL:
            return raw
        try:
            fields = json.loads(raw.content)
            fetched = self._fetch.fetch(fields["url"])
            require_page(fetched)
        except CorpusError as error:
            raise ArticleUnreadable(str(error)) from error
        match [*islice(parts(fetched), 2)]:
            case [RawArticle(origin=fetched.origin) as article]:
                said = {name: value for name, value in fields.items() if name not in ("url", "id")}
                return with_fields(article, said) if said else article
        raise ArticleUnreadable(f"{raw.origin}: several articles are there; send it as a file")

    def _knows(self, article_id: str) -> bool:
        try:
            self._store.article(article_id)
        except ArticleNotFound:
            return False
        return True

    def _say_why(self, error: Exception) -> None:
        """Log what keeps the worker from going on, once; a message may tell where our files are."""
        busy = isinstance(error, WriterBusy)
        reason = str(error) if busy else "the archive cannot be used now; the cause has been logged"
        if reason != self.waits_for:
            _log.log(
                logging.INFO if busy else logging.ERROR, "the intake waits: %s", error, exc_info=not busy
            )
        self.waits_for = reason


class _Turn:
    """Held by one at a time; whoever takes it `first` goes before whoever takes it `last`."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._taken = False
        self._first = 0

    @contextmanager
    def first(self) -> Iterator[None]:
        """Raises WriterBusy where it is not to be had in good time."""
        with self._changed:
            self._first += 1
            free = self._changed.wait_for(lambda: not self._taken, timeout=_PATIENCE_S)
            self._first -= 1
            self._changed.notify_all()
            if not free:
                raise WriterBusy("a long article is being taken in: try again in a minute")
            self._taken = True
        with self._given_back():
            yield

    @contextmanager
    def last(self) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: not self._taken and not self._first)
            self._taken = True
        with self._given_back():
            yield

    @contextmanager
    def _given_back(self) -> Iterator[None]:
        try:
            yield
        finally:
            with self._changed:
                self._taken = False
                self._changed.notify_all()
