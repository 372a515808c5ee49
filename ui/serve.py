"""`tanya serve`: the API, the chat and the reading pages in one process."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from fastapi import FastAPI
from fastapi.responses import RedirectResponse

from qa_service.api import create_api
from qa_service.build import Service, build
from qa_service.cli import add_articles, cli, say, stated_errors
from qa_service.settings import Settings
from ui.pages import reading_pages

__all__ = ["cli", "create_app"]


def create_app(service: Service, *, examples: tuple[str, ...]) -> FastAPI:
    """The API with the chat at /chat, where / leads, and the reading pages."""
    # Gradio takes seconds to import, and the other commands need not wait for it.
    from ui.chat import build_chat, mount_chat

    app = create_api(service)
    app.include_router(reading_pages(service.store.article))

    @app.get("/", include_in_schema=False)
    def home() -> RedirectResponse:
        return RedirectResponse("chat/")

    return mount_chat(app, build_chat(service.ask, service.store.freshness, examples))


@cli.command()
def serve(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(exists=True, help="Articles to add first, if the archive is empty."),
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on [default: 127.0.0.1].")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="[default: 8000]")] = None,
) -> None:
    """Serve the chat and the REST API."""
    given = {"host": host, "port": port}
    with stated_errors():
        settings = Settings().model_copy(
            update={name: value for name, value in given.items() if value is not None}
        )
        service = build(settings, say)
        if paths and service.store.freshness().articles == 0:
            add_articles(service, paths)
        service.save_views()
        say("starting the server")
        asyncio.run(_serve(create_app(service, examples=settings.examples), settings))


async def _serve(app: FastAPI, settings: Settings) -> None:
    """Run until a signal ends it; says where everything is once the port is open."""
    server = uvicorn.Server(uvicorn.Config(app, host=settings.host, port=settings.port, log_level="warning"))
    running = asyncio.create_task(server.serve())
    while not server.started and not running.done():
        await asyncio.sleep(0.05)
    if server.started:
        port = server.servers[0].sockets[0].getsockname()[1]
        base = f"http://{settings.host}:{port}"
        print(
            f"chat      {base}/chat/\nAPI docs  {base}/docs\ndata      {settings.home.resolve()}", flush=True
        )
    await running
    if not server.started:
        sys.exit(1)
