"""kill -9, a full disk, a home that can't be written, two writers, a clock that jumps: nothing is lost."""

from __future__ import annotations

import multiprocessing
import os
import random
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from index.backup import back_up, restore
from index.database import home_url
from index.doctor import examine
from index.errors import BackupFailed, StoreUnavailable, WriterBusy
from index.findings import Finding
from index.ingest import Ingest, Report
from index.records import RawArticle
from index.store import Store
from tests import durability_driver as driver
from tests.fakes import WordHashEmbedder

KILLS = 40
KILLS_WHILE_SAVING = 12

# Each process is forked from one that has everything imported: a kill costs no start of a second.
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.durability_driver"])

Work = Callable[[Path, Path, int], None]


def kill_after(seconds: float, work: Work, home: Path, said: Path, version: int) -> bool:
    """Kill the process so long after it has said something first; whether it was still at work."""
    said.unlink(missing_ok=True)
    process = _processes.Process(target=work, args=(home, said, version))
    process.start()
    while not said.exists() and process.is_alive():
        time.sleep(0.001)
    time.sleep(seconds)
    process.kill()
    process.join()
    return process.exitcode == -9


def findings(home: Path) -> list[Finding]:
    """Those of the doctor, but for what a killed process left unfinished."""
    return [each for each in examine(home, home_url(home)) if "killed" not in each.what]


def versions(home: Path) -> dict[str, str]:
    """Each article's version; its text is whole."""
    store = Store.in_home(home)
    found = {}
    for article in store.all_articles():
        version = int(article.title.removeprefix("Versi "))
        assert article.text == driver.text(int(article.id[1:]), version)
        found[article.id] = article.title
    store.close()
    return found


def ingest(home: Path, version: int) -> Report:
    store = Store.in_home(home)
    try:
        return Ingest(store, WordHashEmbedder()).run([driver.collection(version)], lambda _: None)
    finally:
        store.close()


def assert_views_equal_the_store(home: Path) -> None:
    store = Store.in_home(home)
    vectors, lexical = driver.live_views(store, home)
    stored = store.vectors_at(store.last_change())
    assert stored is not None
    held = vectors.current().vectors()  # in float16: rounded by 5e-4 at most
    assert sorted(held) == lexical.current().ids() == sorted(stored)
    assert all(held[i] == pytest.approx(vector, abs=5e-4) for i, vector in stored.items())
    store.close()


def test_an_ingest_that_is_killed_loses_nothing_it_has_acknowledged(tmp_path: Path) -> None:
    chance = random.Random(4)
    home, said = tmp_path / "home", tmp_path / "said"
    ingest(home, 0)
    before, at_work = versions(home), 0
    for version in range(1, KILLS + 1):
        at_work += kill_after(chance.uniform(0, 0.25), driver.ingest, home, said, version)
        acknowledged = dict(line.split(" ", 1) for line in said.read_text().splitlines())
        assert findings(home) == []
        after = versions(home)
        assert acknowledged.items() <= after.items()
        new = {article_id for article_id in after if after[article_id] != before[article_id]}
        assert len(after) == driver.ARTICLES
        assert all(after[article_id] == f"Versi {version}" for article_id in new)
        assert len(new) - len(acknowledged) in (0, 1)  # the last one may be through, but unsaid
        if version % 10 == 0:
            assert_views_equal_the_store(home)
            report = ingest(home, version)
            assert (report.stored, report.unchanged) == (driver.ARTICLES - len(new), len(new))
            assert set(versions(home).values()) == {f"Versi {version}"}
            after = versions(home)
        before = after
    assert at_work >= 30
    assert_views_equal_the_store(home)


