"""The network that reads: question and passage together -> where the answer stands, and whether it does.

The transformer of the embedder's model (multilingual-e5-small), trained further, with two heads on it: one
scores every token as the first and as the last of the answer (Devlin et al., 2019; `<s>` stands for "no
answer"), the other says from `<s>` how relevant the passage is. The embeddings and the lowest layers are the
embedder's own, so that only the layers above are kept with the project.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import BertModel

from qa_service.errors import ReaderUnavailable
from qa_service.pairs import Batch, Logits, Pair, scored

FROZEN_LAYERS = 3
"""How many of the lowest layers stay as the embedder has them: near the words, languages are best left be."""


class CrossEncoder(nn.Module):
    """Question and passage -> logits. Made by `untrained`, or by `trained` from kept weights."""

    def __init__(self, encoder: BertModel) -> None:
        super().__init__()
        self.encoder = encoder
        self.span = nn.Linear(encoder.config.hidden_size, 2)
        self.relevance = nn.Linear(encoder.config.hidden_size, 1)

    def forward(self, ids: Tensor, mask: Tensor, possible: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits of the first and of the last token of the answer, each (pairs, tokens), and of relevance.

        Where no answer is `possible` they are -inf.
        """
        hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        spans = self.span(hidden).masked_fill(~possible.unsqueeze(-1), -torch.inf)
        return spans[..., 0], spans[..., 1], self.relevance(hidden[:, 0]).squeeze(-1)

    def trained_parameters(self) -> dict[str, nn.Parameter]:
        """What training changes and the project keeps: the upper layers and the heads."""
        return {name: weights for name, weights in self.named_parameters() if weights.requires_grad}


class TorchScorer:
    """The network as torch runs it: the reference."""

    def __init__(self, network: CrossEncoder, *, pad: int) -> None:
        self._network = network.eval()
        self._pad = pad

    def score(self, pairs: Sequence[Pair]) -> list[Logits]:
        return scored(pairs, self._run, pad=self._pad)

    @torch.inference_mode()
    def _run(self, batch: Batch) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        first, last, relevance = (logits.float().numpy() for logits in self._network(*tensors(batch)))
        return first, last, relevance


def tensors(batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
    """What the network takes of a batch."""
    return torch.from_numpy(batch.ids), torch.from_numpy(batch.mask), torch.from_numpy(batch.possible)


def untrained(model_folder: Path) -> CrossEncoder:
    """The embedder's transformer under heads that know nothing yet, without dropout."""
    encoder = BertModel.from_pretrained(
        model_folder,
        add_pooling_layer=False,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        local_files_only=True,
    )
    encoder.embeddings.requires_grad_(False)
    for layer in encoder.encoder.layer[:FROZEN_LAYERS]:
        layer.requires_grad_(False)
    return CrossEncoder(encoder)


def trained(model_folder: Path, weights: Path) -> CrossEncoder:
    """The reader as it was kept in `weights`, on the embedder's model. Raises ReaderUnavailable."""
    network = untrained(model_folder)
    kept = load_file(weights)
    expected = network.trained_parameters()
    if {name: value.shape for name, value in kept.items()} != {n: p.shape for n, p in expected.items()}:
        raise ReaderUnavailable(f"{weights} holds other layers than this version reads with: train it anew")
    with torch.no_grad():
        for name, parameter in expected.items():
            parameter.copy_(kept[name])
    return network.eval()


def save(network: CrossEncoder, weights: Path) -> None:
    """Keep what was trained, in half precision."""
    kept = {name: value.detach().half().cpu() for name, value in network.trained_parameters().items()}
    save_file(kept, weights, metadata={"format": "pt"})
