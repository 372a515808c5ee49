"""Jobs in the database: what was accepted is there until it is settled, and forgotten a day later."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from index.errors import JobNotFound
from index.ingest import Report
from index.jobs import Item, Jobs, KeptResponse, Pending, new_job
from index.records import RawArticle, Refused
from index.store import Store


@pytest.fixture
def jobs(tmp_path: Path) -> Iterator[Jobs]:
    store = Store.in_home(tmp_path)
    yield Jobs(store.engine)
    store.close()


def item(place: str, content: bytes = b"Banjir.") -> Item:
    return Item(place, RawArticle(content, "text/plain", f"api:{place}"))


def accepted(jobs: Jobs, *items: Item) -> str:
    job = new_job(len(items))
    jobs.create(job, items, None)
    return job.id


def next_ids(jobs: Jobs, limit: int = 9) -> list[int]:
    found = jobs.next_items(limit)
    return [each.id for each in found[1]] if found else []


def test_items_come_in_order_until_they_are_settled(jobs: Jobs) -> None:
    job_id = accepted(jobs, item("/0"), item("/1"), item("/2"))
    assert next_ids(jobs, 2) == next_ids(jobs, 2) == [1, 2]
    jobs.settle(job_id, [1, 2], Report(stored=1), {2: "no text"}, worked_s=0.5)
    job = jobs.job(job_id)
    assert (job.state, job.stored, job.refused, job.worked_s) == ("running", 1, 1, 0.5)
    assert job.refusals == (Refused("/1", "no text"),)
    assert next_ids(jobs) == [3]
    jobs.settle(job_id, [3], Report(unchanged=1), {}, worked_s=0.5)
    job = jobs.job(job_id)
    assert (job.state, job.seen, job.worked_s) == ("done", 3, 1.0)
    assert next_ids(jobs) == []


def test_the_older_job_goes_first_and_one_of_refusals_only_is_done(jobs: Jobs) -> None:
    refused = accepted(jobs, Item("a.png", Refused("api:a.png", "api:a.png: unknown format")))
    first, second = accepted(jobs, item("/0")), accepted(jobs, item("/0"))
    assert jobs.job(refused).state == "done"
    assert jobs.job(refused).refusals == (Refused("a.png", "unknown format"),)
    assert (jobs.next_items(9) or [""])[0] == first
    jobs.cancel(first)
    assert (jobs.next_items(9) or [""])[0] == second


def test_large_items_come_one_at_a_time(jobs: Jobs) -> None:
    accepted(jobs, item("/0", b"a" * 2_000_000), item("/1", b"a" * 600_000), item("/2", b"a" * 600_000))
    assert next_ids(jobs) == [1]


def test_what_was_cancelled_or_settled_is_no_longer_pending(jobs: Jobs) -> None:
    job_id = accepted(jobs, item("/0"), item("/1"))
    jobs.settle(job_id, [1], Report(stored=1), {}, worked_s=0)
    assert jobs.still_pending([1, 2]) == {2}
    job = jobs.cancel(job_id)
    assert (job.state, job.stored, job.total) == ("cancelled", 1, 2)
    assert jobs.still_pending([1, 2]) == set()
    jobs.settle(job_id, [], Report(), {}, worked_s=0)
    assert jobs.job(job_id) == job


def test_what_was_fetched_takes_the_place_of_its_item_unless_that_was_cancelled(jobs: Jobs) -> None:
    job_id = accepted(jobs, item("/0", b"https://a.id/1"), item("/1"))
    page = RawArticle(b"Gempa.", "text/html", "https://a.id/1")
    jobs.bring(job_id, 1, page, worked_s=0.5)
    assert jobs.next_items(1) == (job_id, [Pending(1, page)])
    assert jobs.job(job_id).worked_s == 0.5
    cancelled = jobs.cancel(job_id)
    jobs.bring(job_id, 2, page, worked_s=0)
    jobs.settle(job_id, [2], Report(), {2: "not there"}, worked_s=0)
    assert (jobs.next_items(1), jobs.job(job_id)) == (None, cancelled)


def test_jobs_and_keys_are_forgotten_a_day_later(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    ended, open_still = accepted(jobs), accepted(jobs, item("/0"))
    kept = KeptResponse("k", "hash", 201, "/articles/a", "{}")
    jobs.keep(kept)
    assert jobs.kept("k") == kept
    monkeypatch.setattr("index.jobs._now", lambda: datetime.now(UTC) + timedelta(days=1, seconds=1))
    assert jobs.kept("k") is None
    assert jobs.job(ended).state == "done"
    accepted(jobs, item("/0"))
    with pytest.raises(JobNotFound, match="a day after it ended"):
        jobs.job(ended)
    assert jobs.job(open_still).state == "waiting"


def test_a_job_and_the_response_to_its_key_are_kept_together(jobs: Jobs) -> None:
    job = new_job(1)
    kept = KeptResponse("k", "hash", 202, f"/jobs/{job.id}", "{}")
    jobs.create(job, [item("/0")], kept)
    assert jobs.kept("k") == kept
    with pytest.raises(Exception, match="UNIQUE"):
        jobs.create(job, [item("/0")], KeptResponse("other", "hash", 202, "", ""))
    assert jobs.kept("other") is None
