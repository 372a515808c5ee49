"""The only place that wires objects together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from index.embedder import Embedder, SentenceEmbedder
from index.ingest import Ingest
from index.lexical import LexicalView
from index.offline_model import bundled_file, prepare
from index.retrieve import Retriever
from index.store import Store
from index.vectors import VectorView
from index.views import LiveView
from qa_service.ask import Ask
from qa_service.reader import SentenceReader
from qa_service.settings import Settings

_BUNDLED_MODEL = "multilingual-e5-small"


@dataclass(frozen=True, slots=True)
class Service:
    """All that answers questions over one home, ready to use."""

    store: Store
    embedder: Embedder
    ingest: Ingest
    retriever: Retriever
    reader: SentenceReader
    ask: Ask
    views: tuple[LiveView[VectorView], LiveView[LexicalView]]

    def save_views(self) -> None:
        """Keep the views as they are, so that the next start is quick."""
        for view in self.views:
            view.save()

    def close(self) -> None:
        self.store.close()


def open_store(settings: Settings) -> Store:
    """The store alone: for what needs no model."""
    return Store.in_home(settings.home, url=settings.database_url)


def load_embedder(settings: Settings, progress: Callable[[str], None]) -> SentenceEmbedder:
    """The embedder; the bundled model's folder is made where it is missing. `progress` hears each step."""
    model = settings.model or bundled_model(settings.home, progress)
    progress("loading the model")
    return SentenceEmbedder(model)


def bundled_model(home: Path, progress: Callable[[str], None]) -> Path:
    """The folder of the bundled model, made where it is missing."""
    return prepare(home / "models" / _BUNDLED_MODEL, bundled_file(), progress)


def build(settings: Settings, progress: Callable[[str], None]) -> Service:
    """The service over the home of the settings. `progress` hears each step in a few words.

    Raises CorpusError where the model or the database cannot be used, or don't fit each other.
    """
    store = open_store(settings)
    embedder = load_embedder(settings, progress)
    store.require_embedder(embedder.fingerprint)
    progress("opening the index")
    return assemble(
        store, embedder, views_folder=settings.home / "views", threshold=settings.answer_threshold
    )


def assemble(store: Store, embedder: Embedder, *, views_folder: Path, threshold: float) -> Service:
    """A service from its parts."""
    vectors = LiveView(
        VectorView(embedder.dimension, fingerprint=embedder.fingerprint),
        store=store,
        folder=views_folder,
        fingerprint=embedder.fingerprint,
    )
    lexical = LiveView(LexicalView(), store=store, folder=views_folder, fingerprint=embedder.fingerprint)
    retriever = Retriever(store, embedder, vectors=vectors, lexical=lexical)
    reader = SentenceReader(embedder)
    ask = Ask(store, retriever, reader, threshold=threshold)
    return Service(store, embedder, Ingest(store, embedder), retriever, reader, ask, (vectors, lexical))
