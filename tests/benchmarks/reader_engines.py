"""How fast and how good the reader is on each engine, and how long it takes beside embedding.

    python -m tests.benchmarks.reader_engines ../shared/data/qa

What is lost is told beside the exact weights of the reader kept with the project, which training leaves in
build/reader; without them only what is served is measured. Times are the best of several runs for 16 pairs
of a question with a passage of 200 tokens, beside embedding 16 such passages as it is served, on the cores
there are; only ratios hold. All engines are judged with the calibration of the one that is served.

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

from index.embedder import Embedder, SentenceEmbedder
from index.engine import load_openvino
from qa_service.build import bundled_model
from qa_service.calibration import load_calibration
from qa_service.cross_encoder import TorchScorer, trained
from qa_service.evaluate import Mode, ReplyTo, evaluate, read_context
from qa_service.openvino_scorer import OpenVinoScorer
from qa_service.pairs import Batch, Logits, PairEncoder, Scorer
from qa_service.questions import drawn, read_questions
from qa_service.reader import CrossEncoderReader, Reader, SpanFinder
from qa_service.scorecard import scorecard
from qa_service.training.export import convert

SHIPPED = Path("qa_service/reader_model")
REFERENCE, SERVED = "torch float32", "OpenVINO, weights int8, bfloat16 (as served)"
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

    def cells(self, reference: Engine | None) -> tuple[str, ...]:
        """The figures, and by how much they are below the reference's."""
        lost = (reference.f1 - self.f1, reference.auroc - self.auroc) if reference else ()
        f1_lost, auroc_lost = (f"{each:+.4f}" for each in lost) if lost else ("–", "–")
        return f"{self.ratio:.2f}", f"{self.f1:.4f}", f1_lost, f"{self.auroc:.4f}", auroc_lost


def main(
    data: Annotated[Path, typer.Argument(exists=True, file_okay=False)],
    weights: Annotated[Path, typer.Option(dir_okay=False)] = Path("build/reader/weights.safetensors"),
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
    texts = [passage] * PASSAGES
    embedding = _seconds(partial(embedder.embed_passages, texts))
    reference = _seconds(partial(SentenceEmbedder(model_folder, engine="torch").embed_passages, texts))
    calibration = load_calibration(reader / "calibration.json")
    rows = Table("engine", "seconds", "of embedding", "best span's F1", "lost", "AUROC", "lost")
    rows.add_row("embedding (as served)", f"{embedding:.3f}", "1.00", *["–"] * 4)
    rows.add_row("embedding, torch float32", f"{reference:.3f}", f"{reference / embedding:.2f}", *["–"] * 4)
    found: dict[str, Engine] = {}
    with TemporaryDirectory() as folder:
        for name, scorer in _scorers(model_folder, weights, reader, encoder.pad, Path(folder)):
            seconds = _seconds(partial(scorer.score, pairs))
            reads = CrossEncoderReader(SpanFinder(encoder, scorer), calibration, embedder=embedder.model_name)
            outcomes = evaluate(_in_context(reads, embedder), track(questions, name))
            overall = scorecard(outcomes, mode=Mode.READING, threshold=0.5, file="", model=name).overall
            found[name] = Engine(seconds / embedding, overall["f1_answerable"], overall["auroc"])
            rows.add_row(name, f"{seconds:.3f}", *found[name].cells(found.get(REFERENCE)))
    Console().print(rows)
    served = found[SERVED]
    lost = found[REFERENCE].f1 - served.f1 if REFERENCE in found else 0.0
    if lost > MOST_LOST or served.ratio > SLOWEST:
        typer.echo(f"{SERVED} may lose {MOST_LOST} of F1 and take {SLOWEST} of embedding at most", err=True)
        raise typer.Exit(1)


def _scorers(
    model_folder: Path, weights: Path, reader: Path, pad: int, folder: Path
) -> Iterator[tuple[str, Scorer]]:
    """The engines by name, the reference first."""
    on_openvino = partial(OpenVinoScorer, model_folder=model_folder, pad=pad)
    if weights.exists():
        network = trained(model_folder, weights)
        yield REFERENCE, TorchScorer(network, pad=pad)
        yield "torch bfloat16", HalfPrecisionScorer(network, pad=pad)
        exact = folder / "exact.xml"
        load_openvino().save_model(convert(network), exact, compress_to_fp16=False)
        yield "OpenVINO float32", on_openvino(exact, precision="f32")
        yield "OpenVINO bfloat16", on_openvino(exact)
    yield "OpenVINO, weights int8, float32", on_openvino(reader / "reader.xml", precision="f32")
    yield SERVED, on_openvino(reader / "reader.xml")


def _cut(text: str, embedder: SentenceEmbedder, tokens: int) -> str:
    """The beginning of the text, of about so many tokens."""
    words = text.split()
    count = tokens
    while embedder.count_tokens([" ".join(words[:count])])[0] > tokens:
        count -= 1
    return " ".join(words[:count])


def _in_context(reader: Reader, embedder: Embedder) -> ReplyTo:
    return lambda question, _: read_context(question, reader=reader, embedder=embedder)


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
