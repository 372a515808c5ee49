"""Lexical search: a tantivy view of the passages' words, and the only importer of tantivy."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

import numpy as np
import tantivy
from numpy.typing import NDArray

from index.records import Changes, IndexedPassage
from index.words import stems, words

_LOCK_FILES = ".tantivy-*.lock"
_HEAP_BYTES = 64_000_000


class LexicalView:
    """BM25 (k1 1.2, b .75, tantivy's) over raw words and over stems, the two scores added."""

    name = "lexical"
    signature = f"tantivy {metadata.version('tantivy')}, words and Indonesian stems, 1"

    def __init__(self) -> None:
        # tantivy lets one process write an index, so each has its own: saved copies are copied in and out.
        self._folder = self._private_folder()
        self._schema = _schema()
        self._index = tantivy.Index(self._schema, str(self._folder))

    def __len__(self) -> int:
        return self._index.searcher().num_docs

    def search(self, query: str, limit: int, *, allowed: NDArray[np.int64] | None = None) -> dict[int, float]:
        """The `limit` passages that match best, id to BM25, best first; only `allowed` ones."""
        return self._found(self._query(query, allowed), limit)

    def holding_all(
        self, query: str, limit: int, *, allowed: NDArray[np.int64] | None = None
    ) -> dict[int, float]:
        """As `search`, but only passages in which every word of the query stands, or its stem."""
        raw = words(query)
        every = [
            (tantivy.Occur.Must, self._any_of([("words", word), ("stems", stem)]))
            for word, stem in zip(raw, stems(raw), strict=True)
        ]
        return self._found(self._among_allowed(tantivy.Query.boolean_query(every), allowed), limit)

    def _found(self, query: tantivy.Query, limit: int) -> dict[int, float]:
        searcher = self._index.searcher()
        count = min(limit, searcher.num_docs)
        if count == 0:
            return {}
        found = searcher.search(query, count, count=False).hits
        ids = searcher.fast_field_values("passage", [address for _, address in found])
        return {
            int(passage_id): float(score)
            for passage_id, (score, _) in zip(ids, found, strict=True)
            if passage_id is not None
        }

    def ids(self) -> list[int]:
        """Every passage, ascending; one that is in twice comes twice."""
        searcher = self._index.searcher()
        if not searcher.num_docs:
            return []
        hits = searcher.search(tantivy.Query.all_query(), searcher.num_docs, count=False).hits
        found = searcher.fast_field_values("passage", [address for _, address in hits])
        return sorted(int(passage_id) for passage_id in found if passage_id is not None)

    def clear(self) -> None:
        writer = self._index.writer(_HEAP_BYTES, 1)
        writer.delete_all_documents()
        self._commit(writer)

    def apply(self, changes: Changes) -> None:
        writer = self._index.writer(_HEAP_BYTES, 1)
        try:
            for passage in changes.added:
                writer.add_document(self._document(passage))
            if changes.removed:
                writer.delete_documents_by_query(self._among(changes.removed))
        finally:
            self._commit(writer)  # after a failure too: a traceback would keep the writer, and its lock

    def save(self, folder: Path) -> None:
        ignored = shutil.ignore_patterns(_LOCK_FILES)
        shutil.copytree(self._folder, folder, ignore=ignored, dirs_exist_ok=True)

    def load(self, folder: Path) -> None:
        private = self._private_folder()
        shutil.copytree(folder, private, dirs_exist_ok=True)
        self._index = tantivy.Index(self._schema, str(private))
        self._folder = private

    def _private_folder(self) -> Path:
        """A new folder that goes when the view does."""
        folder = Path(tempfile.mkdtemp(prefix="tanya-lexical-"))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return folder

    def _document(self, passage: IndexedPassage) -> tantivy.Document:
        raw = words(passage.text)
        document = tantivy.Document()
        document.add_integer("passage", passage.id)
        document.add_text("words", " ".join(raw))
        document.add_text("stems", " ".join(stems(raw)))
        return document

    def _query(self, text: str, allowed: NDArray[np.int64] | None) -> tantivy.Query:
        raw = words(text)
        terms = [("words", word) for word in raw] + [("stems", stem) for stem in stems(raw)]
        return self._among_allowed(self._any_of(terms), allowed)

    def _any_of(self, terms: Sequence[tuple[str, str]]) -> tantivy.Query:
        return tantivy.Query.boolean_query(
            [
                (tantivy.Occur.Should, tantivy.Query.term_query(self._schema, field, term, "freq"))
                for field, term in terms
            ]
        )

    def _among_allowed(self, query: tantivy.Query, allowed: NDArray[np.int64] | None) -> tantivy.Query:
        if allowed is None:
            return query
        unscored = tantivy.Query.const_score_query(self._among(allowed.tolist()), 0.0)
        return tantivy.Query.boolean_query([(tantivy.Occur.Must, query), (tantivy.Occur.Must, unscored)])

    def _among(self, passage_ids: Sequence[int]) -> tantivy.Query:
        return tantivy.Query.term_set_query(self._schema, "passage", passage_ids)

    def _commit(self, writer: tantivy.IndexWriter) -> None:
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("passage", indexed=True, fast=True)
    for field in ("words", "stems"):
        builder.add_text_field(field, tokenizer_name="whitespace", index_option="freq")
    return builder.build()
