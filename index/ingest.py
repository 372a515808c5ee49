"""How an article gets in: raw -> article -> passages -> vectors -> store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from index.articles import files, parts, raw_file, to_article
from index.embedder import Embedder
from index.errors import ArticleUnreadable, EmbedderMismatch
from index.passages import BUDGET, split, with_header
from index.records import Article, RawArticle, Span
from index.store import Store

_PASSAGES_AT_ONCE = 64
"""Passages gathered before they are embedded: enough to fill batches with texts of like length."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A raw article that did not get in, and why."""

    origin: str
    reason: str


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


@dataclass(frozen=True, slots=True)
class _Prepared:
    article: Article
    raw: RawArticle
    spans: list[Span]


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
        require_same_embedder(self._store, self._embedder)
        return self._take_in(raws, progress)

    def rebuild(self, progress: Progress) -> Report:
        """Clean, split and embed every stored article anew from its raw form, with the present model.

        What would come out just so again is left as it is: an interrupted rebuild goes on where it stopped.
        """
        return self._take_in(self._store.raws(), progress)

    def _take_in(self, raws: Iterable[RawArticle | Refused], progress: Progress) -> Report:
        report = Report()
        waiting: list[_Prepared] = []
        with self._store.writing():
            for prepared in self._prepared(raws):
                match prepared:
                    case Refused():
                        report = replace(report, refused=(*report.refused, prepared))
                    case None:
                        report = replace(report, unchanged=report.unchanged + 1)
                    case _Prepared():
                        waiting.append(prepared)
                if sum(len(each.spans) for each in waiting) >= _PASSAGES_AT_ONCE:
                    report = self._put(waiting, report)
                    waiting = []
                progress(report)
            report = self._put(waiting, report)
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
                    yield self._prepare(part)
            except ArticleUnreadable as error:
                yield Refused(raw.origin, str(error))

    def _prepare(self, raw: RawArticle) -> _Prepared | Refused | None:
        try:
            article = to_article(raw, datetime.now(UTC))
        except ArticleUnreadable as error:
            return Refused(raw.origin, str(error))
        if self._store.holds(article, fingerprint=self._embedder.fingerprint):
            return None
        spans = split(
            article.text,
            count_tokens=self._embedder.count_tokens,
            language=article.language,
            budget=min(BUDGET, self._embedder.max_tokens // 2),  # leaves room for the header
        )
        return _Prepared(article, raw, spans)

    def _put(self, group: list[_Prepared], report: Report) -> Report:
        """Embed the passages of a group of articles together, and store each article."""
        vectors = self._embedder.embed_passages(
            [
                with_header(each.article, each.article.text[span.start : span.end])
                for each in group
                for span in each.spans
            ]
        )
        start = 0
        for each in group:
            end = start + len(each.spans)
            self._store.put(
                each.article,
                each.raw,
                each.spans,
                vectors[start:end],
                fingerprint=self._embedder.fingerprint,
            )
            start = end
        return replace(report, stored=report.stored + len(group), passages=report.passages + start)


def raws_in(paths: Iterable[Path]) -> Iterator[RawArticle | Refused]:
    """The files that the paths name or hold, each read, or refused with the reason."""
    for path in paths:
        for file in files(path):
            try:
                yield raw_file(file)
            except ArticleUnreadable as error:
                yield Refused(str(file), str(error))


def require_same_embedder(store: Store, embedder: Embedder) -> None:
    """Raise EmbedderMismatch where another model made any of the stored vectors."""
    others = store.fingerprints() - {embedder.fingerprint}
    if others:
        raise EmbedderMismatch(
            f"the archive's vectors were made by {', '.join(sorted(others))}, the model in use is "
            f"{embedder.fingerprint}: set the model back, or run `tanya rebuild` to embed all articles anew"
        )
