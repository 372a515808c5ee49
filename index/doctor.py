"""Looks whether everything that must be true of a home is, and says how what isn't can be mended."""

from __future__ import annotations

import os
import shlex
import sqlite3
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import DatabaseError

from index import schema
from index.database import is_current, is_there, open_unchanged, reading, stated
from index.findings import RESTORE, Finding, embedders, in_tables
from index.lexical import LexicalView
from index.new_file import UNFINISHED
from index.store import Store
from index.vectors import VectorView
from index.views import load_copy, saved_copies
from index.writer_lock import is_held

_HALF = 5e-4
"""What rounding a component, at most 1, to float16 changes at most."""

_DAMAGES = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

_NO_ARCHIVE = (
    "set TANYA_HOME to the folder of one; `tanya add PATH` starts one here, and `tanya restore FILE` brings "
    "one back"
)
_UPGRADE = "tanya status, or start the service: both bring it up to date"


def examine(home: Path, url: str) -> list[Finding]:
    """All findings about the home and its database; none where it is sound. Changes nothing, needs no model.

    Raises StoreUnavailable where the database cannot be reached, StoreTooNew for a later version's: neither
    is damage. An ingest may run meanwhile: each check sees one moment.
    """
    engine = open_unchanged(url)
    try:
        if not is_there(url):
            return [Finding(f"there is no archive in {home}", _NO_ARCHIVE)]
        return [*_left_over(home), *_examined(engine, home)]
    finally:
        engine.dispose()


def _examined(engine: Engine, home: Path) -> list[Finding]:
    """What is found in the database and, where it is sound, in the views."""
    with stated(engine.url):
        try:
            with engine.connect().execution_options(reading=True) as connection:
                if not is_current(connection):
                    return [Finding("the database is of an earlier version of Tanya", _UPGRADE)]
                findings = [*_database(connection)] or [*in_tables(connection)]
            return findings or [*_views(engine, home)]
        except DatabaseError as error:
            if getattr(error.orig, "sqlite_errorcode", 0) & 0xFF not in _DAMAGES:
                raise
            return [Finding(f"the database cannot be read: {error.orig}", RESTORE)]


def _left_over(home: Path) -> Iterator[Finding]:
    """Files that a process was writing when it was killed."""
    unfinished = [path for path in home.glob(f"*{UNFINISHED}*") if not _is_running(path)]
    in_views = [*(home / "views").glob("*/unfinished-*")]
    if in_views and not is_held(home / "writer.lock"):
        unfinished += in_views
    for path in sorted(unfinished):
        yield Finding(f"{path} was left by a process that was killed", f"rm -r {shlex.quote(str(path))}")


def _is_running(unfinished: Path) -> bool:
    """Whether the process is there that a file's name says it is being written by."""
    process_id = unfinished.name.partition(UNFINISHED)[0].rpartition(".")[2]
    try:
        os.kill(int(process_id), 0)
    except (ValueError, OverflowError, ProcessLookupError):
        return False
    except PermissionError:  # it is somebody else's
        return True
    return True


def _database(connection: Connection) -> Iterator[Finding]:
    """What the database says of itself."""
    if connection.dialect.name != "sqlite":
        return
    for said in connection.exec_driver_sql("PRAGMA integrity_check(5)").scalars():
        if said != "ok":
            yield Finding(f"the database is damaged: {said}", RESTORE)
    orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    for table, rows in groupby(sorted(row[0] for row in orphans)):
        count = len([*rows])
        yield Finding(f"{count} rows of the table {table} belong to nothing that is there", RESTORE)


def _views(engine: Engine, home: Path) -> Iterator[Finding]:
    """Each saved copy is sound, and with the changes since it holds just what the database holds."""
    store = Store(engine, lock=home / "writer.lock")
    with reading(engine) as connection:
        made_by = embedders(connection)
        size = connection.scalar(select(func.length(schema.vectors.c.vector)).limit(1))
    if not made_by or size is None:
        return
    for view in VectorView(size // 2, fingerprint=made_by[0]), LexicalView():
        for copy in saved_copies(home / "views" / view.name):
            yield from _copy(view, copy, store, fingerprint=made_by[0])


def _copy(view: VectorView | LexicalView, copy: Path, store: Store, *, fingerprint: str) -> Iterator[Finding]:
    fix = f"rm -r {shlex.quote(str(copy))}; it is made anew when the service starts"
    try:
        load_copy(view, copy, store=store)
    # Whatever a library says of a damaged file.
    except Exception as error:
        if copy.exists():  # else a newer one took its place meanwhile
            yield Finding(f"the saved copy {copy} cannot be used: {error}", fix)
        return
    number = int(copy.name)
    while changes := store.changes_after(number, fingerprint=fingerprint):
        view.apply(changes)
        number = changes.number
    stored = store.vectors_at(number)
    if stored is None:  # an ingest runs: what is compared would be of two moments
        return
    if (difference := _difference(view, stored)) is not None:
        yield Finding(f"the saved copy {copy} differs from the database: {difference}", fix)


def _difference(view: VectorView | LexicalView, stored: dict[int, NDArray[np.float32]]) -> str | None:
    held_ids = view.ids()
    if held_ids != sorted(stored):
        missing, foreign = len(set(stored) - set(held_ids)), len(set(held_ids) - set(stored))
        twice = len(held_ids) - len(set(held_ids))
        return f"{missing} passages are missing, {foreign} are not in the database, {twice} are in it twice"
    if isinstance(view, VectorView):
        vectors = view.vectors()
        other = sum(not np.allclose(vectors[i], vector, atol=_HALF) for i, vector in stored.items())
        return f"{other} vectors are others" if other else None
    return None
