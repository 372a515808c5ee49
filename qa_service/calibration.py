"""From the network's logits to probabilities that hold: weights fitted after training, kept with the reader.

Both are logistic regressions (Platt, 1999) on contexts that were held out from training.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from qa_service.errors import ReaderUnavailable


@dataclass(frozen=True, slots=True)
class Calibration:
    """`margin` and `relevance` weigh the network's logits of a passage that was given with the question.

    `fused_*` weigh that logit together with what the retriever says of a passage that it found, and with
    whether it is in another language than the question: cosine and logit are lower there. From `threshold`
    on, 9 in 10 of the answers so found were right. `model` names the training run, `embedder` is the
    model whose cosines are weighed.
    """

    margin: float
    relevance: float
    bias: float
    fused_reading: float
    fused_cosine: float
    fused_bm25: float
    fused_across: float
    fused_bias: float
    threshold: float
    model: str
    embedder: str

    def logit(self, margin: float, relevance: float) -> float:
        """The logit of the probability that the passage answers."""
        return self.margin * margin + self.relevance * relevance + self.bias

    def fused(self, reading: float, *, cosine: float, bm25: float, across: bool) -> float:
        """The logit of the probability that a passage, found by the retriever, answers."""
        of_retriever = self.fused_cosine * cosine + self.fused_bm25 * bm25
        of_both = self.fused_reading * reading + of_retriever
        return of_both + self.fused_across * across + self.fused_bias


def load_calibration(path: Path) -> Calibration:
    """As `train_reader` wrote it. Raises ReaderUnavailable."""
    try:
        return Calibration(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise ReaderUnavailable(f"{path} is no calibration of a reader: train it anew") from error
