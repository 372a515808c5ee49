"""The chat: Gradio around an `ask`, with the sources of its answers beside the conversation.

Importing Gradio takes seconds, so this module is imported only where the chat is served.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol

import gradio as gr
from fastapi import FastAPI
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles

from index.records import WIB, Freshness
from qa_service.answers import Abstention, Answer, Turn
from qa_service.ask import LONGEST_HISTORY, LONGEST_QUESTION
from ui.pages import CHAT_PATH
from ui.render import (
    Exchange,
    Status,
    render_conversation,
    render_header,
    render_sources,
)
from ui.texts import ENGLISH, INDONESIAN, Texts, texts_for

logger = logging.getLogger(__name__)

_STATIC = Path(__file__).parent / "static"
_SANS = ("system-ui", "'Segoe UI'", "Roboto", "'Liberation Sans'", "sans-serif")
_MONO = ("ui-monospace", "Consolas", "'Liberation Mono'", "monospace")

Update = dict[Any, Any]
"""New values of components, as a Gradio handler returns them."""


class Asks(Protocol):
    """What answers a question."""

    def __call__(self, question: str, *, history: Sequence[Turn] = ...) -> Answer | Abstention: ...


@dataclass(frozen=True, slots=True)
class _Screen:
    """The components that change as the conversation goes on."""

    exchanges: gr.State
    header: gr.HTML
    log: gr.HTML
    sources: gr.HTML
    examples: gr.Column
    question: gr.Textbox
    ask: gr.Button
    stop: gr.Button
    tools: gr.Row

    def show(self, exchanges: Sequence[Exchange], texts: Texts) -> Update:
        """The conversation as it stands; what is typed in the question box stays."""
        searching = bool(exchanges) and exchanges[-1].outcome is Status.SEARCHING
        update: Update = {
            self.exchanges: tuple(exchanges),
            self.log: render_conversation(exchanges, texts),
            self.examples: gr.update(visible=not exchanges),
            self.ask: gr.update(visible=not searching),
            self.stop: gr.update(visible=searching),
            self.tools: gr.update(visible=bool(exchanges) and not searching),
        }
        return update if searching else update | {self.sources: render_sources(exchanges, texts)}

    @property
    def parts(self) -> list[Any]:
        return [
            self.exchanges,
            self.header,
            self.log,
            self.sources,
            self.examples,
            self.question,
            self.ask,
            self.stop,
            self.tools,
        ]


@dataclass(frozen=True, slots=True)
class _Conversation:
    """What happens on the screen: the handlers of its events."""

    ask: Asks
    freshness: Callable[[], Freshness]
    screen: _Screen
    searches: dict[str, object] = field(default_factory=dict)
    """What each session waits for, if anything; Gradio may deliver what was stopped all the same."""

    def open(self, request: gr.Request) -> Update:
        """A new conversation."""
        self.searches.pop(_session(request), None)
        texts = _texts(request)
        header = render_header(texts, _current(self.freshness), today=_today())
        return self.screen.show((), texts) | {self.screen.header: header}

    def converse(self, question: str, exchanges: Sequence[Exchange], request: gr.Request) -> Iterator[Update]:
        """Show at once that the search is on, then what came of it."""
        screen, texts, question = self.screen, _texts(request), question.strip()
        if exchanges and exchanges[-1].outcome is Status.SEARCHING:
            return  # one at a time: the answer that comes first would be lost
        if not question:
            yield {screen.question: ""}
        elif len(question) > LONGEST_QUESTION:
            yield screen.show([*exchanges, Exchange(question, Status.TOO_LONG)], texts)
        else:
            searching = screen.show([*exchanges, Exchange(question, Status.SEARCHING)], texts)
            search = self.searches[_session(request)] = object()
            yield searching | {screen.question: ""}
            outcome = _outcome(self.ask, question, exchanges)
            if self.searches.get(_session(request), search) is not search:
                return  # a later question is shown by now
            if self.searches.pop(_session(request), None) is None:
                outcome = Status.STOPPED  # not nothing: Gradio would show the last update once more
            update = screen.show([*exchanges, Exchange(question, outcome)], texts)
            if not isinstance(outcome, Status):
                update[screen.header] = render_header(texts, outcome.freshness, today=_today())
            yield update

    def ask_again(self, exchanges: Sequence[Exchange], request: gr.Request) -> Iterator[Update]:
        """Ask the last question anew, in its place."""
        for last in exchanges[-1:]:
            yield from self.converse(last.question, exchanges[:-1], request)

    def stop(self, exchanges: Sequence[Exchange], request: gr.Request) -> Update:
        """Say of the search under way that it was stopped, and drop its result."""
        self.searches.pop(_session(request), None)
        stopped = [
            replace(exchange, outcome=Status.STOPPED) if exchange.outcome is Status.SEARCHING else exchange
            for exchange in exchanges
        ]
        return self.screen.show(stopped, _texts(request))


def build_chat(ask: Asks, freshness: Callable[[], Freshness], examples: Sequence[str]) -> gr.Blocks:
    """The chat's screen. `examples` are questions offered before the first one is asked."""
    chat = gr.Blocks(title="Tanya", analytics_enabled=False, fill_width=True)
    with chat:
        screen, retry, clear, offered = _lay_out(_translations(), examples)
        talk = _Conversation(ask, freshness, screen)
        so_far = screen.exchanges
        event: dict[str, Any] = {
            "outputs": screen.parts,
            "show_progress": "hidden",
            "api_visibility": "private",
        }
        asking: list[dict[str, Any]] = [
            screen.question.submit(talk.converse, inputs=[screen.question, so_far], **event),
            screen.ask.click(talk.converse, inputs=[screen.question, so_far], **event),
            *(example.click(talk.converse, inputs=[example, so_far], **event) for example in offered),
            retry.click(talk.ask_again, inputs=[so_far], **event),
        ]
        screen.stop.click(talk.stop, inputs=[so_far], cancels=asking, queue=False, **event)
        clear.click(talk.open, queue=False, **event)
        chat.load(talk.open, queue=False, **event)
    chat.queue(default_concurrency_limit=16, max_size=256, api_open=False)
    return chat


