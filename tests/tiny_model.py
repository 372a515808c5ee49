"""A model of a hundred words and random weights, for tests that are about the works, not the meaning."""

from __future__ import annotations

from pathlib import Path

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
from transformers import BertConfig, BertModel

WORDS = tuple(f"kata{n}" for n in range(96))
"""What the tokenizer knows beside the marks; any other word is <unk>."""


def write_tokenizer(folder: Path) -> Path:
    """A tokenizer whose tokens are the words between white space. Returns the folder."""
    vocabulary = {word: id_ for id_, word in enumerate(("<s>", "<pad>", "</s>", "<unk>", *WORDS))}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def write_model(folder: Path, *, layers: int = 4) -> Path:
    """A transformer with random weights, always the same, and its tokenizer. Returns the folder."""
    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=100,
        hidden_size=32,
        num_hidden_layers=layers,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=512,
    )
    folder.mkdir(parents=True, exist_ok=True)
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    return write_tokenizer(folder)
