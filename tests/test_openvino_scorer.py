"""The trained reader's engine: what it takes of the embedder's model, and what is said if it cannot start."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from qa_service.errors import ReaderUnavailable
from qa_service.openvino_scorer import OpenVinoScorer, word_embeddings


def test_the_table_of_words_is_that_of_the_model_and_is_not_read_as_a_whole(model_folder: Path) -> None:
    words = word_embeddings(model_folder)
    assert isinstance(words, np.memmap)
    expected = load_file(model_folder / "model.safetensors")["embeddings.word_embeddings.weight"]
    assert words.shape == expected.shape == (250037, 384)
    np.testing.assert_array_equal(words[[0, 1, 70000]], expected[[0, 1, 70000]])


def test_a_missing_reader_is_said_with_its_place(tmp_path: Path, model_folder: Path) -> None:
    with pytest.raises(ReaderUnavailable, match=r"missing\.xml cannot be loaded"):
        OpenVinoScorer(tmp_path / "missing.xml", model_folder, pad=1)
