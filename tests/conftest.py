"""The real embedding model, converted once and shared by the tests and by `make serve`, and a tiny one."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.embedder import SentenceEmbedder
from index.offline_model import bundled_file, prepare
from qa_service.pairs import PairEncoder


@pytest.fixture(scope="session")
def model_folder() -> Path:
    """The model's default place in the git-ignored home; made if missing, in some six seconds."""
    home = Path(__file__).parents[1] / "data"
    return prepare(home / "models" / "multilingual-e5-small", bundled_file(), print)


@pytest.fixture(scope="session")
def embedder(model_folder: Path) -> SentenceEmbedder:
    return SentenceEmbedder(model_folder)


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a model of random weights."""
    # Here, not above: it brings torch, seconds that a test without a model need not wait.
    from tests.tiny_model import write_model

    return write_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def tiny_encoder(tiny_model: Path) -> PairEncoder:
    return PairEncoder(tiny_model)
