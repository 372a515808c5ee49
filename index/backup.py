"""A copy of the database to keep elsewhere, and the way back from it.

A backup is a zip file of the database, as it was at one moment, and a manifest with its SHA-256. Only what
was found whole and understood takes the place of a home's database, in one step, and the replaced one is
kept beside it. The views need no copy: of another database they are never trusted (`index.views`).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from filelock import FileLock
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from index.database import open_database
from index.errors import BackupFailed, BackupUnusable, HomeInUse, StoreTooNew, StoreUnavailable
from index.new_file import new_file, sync
from index.writer_lock import held

_FORMAT = 1
_DATABASE = "tanya.sqlite"
_MANIFEST = "manifest.json"
_PIECE_BYTES = 1 << 20

# What is raised of a damaged file depends on where the damage is.
_DAMAGES = (zipfile.BadZipFile, zlib.error, LookupError, EOFError, ValueError, TypeError, RuntimeError)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself. `made_at` is ISO 8601, UTC; `sha256` and `size` are the database's."""

    made_at: str
    articles: int
    passages: int
    size: int
    sha256: str
    format: int = _FORMAT


def back_up(url: str, file: Path, *, overwrite: bool = False) -> Manifest:
    """Write a backup of the database at `url`, as it is at one moment; others may write meanwhile.

    Raises BackupFailed, and leaves nothing behind then.
    """
    database = database_file(url)
    if file.exists() and not overwrite:
        raise BackupFailed(f"{file} exists already: name another file, or give --force")
    if not database.is_file():
        raise BackupFailed(f"there is no database {database}: set TANYA_HOME to the home to back up")
    try:
        with new_file(file) as unfinished, _snapshot(database, beside=unfinished) as snapshot:
            manifest = _manifest(snapshot)
            with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                archive.writestr(_MANIFEST, json.dumps(asdict(manifest), indent=1))
                archive.write(snapshot, _DATABASE)
    except (OSError, sqlite3.Error) as error:
        raise BackupFailed(
            f"{database} cannot be backed up to {file} ({error}): check that the folder exists and has space "
            "for two copies, and look into the database with `tanya doctor`"
        ) from error
    return manifest


def restore(file: Path, *, home: Path, url: str) -> tuple[Manifest, Path | None]:
    """Put the backup's database in the place of the one at `url`; where the replaced one is kept now.

    Nothing is touched unless the whole backup is sound and no process uses the home. Raises BackupUnusable,
    HomeInUse and WriterBusy, and StoreUnavailable where the home cannot be written.
    """
    database = database_file(url)
    try:
        home.mkdir(parents=True, exist_ok=True)
        with held(FileLock(home / "writer.lock"), timeout_s=0), new_file(database) as unfinished:
            manifest = _unpack(file, unfinished)
            _require_sound(file, unfinished)
            _require_unused(database)
            replaced = _set_aside(database)
    except OSError as error:
        raise StoreUnavailable(
            f"{database} cannot be written ({error.strerror}): make the home writable, with enough space"
        ) from error
    return manifest, replaced


def database_file(url: str) -> Path:
    """The file of a SQLite database. Raises BackupFailed for another one."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise BackupFailed(f"the database's URL cannot be read: {error}") from error
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        raise BackupFailed(f"{parsed} is not a SQLite file: use the backup of that database's own tools")
    return Path(parsed.database)


@contextmanager
def _snapshot(database: Path, *, beside: Path) -> Iterator[Path]:
    """A copy of the database as it is now, without its log; gone at the end."""
    copy = beside.with_name(f"database-{beside.name}")
    try:
        with closing(sqlite3.connect(database, timeout=30)) as connection:
            connection.execute("VACUUM INTO ?", [str(copy)])
        yield copy
    finally:
        copy.unlink(missing_ok=True)


def _manifest(snapshot: Path) -> Manifest:
    with closing(sqlite3.connect(snapshot)) as connection:
        (articles,) = connection.execute("SELECT count(*) FROM articles").fetchone()
        (passages,) = connection.execute("SELECT count(*) FROM passages").fetchone()
    with snapshot.open("rb") as opened:
        sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
    return Manifest(datetime.now(UTC).isoformat(), articles, passages, snapshot.stat().st_size, sha256)


def _unpack(file: Path, target: Path) -> Manifest:
    """Write the backup's database to `target`, if it is what the manifest says."""
    try:
        with file.open("rb") as opened, zipfile.ZipFile(opened) as archive:
            manifest = _read_manifest(file, archive.read(_MANIFEST))
            with archive.open(_DATABASE) as packed:
                unpacked = _copy(packed, target, size=manifest.size)
    except _DAMAGES as error:
        raise BackupUnusable(
            f"{file} is damaged, cut off or no backup of Tanya ({error}): take another one"
        ) from error
    except FileNotFoundError as error:
        raise BackupUnusable(f"there is no file {file}: name the one that `tanya backup` wrote") from error
    if unpacked != manifest.sha256:
        raise BackupUnusable(f"{file} is damaged, its checksum is not what it was: take another one")
    return manifest


def _read_manifest(file: Path, content: bytes) -> Manifest:
    fields = json.loads(content)
    if fields["format"] > _FORMAT:
        raise BackupUnusable(f"{file} was made by a later version of Tanya: install that version")
    return Manifest(**fields)


def _copy(packed: IO[bytes], target: Path, *, size: int) -> str:
    """Write what is packed to `target`; its SHA-256. ValueError where it isn't of this size."""
    digest, written = hashlib.sha256(), 0
    with target.open("wb") as out:
        # Never more than was announced: a hostile zip unpacks to anything.
        while piece := packed.read(min(_PIECE_BYTES, size - written + 1)):
            written += len(piece)
            if written > size:
                break
            digest.update(piece)
            out.write(piece)
    if written != size:
        raise ValueError(f"not of {size} bytes")
    return digest.hexdigest()


def _require_sound(file: Path, database: Path) -> None:
    """Raise BackupUnusable unless this is a whole database, which is brought up to this version."""
    try:
        open_database(f"sqlite:///{database}").dispose()
        with closing(sqlite3.connect(database)) as connection:
            (said,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    except StoreTooNew as error:
        raise BackupUnusable(f"{file}: {error}") from error
    except StoreUnavailable as error:
        raise BackupUnusable(f"{file} holds no sound database ({error})") from error
    if said != "ok":
        raise BackupUnusable(f"{file} holds a damaged database ({said}): take another one")


def _require_unused(database: Path) -> None:
    """Raise HomeInUse where another process has the database open; else its log is merged into it."""
    if not database.exists():
        return
    with closing(sqlite3.connect(database, timeout=1)) as connection:
        try:
            # SQLite gives up the log only for the last connection to the file.
            connection.execute("PRAGMA journal_mode = DELETE").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise HomeInUse(
                    f"another process has {database} open: stop the service, then restore"
                ) from error
        except sqlite3.DatabaseError:
            pass  # it is damaged, which is why it is replaced


def _set_aside(database: Path) -> Path | None:
    """Keep the database under another name too; None where there is none."""
    if not database.exists():
        return None
    aside = database.with_name(f"{database.name}.replaced-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}")
    try:
        os.link(database, aside)  # so that there is a database at every moment
    except OSError:
        shutil.copy2(database, aside)
    for log in "-wal", "-shm":
        # Of a damaged one only. Left there, SQLite would take it for the new database's.
        if (path := database.with_name(database.name + log)).exists():
            path.rename(aside.with_name(aside.name + log))
    sync(database.parent)
    return aside
