"""The conversation as the browser keeps it: JSON that outlives the page, and is believed only as text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from index.records import Article
from qa_service.answers import Abstention, Answer, Citation
from qa_service.ask import LONGEST_HISTORY
from ui.exchanges import Exchange, Status

LARGEST = 1_000_000
"""Characters of JSON; browsers give a site some five million."""

_CONVERSATION = TypeAdapter(tuple[Exchange, ...])


def remember(exchanges: Sequence[Exchange]) -> list[Any]:
    """The newest exchanges, as many as fit, in JSON: all that is shown of them, and no more.

    What is only read for an answer, and the articles' whole texts, would fill the browser's store.
    """
    shown = tuple(_as_shown(exchange) for exchange in exchanges[-LONGEST_HISTORY:])
    kept: list[Any] = _CONVERSATION.dump_python(shown, mode="json")
    while len(json.dumps(kept)) > LARGEST:
        del kept[0]
    return kept


def recall(kept: object) -> tuple[Exchange, ...]:
    """The conversation as it was kept; none where that is not one of ours, or of an earlier version."""
    try:
        exchanges = _CONVERSATION.validate_python(kept)
    except ValidationError:
        return ()
    return exchanges[-LONGEST_HISTORY:] if all(map(_hangs_together, exchanges)) else ()


def resumed(exchanges: Sequence[Exchange]) -> tuple[Exchange, ...]:
    """The conversation on a page just opened: what was under way on the one before has stopped."""
    return tuple(
        replace(exchange, outcome=Status.STOPPED) if exchange.is_open else exchange for exchange in exchanges
    )


def _hangs_together(exchange: Exchange) -> bool:
    """Whether every statement, and what was written of it, is backed by a citation that is there."""
    answer = exchange.outcome
    if not isinstance(answer, Answer):
        return True
    numbers = {citation.n for citation in answer.citations}
    return all(
        each.citations and numbers.issuperset(each.citations) for each in (*answer.statements, *answer.told)
    )


def _as_shown(exchange: Exchange) -> Exchange:
    match exchange.outcome:
        case Answer() as answer:
            citations = tuple(map(_without_text, answer.citations))
            return replace(exchange, outcome=replace(answer, citations=citations, readings=()))
        case Abstention() as abstention:
            nearest = tuple(map(_without_text, abstention.nearest))
            return replace(exchange, outcome=replace(abstention, nearest=nearest, readings=()))
    return exchange


def _without_text(citation: Citation) -> Citation:
    story = citation.story
    return replace(
        citation,
        article=_bare(citation.article),
        story=replace(story, earliest=_bare(story.earliest)) if story else None,
    )


def _bare(article: Article) -> Article:
    return replace(article, text="")
