"""Stories and revisions in the database: what `Store` does with them, over the connection it hands in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, Row, bindparam, delete, func, insert, select, update

from index import schema
from index.database import batches
from index.records import Article, Revision, Story
from index.stories import Sketch, are_copies, bands, groups, precedence, sketch

_CANDIDATES = 64
"""Articles compared with a new one, those that share most bands first; more copies are one story."""

_members, _bands, _revisions = schema.story_members, schema.story_bands, schema.revisions
_SKETCHED = select(
    _members.c.id, _members.c.story_id, _members.c.signature, _members.c.figures, schema.articles.c.outlet_key
).join(schema.articles, schema.articles.c.id == _members.c.article_id)

_SHARING = (
    select(_bands.c.member_id)
    .where(_bands.c.key.in_(bindparam("keys", expanding=True)))
    .group_by(_bands.c.member_id)
    .order_by(func.count().desc(), _bands.c.member_id)
    .limit(_CANDIDATES)
    .subquery()
)
_NEW_BANDS = insert(_bands)
_NEW_STORY = update(_members).where(_members.c.id == bindparam("member_id")).values(story_id=_members.c.id)
_NEW_MEMBER = insert(_members).returning(_members.c.id)
_NEAR = _SKETCHED.join(_SHARING, _SHARING.c.member_id == _members.c.id)

_MISNAMED = select(_members.c.story_id).group_by(_members.c.story_id)
_WITHOUT_BANDS = select(_members.c.story_id).where(_members.c.id.not_in(select(_bands.c.member_id)))
_WRONG = _MISNAMED.having(func.min(_members.c.id) != _members.c.story_id).union(_WITHOUT_BANDS)
_LOST = _bands.c.member_id.not_in(select(_members.c.id))


# Stories


def join_story(connection: Connection, article: Article) -> None:
    """Make a stored article a member of the story that it is a copy of; of several, which become one."""
    own = sketch(article)
    keys = bands(own.signature)
    near = [row for row in _candidates(connection, keys) if are_copies(own, _sketch(row))]
    stories = {row.story_id for row in near}
    story_id = min(stories, default=0)  # the lowest id of a member, as after `leave_stories`
    row = {"article_id": article.id, "story_id": story_id, "signature": own.signature.astype("<u4").tobytes()}
    row["figures"] = " ".join(map(str, sorted(own.figures)))
    member_id = connection.execute(_NEW_MEMBER, row).scalar_one()
    connection.execute(_NEW_BANDS, [{"key": key, "member_id": member_id} for key in dict.fromkeys(keys)])
    if not stories:
        connection.execute(_NEW_STORY, {"member_id": member_id})
    elif len(stories) > 1:
        merged = update(_members).where(_members.c.story_id.in_(stories))
        connection.execute(merged.values(story_id=story_id))


def leave_stories(connection: Connection, condition: ColumnElement[bool]) -> None:
    """Take the articles that the condition names out of their stories, and tell anew what is left of those.

    Copies that only hung together by one that left are no longer one story.
    """
    leaving = connection.execute(_SKETCHED.where(condition)).all()
    for row in leaving:
        keys = bands(_sketch(row).signature)
        gone = _bands.c.key.in_(keys) & (_bands.c.member_id == row.id)
        connection.execute(delete(_bands).where(gone))
        connection.execute(delete(_members).where(_members.c.id == row.id))
    for story_id in {row.story_id for row in leaving}:
        left = connection.execute(
            _SKETCHED.where(_members.c.story_id == story_id).order_by(_members.c.id)
        ).all()
        for group in groups([_sketch(row) for row in left]):
            ids = [left[place].id for place in group]
            for batch in batches(ids):
                these = _members.c.id.in_(batch)
                connection.execute(update(_members).where(these).values(story_id=ids[0]))


def wrongly_told(connection: Connection) -> Sequence[str]:
    """The articles of stories that aren't named by their lowest member, or have a member without bands."""
    query = select(_members.c.article_id).where(_members.c.story_id.in_(_WRONG))
    return connection.scalars(query.order_by(_members.c.article_id)).all()


def lost_bands(connection: Connection) -> int:
    """How many bands belong to no member."""
    query = select(func.count()).select_from(schema.story_bands)
    return connection.scalar(query.where(_LOST)) or 0


def forget_wrong(connection: Connection) -> None:
    """Leave the articles that are wrongly told in no story, and drop the bands of no member."""
    connection.execute(delete(_members).where(_members.c.story_id.in_(_WRONG)))
    connection.execute(delete(_bands).where(_LOST))


def all_told(connection: Connection) -> bool:
    """Whether every article is in a story: two counts over indexes, as a member goes with its article."""
    counts = (
        select(func.count()).select_from(table).scalar_subquery() for table in (_members, schema.articles)
    )
    members, articles = connection.execute(select(*counts)).one()
    return bool(members == articles)


