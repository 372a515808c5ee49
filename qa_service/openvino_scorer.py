"""The trained reader's network on OpenVINO, with weights in eight-bit integers. No torch is needed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.engine import PRECISION, compiled
from qa_service.errors import ReaderUnavailable
from qa_service.pairs import Batch, Logits, Pair, scored

_WORDS = "embeddings.word_embeddings.weight"


class OpenVinoScorer:
    """A Scorer on the network that `export` wrote.

    The network takes word embeddings, not words: the table of the embedder's model, which is most of its
    weight, stays in that model's file and only the rows in use are read.
    """

    def __init__(self, network: Path, model_folder: Path, *, pad: int, precision: str = PRECISION) -> None:
        """`precision` is that of what is not quantised. Raises ReaderUnavailable."""
        try:
            self._compiled = compiled(network, precision=precision)
        except RuntimeError as error:
            raise ReaderUnavailable(f"The reader {network} cannot be loaded: {error}") from error
        self._words = word_embeddings(model_folder)
        self._pad = pad

    def score(self, pairs: Sequence[Pair]) -> list[Logits]:
        return scored(pairs, self._run, pad=self._pad)

    def _run(self, batch: Batch) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        # A request serves one thread at a time; making one is cheap.
        request = self._compiled.create_infer_request()
        results = request.infer((self._words[batch.ids], batch.mask))
        spans, relevance = (results[output] for output in self._compiled.outputs)
        spans = np.where(batch.possible[..., np.newaxis], spans, -np.inf).astype(np.float32)
        return spans[..., 0], spans[..., 1], relevance


def word_embeddings(model_folder: Path) -> NDArray[np.float32]:
    """The table of the model's file, of shape (words, width), mapped into memory and not read."""
    path = model_folder / "model.safetensors"
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        table = json.loads(file.read(length))[_WORDS]
    if table["dtype"] != "F32":
        raise ReaderUnavailable(f"{path} holds its word embeddings in {table['dtype']}, not in F32")
    start = 8 + length + table["data_offsets"][0]
    return np.memmap(path, np.float32, "r", offset=start, shape=tuple(table["shape"]))
