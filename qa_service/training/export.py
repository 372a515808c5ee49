"""The trained network -> the one that is served: OpenVINO's, in eight-bit integers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from qa_service.cross_encoder import CrossEncoder
from qa_service.openvino_scorer import load_openvino, word_embeddings
from qa_service.pairs import Pair, padded

if TYPE_CHECKING:
    import openvino


class _FromEmbeddings(nn.Module):
    """The network from word embeddings on: spans' logits (pairs, tokens, 2) and relevance (pairs,)."""

    def __init__(self, network: CrossEncoder) -> None:
        super().__init__()
        self.network = network

    def forward(self, words: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        hidden = self.network.encoder(inputs_embeds=words, attention_mask=mask).last_hidden_state
        return self.network.span(hidden), self.network.relevance(hidden[:, 0]).squeeze(-1)


def convert(network: CrossEncoder) -> openvino.Model:
    """The network as OpenVINO's, exact."""
    width = network.encoder.config.hidden_size
    example = torch.zeros(2, 8, width), torch.ones(2, 8, dtype=torch.long)
    return load_openvino().convert_model(_FromEmbeddings(network).eval(), example_input=example)


def export(
    network: CrossEncoder, model_folder: Path, sample: Sequence[Pair], path: Path, *, pad: int
) -> None:
    """Write the network to `path` (.xml, beside it .bin); `sample` tells how large its activations get.

    Post-training quantisation of weights and activations (NNCF, with SmoothQuant: Xiao et al., 2023).
    """
    openvino = load_openvino()
    import nncf  # after OpenVINO, and here alone: nothing but this step needs the extra `train`

    words = word_embeddings(model_folder)
    items = [(words[batch.ids], batch.mask) for batch in (padded([pair], pad=pad) for pair in sample)]
    quantised = nncf.quantize(
        convert(network),
        nncf.Dataset(items),
        model_type=nncf.ModelType.TRANSFORMER,
        preset=nncf.QuantizationPreset.MIXED,
        subset_size=len(items),
    )
    openvino.save_model(quantised, path)
