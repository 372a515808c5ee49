"""Dense search: a cosine is a cosine, and only what is there and allowed is found."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index.records import Changes, IndexedPassage
from index.vectors import VectorView


def unit(*components: float) -> NDArray[np.float32]:
    vector = np.array(components, dtype=np.float32)
    return vector / np.float32(np.linalg.norm(vector))


def changes(added: dict[int, NDArray[np.float32]], removed: tuple[int, ...] = ()) -> Changes:
    return Changes(1, tuple(IndexedPassage(i, "", vector) for i, vector in added.items()), removed)


@pytest.fixture
def view() -> VectorView:
    view = VectorView(2, fingerprint="test")
    view.apply(changes({10: unit(1, 0), 20: unit(1, 1), 30: unit(0, 1), 40: unit(-1, 0)}))
    return view


def test_a_score_is_the_cosine_and_the_nearest_comes_first(view: VectorView) -> None:
    found = view.search(unit(1, 0), 4)
    assert list(found) == [10, 20, 30, 40]
    assert list(found.values()) == pytest.approx([1, 2**-0.5, 0, -1], abs=1e-6)


def test_more_than_there_is_gives_what_there_is(view: VectorView) -> None:
    assert list(view.search(unit(0.1, 1), 99)) == [30, 20, 10, 40]


def test_only_allowed_passages_are_found(view: VectorView) -> None:
    assert list(view.search(unit(1, 0), 3, allowed=np.array([40, 30, 99]))) == [30, 40]
    assert view.search(unit(1, 0), 3, allowed=np.array([], dtype=np.int64)) == {}


def test_an_empty_view_finds_nothing() -> None:
    assert VectorView(2, fingerprint="test").search(unit(1, 0), 3) == {}


def test_a_removed_passage_is_not_found(view: VectorView) -> None:
    view.apply(changes({50: unit(1, 0.1)}, removed=(10, 30)))
    assert list(view.search(unit(1, 0), 9)) == [50, 20, 40]


def test_a_saved_view_finds_the_same(view: VectorView, tmp_path: Path) -> None:
    view.save(tmp_path)
    other = VectorView(2, fingerprint="test")
    other.load(tmp_path)
    assert other.search(unit(1, 2), 4) == view.search(unit(1, 2), 4)
    other.apply(changes({}, removed=(10,)))
    assert 10 not in other.search(unit(1, 0), 4)


def test_searching_while_adding_neither_crashes_nor_errs() -> None:
    view = VectorView(64, fingerprint="test")
    random = np.random.default_rng(0)
    vectors = random.normal(size=(4000, 64)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    view.apply(changes({0: vectors[0]}))
    found: list[bool] = []

    def search() -> None:
        for _ in range(500):
            found.append(next(iter(view.search(vectors[0], 3))) == 0)

    searchers = [threading.Thread(target=search) for _ in range(3)]
    for thread in searchers:
        thread.start()
    for start in range(1, 4000, 100):
        view.apply(changes({i: vectors[i] for i in range(start, min(start + 100, 4000))}))
    for thread in searchers:
        thread.join()
    assert found == [True] * 1500
