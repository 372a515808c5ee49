"""Question -> the ways in which it may be understood, by rules and maybe by a model; the reader decides."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from index.languages import detect
from index.places import places_in
from index.records import Filters
from index.store import Store
from index.words import says_something
from qa_service import follow_ups
from qa_service.answers import Turn
from qa_service.follow_ups import Way
from qa_service.interpretation import Edits, Interpretation, Period
from qa_service.outlets import Outlets
from qa_service.periods import period_in
from qa_service.rewriter import Rewrite


class Interpreter:
    """Tells the ways to understand a question, by rules and by what outlets the archive has."""

    def __init__(self, store: Store) -> None:
        self._outlets = Outlets(store)

    def __call__(
        self,
        question: str,
        *,
        history: Sequence[Turn],
        filters: Filters,
        as_of: date,
        edits: Edits,
        rewrite: Rewrite | None = None,
    ) -> Iterator[Interpretation]:
        """The ways to understand the question, the one to try first at the head; never none.

        `filters` are the asker's: a way narrows them and never widens them. `rewrite` may know one more way
        to read a follow-up: asking a model for it takes seconds, and is left to when it is wanted.
        """
        question = _calm(question)
        if not says_something(question):
            history = ()  # a sign is no follow-up
        language = edits.language or detect(question)
        asked = edits.query or question
        reads = iter([_as_edited(edits.query)]) if edits.query else _reads(question, history, rewrite)
        for read in reads:
            query = _within(edits.period, read.query, as_of)
            way = Interpretation(language, query, filters, as_of, follows=read.follows)
            yield from _narrowed(self._understood((asked, read.query), way, edits), edits)

    def _understood(self, said: Sequence[str], way: Interpretation, edits: Edits) -> Interpretation:
        """The way with the period, outlets and places that are named; what is said later is said first.

        Of each kind the first of the texts that names any counts: "Kalau di Serang?" leaves Bekasi behind.
        """
        named = [self._outlets.named_in(text) for text in said]
        periods = (period_in(text, as_of=way.as_of) for text in said)
        places = (places_in(each.rest) for each in named)
        return replace(
            way,
            period=next(filter(None, periods), Period()) if edits.period is None else edits.period,
            outlets=next((each.outlets for each in named if each.outlets), ())
            if edits.outlets is None
            else edits.outlets,
            places=next(filter(None, places), ()) if edits.places is None else edits.places,
        )


def _calm(question: str) -> str:
    """The question in small letters if it is written in capitals, which the models hardly read."""
    return question.lower() if question.isupper() and len(question.split()) > 1 else question


def _reads(question: str, history: Sequence[Turn], rewrite: Rewrite | None) -> Iterator[Way]:
    by_rules = follow_ups.ways(question, history)
    yield from by_rules
    rewriting = rewrite(question, history) if rewrite else None
    if rewriting and all(rewriting.query != way.query for way in by_rules):
        yield rewriting


def _as_edited(query: str) -> Way:
    return Way(query, follows=None, about=query)


def _within(chosen: Period | None, query: str, as_of: date) -> str:
    """The query without words for another period than the one chosen, which passages would be held to."""
    named = period_in(query, as_of=as_of)
    if not chosen or not named or (named.start, named.end) == (chosen.start, chosen.end):
        return query
    return re.sub(r"\s+(?=[?!.,]|$)", "", " ".join(query.replace(named.words, "").split()))


def _narrowed(way: Interpretation, edits: Edits) -> list[Interpretation]:
    """The way with its filters narrowed by what it names; and without the limits that may not hold.

    An article of any day may tell of "tahun 2026", but hardly of "kemarin"; one that tells of "Serang atau
    Bekasi" may name only one of them. What a person chose holds.
    """
    places = Filters(places=way.places)
    days = Filters(published_from=way.period.start, published_to=way.period.end)
    held = way.filters.narrowed(Filters(outlets=way.outlets))
    if len(way.places) == 1 or edits.places is not None:
        held = held.narrowed(places)
    if way.period.is_relative or edits.period is not None:
        held = held.narrowed(days)
    return [
        replace(way, filters=each) for each in dict.fromkeys((held.narrowed(places).narrowed(days), held))
    ]
