"""Texts -> unit vectors. The only importer of sentence_transformers."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError

from index import offline_model
from index.errors import ModelUnavailable
from index.token_counter import ModelTokenCounter

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Engine = Literal["openvino", "torch"]
"""What a model can run on."""

BATCH_SIZE = 16
"""Texts that go through the model together; larger batches pad more."""


class Embedder(Protocol):
    """Turns texts into vectors of length 1, so that a dot product is a cosine. Safe to share by threads."""

    @property
    def dimension(self) -> int:
        """Components of a vector."""

    @property
    def model_name(self) -> str:
        """Which model it is; its cosines are the same to .0001 on every engine."""

    @property
    def fingerprint(self) -> str:
        """What the vectors depend on; vectors of two fingerprints must not be compared."""

    @property
    def max_tokens(self) -> int:
        """The longest passage, as `count_tokens` counts, that is embedded whole; the rest is not seen."""

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row a text: shape (len(texts), dimension), also of none."""

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row a text, as `embed_passages`."""

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """Shape (dimension,)."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, neither truncated nor with what the model puts around it."""


class SentenceEmbedder:
    """An Embedder on any sentence-transformers model: a folder, or a name on the model hub.

    A folder is loaded without a network call. Raises ModelUnavailable when it cannot be loaded.
    """

    def __init__(self, model: Path | str, *, engine: Engine = "openvino") -> None:
        """`engine` is what computes: torch, the reference, or OpenVINO where the model is a BertModel."""
        self._model = _load(model)
        self.model_name = _fingerprint(Path(model)) if Path(model).is_dir() else str(model)
        precision = _put_on_openvino(self._model) if engine == "openvino" else None
        self.fingerprint = f"{self.model_name}/openvino-{precision}" if precision else self.model_name
        self._count = ModelTokenCounter(self._model.tokenizer)
        # The first call of each kind sets truncation and padding in the shared tokenizer, which raises
        # "Already borrowed" while another thread is in it. Later calls find them set and change nothing.
        self.dimension: int = self.embed_query("").size
        self.embed_passages([""])
        self.max_tokens = self._room_for_text()

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        vectors = self._model.encode_document(
            list(texts), batch_size=BATCH_SIZE, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, np.float32)

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        vectors = self._model.encode_query(
            list(texts), batch_size=BATCH_SIZE, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, np.float32)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        vector: NDArray[np.float32] = self.embed_queries([text])[0]
        return vector

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._count(texts)

    def _room_for_text(self) -> int:
        tokenizer = self._model.tokenizer
        (prompt,) = self.count_tokens([self._model.prompts.get("document") or ""])
        seen = self._model.max_seq_length or tokenizer.model_max_length
        return int(seen) - int(tokenizer.num_special_tokens_to_add()) - prompt


def _load(model: Path | str) -> SentenceTransformer:
    local = Path(model).is_dir()
    if isinstance(model, Path) and not local:
        raise ModelUnavailable(
            f"There is no embedding model in {model}. `make serve` builds it; or name another model."
        )
    _quieten(offline=local)
    # Here, not above: it brings torch, which takes seconds that `tanya --help` need not wait.
    from sentence_transformers import SentenceTransformer

    try:
        return SentenceTransformer(str(model), local_files_only=local).eval()
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise ModelUnavailable(
            f"The embedding model {model} cannot be loaded: {error}. "
            + ("Delete the folder and build it anew." if local else "Check the name and the network.")
        ) from error


def _put_on_openvino(model: SentenceTransformer) -> str | None:
    """Let OpenVINO run the model's transformer; the precision, or None where it is not a BertModel."""
    from transformers import BertModel

    from index.engine import PRECISION
    from index.openvino_encoder import OpenVinoEncoder

    if not isinstance(encoder := getattr(model[0], "model", None), BertModel):
        return None
    model[0].model = OpenVinoEncoder(encoder)
    return PRECISION


def _quieten(*, offline: bool) -> None:
    """Keep the libraries from the network and from the terminal. They read this when first imported."""
    if offline:
        os.environ["HF_HUB_OFFLINE"] = "1"
        os.environ["TRANSFORMERS_OFFLINE"] = "1"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
    os.environ["TRANSFORMERS_NO_ADVISORY_WARNINGS"] = "1"
    # Also where another library has already imported this one, too late for the environment.
    from huggingface_hub.utils.tqdm import disable_progress_bars

    disable_progress_bars()
    # Said outright, or a process that starts another after tokenizing in parallel prints a warning.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")


def _fingerprint(folder: Path) -> str:
    """The converted model's own, else a hash of every file's name and size and of the configurations.

    Hashing weights of gigabytes would delay each start; a fine-tuned copy of the same size in the same
    folder therefore goes unnoticed: give it a folder name of its own, which is hashed too.
    """
    if offline_model.is_complete(folder):
        return offline_model.FINGERPRINT
    digest = hashlib.sha256(folder.resolve().name.encode())
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(folder).as_posix()} {path.stat().st_size}\n".encode())
        if path.suffix == ".json":
            digest.update(path.read_bytes())
    return f"{folder.resolve().name}/{digest.hexdigest()[:16]}"
