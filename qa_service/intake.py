"""How articles get in while the service answers: one at a time at once, many as a job in the background.

    a request ──▶ Intake.add ─────────────────┐
                                              ├──▶ Ingest ──▶ store
    a job ──▶ database ──▶ the worker thread ─┘
                 ▲                 │
                 └── pages of URLs ┘

Articles are read and embedded side by side, and stored one after another. The worker takes in a small group
at a time, and lets requests and questions go before the next.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import islice, takewhile
from typing import Protocol

from index.articles import parts
from index.errors import ArticleNotFound, ArticleUnreadable, CorpusError, WriterBusy
from index.ingest import Ingest, Prepared, Report
from index.jobs import Item, Job, Jobs, KeptResponse, Pending, reason_of
from index.records import Article, RawArticle, Refused
from index.store import Store
from index.web import require_page, with_fields
from qa_service.errors import IdMismatch
from qa_service.foreground import Foreground

_log = logging.getLogger(__name__)

URL = "application/json+url"
"""The media type of a raw article without its text: a JSON object whose `url` is fetched first."""

_GROUP_S = 1
"""How long a group of a job's articles may take about: a question that comes in then shares the machine."""

_FIRST_GROUP, _LARGEST_GROUP = 4, 64
"""Articles in a group: few at first, then as many as this machine takes in in time."""

_COURTESY = 3
"""How many times as long as the last group took the next one waits at most for those who wait for an answer.

However many ask, and however slow the machine, a job keeps a quarter of the time.
"""

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

    def __init__(
        self, store: Store, ingest: Ingest, jobs: Jobs, fetch: Fetch, *, foreground: Foreground
    ) -> None:
        """`foreground` is what the worker makes way for."""
        self._store = store
        self._ingest = ingest
        self._fetch = fetch
        self._foreground = foreground
        self._group = _FIRST_GROUP
        self._group_took_s: float = _GROUP_S
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
        with self._foreground.busy():
            (prepared,) = self._ingest.prepare([raw])
            if isinstance(prepared, Refused):
                raise ArticleUnreadable(prepared.reason)
            article_id = prepared.article.id
            if under is not None and article_id != under:
                raise IdMismatch(article_id)
            with self._store.writing():
                known = self._knows(article_id)
                report = self._ingest.store(prepared)
                stored = self._store.article(article_id)
        if report.unchanged:
            return Added(stored, Outcome.UNCHANGED)
        return Added(stored, Outcome.REPLACED if known else Outcome.CREATED)

    def delete(self, article_id: str) -> None:
        """Remove an article. Raises ArticleNotFound, and WriterBusy where another process writes."""
        with self._foreground.busy():
            self._store.delete(article_id)

    # As a job

    def accept(self, job: Job, items: Sequence[Item], kept: KeptResponse | None) -> None:
        """Spool a job; the worker takes its items in."""
        self.jobs.create(job, items, kept)
        self.start()
        self._wake.set()

    def cancel(self, job_id: str) -> Job:
        """End a job; what is in the archive stays, as does what is just being stored. Raises JobNotFound."""
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
        while True:
            self._wake.clear()  # before it is seen whether there is anything: what comes later wakes it again
            if self._stopping.is_set():
                return
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
        self._foreground.let_pass(at_most_s=_COURTESY * self._group_took_s)
        with self._store.writing(timeout_s=_PAUSE_S):
            pass  # else the same group would be read again and again while another process writes for hours
        began = time.perf_counter()
        prepared = self._prepared(there)
        prepared_s = time.perf_counter() - began
        with self._store.writing():
            began = time.perf_counter() - prepared_s  # waiting for the lock is no work
            pending = self.jobs.still_pending(list(there))
            self._settle(job_id, {i: each for i, each in prepared.items() if i in pending}, began)
        self._group_took_s = time.perf_counter() - began
        self._suit_group(len(there))
        return True

    def _bring(self, job_id: str, item: Pending) -> None:
        began = time.perf_counter()
        brought = self._brought(item.raw)
        worked_s = time.perf_counter() - began
        if isinstance(brought, Refused):
            self.jobs.settle(job_id, [item.id], Report(), {item.id: reason_of(brought)}, worked_s=worked_s)
        else:
            self.jobs.bring(job_id, item.id, brought, worked_s=worked_s)

    def _suit_group(self, articles: int) -> None:
        if self._group_took_s > _GROUP_S:
            self._group = max(1, self._group // 2)
        elif self._group_took_s < _GROUP_S / 2 and articles == self._group:  # fewer tell nothing of so many
            self._group = min(_LARGEST_GROUP, self._group * 2)

    def _prepared(self, raws: Mapping[int, RawArticle]) -> dict[int, Prepared | Refused]:
        try:
            return dict(zip(raws, self._ingest.prepare(list(raws.values())), strict=True))
        except CorpusError:
            raise  # the archive's trouble, not the articles': all is tried again
        except Exception as error:
            if len(raws) > 1:
                return {i: each for i, raw in raws.items() for each in self._prepared({i: raw}).values()}
            _log.error("an article could not be taken in", exc_info=error)
            return {i: Refused(raw.origin, _OUR_FAULT) for i, raw in raws.items()}

    def _settle(self, job_id: str, prepared: Mapping[int, Prepared | Refused], began: float) -> None:
        """Store what was prepared and note what became of it; nobody else may write meanwhile."""
        report, reasons = Report(), {}
        for item_id, each in prepared.items():
            stored = each if isinstance(each, Refused) else self._stored(each)
            if isinstance(stored, Refused):
                reasons[item_id] = reason_of(stored)
            else:
                report += stored
        self.jobs.settle(job_id, list(prepared), report, reasons, worked_s=time.perf_counter() - began)

    def _stored(self, prepared: Prepared) -> Report | Refused:
        try:
            return self._ingest.store(prepared)
        except CorpusError:
            raise
        except Exception as error:
            _log.error("an article could not be stored", exc_info=error)
            return Refused(prepared.raw.origin, _OUR_FAULT)

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
