"""The conversation in values: what was asked, how it was understood, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from qa_service.answers import Abstention, Answer, Turn
from qa_service.ask import LONGEST_HISTORY
from qa_service.interpretation import AS_UNDERSTOOD, Edits, Interpretation


class Status(StrEnum):
    """What stands where an answer will be, or where none came."""

    SEARCHING = "searching"
    STOPPED = "stopped"
    BUSY = "busy"
    FAILED = "failed"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found and is being read: so many passages, of so many articles."""

    passages: int
    articles: int


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question of the conversation and what came of it, so far.

    `edits` is what the asker put right, `interpretation` the way in which the question is tried at present.
    """

    question: str
    outcome: Answer | Abstention | Found | Status
    edits: Edits = AS_UNDERSTOOD
    interpretation: Interpretation | None = None

    @property
    def is_open(self) -> bool:
        """Whether the outcome is yet to come."""
        return self.outcome is Status.SEARCHING or isinstance(self.outcome, Found)

    @property
    def result(self) -> Answer | Abstention | None:
        return self.outcome if isinstance(self.outcome, Answer | Abstention) else None

    @property
    def understood(self) -> Interpretation | None:
        """How the question was understood, or is being tried; None before any of it is known."""
        return self.result.interpretation if self.result else self.interpretation


def turns(exchanges: Sequence[Exchange]) -> tuple[Turn, ...]:
    """The earlier turns that came to a result, the last of them at most LONGEST_HISTORY."""
    results = [(exchange.question, exchange.result) for exchange in exchanges if exchange.result]
    return tuple(
        Turn(
            question=question,
            answer=result.text if isinstance(result, Answer) else result.message,
            query=result.interpretation.query,
        )
        for question, result in results[-LONGEST_HISTORY:]
    )
