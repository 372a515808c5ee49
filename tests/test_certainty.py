"""Each probability has one word, the same whichever way it came about."""

from __future__ import annotations

import pytest

from qa_service.certainty import Certainty, certainty


@pytest.mark.parametrize(
    ("confidence", "word"),
    [
        (1.0, Certainty.SURE),
        (0.9, Certainty.SURE),
        (0.89, Certainty.LIKELY),
        (0.6, Certainty.LIKELY),
        (0.59, Certainty.UNSURE),
        (0.0, Certainty.UNSURE),
    ],
)
def test_a_probability_has_the_word_of_its_range(confidence: float, word: Certainty) -> None:
    assert certainty(confidence) is word
