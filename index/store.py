"""The truth: articles, passages, vectors and the log of changes in a SQL database."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, Engine, delete, func, insert, select, update

from index import passage_tables, schema, story_tables
from index.database import batches, changing, home_url, open_database, reading
from index.errors import (
    ArticleNotFound,
    ArticleReplaced,
    RevisionNotFound,
    StoreUnavailable,
)
from index.fetches import Fetches
from index.records import (
    EVERYTHING,
    Article,
    Changes,
    Coverage,
    Filters,
    Freshness,
    Order,
    Passage,
    RawArticle,
    Revision,
    Span,
    Story,
)
from index.soundness import embedded, in_order
from index.writer_lock import held


class Store:
    """Articles with their passages and vectors. Any number of readers, one writer at a time."""

    def __init__(self, engine: Engine, *, lock: Path) -> None:
        """`engine` is on a database of this version; `lock` is the file that the one writer holds locked."""
        self._engine = engine
        self.fetches = Fetches(self._engine)
        self._lock = FileLock(lock)

    @classmethod
    def in_home(cls, home: Path, *, url: str | None = None) -> Store:
        """The store of a home directory: a SQLite file in it, unless the URL of another database is given."""
        try:
            home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnavailable(f"{home} cannot be the home directory: {error.strerror}") from error
        return cls(open_database(url or home_url(home)), lock=home / "writer.lock")

    def close(self) -> None:
        self._engine.dispose()

    @property
    def engine(self) -> Engine:
        """The database, for what else is kept in it (`index/jobs.py`)."""
        return self._engine

    # Writing

    def writing(self, *, timeout_s: float = 5) -> AbstractContextManager[None]:
        """Be the one writer while a block runs; raises WriterBusy if another stays it for `timeout_s`."""
        return held(self._lock, timeout_s=timeout_s)

    def put(
        self,
        article: Article,
        raw: RawArticle,
        spans: Sequence[Span],
        vectors: NDArray[np.float32],
        *,
        fingerprint: str,
    ) -> None:
        """Store an article with its passages and their vectors, of shape (len(spans), dimension).

        It takes the place of the article with its id and of any other that came from its origin, which are
        kept as revisions, and joins the story that it is a copy of. All of it appears at once or not at all.
        """
        replaced = (schema.articles.c.id == article.id) | (schema.articles.c.origin == article.origin)
        with self.writing(), self._changing() as connection:
            story_tables.keep_revisions(connection, replaced, article)
            _remove(connection, replaced)
            connection.execute(insert(schema.articles).values(schema.article_row(article)))
            connection.execute(
                insert(schema.raws).values(
                    article_id=article.id, media_type=raw.media_type, content=raw.content
                )
            )
            passage_tables.put(connection, article, spans, vectors, fingerprint=fingerprint)
            story_tables.join_story(connection, article)

    def came_from(self, article_id: str, origin: str) -> None:
        """Note where an article that is stored already has come from now."""
        elsewhere = (schema.articles.c.id == article_id) & (schema.articles.c.origin != origin)
        with self.writing(), self._changing() as connection:
            connection.execute(update(schema.articles).where(elsewhere).values(origin=origin))

    def delete(self, article_id: str) -> None:
        """Remove an article, its revisions and all else of it; raises ArticleNotFound."""
        with self.writing(), self._changing() as connection:
            if not _remove(connection, schema.articles.c.id == article_id):
                raise _not_found(article_id)
            story_tables.delete_revisions(connection, article_id)

    def tell_stories(self) -> None:
        """Find the stories of articles that were stored before there were any."""
        with self._reading() as connection:
            if story_tables.all_told(connection):
                return
        with self.writing():
            while self._tell_some():
                pass

    def mend_stories(self) -> None:
        """Tell the stories that are not as they must be anew, and those that were never told."""
        with self.writing():
            with self._changing() as connection:
                story_tables.forget_wrong(connection)
            self.tell_stories()

    # Articles

    def article(self, article_id: str) -> Article:
        """The article with this id; raises ArticleNotFound, or ArticleReplaced, which says by which other."""
        with self._reading() as connection:
            row = connection.execute(
                select(schema.articles).where(schema.articles.c.id == article_id)
            ).one_or_none()
            if row is not None:
                return schema.article(row)
            earlier = story_tables.revision(connection, article_id, "")
        if earlier is not None and earlier.replaced_by != article_id:
            raise ArticleReplaced(article_id, replaced_by=earlier.replaced_by)
        raise _not_found(article_id)

    def articles(
        self, *, offset: int, limit: int, filters: Filters = EVERYTHING, order: Order = Order.NEWEST
    ) -> list[Article]:
        """A page of the articles that pass the filters; undated ones are the oldest."""
        of = schema.articles.c
        first = of.fetched_at.desc() if order is Order.ARRIVED else of.published_on.desc().nulls_last()
        page = (  # ids alone are sorted: whole articles would be read and thrown away
            select(of.id)
            .where(*schema.conditions(filters))
            .order_by(first, of.id)
            .offset(offset)
            .limit(limit)
        )
        with self._reading() as connection:
            ids = connection.scalars(page).all()
            found = _articles(connection, ids)
        return [found[article_id] for article_id in ids]

    def count(self, filters: Filters = EVERYTHING) -> int:
        """How many articles pass the filters."""
        counted = select(func.count()).select_from(schema.articles).where(*schema.conditions(filters))
        with self._reading() as connection:
            return connection.scalar(counted) or 0

    def origins(self, beginning: str) -> dict[str, str]:
        """The origin of each article whose origin begins so, by its id."""
        articles = schema.articles.c
        begins = func.substr(articles.origin, 1, len(beginning)) == beginning  # LIKE would ignore case
        with self._reading() as connection:
            rows = connection.execute(select(articles.id, articles.origin).where(begins))
            return {row.id: row.origin for row in rows}

    def stored_since(self, change: int) -> dict[str, str]:
        """The origin of each article that was stored after the change of this number, by its id."""
        articles, changes = schema.articles.c, schema.changes.c
        query = (
            select(articles.id, articles.origin)
            .join(schema.passages, schema.passages.c.article_id == articles.id)
            .join(schema.changes, changes.passage_id == schema.passages.c.id)
            .where(changes.number > change, changes.added)
            .distinct()
        )
        with self._reading() as connection:
            return {row.id: row.origin for row in connection.execute(query)}

    def holds(self, article: Article, *, fingerprint: str) -> bool:
        """Whether just this article is stored, from wherever and whenever, with vectors by this embedder.

        Its passages must fit its text, and the vectors what the passages say.
        """
        with self._reading() as connection:
            row = connection.execute(
                select(schema.articles).where(schema.articles.c.id == article.id)
            ).one_or_none()
            if row is None or not schema.article(row).same_as(article):
                return False
            query = (  # outer joins: a passage without a vector has None
                select(schema.passages, schema.vectors.c.text_hash, schema.embedders.c.fingerprint)
                .outerjoin(schema.vectors, schema.vectors.c.passage_id == schema.passages.c.id)
                .outerjoin(schema.embedders, schema.embedders.c.id == schema.vectors.c.embedder_id)
                .where(schema.passages.c.article_id == article.id)
                .order_by(schema.passages.c.ordinal)
            )
            passages = connection.execute(query).all()
        made_by = {row.fingerprint for row in passages}
        return made_by == {fingerprint} and in_order(article, passages) and embedded(article, passages)

    def raws(self) -> Iterator[tuple[Article, RawArticle]]:
        """Every article with its raw form."""
        for article_id in self._article_ids():
            with self._reading() as connection:
                row = connection.execute(
                    select(schema.articles, schema.raws.c.content, schema.raws.c.media_type)
                    .join(schema.articles, schema.articles.c.id == schema.raws.c.article_id)
                    .where(schema.articles.c.id == article_id)
                ).one_or_none()
            if row is not None:
                yield schema.article(row), RawArticle(row.content, row.media_type, row.origin)

    def known_vectors(self, texts: Sequence[str], *, fingerprint: str) -> dict[str, NDArray[np.float32]]:
        """The vectors this embedder has made of any of the texts, just as they are stored."""
        by_hash = {schema.text_hash(text): text for text in texts}
        known: dict[str, NDArray[np.float32]] = {}
        with self._reading() as connection:
            for batch in batches(list(by_hash)):
                rows = connection.execute(
                    select(schema.vectors.c.text_hash, schema.vectors.c.vector)
                    .join(schema.embedders, schema.embedders.c.id == schema.vectors.c.embedder_id)
                    .where(schema.vectors.c.text_hash.in_(batch))
                    .where(schema.embedders.c.fingerprint == fingerprint)
                )
                known |= {by_hash[row.text_hash]: schema.stored_vector(row.vector) for row in rows}
        return known

    def all_articles(self) -> Iterator[Article]:
        """Every article, by its id, a batch at a time: each as it is when its turn comes."""
        for batch in batches(self._article_ids()):
            query = select(schema.articles).where(schema.articles.c.id.in_(batch))
            with self._reading() as connection:
                rows = connection.execute(query.order_by(schema.articles.c.id)).all()
            yield from map(schema.article, rows)

    def require_embedder(self, fingerprint: str) -> None:
        """Raise EmbedderMismatch where another embedder made any of the stored vectors."""
        in_use = select(schema.vectors.c.passage_id).where(
            schema.vectors.c.embedder_id == schema.embedders.c.id
        )
        with self._reading() as connection:
            for made_by in connection.scalars(select(schema.embedders.c.fingerprint).where(in_use.exists())):
                passage_tables.require_same(made_by, fingerprint)

    # Stories and revisions

    def copies(self, article_id: str) -> list[Article]:
        """The copies of an article, itself included, the earliest first; raises ArticleNotFound."""
        article = self.article(article_id)
        with self._reading() as connection:
            return story_tables.copies(connection, article_id) or [article]

    def story(self, article_id: str) -> Story | None:
        """The story of an article that has copies."""
        with self._reading() as connection:
            return story_tables.story(connection, article_id)

    def story_ids(self, article_ids: Sequence[str]) -> dict[str, int]:
        """The number of each article's story: the same for copies."""
        with self._reading() as connection:
            return story_tables.story_ids(connection, article_ids)

    def revisions(self, article_id: str) -> list[Revision]:
        """The earlier versions of an article, the latest first; raises ArticleNotFound."""
        self.article(article_id)
        with self._reading() as connection:
            return list(story_tables.revisions(connection, article_id))

    def revision(self, article_id: str, version: str) -> Revision:
        """The earlier version whose content hash begins with `version`; raises RevisionNotFound.

        It is found under the id that the article had then, too: a file with a new text has a new id.
        """
        with self._reading() as connection:
            found = story_tables.revision(connection, article_id, version)
        if found is None:
            raise RevisionNotFound(
                f"the article {article_id!r} has no earlier version {version!r}: "
                "GET /articles/{id}/revisions lists those there are"
            )
        return found

    # Searching

    def passages(self, ids: Sequence[int]) -> dict[int, tuple[Passage, Article]]:
        """Those of the passages that are still there, each with its article, as of one moment."""
        of, found = schema.passages.c, {}
        with self._reading() as connection:
            for batch in batches(ids):
                rows = connection.execute(select(schema.passages).where(of.id.in_(batch))).all()
                articles = _articles(connection, {row.article_id for row in rows})
                for row in rows:
                    article = articles[row.article_id]
                    text = article.text[row.start : row.end]
                    passage = Passage(row.id, article.id, row.ordinal, row.start, row.end, text)
                    found[passage.id] = passage, article
        return found

    def passage_ids(self, filters: Filters) -> NDArray[np.int64]:
        """The ids, ascending, of all passages of the articles that pass the filters, their places aside."""
        query = (
            select(schema.passages.c.id)
            .join(schema.articles, schema.articles.c.id == schema.passages.c.article_id)
            .where(*schema.conditions(filters))
            .order_by(schema.passages.c.id)
        )
        with self._reading() as connection:
            return np.fromiter(connection.scalars(query), dtype=np.int64)

    def freshness(self) -> Freshness:
        """When the corpus last changed and what it holds."""
        articles = schema.articles.c
        with self._reading() as connection:
            at = connection.scalar(
                select(schema.changes.c.at).order_by(schema.changes.c.number.desc()).limit(1)
            )
            # count(*), here and below: what counts the ids reads every article.
            count, newest = connection.execute(select(func.count(), func.max(articles.published_on))).one()
        index_as_of = datetime.fromisoformat(at) if at else datetime.now(UTC)
        return Freshness(index_as_of, count, newest)

    def last_arrival(self) -> datetime | None:
        """When an article that is there was last taken in; None for an empty archive."""
        with self._reading() as connection:
            at = connection.scalar(select(func.max(schema.articles.c.fetched_at)))
        return datetime.fromisoformat(at) if at else None

    def coverage(self) -> Coverage:
        """What the corpus holds, by days and outlets."""
        articles, same = schema.articles.c, schema.articles.alias()
        days = select(func.count(), func.min(articles.published_on), func.max(articles.published_on))
        count = func.count()
        name = select(same.c.outlet).where(same.c.outlet_key == articles.outlet_key).limit(1)
        by_outlet = (
            select(name.scalar_subquery(), count)
            .where(articles.outlet_key.is_not(None))
            .group_by(articles.outlet_key)
            .order_by(count.desc(), articles.outlet_key)
        )
        with self._reading() as connection:
            total, oldest, newest = connection.execute(days).one()
            outlets = [(outlet, number) for outlet, number in connection.execute(by_outlet)]
        return Coverage(total, oldest, newest, tuple(outlets))

    def vectors_at(self, change: int) -> dict[int, NDArray[np.float32]] | None:
        """Every passage's vector, if `change` is the newest; all of them, for checks."""
        with self._reading() as connection:
            if passage_tables.last_change(connection) != change:
                return None
            rows = connection.execute(select(schema.vectors.c.passage_id, schema.vectors.c.vector))
            return {row.passage_id: schema.vector(row.vector) for row in rows}

    # Changes

    def last_change(self) -> int:
        """The number of the newest change; 0 before the first."""
        with self._reading() as connection:
            return passage_tables.last_change(connection)

    def change_at(self, number: int) -> str | None:
        """When a change was made (ISO 8601, UTC); None where there is no such change."""
        with self._reading() as connection:
            return connection.scalar(select(schema.changes.c.at).where(schema.changes.c.number == number))

    def changes_after(self, number: int, *, fingerprint: str, limit: int = 2000) -> Changes | None:
        """The next changes, at most `limit`; None where there are none.

        Raises EmbedderMismatch where another embedder than the one named made a vector.
        """
        with self._reading() as connection:
            return passage_tables.changes_after(connection, number, fingerprint=fingerprint, limit=limit)

    # Inside

    def _reading(self) -> AbstractContextManager[Connection]:
        return reading(self._engine)

    def _changing(self) -> AbstractContextManager[Connection]:
        return changing(self._engine)

    def _tell_some(self) -> bool:
        """Find the stories of some articles that have none; whether there were any."""
        with self._changing() as connection:
            untold = story_tables.without_story(connection, limit=200)
            for article in untold:
                story_tables.join_story(connection, article)
        return bool(untold)

    def _article_ids(self) -> list[str]:
        with self._reading() as connection:
            return list(connection.scalars(select(schema.articles.c.id).order_by(schema.articles.c.id)))


def _not_found(article_id: str) -> ArticleNotFound:
    return ArticleNotFound(
        f"no article has the id {article_id!r}: `tanya list` and GET /articles show those there are"
    )


def _articles(connection: Connection, ids: Collection[str]) -> dict[str, Article]:
    """The articles, each read once however many of its passages are asked for."""
    rows = connection.execute(select(schema.articles).where(schema.articles.c.id.in_(ids)))
    return {row.id: schema.article(row) for row in rows}


def _remove(connection: Connection, condition: ColumnElement[bool]) -> bool:
    """Delete the articles that the condition names, and log it; whether there were any."""
    passage_tables.log_removal(connection, condition)
    story_tables.leave_stories(connection, condition)
    return connection.execute(delete(schema.articles).where(condition)).rowcount > 0
