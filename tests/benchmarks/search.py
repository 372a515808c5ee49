"""How fast retrieval is, how much it holds, and what the vectors' sketches lose, up to a million vectors.

    python -m tests.benchmarks.search                        # synthetic vectors alone
    python -m tests.benchmarks.search HOME --questions FILE  # also the archive in HOME, asked these

Synthetic vectors have 384 dimensions and are as near to one another as E5's: a common direction (.8 of the
square of their length), one of their cluster of 500 (.1) and their own (.1). `exact` is the search through
all rows, as with few vectors; times by the processor's clock stand beside those by the wall's, which other
processes stretch. HOME is what `tanya add` or `tanya eval --open --home HOME` made; recall@10 of it is
measured with sketches whatever its size.

Ends with 1 where recall@10 is under .98 anywhere.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, TypeVar

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table

from index.records import Changes, Filters, IndexedPassage
from index.store import Store
from index.vectors import VectorView
from qa_service.build import bundled_model, open_index
from qa_service.questions import read_questions
from qa_service.settings import Settings

SIZES = 10_000, 30_000, 50_000, 100_000, 300_000, 1_000_000
DIMENSIONS = 384
CLUSTER = 500
QUERIES = 50
LIMIT = 100
"""Candidates, as retrieval asks for them."""
AT_ONCE = 2000
RECALL = 0.98
NEVER = 10**9
"""Vectors from which on a view that is to search exactly makes sketches."""

T = TypeVar("T")


@dataclass(slots=True)
class Times:
    """Milliseconds of each call, by the wall's clock and by the processor's."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def of(self, run: Callable[[], T]) -> T:
        """What it gives; how long it took is kept."""
        wall, cpu = time.perf_counter(), time.process_time()
        given = run()
        self.wall.append(1000 * (time.perf_counter() - wall))
        self.cpu.append(1000 * (time.process_time() - cpu))
        return given

    def cells(self) -> tuple[str, str]:
        p50, p95 = np.percentile(self.wall, [50, 95])
        return f"{p50:.1f} / {p95:.1f}", f"{np.median(self.cpu):.1f}"


def main(
    home: Annotated[Path | None, typer.Argument(exists=True, file_okay=False)] = None,
    questions: Annotated[Path | None, typer.Option(exists=True, help="What to ask the archive.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Of so many questions.")] = 200,
    largest: Annotated[int, typer.Option(min=SIZES[0], help="Synthetic vectors at most.")] = SIZES[-1],
) -> None:
    """Print a row for each size, and for each of the archive's searches."""
    recalls = [_grown(largest)]
    if home is not None and questions is not None:
        asked = [question.question for question in islice(read_questions(questions), limit)]
        recalls.append(_archive(home, asked))
    if min(recalls) < RECALL:
        typer.echo(f"recall@10 of {min(recalls):.3f} is under {RECALL}", err=True)
        raise typer.Exit(1)


def _grown(largest: int) -> float:
    """Print times, file size and memory as the vectors grow; the lowest recall@10."""
    rows = Table("vectors", "exact, ms", "CPU", "sketched", "CPU", "recall", "file MB", "peak MB")
    exact = VectorView(DIMENSIONS, fingerprint="synthetic", sketched_from=NEVER)
    sketched = VectorView(DIMENSIONS, fingerprint="synthetic", sketched_from=1)
    parts = _synthetic()
    queries = next(parts)[:QUERIES]
    recalls = []
    for size in (size for size in SIZES if size <= largest):
        for start in track(range(len(exact), size, AT_ONCE), f"{size:,} vectors"):
            added = [IndexedPassage(start + i, "", vector) for i, vector in enumerate(next(parts))]
            for view in exact, sketched:
                view.apply(Changes(1, tuple(added), ()))
        recall, times = _compared(exact, sketched, queries)
        recalls.append(recall)
        cells = (cell for each in times for cell in each.cells())
        rows.add_row(f"{size:,}", *cells, f"{recall:.3f}", f"{_saved_mb(sketched):.0f}", f"{_peak_mb():.0f}")
    Console().print(rows)
    return min(recalls)


def _synthetic() -> Iterator[NDArray[np.float32]]:
    """Blocks of AT_ONCE unit vectors, without end."""
    random = np.random.default_rng(0)
    common = _unit(random.standard_normal(DIMENSIONS, np.float32))
    centres = _unit(random.standard_normal((SIZES[-1] // CLUSTER, DIMENSIONS), np.float32))
    while True:
        own = _unit(random.standard_normal((AT_ONCE, DIMENSIONS), np.float32))
        cluster = centres[random.integers(len(centres), size=AT_ONCE)]
        yield _unit(0.8**0.5 * common + 0.1**0.5 * cluster + 0.1**0.5 * own)


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    units: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return units


def _compared(
    exact: VectorView, sketched: VectorView, queries: Iterable[NDArray[np.float32]]
) -> tuple[float, tuple[Times, Times]]:
    """The share of the ten best that the sketched search finds among its ten, and both searches' times."""
    slow, fast = Times(), Times()
    shares = []
    for query in queries:
        best = list(slow.of(partial(exact.search, query, LIMIT)))[:10]
        found = list(fast.of(partial(sketched.search, query, LIMIT)))[:10]
        shares.append(len({*best} & {*found}) / len(best))
    return sum(shares) / len(shares), (slow, fast)


def _archive(home: Path, asked: Sequence[str]) -> float:
    """Print the times of retrieval over the archive and of its parts; recall@10 with sketches."""
    index = open_index(Settings(home=home, model=str(bundled_model(Path("data"), print))), print)
    vectors, lexical = index.views[0].current(), index.views[1].current()
    index.save_views()
    dense, words, fused, embedding = Times(), Times(), Times(), Times()
    queries = []
    for question in track(asked, "asking"):
        fused.of(partial(index.retriever.retrieve, question, Filters(), limit=16))
        queries.append(embedding.of(partial(index.embedder.embed_query, question)))
        dense.of(partial(vectors.search, queries[-1], LIMIT))
        words.of(partial(lexical.search, question, LIMIT))
    rows = Table("search", "p50 / p95 ms", "CPU", title=f"{len(vectors):,} passages, {len(asked)} questions")
    for name, times in (
        ("embedding the question", embedding),
        ("dense", dense),
        ("lexical", words),
        ("retrieval, all of it", fused),
    ):
        rows.add_row(name, *times.cells())
    recall, _ = _compared(*_both(index.store, index.embedder.fingerprint), queries)
    Console().print(rows)
    for name in vectors.name, lexical.name:
        typer.echo(f"{name}: {_folder_mb(home / 'views' / name):.0f} MB in files")
    typer.echo(f"recall@10 with sketches {recall:.3f}; peak memory {_peak_mb():.0f} MB, the model's with it")
    index.close()
    return recall


def _both(store: Store, fingerprint: str) -> tuple[VectorView, VectorView]:
    """The store's vectors searched exactly and with sketches."""
    exact = VectorView(DIMENSIONS, fingerprint=fingerprint, sketched_from=NEVER)
    sketched = VectorView(DIMENSIONS, fingerprint=fingerprint, sketched_from=1)
    number = 0
    while changes := store.changes_after(number, fingerprint=fingerprint):
        number = changes.number
        for view in exact, sketched:
            view.apply(changes)
    return exact, sketched


def _saved_mb(view: VectorView) -> float:
    with TemporaryDirectory() as folder:
        view.save(Path(folder))
        return _folder_mb(Path(folder))


def _folder_mb(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


if __name__ == "__main__":
    typer.run(main)
