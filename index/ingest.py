"""How an article gets in: raw -> article -> passages -> vectors -> store."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from index.articles import is_file_gone, parts, to_article
from index.embedder import Embedder
from index.errors import ArticleUnreadable
from index.passages import BUDGET, embedded_texts, split
from index.records import Article, RawArticle, Refused, Span
from index.store import Store

_PASSAGES_AT_ONCE = 256
"""Passages gathered before they are embedded, shortest with shortest: of news 3 % is padding, of 64 8 %."""


@dataclass(frozen=True, slots=True)
class Report:
    """What an ingest has done so far."""

    stored: int = 0
    unchanged: int = 0
    passages: int = 0
    refused: tuple[Refused, ...] = ()

    @property
    def seen(self) -> int:
        return self.stored + self.unchanged + len(self.refused)

    def __add__(self, other: Report) -> Report:
        return Report(
            stored=self.stored + other.stored,
            unchanged=self.unchanged + other.unchanged,
            passages=self.passages + other.passages,
            refused=self.refused + other.refused,
        )


@dataclass(frozen=True, slots=True)
class _Prepared:
    article: Article
    raw: RawArticle
    spans: list[Span]


@dataclass(frozen=True, slots=True)
class _Embedding:
    """A group of articles whose passages another thread is embedding together."""

    group: Sequence[_Prepared]
    vectors: Future[NDArray[np.float32]]


Progress = Callable[[Report], None]


class Ingest:
    """Takes raw articles into the store."""

    def __init__(self, store: Store, embedder: Embedder) -> None:
        self._store = store
        self._embedder = embedder

    def run(self, raws: Iterable[RawArticle | Refused], progress: Progress) -> Report:
        """Store each article; one that is stored already, just so, is left as it is.

        A raw article that can't be read is refused and the rest goes on; `progress` hears of each. Raises
        WriterBusy where another process writes, and EmbedderMismatch where another model made the stored
        vectors.
        """
        with self._store.writing():
            self._store.require_embedder(self._embedder.fingerprint)
            self._store.tell_stories()
            return self._take_in(self._prepared(raws), progress)

    def rebuild(self, progress: Progress) -> Report:
        """Clean, split and embed every stored article anew from its raw form, with the present model.

        An article keeps its id, its origin and the time it was fetched; one that the present rules would
        refuse keeps its text as well. What would come out just so again is left as it is: an interrupted
        rebuild goes on where it stopped.
        """
        with self._store.writing():
            self._store.mend_stories()
            remade = (self._prepare(_remade(old, raw), raw) for old, raw in self._store.raws())
            return self._take_in(remade, progress)

    def _take_in(self, found: Iterable[_Prepared | Refused | None], progress: Progress) -> Report:
        """Store what was found, in its order; while a group is embedded the next one is prepared."""
        report = Report()
        waiting: list[_Prepared] = []
        embedding: deque[_Embedding] = deque()
        with ThreadPoolExecutor(1, "embedding") as pool:
            for each in found:
                match each:
                    case Refused():
                        report = replace(report, refused=(*report.refused, each))
                    case _Prepared() if not _says(each.article, *(e.group for e in embedding), waiting):
                        waiting.append(each)
                    case _:
                        report = replace(report, unchanged=report.unchanged + 1)
                if sum(len(each.spans) for each in waiting) >= _PASSAGES_AT_ONCE:
                    embedding.append(_Embedding(waiting, pool.submit(self._embed, waiting)))
                    waiting = []
                if len(embedding) > 1:
                    report = self._put(embedding.popleft(), report)
                progress(report)
            embedding.append(_Embedding(waiting, pool.submit(self._embed, waiting)))
            for group in embedding:
                report = self._put(group, report)
        progress(report)
        return report

    def _prepared(self, raws: Iterable[RawArticle | Refused]) -> Iterator[_Prepared | Refused | None]:
        """Each article, ready to be embedded; None for one that is stored already, just so."""
        for raw in raws:
            if isinstance(raw, Refused):
                yield raw
                continue
            try:
                for part in parts(raw):
                    yield self._read(part)
            except ArticleUnreadable as error:
                yield Refused(raw.origin, str(error))

    def _read(self, raw: RawArticle) -> _Prepared | Refused | None:
        try:
            article = to_article(raw, datetime.now(UTC))
        except ArticleUnreadable as error:
            return Refused(raw.origin, str(error))
        return self._prepare(article, raw)

    def _prepare(self, article: Article, raw: RawArticle) -> _Prepared | None:
        if self._store.holds(article, fingerprint=self._embedder.fingerprint):
            if is_file_gone(self._store.article(article.id).origin):
                self._store.came_from(article.id, article.origin)
            return None
        spans = split(
            article.text,
            count_tokens=self._embedder.count_tokens,
            language=article.language,
            budget=min(BUDGET, self._embedder.max_tokens // 2),  # leaves room for the header
        )
        return _Prepared(article, raw, spans)

    def _embed(self, group: Sequence[_Prepared]) -> NDArray[np.float32]:
        """The vectors of all passages of the group; only a text that has none yet is embedded."""
        texts = [text for each in group for text in embedded_texts(each.article, each.spans)]
        vectors = self._store.known_vectors(texts, fingerprint=self._embedder.fingerprint)
        new = [text for text in dict.fromkeys(texts) if text not in vectors]
        if new:
            vectors |= dict(zip(new, self._embedder.embed_passages(new), strict=True))
        ordered = [vectors[text] for text in texts]
        return np.array(ordered, np.float32).reshape(-1, self._embedder.dimension)

    def _put(self, embedding: _Embedding, report: Report) -> Report:
        """Store each article of the group once it is embedded."""
        vectors = embedding.vectors.result()
        start = 0
        for each in embedding.group:
            end = start + len(each.spans)
            self._store.put(
                each.article,
                each.raw,
                each.spans,
                vectors[start:end],
                fingerprint=self._embedder.fingerprint,
            )
            start = end
        stored, passages = report.stored + len(embedding.group), report.passages + start
        return replace(report, stored=stored, passages=passages)


def _says(article: Article, *groups: Sequence[_Prepared]) -> bool:
    """Whether the last one under the article's id in the groups is the same."""
    newest = next(
        (each.article for each in reversed([*chain(*groups)]) if each.article.id == article.id), None
    )
    return newest is not None and newest.same_as(article)


def _remade(old: Article, raw: RawArticle) -> Article:
    """What the present rules make of a stored article."""
    try:
        new = to_article(raw, old.fetched_at)
    except ArticleUnreadable:
        return old
    return replace(new, id=old.id, origin=old.origin)
