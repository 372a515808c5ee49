"""A transformer's encoder on OpenVINO in the place of torch's, inside a SentenceTransformer."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from transformers import BertModel
from transformers.modeling_outputs import BaseModelOutput

from index.engine import compiled, converted


class FromEmbeddings(nn.Module):
    """The encoder from word embeddings on."""

    def __init__(self, encoder: BertModel) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, words: Tensor, mask: Tensor) -> Tensor:
        hidden: Tensor = self.encoder(inputs_embeds=words, attention_mask=mask).last_hidden_state
        return hidden


class OpenVinoEncoder(nn.Module):
    """Stands for a BertModel without a pooler. Safe to share by threads.

    The table of word embeddings, most of the model's weight, stays torch's and is not copied.
    """

    def __init__(self, encoder: BertModel) -> None:
        super().__init__()
        self.config = encoder.config
        self.words = encoder.embeddings.word_embeddings
        self._compiled = compiled(converted(FromEmbeddings(encoder), width=encoder.config.hidden_size))

    def forward(self, input_ids: Tensor, attention_mask: Tensor, **_: object) -> BaseModelOutput:
        words = self.words(input_ids).numpy(force=True)
        # A request serves one thread at a time; making one is cheap.
        results = self._compiled.create_infer_request().infer((words, attention_mask.numpy()))
        return BaseModelOutput(last_hidden_state=torch.from_numpy(results[0]))
