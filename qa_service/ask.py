"""The ask story: question -> interpret -> retrieve -> read -> cite -> answer or abstain."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import date, datetime
from typing import TypedDict, Unpack

from index.errors import ArticleNotFound
from index.records import EVERYTHING, WIB, Filters
from index.retrieve import Retriever
from index.store import Store
from index.words import says_something
from qa_service.answers import Abstention, Answer, Form, Prose, Retrieved, Stage, Turn
from qa_service.compose import Attempt, Composer, Suggest
from qa_service.errors import QuestionInvalid, Trouble
from qa_service.follow_ups import Way
from qa_service.foreground import Foreground
from qa_service.interpret import Interpreter
from qa_service.interpretation import AS_UNDERSTOOD, Edits, Interpretation
from qa_service.kinds import is_of_kind
from qa_service.offices import tells_of_holder
from qa_service.prose import Write
from qa_service.reader import Reader, Reading, wants_sentences
from qa_service.rewriter import Rewrite
from qa_service.timeline import asks_for_course, events_named
from qa_service.wanted import require_wanted

LONGEST_QUESTION = 1000
"""Characters."""

LONGEST_HISTORY = 20
"""Turns before the question."""

READ = 12
"""How many passages are read for an answer."""


class Terms(TypedDict, total=False):
    """What a question may come with; `Ask._found` says what holds where it doesn't."""

    history: Sequence[Turn]
    filters: Filters
    limit: int
    as_of: date | None
    edits: Edits


Watch = Callable[[str], AbstractContextManager[None]]
"""Given a stage's name, what is entered while it goes on."""


def unwatched(_stage: str) -> AbstractContextManager[None]:
    return nullcontext()


