"""The chat's screen in Gradio: its components, what sets off which handler, and its place in the app.

Importing Gradio takes seconds, so this module is imported only where the chat is served.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import FastAPI
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from gradio.route_utils import CustomCORSMiddleware
from starlette.routing import Mount

from index.records import WIB, Freshness
from ui.conversation import Asks, Conversation, Screen
from ui.first_page import FirstPage
from ui.language import ChosenLanguage
from ui.pages import CHAT_PATH
from ui.render import render_conversation, render_header
from ui.render_sources import render_sources
from ui.texts import INDONESIAN, INTERFACES

_STATIC = Path(__file__).parent / "static"
_SANS = ("system-ui", "'Segoe UI'", "Roboto", "'Liberation Sans'", "sans-serif")
_MONO = ("ui-monospace", "Consolas", "'Liberation Mono'", "monospace")

_LABELS = ("question_label", "question_placeholder", "ask", "stop", "retry", "clear", "try_asking")

_TELL = """
element.addEventListener("tanya:act", (event) => trigger("submit", event.detail));
element.addEventListener("tanya:speak", () => trigger("input"));
"""
"""chat.js says by these events what was clicked in the conversation's markup."""


def build_chat(ask: Asks, freshness: Callable[[], Freshness], examples: Sequence[str]) -> gr.Blocks:
    """The chat's screen. `examples` are questions offered before the first one is asked."""
    chat = gr.Blocks(title="Tanya", analytics_enabled=False, fill_width=True)
    with chat:
        screen, offered = _lay_out(_translations(), examples)
        talk = Conversation(ask, freshness, screen)
        kept = screen.exchanges
        event: dict[str, Any] = {
            "outputs": screen.parts,
            "show_progress": "hidden",
            "api_visibility": "private",
        }
        asking: list[dict[str, Any]] = [
            screen.question.submit(talk.converse, inputs=[screen.question, kept], **event),
            screen.ask.click(talk.converse, inputs=[screen.question, kept], **event),
            *(example.click(talk.ask_further, inputs=[example, kept], **event) for example in offered),
            # By default what is pressed is lost until Gradio has wound up the question before.
            screen.log.submit(talk.act, inputs=[kept], trigger_mode="always_last", **event),
            screen.retry.click(talk.ask_again, inputs=[kept], **event),
        ]
        screen.stop.click(talk.stop, inputs=[kept], cancels=asking, queue=False, **event)
        # A question that is being wound up would show its outcome once more, after all was cleared.
        screen.clear.click(talk.clear, cancels=asking, queue=False, **event)
        screen.log.input(talk.speak, inputs=[kept], queue=False, **event)
        chat.load(talk.open, inputs=[kept], queue=False, **event)
        chat.unload(talk.leave)
    chat.queue(default_concurrency_limit=16, max_size=256, api_open=False)
    return chat


def mount_chat(app: FastAPI, chat: gr.Blocks) -> FastAPI:
    """The app with the chat at /chat. Nothing it shows or loads comes from another machine.

    Its `state.end_chat`, called in the event loop, ends what the chat's pages keep open.
    """

    @app.get("/manifest.json", include_in_schema=False)
    def manifest() -> JSONResponse:
        about = {"name": "Tanya", "start_url": f"{CHAT_PATH[1:]}/", "display": "browser"}
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
        js='() => import(new URL("../ui/chat.js", document.baseURI))',
    )
    (mounted,) = (each for each in app.routes if isinstance(each, Mount) and each.path == CHAT_PATH)
    within: Any = mounted.app  # Gradio's own App
    # It would let pages of any other site read, with cookies: who may is for CrossOrigin to say.
    within.user_middleware = [each for each in within.user_middleware if each.cls is not CustomCORSMiddleware]
    app.state.end_chat = within.stop_event.set
    app.add_middleware(FirstPage)
    app.add_middleware(ChosenLanguage)
    return app


def _lay_out(label: gr.I18n, examples: Sequence[str]) -> tuple[Screen, list[gr.Button]]:
    """The components in their places, and the buttons of the examples."""
    # What it hides from, it doesn't matter: the key is in the page.
    exchanges = gr.BrowserState([], storage_key="tanya-conversation", secret="tanya")
    today = datetime.now(WIB).date()
    header = gr.HTML(
        render_header(INDONESIAN, None, today=today), elem_id="tanya-header", apply_default_css=False
    )
    with gr.Row(elem_id="tanya-desk"):
        with gr.Column(elem_id="tanya-talk"):
            log = gr.HTML(
                render_conversation((), INDONESIAN),
                elem_id="tanya-log",
                apply_default_css=False,
                js_on_load=_TELL,
            )
            with gr.Column(elem_id="tanya-examples") as offer:
                try_asking = gr.Markdown(label("try_asking"), elem_classes="try")
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
    screen = Screen(
        exchanges, header, log, sources, offer, try_asking, question, ask, stop, tools, retry, clear
    )
    return screen, offered


def _translations() -> gr.I18n:
    """The labels of Gradio's own components, by the browser's locale, until the chat has opened."""
    return gr.I18n(
        **{texts.language: {name: asdict(texts)[name] for name in _LABELS} for texts in INTERFACES}
    )
