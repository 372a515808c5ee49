"""The status says what a home holds, in figures."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from index.errors import StoreUnavailable
from index.jobs import Item, Job, Jobs
from index.records import RawArticle
from index.status import status
from index.store import Store
from tests.corpus import make_article, make_service, put

RAW = RawArticle(b"Banjir.", "text/plain", "a.txt")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home of three articles, with its views saved."""
    service = make_service(tmp_path / "home")
    day = datetime(2026, 2, 6, tzinfo=UTC).date()
    put(service.store, make_article("a", "Banjir di Bekasi.", outlet="Antara", published_at=day))
    put(service.store, make_article("b", "Gempa di Banten.", outlet="Antara"))
    put(service.store, make_article("c", "Rain falls on the city today.", language="en"))
    service.save_views()
    service.close()
    return tmp_path / "home"


def test_the_status_counts_what_is_there(home: Path) -> None:
    store = Store.in_home(home)
    now = status(store, home=home)
    assert (now.articles, now.passages, now.outlets) == (3, 3, {"Antara": 2})
    assert now.languages["en"] == 1
    assert str(now.oldest_article) == str(now.newest_article) == "2026-02-06"
    assert now.index_as_of == store.freshness().index_as_of
    assert now.embedders == ("word-hash-256",)
    assert (now.writer_active, now.jobs_waiting) == (False, 0)
    assert now.database_bytes is not None
    assert now.database_bytes > 10_000
    assert now.views_bytes > 1_000
    other = Store.in_home(home)
    with other.writing():
        assert status(store, home=home).writer_active is True
    other.close()
    store.close()


def test_the_status_counts_the_jobs_that_have_not_ended(home: Path) -> None:
    store = Store.in_home(home)
    jobs = Jobs(store.engine)
    for name in "xyz":
        jobs.create(Job(name, datetime.now(UTC), 1), [Item("1", RAW)], None)
    jobs.cancel("y")
    assert status(store, home=home).jobs_waiting == 2
    store.close()


def test_a_view_that_is_replaced_meanwhile_is_no_error(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = home / "views" / "vectors" / "3" / "vectors.faiss"
    store = Store.in_home(home)
    before = status(store, home=home).views_bytes
    real = Path.stat

    def and_remove(self: Path, **how: Any) -> os.stat_result:
        found = real(self, **how)
        if self == file:
            file.unlink()
        return found

    monkeypatch.setattr(Path, "stat", and_remove)
    assert status(store, home=home).views_bytes == before
    monkeypatch.undo()
    file.symlink_to("gone")
    assert 0 < status(store, home=home).views_bytes < before
    store.close()


def test_a_database_that_cannot_be_read_is_said(home: Path) -> None:
    store = Store.in_home(home)
    store.close()
    (home / "tanya.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(StoreUnavailable, match="file is not a database"):
        status(store, home=home)
    store.close()
