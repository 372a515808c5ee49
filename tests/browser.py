"""Headless Chromium and a served app, for tests that do what a person does."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
STARTUP_S = 30


@dataclass(slots=True)
class Visit:
    """A page and what went on in it: hosts asked, errors on the console, dialogs opened."""

    page: Page
    hosts: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def assert_quiet(self) -> None:
        """No error, no dialog, and no request to another machine."""
        assert self.errors == [], self.errors
        assert self.dialogs == []
        assert self.hosts <= {"127.0.0.1", ""}


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium, closed at the end; the test fails where there is none."""
    if not CHROMIUM.exists():
        pytest.fail(f"{CHROMIUM} is missing: install Debian's packages chromium and chromium-driver")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def visit(
    browser: Browser,
    url: str,
    *,
    width: int = 1440,
    locale: str = "id-ID",
    dark: bool = False,
    script: bool = True,
) -> Iterator[Visit]:
    """A new page at `url` in a window of its own, 900 pixels high; without JavaScript unless `script`."""
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        locale=locale,
        color_scheme="dark" if dark else "light",
        java_script_enabled=script,
    )
    try:
        visited = Visit(context.new_page())
        _watch(context, visited)
        visited.page.goto(url)
        yield visited
    finally:
        context.close()


def _watch(context: BrowserContext, visited: Visit) -> None:
    def said(message: ConsoleMessage) -> None:
        if message.type == "error":
            visited.errors.append(f"{message.text} ({message.location['url']})")

    def asked(dialog: Dialog) -> None:
        visited.dialogs.append(dialog.message)
        dialog.dismiss()

    context.on("request", lambda request: visited.hosts.add(urlsplit(request.url).hostname or ""))
    context.on("console", said)
    context.on("weberror", lambda thrown: visited.errors.append(str(thrown.error)))
    context.on("dialog", asked)


def made(app: Callable[[], FastAPI]) -> FastAPI:
    """An app with the chat, made where an event loop runs: else Gradio makes one, and never closes it."""

    async def making() -> FastAPI:
        return app()

    return asyncio.run(making())


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The app on a free loopback port, in a thread of its own; gives its address, without a slash."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=2))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="served app")
        thread.start()
        try:
            deadline = time.monotonic() + STARTUP_S
            while not server.started:
                if not thread.is_alive() or time.monotonic() > deadline:
                    pytest.fail("the app did not start")
                time.sleep(0.02)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=STARTUP_S)
