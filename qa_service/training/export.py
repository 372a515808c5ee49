"""The trained network -> the one that is served: OpenVINO's, with weights in eight-bit integers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from torch import Tensor, nn

from index.engine import converted, load_openvino
from qa_service.cross_encoder import CrossEncoder

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
    return converted(_FromEmbeddings(network), width=network.encoder.config.hidden_size)


def export(network: CrossEncoder, path: Path) -> None:
    """Write the network to `path` (.xml, beside it .bin), its weights in eight-bit integers by channel."""
    openvino = load_openvino()
    import nncf  # after OpenVINO, and here alone: nothing but this step needs the extra `train`

    small = nncf.compress_weights(convert(network), mode=nncf.CompressWeightsMode.INT8_ASYM)
    openvino.save_model(small, path, compress_to_fp16=False)
