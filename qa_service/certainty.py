"""Confidence in words: what a probability was worth on questions held out from training."""

from __future__ import annotations

from enum import StrEnum

SURE_FROM = 0.9
LIKELY_FROM = 0.4
"""Of 140 held-out questions 58 were answered with at least .9, 95 % of them rightly, and 38 with .4 to .9,
84 % rightly; of what was found with less, 11 % was right (`docs/evaluation.md`).
"""


class Certainty(StrEnum):
    """How far an answer can be relied on: 19 times in 20, 5 in 6, or rarely."""

    SURE = "sure"
    LIKELY = "likely"
    UNSURE = "unsure"


def certainty(confidence: float) -> Certainty:
    """The word for a probability of being right."""
    if confidence >= SURE_FROM:
        return Certainty.SURE
    return Certainty.LIKELY if confidence >= LIKELY_FROM else Certainty.UNSURE
