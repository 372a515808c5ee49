"""How a question was understood: what the chips say, and what taking one away comes to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from pydantic import ValidationError

from index.records import Filters
from qa_service.interpretation import Edits, Interpretation, Period
from tests.test_render import HOSTILE, answer, citation
from ui.chips import Chip, chips, edited, period_words, render_understood, reworded
from ui.exchanges import Exchange, Status
from ui.texts import ENGLISH, INDONESIAN

WEEK = Period(date(2026, 1, 26), date(2026, 2, 1), "pekan lalu", is_relative=True)
LIMITS = Filters(("Antara", "Tempo"), (), WEEK.start, WEEK.end, ("Serang",))
UNDERSTOOD = Interpretation("id", "Berapa?", LIMITS, date(2026, 2, 6), WEEK, ("Antara", "Tempo"), ("Serang",))


def exchange(understood: Interpretation = UNDERSTOOD, edits: Edits | None = None) -> Exchange:
    result = replace(answer(citation()), interpretation=understood)
    return Exchange("Berapa?", result, edits or Edits())


def test_each_thing_understood_is_a_chip_that_names_its_undoing() -> None:
    assert chips(exchange(), INDONESIAN) == [
        Chip("Bahasa: Indonesia", "language"),
        Chip("pekan lalu: 26 Jan 2026 – 1 Feb 2026", "from", {"period": {}}),
        Chip("Media: Antara", "outlets", {"outlets": ["Tempo"]}),
        Chip("Media: Tempo", "outlets", {"outlets": ["Antara"]}),
        Chip("Tempat: Serang", "places", {"places": []}),
    ]


def test_a_question_read_with_the_one_before_says_so_and_can_be_read_alone() -> None:
    follows = replace(UNDERSTOOD, period=Period(), outlets=(), places=(), follows="Berapa pejabat?")
    chip = chips(exchange(follows), INDONESIAN)[1]
    assert chip == Chip("Dibaca bersama: “Berapa pejabat?”", "query", {"query": "Berapa?"})
    alone = Edits(query="Berapa?")
    chip = chips(exchange(replace(follows, follows=None), alone), INDONESIAN)[1]
    assert chip == Chip("Tanpa pertanyaan sebelumnya", "query", {"query": None})


def test_what_was_put_right_by_hand_can_go_back_to_the_rules() -> None:
    by_hand = exchange(
        Interpretation("ms", "lain", Filters(), date(2026, 2, 6)), Edits(language="ms", query="lain")
    )
    assert chips(by_hand, ENGLISH) == [
        Chip("Language: Malay", "language", {"language": None}),
        Chip("Searched: “lain”", "query", {"query": None}),
    ]


@pytest.mark.parametrize(
    ("period", "words"),
    [
        (Period(date(2026, 2, 6), date(2026, 2, 6), "kemarin"), "kemarin: 6 Feb 2026"),
        (Period(start=date(2026, 1, 1)), "since 1 Jan 2026"),
        (Period(end=date(2026, 1, 1), words="until"), "until: until 1 Jan 2026"),
    ],
)
def test_a_period_is_its_words_and_its_days(period: Period, words: str) -> None:
    within = replace(
        UNDERSTOOD, period=period, filters=Filters(published_from=period.start, published_to=period.end)
    )
    assert period_words(within, ENGLISH) == words


LET_GO = replace(
    UNDERSTOOD, period=Period(date(2026, 1, 1), date(2026, 12, 31), "tahun 2026"), filters=Filters()
)


def test_a_period_that_was_let_go_says_so_and_there_is_nothing_to_take_away() -> None:
    assert chips(exchange(LET_GO), INDONESIAN)[1] == Chip(
        "tahun 2026: 1 Jan 2026 – 31 Des 2026 (hari lain juga dicari)", "from"
    )


def test_a_period_that_was_let_go_is_held_by_entering_its_days() -> None:
    form = render_understood(exchange(LET_GO), ENGLISH, turn=0, editable=True)
    assert 'name="from" value=""' in form
    as_filled_in = {"period": {"published_from": None, "published_to": None}}
    assert edited(exchange(LET_GO), as_filled_in) == Edits()
    days = {"published_from": "2026-01-01", "published_to": "2026-12-31"}
    held = Period(date(2026, 1, 1), date(2026, 12, 31))
    assert edited(exchange(LET_GO), {"period": days}) == Edits(period=held)


def test_taking_chips_away_adds_up() -> None:
    once = edited(exchange(), {"period": {}})
    assert once == Edits(period=Period())
    rest = replace(UNDERSTOOD, period=Period())
    assert edited(exchange(rest, once), {"outlets": ["Tempo"]}) == Edits(period=Period(), outlets=("Tempo",))


def test_the_form_sent_as_it_was_filled_in_changes_nothing() -> None:
    sent = {
        "language": "id",
        "query": "Berapa?",
        "period": {"published_from": "2026-01-26", "published_to": "2026-02-01"},
        "outlets": ["Antara", "Tempo"],
        "places": ["Serang"],
    }
    assert edited(exchange(), sent) == Edits()
    assert edited(exchange(), sent | {"places": [], "language": "en"}) == Edits(language="en", places=())


def test_an_edit_goes_back_to_the_rules_with_null() -> None:
    assert edited(exchange(edits=Edits(query="x", language="en")), {"query": None}) == Edits(language="en")


@pytest.mark.parametrize(
    "sent", [None, "x", {"period": {"published_from": "kemarin"}}, {"outlets": "Antara"}, {"evil": 1}]
)
def test_what_is_no_edit_is_refused(sent: object) -> None:
    with pytest.raises(ValidationError):
        edited(exchange(), sent)


def test_other_words_are_searched_for_themselves() -> None:
    before = exchange(edits=Edits(query="lama", outlets=("Antara",)))
    after = reworded(before, "Siapa?", before.edits)
    assert (after.question, after.edits) == ("Siapa?", Edits(outlets=("Antara",)))
    assert reworded(before, "Berapa?", before.edits) == before


def test_before_anything_is_understood_there_is_only_the_place_for_it() -> None:
    assert render_understood(Exchange("?", Status.SEARCHING), ENGLISH, turn=0, editable=True) == (
        '<div class="understood" lang="en" role="group" aria-label="Understood as"><ul class="chips"></ul>'
        "</div>"
    )


def test_chips_of_earlier_questions_only_tell() -> None:
    markup = render_understood(exchange(), INDONESIAN, turn=0, editable=False)
    assert '<li class="chip"><span class="says">Tempat: Serang</span></li>' in markup
    assert "<button" not in markup
    assert "<form" not in markup


@pytest.mark.parametrize("text", HOSTILE)
def test_what_was_understood_is_shown_as_the_text_it_is(text: str) -> None:
    hostile = replace(UNDERSTOOD, outlets=(text,), places=(text,), language=text, follows=text, query=text)
    markup = render_understood(replace(exchange(hostile), question=text), ENGLISH, turn=0, editable=True)
    assert "<script" not in markup
    assert "<img" not in markup
    assert "<svg" not in markup