def test_a_process_that_is_killed_while_it_saves_its_views_harms_none(tmp_path: Path) -> None:
    chance = random.Random(5)
    home, said = tmp_path / "home", tmp_path / "said"
    for round_ in range(KILLS_WHILE_SAVING):
        assert kill_after(chance.uniform(0, 0.3), driver.save_views, home, said, 1000 * round_)
        assert findings(home) == []
        assert_views_equal_the_store(home)
    store = Store.in_home(home)
    for view in driver.live_views(store, home):
        view.save()
    assert {path.name for path in (home / "views").glob("*/*")} <= {str(store.last_change())}
    store.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of eight megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if not _mount("-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)):
        pytest.skip("mounting isn't allowed here: a full disk can't be made")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def _mount(*arguments: str) -> bool:
    if os.geteuid() != 0:
        return False
    return subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode == 0


def test_a_full_disk_is_said_and_what_was_acknowledged_stays(small_disk: Path) -> None:
    home = small_disk / "home"
    ingest(home, 1)
    free = os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_bsize
    (small_disk / "ballast").write_bytes(bytes(free - 300_000))
    done = 1

    def fill_the_disk() -> None:
        nonlocal done
        for version in range(2, 99):
            ingest(home, version)
            done = version

    with pytest.raises(StoreUnavailable, match=r"disk is full.*has space"):
        fill_the_disk()
    with pytest.raises(BackupFailed, match="has space"):
        back_up(home_url(home), small_disk / "backup")
    assert {path.name for path in small_disk.iterdir()} == {"home", "ballast"}
    (small_disk / "ballast").unlink()
    assert findings(home) == []
    assert {int(version.removeprefix("Versi ")) for version in versions(home).values()} <= {done, done + 1}
    ingest(home, done + 1)
    assert set(versions(home).values()) == {f"Versi {done + 1}"}
    assert_views_equal_the_store(home)


def test_a_home_that_cannot_be_written_is_said_and_left_as_it_is(small_disk: Path, tmp_path: Path) -> None:
    home = small_disk / "home"
    ingest(home, 1)
    back_up(home_url(home), tmp_path / "backup")
    assert _mount("-o", "remount,ro", str(small_disk))
    with pytest.raises(StoreUnavailable, match="may be written to"):
        ingest(home, 2)
    with pytest.raises(StoreUnavailable, match="make the home"):
        restore(tmp_path / "backup", home=home, url=home_url(home))
    assert _mount("-o", "remount,rw", str(small_disk))
    assert set(versions(home).values()) == {"Versi 1"}
    assert findings(home) == []


def test_a_second_writer_is_refused_until_the_first_is_killed(tmp_path: Path) -> None:
    home, said = tmp_path / "home", tmp_path / "said"
    process = _processes.Process(target=driver.save_views, args=(home, said, 0))
    process.start()
    while not said.exists():
        time.sleep(0.01)
    store = Store.in_home(home)

    def write_between_its_runs() -> None:
        while True:
            with store.writing(timeout_s=0):
                time.sleep(0)

    with pytest.raises(WriterBusy, match="another process is writing"):
        write_between_its_runs()
    store.close()
    process.kill()
    process.join()
    assert ingest(home, 999_999) == Report(stored=driver.ARTICLES, passages=driver.ARTICLES * 4)
    assert findings(home) == []


def test_a_clock_that_jumps_back_confuses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    ingest(home, 1)
    store = Store.in_home(home)
    views = driver.live_views(store, home)
    for view in views:
        view.save()

    class YearsAgo(datetime):
        @classmethod
        def now(cls, _: object = None) -> datetime:  # type: ignore[override]
            return datetime(2001, 1, 1, tzinfo=UTC) + timedelta(seconds=time.monotonic())

    monkeypatch.setattr("index.passage_tables.datetime", YearsAgo)
    monkeypatch.setattr("index.store.datetime", YearsAgo)
    monkeypatch.setattr("index.ingest.datetime", YearsAgo)
    raw = RawArticle(b"Banjir melanda Bekasi.", "text/plain", "banjir.txt")
    Ingest(store, WordHashEmbedder()).run([raw], lambda _: None)
    assert len(views[1].current().search("banjir", 9)) == 1
    for view in views:
        view.save()
    store.close()
    assert findings(home) == []
    assert_views_equal_the_store(home)
