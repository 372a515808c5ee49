"""Questions with gold answers -> what the service made of each, judged."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from statistics import fmean
from typing import Protocol

from index.embedder import Embedder
from index.records import Article, Filters, Hit, Span
from qa_service.answers import Abstention, Answer, Turn
from qa_service.build import Service
from qa_service.errors import EvaluationInvalid
from qa_service.formulas import exact_match, f1, holds, ndcg, recall, reciprocal_rank
from qa_service.questions import GoldQuestion, context_hits
from qa_service.reader import Reader, Reading

READING_THRESHOLD = 0.5
"""A question that is read in its context alone counts as answered where that is more probable than not."""

RANKED = 50
"""How many passages of a search are ranked: those that are read, then the others as they were found."""


class Mode(StrEnum):
    """What the questions are asked of: each its own context, an index of all of these, the served corpus."""

    READING = "reading"
    OPEN = "open"
    SERVED = "served"


class Score(StrEnum):
    """What a question can score, each between 0 and 1."""

    EXACT_MATCH = "exact_match"
    F1 = "f1"
    EXACT_MATCH_ANSWERABLE = "exact_match_answerable"
    F1_ANSWERABLE = "f1_answerable"
    RIGHT = "right"
    RIGHT_ANSWER = "right_answer"
    RIGHT_ANSWER_AND_CITATION = "right_answer_and_citation"
    RIGHT_CITATION = "right_citation"
    CITATION_PRECISION = "citation_precision"
    ABSTENTION_PRECISION = "abstention_precision"
    ABSTENTION_RECALL = "abstention_recall"
    RECALL_AT_1 = "recall_at_1"
    RECALL_AT_5 = "recall_at_5"
    RECALL_AT_10 = "recall_at_10"
    MRR_AT_10 = "mrr_at_10"
    NDCG_AT_10 = "ndcg_at_10"


@dataclass(frozen=True, slots=True)
class Quoted:
    """A quote and the words in it that answer."""

    quote: str
    words: str
    article: Article


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a question.

    `best` is the most relevant reading, `cited` what was answered with, empty where the service abstained.
    `articles` are those that were found, each once: those read come first, the most relevant before the
    others. None where no search was made: the context was given. `probability` is that an answer is, or
    would be, right. `turn` is what the next question of the conversation finds in its history, None where
    there is no conversation; `together` tells that this one was read together with an earlier one.
    """

    best: Quoted | None
    cited: tuple[Quoted, ...]
    articles: tuple[Article, ...] | None
    probability: float
    latency_ms: float
    turn: Turn | None = None
    together: bool = False

    @property
    def answer(self) -> Quoted | None:
        """What the answer is judged by: the first of what it cites."""
        return self.cited[0] if self.cited else None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A question, what became of it, and what it scores in all that can be told of it.

    `rank` is that of the first gold article among those found, from 1; None where there is none. `together`
    is as in the reply.
    """

    question: GoldQuestion
    answered: bool
    probability: float
    latency_ms: float
    rank: int | None
    scores: Mapping[Score, float]
    together: bool = False

    @property
    def answerable(self) -> bool:
        return self.question.answerable


def mode_of(questions: Sequence[GoldQuestion], *, is_open: bool) -> Mode:
    """How the questions of a file are asked; raises EvaluationInvalid where the file leaves it unclear."""
    with_context = sum(question.context is not None for question in questions)
    if is_open:
        return Mode.OPEN
    if with_context and any(question.turn > 1 for question in questions):
        raise EvaluationInvalid(
            "a conversation is not about one context each: leave the contexts out, or ask all with --open"
        )
    if 0 < with_context < len(questions):
        raise EvaluationInvalid(
            f"{with_context} of {len(questions)} questions have a context: put them in a file of their own, "
            "or ask all with --open"
        )
    return Mode.READING if with_context else Mode.SERVED


ReplyTo = Callable[[GoldQuestion, Sequence[Turn]], Reply]
"""How a question is put, with the turns before it in its conversation."""


class Asks(Protocol):
    """What answers a question."""

    def __call__(self, question: str, *, history: Sequence[Turn]) -> Answer | Abstention: ...


def replier(service: Service, mode: Mode) -> ReplyTo:
    """How a question is put to the service."""
    if mode is Mode.READING:
        return lambda question, _: read_context(question, reader=service.reader, embedder=service.embedder)

    def found(query: str) -> list[Hit]:
        return service.retriever.retrieve(query, Filters(), limit=RANKED)

    return lambda question, history: ask_corpus(question, history, ask=service.ask, retrieve=found)


def evaluate(reply_to: ReplyTo, questions: Iterable[GoldQuestion]) -> list[Outcome]:
    """Put every question and judge what comes back.

    A conversation's first question is put without history, a further one with what the service itself made of
    those before it, as in the chat.
    """
    outcomes: list[Outcome] = []
    history: list[Turn] = []
    for question in questions:
        if question.turn == 1:
            history.clear()
        reply = reply_to(question, tuple(history))
        outcomes.append(judge(question, reply))
        if reply.turn is not None:
            history.append(reply.turn)
    return outcomes


def read_context(question: GoldQuestion, *, reader: Reader, embedder: Embedder) -> Reply:
    """Read the question's context alone, split as it would be in the index."""
    hits = context_hits(question, count_tokens=embedder.count_tokens)
    started = time.perf_counter()
    readings = reader.read(question.question, hits)
    latency_ms = 1000 * (time.perf_counter() - started)
    best = _best(readings)
    probability = readings[0].probability if readings else 0.0
    cited = (best,) if best and probability >= READING_THRESHOLD else ()
    return Reply(best, cited, None, probability, latency_ms)