def without_story(connection: Connection, *, limit: int) -> list[Article]:
    """Articles that were stored before there were stories."""
    query = (
        select(schema.articles)
        .outerjoin(_members, _members.c.article_id == schema.articles.c.id)
        .where(_members.c.id.is_(None))
        .limit(limit)
    )
    return [schema.article(row) for row in connection.execute(query)]


def story_ids(connection: Connection, article_ids: Sequence[str]) -> dict[str, int]:
    """The story of each of the articles; none for one that is in none yet."""
    query = select(_members.c.article_id, _members.c.story_id).where(_members.c.article_id.in_(article_ids))
    return {row.article_id: row.story_id for row in connection.execute(query)}


def copies(connection: Connection, article_id: str) -> list[Article]:
    """The copies of an article, itself included, the earliest first; none where it is in no story yet."""
    told = _told(connection, story_ids(connection, [article_id]).get(article_id))
    return [_article(connection, row.id) for row in told]


def story(connection: Connection, article_id: str) -> Story | None:
    """The story of an article that has copies."""
    told = _told(connection, story_ids(connection, [article_id]).get(article_id))
    if len(told) < 2:
        return None
    outlets = {row.outlet_key for row in told if row.outlet_key}
    return Story(len(told), max(1, len(outlets)), _article(connection, told[0].id))


def _article(connection: Connection, article_id: str) -> Article:
    return schema.article(
        connection.execute(select(schema.articles).where(schema.articles.c.id == article_id)).one()
    )


def _told(connection: Connection, story_id: int | None) -> list[Row[Any]]:
    """The articles of a story without their texts, the earliest first."""
    of = schema.articles.c
    query = (
        select(of.id, of.published_at, of.fetched_at, of.outlet_key)
        .join(_members, _members.c.article_id == of.id)
        .where(_members.c.story_id == story_id)
    )
    return sorted(
        connection.execute(query),
        key=lambda row: precedence(
            schema.published_at(row.published_at), datetime.fromisoformat(row.fetched_at), row.id
        ),
    )


def _candidates(connection: Connection, keys: Sequence[int]) -> Sequence[Row[*tuple[Any, ...]]]:
    """Members that share a band, those that share most first: one look-up in the table's primary key."""
    return connection.execute(_NEAR, {"keys": keys}).all()


def _sketch(row: Row[*tuple[Any, ...]]) -> Sketch:
    figures = frozenset(map(int, row.figures.split()))
    return Sketch(np.frombuffer(row.signature, "<u4"), figures, row.outlet_key)


# Revisions


def keep_revisions(connection: Connection, condition: ColumnElement[bool], successor: Article) -> None:
    """Keep the articles that the condition names where the one that takes their place says something else."""
    replaced_at = datetime.now(UTC).isoformat()
    for row in connection.execute(select(schema.articles).where(condition)).all():
        _pass_on(connection, row.id, successor.id)
        _forget(connection, successor.id, successor.content_hash)  # it is what is said again
        # A text that was damaged where it lay, or a hash, is nothing that an article said.
        is_other = (row.title, row.text) != (successor.title, successor.text)
        if is_other and row.content_hash != successor.content_hash:
            _forget(connection, row.id, row.content_hash)
            names = ("content_hash", "title", "text", "published_at", "fetched_at")
            values = {name: getattr(row, name) for name in names}
            values |= {"article_id": row.id, "replaced_at": replaced_at, "replaced_by": successor.id}
            connection.execute(insert(_revisions).values(values))


def delete_revisions(connection: Connection, article_id: str) -> None:
    """Remove all earlier versions of an article, whatever their ids were."""
    connection.execute(delete(_revisions).where(_revisions.c.replaced_by == article_id))


def revisions(connection: Connection, article_id: str) -> Iterator[Revision]:
    """The earlier versions of a stored article, the latest first."""
    query = select(_revisions).where(_revisions.c.replaced_by == article_id)
    for row in connection.execute(query.order_by(_revisions.c.replaced_at.desc(), _revisions.c.content_hash)):
        yield schema.revision(row)


def revision(connection: Connection, article_id: str, version: str) -> Revision | None:
    """The earlier version of an article whose content hash begins with `version`."""
    of = _revisions.c
    known = (of.article_id == article_id) | (of.replaced_by == article_id)
    begins = func.substr(of.content_hash, 1, len(version)) == version
    query = select(_revisions).where(known, begins).order_by(of.replaced_at.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return schema.revision(row) if row else None


def _pass_on(connection: Connection, article_id: str, successor_id: str) -> None:
    """What was replaced by an article that is replaced itself is now explained by its successor."""
    passed = update(_revisions).where(_revisions.c.replaced_by == article_id)
    connection.execute(passed.values(replaced_by=successor_id))


def _forget(connection: Connection, article_id: str, content_hash: str) -> None:
    same = (_revisions.c.article_id == article_id) & (_revisions.c.content_hash == content_hash)
    connection.execute(delete(_revisions).where(same))
