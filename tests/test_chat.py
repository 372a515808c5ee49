"""The chat as a person meets it: real Gradio in headless Chromium, around an `ask` that answers by rote."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, expect

from index.errors import ArticleNotFound, RevisionNotFound
from index.records import Article, Revision
from qa_service.answers import Abstention, Answer, Turn
from tests.browser import Visit, chromium, served, visit
from tests.test_render import ARTICLE, FRESHNESS, HOSTILE, abstention, answer, citation
from ui.chat import build_chat, mount_chat
from ui.pages import Archive, reading_pages

LONG = replace(
    ARTICLE,
    id="panjang",
    title="Berita yang panjang",
    text="\n".join(f"Alinea {n} tentang hal lain." for n in range(80))
    + "\nSebanyak 250 pejabat\ndilantik Rabu.",
)
TRAP = replace(
    ARTICLE,
    id="jebakan",
    title=HOSTILE[0],
    outlet=HOSTILE[1],
    url="javascript:window.pwned=1",
    text="\n".join(HOSTILE),
)
ARTICLES = {article.id: article for article in (ARTICLE, LONG, TRAP)}
EXAMPLES = ("Berapa pejabat yang dilantik?", "Who was sworn in?")


@dataclass(slots=True)
class Rote:
    """Answers by a word in the question, and remembers what it was asked with which history."""

    asked: list[tuple[str, tuple[Turn, ...]]] = field(default_factory=list)
    slow: threading.Event = field(default_factory=threading.Event)

    def last(self) -> tuple[str, tuple[Turn, ...]]:
        return self.asked[-1]

    def __call__(self, question: str, *, history: Sequence[Turn] = ()) -> Answer | Abstention:
        self.asked.append((question, tuple(history)))
        if "gagal" in question:
            raise RuntimeError("the disk is on fire")
        if "lama" in question:
            self.slow.wait(20)
        if "presiden" in question:
            return abstention(citation(), citation("Rabu", n=2, article=LONG))
        if "<script>" in question:
            return answer(citation(TRAP.text, article=TRAP))
        return answer(citation(), citation("Sebanyak 250 pejabat\ndilantik Rabu.", n=2, article=LONG))


def article_of(article_id: str) -> Article:
    if article_id not in ARTICLES:
        raise ArticleNotFound(article_id)
    return ARTICLES[article_id]


def no_revision(_article_id: str, version: str) -> Revision:
    raise RevisionNotFound(version)


@pytest.fixture(scope="module")
def rote() -> Iterator[Rote]:
    rote = Rote()
    yield rote
    rote.slow.set()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def address(rote: Rote) -> Iterator[str]:
    app = FastAPI()
    app.include_router(reading_pages(Archive(article_of, lambda _: [], no_revision)))
    mount_chat(app, build_chat(rote, lambda: replace(FRESHNESS, index_as_of=datetime.now(UTC)), EXAMPLES))
    with served(app) as address:
        yield address


@pytest.fixture(params=[1440, 390])
def chat(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Visit]:
    with visit(browser, f"{address}/chat", width=request.param) as visited:
        expect(visited.page.locator(".freshness")).not_to_be_empty()
        yield visited
        visited.assert_quiet()


@pytest.fixture
def wide_chat(browser: Browser, address: str) -> Iterator[Visit]:
    with visit(browser, f"{address}/chat?from=a-link") as visited:
        expect(visited.page.locator(".freshness")).not_to_be_empty()
        yield visited
        visited.assert_quiet()


def ask(page: Page, question: str) -> None:
    page.get_by_label("Pertanyaan Anda").fill(question)
    page.get_by_role("button", name="Tanya", exact=True).click()


def wait_until(page: Page, condition: Callable[[], bool], *, timeout_ms: int = 5000) -> None:
    for _ in range(timeout_ms // 50):
        if condition():
            return
        page.wait_for_timeout(50)
    pytest.fail("what was waited for did not happen")


def test_an_answer_comes_with_its_sources_and_each_opens_where_it_stands(chat: Visit) -> None:
    page = chat.page
    ask(page, "Berapa pejabat?")
    reply = page.locator(".reply.answer")
    expect(reply).to_contain_text("melantik 269 pejabat")
    expect(reply.locator("a.mark")).to_have_text(["[1]", "[2]"])
    cards = page.locator("#tanya-sources .card")
    expect(cards).to_have_count(2)
    expect(cards.first.locator(".byline")).to_have_text("1SuaraBanten.id · 6 Februari 2026")
    expect(cards.locator("mark")).to_have_text(
        ["melantik 269 pejabat", "Sebanyak 250 pejabat dilantik Rabu."]
    )
    with page.context.expect_page() as opened:
        cards.nth(1).get_by_role("link").click()
    reading = opened.value
    expect(reading.get_by_role("heading", level=1)).to_have_text("Berita yang panjang")
    expect(reading.locator("mark")).to_have_text(["Sebanyak 250 pejabat", "dilantik Rabu."])
    expect(reading.locator("#quote")).to_be_in_viewport()
    colour = "element => getComputedStyle(element).backgroundColor"
    assert reading.locator("#quote").evaluate(colour) == "rgb(255, 229, 138)"
    reading.get_by_role("link", name="Kembali ke Tanya").click()
    expect(reading.get_by_label("Pertanyaan Anda")).to_be_visible()


def test_nothing_is_wider_than_the_screen_and_sources_stand_beside_or_below(chat: Visit) -> None:
    page = chat.page
    ask(page, "Berapa pejabat?")
    expect(page.locator(".card")).to_have_count(2)
    width = page.evaluate("innerWidth")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    talk, sources = (page.locator(part).bounding_box() for part in ("#tanya-talk", "#tanya-sources"))
    assert talk
    assert sources
    if width == 1440:
        assert sources["x"] >= talk["x"] + talk["width"]
        assert sources["y"] == talk["y"]
    else:
        assert sources["y"] >= talk["y"] + talk["height"]
        assert sources["x"] == talk["x"]


def test_a_mark_leads_to_its_source_without_leaving_the_page(wide_chat: Visit) -> None:
    page = wide_chat.page
    ask(page, "Berapa pejabat?")
    page.locator("a.mark").nth(1).click()
    expect(page.locator("#source-0-2")).to_be_focused()
    expect(page.locator("#source-0-2")).to_be_in_viewport()
    expect(page.locator(".reply.answer")).to_be_visible()


def test_an_earlier_mark_unfolds_the_sources_of_its_answer(wide_chat: Visit) -> None:
    page = wide_chat.page
    ask(page, "Berapa pejabat?")
    expect(page.locator(".reply.answer")).to_have_count(1)
    ask(page, "Lalu?")
    expect(page.locator(".reply.answer")).to_have_count(2)
    expect(page.locator("#source-0-1")).to_be_hidden()
    page.locator("a.mark").first.click()
    expect(page.locator("#source-0-1")).to_be_visible()


def test_an_abstention_looks_different_and_shows_the_nearest_passages(chat: Visit) -> None:
    page = chat.page
    ask(page, "Siapa presiden Amerika Serikat?")
    reply = page.locator(".reply.abstention")
    expect(reply.locator(".heading")).to_contain_text("Tidak ditemukan di arsip")
    expect(reply).to_contain_text("Arsip tidak memuat jawabannya.")
    assert reply.evaluate("element => getComputedStyle(element).borderTopStyle") == "dashed"
    expect(page.locator(".reply.answer")).to_have_count(0)
    expect(page.locator("#tanya-sources h2")).to_have_text("Kutipan terdekat")
    expect(page.locator("#tanya-sources .nearest .card")).to_have_count(2)


def test_a_hostile_article_is_shown_as_text_and_runs_nothing(chat: Visit) -> None:
    page = chat.page
    question = " ".join(HOSTILE)
    ask(page, question)
    expect(page.locator(".exchange .question")).to_have_text(question, use_inner_text=True)
    assert page.locator(".reply.answer .statement > span").text_content() == TRAP.text
    card = page.locator(".card")
    assert card.locator("blockquote mark").text_content() == TRAP.text
    assert card.locator("h3").text_content() == HOSTILE[0]
    assert card.locator(".outlet").text_content() == HOSTILE[1]
    assert page.locator("#tanya-desk :is(script, img, svg[onload], b, i, code, strong, .katex)").count() == 0
    with page.context.expect_page() as opened:
        card.get_by_role("link").click()
    reading = opened.value
    reading.wait_for_load_state()
    assert reading.locator("mark").all_text_contents() == list(HOSTILE)
    assert reading.locator("script, img, svg, a[href^=javascript]").count() == 0
    for shown in (page, reading):
        shown.wait_for_timeout(300)
        assert shown.evaluate("window.pwned") is None


def test_a_failure_is_told_plainly_and_logged_with_its_traceback(
    wide_chat: Visit, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, logger="ui.chat"):
        ask(wide_chat.page, "Ini gagal?")
        failed = wide_chat.page.locator(".reply.failed")
        expect(failed).to_contain_text("Maaf, ada gangguan pada layanan")
    assert "on fire" not in wide_chat.page.content()
    assert "RuntimeError: the disk is on fire" in caplog.text


def test_a_question_that_is_too_long_is_not_asked_and_stays_in_the_box(wide_chat: Visit, rote: Rote) -> None:
    before = len(rote.asked)
    ask(wide_chat.page, "x" * 1001)
    expect(wide_chat.page.locator(".reply.too_long")).to_contain_text("1001 karakter")
    expect(wide_chat.page.get_by_label("Pertanyaan Anda")).to_have_value("x" * 1001)
    assert len(rote.asked) == before


def test_a_blank_question_changes_nothing(wide_chat: Visit, rote: Rote) -> None:
    before = len(rote.asked)
    ask(wide_chat.page, "   ")
    expect(wide_chat.page.get_by_label("Pertanyaan Anda")).to_have_value("")
    expect(wide_chat.page.locator(".welcome")).to_be_visible()
    assert len(rote.asked) == before


def test_an_example_is_asked_by_a_click_and_the_examples_make_room(wide_chat: Visit, rote: Rote) -> None:
    wide_chat.page.get_by_role("button", name=EXAMPLES[1]).click()
    expect(wide_chat.page.locator(".reply.answer")).to_be_visible()
    assert rote.last() == (EXAMPLES[1], ())
    expect(wide_chat.page.get_by_role("button", name=EXAMPLES[1])).to_be_hidden()


def test_earlier_turns_go_along_with_the_next_question_until_the_conversation_is_cleared(
    wide_chat: Visit, rote: Rote
) -> None:
    page = wide_chat.page
    ask(page, "Siapa presiden?")
    expect(page.locator(".reply.abstention")).to_be_visible()
    ask(page, "Ini gagal?")
    expect(page.locator(".reply.failed")).to_be_visible()
    ask(page, "Berapa pejabat?")
    expect(page.locator(".reply.answer")).to_be_visible()
    first = Turn("Siapa presiden?", "Arsip tidak memuat jawabannya.")
    assert rote.last() == ("Berapa pejabat?", (first,))
    asked = len(rote.asked)
    page.get_by_role("button", name="Tanya ulang").click()
    wait_until(page, lambda: len(rote.asked) > asked)
    expect(page.locator(".reply.answer")).to_be_visible()
    expect(page.locator(".exchange")).to_have_count(3)
    assert rote.asked[-2:] == [("Berapa pejabat?", (first,))] * 2
    page.get_by_role("button", name="Percakapan baru").click()
    expect(page.locator(".welcome")).to_be_visible()
    expect(page.locator(".card")).to_have_count(0)
    ask(page, "Lagi?")
    expect(page.locator(".reply.answer")).to_be_visible()
    assert rote.last() == ("Lagi?", ())


def test_the_search_shows_at_once_and_can_be_stopped(wide_chat: Visit, rote: Rote) -> None:
    page = wide_chat.page
    rote.slow.clear()
    ask(page, "Ini lama?")
    expect(page.locator(".reply.searching")).to_have_text("Mencari di arsip berita …")
    expect(page.get_by_label("Pertanyaan Anda")).to_have_value("")
    page.get_by_role("button", name="Berhenti").click()
    expect(page.locator(".reply.stopped")).to_have_text("Pencarian dihentikan.")
    rote.slow.set()
    page.wait_for_timeout(500)
    expect(page.locator(".reply.stopped")).to_be_visible()
    ask(page, "Berapa pejabat?")
    expect(page.locator(".reply.answer")).to_be_visible()


def test_what_came_is_said_to_those_who_listen(wide_chat: Visit) -> None:
    ask(wide_chat.page, "Siapa presiden?")
    expect(wide_chat.page.locator(".tanya-aloud")).to_contain_text("Arsip tidak memuat jawabannya.")


def test_the_interface_is_english_for_an_english_browser_and_dark_where_it_is_preferred(
    browser: Browser, address: str
) -> None:
    with visit(browser, f"{address}/chat", locale="en-GB", dark=True) as visited:
        page = visited.page
        expect(page.locator(".subtitle")).to_contain_text("Answers from the news")
        expect(page.locator(".freshness")).to_contain_text("newest article 6 Feb 2026 · 5 articles")
        page.get_by_label("Your question").fill("Who?")
        page.get_by_label("Your question").press("Enter")
        expect(page.locator(".card .byline").first).to_contain_text("6 February 2026")
        assert page.evaluate("document.documentElement.lang") == "en"
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(23, 22, 20)"
        visited.assert_quiet()


def test_the_page_is_named_and_bears_no_mark_of_its_maker(chat: Visit) -> None:
    expect(chat.page).to_have_title("Tanya")
    expect(chat.page.get_by_role("heading", level=1)).to_have_text("Tanya")
    expect(chat.page.get_by_text("Gradio")).to_have_count(0)
    assert chat.page.evaluate("document.documentElement.lang") == "id"


def test_the_reading_page_works_without_javascript(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        page.goto(f"{address}/articles/panjang/view?start=0&end=8#quote")
        expect(page.locator("#quote")).to_have_text("Alinea 0")
    finally:
        context.close()
