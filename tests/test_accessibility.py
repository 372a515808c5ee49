"""axe-core's checks of the chat's main states, in both languages and themes, on wide and narrow screens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, expect

from tests.browser import chromium, served, visit
from tests.test_chat import EXAMPLES, Rote, reload
from tests.test_render import FRESHNESS
from ui.chat import build_chat, mount_chat
from ui.texts import ENGLISH, INDONESIAN, Texts

pytestmark = pytest.mark.long

AXE = Path(__file__).parents[1] / "build/axe.min.js"

OFF: dict[str, str] = {}
"""Rules that are not checked, and why."""


def asked(page: Page, texts: Texts, question: str, shown: str) -> None:
    page.get_by_label(texts.question_label).fill(question)
    page.get_by_role("button", name=texts.ask, exact=True).click()
    expect(page.locator(f".exchange:last-child {shown}").first).to_be_visible(timeout=20_000)


def empty(page: Page, texts: Texts) -> None:
    expect(page.get_by_text(texts.welcome)).to_be_visible()


def answered(page: Page, texts: Texts) -> None:
    asked(page, texts, "Berapa di Serang menurut Antara pekan lalu?", ".reply.answer")


def followed(page: Page, texts: Texts) -> None:
    answered(page, texts)
    asked(page, texts, "Lalu siapa?", ".reply.answer")


def abstained(page: Page, texts: Texts) -> None:
    asked(page, texts, "Siapa presiden?", ".reply.abstention")


def differing(page: Page, texts: Texts) -> None:
    asked(page, texts, "Apakah beda?", ".figures")


def timeline(page: Page, texts: Texts) -> None:
    asked(page, texts, "Bagaimana kronologinya?", ".timeline")


def quoting(page: Page, texts: Texts) -> None:
    answered(page, texts)
    page.locator(".mark").first.click()
    expect(page.locator(".quote").first).to_be_visible()


def changing(page: Page, texts: Texts) -> None:
    answered(page, texts)
    page.locator(".edits summary").click()
    expect(page.get_by_role("button", name=texts.chat.ask_again)).to_be_visible()


def rating(page: Page, texts: Texts) -> None:
    answered(page, texts)
    page.get_by_role("button", name=texts.chat.unhelpful).click()
    expect(page.get_by_label(texts.chat.comment)).to_be_visible()


def failed(page: Page, texts: Texts) -> None:
    asked(page, texts, "Ini gagal?", ".reply.failed")


STATES = (empty, answered, followed, abstained, differing, timeline, quoting, changing, rating, failed)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    app = FastAPI()
    app.post("/answers/a/feedback", status_code=204)(lambda: None)
    mount_chat(app, build_chat(Rote(), lambda: FRESHNESS, EXAMPLES))
    with served(app) as address:
        yield address


def violations(page: Page) -> list[str]:
    """What axe finds wrong: the rule, what it wants, and the markup."""
    if not AXE.exists():
        pytest.fail(f"{AXE} is missing: make build/axe.min.js")
    if page.evaluate("!window.axe"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    rules = {rule: {"enabled": False} for rule in OFF}
    found: list[dict[str, Any]] = page.evaluate(
        "rules => axe.run({rules, resultTypes: ['violations']}).then(found => found.violations)", rules
    )
    return [
        f"{violation['id']}: {violation['help']}: {node['html'][:200]}"
        for violation in found
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("texts", [INDONESIAN, ENGLISH], ids=["id", "en"])
@pytest.mark.parametrize("width", [1440, 390])
def test_no_state_of_the_chat_shuts_anyone_out(
    browser: Browser, address: str, width: int, texts: Texts, dark: bool
) -> None:
    found = {}
    with visit(browser, f"{address}/chat", width=width, locale=texts.language, dark=dark) as visited:
        page = visited.page
        page.emulate_media(reduced_motion="reduce")  # colours are judged when nothing is half faded in
        expect(page.locator(".freshness")).not_to_be_empty()
        for state in STATES:
            state(page, texts)
            found[state.__name__] = violations(page)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            if state is not empty:
                page.get_by_role("button", name=texts.clear).click()
                expect(page.get_by_text(texts.welcome)).to_be_visible(timeout=20_000)
        visited.assert_quiet()
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_everything_is_reached_by_the_keyboard_and_shows_where_the_focus_is(
    browser: Browser, address: str
) -> None:
    with visit(browser, f"{address}/chat") as visited:
        page = visited.page
        page.emulate_media(reduced_motion="reduce")
        expect(page.locator(".freshness")).not_to_be_empty()
        answered(page, INDONESIAN)
        reload(visited)  # which puts the focus back to where a page begins
        expect(page.locator(".reply.answer")).to_be_visible()
        seen = list(tabbed(page, 45))
        assert seen[0] == "Langsung ke pertanyaan"
        order = [
            *("Arsip", "Versi sederhana", "pekan lalu: 26 Jan 2026 – 1 Feb 2026", "Ubah", "[1]"),
            *("Salin jawaban", "Salin tautan", "Tanya ulang", "Percakapan baru", "Tanya"),
        ]
        places = [seen.index(name) for name in order]
        assert places == sorted(places)


def tabbed(page: Page, steps: int) -> Iterator[str]:
    """The texts of what gets the focus, one Tab after the other; each must be seen to have it."""
    for _ in range(steps):
        page.keyboard.press("Tab")
        focused: tuple[str, bool] = page.evaluate(FOCUSED)
        text, is_seen = focused
        assert is_seen, page.evaluate("document.activeElement.outerHTML.slice(0, 300)")
        yield text


FOCUSED = """() => {
  const focused = document.activeElement;
  const marked = [focused, focused.closest(".chip")].filter(Boolean);
  const seen = focused === document.body || marked.some((one) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(one);
    return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
  });
  return [focused.innerText.trim() || focused.getAttribute("aria-label") || "", seen];
}"""
