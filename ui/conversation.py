"""What happens in the chat: a question becomes an exchange, told step by step, kept by the browser."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Protocol

import gradio as gr
from pydantic import ValidationError

from index.records import WIB, Freshness
from qa_service.answers import Abstention, Answer, Retrieved, Stage, Turn
from qa_service.ask import LONGEST_QUESTION
from qa_service.errors import GivenUp, Overloaded
from qa_service.interpretation import Edits, Interpretation
from qa_service.wanted import Wish, wished
from ui.chips import edited, reworded
from ui.exchanges import Exchange, Found, Status, turns
from ui.remembered import recall, remember, resumed
from ui.render import render_conversation, render_header
from ui.render_sources import render_sources
from ui.texts import Texts, texts_for

logger = logging.getLogger(__name__)

Update = dict[Any, Any]
"""New values of components, as a Gradio handler returns them."""


class Asks(Protocol):
    """What answers a question, and tells how it goes."""

    def __call__(
        self, question: str, *, history: Sequence[Turn] = ..., edits: Edits = ...
    ) -> Iterator[Stage]: ...


@dataclass(frozen=True, slots=True)
class Screen:
    """The components that change as the conversation goes on. The browser keeps what `exchanges` holds."""

    exchanges: gr.BrowserState
    header: gr.HTML
    log: gr.HTML
    sources: gr.HTML
    examples: gr.Column
    try_asking: gr.Markdown
    question: gr.Textbox
    ask: gr.Button
    stop: gr.Button
    tools: gr.Row
    retry: gr.Button
    clear: gr.Button

    def show(self, exchanges: Sequence[Exchange], texts: Texts) -> Update:
        """The conversation as it stands; what is typed in the question box stays."""
        searching = bool(exchanges) and exchanges[-1].is_open
        update: Update = {
            self.exchanges: remember(exchanges),
            self.log: render_conversation(exchanges, texts),
            self.examples: gr.update(visible=not exchanges),
            self.ask: gr.update(visible=not searching),
            self.stop: gr.update(visible=searching),
            self.tools: gr.update(visible=bool(exchanges) and not searching),
        }
        return update if searching else update | {self.sources: render_sources(exchanges, texts)}

    def speak(self, texts: Texts) -> Update:
        """Gradio's own components in this language."""
        return {
            self.question: gr.update(label=texts.question_label, placeholder=texts.question_placeholder),
            self.ask: gr.update(value=texts.ask),
            self.stop: gr.update(value=texts.stop),
            self.retry: gr.update(value=texts.retry),
            self.clear: gr.update(value=texts.clear),
            self.try_asking: gr.update(value=texts.try_asking),
        }

    @property
    def parts(self) -> list[Any]:
        return [getattr(self, name) for name in self.__slots__]


@dataclass(slots=True, eq=False)
class Search:
    """A question under way, told in the language that was chosen last."""

    texts: Texts
    wish: Wish = field(default_factory=Wish)


