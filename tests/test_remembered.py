"""What the browser keeps of a conversation, and what is believed of what it brings back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from index.records import Story
from qa_service.answers import Answer, Prose, Sentence, Turn
from qa_service.interpretation import Edits, Period
from tests.test_render import ARTICLE, FRESHNESS, abstention, answer, citation
from ui import remembered
from ui.exchanges import Exchange, Found, Status, turns
from ui.remembered import recall, remember, resumed
from ui.render import render_conversation
from ui.render_sources import render_sources
from ui.texts import INDONESIAN

CONVERSATION = (
    Exchange("Satu?", answer(replace(citation(), story=Story(2, 2, ARTICLE)), citation("12 dinas", n=2))),
    Exchange("Dua?", abstention(citation()), Edits(period=Period(date(2026, 1, 1)), outlets=("Antara",))),
    Exchange("Tiga?", Status.FAILED),
)


def through_the_browser(kept: list[Any]) -> Any:
    return json.loads(json.dumps(kept))


def test_a_conversation_comes_back_as_it_was_shown() -> None:
    back = recall(through_the_browser(remember(CONVERSATION)))
    assert render_conversation(back, INDONESIAN) == render_conversation(CONVERSATION, INDONESIAN)
    assert render_sources(back, INDONESIAN) == render_sources(CONVERSATION, INDONESIAN)
    assert [exchange.edits for exchange in back] == [exchange.edits for exchange in CONVERSATION]
    assert turns(back) == turns(CONVERSATION)


def test_earlier_turns_bring_what_was_searched_for() -> None:
    assert turns(CONVERSATION)[1] == Turn("Dua?", "Arsip tidak memuat jawabannya.", "q")


def test_articles_are_not_kept_as_a_whole() -> None:
    long = replace(ARTICLE, text=ARTICLE.text + "x" * 100_000)
    cited = replace(citation(), article=long)
    assert len(json.dumps(remember([Exchange("?", answer(cited))]))) < 3000


def test_only_the_newest_exchanges_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [Exchange(f"{n}?", Status.FAILED) for n in range(50)]
    assert [exchange.question for exchange in recall(remember(many))] == [f"{n}?" for n in range(30, 50)]
    monkeypatch.setattr(remembered, "LARGEST", 5000)
    big = [Exchange(f"{n}?", answer(citation())) for n in range(9)]
    kept = recall(remember(big))
    assert 0 < len(kept) < 9
    assert kept[-1].question == "8?"


@pytest.mark.parametrize("kept", [None, 1, "<script>", {}, [1], [{"question": "?"}], [[]]])
def test_what_is_no_conversation_of_ours_is_forgotten(kept: object) -> None:
    assert recall(kept) == ()


def test_prose_comes_back_and_is_believed_only_with_its_citations() -> None:
    told = replace(answer(citation()), prose=Prose("m", (Sentence("269 pejabat.", (1,)),), 2))
    kept = through_the_browser(remember([Exchange("?", told)]))
    (back,) = recall(kept)
    assert isinstance(back.outcome, Answer)
    assert back.outcome.prose == told.prose
    kept[0]["outcome"]["prose"]["sentences"][0]["citations"] = [7]
    assert recall(kept) == ()


def test_a_statement_without_its_citation_is_not_believed() -> None:
    kept = remember([Exchange("?", answer(citation()))])
    kept[0]["outcome"]["citations"] = []
    assert recall(kept) == ()


def test_a_search_that_a_closed_page_waited_for_has_stopped() -> None:
    under_way = [
        Exchange("1?", Found(3, 2)),
        Exchange("2?", Status.SEARCHING),
        Exchange("3?", Status.TOO_LONG),
    ]
    outcomes = [exchange.outcome for exchange in resumed(under_way)]
    assert outcomes == [Status.STOPPED, Status.STOPPED, Status.TOO_LONG]


def test_freshness_keeps_its_moment() -> None:
    (back,) = recall(through_the_browser(remember([Exchange("?", answer(citation()))])))
    assert back.result
    assert back.result.freshness == FRESHNESS
