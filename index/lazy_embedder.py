"""The bundled model as an embedder that is loaded once there is a text for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from index.embedder import Embedder, Engine
from index.engine import PRECISION
from index.offline_model import DIMENSION, FINGERPRINT


class LazyEmbedder:
    """An Embedder on the bundled model, which the first text loads: seconds that an ingest of what is there
    already need not wait.

    What the model is called and what its vectors depend on is known before. Each method raises
    ModelUnavailable where the model cannot be loaded.
    """

    dimension = DIMENSION
    model_name = FINGERPRINT

    def __init__(self, load: Callable[[], Embedder], *, engine: Engine) -> None:
        """`load` loads the bundled model on `engine`; it is called once."""
        self.fingerprint = f"{FINGERPRINT}/openvino-{PRECISION}" if engine == "openvino" else FINGERPRINT
        self._load = load
        self._loaded: Embedder | None = None
        self._loading = threading.Lock()

    @property
    def max_tokens(self) -> int:
        return self._embedder.max_tokens

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        return self._embedder.embed_passages(texts)

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        return self._embedder.embed_queries(texts)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        return self._embedder.embed_query(text)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._embedder.count_tokens(texts)

    @property
    def _embedder(self) -> Embedder:
        with self._loading:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded
