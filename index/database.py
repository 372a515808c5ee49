"""Opening the database: connections as we want them, the schema brought up to date."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError
from sqlalchemy.pool import ConnectionPoolEntry

from index.errors import StoreTooNew, StoreUnavailable

_BUSY_TIMEOUT_MS = 30_000

_ID_BATCH = 500
"""Ids in one IN (…): under the limits of every database."""

_T = TypeVar("_T")


def home_url(home: Path) -> str:
    """The URL of the database that lies in a home directory: a SQLite file."""
    return f"sqlite:///{home / 'tanya.sqlite'}"


def open_database(url: str) -> Engine:
    """An engine on the database at `url`, its schema at the newest version.

    Raises StoreUnavailable where it cannot be opened, StoreTooNew where a later Tanya wrote it.
    """
    engine = _engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    with stated(engine.url), engine.begin() as connection:
        _migrate(connection)
    return engine


def open_unchanged(url: str) -> Engine:
    """An engine that reads the database at `url` as it is: `is_current` says whether that is our schema.

    Raises StoreUnavailable where the URL can't be used.
    """
    engine = _engine(url)
    if engine.dialect.name != "sqlite":
        return engine
    file = Path(engine.url.database or "")
    if file.with_name(f"{file.name}-wal").exists():
        # Else the last one to close it would merge the log into it. Without a log this would leave one there.
        read_only = {"mode": "ro", "uri": "true"}
        read = URL.create("sqlite", database=f"file:{quote(str(file))}", query=read_only)
        engine = create_engine(read, hide_parameters=True)
    event.listen(engine, "connect", _set_up_reading)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def is_there(url: str) -> bool:
    """Whether the file of a SQLite database is there; True for any other database."""
    parsed = make_url(url)
    return parsed.get_backend_name() != "sqlite" or Path(parsed.database or "").is_file()


def is_current(connection: Connection) -> bool:
    """Whether the schema is this version's, not an earlier one's; raises StoreTooNew for a later one's."""
    versions = ScriptDirectory.from_config(_migrations(connection))
    found = MigrationContext.configure(connection).get_current_revision()
    try:
        known = found is None or versions.get_revision(found)
    except CommandError as error:
        raise _too_new(error) from error
    return bool(known) and found == versions.get_current_head()


@contextmanager
def stated(url: URL) -> Iterator[None]:
    """Raise what the database itself says went wrong as StoreUnavailable, with what to check."""
    try:
        yield
    except DatabaseError as error:
        raise StoreUnavailable(
            f"the database {url} cannot be used ({error.orig}): check that the folder exists, that it may be "
            "written to and has space, and that the file is a sound Tanya database"
        ) from error


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that sees the database as of one moment, and holds up nobody."""
    with stated(engine.url), engine.connect() as connection:
        yield connection.execution_options(reading=True)


@contextmanager
def changing(engine: Engine) -> Iterator[Connection]:
    """A transaction: what the block does happens as a whole, or not at all where it raises."""
    with stated(engine.url), engine.begin() as connection:
        yield connection


def batches(ids: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """As many of the ids at a time as one statement may name."""
    for start in range(0, len(ids), _ID_BATCH):
        yield ids[start : start + _ID_BATCH]


def _engine(url: str) -> Engine:
    try:
        # What is written holds questions and articles: an error is logged without it.
        return create_engine(url, hide_parameters=True)
    except (ArgumentError, ImportError) as error:
        raise StoreUnavailable(
            f"the database's URL cannot be used ({error}): write it in SQLAlchemy's form, and install "
            "its driver"
        ) from error


def _migrate(connection: Connection) -> None:
    try:
        command.upgrade(_migrations(connection), "head")
    except CommandError as error:
        raise _too_new(error) from error


def _migrations(connection: Connection) -> Config:
    config = Config(attributes={"connection": connection})
    folder = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", folder.replace("%", "%%"))  # it interpolates
    return config


def _too_new(error: CommandError) -> StoreTooNew:
    return StoreTooNew(
        f"the database was written by a later version of Tanya ({error}): install that version"
    )


def _set_up_sqlite(connection: Any, _: ConnectionPoolEntry) -> None:
    # Python's sqlite3 would begin transactions by itself, and late; `_begin_sqlite` does it instead.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")  # an acknowledged article survives a power cut
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _set_up_reading(connection: Any, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA query_only = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes its lock at once: one that begins as a reader may find that it can't become a writer.
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
