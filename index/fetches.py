"""What was fetched when, in the store's database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, delete, insert, select

from index import schema
from index.database import stated
from index.records import Validators


@dataclass(frozen=True, slots=True)
class LastFetch:
    """By which a page got in. `version` is that of the feed's entry that led to it, "" where none did."""

    url: str
    fetched_at: datetime
    validators: Validators
    version: str = ""


class Fetches:
    """The fetches by URL. One is noted once its page is stored, so that nothing is lost in between."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, url: str) -> LastFetch | None:
        query = select(schema.fetches).where(schema.fetches.c.url == url)
        with stated(self._engine.url), self._engine.connect() as connection:
            row = connection.execution_options(reading=True).execute(query).one_or_none()
        if row is None:
            return None
        validators = Validators(row.etag, row.last_modified)
        return LastFetch(row.url, datetime.fromisoformat(row.fetched_at), validators, row.version or "")

    def note(self, fetch: LastFetch) -> None:
        """Remember the fetch, in the place of an earlier one of its URL."""
        row = {
            "url": fetch.url,
            "fetched_at": fetch.fetched_at.isoformat(),
            "etag": fetch.validators.etag,
            "last_modified": fetch.validators.last_modified,
            "version": fetch.version or None,
        }
        with stated(self._engine.url), self._engine.begin() as connection:
            connection.execute(delete(schema.fetches).where(schema.fetches.c.url == fetch.url))
            connection.execute(insert(schema.fetches).values(row))
