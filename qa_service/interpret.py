"""Question -> the ways in which it may be understood, by rules; the reader decides between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from index.languages import detect
from index.records import Filters
from qa_service.answers import Turn
from qa_service.interpretation import Edits, Interpretation


def interpret(
    question: str, *, history: Sequence[Turn], filters: Filters, as_of: date, edits: Edits
) -> list[Interpretation]:
    """The ways to understand the question, the one to try first at the head; never none.

    `filters` are the asker's: a way narrows them and never widens them.
    """
    language = edits.language or detect(question)
    alone = Interpretation(language, edits.query or question, filters, as_of)
    if edits.query or not history:
        return [alone]
    before = history[-1].query or history[-1].question
    return [alone, replace(alone, query=f"{before} {question}", follows=before)]
