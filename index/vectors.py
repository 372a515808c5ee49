"""Dense search: a FAISS view of the stored vectors, and the only importer of faiss."""

from __future__ import annotations

import threading
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from index.records import Changes

_FILE = "vectors.faiss"


class VectorView:
    """Exact search by cosine over unit vectors."""

    name = "vectors"

    def __init__(self, dimension: int, *, fingerprint: str) -> None:
        """`fingerprint` names the embedder that makes both the stored vectors and the queries'."""
        self.signature = f"faiss {faiss.__version__}, flat, {dimension} dimensions, {fingerprint}"
        self._dimension = dimension
        # Adding to a FAISS index while it is searched crashes the process.
        self._lock = threading.Lock()
        self._index = self._empty()

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def search(
        self, query: NDArray[np.float32], limit: int, *, allowed: NDArray[np.int64] | None = None
    ) -> dict[int, float]:
        """The `limit` passages nearest to a unit vector, id to cosine, best first; only `allowed` ones."""
        parameters = faiss.SearchParameters()
        if allowed is not None:
            selector = faiss.IDSelectorBatch(allowed)
            parameters.sel = selector
        with self._lock:
            count = min(limit, len(self))
            if count == 0:
                return {}
            scores, ids = self._index.search(query[np.newaxis], count, params=parameters)
        return {
            int(passage_id): float(score)
            for passage_id, score in zip(ids[0], scores[0], strict=True)
            if passage_id >= 0  # -1 fills up where fewer are allowed
        }

    def ids(self) -> list[int]:
        """Every passage, ascending; one that is in twice comes twice."""
        with self._lock:
            return sorted(faiss.vector_to_array(self._index.id_map).tolist())

    def vectors(self) -> dict[int, NDArray[np.float32]]:
        """Every passage's vector, by its id; of one that is in twice the later."""
        with self._lock:
            ids = faiss.vector_to_array(self._index.id_map)
            flat = faiss.downcast_index(self._index.index)
            return dict(zip(ids.tolist(), flat.reconstruct_n(0, len(ids)), strict=True)) if len(ids) else {}

    def clear(self) -> None:
        with self._lock:
            self._index = self._empty()

    def apply(self, changes: Changes) -> None:
        added = {each.id: each.vector for each in changes.added}
        with self._lock:
            if added:
                self._index.add_with_ids(
                    np.stack(list(added.values())), np.array(list(added), dtype=np.int64)
                )
            if changes.removed:
                self._index.remove_ids(faiss.IDSelectorBatch(np.array(changes.removed, dtype=np.int64)))

    def save(self, folder: Path) -> None:
        with self._lock:
            faiss.write_index(self._index, str(folder / _FILE))

    def load(self, folder: Path) -> None:
        index = faiss.read_index(str(folder / _FILE))
        if not isinstance(index, faiss.IndexIDMap2):
            raise ValueError(f"{_FILE} holds a {type(index).__name__}")
        with self._lock:
            self._index = index

    def _empty(self) -> faiss.IndexIDMap2:
        return faiss.IndexIDMap2(faiss.IndexFlatIP(self._dimension))
