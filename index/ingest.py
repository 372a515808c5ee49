"""How an article gets in: raw -> article -> passages -> vectors -> store."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from index.articles import is_file_gone, parts, to_article
from index.embedder import Embedder
from index.errors import ArticleNotFound, ArticleUnreadable
from index.passages import BUDGET, embedded_texts, split
from index.records import Article, RawArticle, Refused, Span
from index.store import Store

_PASSAGES_AT_ONCE = 256
"""Passages gathered before they are embedded, shortest with shortest: of news 3 % is padding, of 64 8 %."""

_PATIENCE_S = 60
"""How long an ingest under way waits for another writer, who stores something or saves a large view."""


@dataclass(frozen=True, slots=True)
class Report:
    """What an ingest has done so far."""

    stored: int = 0
    unchanged: int = 0
    passages: int = 0
    refused: Sequence[Refused] = ()

    @property
    def seen(self) -> int:
        return self.stored + self.unchanged + len(self.refused)

    def __add__(self, other: Report) -> Report:
        return Report(
            stored=self.stored + other.stored,
            unchanged=self.unchanged + other.unchanged,
            passages=self.passages + other.passages,
            refused=(*self.refused, *other.refused),
        )


@dataclass(frozen=True, slots=True)
class Prepared:
    """An article that is read and embedded: all that is left to do is to store it."""

    article: Article
    raw: RawArticle
    spans: Sequence[Span]
    vectors: NDArray[np.float32]
    """One row a span."""


@dataclass(frozen=True, slots=True)
class _Split:
    article: Article
    raw: RawArticle
    spans: Sequence[Span]


@dataclass(frozen=True, slots=True)
class _Embedding:
    """A group of articles whose passages another thread is embedding together."""

    articles: Sequence[_Split]
    prepared: Future[list[Prepared]]


_Read = tuple[Article, RawArticle]

Progress = Callable[[Report], None]


class Ingest:
    """Takes raw articles into the store.

    Reading and embedding an article may take minutes and keeps nobody from writing: the writer's lock is held
    only while it is stored. What others wrote in between counts as written before it.
    """

    def __init__(self, store: Store, embedder: Embedder) -> None:
        self._store = store
        self._embedder = embedder

    def run(self, raws: Iterable[RawArticle | Refused], progress: Progress) -> Report:
        """Store each article; one that is stored already, just so, is left as it is.

        A raw article that can't be read is refused and the rest goes on; `progress` hears of each, in reports
        that share one growing list of refusals. Raises WriterBusy where another process writes, and
        EmbedderMismatch where another model made the stored vectors.
        """
        with self._store.writing():
            self._store.require_embedder(self._embedder.fingerprint)
            self._store.tell_stories()
        return self._take_in(_read_all(raws), self.store, progress)

    def rebuild(self, progress: Progress) -> Report:
        """Clean, split and embed every stored article anew from its raw form, with the present model.

        An article keeps its id, its origin and the time it was fetched; one that the present rules would
        refuse keeps its text as well. What would come out just so again is left as it is: an interrupted
        rebuild goes on where it stopped. Nobody else writes meanwhile, as two models must not be mixed.
        """
        with self._store.writing():
            self._store.mend_stories()
            remade = ((_remade(old, raw), raw) for old, raw in self._store.raws())
            return self._take_in(remade, self._put, progress)

    def prepare(self, raws: Sequence[RawArticle]) -> list[Prepared | Refused]:
        """What is to be stored of each, which is one by itself (see `parts`); embedded together."""
        read = [_read(raw) for raw in raws]
        prepared = iter(
            self._embedded([self._split(*each) for each in read if not isinstance(each, Refused)])
        )
        return [each if isinstance(each, Refused) else next(prepared) for each in read]

    def store(self, prepared: Prepared) -> Report:
        """Store the article, unless it is there by now, just so. Raises WriterBusy and EmbedderMismatch."""
        with self._store.writing(timeout_s=_PATIENCE_S):
            self._store.require_embedder(self._embedder.fingerprint)
            return self._put(prepared)

    def _take_in(
        self, found: Iterable[_Read | Refused], store: Callable[[Prepared], Report], progress: Progress
    ) -> Report:
        """Store what was found, in its order; while a group is embedded the next one is read."""
        report = Report()
        refused: list[Refused] = []  # all reports have this one: a million copies of it would take hours
        waiting: list[_Split] = []
        embedding: deque[_Embedding] = deque()
        with ThreadPoolExecutor(1, "embedding") as pool:
            for each in found:
                if isinstance(each, Refused):
                    refused.append(each)
                elif self._is_there(each[0], *(group.articles for group in embedding), waiting):
                    report += Report(unchanged=1)
                else:
                    waiting.append(self._split(*each))
                if sum(len(each.spans) for each in waiting) >= _PASSAGES_AT_ONCE:
                    embedding.append(_Embedding(waiting, pool.submit(self._embedded, waiting)))
                    waiting = []
                if len(embedding) > 1:
                    report = sum(map(store, embedding.popleft().prepared.result()), report)
                progress(replace(report, refused=refused))
            embedding.append(_Embedding(waiting, pool.submit(self._embedded, waiting)))
            for group in embedding:
                report = sum(map(store, group.prepared.result()), report)
        report = replace(report, refused=tuple(refused))
        progress(report)
        return report

    def _is_there(self, article: Article, *under_way: Sequence[_Split]) -> bool:
        """Whether it is stored, just so, and nothing under way is about to take its place."""
        ahead = chain.from_iterable(under_way)
        about_to = any(
            each.article.id == article.id or each.article.origin == article.origin for each in ahead
        )
        return not about_to and self._holds(article)

    def _holds(self, article: Article) -> bool:
        """Whether it is stored, just so; if its file is gone, it is known by the present one from now on."""
        if not self._store.holds(article, fingerprint=self._embedder.fingerprint):
            return False
        with suppress(ArticleNotFound):  # removed since it was looked at: so it stays
            if is_file_gone(self._store.article(article.id).origin):
                with self._store.writing(timeout_s=_PATIENCE_S):
                    self._store.came_from(article.id, article.origin)
        return True

    def _split(self, article: Article, raw: RawArticle) -> _Split:
        spans = split(
            article.text,
            count_tokens=self._embedder.count_tokens,
            language=article.language,
            budget=min(BUDGET, self._embedder.max_tokens // 2),  # leaves room for the header
        )
        return _Split(article, raw, spans)

    def _embedded(self, group: Sequence[_Split]) -> list[Prepared]:
        """The articles with the vectors of all their passages; only a text that has none yet is embedded."""
        texts = [embedded_texts(each.article, each.spans) for each in group]
        vectors = self._vectors([*chain.from_iterable(texts)])
        return [
            Prepared(each.article, each.raw, each.spans, self._rows([vectors[text] for text in its_own]))
            for each, its_own in zip(group, texts, strict=True)
        ]

    def _rows(self, vectors: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        return np.array(vectors, np.float32).reshape(-1, self._embedder.dimension)

    def _vectors(self, texts: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        vectors = self._store.known_vectors(texts, fingerprint=self._embedder.fingerprint)
        new = [text for text in dict.fromkeys(texts) if text not in vectors]
        if new:
            vectors |= dict(zip(new, self._embedder.embed_passages(new), strict=True))
        return vectors

    def _put(self, prepared: Prepared) -> Report:
        if self._holds(prepared.article):
            return Report(unchanged=1)
        self._store.put(
            prepared.article,
            prepared.raw,
            prepared.spans,
            prepared.vectors,
            fingerprint=self._embedder.fingerprint,
        )
        return Report(stored=1, passages=len(prepared.spans))


def _read_all(raws: Iterable[RawArticle | Refused]) -> Iterator[_Read | Refused]:
    for raw in raws:
        if isinstance(raw, Refused):
            yield raw
            continue
        try:
            yield from map(_read, parts(raw))
        except ArticleUnreadable as error:
            yield Refused(raw.origin, str(error))


def _read(raw: RawArticle) -> _Read | Refused:
    try:
        return to_article(raw, datetime.now(UTC)), raw
    except ArticleUnreadable as error:
        return Refused(raw.origin, str(error))


def _remade(old: Article, raw: RawArticle) -> Article:
    """What the present rules make of a stored article."""
    try:
        new = to_article(raw, old.fetched_at)
    except ArticleUnreadable:
        return old
    return replace(new, id=old.id, origin=old.origin)
