"""One thread computes; calls are put together, kept apart, and put first as they should be."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context

import numpy as np
import pytest

from qa_service.inference import Inference, InferredEmbedder, Lane
from qa_service.wanted import WISH, Wish
from tests.fakes import WordHashEmbedder


class Doubling:
    """Doubles numbers once it is let go, and notes what it was given at once."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.began = threading.Event()
        self.given: list[list[int]] = []
        self.threads: set[str] = set()

    def __call__(self, numbers: Sequence[int]) -> list[int]:
        self.given.append(list(numbers))
        self.threads.add(threading.current_thread().name)
        self.began.set()
        assert self.go.wait(20)
        if -1 in numbers:
            raise ValueError("no negative numbers")
        return [2 * number for number in numbers]


@pytest.fixture
def inference() -> Iterator[Inference]:
    inference = Inference(heard=lambda _: None)
    yield inference
    inference.close()


def put_in_turn(
    inference: Inference, pool: ThreadPoolExecutor, *calls: tuple[Lane[int, int], list[int]]
) -> list[Future[Sequence[int]]]:
    """Begin the calls, each once the one before waits."""
    begun: list[Future[Sequence[int]]] = []
    for number, (lane, items) in enumerate(calls, start=1):
        begun.append(pool.submit(lane, items))
        while inference.waiting < number:
            threading.Event().wait(0.001)
    return begun


def test_what_waits_together_is_computed_together_up_to_a_size(inference: Inference) -> None:
    double = Doubling()
    lane = Lane(inference, double, at_once=4)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(lane, [1])
        assert double.began.wait(20)
        rest = put_in_turn(inference, pool, (lane, [2, 3]), (lane, [4, 5]), (lane, [6]))
        double.go.set()
        assert [list(each.result()) for each in [first, *rest]] == [[2], [4, 6], [8, 10], [12]]
    assert double.given == [[1], [2, 3, 4, 5], [6]]
    assert double.threads == {"inference"}


def test_a_request_that_came_earlier_goes_first_whenever_it_calls(inference: Inference) -> None:
    double = Doubling()
    lane = Lane(inference, double, at_once=1)
    wishes = Wish(), Wish()

    def call(wish: Wish, items: list[int]) -> Sequence[int]:
        WISH.set(wish)
        return lane(items)

    with ThreadPoolExecutor() as pool:
        first = pool.submit(copy_context().run, lane, [1])
        assert double.began.wait(20)
        put = [pool.submit(copy_context().run, call, wishes[1], [3])]
        while inference.waiting < 1:
            threading.Event().wait(0.001)
        put.append(pool.submit(copy_context().run, call, wishes[0], [2]))
        while inference.waiting < 2:
            threading.Event().wait(0.001)
        double.go.set()
        assert [list(each.result()) for each in [first, *put]] == [[2], [6], [4]]
    assert double.given == [[1], [2], [3]]


def test_a_call_that_is_larger_than_what_is_put_together_is_not_divided(inference: Inference) -> None:
    double = Doubling()
    double.go.set()
    assert list(Lane(inference, double, at_once=2)([1, 2, 3])) == [2, 4, 6]
    assert double.given == [[1, 2, 3]]


def test_what_is_patient_waits_for_all_else(inference: Inference) -> None:
    double = Doubling()
    asking, ingesting = Lane(inference, double, at_once=1), Lane(inference, double, at_once=1, patient=True)
    with ThreadPoolExecutor() as pool:
        pool.submit(asking, [1])
        assert double.began.wait(20)
        put_in_turn(inference, pool, (ingesting, [10]), (asking, [2]), (asking, [3]))
        double.go.set()
    assert double.given == [[1], [2], [3], [10]]


def test_what_is_patient_comes_on_however_much_is_asked(inference: Inference) -> None:
    double = Doubling()
    asking, ingesting = Lane(inference, double, at_once=1), Lane(inference, double, at_once=1, patient=True)
    with ThreadPoolExecutor(20) as pool:
        pool.submit(asking, [1])
        assert double.began.wait(20)
        put_in_turn(inference, pool, (ingesting, [10]), *((asking, [number]) for number in range(2, 12)))
        double.go.set()
    assert double.given.index([10]) == 6


def test_a_call_that_fails_fails_alone(inference: Inference) -> None:
    double = Doubling()
    lane = Lane(inference, double, at_once=9)
    with ThreadPoolExecutor() as pool:
        pool.submit(lane, [1])
        assert double.began.wait(20)
        good, bad, other = put_in_turn(inference, pool, (lane, [2]), (lane, [-1]), (lane, [3]))
        double.go.set()
        assert (list(good.result()), list(other.result())) == ([4], [6])
        with pytest.raises(ValueError, match="no negative numbers"):
            bad.result()


def test_at_the_end_what_waits_is_computed_and_nothing_more_is_taken() -> None:
    inference, double = Inference(heard=lambda _: None), Doubling()
    lane = Lane(inference, double, at_once=1)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(lane, [1])
        assert double.began.wait(20)
        (second,) = put_in_turn(inference, pool, (lane, [2]))
        closing = pool.submit(inference.close)
        double.go.set()
        closing.result()
        assert (list(first.result()), list(second.result())) == ([2], [4])
    with pytest.raises(RuntimeError, match="stops"):
        lane([3])


def test_vectors_are_those_of_the_embedder_in_the_order_of_the_texts(inference: Inference) -> None:
    embedder = WordHashEmbedder()
    inferred = InferredEmbedder(embedder, inference)
    texts = [f"banjir {n} " * (n % 7 + 1) for n in range(50)]
    np.testing.assert_array_equal(inferred.embed_passages(texts), embedder.embed_passages(texts))
    np.testing.assert_array_equal(inferred.embed_query("banjir?"), embedder.embed_query("banjir?"))
    assert inferred.embed_passages([]).shape == (0, 256)
    assert inferred.embed_queries([]).shape == (0, 256)
