"""How a query finds passages: dense and lexical search, fused."""

from __future__ import annotations

import numpy as np

from index.embedder import Embedder
from index.lexical import LexicalView
from index.records import Filters, Hit
from index.store import Store
from index.vectors import VectorView
from index.views import LiveView

_CANDIDATES = 100
"""How many passages each of the two searches proposes."""

_SPARE = 10
"""Hits held ready for those whose article is removed between the search and the look-up."""

LEXICAL_WEIGHT = 0.002
"""What a point of BM25 is worth in cosine; found by `python -m tests.benchmarks.retrieval`.

An absolute weight, not standardised scores: where few of the question's words match, as in another language
than the articles', the words then say little instead of adding noise.
"""


class Retriever:
    """Finds the passages nearest to a query, in meaning and in words."""

    def __init__(
        self,
        store: Store,
        embedder: Embedder,
        *,
        vectors: LiveView[VectorView],
        lexical: LiveView[LexicalView],
    ) -> None:
        self._store = store
        self._embedder = embedder
        self._vectors = vectors
        self._lexical = lexical

    def retrieve(self, query: str, filters: Filters, *, limit: int) -> list[Hit]:
        """The best `limit` hits among the articles that pass the filters, best first.

        Both searches propose candidates; each candidate's score is its cosine plus LEXICAL_WEIGHT times its
        BM25, both exact, whichever search proposed it.
        """
        allowed = self._store.passage_ids(filters) if filters else None
        vector = self._embedder.embed_query(query)
        vectors, lexical = self._vectors.current(), self._lexical.current()
        near = vectors.search(vector, _CANDIDATES, allowed=allowed)
        matching = lexical.search(query, _CANDIDATES, allowed=allowed)
        candidates = np.union1d(
            np.array(list(near), dtype=np.int64), np.array(list(matching), dtype=np.int64)
        )
        dense = vectors.search(vector, len(candidates), allowed=candidates)
        bm25 = lexical.search(query, len(candidates), allowed=candidates)
        fused = {i: cosine + LEXICAL_WEIGHT * bm25.get(i, 0.0) for i, cosine in dense.items()}
        best = sorted(fused, key=lambda i: (-fused[i], i))[: limit + _SPARE]
        found = self._store.passages(best)
        return [
            Hit(*found[i], dense=dense[i], lexical=bm25.get(i, 0.0), score=fused[i])
            for i in best
            if i in found
        ][:limit]
