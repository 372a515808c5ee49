"""How a question was understood, as chips that can be taken away, and as a form that puts it right.

A chip or the form sends an edit in the JSON of the API's `interpretation`, which `edited` adds to the edits
that were made before.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup

from qa_service.ask import LONGEST_QUESTION
from qa_service.ask_schemas import Edits as SentEdits
from qa_service.interpretation import Edits, Interpretation, Period
from ui.exchanges import Exchange
from ui.texts import Texts


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing that was understood. `field` of the form changes it, `removal` is the edit that undoes it."""

    text: str
    field: str
    removal: dict[str, Any] | None = None


def chips(exchange: Exchange, texts: Texts) -> list[Chip]:
    """What was understood of the question, as far as that is known by now."""
    understood = exchange.understood
    return list(_chips(exchange, understood, texts)) if understood else []


def _chips(exchange: Exchange, understood: Interpretation, texts: Texts) -> Iterator[Chip]:
    language = texts.chat.chip_language.format(name=texts.language_name(understood.language))
    yield Chip(language, "language", {"language": None} if exchange.edits.language else None)
    if understood.period:
        limits = understood.is_within_period
        yield Chip(period_words(understood, texts), "from", {"period": {}} if limits else None)
    for field, form, names in (
        ("outlets", texts.chat.chip_outlet, understood.outlets),
        ("places", texts.chat.chip_place, understood.places),
    ):
        for name in names:
            others = [other for other in names if other != name]
            yield Chip(form.format(name=name), field, {field: others})
    if understood.follows:
        follows = texts.chat.chip_follows.format(question=understood.follows)
        yield Chip(follows, "query", {"query": exchange.question})
    elif exchange.edits.query:
        alone = exchange.edits.query == exchange.question
        text = texts.chat.chip_alone if alone else texts.chat.chip_query.format(query=exchange.edits.query)
        yield Chip(text, "query", {"query": None})


def period_words(understood: Interpretation, texts: Texts) -> str:
    """The question's words and the days that they are taken for: "pekan lalu: 9 Nov 2026 – 15 Nov 2026"; and
    whether articles of other days were searched as well.
    """
    period = understood.period
    said = ": ".join(part for part in (period.words, texts.days(period.start, period.end)) if part)
    return said if understood.is_within_period else f"{said} ({texts.chat.other_days_too})"


def render_understood(exchange: Exchange, texts: Texts, *, turn: int, editable: bool) -> Markup:
    """The chips, and if `editable` the way to put them right; an empty place before any is known."""
    shown = Markup("").join(_chip(chip, texts, editable=editable) for chip in chips(exchange, texts))
    form = _form(exchange, exchange.understood, texts, turn) if editable and exchange.understood else ""
    return Markup(
        '<div class="understood" lang="{}" role="group" aria-label="{}"><ul class="chips">{}</ul>{}</div>'
    ).format(texts.language, texts.chat.understood, shown, form)


def _chip(chip: Chip, texts: Texts, *, editable: bool) -> Markup:
    if not editable:
        return Markup('<li class="chip"><span class="says">{}</span></li>').format(chip.text)
    change = Markup('<button type="button" class="says" data-field="{}" title="{}">{}</button>').format(
        chip.field, texts.chat.change, chip.text
    )
    if chip.removal is None:
        return Markup('<li class="chip">{}</li>').format(change)
    return Markup(
        '<li class="chip">{}<button type="button" class="remove" data-edit="{}" aria-label="{}: {}">'
        '<span aria-hidden="true">×</span></button></li>'
    ).format(change, json.dumps(chip.removal), texts.chat.remove, chip.text)


def _form(exchange: Exchange, understood: Interpretation, texts: Texts, turn: int) -> Markup:
    """The question and all that was understood of it, to be changed and asked again in its place.

    Of a period that didn't limit the search, the days are left to be entered.
    """
    period = understood.period if understood.is_within_period else Period()
    return Markup(
        '<details class="edits"><summary>{change}</summary><form data-act="again" data-turn="{turn}">'
        '<label class="wide">{field_question}<textarea name="question" rows="2" maxlength="{longest}"'
        " required>{question}</textarea></label>"
        '<label class="wide">{field_query}<input name="query" maxlength="{longest}" value="{query}"></label>'
        '<label>{field_language}<select name="language">{languages}</select></label>'
        '<label>{field_from}<input type="date" name="from" value="{start}"></label>'
        '<label>{field_to}<input type="date" name="to" value="{end}"></label>'
        '<label>{field_outlets} ({by_commas})<input name="outlets" value="{outlets}"></label>'
        '<label>{field_places} ({by_commas})<input name="places" value="{places}"></label>'
        '<button type="submit">{ask_again}</button></form></details>'
    ).format(
        change=texts.chat.change,
        turn=turn,
        field_question=texts.chat.field_question,
        question=exchange.question,
        longest=LONGEST_QUESTION,
        field_query=texts.chat.field_query,
        query=understood.query,
        field_language=texts.chat.field_language,
        languages=_languages(understood.language, texts),
        field_from=texts.chat.field_from,
        start=period.start or "",
        field_to=texts.chat.field_to,
        end=period.end or "",
        field_outlets=texts.chat.field_outlets,
        outlets=", ".join(understood.outlets),
        field_places=texts.chat.field_places,
        places=", ".join(understood.places),
        by_commas=texts.chat.by_commas,
        ask_again=texts.chat.ask_again,
    )


def _languages(chosen: str, texts: Texts) -> Markup:
    named = dict(texts.chat.languages) | {chosen: texts.language_name(chosen)}
    return Markup("").join(
        Markup('<option value="{}"{}>{}</option>').format(
            code, Markup(" selected") if code == chosen else "", name
        )
        for code, name in sorted(named.items(), key=lambda each: each[1].casefold())
    )


def edited(exchange: Exchange, sent: object) -> Edits:
    """The edits made before, with the ones sent now; raises pydantic's ValidationError.

    What is sent as it was understood is no edit, and a field left out stays as it was.
    """
    edits = SentEdits.model_validate(sent)
    now = edits.record()
    before, understood = exchange.edits, exchange.understood
    changed = {name: getattr(now, name) for name in edits.model_fields_set}
    if understood:
        changed = {name: value for name, value in changed.items() if not _is_as(name, value, understood)}
    return replace(before, **changed)


def _is_as(name: str, value: object, understood: Interpretation) -> bool:
    """Whether the value is what was understood anyway; None, back to the rules, never is."""
    at_present = getattr(understood, name)
    if isinstance(value, Period):
        limit = at_present if understood.is_within_period else Period()
        return (value.start, value.end) == (limit.start, limit.end)
    return value is not None and value == at_present


def reworded(exchange: Exchange, question: str, edits: Edits) -> Exchange:
    """The exchange asked in other words; what the old ones were searched for no longer counts."""
    if question == exchange.question:
        return replace(exchange, edits=edits)
    understood = exchange.understood
    stale = understood is not None and edits.query in (exchange.edits.query, understood.query)
    return Exchange(question, exchange.outcome, replace(edits, query=None) if stale else edits)
