"""How fast and how good the reader is on each engine, and how long it takes beside embedding.

    python -m tests.benchmarks.reader_engines ../shared/data/qa

Needs the exact weights, which training leaves in build/reader, and `pip install nncf==3.4.0`. Times are the
best of several runs for 16 pairs of a question with a passage of 200 tokens, on the cores there are; ratios
hold, absolute times don't.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
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
from qa_service.openvino_scorer import OpenVinoScorer, openvino
from qa_service.pairs import Batch, Logits, PairEncoder, Scorer
from qa_service.questions import read_questions
from qa_service.reader import CrossEncoderReader, SpanFinder
from qa_service.scorecard import scorecard
from qa_service.training.export import convert

TRAINED = Path("build/reader/model")
PASSAGES = 16
TOKENS = 200
RUNS = 5


class HalfPrecisionScorer(TorchScorer):
    """Torch in bfloat16, as autocast chooses it."""

    def _run(self, batch: Batch) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return super()._run(batch)


def main(
    data: Annotated[Path, typer.Argument(exists=True, file_okay=False)],
    weights: Path = Path("build/reader/weights.safetensors"),
) -> None:
    """Print a row for each engine: time, ratio to embedding, and the figures on idk_mrc-valid."""
    model_folder = bundled_model(Path("data"), print)
    encoder = PairEncoder(model_folder)
    embedder = SentenceEmbedder(model_folder)
    questions = read_questions(data / "idk_mrc-valid.jsonl.gz")
    text = " ".join(question.context or "" for question in questions[:40])
    passage = _cut(text, embedder, TOKENS)
    pairs = encoder.encode([("Berapa pejabat yang dilantik Wali Kota Serang?", "", passage)] * PASSAGES)
    embedding = _seconds(lambda: embedder.embed_passages([passage] * PASSAGES))
    rows = Table("engine", "seconds", "of embedding", "exact match", "F1", "best span's F1", "AUROC")
    rows.add_row("embedding, torch float32", f"{embedding:.3f}", "1.00", *["–"] * 4)
    calibration = load_calibration(TRAINED / "calibration.json")
    with TemporaryDirectory() as folder:
        for name, scorer in _scorers(model_folder, weights, encoder.pad, Path(folder)):
            seconds = _seconds(partial(scorer.score, pairs))
            reader = CrossEncoderReader(SpanFinder(encoder, scorer), calibration)
            reply_to = partial(read_context, reader=reader, embedder=embedder)
            outcomes = evaluate(reply_to, track(questions, name))
            overall = scorecard(outcomes, mode=Mode.READING, threshold=0.5, file="", model=name).overall
            figures = (overall[key] for key in ("exact_match", "f1", "f1_answerable", "auroc"))
            ratio = f"{seconds / embedding:.2f}"
            rows.add_row(name, f"{seconds:.3f}", ratio, *(f"{figure:.3f}" for figure in figures))
    Console().print(rows)


def _scorers(model_folder: Path, weights: Path, pad: int, folder: Path) -> Iterator[tuple[str, Scorer]]:
    network = trained(model_folder, weights)
    yield "torch float32", TorchScorer(network, pad=pad)
    yield "torch bfloat16", HalfPrecisionScorer(network, pad=pad)
    converted = convert(network)
    openvino.save_model(converted, folder / "exact.xml", compress_to_fp16=False)
    yield "OpenVINO float32", OpenVinoScorer(folder / "exact.xml", model_folder, pad=pad)
    yield "OpenVINO bfloat16", OpenVinoScorer(folder / "exact.xml", model_folder, pad=pad, precision="bf16")
    import nncf  # here: only after openvino_scorer has kept OpenVINO from the network

    small = nncf.compress_weights(converted, mode=nncf.CompressWeightsMode.INT8_ASYM)
    openvino.save_model(small, folder / "small.xml", compress_to_fp16=False)
    yield "OpenVINO, weights int8", OpenVinoScorer(folder / "small.xml", model_folder, pad=pad)
    yield "OpenVINO int8 (as exported)", OpenVinoScorer(TRAINED / "reader.xml", model_folder, pad=pad)


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
