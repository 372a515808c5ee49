"""What the durability tests kill: processes that write to a home and say what they have finished."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.ingest import Ingest
from index.lexical import LexicalView
from index.records import Article, RawArticle, Span
from index.store import Store
from index.vectors import VectorView
from index.views import LiveView
from tests.fakes import WordHashEmbedder

ARTICLES = 30


class TellingStore(Store):
    """Notes each article once its transaction is through."""

    said: int

    def put(
        self,
        article: Article,
        raw: RawArticle,
        spans: Sequence[Span],
        vectors: NDArray[np.float32],
        *,
        fingerprint: str,
    ) -> None:
        super().put(article, raw, spans, vectors, fingerprint=fingerprint)
        os.write(self.said, f"{article.id} {article.title}\n".encode())


def text(number: int, version: int) -> str:
    """Several passages that differ in each article and version."""
    return "\n".join(
        f"Bagian {part} dari berita {number}, versi {version}: "
        + " ".join([f"kata{number}x{part}"] * 90)
        + "."
        for part in range(4)
    )


def collection(version: int) -> RawArticle:
    """All articles in one version."""
    lines = [
        json.dumps({"id": f"a{number}", "title": f"Versi {version}", "text": text(number, version)})
        for number in range(ARTICLES)
    ]
    return RawArticle("\n".join(lines).encode(), "application/jsonl", "berita.jsonl")


def live_views(store: Store, home: Path) -> tuple[LiveView[VectorView], LiveView[LexicalView]]:
    embedder = WordHashEmbedder()
    vectors = VectorView(embedder.dimension, fingerprint=embedder.fingerprint)
    folder, made_by = home / "views", embedder.fingerprint
    return (
        LiveView(vectors, store=store, folder=folder, fingerprint=made_by),
        LiveView(LexicalView(), store=store, folder=folder, fingerprint=made_by),
    )


def ingest(home: Path, said: Path, version: int) -> None:
    """Bring every article to this version."""
    store = TellingStore.in_home(home)
    assert isinstance(store, TellingStore)
    store.said = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    Ingest(store, WordHashEmbedder()).run([collection(version)], lambda _: None)


def save_views(home: Path, said: Path, version: int) -> None:
    """Save the views after each of many changes, as a serving process does after an ingest."""
    store = Store.in_home(home)
    views = live_views(store, home)
    descriptor = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    while True:
        version += 1
        Ingest(store, WordHashEmbedder()).run([collection(version)], lambda _: None)
        for view in views:
            view.save()
        os.write(descriptor, b"saved\n")
