"""Evaluation: each question is put as it should be, and each outcome is judged as it should be."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from math import log2

import pytest

from index.records import Article, Coverage, Filters, Freshness, Hit, Passage, Span
from qa_service.answers import Abstention, Answer, Citation, Form, Reason, Statement, Timings, Turn
from qa_service.errors import EvaluationInvalid
from qa_service.evaluate import (
    Mode,
    Quoted,
    Reply,
    Score,
    ask_corpus,
    evaluate,
    judge,
    mode_of,
    read_context,
)
from qa_service.interpretation import Interpretation
from qa_service.questions import GoldAnswer, GoldQuestion
from qa_service.reader import Reading
from tests.corpus import make_article
from tests.fakes import WordHashEmbedder, WordOverlapReader

QUESTION = GoldQuestion(
    id="1",
    lang="id",
    question="Berapa pejabat?",
    answerable=True,
    answers=[GoldAnswer(text="269"), GoldAnswer(text="dua ratus")],
    article="004_serang",
)
UNANSWERABLE = GoldQuestion(id="2", lang="en", question="Who?", answerable=False)
SERANG = make_article("a", "Ada 269 pejabat.", origin="seeds/004_serang.txt")
BEKASI = make_article("b", "Ada 250 pejabat.", origin="seeds/000_bekasi.txt")
LINE = make_article("004_serang", "Ada 269 pejabat.", origin="a.jsonl:3#004_serang")


def quoted(quote: str, words: str = "269", article: Article = SERANG) -> Quoted:
    return Quoted(quote, words, article)


def reply(
    best: Quoted | None, *articles: Article, answered: bool = True, cited: tuple[Quoted, ...] = ()
) -> Reply:
    """A reply with the best reading, or `cited`, for an answer where it is one."""
    shown = cited or ((best,) if best else ())
    return Reply(best, shown if answered else (), articles, probability=0.7, latency_ms=12.0)


def reading(article: Article, answer: Span, probability: float) -> Reading:
    whole = Span(0, len(article.text))
    passage = Passage(1, article.id, 0, 0, whole.end, article.text)
    return Reading(Hit(passage, article, 0.0, 0.0, 0.0), answer, whole, probability, probability)


# Judging


@pytest.mark.parametrize(
    ("answer", "answers_right", "cites_right"),
    [
        (quoted("Ada 269 pejabat."), 1.0, 1.0),
        (quoted("Ada DUA  RATUS pejabat."), 1.0, 1.0),
        (quoted("Ada 250 pejabat."), 0.0, 0.0),
        (quoted("Ada 269 pejabat.", article=BEKASI), 1.0, 0.0),
        (quoted("Ada 269 pejabat.", article=LINE), 1.0, 1.0),
    ],
)
def test_an_answer_is_judged_by_its_first_quote_and_its_article(
    answer: Quoted, answers_right: float, cites_right: float
) -> None:
    scores = judge(QUESTION, reply(answer)).scores
    assert scores[Score.RIGHT_ANSWER] == scores[Score.CITATION_PRECISION] == answers_right
    assert scores[Score.RIGHT_CITATION] == scores[Score.RIGHT_ANSWER_AND_CITATION] == cites_right
    assert Score.ABSTENTION_PRECISION not in scores


def test_all_citations_are_judged_by_their_quotes() -> None:
    shown = (quoted("Ada 250 pejabat.", "250"), quoted("Ada 269 pejabat."), quoted("Dua ratus lebih."))
    scores = judge(QUESTION, reply(None, cited=shown)).scores
    assert scores[Score.CITATION_PRECISION] == pytest.approx(2 / 3)
    assert (scores[Score.RIGHT_ANSWER], scores[Score.RIGHT_CITATION]) == (0.0, 0.0)


def test_where_no_gold_article_is_named_no_citation_is_wrong() -> None:
    unnamed = QUESTION.model_copy(update={"article": None})
    scores = judge(unnamed, reply(quoted("Ada 269 pejabat."))).scores
    assert scores[Score.CITATION_PRECISION] == 1.0
    assert scores.keys() & {Score.RIGHT_CITATION, Score.RIGHT_ANSWER_AND_CITATION} == set()


@pytest.mark.parametrize("answered", [True, False])
def test_a_search_for_what_is_not_in_a_questions_own_context_is_not_judged(answered: bool) -> None:
    elsewhere = UNANSWERABLE.model_copy(update={"context": "Hujan.", "articles": ["a"]})
    given = reply(quoted("Ada 269 pejabat."), SERANG, answered=answered)
    outcome = judge(elsewhere, given)
    assert (outcome.answered, outcome.rank, outcome.scores) == (answered, None, {})
    in_context = judge(elsewhere, replace(given, articles=None))
    assert in_context.scores[Score.ABSTENTION_RECALL] == float(not answered)


def test_an_abstention_scores_nothing_but_what_its_best_reading_would_have() -> None:
    outcome = judge(QUESTION, reply(quoted("Ada 269 pejabat.", "269 pejabat"), answered=False))
    assert not outcome.answered
    assert {score: value for score, value in outcome.scores.items() if "_at_" not in score} == {
        Score.EXACT_MATCH: 0.0,
        Score.F1: 0.0,
        Score.EXACT_MATCH_ANSWERABLE: 0.0,
        Score.F1_ANSWERABLE: pytest.approx(2 / 3),
        Score.RIGHT: 1.0,
        Score.RIGHT_ANSWER: 0.0,
        Score.RIGHT_ANSWER_AND_CITATION: 0.0,
        Score.ABSTENTION_PRECISION: 0.0,
    }


def test_the_words_of_the_answer_are_compared_not_its_quote() -> None:
    scores = judge(QUESTION, reply(quoted("Ada 269 pejabat.", "269"))).scores
    assert (scores[Score.EXACT_MATCH], scores[Score.F1]) == (1.0, 1.0)


def test_what_was_cited_first_need_not_be_the_best_reading() -> None:
    other = quoted("Ada 250 pejabat.", "250", BEKASI)
    scores = judge(QUESTION, reply(quoted("Ada 269 pejabat."), cited=(other,))).scores
    assert (scores[Score.F1], scores[Score.F1_ANSWERABLE]) == (0.0, 1.0)
    assert (scores[Score.RIGHT_ANSWER], scores[Score.RIGHT]) == (0.0, 1.0)


def test_nothing_read_is_nothing_right() -> None:
    scores = judge(QUESTION, reply(None)).scores
    assert {scores[score] for score in (Score.F1, Score.F1_ANSWERABLE, Score.RIGHT)} == {0.0}


def test_an_answer_to_an_unanswerable_question_is_wrong() -> None:
    outcome = judge(UNANSWERABLE, reply(quoted("Ada 269 pejabat.")))
    assert outcome.answered
    assert outcome.scores == {
        Score.EXACT_MATCH: 0.0,
        Score.F1: 0.0,
        Score.RIGHT: 0.0,
        Score.CITATION_PRECISION: 0.0,
        Score.ABSTENTION_RECALL: 0.0,
    }


def test_to_abstain_from_an_unanswerable_question_is_right() -> None:
    scores = judge(UNANSWERABLE, reply(quoted("Ada 269 pejabat."), answered=False)).scores
    assert scores == {
        Score.EXACT_MATCH: 1.0,
        Score.F1: 1.0,
        Score.RIGHT: 0.0,
        Score.ABSTENTION_RECALL: 1.0,
        Score.ABSTENTION_PRECISION: 1.0,
    }


def test_the_rank_is_that_of_the_first_gold_article_among_those_found() -> None:
    outcome = judge(QUESTION, reply(quoted("…"), BEKASI, SERANG))
    assert outcome.rank == 2
    assert {score: value for score, value in outcome.scores.items() if "_at_" in score} == {
        Score.RECALL_AT_1: 0.0,
        Score.RECALL_AT_5: 1.0,
        Score.RECALL_AT_10: 1.0,
        Score.MRR_AT_10: 0.5,
        Score.NDCG_AT_10: pytest.approx(1 / log2(3)),
    }


def test_a_gold_article_that_was_not_found_has_no_rank() -> None:
    outcome = judge(QUESTION, reply(quoted("…"), BEKASI))
    assert outcome.rank is None
    assert {value for score, value in outcome.scores.items() if "_at_" in score} == {0.0}


@pytest.mark.parametrize(
    "question", [UNANSWERABLE, QUESTION.model_copy(update={"article": None})], ids=["no answer", "no article"]
)
def test_a_question_without_a_gold_article_says_nothing_of_ranking(question: GoldQuestion) -> None:
    assert [score for score in judge(question, reply(None, SERANG)).scores if "_at_" in score] == []


# Reading a context


def in_context(context: str) -> Reply:
    question = QUESTION.model_copy(update={"question": "Berapa pejabat dilantik?", "context": context})
    return read_context(question, reader=WordOverlapReader(), embedder=WordHashEmbedder())


def test_a_context_is_read_alone_and_its_best_reading_answers() -> None:
    given = in_context("Hujan turun di Serang. Pejabat yang dilantik 269.")
    assert given.best is not None
    assert (given.best.quote, given.best.words) == ("Pejabat yang dilantik 269.", "269")
    assert (given.cited, given.articles) == ((given.best,), None)
    assert given.probability == pytest.approx(2 / 3)
    assert 0 < given.latency_ms < 1000


def test_a_reading_that_is_less_probable_than_not_is_no_answer() -> None:
    given = in_context("Hujan turun. Ada 269 pejabat.")
    assert given.probability == pytest.approx(1 / 3)
    assert given.best is not None
    assert (given.best.words, given.cited) == ("269", ())


def test_an_empty_context_is_left_unanswered() -> None:
    given = in_context("")
    assert (given.best, given.cited, given.probability) == (None, (), 0.0)


# Asking


INTERPRETATION = Interpretation("id", "", Filters(), date(2026, 2, 6))
FRESHNESS = Freshness(datetime.now(UTC), 2, None)
TIMINGS = Timings(0, 0, 0)
READINGS = (
    reading(BEKASI, Span(4, 7), 0.9),
    reading(SERANG, Span(4, 7), 0.8),
    reading(BEKASI, Span(0, 3), 0.1),
)


def test_an_answer_counts_with_its_citations_and_the_articles_read_each_once() -> None:
    citation = Citation(1, SERANG.text, 0, 16, Span(4, 7), SERANG, READINGS[1].hit.passage, 0.8)
    further = Citation(2, BEKASI.text, 0, 16, Span(4, 7), BEKASI, READINGS[0].hit.passage, 0.7)
    answer = Answer(
        id="x",
        statements=(Statement(SERANG.text, (1,), 1, None),),
        citations=(citation, further),
        form=Form.PLAIN,
        confidence=0.9,
        readings=READINGS,
        interpretation=INTERPRETATION,
        freshness=FRESHNESS,
        timings=TIMINGS,
    )
    given = ask_corpus(QUESTION, (), ask=lambda *_, **__: answer, retrieve=lambda _: [])
    assert given.answer == Quoted("Ada 269 pejabat.", "269", SERANG)
    assert given.best == Quoted("Ada 250 pejabat.", "250", BEKASI)
    assert given.cited == (given.answer, given.best)
    assert given.articles == (BEKASI, SERANG)
    assert given.probability == 0.9


ABSTENTION = Abstention(
    id="x",
    reason=Reason.NOT_IN_ARTICLES,
    message="",
    nearest=(),
    coverage=Coverage(2, None, None, ()),
    suggestions=(),
    confidence=0.2,
    readings=READINGS,
    interpretation=INTERPRETATION,
    freshness=FRESHNESS,
    timings=TIMINGS,
)


def test_an_abstention_counts_with_what_was_read_in_vain() -> None:
    given = ask_corpus(QUESTION, (), ask=lambda *_, **__: ABSTENTION, retrieve=lambda _: [])
    assert (given.answer, given.probability) == (None, 0.2)
    assert given.best == Quoted("Ada 250 pejabat.", "250", BEKASI)


def test_what_was_not_read_ranks_behind_what_was_and_costs_no_time() -> None:
    def retrieve(_: str) -> list[Hit]:
        time.sleep(0.2)
        return [reading(article, Span(4, 7), 0.0).hit for article in (LINE, SERANG)]

    given = ask_corpus(QUESTION, (), ask=lambda *_, **__: ABSTENTION, retrieve=retrieve)
    assert given.articles == (BEKASI, SERANG, LINE)
    assert given.latency_ms < 200


def test_every_question_is_put_in_order() -> None:
    outcomes = evaluate(lambda *_: reply(None), [QUESTION, UNANSWERABLE])
    assert [outcome.question for outcome in outcomes] == [QUESTION, UNANSWERABLE]


def test_a_follow_up_finds_what_the_service_itself_made_of_the_turns_before_it() -> None:
    asked = [QUESTION.model_copy(update={"id": str(n), "turn": turn}) for n, turn in enumerate((1, 2, 3, 1))]
    histories = []

    def reply_to(question: GoldQuestion, history: Sequence[Turn]) -> Reply:
        histories.append([turn.answer for turn in history])
        return replace(reply(None), turn=Turn(question.question, question.id), together=bool(history))

    outcomes = evaluate(reply_to, asked)
    assert histories == [[], ["0"], ["0", "1"], []]
    assert [outcome.together for outcome in outcomes] == [False, True, True, False]


def test_a_turn_is_what_an_app_would_send_and_knows_whether_it_was_read_together() -> None:
    understood = replace(INTERPRETATION, query="Berapa pejabat di Serang?", follows="Berapa pejabat?")
    asked: list[object] = []

    def ask(question: str, *, history: Sequence[Turn]) -> Abstention:
        asked.append((question, history))
        return replace(ABSTENTION, message="Tidak ditemukan.", interpretation=understood)

    before = (Turn("Berapa pejabat di Bekasi?", "250 [1]"),)
    searched: list[str] = []

    def retrieve(query: str) -> list[Hit]:
        searched.append(query)
        return []

    given = ask_corpus(QUESTION, before, ask=ask, retrieve=retrieve)
    assert asked == [("Berapa pejabat?", before)]
    assert given.turn == Turn("Berapa pejabat?", "Tidak ditemukan.", "Berapa pejabat di Serang?")
    assert (given.together, searched) == (True, ["Berapa pejabat di Serang?"])


# How a file is asked


def test_contexts_are_read_and_other_questions_are_asked() -> None:
    with_context = QUESTION.model_copy(update={"context": "Ada 269 pejabat."})
    assert mode_of([with_context], is_open=False) is Mode.READING
    assert mode_of([with_context], is_open=True) is Mode.OPEN
    assert mode_of([QUESTION], is_open=False) is Mode.SERVED


def test_a_file_with_contexts_here_and_there_is_refused() -> None:
    with_context = QUESTION.model_copy(update={"context": "Ada 269 pejabat."})
    with pytest.raises(EvaluationInvalid, match="1 of 2 questions have a context: put them in a file"):
        mode_of([with_context, QUESTION], is_open=False)


def test_a_conversation_with_contexts_is_refused_unless_all_are_searched() -> None:
    follow_up = QUESTION.model_copy(update={"context": "Ada 269 pejabat.", "turn": 2})
    assert mode_of([follow_up], is_open=True) is Mode.OPEN
    with pytest.raises(EvaluationInvalid, match="leave the contexts out"):
        mode_of([follow_up], is_open=False)
