"""How fast articles get in, beside the bare embedder, and whether memory stays flat.

    python -m tests.benchmarks.ingest ../shared/data

Of the first 2,000 articles of news/indonesian.jsonl.gz: articles/s of cleaning and splitting alone; then, a
slice of articles at a time, the whole ingest and after it the bare embedder on the same passages (all of a
slice at once), so that both meet the same noise of other processes. `--articles 300` for a slow machine.

Memory is the peak of a process of its own that ingests so many articles from a file with an embedder that
only makes vectors up. What the views of the index hold is no part of it.

Ends with 1 where what was to be reached is not.
"""

from __future__ import annotations

import gzip
import multiprocessing
import resource
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from index.articles import JSON, to_article
from index.embedder import Embedder, SentenceEmbedder
from index.ingest import Ingest
from index.passages import split, with_header
from index.records import RawArticle
from index.store import Store
from qa_service.build import bundled_model
from tests.corpus import raws_in
from tests.fakes import WordHashEmbedder

CLEANED_PER_S = 300
"""Articles that cleaning and splitting alone should manage in a second."""
KEPT = 0.85
"""Of the bare embedder's passages/s, what the whole ingest should keep."""
GROWTH = 1.3
"""Peak memory for ten times as many articles, at most."""
SLICE = 200


class InstantEmbedder(WordHashEmbedder):
    """The same unit vector for every passage, as wide as a real one."""

    dimension = 384

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.full((len(texts), self.dimension), self.dimension**-0.5, np.float32)


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds by the clock, and of the processor in all threads of this process."""

    wall_s: float
    cpu_s: float

    def __add__(self, other: Took) -> Took:
        return Took(self.wall_s + other.wall_s, self.cpu_s + other.cpu_s)


def main(
    data: Annotated[Path, typer.Argument(exists=True, file_okay=False)],
    articles: Annotated[int, typer.Option(min=1, help="How many to clean and to embed.")] = 2000,
    scale: Annotated[int, typer.Option(min=0, help="How many to see memory with; 0: don't.")] = 20_000,
) -> None:
    """Print what was measured beside what is to be reached."""
    news = data / "news" / "indonesian.jsonl.gz"
    rows = Table("measure", "figure", "to reach")
    reached = []
    if scale:
        small, large = _peak_mb(news, scale // 10), _peak_mb(news, scale)
        rows.add_row(f"peak for {scale // 10:,} articles", f"{small:.0f} MB", "–")
        rows.add_row(f"peak for {scale:,} articles", f"{large:.0f} MB, × {large / small:.2f}", f"× {GROWTH}")
        reached.append(large / small <= GROWTH)
    embedder = SentenceEmbedder(bundled_model(Path("data"), print))
    lines = _lines(news, articles)
    cleaning = _timed(lambda: [_passages(line, embedder) for line in lines])
    wall, cpu = articles / cleaning.wall_s, articles / cleaning.cpu_s
    rows.add_row("cleaning and splitting", f"{wall:.0f} articles/s ({cpu:.0f} by CPU)", f"{CLEANED_PER_S}")
    reached.append(cpu >= CLEANED_PER_S)
    passages, whole, bare = _beside(lines, embedder)
    rows.add_row("bare embedder", f"{passages / bare.wall_s:.1f} passages/s", "–")
    kept = bare.wall_s / whole.wall_s, bare.cpu_s / whole.cpu_s
    rows.add_row("whole ingest", f"{passages / whole.wall_s:.1f} passages/s", "–")
    rows.add_row("of the bare embedder's", f"{kept[0]:.0%} ({kept[1]:.0%} by CPU)", f"{KEPT:.0%}")
    reached.append(kept[0] >= KEPT)
    Console().print(rows)
    if not all(reached):
        raise typer.Exit(1)


def _lines(news: Path, count: int) -> list[RawArticle]:
    with gzip.open(news) as lines:
        return [
            RawArticle(line.rstrip(b"\r\n"), JSON, f"{news.name}:{n}")
            for n, line in enumerate(islice(lines, count))
        ]


def _passages(raw: RawArticle, embedder: Embedder) -> list[str]:
    """What is embedded of an article."""
    article = to_article(raw, datetime.now(UTC))
    spans = split(article.text, count_tokens=embedder.count_tokens, language=article.language)
    return [with_header(article, article.text[span.start : span.end]) for span in spans]


def _beside(lines: Sequence[RawArticle], embedder: Embedder) -> tuple[int, Took, Took]:
    """How many passages there were, what the whole ingest took, and what the bare embedder."""
    whole = bare = Took(0, 0)
    passages = 0
    with TemporaryDirectory() as home:
        store = Store.in_home(Path(home))
        for start in range(0, len(lines), SLICE):
            part = lines[start : start + SLICE]
            texts = [text for line in part for text in _passages(line, embedder)]
            passages += len(texts)
            whole += _timed(partial(Ingest(store, embedder).run, part, lambda _: None))
            bare += _timed(partial(embedder.embed_passages, texts))
        store.close()
    return passages, whole, bare


def _timed(run: Callable[[], object]) -> Took:
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    return Took(time.perf_counter() - wall, time.process_time() - cpu)


def _peak_mb(news: Path, count: int) -> float:
    """The peak memory of a process of its own that ingests the first `count` articles."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(_ingest_from_file, news, count).result()


def _ingest_from_file(news: Path, count: int) -> float:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "part.jsonl.gz"
        with gzip.open(news) as lines, gzip.open(file, "wb") as part:
            part.writelines(islice(lines, count))
        store = Store.in_home(Path(folder))
        Ingest(store, InstantEmbedder()).run(raws_in([file]), lambda _: None)
        store.close()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    typer.run(main)
