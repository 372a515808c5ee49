"""A small corpus for tests: articles in a real store, with the word-hash embedder."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from index.arrivals import Arrivals
from index.embedder import Embedder
from index.fetch import Fetcher
from index.passages import split, with_header
from index.records import Article, RawArticle, Refused
from index.store import Store
from qa_service.build import Service, assemble, assemble_index
from qa_service.inference import Inference
from qa_service.intake import Fetch
from qa_service.llm import Llm
from qa_service.metrics import Metrics
from qa_service.reader import Reader
from tests.fakes import WordHashEmbedder, WordOverlapReader

FETCHED_AT = datetime(2026, 11, 1, 12, tzinfo=UTC)


def make_article(
    article_id: str,
    text: str,
    *,
    title: str = "Judul",
    outlet: str | None = None,
    language: str = "id",
    published_at: date | datetime | None = None,
    origin: str | None = None,
) -> Article:
    return Article(
        id=article_id,
        title=title,
        text=text,
        language=language,
        content_hash=hashlib.sha256(f"{title}\n{text}".encode()).hexdigest(),
        fetched_at=FETCHED_AT,
        origin=origin or f"{article_id}.txt",
        outlet=outlet,
        published_at=published_at,
    )


def put(store: Store, article: Article, *, embedder: Embedder | None = None, budget: int = 12) -> None:
    """Store an article in passages of at most `budget` words."""
    embedder = embedder or WordHashEmbedder()
    spans = split(article.text, count_tokens=embedder.count_tokens, budget=budget)
    vectors = embedder.embed_passages(
        [with_header(article, article.text[span.start : span.end]) for span in spans]
    )
    raw = RawArticle(article.text.encode(), "text/plain", article.origin)
    store.put(article, raw, spans, vectors, fingerprint=embedder.fingerprint)


def make_service(
    home: Path,
    *,
    threshold: float = 0.5,
    embedder: Embedder | None = None,
    reader: Reader | None = None,
    fetch: Fetch | None = None,
    keep_days: int = 365,
    most_questions: int = 32,
    examples: Sequence[str] = (),
    llm: Llm | None = None,
    newest_within: timedelta | None = None,
    allow_private: bool = False,
) -> Service:
    index = assemble_index(Store.in_home(home), embedder or WordHashEmbedder(), views_folder=home / "views")
    metrics = Metrics()
    return assemble(
        index,
        reader or WordOverlapReader(),
        Inference(heard=metrics.batch),
        metrics,
        threshold=threshold,
        fetch=fetch or Fetcher(),
        keep_days=keep_days,
        most_questions=most_questions,
        examples=examples,
        llm=llm,
        newest_within=newest_within,
        allow_private=allow_private,
    )


def raws_in(paths: Iterable[Path | str]) -> Iterator[RawArticle | Refused]:
    """The raw articles that the paths name or hold, or what is refused with the reason."""
    arrivals = Arrivals()
    for path in paths:
        yield from arrivals.named(str(path))
