"""What the doctor finds in the tables, and what mends it. Articles are read one batch at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, Row, func, select

from index import schema, story_tables
from index.records import Article
from index.soundness import embedded, fits, in_order

_NAMED = 5
"""Ids that a finding names at most; the command that mends it names all."""

_AT_ONCE = 500

_NORM_TOLERANCE = 0.005
"""float16 moves the length of a unit vector by up to one part in two thousand."""

RESTORE = "tanya restore FILE, with the last backup"
REBUILD = "tanya rebuild"

_SEND_AGAIN = (
    "send what the job held again, what is stored is skipped; the job is forgotten a day after it ended"
)

_articles, _passages, _vectors = schema.articles.c, schema.passages.c, schema.vectors.c


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it must be, and the command that mends it."""

    what: str
    fix: str


_OF_ARTICLES: dict[str, Callable[[Article, Sequence[Row[Any]]], bool]] = {
    "articles have no passages": lambda _, passages: not passages,
    "articles have a title and text that don't fit their content hash": lambda article, _: (
        not fits(article.content_hash, title=article.title, text=article.text)
    ),
    "articles have passages that don't fit their text": lambda article, passages: (
        not in_order(article, passages)
    ),
    "articles have vectors of other texts than theirs": lambda article, passages: (
        not embedded(article, passages)
    ),
}


def in_tables(connection: Connection) -> Iterator[Finding]:
    """All that is wrong with the rows of a database that is whole."""
    for look in _in_articles, _in_raws, _in_vectors, _in_stories, _in_revisions, _in_jobs:
        yield from look(connection)


def embedders(connection: Connection) -> list[str]:
    """The fingerprints of those that made any vector."""
    in_use = select(_vectors.passage_id).where(_vectors.embedder_id == schema.embedders.c.id)
    return [*connection.scalars(select(schema.embedders.c.fingerprint).where(in_use.exists()))]


def _in_articles(connection: Connection) -> Iterator[Finding]:
    wrong: dict[str, list[str]] = {what: [] for what in _OF_ARTICLES}
    for article, passages in _with_passages(connection):
        for what, is_wrong in _OF_ARTICLES.items():
            if is_wrong(article, passages):
                wrong[what].append(article.id)
    for what, ids in wrong.items():
        if ids:
            yield Finding(f"{len(ids)} {what}: {_named(ids)}", REBUILD)


def _with_passages(connection: Connection) -> Iterator[tuple[Article, list[Row[Any]]]]:
    """Every article with its passages, and what their vectors are of."""
    query = select(schema.articles).order_by(_articles.id).execution_options(yield_per=_AT_ONCE)
    for rows in connection.execute(query).partitions():
        found: dict[str, list[Row[Any]]] = defaultdict(list)
        of_these = (
            select(schema.passages, _vectors.text_hash)
            .outerjoin(schema.vectors, _vectors.passage_id == _passages.id)
            .where(_passages.article_id.in_([row.id for row in rows]))
            .order_by(_passages.ordinal)
        )
        for passage in connection.execute(of_these):
            found[passage.article_id].append(passage)
        for row in rows:
            yield schema.article(row), found[row.id]


def _in_raws(connection: Connection) -> Iterator[Finding]:
    unsourced = _ids_without(connection, _articles.id.not_in(select(schema.raws.c.article_id)))
    if unsourced:
        yield Finding(
            f"{len(unsourced)} articles lack the form they came in, so that a rebuild leaves them out: "
            f"{_named(unsourced)}",
            _anew(unsourced),
        )


def _in_vectors(connection: Connection) -> Iterator[Finding]:
    """Each passage has a vector, all by one embedder, of one dimension and of length 1."""
    without = connection.scalars(
        select(_passages.article_id).distinct().where(_passages.id.not_in(select(_vectors.passage_id)))
    ).all()
    if without:
        yield Finding(f"passages of {len(without)} articles have no vector: {_named(without)}", REBUILD)
    made_by = embedders(connection)
    if len(made_by) > 1:
        yield Finding(f"vectors were made by several models: {', '.join(made_by)}", REBUILD)
        return
    rows = connection.execute(
        select(_passages.article_id, _vectors.vector)
        .join(schema.passages, _passages.id == _vectors.passage_id)
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


def _in_stories(connection: Connection) -> Iterator[Finding]:
    """Each article is in a story, which is named by its lowest member, and each member is found by bands."""
    untold = _ids_without(connection, _articles.id.not_in(select(schema.story_members.c.article_id)))
    if untold:
        yield Finding(f"{len(untold)} articles are in no story: {_named(untold)}", REBUILD)
    wrong = story_tables.wrongly_told(connection)
    if wrong:
        yield Finding(
            f"{len(wrong)} articles are in a story that isn't named by its lowest member, or has a "
            f"member without bands: {_named(wrong)}",
            REBUILD,
        )
    if lost := story_tables.lost_bands(connection):
        yield Finding(f"{lost} bands belong to no member of a story", REBUILD)


def _in_revisions(connection: Connection) -> Iterator[Finding]:
    """Each fits its content hash and is an earlier version of an article that is there."""
    revisions = schema.revisions.c
    lost = connection.scalars(
        select(revisions.article_id)
        .where(revisions.replaced_by.not_in(select(_articles.id)))
        .order_by(revisions.article_id)
    ).all()
    if lost:
        yield Finding(
            f"{len(lost)} revisions are of articles that are not there: {_named(lost)}",
            RESTORE,
        )
    rows = connection.execute(
        select(schema.revisions).order_by(revisions.article_id).execution_options(yield_per=_AT_ONCE)
    )
    wrong = [row.article_id for row in rows if not fits(row.content_hash, title=row.title, text=row.text)]
    if wrong:
        yield Finding(
            f"{len(wrong)} revisions have a title and text that don't fit their content hash: "
            f"{_named(wrong)}",
            RESTORE,
        )


def _in_jobs(connection: Connection) -> Iterator[Finding]:
    """What became of each job's items adds up, and none waits in a job that has ended."""
    items = schema.job_items.c
    counts: dict[tuple[str, bool], int] = {}
    grouped = select(items.job_id, items.reason.is_not(None), func.count()).group_by(
        items.job_id, items.reason.is_not(None)
    )
    for job_id, is_refused, count in connection.execute(grouped):
        counts[job_id, bool(is_refused)] = count
    for job in connection.execute(select(schema.jobs).order_by(schema.jobs.c.id)):
        waiting, refused = counts.get((job.id, False), 0), counts.get((job.id, True), 0)
        if waiting and job.finished_at:
            yield Finding(f"the job {job.id} has ended, but {waiting} of its items wait", _SEND_AGAIN)
        seen = job.stored + job.unchanged + job.refused + waiting
        if job.refused != refused or seen > job.total or (seen < job.total and not job.cancelled):
            yield Finding(f"the counts of the job {job.id} don't add up", _SEND_AGAIN)


def _ids_without(connection: Connection, condition: ColumnElement[bool]) -> Sequence[str]:
    return connection.scalars(select(_articles.id).where(condition).order_by(_articles.id)).all()


def _anew(article_ids: Sequence[str]) -> str:
    named = " ".join(article_ids)
    return f"tanya export FILE.jsonl {named} && tanya remove {named} && tanya add FILE.jsonl"


def _named(article_ids: Sequence[str]) -> str:
    more = ["…"] if len(article_ids) > _NAMED else []
    return " ".join([*article_ids[:_NAMED], *more])