def mount_chat(app: FastAPI, chat: gr.Blocks) -> FastAPI:
    """The app with the chat at /chat. Nothing it shows or loads comes from another machine."""

    @app.get("/manifest.json", include_in_schema=False)
    def manifest() -> JSONResponse:
        about = {"name": "Tanya", "start_url": f"{CHAT_PATH}/", "display": "browser"}
        return JSONResponse(about, media_type="application/manifest+json")

    @app.get("/favicon.ico", include_in_schema=False)
    def icon() -> FileResponse:
        return FileResponse(_STATIC / "icon.svg", media_type="image/svg+xml")

    app.mount("/ui", StaticFiles(directory=_STATIC))
    gr.mount_gradio_app(
        app,
        chat,
        path=CHAT_PATH,
        footer_links=[],
        run_history=False,
        show_error=False,
        max_file_size=1,  # bytes: the chat takes no files, Gradio's upload route is open all the same
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        i18n=_translations(),
        theme=gr.themes.Base(
            primary_hue="stone",
            neutral_hue="stone",
            font=_SANS,
            font_mono=_MONO,
            text_size="lg",
            radius_size="sm",
        ),
        head='<link rel="stylesheet" href="/ui/chat.css">',  # `css=` would rewrite its selectors
        js=(_STATIC / "chat.js").read_text(encoding="utf-8"),
    )
    return app


def _lay_out(
    label: gr.I18n, examples: Sequence[str]
) -> tuple[_Screen, gr.Button, gr.Button, list[gr.Button]]:
    """The components in their places: the screen, the retry and clear buttons, and the examples."""
    exchanges = gr.State((), time_to_live=6 * 3600)
    header = gr.HTML(
        render_header(INDONESIAN, None, today=_today()), elem_id="tanya-header", apply_default_css=False
    )
    with gr.Row(elem_id="tanya-desk"):
        with gr.Column(elem_id="tanya-talk"):
            log = gr.HTML(render_conversation((), INDONESIAN), elem_id="tanya-log", apply_default_css=False)
            with gr.Column(elem_id="tanya-examples") as offer:
                gr.Markdown(label("try_asking"), elem_classes="try")
                offered = [gr.Button(example, elem_classes="example") for example in examples]
            with gr.Row(elem_id="tanya-tools", visible=False) as tools:
                retry = gr.Button(label("retry"), size="sm")
                clear = gr.Button(label("clear"), size="sm")
            with gr.Row(elem_id="tanya-ask"):
                question = gr.Textbox(
                    label=label("question_label"),
                    placeholder=label("question_placeholder"),
                    lines=1,
                    max_lines=5,
                    elem_id="tanya-question",
                )
                ask = gr.Button(label("ask"), variant="primary", elem_id="tanya-submit")
                stop = gr.Button(label("stop"), variant="stop", visible=False, elem_id="tanya-stop")
        sources = gr.HTML(render_sources((), INDONESIAN), elem_id="tanya-sources", apply_default_css=False)
    screen = _Screen(exchanges, header, log, sources, offer, question, ask, stop, tools)
    return screen, retry, clear, offered


def _outcome(ask: Asks, question: str, exchanges: Sequence[Exchange]) -> Answer | Abstention | Status:
    """What came of asking. A failure is logged with its traceback and told to the reader as one."""
    try:
        return ask(question, history=_turns(exchanges))
    except Exception:
        logger.exception("a question in the chat could not be answered")
        return Status.FAILED


def _turns(exchanges: Sequence[Exchange]) -> tuple[Turn, ...]:
    """The earlier turns that came to a result, the last of them at most LONGEST_HISTORY."""
    turns = [
        Turn(
            question=exchange.question,
            answer=outcome.text if isinstance(outcome, Answer) else outcome.message,
        )
        for exchange in exchanges
        if not isinstance(outcome := exchange.outcome, Status)
    ]
    return tuple(turns[-LONGEST_HISTORY:])


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


def _translations() -> gr.I18n:
    """The labels of Gradio's own components, by the browser's locale."""
    labels = ("question_label", "question_placeholder", "ask", "stop", "retry", "clear", "try_asking")
    return gr.I18n(
        **{texts.language: {name: asdict(texts)[name] for name in labels} for texts in (INDONESIAN, ENGLISH)}
    )


def _today() -> date:
    return datetime.now(WIB).date()
