"""What the embedding model could run on: how fast, how near to torch in float32, how good at finding.

    pip install -e ".[engines]"
    python -m tests.benchmarks.engines ../shared/data/qa

Each engine embeds the same contexts and questions of facqa-valid, all in one run; only ratios hold. Recall@5
is that of dense search among these contexts. Each runs in a process of its own, so that its memory is its
own; loading is from the model's folder to the first vector, with making or converting the network.

The engine in use is the one with the most passages/s of those whose lowest cosine to torch in float32 is .99
and whose recall@5 is at most half a point below it. Ends with 1 where another is faster by a tenth.
"""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import numpy as np
import torch
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table
from torch import Tensor, nn
from transformers.modeling_outputs import BaseModelOutput

from index.embedder import SentenceEmbedder
from index.engine import compiled, converted, load_openvino
from index.openvino_encoder import FromEmbeddings
from qa_service.build import bundled_model
from tests.benchmarks.question_sets import read_set

REFERENCE, SERVED = "torch float32", "OpenVINO bfloat16 (in use)"
LOWEST_COSINE = 0.99
MOST_LOST = 0.005
"""Of recall@5."""

Infer = Callable[[NDArray[np.float32], NDArray[np.int64]], NDArray[np.float32]]


class Encoder(nn.Module):
    """Stands for the model's transformer, whose word embeddings stay torch's."""

    def __init__(self, encoder: Any, infer: Infer) -> None:
        super().__init__()
        self.config, self.words, self.infer = encoder.config, encoder.embeddings.word_embeddings, infer

    def forward(self, input_ids: Tensor, attention_mask: Tensor, **_: object) -> BaseModelOutput:
        hidden = self.infer(self.words(input_ids).numpy(force=True), attention_mask.numpy())
        return BaseModelOutput(last_hidden_state=torch.from_numpy(hidden))


def _torch(_: Any, __: Path) -> None:
    """As it is."""


def _onnx(encoder: Any, folder: Path, *, small: bool = False) -> Infer:
    import onnxruntime
    from onnxruntime.quantization import quantize_dynamic

    exact, used = folder / "exact.onnx", folder / "used.onnx"
    words, mask = torch.zeros(2, 8, encoder.config.hidden_size), torch.ones(2, 8, dtype=torch.long)
    axes = {0: "texts", 1: "tokens"}
    torch.onnx.export(
        FromEmbeddings(encoder).eval(),
        (words, mask),
        str(exact),
        input_names=["words", "mask"],
        output_names=["hidden"],
        dynamic_axes={"words": axes, "mask": axes, "hidden": axes},
        opset_version=17,
        dynamo=False,
    )
    if small:
        quantize_dynamic(exact, used)
    session = onnxruntime.InferenceSession(str(used if small else exact))

    def infer(words: NDArray[np.float32], mask: NDArray[np.int64]) -> NDArray[np.float32]:
        hidden: NDArray[np.float32] = session.run(None, {"words": words, "mask": mask})[0]
        return hidden

    return infer


def _openvino(encoder: Any, _: Path, *, precision: str = "bf16", small: bool = False) -> Infer:
    network = converted(FromEmbeddings(encoder), width=encoder.config.hidden_size)
    if small:
        load_openvino()
        import nncf

        network = nncf.compress_weights(network, mode=nncf.CompressWeightsMode.INT8_ASYM)
    request = compiled(network, precision=precision).create_infer_request()

    def infer(words: NDArray[np.float32], mask: NDArray[np.int64]) -> NDArray[np.float32]:
        hidden: NDArray[np.float32] = request.infer((words, mask))[0]
        return hidden

    return infer


ENGINES: Mapping[str, Callable[[Any, Path], Infer | None]] = {
    REFERENCE: _torch,
    "torch bfloat16": _torch,
    "ONNX Runtime float32": _onnx,
    "ONNX Runtime int8": partial(_onnx, small=True),
    "OpenVINO float32": partial(_openvino, precision="f32"),
    SERVED: _openvino,
    "OpenVINO bfloat16, weights int8": partial(_openvino, small=True),
}


