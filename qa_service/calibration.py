"""From the network's logits to probabilities that hold: weights fitted after training, kept with the reader.

Both are logistic regressions (Platt, 1999) on contexts that were held out from training.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Calibration:
    """`margin` and `relevance` weigh the network's logits of a passage that was given with the question.

    `fused_*` weigh that logit together with what the retriever says of a passage that it found. From
    `threshold` on, answers so found were right as often as promised. `model` names the training run.
    """

    margin: float
    relevance: float
    bias: float
    fused_reading: float
    fused_cosine: float
    fused_bm25: float
    fused_bias: float
    threshold: float
    model: str

    def logit(self, margin: float, relevance: float) -> float:
        """The logit of the probability that the passage answers."""
        return self.margin * margin + self.relevance * relevance + self.bias

    def fused(self, reading: float, *, cosine: float, bm25: float) -> float:
        """The logit of the probability that a passage, found by the retriever, answers."""
        of_retriever = self.fused_cosine * cosine + self.fused_bm25 * bm25
        return self.fused_reading * reading + of_retriever + self.fused_bias


def load_calibration(path: Path) -> Calibration:
    """As `train_reader` wrote it."""
    return Calibration(**json.loads(path.read_text()))
