"""The only place that wires objects together."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from index.embedder import Embedder, SentenceEmbedder
from index.fetch import Fetcher
from index.ingest import Ingest
from index.jobs import Jobs
from index.lazy_embedder import LazyEmbedder
from index.lexical import LexicalView
from index.offline_model import bundled_file, is_complete, prepare
from index.retrieve import Retriever
from index.store import Store
from index.vectors import VectorView
from index.views import LiveView
from index.web import Web
from qa_service.ask import Ask
from qa_service.calibration import load_calibration
from qa_service.currency import Currency
from qa_service.foreground import Foreground
from qa_service.inference import Inference, InferredEmbedder, InferredScorer
from qa_service.intake import Fetch, Intake
from qa_service.kept import KeepingAsk, KeptAnswers
from qa_service.llm import Llm
from qa_service.locate import Locate
from qa_service.metrics import Metrics
from qa_service.openvino_scorer import OpenVinoScorer
from qa_service.pairs import PairEncoder, Scorer
from qa_service.prose import Writer
from qa_service.reader import CrossEncoderReader, Reader, SpanFinder
from qa_service.rewriter import Rewriter
from qa_service.settings import Settings
from qa_service.suggestions import Suggestions
from qa_service.webhooks import Webhooks

_log = logging.getLogger(__name__)

_SAVE_EVERY_S = 600
"""How much of what was stored a killed service takes in anew at its next start, at most."""

_BUNDLED_MODEL = "multilingual-e5-small"

BUNDLED_READER = Path(__file__).with_name("reader_model")


@dataclass(frozen=True, slots=True)
class Index:
    """All that takes in and finds articles over one home, ready to use."""

    store: Store
    embedder: Embedder
    ingest: Ingest
    retriever: Retriever
    views: tuple[LiveView[VectorView], LiveView[LexicalView]]

    def save_views(self) -> None:
        """Keep the views as they are, so that the next start is quick."""
        for view in self.views:
            view.save()

    @contextmanager
    def following(self, *others: Callable[[threading.Event], None]) -> Iterator[None]:
        """Take in what is stored while the block runs, also when nobody asks, and save it now and then.

        It is saved at the end, too: the next start has nothing to take in anew. The `others` run along, each
        until its event is set.
        """
        stop = threading.Event()
        tasks = [*self._tasks(), *others]
        threads = [threading.Thread(target=task, args=[stop], daemon=True) for task in tasks]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()
            self.save_views()

    def _tasks(self) -> list[Callable[[threading.Event], None]]:
        return [self._keep_saving, *(view.follow for view in self.views)]

    def _keep_saving(self, stop: threading.Event) -> None:
        # One view after the other, as each save takes the writer's lock.
        while not stop.wait(_SAVE_EVERY_S):
            try:
                self.save_views()
            except Exception:  # whatever it was, the next time may go well
                _log.exception("the views are not saved")

    def close(self) -> None:
        self.store.close()


@dataclass(frozen=True, slots=True)
class Service(Index):
    """An index with all that answers questions from it."""

    reader: Reader
    ask: Ask
    suggestions: Suggestions
    intake: Intake
    answers: KeptAnswers
    asking: KeepingAsk
    locate: Locate
    inference: Inference
    metrics: Metrics
    currency: Currency
    webhooks: Webhooks
    llm: Llm | None
    foreground: Foreground

    def hurry(self) -> None:
        """Wait for no language model from now on: where one is waited for, the quotes are the answer."""
        if self.llm:
            self.llm.close()

    def _tasks(self) -> list[Callable[[threading.Event], None]]:
        return [*Index._tasks(self), self.suggestions.follow]

    def close(self) -> None:
        self.hurry()
        self.intake.close()
        self.answers.close()
        self.inference.close()
        Index.close(self)


def open_store(settings: Settings) -> Store:
    """The store alone: for what needs no model."""
    return Store.in_home(settings.home, url=settings.database_url)


def load_embedder(settings: Settings, progress: Callable[[str], None]) -> SentenceEmbedder:
    """The embedder; the bundled model's folder is made where it is missing. `progress` hears each step."""
    model = settings.model or bundled_model(settings.home, progress)
    progress("loading the model")
    return SentenceEmbedder(model, engine=settings.engine)


def lazy_embedder(settings: Settings, progress: Callable[[str], None]) -> Embedder:
    """The embedder, loaded by the first text; one that isn't the bundled model now, since what its vectors
    depend on is not known before.
    """
    if settings.model is not None and not is_complete(Path(settings.model)):
        return load_embedder(settings, progress)
    return LazyEmbedder(partial(load_embedder, settings, progress), engine=settings.engine)


def bundled_model(home: Path, progress: Callable[[str], None]) -> Path:
    """The folder of the bundled model, made where it is missing."""
    return prepare(home / "models" / _BUNDLED_MODEL, bundled_file(), progress)


def _by_itself(scorer: Scorer) -> Scorer:
    return scorer


def load_reader(
    settings: Settings,
    progress: Callable[[str], None],
    *,
    embedder: str,
    scoring: Callable[[Scorer], Scorer] = _by_itself,
) -> Reader:
    """The reader of the settings, or the one kept with the project. Raises ReaderUnavailable.

    It runs on the bundled model, whatever the embedder is that searches; `embedder` is its name. `scoring`
    says how its network computes.
    """
    folder = settings.reader or BUNDLED_READER
    finder = load_finder(folder, settings, progress, scoring=scoring)
    return CrossEncoderReader(finder, load_calibration(folder / "calibration.json"), embedder=embedder)