@dataclass(frozen=True, slots=True)
class Run:
    """What an engine made of the texts, and what that took."""

    passages: NDArray[np.float32]
    queries: NDArray[np.float32]
    passages_per_s: float
    passages_per_cpu_s: float
    query_ms: float
    load_s: float
    peak_mb: float

    def recall_at_5(self, gold: NDArray[np.int64]) -> float:
        best = np.argsort(-(self.queries @ self.passages.T), axis=1)[:, :5]
        return float(np.mean(np.any(best == gold[:, np.newaxis], axis=1)))

    def lowest_cosine(self, other: Run) -> float:
        return float(min(np.sum(self.passages * other.passages, axis=1)))


def main(
    data: Annotated[Path, typer.Argument(exists=True, file_okay=False)],
    limit: Annotated[int, typer.Option(min=5, help="Of so many contexts and their questions.")] = 150,
) -> None:
    """Print a row for each engine."""
    questions = [each for each in read_set(data, "facqa-valid") if each.answers]
    contexts = list(dict.fromkeys(each.context for each in questions))[:limit]
    asked = [each for each in questions if each.context in contexts]
    gold = np.array([contexts.index(each.context) for each in asked])
    model_folder = bundled_model(Path("data"), print)
    runs: dict[str, Run] = {}
    for name in track(ENGINES, f"{len(contexts)} contexts, {len(asked)} questions"):
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
            work = process.submit(_run, name, model_folder, contexts, [each.text for each in asked])
            runs[name] = work.result()
    reference = runs[REFERENCE]
    rows = Table(
        "engine", "passages/s", "by CPU", "query ms p50", "lowest cosine", "recall@5", "load s", "MB"
    )
    fit: dict[str, float] = {}
    for name, run in runs.items():
        cosine, recall = run.lowest_cosine(reference), run.recall_at_5(gold)
        if cosine >= LOWEST_COSINE and recall >= reference.recall_at_5(gold) - MOST_LOST:
            fit[name] = run.passages_per_s
        rows.add_row(
            name,
            f"{run.passages_per_s:.1f}",
            f"{run.passages_per_cpu_s:.1f}",
            f"{run.query_ms:.1f}",
            f"{cosine:.5f}",
            f"{recall:.3f}",
            f"{run.load_s:.1f}",
            f"{run.peak_mb:.0f}",
        )
    Console().print(rows)
    fastest = max(fit, key=lambda name: fit[name])
    if fit[fastest] > 1.1 * fit.get(SERVED, 0.0):
        typer.echo(f"{fastest} is faster than {SERVED}", err=True)
        raise typer.Exit(1)


def _run(name: str, model_folder: Path, contexts: list[str], questions: list[str]) -> Run:
    started = time.perf_counter()
    # The engines are put in by hand: what is in use as well, so that all differ in nothing else.
    embedder = SentenceEmbedder(model_folder, engine="torch")
    transformer = embedder._model[0]
    with TemporaryDirectory() as folder:
        infer = ENGINES[name](transformer.model, Path(folder))
        if infer is not None:
            transformer.model = Encoder(transformer.model, infer)
        half = torch.autocast("cpu", torch.bfloat16) if name == "torch bfloat16" else nullcontext()
        with half:
            embedder.embed_query("")
            load_s = time.perf_counter() - started
            embedder.embed_passages(contexts[:16])
            wall, cpu = time.perf_counter(), time.process_time()
            passages = embedder.embed_passages(contexts)
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            queries, times = [], []
            for question in questions:
                started = time.perf_counter()
                queries.append(embedder.embed_query(question))
                times.append(1000 * (time.perf_counter() - started))
    count = len(contexts)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Run(
        passages, np.stack(queries), count / wall, count / cpu, float(np.median(times)), load_s, peak_mb
    )


if __name__ == "__main__":
    typer.run(main)