class Ask:
    """Answers questions from the articles, or says why not."""

    def __init__(
        self,
        store: Store,
        retriever: Retriever,
        reader: Reader,
        *,
        threshold: float,
        foreground: Foreground,
        suggest: Suggest = lambda _question: (),
        rewrite: Rewrite | None = None,
        write: Write | None = None,
        watch: Watch = unwatched,
    ) -> None:
        """`threshold` is the probability of being right from which on an answer is given; where there is
        none, `suggest` gives questions that have one. `foreground` hears while a question is being answered,
        and `watch` of each stage of it. `rewrite` may complete a follow-up, `write` tell an answer in prose.
        """
        self._store = store
        self._retriever = retriever
        self._reader = reader
        self._foreground = foreground
        self._interpret = Interpreter(store)
        self._rewrite = rewrite
        self._write = write
        self._compose = Composer(store, threshold=threshold, suggest=suggest)
        self._watch = watch
        self.threshold = threshold

    def __call__(self, question: str, **terms: Unpack[Terms]) -> Answer | Abstention:
        """Answer with at most `limit` citations, or abstain with at most as many nearest passages.

        `limit` only cuts: what is answered first does not depend on it. No claim is cited twice before all
        are once, and figures are said to differ only where several are left. With `as_of`, the answer is
        that of the end of that day (WIB): nothing published later is read. Raises QuestionInvalid.
        """
        *_, result = self.stages(question, **terms)
        assert isinstance(result, Answer | Abstention)
        return result

    def stages(self, question: str, **terms: Unpack[Terms]) -> Iterator[Stage]:
        """What asking comes to, told as it goes: how it is understood, what was found, the result."""
        for stage in self._found(question, self._rewrite, **terms):
            if self._write and isinstance(stage, Answer):
                require_wanted()
                with self._watch("write"):
                    stage = self._write(stage)
                if stage.prose and not self._still_stands(stage):
                    stage = self._anew(question, stage, stage.prose.model, **terms)
            yield stage

    def _anew(self, question: str, told: Answer, model: str, **terms: Unpack[Terms]) -> Stage:
        """The result in the articles' words as they are now: they changed in the seconds that a model wrote.

        How the question was understood is not asked for anew.
        """
        understood = Way(told.interpretation.query, told.interpretation.follows, told.interpretation.query)
        *_, result = self._found(question, lambda *_: understood, **terms)
        assert isinstance(result, Answer | Abstention)
        total = told.timings.total + result.timings.total
        result = replace(result, timings=replace(result.timings, write=told.timings.write, total=total))
        if isinstance(result, Answer) and result.form is Form.PLAIN:
            result = replace(result, prose=Prose(model, trouble=Trouble.CHANGED))
        return result

    def _found(
        self,
        question: str,
        rewrite: Rewrite | None,
        *,
        history: Sequence[Turn] = (),
        filters: Filters = EVERYTHING,
        limit: int = 5,
        as_of: date | None = None,
        edits: Edits = AS_UNDERSTOOD,
    ) -> Iterator[Stage]:
        """The stages, of which the last one is in the articles' words.

        There may be several ways to understand it: the next one is tried where the one before finds no
        answer, or may complete a follow-up as well; the most probable one counts.
        """
        started = time.perf_counter()
        question = checked(question)
        ways = self._interpret(
            question,
            history=history,
            filters=filters.narrowed(Filters(published_to=as_of)),
            as_of=as_of or datetime.now(WIB).date(),
            edits=edits,
            rewrite=rewrite,
        )
        best: Attempt | None = None
        for way in self._interpreting(ways):
            if best and best.confidence >= self.threshold and not _weighed(way, best.interpretation):
                continue
            yield way
            require_wanted()
            began = time.perf_counter()
            with self._foreground.busy(), self._watch("retrieve"):
                hits = self._retriever.retrieve(way.query, way.filters, limit=READ)
            retrieved = time.perf_counter()
            yield Retrieved(tuple(hits))
            require_wanted()
            with self._foreground.busy(), self._watch("read"):
                asked = events_named(way.query)
                readings = self._reader.fuse(asked, self._reader.read(asked, hits))
            readings = _possible(way, readings)
            if wants_sentences(way.query) or asks_for_course(way.query):
                readings = [replace(reading, answer=reading.span) for reading in readings]
            attempt = Attempt(way, readings, retrieved - began, time.perf_counter() - retrieved)
            best = attempt if best is None else max(best, attempt, key=lambda each: each.confidence)
            if best.confidence >= self.threshold and best.interpretation.follows is None:
                break  # no other way is tried against it: none need be looked for
        assert best is not None
        with self._watch("compose"):
            result = self._compose(best, limit=limit, started=started)
        yield result

    def _interpreting(self, ways: Iterator[Interpretation]) -> Iterator[Interpretation]:
        """The ways, the making of each watched: a model may be asked for the last one."""
        while True:
            with self._watch("interpret"):
                way = next(ways, None)
            if way is None:
                return
            yield way

    def _still_stands(self, answer: Answer) -> bool:
        """Whether all that is cited is in the archive as it was read."""
        cited = {citation.article.id: citation.article.content_hash for citation in answer.citations}
        try:
            return all(self._store.article(id_).content_hash == known for id_, known in cited.items())
        except ArticleNotFound:
            return False


def _weighed(way: Interpretation, found: Interpretation) -> bool:
    """Whether a way is tried against one that found an answer for a question that was completed.

    Ways to complete a question are weighed against each other, as none is surer than the next; a question
    that stands alone is not, nor one within its period against the same of any time.
    """
    return way.follows is not None and way.query != found.query


def _possible(way: Interpretation, readings: Sequence[Reading]) -> list[Reading]:
    """The readings with those last, and no answers, that can't be what is asked for."""
    judged = [
        reading if _may_answer(way, reading) else replace(reading, probability=0.0) for reading in readings
    ]
    return sorted(judged, key=lambda reading: reading.probability == 0.0)


def _may_answer(way: Interpretation, reading: Reading) -> bool:
    """Whether anything is asked, and it tells of the one asked for, and is of the kind.

    A question that was put together from two is easily taken for the one that was answered before; one that
    stands alone is left to the reader.
    """
    article, passage = reading.hit.article, reading.hit.passage
    words = article.text[reading.answer.start : reading.answer.end]
    return (
        says_something(way.query)
        and tells_of_holder(way.query, f"{article.title}\n{passage.text}", language=article.language)
        and (way.follows is None or is_of_kind(way.query, words))
    )


def checked(question: str) -> str:
    """The question without white space around it; raises QuestionInvalid."""
    question = question.strip()
    if not question:
        raise QuestionInvalid("the question is empty: send what you want to know")
    if len(question) > LONGEST_QUESTION:
        raise QuestionInvalid(
            f"the question has {len(question)} characters: shorten it to {LONGEST_QUESTION}"
        )
    return question
