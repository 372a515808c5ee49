"""How fast and how good the reader is on each engine, and how long it takes beside embedding.

    python -m tests.benchmarks.reader_engines ../shared/data/qa

Needs the exact weights of the reader kept with the project, which training leaves in build/reader. Times are
the best of several runs for 16 pairs of a question with a passage of 200 tokens, on the cores there are; only
ratios hold. All engines are judged with the calibration of the one that is served.

Ends with 1 where the engine that is served is too slow or loses too much.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import numpy as np
import torch
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table

from index.embedder import SentenceEmbedder
from qa_service.build import bundled_model
from qa_service.calibration import load_calibration
from qa_service.cross_encoder import TorchScorer, trained
from qa_service.evaluate import Mode, evaluate, read_context
from qa_service.openvino_scorer import OpenVinoScorer, load_openvino
from qa_service.pairs import Batch, Logits, PairEncoder, Scorer
from qa_service.questions import drawn, read_questions
from qa_service.reader import CrossEncoderReader, SpanFinder
from qa_service.scorecard import scorecard
from qa_service.training.export import convert

SHIPPED = Path("qa_service/reader_model")
REFERENCE, SERVED = "torch float32", "OpenVINO, weights int8 (as served)"
MOST_LOST = 0.005
"""Of the best span's F1, against the reference."""
SLOWEST = 1.3
"""Reading's time as a multiple of embedding's."""

PASSAGES = 16
TOKENS = 200
RUNS = 5


class HalfPrecisionScorer(TorchScorer):
    """Torch in bfloat16, as autocast chooses it."""

    def _run(self, batch: Batch) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return super()._run(batch)


@dataclass(frozen=True, slots=True)
class Engine:
    """How long an engine reads, as a multiple of embedding, and how well."""

    ratio: float
    f1: float
    auroc: float

    def cells(self, reference: Engine) -> tuple[str, ...]:
        """The figures, and by how much they are below the reference's."""
        f1 = f"{self.f1:.4f}", f"{reference.f1 - self.f1:+.4f}"
        auroc = f"{self.auroc:.4f}", f"{reference.auroc - self.auroc:+.4f}"
        return f"{self.ratio:.2f}", *f1, *auroc


def main(
    data: Annotated[Path, typer.Argument(exists=True, file_okay=False)],
    weights: Annotated[Path, typer.Option(exists=True, dir_okay=False)] = Path(
        "build/reader/weights.safetensors"
    ),
    reader: Annotated[Path, typer.Option(exists=True, file_okay=False)] = SHIPPED,
    limit: Annotated[int | None, typer.Option(min=1, help="Of so many questions only.")] = None,
) -> None:
    """Print a row for each engine: time, ratio to embedding, and the figures on idk_mrc-valid."""
    model_folder = bundled_model(Path("data"), print)
    encoder = PairEncoder(model_folder)
    embedder = SentenceEmbedder(model_folder)
    questions = drawn(read_questions(data / "idk_mrc-valid.jsonl.gz"), limit)
    text = " ".join(question.context or "" for question in questions[:40])
    passage = _cut(text, embedder, TOKENS)
    pairs = encoder.encode([("Berapa pejabat yang dilantik Wali Kota Serang?", "", passage)] * PASSAGES)
    embedding = _seconds(lambda: embedder.embed_passages([passage] * PASSAGES))
    calibration = load_calibration(reader / "calibration.json")
    rows = Table("engine", "seconds", "of embedding", "best span's F1", "lost", "AUROC", "lost")
    rows.add_row("embedding, torch float32", f"{embedding:.3f}", "1.00", *["–"] * 4)
    found: dict[str, Engine] = {}
    with TemporaryDirectory() as folder:
        for name, scorer in _scorers(model_folder, weights, reader, encoder.pad, Path(folder)):
            seconds = _seconds(partial(scorer.score, pairs))
            reads = CrossEncoderReader(
                SpanFinder(encoder, scorer), calibration, embedder=embedder.fingerprint
            )
            reply_to = partial(read_context, reader=reads, embedder=embedder)
            outcomes = evaluate(reply_to, track(questions, name))
            overall = scorecard(outcomes, mode=Mode.READING, threshold=0.5, file="", model=name).overall
            found[name] = Engine(seconds / embedding, overall["f1_answerable"], overall["auroc"])
            rows.add_row(name, f"{seconds:.3f}", *found[name].cells(found[REFERENCE]))
    Console().print(rows)
    served, lost = found[SERVED], found[REFERENCE].f1 - found[SERVED].f1
    if lost > MOST_LOST or served.ratio > SLOWEST:
        typer.echo(f"{SERVED} may lose {MOST_LOST} of F1 and take {SLOWEST} of embedding at most", err=True)
        raise typer.Exit(1)


def _scorers(
    model_folder: Path, weights: Path, reader: Path, pad: int, folder: Path
) -> Iterator[tuple[str, Scorer]]:
    """The engines by name, the reference first."""
    openvino = load_openvino()
    network = trained(model_folder, weights)
    yield REFERENCE, TorchScorer(network, pad=pad)
    yield "torch bfloat16", HalfPrecisionScorer(network, pad=pad)
    converted = convert(network)
    openvino.save_model(converted, folder / "exact.xml", compress_to_fp16=False)
    yield "OpenVINO float32", OpenVinoScorer(folder / "exact.xml", model_folder, pad=pad)
    yield "OpenVINO bfloat16", OpenVinoScorer(folder / "exact.xml", model_folder, pad=pad, precision="bf16")
    small = partial(OpenVinoScorer, reader / "reader.xml", model_folder, pad=pad)
    yield "OpenVINO, weights int8, bfloat16", small(precision="bf16")
    yield SERVED, small()


def _cut(text: str, embedder: SentenceEmbedder, tokens: int) -> str:
    """The beginning of the text, of about so many tokens."""
    words = text.split()
    count = tokens
    while embedder.count_tokens([" ".join(words[:count])])[0] > tokens:
        count -= 1
    return " ".join(words[:count])


def _seconds(run: Callable[[], NDArray[np.float32] | list[Logits]]) -> float:
    """The shortest of several runs, the first of which does not count."""
    run()
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        run()
        times.append(time.perf_counter() - started)
    return min(times)


if __name__ == "__main__":
    typer.run(main)
