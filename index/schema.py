"""The tables as they are now, and how records lie in them. `migrations/` says how a database gets them."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    Table,
    Text,
    false,
)

from index.records import Article, Filters, Revision

metadata = MetaData()

articles = Table(
    "articles",
    metadata,
    Column("id", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("fetched_at", Text, nullable=False, index=True),  # ISO 8601, UTC
    Column("origin", Text, nullable=False, index=True),
    Column("outlet", Text),
    Column("outlet_key", Text, index=True),  # case-folded, for filters
    Column("url", Text),
    Column("published_at", Text),  # ISO 8601: a day, or a time with its zone
    Column("published_on", Date, index=True),  # the day of it in WIB, for filters and order
    Column("authors", Text, nullable=False, server_default=""),  # one a line
)

raws = Table(
    "raws",
    metadata,
    Column("article_id", Text, ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    Column("media_type", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

passages = Table(
    "passages",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("article_id", Text, ForeignKey("articles.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("ordinal", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    sqlite_autoincrement=True,  # an id is never used again
)

embedders = Table(
    "embedders",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("fingerprint", Text, nullable=False, unique=True),
)

vectors = Table(
    "vectors",
    metadata,
    Column("passage_id", Integer, ForeignKey("passages.id", ondelete="CASCADE"), primary_key=True),
    Column("embedder_id", Integer, ForeignKey("embedders.id"), nullable=False, index=True),
    Column("vector", LargeBinary, nullable=False),  # float16, little endian, unit length
    Column("text_hash", LargeBinary),  # of the very text that was embedded, see `text_hash`
    Index("ix_vectors_text_hash", "text_hash", "embedder_id"),
)

changes = Table(
    "changes",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("at", Text, nullable=False),  # ISO 8601, UTC
    Column("passage_id", Integer, nullable=False),
    Column("added", Boolean(create_constraint=False), nullable=False),  # false: removed
    sqlite_autoincrement=True,
)

story_members = Table(
    "story_members",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("article_id", Text, ForeignKey("articles.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("story_id", Integer, nullable=False, index=True),  # the lowest id of its members
    Column("signature", LargeBinary, nullable=False),  # uint32, little endian
    Column("figures", Text, nullable=False),  # ascending, with spaces between
    sqlite_autoincrement=True,
)

story_bands = Table(
    "story_bands",
    metadata,
    Column("key", BigInteger, primary_key=True, autoincrement=False),
    Column("member_id", Integer, primary_key=True, autoincrement=False),  # its bands go before a member does
    sqlite_with_rowid=False,
)

revisions = Table(
    "revisions",
    metadata,
    Column("article_id", Text, primary_key=True),
    Column("content_hash", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("published_at", Text),
    Column("fetched_at", Text, nullable=False),
    Column("replaced_at", Text, nullable=False),  # ISO 8601, UTC
    Column("replaced_by", Text, nullable=False, index=True),  # the id of the article as it is now
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("created_at", Text, nullable=False),  # ISO 8601, UTC
    Column("finished_at", Text),
    Column("cancelled", Boolean(create_constraint=False), nullable=False),
    Column("total", Integer, nullable=False),
    Column("stored", Integer, nullable=False),
    Column("unchanged", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("worked_s", Float, nullable=False),
)

job_items = Table(  # those still to be taken in, and those refused, which have a reason
    "job_items",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("job_id", Text, ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("place", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("reason", Text),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("key", Text, primary_key=True),
    Column("body_hash", Text, nullable=False),
    Column("at", Text, nullable=False),  # ISO 8601, UTC
    Column("status", Integer, nullable=False),
    Column("location", Text, nullable=False),
    Column("body", Text, nullable=False),
)

fetches = Table(
    "fetches",
    metadata,
    Column("url", Text, primary_key=True),  # as it was asked for
    Column("fetched_at", Text, nullable=False),  # ISO 8601, UTC
    Column("etag", Text),
    Column("last_modified", Text),
    Column("version", Text),  # of the feed's entry that led there
)

answers = Table(  # as they were given; no part of the corpus
    "answers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("asked_at", Text, nullable=False, index=True),  # ISO 8601, UTC
    Column("question", Text, nullable=False),
    Column("response", LargeBinary, nullable=False),  # JSON, as it was sent, compressed by zlib
)

feedback = Table(
    "feedback",
    metadata,
    Column("answer_id", Text, ForeignKey("answers.id", ondelete="CASCADE"), primary_key=True),
    Column("given_at", Text, nullable=False),  # ISO 8601, UTC
    Column("verdict", Text, nullable=False),
    Column("reason", Text),
    Column("comment", Text),
)

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", Text, primary_key=True),
    Column("answer_id", Text, ForeignKey("answers.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("url", Text, nullable=False),
    Column("secret", Text, nullable=False),  # as it is: messages are signed with it
    Column("made_at", Text, nullable=False),  # ISO 8601, UTC
    Column("told", Text, nullable=False),  # what its receiver knows of the citations
    Column("told_at", Text),
    Column("failures", Integer, nullable=False),
    Column("last_failure", Text),
    Column("try_at", Text),  # not before
    Column("given_up_at", Text),
)

keys = Table(
    "keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("secret_hash", Text, nullable=False),  # SHA-256, hex
    Column("made_at", Text, nullable=False),  # ISO 8601, UTC
    Column("revoked_at", Text),
)


def article_row(article: Article) -> dict[str, Any]:
    """The row of an article."""
    return {
        "id": article.id,
        "title": article.title,
        "text": article.text,
        "language": article.language,
        "content_hash": article.content_hash,
        "fetched_at": article.fetched_at.isoformat(),
        "origin": article.origin,
        "outlet": article.outlet,
        "outlet_key": article.outlet.casefold() if article.outlet else None,
        "url": article.url,
        "published_at": article.published_at.isoformat() if article.published_at else None,
        "published_on": article.published_on,
        "authors": "\n".join(article.authors),
    }


def article(row: Row[Any]) -> Article:
    """The article of a row that has all its columns."""
    return Article(
        id=row.id,
        title=row.title,
        text=row.text,
        language=row.language,
        content_hash=row.content_hash,
        fetched_at=datetime.fromisoformat(row.fetched_at),
        origin=row.origin,
        outlet=row.outlet,
        url=row.url,
        published_at=published_at(row.published_at),
        authors=tuple(row.authors.splitlines()),
    )


def revision(row: Row[Any]) -> Revision:
    """The revision of a row."""
    return Revision(
        article_id=row.article_id,
        content_hash=row.content_hash,
        title=row.title,
        text=row.text,
        published_at=published_at(row.published_at),
        fetched_at=datetime.fromisoformat(row.fetched_at),
        replaced_at=datetime.fromisoformat(row.replaced_at),
        replaced_by=row.replaced_by,
    )


def published_at(text: str | None) -> date | datetime | None:
    """When an article was published, from how that is stored."""
    if text is None:
        return None
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def conditions(filters: Filters) -> list[ColumnElement[bool]]:
    """What an article must meet to pass the filters, but for the places, which only its text tells.

    Outlets are compared without regard to case.
    """
    of = articles.c
    met: list[ColumnElement[bool]] = [false()] if filters.nothing else []
    if filters.outlets:
        met.append(of.outlet_key.in_([outlet.casefold() for outlet in filters.outlets]))
    if filters.languages:
        met.append(of.language.in_(filters.languages))
    if filters.published_from:
        met.append(of.published_on >= filters.published_from)
    if filters.published_to:
        met.append(of.published_on <= filters.published_to)
    return met


def text_hash(text: str) -> bytes:
    """What finds the vector of a text again: its BLAKE2b, 16 bytes."""
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def vector_bytes(vector: NDArray[np.float32]) -> bytes:
    """A vector as it is stored: float16, little endian."""
    return vector.astype("<f2").tobytes()


def stored_vector(stored: bytes) -> NDArray[np.float32]:
    """A vector exactly as it is stored, so that it can be stored again unchanged."""
    return np.frombuffer(stored, dtype="<f2").astype(np.float32)


def vector(stored: bytes) -> NDArray[np.float32]:
    """A stored vector at unit length again: float16 rounds it by up to one part in two thousand."""
    rounded = stored_vector(stored)
    return rounded / np.float32(np.linalg.norm(rounded))
