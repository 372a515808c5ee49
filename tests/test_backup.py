"""A backup is whole and of one moment; only a sound one takes the place of what is there."""

from __future__ import annotations

import json
import sqlite3
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from index.backup import back_up, restore
from index.database import home_url
from index.doctor import examine
from index.errors import BackupFailed, BackupUnusable, HomeInUse, WriterBusy
from index.store import Store
from tests.corpus import make_article, put


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with one article."""
    return filled(tmp_path / "home", "a")


@pytest.fixture
def kept(home: Path, tmp_path: Path) -> Path:
    """Its backup."""
    back_up(home_url(home), tmp_path / "kept.zip")
    return tmp_path / "kept.zip"


def filled(home: Path, *ids: str) -> Path:
    store = Store.in_home(home)
    for article_id in ids:
        put(store, make_article(article_id, f"Banjir di {article_id}."))
    store.close()
    return home


def ids(home: Path) -> list[str]:
    store = Store.in_home(home)
    found = [article.id for article in store.all_articles()]
    store.close()
    return found


def test_a_backup_brings_back_what_was_there(home: Path, kept: Path) -> None:
    filled(home, "b")
    made, replaced = restore(kept, home=home, url=home_url(home))
    assert (made.articles, made.passages, ids(home)) == (1, 1, ["a"])
    assert examine(home, home_url(home)) == []
    assert replaced is not None
    replaced.rename(home / "tanya.sqlite")
    assert ids(home) == ["a", "b"]


def test_a_backup_is_restored_into_a_home_that_is_not_there(kept: Path, tmp_path: Path) -> None:
    new = tmp_path / "new" / "home"
    assert restore(kept, home=new, url=home_url(new))[1] is None
    assert ids(new) == ["a"]


def test_a_damaged_database_is_replaced_and_kept(home: Path, kept: Path) -> None:
    (home / "tanya.sqlite").write_bytes(b"This is not a database. " * 99)
    (finding,) = examine(home, home_url(home))
    assert finding.fix.startswith("tanya restore FILE")
    _, replaced = restore(kept, home=home, url=home_url(home))
    assert ids(home) == ["a"]
    assert replaced is not None
    assert replaced.read_bytes().startswith(b"This is not")


def test_a_backup_is_of_one_moment_while_others_write(home: Path, tmp_path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        store = Store.in_home(home)
        number = 0
        while not stop.is_set():
            number += 1
            put(store, make_article(f"n{number}", f"Satu {number}. Dua {number}. Tiga {number}."), budget=2)
        store.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        made = [back_up(home_url(home), tmp_path / f"{n}.zip") for n in range(5)]
    finally:
        stop.set()
        writer.join()
    for n, manifest in enumerate(made):
        new = tmp_path / f"home{n}"
        restore(tmp_path / f"{n}.zip", home=new, url=home_url(new))
        assert examine(new, home_url(new)) == []
        assert len(ids(new)) == manifest.articles == 1 + (manifest.passages - 1) // 3


def test_a_backup_replaces_another_file_only_when_told_to(home: Path, kept: Path) -> None:
    with pytest.raises(BackupFailed, match="exists already"):
        back_up(home_url(home), kept)
    filled(home, "b")
    assert back_up(home_url(home), kept, overwrite=True).articles == 2


def test_what_cannot_be_backed_up_leaves_nothing_behind(home: Path, tmp_path: Path) -> None:
    with pytest.raises(BackupFailed, match="cannot be backed up"):
        back_up(home_url(home), tmp_path / "nowhere" / "kept.zip")
    with pytest.raises(BackupFailed, match="there is no database"):
        back_up(home_url(tmp_path), tmp_path / "kept.zip")
    with pytest.raises(BackupFailed, match="own tools"):
        back_up("postgresql://localhost/a", tmp_path / "kept.zip")
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def _truncated(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-100])


def _half(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _empty(file: Path) -> None:
    file.write_bytes(b"")


def _one_byte_changed(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0x55
    file.write_bytes(content)


def _foreign(file: Path) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.txt", "Foto liburan.")


def _rewritten(file: Path, change: Callable[[dict[str, object]], object]) -> None:
    with zipfile.ZipFile(file) as archive:
        manifest, database = json.loads(archive.read("manifest.json")), archive.read("tanya.sqlite")
    change(manifest)
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("manifest.json", json.dumps(manifest))
        archive.writestr("tanya.sqlite", database)


def _other_checksum(file: Path) -> None:
    _rewritten(file, lambda manifest: manifest.update(sha256="0" * 64))


def _larger_than_said(file: Path) -> None:
    _rewritten(file, lambda manifest: manifest.update(size=100))


def _later_format(file: Path) -> None:
    _rewritten(file, lambda manifest: manifest.update(format=2))


def _missing(file: Path) -> None:
    file.unlink()


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (_truncated, "damaged, cut off"),
        (_half, "damaged, cut off"),
        (_empty, "damaged, cut off"),
        (_one_byte_changed, "damaged"),
        (_foreign, "no backup of Tanya"),
        (_other_checksum, "checksum"),
        (_larger_than_said, "not of 100 bytes"),
        (_later_format, "later version of Tanya"),
        (_missing, "there is no file"),
    ],
)
def test_a_file_that_is_no_sound_backup_is_refused_and_nothing_touched(
    home: Path, kept: Path, harm: Callable[[Path], None], reason: str
) -> None:
    harm(kept)
    before = (home / "tanya.sqlite").read_bytes()
    with pytest.raises(BackupUnusable, match=reason):
        restore(kept, home=home, url=home_url(home))
    assert (home / "tanya.sqlite").read_bytes() == before
    assert {path.name for path in home.iterdir()} <= {"tanya.sqlite", "writer.lock"}


def test_a_backup_of_a_later_schema_is_refused(home: Path, tmp_path: Path) -> None:
    with sqlite3.connect(home / "tanya.sqlite") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    back_up(home_url(home), tmp_path / "later.zip")
    other = filled(tmp_path / "other", "b")
    with pytest.raises(BackupUnusable, match="later version of Tanya"):
        restore(tmp_path / "later.zip", home=other, url=home_url(other))
    assert ids(other) == ["b"]


def test_a_home_in_use_is_not_restored(home: Path, kept: Path) -> None:
    service = Store.in_home(home)
    service.last_change()
    with pytest.raises(HomeInUse, match="stop the service"):
        restore(kept, home=home, url=home_url(home))
    with service.writing(), pytest.raises(WriterBusy):
        restore(kept, home=home, url=home_url(home))
    service.close()
    restore(kept, home=home, url=home_url(home))
    assert ids(home) == ["a"]
