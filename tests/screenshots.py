"""Take the pictures in the README.

make screenshots        (needs a running service: make serve)
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from playwright.sync_api import expect

from tests.browser import chromium, visit

QUESTION = "Berapa pejabat yang dilantik Wali Kota Serang?"


def main(
    url: Annotated[str, typer.Argument()] = "http://127.0.0.1:8000",
    folder: Annotated[Path, typer.Argument()] = Path("docs"),
) -> None:
    """Ask the first example, and show the chat with the answer and its sources."""
    with chromium() as browser, visit(browser, url, width=1280) as visited:
        page = visited.page
        expect(page.locator(".freshness")).not_to_be_empty()
        page.get_by_label("Pertanyaan Anda").fill(QUESTION)
        page.get_by_role("button", name="Tanya", exact=True).click()
        expect(page.locator(".reply.answer")).to_be_visible(timeout=30_000)
        page.wait_for_timeout(1000)  # until the answer has faded in
        page.screenshot(path=folder / "chat.png")


if __name__ == "__main__":
    typer.run(main)
