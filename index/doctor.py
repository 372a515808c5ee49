"""Looks whether everything that must be true of a home is, and says how what isn't can be mended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray
from sqlalchemy import Connection, Row, func, select
from sqlalchemy.exc import DatabaseError

from index import schema
from index.database import open_database
from index.errors import CorpusError, StoreTooNew, StoreUnavailable
from index.lexical import LexicalView
from index.new_file import UNFINISHED
from index.store import Store
from index.vectors import VectorView
from index.views import load_copy, saved_copies
from index.writer_lock import held

_HALF = 5e-4
"""What rounding a component, at most 1, to float16 changes at most."""

_NAMED = 5
"""Ids that a finding names at most."""

_NORM_TOLERANCE = 0.005
"""float16 moves the length of a unit vector by up to one part in two thousand."""

_RESTORE = "tanya restore FILE, with the last backup"
_REBUILD = "tanya rebuild"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it must be, and the command that mends it."""

    what: str
    fix: str


def examine(home: Path, url: str) -> list[Finding]:
    """All findings about the home and its database; none where it is sound. Changes nothing, needs no model.

    Raises StoreTooNew, which is no damage. An ingest may run meanwhile: each check sees one moment.
    """
    findings = [*_left_over(home)]
    try:
        engine = open_database(url)
    except StoreTooNew:
        raise
    except StoreUnavailable as error:
        return [*findings, Finding(str(error), _RESTORE)]
    try:
        with engine.connect().execution_options(reading=True) as connection:
            findings += _database(connection)
            if not findings:
                findings += [*_articles(connection), *_passages(connection), *_vectors(connection)]
    except DatabaseError as error:
        return [*findings, Finding(f"the database cannot be read: {error.orig}", _RESTORE)]
    finally:
        engine.dispose()
    return findings if findings else [*_views(home, url)]


def _left_over(home: Path) -> Iterator[Finding]:
    """Files that a process was writing when it was killed."""
    unfinished = [*home.glob(f"*{UNFINISHED}*")]
    if not _is_written(home):
        unfinished += (home / "views").glob("*/unfinished-*")
    for path in sorted(unfinished):
        yield Finding(f"{path} was left by a process that was killed", f"rm -r '{path}'")


def _is_written(home: Path) -> bool:
    lock = FileLock(home / "writer.lock")
    try:
        with held(lock, timeout_s=0):
            return False
    except CorpusError:
        return True


def _database(connection: Connection) -> Iterator[Finding]:
    """What the database says of itself."""
    if connection.dialect.name != "sqlite":
        return
    for said in connection.exec_driver_sql("PRAGMA integrity_check(5)").scalars():
        if said != "ok":
            yield Finding(f"the database is damaged: {said}", _RESTORE)
    orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    for table, rows in groupby(sorted(row[0] for row in orphans)):
        count = len([*rows])
        yield Finding(f"{count} rows of the table {table} belong to nothing that is there", _RESTORE)


def _articles(connection: Connection) -> Iterator[Finding]:
    articles, raws, passages = schema.articles.c, schema.raws.c, schema.passages.c
    bare = connection.scalars(
        select(articles.id).where(articles.id.not_in(select(passages.article_id))).order_by(articles.id)
    ).all()
    if bare:
        yield Finding(f"{len(bare)} articles have no passages: {_named(bare)}", _REBUILD)
    unsourced = connection.scalars(
        select(articles.id).where(articles.id.not_in(select(raws.article_id))).order_by(articles.id)
    ).all()
    if unsourced:
        yield Finding(
            f"{len(unsourced)} articles lack the form they came in, so that a rebuild leaves them out: "
            f"{_named(unsourced)}",
            _anew(unsourced),
        )


