"""`tanya serve`: the API, the chat, the archive page and the reading pages in one process."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import threading
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
import uvicorn
from fastapi import FastAPI
from fastapi.responses import RedirectResponse

from qa_service.api import MAX_BODY, create_api
from qa_service.archive_cli import add_articles
from qa_service.build import Service, build
from qa_service.cli import cli
from qa_service.console import read_settings, say, stated_errors
from qa_service.errors import PortUnavailable
from qa_service.guard import is_loopback
from qa_service.kept_schemas import GivenAnswer
from qa_service.log import write_log
from qa_service.patience import TIMEOUT_S
from qa_service.root_path import RootPath, root_of
from qa_service.settings import Settings
from qa_service.starting import answering_while_starting
from qa_service.tracing import export_spans
from ui.archive import archive_pages
from ui.key_page import key_page
from ui.pages import Archive, reading_pages
from ui.plain import late_page, plain_pages

__all__ = ["cli", "create_app"]

_FINISHING_S = 5
"""How long requests that are being answered have to end, once the service is told to."""

_IDLE_S = 65
"""How long a connection is kept for its next request: longer than who is refused is told to wait, so that no
connection ends just as it comes again, and longer than a proxy before us keeps its own (nginx: 60)."""

_ENDING_S = 8.5
"""How long all of the end may take, the saving of the views included: it loses nothing to be cut short."""

_terminating = threading.Event()


def create_app(
    service: Service,
    *,
    examples: tuple[str, ...],
    max_body: int = MAX_BODY,
    host: str = "",
    public_url: str = "",
    reading_needs_key: bool = False,
    rate: str | None = None,
    timeout_s: float = TIMEOUT_S,
    origins: Sequence[str] = (),
) -> FastAPI:
    """The API with the chat at /chat, where / leads, the archive page and the reading pages.

    `host` and what follows it are as for `create_api`.
    """
    # Gradio takes seconds to import, and the other commands need not wait for it.
    from ui.chat import build_chat, mount_chat

    root = root_of(public_url)
    app = create_api(
        service,
        max_body=max_body,
        host=host,
        public_url=public_url,
        reading_needs_key=reading_needs_key,
        rate=rate,
        timeout_s=timeout_s,
        origins=origins,
        late_page=late_page(root=root),
    )
    app.include_router(key_page(app.state.keys, root=root))
    store = service.store
    app.include_router(reading_pages(Archive(store.article, store.copies, store.revision), root=root))
    app.include_router(archive_pages(service, max_body=max_body, root=root))

    def given(answer_id: str) -> GivenAnswer:
        return GivenAnswer.since(service.answers.answer(answer_id), store)

    app.include_router(plain_pages(service.asking, given, examples, root=root))

    @app.get("/", include_in_schema=False)
    def home() -> RedirectResponse:
        return RedirectResponse("chat/")

    mount_chat(app, build_chat(service.asking.stages, service.store.freshness, examples))
    app.add_middleware(RootPath, root=root)
    return app


@cli.command()
def serve(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(exists=True, help="Articles to add first, if none was ever added."),
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on; 127.0.0.1 unless set.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port to listen on; 8000 unless set.")
    ] = None,
) -> None:
    """Serve the chat and the REST API."""
    given = {"host": host, "port": port}
    write_log(sys.stderr)
    with stated_errors():
        settings = read_settings().model_copy(
            update={name: value for name, value in given.items() if value is not None}
        )
        # uvicorn ends in an orderly way, then raises the signal again: with this, what is at exit runs too.
        signal.signal(signal.SIGTERM, _terminate)
        listener = _listen(settings.host, settings.port)
        with answering_while_starting(listener, root=root_of(settings.public_url)):
            service = build(settings, say)
            if paths and service.store.last_change() == 0:
                add_articles(service, [*map(str, paths)])
            service.save_views()
            say("starting the server")
            app = _app(service, settings)
        say(_who_may(settings, keys_are_set_up=app.state.keys.are_set_up()))
        if export_spans():
            say("spans are exported")
        with service.following(service.webhooks.follow):
            asyncio.run(_serve(app, listener, settings, hurry=service.hurry))


def _terminate(*_: object) -> None:
    _terminating.set()
    sys.exit(0)


def _leave() -> None:
    """End at once where that was asked for: the libraries take seconds to tear their models down."""
    if _terminating.is_set():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


weakref.finalize(_terminating, _leave)  # made first, it is called last: after folders are removed


def _app(service: Service, settings: Settings) -> FastAPI:
    return create_app(
        service,
        examples=settings.examples,
        max_body=settings.max_upload_mb * 2**20,
        host=settings.host,
        public_url=settings.public_url,
        reading_needs_key=settings.reading_needs_key,
        rate=settings.rate_limit,
        timeout_s=settings.request_timeout_s,
        origins=settings.cors_origins,
    )


def _who_may(settings: Settings, *, keys_are_set_up: bool) -> str:
    """Who may read and write here, as a sentence."""
    reading = "who has a key" if settings.reading_needs_key else "everybody"
    if is_loopback(settings.host) and not settings.public_url:
        reading += " on this machine"
    if keys_are_set_up:
        return f"{reading} may ask; who has a key that may write may change the archive"
    return f"{reading} may ask; until a key may write, only this machine, at 127.0.0.1, changes the archive"


def _listen(host: str, port: int) -> socket.socket:
    """A socket that waits for connections; raises PortUnavailable."""
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise PortUnavailable(
            f"{host}:{port} cannot be listened on ({error.strerror}): set another one with --port, --host"
        ) from error


class Server(uvicorn.Server):
    """Ends within a time once it is told to, whatever still goes on."""

    def __init__(
        self, config: uvicorn.Config, *, end_chat: Callable[[], None], hurry: Callable[[], None]
    ) -> None:
        """`end_chat` ends what the chat's pages keep open, which would go on for ever, `hurry` what may take
        longer than requests have now.
        """
        super().__init__(config)
        self._end_chat = end_chat
        self._hurry = hurry

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._end_chat()
        self._hurry()
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take no more, finish what goes on; what isn't done in time is left as a kill would leave it."""
        last = threading.Timer(_ENDING_S, os._exit, [0])
        last.daemon = True
        last.start()
        super().handle_exit(sig, frame)


async def _serve(
    app: FastAPI, listener: socket.socket, settings: Settings, *, hurry: Callable[[], None]
) -> None:
    """Run until a signal ends it; says where everything is once connections are taken."""
    config = uvicorn.Config(
        app,
        log_config=None,  # ours
        log_level="warning",
        timeout_keep_alive=_IDLE_S,
        timeout_graceful_shutdown=_FINISHING_S,
        forwarded_allow_ips=settings.trusted_proxies,
    )
    server = Server(config, end_chat=app.state.end_chat, hurry=hurry)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started and not running.done():
        await asyncio.sleep(0.05)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    base = settings.public_url or f"http://{host}:{listener.getsockname()[1]}"
    places = {"chat": f"{base}/chat/", "archive": f"{base}/archive", "API docs": f"{base}/docs"}
    for name, place in {**places, "data": settings.home.resolve()}.items():
        print(f"{name:<10}{place}", flush=True)
    await running
