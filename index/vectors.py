"""Dense search: a FAISS view of the stored vectors, and the only importer of faiss."""

from __future__ import annotations

import threading
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from index.records import Changes

_ROWS, _IDS = "vectors.faiss", "ids.npy"

SKETCHED_FROM = 50_000
"""Vectors from which on a search without a filter looks at sketches first. Below, looking at all of them
takes less than embedding the question; `python -m tests.benchmarks.search` measures it."""

CANDIDATES = 5
"""Rows looked at exactly for each one wanted, so that recall@10 stays over .98: the same command."""

_FEW = 0.05
"""The share of the rows up to which picking them out is quicker than passing over the others."""

_AT_ONCE = 50_000
"""Rows that are sketched together: so much of them lies in memory as float32."""


class VectorView:
    """Search by cosine over unit vectors, kept in float16 as the store has them.

    Every cosine is exact, and so is a search with a filter. Once there are many vectors, one without looks at
    a sketch of each, one bit a component (RaBitQ), and then exactly at the rows that this proposes.
    """

    name = "vectors"

    def __init__(self, dimension: int, *, fingerprint: str, sketched_from: int = SKETCHED_FROM) -> None:
        """`fingerprint` names the embedder that makes both the stored vectors and the queries'."""
        self.signature = f"faiss {faiss.__version__}, float16, {dimension} dimensions, {fingerprint}"
        self._dimension = dimension
        self._sketched_from = sketched_from
        # Adding to a FAISS index while it is searched crashes the process.
        self._lock = threading.Lock()
        self._start(self._no_rows(), np.empty(0, np.int64))

    def __len__(self) -> int:
        return len(self._ids)

    def search(
        self, query: NDArray[np.float32], limit: int, *, allowed: NDArray[np.int64] | None = None
    ) -> dict[int, float]:
        """The `limit` passages nearest to a unit vector, id to cosine, best first; only `allowed` ones."""
        with self._lock:
            if allowed is not None:
                rows = self._rows_of(allowed)
                few = len(rows) <= _FEW * len(self) or len(rows) <= limit
                found, cosines = self._among(rows, query) if few else self._flat(query, limit, rows)
            elif self._sketches is not None and len(self):
                proposed = self._proposed(self._sketches, query, limit)
                found, cosines = self._among(proposed, query)
            else:
                found, cosines = self._flat(query, limit)
            best = np.argsort(-cosines, kind="stable")[:limit]
            return dict(zip(self._ids[found[best]].tolist(), cosines[best].tolist(), strict=True))

    def ids(self) -> list[int]:
        """Every passage, ascending."""
        with self._lock:
            return [int(passage_id) for passage_id in self._ids]

    def vectors(self) -> dict[int, NDArray[np.float32]]:
        """Every passage's vector, by its id."""
        with self._lock:
            return dict(zip(self._ids.tolist(), self._vectors().astype(np.float32), strict=True))

    def clear(self) -> None:
        with self._lock:
            self._start(self._no_rows(), np.empty(0, np.int64))

    def apply(self, changes: Changes) -> None:
        with self._lock:
            if changes.added:
                ids = np.array([each.id for each in changes.added], np.int64)
                self._add(ids, np.stack([each.vector for each in changes.added]))
            if changes.removed:
                self._remove(self._rows_of(np.array(changes.removed, np.int64)))
            wanted = len(self) >= self._sketched_from
            if wanted and (self._sketches is None or self._sketches.ntotal > 1.25 * len(self)):
                self._sketch()

    def save(self, folder: Path) -> None:
        with self._lock:
            faiss.write_index(self._rows, str(folder / _ROWS))
            np.save(folder / _IDS, self._ids)

    def load(self, folder: Path) -> None:
        rows, ids = faiss.read_index(str(folder / _ROWS)), np.load(folder / _IDS)
        if not isinstance(rows, faiss.IndexScalarQuantizer) or rows.ntotal != len(ids):
            raise ValueError(f"{_ROWS} holds a {type(rows).__name__} of {rows.ntotal} rows")
        with self._lock:
            self._start(rows, ids)

    # Inside, under the lock. A row is a place in `_rows` and in `_ids`, which ascend.

    def _start(self, rows: faiss.IndexScalarQuantizer, ids: NDArray[np.int64]) -> None:
        self._rows, self._ids = rows, ids
        self._sketches: faiss.IndexRaBitQFastScan | None = None
        self._sketched: NDArray[np.int64] = np.empty(0, np.int64)
        if len(ids) >= self._sketched_from:
            self._sketch()

    def _no_rows(self) -> faiss.IndexScalarQuantizer:
        half = faiss.ScalarQuantizer.QT_fp16
        return faiss.IndexScalarQuantizer(self._dimension, half, faiss.METRIC_INNER_PRODUCT)

    def _vectors(self) -> NDArray[np.float16]:
        """The rows where they lie in the index, until the next change."""
        if not len(self):
            return np.empty((0, self._dimension), np.float16)
        size = len(self) * self._dimension * 2
        codes: NDArray[np.uint8] = faiss.rev_swig_ptr(self._rows.codes.data(), size)
        return codes.view("<f2").reshape(len(self), self._dimension)

    def _rows_of(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """The rows of those of the passages that are there, each once."""
        wanted = np.zeros(len(self), bool)
        if len(self):
            places = np.minimum(np.searchsorted(self._ids, ids), len(self) - 1)
            wanted[places[self._ids[places] == ids]] = True
        return np.flatnonzero(wanted)

    def _among(
        self, rows: NDArray[np.int64], query: NDArray[np.float32]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The rows and their cosines."""
        return rows, self._vectors()[rows].astype(np.float32) @ query

    def _flat(
        self, query: NDArray[np.float32], limit: int, rows: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The nearest rows, of all or of those given, and their cosines."""
        parameters = faiss.SearchParameters()
        if rows is not None:
            parameters.sel = self._selector(rows)
        count = min(limit, len(self) if rows is None else len(rows))
        if not count:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        cosines, found = self._rows.search(query[np.newaxis], count, params=parameters)
        return found[0], cosines[0]

    def _proposed(
        self, sketches: faiss.IndexRaBitQFastScan, query: NDArray[np.float32], limit: int
    ) -> NDArray[np.int64]:
        """The rows whose sketches are nearest, CANDIDATES for each of `limit`.

        A sketch outlives its row: where many near ones have, further ones are looked at.
        """
        count = wanted = min(limit * CANDIDATES, len(self))
        while True:
            _, found = sketches.search(query[np.newaxis], min(count, sketches.ntotal))
            rows = self._rows_of(self._sketched[found[0][found[0] >= 0]])
            if len(rows) >= wanted or count >= sketches.ntotal:
                return rows
            count *= 2

    def _add(self, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        if np.any(np.diff(ids) <= 0) or (len(self) and ids[0] <= self._ids[-1]):
            raise ValueError("passages are added in the order of their ids, each once")
        self._rows.add(vectors)
        self._ids = np.concatenate([self._ids, ids])
        if self._sketches is not None:
            self._sketches.add(vectors)
            self._sketched = np.concatenate([self._sketched, ids])

    def _remove(self, rows: NDArray[np.int64]) -> None:
        self._rows.remove_ids(self._selector(rows))
        self._ids = np.delete(self._ids, rows)

    def _selector(self, rows: NDArray[np.int64]) -> faiss.IDSelector:
        chosen = np.zeros(len(self), bool)
        chosen[rows] = True
        return faiss.IDSelectorBitmap(np.packbits(chosen, bitorder="little"))  # type: ignore[call-arg, arg-type]

    def _sketch(self) -> None:
        """Sketch all rows."""
        sketches = faiss.IndexRaBitQFastScan(self._dimension, faiss.METRIC_INNER_PRODUCT)
        vectors = self._vectors()
        for start in range(0, len(vectors), _AT_ONCE):
            part = vectors[start : start + _AT_ONCE].astype(np.float32)
            if not sketches.is_trained:
                sketches.train(part)
            sketches.add(part)
        self._sketches, self._sketched = sketches, self._ids
