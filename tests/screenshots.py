"""Take the pictures in the README, and further ones of the chat's main states: real model, seed articles.

make screenshots
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Annotated

import typer
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from qa_service.archive_cli import add_articles
from qa_service.build import build
from qa_service.console import say
from qa_service.settings import Settings
from tests.browser import chromium, served, visit
from ui.serve import create_app

SERANG = "Berapa pejabat yang dilantik Wali Kota Serang?"
FOLLOW_UP = "Kalau di Bekasi?"
COURSE = "Bagaimana kronologi rotasi pejabat Wali Kota Bekasi Tri Adhianto?"
UNKNOWN = "Siapa presiden Amerika Serikat?"


def main(
    readme: Annotated[Path, typer.Argument(help="Where the README's two go.")] = Path("docs"),
    others: Annotated[Path, typer.Argument(help="Where all the others go.")] = Path("build/screenshots"),
) -> None:
    """Ask as a person would, and show what comes."""
    others.mkdir(parents=True, exist_ok=True)
    settings = Settings()
    service = build(settings, say)
    add_articles(service, [*map(str, sorted(Path("seeds").glob("*.txt")))])
    app = create_app(service, examples=settings.examples)
    with service.following(), served(app) as address, chromium() as browser:
        for theme in ("light", "dark"):
            for width in (1440, 390):
                _states(browser, address, others, width=width, theme=theme)
        with _opened(browser, address, width=1280) as page:
            _ask(page, SERANG, ".answer")
            page.locator(".mark").first.hover()
            page.wait_for_timeout(300)
            _shoot_small(page, readme / "chat.png")
        with _opened(browser, address, width=390, dark=True) as page:
            page.set_viewport_size({"width": 390, "height": 1000})
            _ask(page, UNKNOWN, ".abstention")
            page.mouse.move(0, 0)  # away from the button it pressed
            _shoot_small(page, readme / "chat-phone.png")
    service.close()


def _states(browser: Browser, address: str, folder: Path, *, width: int, theme: str) -> None:
    """The main states, one after the other."""
    with _opened(browser, address, width=width, dark=theme == "dark") as page:
        shots = iter(f"{number}-{name}" for number, name in enumerate(_NAMES, start=1))

        def shoot() -> None:
            name = next(shots)
            # Enlarging the window for the whole page closes the quote that is open.
            whole = width == 390 and "answer" not in name
            page.screenshot(path=folder / f"{name}-{theme}-{width}.png", full_page=whole)

        shoot()
        _ask(page, SERANG, ".answer")
        page.locator(".mark").first.click()
        page.wait_for_timeout(200)
        shoot()
        page.keyboard.press("Escape")
        _ask(page, FOLLOW_UP, ":is(.answer, .abstention)")
        shoot()
        page.locator(".edits summary").click()
        shoot()
        _clear(page)
        _ask(page, COURSE, ".answer")
        expect(page.locator(".timeline > li")).to_have_count(2)
        shoot()
        _clear(page)
        _ask(page, UNKNOWN, ".abstention")
        shoot()


_NAMES = ("empty", "answer", "follow-up", "change", "timeline", "abstention")


@contextmanager
def _opened(browser: Browser, address: str, *, width: int, dark: bool = False) -> Iterator[Page]:
    with visit(browser, f"{address}/chat/", width=width, dark=dark) as visited:
        expect(visited.page.locator(".freshness")).not_to_be_empty()
        yield visited.page


def _ask(page: Page, question: str, outcome: str) -> None:
    page.get_by_label("Pertanyaan Anda").fill(question)
    page.get_by_role("button", name="Tanya", exact=True).click()
    asked = page.locator(".exchange", has=page.get_by_text(question, exact=True))
    expect(asked.locator(f".reply{outcome}").last).to_be_visible(timeout=60_000)
    page.wait_for_timeout(1000)  # until the answer has faded in


def _shoot_small(page: Page, path: Path) -> None:
    """A picture of 256 colours, a third as large: it is fetched by everyone who reads the README."""
    Image.open(BytesIO(page.screenshot())).convert("RGB").quantize(256).save(path, optimize=True)


def _clear(page: Page) -> None:
    page.get_by_role("button", name="Percakapan baru").click()
    expect(page.locator(".welcome")).to_be_visible()


if __name__ == "__main__":
    typer.run(main)