def ask_corpus(
    question: GoldQuestion,
    history: Sequence[Turn],
    *,
    ask: Asks,
    retrieve: Callable[[str], Sequence[Hit]],
) -> Reply:
    """Ask as a person would. What `retrieve` finds beyond what was read is for the ranking alone."""
    started = time.perf_counter()
    result = ask(question.question, history=history)
    latency_ms = 1000 * (time.perf_counter() - started)
    understood = result.interpretation
    citations = result.citations if isinstance(result, Answer) else ()
    cited = tuple(Quoted(each.quote, _cut(each.article, each.answer), each.article) for each in citations)
    hits = [*(reading.hit for reading in result.readings), *retrieve(understood.query)]
    articles = {hit.article.id: hit.article for hit in hits}
    shown = result.text if isinstance(result, Answer) else result.message
    return Reply(
        _best(result.readings),
        cited,
        tuple(articles.values()),
        result.confidence,
        latency_ms,
        turn=Turn(question.question, shown, understood.query),
        together=understood.follows is not None,
    )


def judge(question: GoldQuestion, reply: Reply) -> Outcome:
    """What the reply scores.

    An answer is right where its quote holds a gold answer; to a question that has none, none is. A search
    for what is not in a question's own context scores nothing: another may hold it.
    """
    ranks = _gold_ranks(question, reply)
    return Outcome(
        question,
        answered=bool(reply.cited),
        probability=reply.probability,
        latency_ms=reply.latency_ms,
        rank=ranks[0] if ranks else None,
        scores={} if _may_be_elsewhere(question, reply) else _scores(question, reply, ranks),
        together=reply.together,
    )


def _may_be_elsewhere(question: GoldQuestion, reply: Reply) -> bool:
    return not question.answerable and question.context is not None and reply.articles is not None


def _scores(question: GoldQuestion, reply: Reply, ranks: Sequence[int]) -> dict[Score, float]:
    of_words = _answerable_scores if question.answerable else _unanswerable_scores
    return {
        **of_words(question, reply),
        **_citation_scores(question, reply),
        **_ranking_scores(question, reply, ranks),
    }


def _answerable_scores(question: GoldQuestion, reply: Reply) -> dict[Score, float]:
    golds = _golds(question)
    best, answer = reply.best, reply.answer
    return {
        Score.EXACT_MATCH: exact_match(answer.words, golds) if answer else 0.0,
        Score.F1: f1(answer.words, golds) if answer else 0.0,
        Score.EXACT_MATCH_ANSWERABLE: exact_match(best.words, golds) if best else 0.0,
        Score.F1_ANSWERABLE: f1(best.words, golds) if best else 0.0,
        Score.RIGHT: float(best is not None and holds(best.quote, golds)),
        Score.RIGHT_ANSWER: float(answer is not None and holds(answer.quote, golds)),
    }


def _unanswerable_scores(_question: GoldQuestion, reply: Reply) -> dict[Score, float]:
    abstained = float(reply.answer is None)
    return {
        Score.EXACT_MATCH: abstained,
        Score.F1: abstained,
        Score.RIGHT: 0.0,
        Score.ABSTENTION_RECALL: abstained,
    }


def _citation_scores(question: GoldQuestion, reply: Reply) -> dict[Score, float]:
    """Of an answer, the share of its citations that hold a gold answer, and whether the first one is right;
    of an abstention, whether it was.

    That a citation is right can be told where the articles are known that hold the answer.
    """
    scores = {}
    if reply.cited:
        golds = _golds(question)
        scores[Score.CITATION_PRECISION] = fmean(holds(each.quote, golds) for each in reply.cited)
    else:
        scores[Score.ABSTENTION_PRECISION] = float(not question.answerable)
    if question.gold_articles:
        rightly = float(_cites_rightly(question, reply))
        if reply.cited:
            scores[Score.RIGHT_CITATION] = rightly
        if question.answerable:
            scores[Score.RIGHT_ANSWER_AND_CITATION] = rightly
    return scores


def _cites_rightly(question: GoldQuestion, reply: Reply) -> bool:
    """Whether it was answered with a quote that holds a gold answer, from a gold article."""
    if reply.answer is None or not holds(reply.answer.quote, _golds(question)):
        return False
    return bool(_names(reply.answer.article) & question.gold_articles)


def _ranking_scores(question: GoldQuestion, reply: Reply, ranks: Sequence[int]) -> dict[Score, float]:
    if not question.answerable or not question.gold_articles or reply.articles is None:
        return {}
    return {
        Score.RECALL_AT_1: recall(ranks, at=1),
        Score.RECALL_AT_5: recall(ranks, at=5),
        Score.RECALL_AT_10: recall(ranks, at=10),
        Score.MRR_AT_10: reciprocal_rank(ranks, at=10),
        Score.NDCG_AT_10: ndcg(ranks, relevant=len(question.gold_articles), at=10),
    }


def _gold_ranks(question: GoldQuestion, reply: Reply) -> list[int]:
    """Where the articles that answer stand among those found, from 1; nothing answers the unanswerable."""
    golds = question.gold_articles if question.answerable else frozenset()
    return [rank for rank, article in enumerate(reply.articles or (), start=1) if _names(article) & golds]


def _golds(question: GoldQuestion) -> list[str]:
    return [answer.text for answer in question.answers] if question.answerable else []


def _names(article: Article) -> frozenset[str]:
    """What a question may call the article: its id, or its file's name."""
    return frozenset({article.id, Path(article.origin).stem})


def _best(readings: Sequence[Reading]) -> Quoted | None:
    if not readings:
        return None
    article = readings[0].hit.article
    return Quoted(_cut(article, readings[0].span), _cut(article, readings[0].answer), article)


def _cut(article: Article, span: Span) -> str:
    return article.text[span.start : span.end]
