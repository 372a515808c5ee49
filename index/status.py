"""What a home holds, in figures."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Column, Connection, Engine, func, select

from index import schema
from index.database import reading
from index.store import Store
from index.writer_lock import is_held


@dataclass(frozen=True, slots=True)
class Status:
    """A home as it is now. `outlets` and `languages` count articles, most first; sizes are in bytes.

    `index_as_of` is the time of the last change, None before the first. `jobs_waiting` have not ended yet.
    """

    articles: int
    passages: int
    outlets: dict[str, int]
    languages: dict[str, int]
    oldest_article: date | None
    newest_article: date | None
    index_as_of: datetime | None
    embedders: tuple[str, ...]
    jobs_waiting: int
    writer_active: bool
    database_bytes: int | None
    views_bytes: int


def status(store: Store, *, home: Path) -> Status:
    """The status of the home, whose articles are in the store."""
    articles, passages, changes = schema.articles.c, schema.passages.c, schema.changes.c
    in_use = select(schema.vectors.c.embedder_id).where(schema.vectors.c.embedder_id == schema.embedders.c.id)
    with reading(store.engine) as connection:
        count, oldest, newest = connection.execute(
            select(func.count(), func.min(articles.published_on), func.max(articles.published_on))
        ).one()
        as_of = connection.scalar(select(changes.at).order_by(changes.number.desc()).limit(1))
        return Status(
            articles=count,
            passages=connection.scalar(select(func.count(passages.id))) or 0,
            outlets=_tally(connection, articles.outlet),
            languages=_tally(connection, articles.language),
            oldest_article=oldest,
            newest_article=newest,
            index_as_of=datetime.fromisoformat(as_of) if as_of else None,
            embedders=tuple(
                connection.scalars(select(schema.embedders.c.fingerprint).where(in_use.exists()))
            ),
            jobs_waiting=connection.scalar(
                select(func.count()).select_from(schema.jobs).where(schema.jobs.c.finished_at.is_(None))
            )
            or 0,
            writer_active=is_held(home / "writer.lock"),
            database_bytes=_database_bytes(store.engine),
            views_bytes=_bytes_in(home / "views"),
        )


def _tally(connection: Connection, column: Column[str]) -> dict[str, int]:
    """How many articles have each value, the most frequent first."""
    query = select(column, func.count()).where(column.is_not(None)).group_by(column)
    rows = connection.execute(query.order_by(func.count().desc(), column))
    return {str(row[0]): int(row[1]) for row in rows}


def _database_bytes(engine: Engine) -> int | None:
    """The size of the database's files; None where it is none of SQLite's."""
    if engine.dialect.name != "sqlite" or not engine.url.database:
        return None
    file = Path(engine.url.database)
    files = [file, *(file.with_name(file.name + log) for log in ("-wal", "-shm"))]
    return sum(map(_bytes, files))


def _bytes_in(folder: Path) -> int:
    """The size of all files in a folder, which others may replace meanwhile."""
    return sum(_bytes(Path(parent, name)) for parent, _, names in os.walk(folder) for name in names)


def _bytes(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0
