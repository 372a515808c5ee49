"""What is known of the bundled model is known before it is loaded, and just so afterwards."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from index.embedder import Embedder, SentenceEmbedder
from index.errors import ModelUnavailable
from index.lazy_embedder import LazyEmbedder
from index.offline_model import FINGERPRINT
from qa_service.build import lazy_embedder
from qa_service.settings import Settings
from tests.fakes import WordHashEmbedder


class Loading:
    """Loads the fake, and counts how often."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> Embedder:
        self.times += 1
        return WordHashEmbedder()


def test_what_is_said_before_is_true_of_the_loaded_model(embedder: SentenceEmbedder) -> None:
    lazy = LazyEmbedder(lambda: embedder, engine="openvino")
    before = lazy.dimension, lazy.model_name, lazy.fingerprint
    assert before == (embedder.dimension, embedder.model_name, embedder.fingerprint)
    assert LazyEmbedder(lambda: embedder, engine="torch").fingerprint == FINGERPRINT
    assert lazy.max_tokens == embedder.max_tokens
    assert lazy.count_tokens(["dunia ini"]) == [2]


@pytest.mark.parametrize(
    "use",
    [
        lambda lazy: lazy.embed_passages(["Banjir."]),
        lambda lazy: lazy.embed_query("Banjir?"),
        lambda lazy: lazy.count_tokens(["Banjir."]),
        lambda lazy: lazy.max_tokens,
    ],
    ids=["passages", "query", "tokens", "longest"],
)
def test_the_first_text_loads_it_once(use: Callable[[Embedder], object]) -> None:
    load = Loading()
    lazy = LazyEmbedder(load, engine="openvino")
    assert (lazy.embed_passages([]).shape, load.times) == ((0, 384), 0)
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(use, lazy) for _ in range(4)]:
            done.result()
    assert load.times == 1


def test_a_model_of_one_s_own_is_loaded_at_once(tmp_path: Path) -> None:
    own = Settings(home=tmp_path, model=str(tmp_path / "mine"))
    with pytest.raises(ModelUnavailable):
        lazy_embedder(own, lambda _: None)
    assert isinstance(lazy_embedder(Settings(home=tmp_path), lambda _: None), LazyEmbedder)
