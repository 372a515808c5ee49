"""The real embedding model, converted once and shared by the tests and by `make serve`, and a tiny one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from index.embedder import SentenceEmbedder
from index.offline_model import bundled_file, prepare
from qa_service.pairs import PairEncoder

if TYPE_CHECKING:
    from qa_service.build import Service


@pytest.fixture(scope="session")
def model_folder() -> Path:
    """The model's default place in the git-ignored home; made if missing, in some six seconds."""
    home = Path(__file__).parents[1] / "data"
    return prepare(home / "models" / "multilingual-e5-small", bundled_file(), print)


@pytest.fixture(scope="session")
def embedder(model_folder: Path) -> SentenceEmbedder:
    return SentenceEmbedder(model_folder)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A service without models, over one article; modules that need another have a fixture of this name."""
    # Here, not above: it brings FAISS and all else, which a test of words need not wait for.
    from tests.corpus import make_article, make_service, put

    service = make_service(tmp_path)
    put(service.store, make_article("a", "Wali kota melantik 269 pejabat."))
    yield service
    service.close()


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a model of random weights."""
    # Here, not above: it brings torch, seconds that a test without a model need not wait.
    from tests.tiny_model import write_model

    return write_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def tiny_encoder(tiny_model: Path) -> PairEncoder:
    return PairEncoder(tiny_model)
