"""How a query finds passages: dense and lexical search, fused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from index.embedder import Embedder
from index.lexical import LexicalView
from index.places import names, spellings
from index.records import Article, Filters, Hit, Passage
from index.store import Store
from index.stories import precedence
from index.vectors import VectorView
from index.views import LiveView

_CANDIDATES = 100
"""How many passages each of the two searches proposes."""

_WIDER = 8
"""How many times more are proposed where many are copies of one story, or don't name the places asked for."""

_NAMING = 2000
"""How many passages are looked up for each spelling of a place that too few of those proposed name."""

_PASSAGES_EACH = 4
"""How many passages are looked at for each article that is to be found by its words."""

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
        """The best `limit` hits among the articles that pass the filters, best first; of a story, one copy's.

        Both searches propose candidates; each candidate's score is its cosine plus LEXICAL_WEIGHT times its
        BM25, both exact, whichever search proposed it.
        """
        of_columns = replace(filters, places=())
        allowed = self._store.passage_ids(of_columns) if of_columns else None
        vector = self._embedder.embed_query(query)
        found = self._found(query, vector, allowed, candidates=_CANDIDATES)
        hits = self._passing(found, filters.places)
        if len(hits) < min(limit, len(found)):
            found = self._found(query, vector, allowed, candidates=_WIDER * _CANDIDATES)
            hits = self._passing(found, filters.places)
        if filters.places and len(hits) < limit:
            naming = self._found(query, vector, self._naming(filters.places, allowed), candidates=_CANDIDATES)
            every = {hit.passage.id: hit for hit in found + naming}.values()
            hits = self._passing(sorted(every, key=_best_first), filters.places)
        return hits[:limit]

    def matching(self, query: str, filters: Filters, *, limit: int) -> list[tuple[Passage, Article]]:
        """Articles that hold the query's words, best first, each with its best passage, at most `limit`.

        Those that hold all the words in one passage, or its title; where none does, those that hold any.
        """
        allowed = self._store.passage_ids(filters) if filters else None
        lexical = self._lexical.current()
        wanted = _PASSAGES_EACH * limit
        found = lexical.holding_all(query, wanted, allowed=allowed)
        found = found or lexical.search(query, wanted, allowed=allowed)
        passages = self._store.passages(list(found))
        best: dict[str, tuple[Passage, Article]] = {}
        for passage, article in (passages[i] for i in found if i in passages):
            best.setdefault(article.id, (passage, article))
        return list(best.values())[:limit]

    def _naming(self, places: Sequence[str], allowed: NDArray[np.int64] | None) -> NDArray[np.int64]:
        """Passages in which that of the places is named which the fewest name."""
        lexical = self._lexical.current()
        naming = [
            {i for words in spellings(place) for i in lexical.holding_all(words, _NAMING, allowed=allowed)}
            for place in places
        ]
        fewest = min(naming, key=len)
        return np.array(sorted(fewest), dtype=np.int64)

    def _passing(self, hits: Sequence[Hit], places: Sequence[str]) -> list[Hit]:
        """Those in articles that name each of the places; of a story, one copy's."""
        articles = {hit.article.id: hit.article for hit in hits}.values()
        there = {article.id for article in articles if all(names(article, place) for place in places)}
        return told_once([hit for hit in hits if hit.article.id in there], self._store.story_ids(list(there)))

    def _found(
        self,
        query: str,
        vector: NDArray[np.float32],
        allowed: NDArray[np.int64] | None,
        *,
        candidates: int,
    ) -> list[Hit]:
        """All that either search proposes, best first."""
        vectors, lexical = self._vectors.current(), self._lexical.current()
        near = vectors.search(vector, candidates, allowed=allowed)
        matching = lexical.search(query, candidates, allowed=allowed)
        proposed = np.union1d(np.array(list(near), dtype=np.int64), np.array(list(matching), dtype=np.int64))
        dense = vectors.search(vector, len(proposed), allowed=proposed)
        bm25 = lexical.search(query, len(proposed), allowed=proposed)
        fused = {i: cosine + LEXICAL_WEIGHT * bm25.get(i, 0.0) for i, cosine in dense.items()}
        best = sorted(fused, key=lambda i: (-fused[i], i))
        found = self._store.passages(best)
        return [
            Hit(*found[i], dense=dense[i], lexical=bm25.get(i, 0.0), score=fused[i])
            for i in best
            if i in found
        ]


def _best_first(hit: Hit) -> tuple[float, int]:
    return -hit.score, hit.passage.id


def told_once(hits: Sequence[Hit], stories: Mapping[str, int]) -> list[Hit]:
    """The hits, in their order, without those in other copies of a story than the one that tells it.

    That is the earliest copy of which a hit holds the story's best passage word for word: a sentence that
    only a later copy has is quoted from there.
    """
    of_story: dict[int | str, list[Hit]] = {}
    for hit in hits:
        of_story.setdefault(stories.get(hit.article.id, hit.article.id), []).append(hit)
    telling = {_telling(copies) for copies in of_story.values()}
    return [hit for hit in hits if hit.article.id in telling]


def _telling(copies: Sequence[Hit]) -> str:
    """The article that tells a story, by its hits, the best first."""
    holding = (hit.article for hit in copies if copies[0].passage.text in hit.passage.text)
    first = min(holding, key=lambda copy: precedence(copy.published_at, copy.fetched_at, copy.id))
    return first.id
