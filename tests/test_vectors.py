"""Dense search: a cosine is a cosine, and only what is there and allowed is found."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index.records import Changes, IndexedPassage
from index.vectors import SKETCHED_FROM, VectorView


def unit(*components: float) -> NDArray[np.float32]:
    vector = np.array(components, dtype=np.float32)
    return vector / np.float32(np.linalg.norm(vector))


def changes(added: dict[int, NDArray[np.float32]], removed: tuple[int, ...] = ()) -> Changes:
    return Changes(1, tuple(IndexedPassage(i, "", vector) for i, vector in added.items()), removed)


def near(random: np.random.Generator, count: int) -> NDArray[np.float32]:
    """Unit vectors in 20 clusters."""
    centres = np.random.default_rng(7).normal(size=(20, 64))
    vectors = centres[random.integers(20, size=count)] + random.normal(size=(count, 64))
    units: NDArray[np.float32] = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return units


@pytest.fixture(params=[SKETCHED_FROM, 3], ids=["flat", "sketched"])
def sketched_from(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def view(sketched_from: int) -> VectorView:
    view = VectorView(2, fingerprint="test", sketched_from=sketched_from)
    view.apply(changes({10: unit(1, 0), 20: unit(1, 1), 30: unit(0, 1), 40: unit(-1, 0)}))
    return view


def test_a_score_is_the_cosine_and_the_nearest_comes_first(view: VectorView) -> None:
    found = view.search(unit(1, 0), 4)
    assert list(found) == [10, 20, 30, 40]
    assert list(found.values()) == pytest.approx([1, 2**-0.5, 0, -1], abs=1e-3)


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
    other = VectorView(2, fingerprint="test", sketched_from=3)
    other.load(tmp_path)
    assert other.search(unit(1, 2), 4) == view.search(unit(1, 2), 4)
    other.apply(changes({}, removed=(10,)))
    assert 10 not in other.search(unit(1, 0), 4)


def test_sketches_lose_next_to_nothing_while_passages_come_and_go(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    vectors = near(random, 3000)
    flat = VectorView(64, fingerprint="test")
    sketched = VectorView(64, fingerprint="test", sketched_from=1000)
    for start in range(0, 3000, 300):
        added = {i: vectors[i] for i in range(start, start + 300)}
        for view in flat, sketched:
            view.apply(changes(added, removed=tuple(range(start, start + 300, 3))))
    sketched.save(tmp_path)
    loaded = VectorView(64, fingerprint="test", sketched_from=1000)
    loaded.load(tmp_path)
    assert len(flat) == len(sketched) == len(loaded) == 2000
    for view in sketched, loaded:
        kept = 0
        for query in near(random, 50):
            exact, found = flat.search(query, 100), view.search(query, 100)
            assert all(found[i] == pytest.approx(exact[i], abs=1e-5) for i in found.keys() & exact.keys())
            kept += len(set(list(found)[:10]) & set(list(exact)[:10]))
        assert kept / 500 >= 0.98


@pytest.mark.parametrize("share", [0.01, 0.6])
def test_with_a_filter_the_search_is_exact(share: float) -> None:
    random = np.random.default_rng(0)
    vectors = near(random, 3000)
    view = VectorView(64, fingerprint="test", sketched_from=1000)
    view.apply(changes(dict(enumerate(vectors))))
    allowed = np.flatnonzero(random.random(3000) < share)
    query = near(random, 1)[0]
    best = allowed[np.argsort(-(vectors[allowed] @ query))[:10]]
    assert set(view.search(query, 10, allowed=allowed)) == set(best.tolist())


def test_when_all_are_removed_nothing_is_found_and_new_ones_are(view: VectorView) -> None:
    view.apply(changes({}, removed=(10, 20, 30, 40)))
    assert view.search(unit(1, 0), 9) == {}
    view.apply(changes({50: unit(1, 0.1)}))
    assert list(view.search(unit(1, 0), 9)) == [50]


def test_a_passage_added_twice_is_an_error(view: VectorView) -> None:
    with pytest.raises(ValueError, match="each once"):
        view.apply(changes({40: unit(1, 0)}))


def test_searching_while_adding_neither_crashes_nor_errs(sketched_from: int) -> None:
    view = VectorView(64, fingerprint="test", sketched_from=sketched_from)
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


def test_the_sketches_of_what_was_removed_hide_nothing() -> None:
    random = np.random.default_rng(0)
    view = VectorView(64, fingerprint="test", sketched_from=1000)
    view.apply(changes(dict(enumerate(near(random, 3000)))))
    story = near(random, 1)[0]
    for version in range(30):  # an article that is updated again and again, in ten passages
        first = 3000 + 10 * version
        before = range(first - 10, first) if version else range(0)
        view.apply(changes({first + n: story for n in range(10)}, removed=tuple(before)))
    found = view.search(story, 20)
    assert len(found) == 20
    assert set(list(found)[:10]) == set(range(3290, 3300))