def _passages(connection: Connection) -> Iterator[Finding]:
    """Passages are numbered from 0, in their order, apart, and inside the text."""
    passages = schema.passages.c
    rows = connection.execute(
        select(passages.article_id, passages.ordinal, passages.start, passages.end, schema.articles.c.text)
        .join(schema.articles, schema.articles.c.id == passages.article_id)
        .order_by(passages.article_id, passages.ordinal)
        .execution_options(yield_per=1000)
    )
    wrong = [
        article_id
        for article_id, of_article in groupby(rows, lambda row: str(row.article_id))
        if not _in_order(list(of_article))
    ]
    if wrong:
        yield Finding(
            f"{len(wrong)} articles have passages that don't fit their text: {_named(wrong)}", _anew(wrong)
        )


def _in_order(rows: Sequence[Row[*tuple[Any, ...]]]) -> bool:
    return (
        [row.ordinal for row in rows] == [*range(len(rows))]
        and all(0 <= row.start < row.end <= len(row.text) for row in rows)
        and all(before.end <= after.start for before, after in pairwise(rows))
    )


def _vectors(connection: Connection) -> Iterator[Finding]:
    """Each passage has a vector, all by one embedder, of one dimension and of length 1."""
    passages, vectors = schema.passages.c, schema.vectors.c
    without = connection.scalars(
        select(passages.article_id).distinct().where(passages.id.not_in(select(vectors.passage_id)))
    ).all()
    if without:
        yield Finding(f"passages of {len(without)} articles have no vector: {_named(without)}", _REBUILD)
    made_by = _embedders(connection)
    if len(made_by) > 1:
        yield Finding(f"vectors were made by several models: {', '.join(made_by)}", _REBUILD)
        return
    rows = connection.execute(
        select(passages.article_id, vectors.vector)
        .join(schema.passages, passages.id == vectors.passage_id)
        .execution_options(yield_per=1000)
    )
    size: int | None = None
    wrong: dict[str, None] = {}
    for row in rows:
        size = size or len(row.vector)
        if len(row.vector) != size or not _is_unit(row.vector):
            wrong[row.article_id] = None
    if wrong:
        yield Finding(
            f"vectors of {len(wrong)} articles have another dimension than the rest or not the length 1: "
            f"{_named([*wrong])}",
            _anew([*wrong]),
        )


def _is_unit(stored: bytes) -> bool:
    if len(stored) % 2:
        return False
    return bool(abs(np.linalg.norm(schema.stored_vector(stored)) - 1) < _NORM_TOLERANCE)


def _embedders(connection: Connection) -> list[str]:
    """The fingerprints of those that made any vector."""
    in_use = select(schema.vectors.c.passage_id).where(schema.vectors.c.embedder_id == schema.embedders.c.id)
    return [*connection.scalars(select(schema.embedders.c.fingerprint).where(in_use.exists()))]


def _views(home: Path, url: str) -> Iterator[Finding]:
    """Each saved copy is sound, and with the changes since it holds just what the database holds."""
    engine = open_database(url)
    store = Store.in_home(home, url=url)
    try:
        with engine.connect().execution_options(reading=True) as connection:
            made_by = _embedders(connection)
            size = connection.scalar(select(func.length(schema.vectors.c.vector)).limit(1))
        if not made_by or size is None:
            return
        for view in VectorView(size // 2, fingerprint=made_by[0]), LexicalView():
            for copy in saved_copies(home / "views" / view.name):
                yield from _copy(view, copy, store, fingerprint=made_by[0])
    finally:
        engine.dispose()
        store.close()


def _copy(view: VectorView | LexicalView, copy: Path, store: Store, *, fingerprint: str) -> Iterator[Finding]:
    fix = f"rm -r '{copy}'; it is made anew when the service starts"
    try:
        load_copy(view, copy, store=store)
    # Whatever a library says of a damaged file.
    except Exception as error:
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


def _anew(article_ids: Sequence[str]) -> str:
    return f"tanya export FILE; tanya remove {_named(article_ids)}; tanya add FILE"


def _named(article_ids: Sequence[str]) -> str:
    more = ["…"] if len(article_ids) > _NAMED else []
    return " ".join([*article_ids[:_NAMED], *more])