def load_finder(
    reader: Path,
    settings: Settings,
    progress: Callable[[str], None],
    *,
    scoring: Callable[[Scorer], Scorer] = _by_itself,
) -> SpanFinder:
    """The network in the folder `reader`, on the bundled model's words. Raises ReaderUnavailable."""
    bundled = settings.model is not None and is_complete(Path(settings.model))
    model_folder = Path(str(settings.model)) if bundled else bundled_model(settings.home, progress)
    progress("loading the reader")
    encoder = PairEncoder(model_folder)
    scorer = OpenVinoScorer(reader / "reader.xml", model_folder, pad=encoder.pad)
    return SpanFinder(encoder, scoring(scorer))


def open_index(settings: Settings, progress: Callable[[str], None]) -> Index:
    """The index over the home of the settings. `progress` hears each step in a few words.

    The bundled model is loaded by the first text that is to be embedded. Raises CorpusError where the model
    or the database cannot be used, or don't fit each other.
    """
    return _opened(settings, progress, lazy_embedder)


def _opened(
    settings: Settings,
    progress: Callable[[str], None],
    embedder_of: Callable[[Settings, Callable[[str], None]], Embedder],
) -> Index:
    store = open_store(settings)
    embedder = embedder_of(settings, progress)
    store.require_embedder(embedder.fingerprint)
    progress("opening the index")
    return assemble_index(store, embedder, views_folder=settings.home / "views")


def build(settings: Settings, progress: Callable[[str], None]) -> Service:
    """The service over the home of the settings. `progress` hears each step in a few words.

    Raises CorpusError as `open_index` does, and ReaderUnavailable.
    """
    metrics = Metrics()
    inference = Inference(heard=metrics.batch)

    def inferred(settings: Settings, progress: Callable[[str], None]) -> Embedder:
        # Loaded now: the first question is not to wait for it.
        return InferredEmbedder(load_embedder(settings, progress), inference, watch=metrics.stage)

    index = _opened(settings, progress, inferred)
    scoring = partial(InferredScorer, inference=inference)
    reader = load_reader(settings, progress, embedder=index.embedder.model_name, scoring=scoring)
    hours = settings.newest_within_hours
    threshold = reader.threshold if settings.answer_threshold is None else settings.answer_threshold
    return assemble(
        index,
        reader,
        inference,
        metrics,
        threshold=threshold,
        fetch=_fetcher(settings),
        keep_days=settings.keep_answers_days,
        most_questions=settings.max_questions,
        examples=settings.examples,
        llm=_llm(settings),
        newest_within=None if hours is None else timedelta(hours=hours),
        allow_private=settings.fetch_private,
    )


def open_web(settings: Settings, index: Index) -> Web:
    """What takes pages and feeds in, from where the settings allow."""
    return Web(index.store, index.ingest, _fetcher(settings))


def assemble_index(store: Store, embedder: Embedder, *, views_folder: Path) -> Index:
    """An index from its parts."""
    vectors = LiveView(
        VectorView(embedder.dimension, fingerprint=embedder.fingerprint),
        store=store,
        folder=views_folder,
        fingerprint=embedder.fingerprint,
    )
    lexical = LiveView(LexicalView(), store=store, folder=views_folder, fingerprint=embedder.fingerprint)
    retriever = Retriever(store, embedder, vectors=vectors, lexical=lexical)
    return Index(store, embedder, Ingest(store, embedder), retriever, (vectors, lexical))


def assemble(
    index: Index,
    reader: Reader,
    inference: Inference,
    metrics: Metrics,
    *,
    threshold: float,
    fetch: Fetch,
    keep_days: int,
    most_questions: int,
    examples: Sequence[str],
    llm: Llm | None,
    newest_within: timedelta | None = None,
    allow_private: bool = False,
) -> Service:
    """A service from its parts, whose models compute in `inference`.

    It answers from a probability of `threshold` on, and keeps that so long; where it can't answer, it
    suggests those of the `examples` that it does answer. At most `most_questions` are in hand at once. An
    `llm` completes follow-ups and tells answers in prose, as far as what it says is backed. An article is
    expected every `newest_within`, if that is set; webhooks may have addresses that are not of the open
    internet if `allow_private`.
    """
    store, retriever = index.store, index.retriever
    foreground = Foreground(most_questions=most_questions)
    alone = Ask(store, retriever, reader, threshold=threshold, foreground=foreground)
    suggestions = Suggestions(store, index.embedder, candidates=examples, ask=alone)
    ask = Ask(
        store,
        retriever,
        reader,
        threshold=threshold,
        foreground=foreground,
        suggest=suggestions,
        rewrite=Rewriter(llm) if llm else None,
        write=Writer(llm, reader, threshold=threshold) if llm else None,
        watch=metrics.stage,
    )
    intake = Intake(store, index.ingest, Jobs(store.engine), fetch, foreground=foreground)
    answers = KeptAnswers(store.engine, days=keep_days)
    currency = Currency(store, newest_within)
    metrics.watch(
        store.freshness,
        questions=lambda: foreground.questions,
        waiting=lambda: inference.waiting,
        overdue=lambda: currency.overdue() is not None,
    )
    return Service(
        store,
        index.embedder,
        index.ingest,
        retriever,
        index.views,
        reader,
        ask,
        suggestions,
        intake,
        answers,
        KeepingAsk(ask, answers, foreground, metrics),
        Locate(store, retriever, foreground),
        inference,
        metrics,
        currency,
        Webhooks(store, answers, allow_private=allow_private),
        llm,
        foreground,
    )


def _llm(settings: Settings) -> Llm | None:
    if not settings.llm_url:
        return None
    key = settings.llm_key.get_secret_value()
    return Llm(settings.llm_url, settings.llm_model, key, timeout_s=settings.llm_timeout_s)


def _fetcher(settings: Settings) -> Fetcher:
    return Fetcher(allow_private=settings.fetch_private)