@dataclass(frozen=True, slots=True)
class Conversation:
    """The handlers of the screen's events. `kept` is what the browser kept: anyone may have written it."""

    ask: Asks
    freshness: Callable[[], Freshness]
    screen: Screen
    searches: dict[str, Search] = field(default_factory=dict)
    """What each session waits for, if anything; Gradio may deliver what was stopped all the same."""

    def open(self, kept: object, request: gr.Request) -> Update:
        """The conversation that the browser kept, or a new one."""
        return self._opened(resumed(recall(kept)), _texts(request))

    def speak(self, kept: object, request: gr.Request) -> Update:
        """The conversation in the language just chosen; a search under way goes on in it."""
        texts, search, exchanges = _texts(request), self.searches.get(_session(request)), recall(kept)
        if search:
            search.texts = texts
        elif exchanges and exchanges[-1].is_open:
            return self._around(texts)  # its outcome was sent meanwhile: what was kept before is no more
        return self._opened(exchanges, texts)

    def _opened(self, exchanges: Sequence[Exchange], texts: Texts) -> Update:
        """All of the screen."""
        return self.screen.show(exchanges, texts) | self._around(texts)

    def _around(self, texts: Texts) -> Update:
        """What is around the conversation, with how current the index is."""
        header = render_header(texts, _current(self.freshness), today=_today())
        return self.screen.speak(texts) | {self.screen.header: header}

    def clear(self, request: gr.Request) -> Update:
        """A new conversation; the browser forgets the one before."""
        self.leave(request)
        return self.screen.show((), _texts(request))

    def converse(self, question: str, kept: object, request: gr.Request) -> Iterator[Update]:
        """Ask what was typed; it leaves the question box as it is asked."""
        taken: Update = {} if len(question.strip()) > LONGEST_QUESTION else {self.screen.question: ""}
        if not question.strip():
            yield taken
        for update in self.ask_further(question, kept, request):
            yield update | taken
            taken = {}  # what is in the box by now is the next question

    def ask_further(self, question: str, kept: object, request: gr.Request) -> Iterator[Update]:
        """Ask a further question, wherever it comes from; what is typed in the question box stays."""
        question, exchanges = question.strip(), recall(kept)
        if not question or (exchanges and exchanges[-1].is_open):
            return  # one at a time: the answer that comes first would be lost
        if len(question) > LONGEST_QUESTION:
            yield self.screen.show([*exchanges, Exchange(question, Status.TOO_LONG)], _texts(request))
        else:
            yield from self._ask(Exchange(question, Status.SEARCHING), exchanges, request)

    def act(self, event: gr.EventData, kept: object, request: gr.Request) -> Iterator[Update]:
        """What is asked for in the conversation itself: a suggestion, or the last question put right."""
        wanted: Mapping[str, Any] = event._data if isinstance(event._data, Mapping) else {}
        exchanges, question = recall(kept), str(wanted.get("question", ""))[: LONGEST_QUESTION + 1]
        match wanted.get("act"):
            case "ask":
                yield from self.ask_further(question, kept, request)
            case "edit" if exchanges and not exchanges[-1].is_open:
                last = exchanges[-1]
                try:
                    edits = edited(last, wanted.get("edits"))
                except ValidationError as error:
                    logger.info("an edit was refused: %s", error)
                    return
                exchange = reworded(last, question.strip() or last.question, edits)
                yield from self._ask(exchange, exchanges[:-1], request)

    def ask_again(self, kept: object, request: gr.Request) -> Iterator[Update]:
        """Ask the last question anew, in its place; one that is too long is there to be shortened."""
        exchanges = recall(kept)
        for last in exchanges[-1:]:
            if len(last.question) > LONGEST_QUESTION:
                yield {self.screen.question: last.question}
            elif not last.is_open:
                yield from self._ask(last, exchanges[:-1], request)

    def stop(self, kept: object, request: gr.Request) -> Update:
        """Say of the search under way that it was stopped, and drop its result."""
        self.leave(request)
        return self.screen.show(resumed(recall(kept)), _texts(request))

    def leave(self, request: gr.Request) -> None:
        """Wait no more for the search under way, if any: what of it waits for the models is withdrawn."""
        search = self.searches.pop(_session(request), None)
        if search:
            search.wish.give_up()

    def _ask(self, exchange: Exchange, before: Sequence[Exchange], request: gr.Request) -> Iterator[Update]:
        """Show at once that the search is on, then each step, then what came of it."""
        self.leave(request)
        session = _session(request)
        search = self.searches[session] = Search(_texts(request))
        asked = exchange = replace(exchange, outcome=Status.SEARCHING, interpretation=None)
        try:
            yield self.screen.show([*before, asked], search.texts)
            for exchange in progress(self.ask, asked, before, search.wish):
                if self.searches.get(session) is not search:
                    break
                if exchange.is_open:
                    yield {self.screen.log: render_conversation([*before, exchange], search.texts)}
            latest = self.searches.get(session)
            if latest is None:  # else Gradio shows the last update once more
                exchange = replace(exchange, outcome=Status.STOPPED)
            if latest in (None, search):  # else a later question is shown by now
                yield self._outcome(exchange, before, search.texts)
        finally:  # also where the page that waited for it is gone
            if self.searches.get(session) is search:
                self.searches.pop(session, None)

    def _outcome(self, exchange: Exchange, before: Sequence[Exchange], texts: Texts) -> Update:
        update = self.screen.show([*before, exchange], texts)
        if exchange.result:
            update[self.screen.header] = render_header(texts, exchange.result.freshness, today=_today())
        return update


def progress(ask: Asks, exchange: Exchange, before: Sequence[Exchange], wish: Wish) -> Iterator[Exchange]:
    """The exchange as it comes to its outcome, or until the wish is given up. A failure is logged with its
    traceback and told as one.

    That too much is asked at once is no failure, and only told.
    """
    try:
        for stage in wished(wish, ask(exchange.question, history=turns(before), edits=exchange.edits)):
            match stage:
                case Interpretation():
                    exchange = replace(exchange, outcome=Status.SEARCHING, interpretation=stage)
                case Retrieved(hits) if hits:
                    found = Found(len(hits), len({hit.article.id for hit in hits}))
                    exchange = replace(exchange, outcome=found)
                case Answer() | Abstention():
                    exchange = replace(exchange, outcome=stage)
            yield exchange
    except GivenUp:
        return
    except Overloaded:
        yield replace(exchange, outcome=Status.BUSY)
    except Exception:
        logger.exception("a question in the chat could not be answered")
        yield replace(exchange, outcome=Status.FAILED)


def _current(freshness: Callable[[], Freshness]) -> Freshness | None:
    """How current the index is; the screen opens without that line where it cannot be told."""
    try:
        return freshness()
    except Exception:
        logger.exception("the chat could not learn how current the index is")
        return None


def _session(request: gr.Request) -> str:
    return request.session_hash or ""


def _texts(request: gr.Request) -> Texts:
    return texts_for(request.headers.get("accept-language"))


def _today() -> date:
    return datetime.now(WIB).date()
