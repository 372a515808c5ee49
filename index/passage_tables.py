"""Passages, vectors and the log of changes: what `Store` does with them, over the connection it hands in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, func, insert, select

from index import schema
from index.database import batches
from index.errors import EmbedderMismatch
from index.passages import embedded_texts, with_header
from index.records import Article, Changes, IndexedPassage, Span


def put(
    connection: Connection,
    article: Article,
    spans: Sequence[Span],
    vectors: NDArray[np.float32],
    *,
    fingerprint: str,
) -> None:
    """Store an article's passages and their vectors, of shape (len(spans), dimension), and log them."""
    ids = _insert_passages(connection, article.id, spans)
    hashes = [schema.text_hash(text) for text in embedded_texts(article, spans)]
    _insert_vectors(connection, ids, vectors, hashes, _embedder_id(connection, fingerprint))
    _log(connection, ids, added=True)


def log_removal(connection: Connection, condition: ColumnElement[bool]) -> None:
    """Log that the passages of the articles that the condition names go."""
    passage_ids = connection.scalars(
        select(schema.passages.c.id)
        .join(schema.articles, schema.articles.c.id == schema.passages.c.article_id)
        .where(condition)
    ).all()
    _log(connection, passage_ids, added=False)


def last_change(connection: Connection) -> int:
    """The number of the newest change; 0 before the first."""
    return connection.scalar(select(func.max(schema.changes.c.number))) or 0


def changes_after(connection: Connection, number: int, *, fingerprint: str, limit: int) -> Changes | None:
    """The next changes, at most `limit`; None where there are none. Raises EmbedderMismatch."""
    rows = connection.execute(
        select(schema.changes)
        .where(schema.changes.c.number > number)
        .order_by(schema.changes.c.number)
        .limit(limit)
    ).all()
    if not rows:
        return None
    added = [row.passage_id for row in rows if row.added]
    return Changes(
        rows[-1].number,
        tuple(_indexed(connection, added, fingerprint)),
        tuple(row.passage_id for row in rows if not row.added),
    )


def require_same(made_by: str, in_use: str) -> None:
    """Raise EmbedderMismatch where the embedder that made a vector is not the one in use."""
    if made_by != in_use:
        raise EmbedderMismatch(
            f"the archive's vectors were made by {made_by}, the model in use is {in_use}: set the model "
            "back, or stop the service and run `tanya rebuild` to embed all articles anew"
        )


def _embedder_id(connection: Connection, fingerprint: str) -> int:
    known = connection.scalar(
        select(schema.embedders.c.id).where(schema.embedders.c.fingerprint == fingerprint)
    )
    if known is not None:
        return int(known)
    statement = insert(schema.embedders).values(fingerprint=fingerprint).returning(schema.embedders.c.id)
    return int(connection.execute(statement).scalar_one())


def _insert_passages(connection: Connection, article_id: str, spans: Sequence[Span]) -> list[int]:
    rows = [
        {"article_id": article_id, "ordinal": ordinal, "start": span.start, "end": span.end}
        for ordinal, span in enumerate(spans)
    ]
    statement = insert(schema.passages).returning(schema.passages.c.id, sort_by_parameter_order=True)
    return list(connection.scalars(statement, rows)) if rows else []


def _insert_vectors(
    connection: Connection,
    ids: Sequence[int],
    vectors: NDArray[np.float32],
    hashes: Sequence[bytes],
    embedder_id: int,
) -> None:
    rows = [
        {
            "passage_id": passage_id,
            "embedder_id": embedder_id,
            "vector": schema.vector_bytes(vector),
            "text_hash": text_hash,
        }
        for passage_id, vector, text_hash in zip(ids, vectors, hashes, strict=True)
    ]
    if rows:
        connection.execute(insert(schema.vectors), rows)


def _log(connection: Connection, passage_ids: Sequence[int], *, added: bool) -> None:
    at = datetime.now(UTC).isoformat()
    rows = [{"at": at, "passage_id": passage_id, "added": added} for passage_id in passage_ids]
    if rows:
        connection.execute(insert(schema.changes), rows)


def _indexed(connection: Connection, ids: Sequence[int], fingerprint: str) -> Iterator[IndexedPassage]:
    for batch in batches(ids):
        rows = connection.execute(
            select(
                schema.passages.c.id.label("passage_id"),
                schema.passages.c.start,
                schema.passages.c.end,
                schema.vectors.c.vector,
                schema.embedders.c.fingerprint,
                schema.articles,
            )
            .join(schema.articles, schema.articles.c.id == schema.passages.c.article_id)
            .join(schema.vectors, schema.vectors.c.passage_id == schema.passages.c.id)
            .join(schema.embedders, schema.embedders.c.id == schema.vectors.c.embedder_id)
            .where(schema.passages.c.id.in_(batch))
            .order_by(schema.passages.c.id)
        )
        for row in rows:
            article = schema.article(row)
            text = with_header(article, article.text[row.start : row.end])
            require_same(row.fingerprint, fingerprint)
            yield IndexedPassage(row.passage_id, text, schema.vector(row.vector))
