"""The chat as a person meets it: real Gradio in headless Chromium, around an `ask` that answers by rote."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

import gradio as gr
import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from playwright.sync_api import Browser, Page, expect

from index.errors import ArticleNotFound, RevisionNotFound
from index.records import Article, Filters, Hit, Revision
from qa_service.answers import Abstention, Answer, Citation, Form, Retrieved, Stage, Turn
from qa_service.errors import Overloaded
from qa_service.interpretation import AS_UNDERSTOOD, Edits, Interpretation, Period
from tests.browser import Visit, chromium, served, visit
from tests.test_render import ARTICLE, FRESHNESS, HOSTILE, abstention, answer, citation
from ui.chat import _lay_out, _translations, build_chat, mount_chat
from ui.conversation import Conversation
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
RATED: list[tuple[str, dict[str, object]]] = []
EXAMPLES = ("Berapa pejabat yang dilantik?", "Who was sworn in?")


@dataclass(slots=True)
class Rote:
    """Answers by a word in the question, and remembers what it was asked, with which history and edits."""

    asked: list[tuple[str, tuple[Turn, ...], Edits]] = field(default_factory=list)
    slow: threading.Event = field(default_factory=threading.Event)

    def last(self) -> tuple[str, tuple[Turn, ...]]:
        return self.asked[-1][:2]

    def __call__(
        self, question: str, *, history: Sequence[Turn] = (), edits: Edits = AS_UNDERSTOOD
    ) -> Iterator[Stage]:
        self.asked.append((question, tuple(history), edits))
        understood = way(question, history, edits)
        yield understood
        if "gagal" in question:
            raise RuntimeError("the disk is on fire")
        if "penuh" in question:
            raise Overloaded("16 questions are being answered")
        if "lama" in question:
            self.slow.wait(20)
        cited = citation(), citation("Sebanyak 250 pejabat\ndilantik Rabu.", n=2, article=LONG)
        yield Retrieved(tuple(Hit(each.passage, each.article, 1, 1, 1) for each in (*cited, *cited)))
        if "baca" in question:
            self.slow.wait(20)
        yield replace(self.result(question, *cited), interpretation=understood)

    def result(self, question: str, *cited: Citation) -> Answer | Abstention:
        if "presiden" in question:
            nothing = abstention(cited[0], citation("Rabu", n=2, article=LONG))
            return replace(nothing, suggestions=("Berapa pejabat?",))
        if "<script>" in question:
            return answer(citation(TRAP.text, article=TRAP))
        if "beda" in question:
            return answer(citation(answer="269"), citation("12 dinas", n=2, answer="12"), differing=True)
        if "panjang" in question:
            return answer(citation(LONG.text, article=LONG))
        if "kronologi" in question:
            return replace(answer(*cited), form=Form.TIMELINE)
        return answer(*cited)


def way(question: str, history: Sequence[Turn], edits: Edits) -> Interpretation:
    """Understands the words "pekan lalu", "Antara" and "Serang"; what begins with "Lalu" is a follow-up."""
    week = Period(date(2026, 1, 26), date(2026, 2, 1), "pekan lalu") if "pekan lalu" in question else Period()
    period = week if edits.period is None else edits.period
    follows = history[-1].question if question.startswith("Lalu") and history and not edits.query else None
    return Interpretation(
        language=edits.language or "id",
        query=edits.query or (f"{follows} {question}" if follows else question),
        filters=Filters(published_from=period.start, published_to=period.end),
        as_of=date(2026, 2, 6),
        period=period,
        outlets=tuple(name for name in ("Antara",) if name in question)
        if edits.outlets is None
        else edits.outlets,
        places=tuple(name for name in ("Serang",) if name in question)
        if edits.places is None
        else edits.places,
        follows=follows,
    )


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

    @app.get("/plain")
    def plain() -> HTMLResponse:
        return HTMLResponse("<title>Tanya</title><h1>Polos</h1>")

    @app.post("/answers/{answer_id}/feedback")
    async def rate(answer_id: str, request: Request) -> Response:
        if "rusak" in (await request.body()).decode():
            return Response(status_code=503)
        RATED.append((answer_id, await request.json()))
        return Response(status_code=204)

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


def reload(visited: Visit) -> None:
    """Gradio complains that its streams end where the page is left; nobody sees that."""
    visited.page.reload()
    ends = "signal is aborted", "Connection errored out"
    visited.errors[:] = [error for error in visited.errors if not any(end in error for end in ends)]


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
    expect(reply.locator(".mark")).to_have_text(["[1]", "[2]"])
    cards = page.locator("#tanya-sources .card")
    expect(cards).to_have_count(2)
    expect(cards.first.locator(".byline")).to_have_text("1SuaraBanten.id · 6 Februari 2026")
    expect(cards.locator("mark")).to_have_text(
        ["melantik 269 pejabat", "Sebanyak 250 pejabat dilantik Rabu."]
    )
    with page.context.expect_page() as opened:
        cards.nth(1).get_by_role("link", name="Baca artikel utuh").click()
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


@pytest.mark.parametrize("locale", ["id-ID", "en-GB"])
def test_on_a_phone_links_and_menus_are_one_row_that_a_finger_hits(
    browser: Browser, address: str, locale: str
) -> None:
    with visit(browser, f"{address}/chat", width=390, locale=locale) as visited:
        expect(visited.page.locator(".freshness")).not_to_be_empty()
        pressed = visited.page.locator("#tanya-header :is(nav a, select)")
        boxes = [box for each in pressed.all() if (box := each.bounding_box())]
        assert len(boxes) == 4
        assert len({box["y"] for box in boxes}) == 1
        assert min(box["height"] for box in boxes) >= 24


def test_the_quote_behind_a_mark_shows_on_hover_focus_and_tap_and_escape_closes_it(chat: Visit) -> None:
    page = chat.page
    ask(page, "Berapa pejabat?")
    first, second = (page.locator(f"#quote-0-{n}") for n in (1, 2))
    page.locator(".mark").first.hover()
    expect(first).to_be_visible()
    expect(first).to_have_text(re.compile("SuaraBanten.id · 6 Februari 2026.*melantik 269 pejabat"))
    expect(first).to_be_in_viewport(ratio=1)
    page.mouse.move(2, 2)
    expect(first).to_be_hidden()
    page.locator(".mark").first.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(page.locator(".mark").first).to_be_focused()
    expect(first).to_be_visible()
    page.keyboard.press("Tab")
    expect(first.get_by_role("link", name="Lihat sumbernya")).to_be_focused()
    page.keyboard.press("Escape")
    expect(first).to_be_hidden()
    page.locator(".mark").nth(1).click()
    expect(second).to_be_visible()
    page.locator("h1").click()
    expect(second).to_be_hidden()


def test_a_mark_that_the_keyboard_brings_into_view_shows_its_quote(chat: Visit) -> None:
    page = chat.page
    ask(page, "Berapa pejabat?")
    page.add_style_tag(content=".reply .statement { padding-bottom: 200vh }")
    page.locator(".mark").first.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(page.locator("#quote-0-1")).to_be_visible()
    second = page.locator(".mark").nth(1)
    while not second.evaluate("mark => mark === document.activeElement"):
        page.keyboard.press("Tab")
    page.wait_for_timeout(300)  # the scrolling that it takes
    expect(page.locator("#quote-0-2")).to_be_visible()
    expect(page.locator("#quote-0-2")).to_be_in_viewport()


def test_a_quote_leads_to_its_source_without_leaving_the_page(wide_chat: Visit) -> None:
    page = wide_chat.page
    ask(page, "Berapa pejabat?")
    page.locator(".mark").nth(1).click()
    page.locator("#quote-0-2").get_by_role("link", name="Lihat sumbernya").click()
    expect(page.locator("#source-0-2")).to_be_focused()
    expect(page.locator("#source-0-2")).to_be_in_viewport()
    expect(page.locator(".reply.answer")).to_be_visible()


def test_an_earlier_quote_unfolds_the_sources_of_its_answer(wide_chat: Visit) -> None:
    page = wide_chat.page
    ask(page, "Berapa pejabat?")
    expect(page.locator(".reply.answer")).to_have_count(1)
    ask(page, "Siapa?")
    expect(page.locator(".reply.answer")).to_have_count(2)
    expect(page.locator("#source-0-1")).to_be_hidden()
    page.locator(".mark").first.click()
    page.locator("#quote-0-1").get_by_role("link", name="Lihat sumbernya").click()
    expect(page.locator("#source-0-1")).to_be_visible()


def test_each_thing_understood_can_be_taken_away_and_the_question_is_asked_again(
    chat: Visit, rote: Rote
) -> None:
    page = chat.page
    ask(page, "Berapa di Serang menurut Antara pekan lalu?")
    chips = page.locator(".chip")
    expect(chips).to_have_text(
        [
            "Bahasa: Indonesia",
            "pekan lalu: 26 Jan 2026 – 1 Feb 2026×",
            "Media: Antara×",
            "Tempat: Serang×",
        ]
    )
    page.get_by_role("button", name="Hapus: pekan lalu: 26 Jan 2026 – 1 Feb 2026").click()
    expect(chips).to_have_count(3)
    expect(page.locator(".reply.answer")).to_be_visible()
    assert rote.asked[-1][2] == Edits(period=Period())
    remove = page.get_by_role("button", name="Hapus: Tempat: Serang")
    remove.focus()
    page.keyboard.press("Enter")
    expect(chips).to_have_count(2)
    expect(page.locator(".reply.answer")).to_be_visible()
    assert rote.asked[-1][2] == Edits(period=Period(), places=())
    expect(page.locator(".exchange")).to_have_count(1)


def test_a_chip_opens_the_form_that_puts_it_right(chat: Visit, rote: Rote) -> None:
    page = chat.page
    ask(page, "Berapa pekan lalu?")
    page.get_by_role("button", name="pekan lalu: 26 Jan 2026 – 1 Feb 2026", exact=True).click()
    start = page.get_by_label("Dari tanggal")
    expect(start).to_be_focused()
    expect(start).to_have_value("2026-01-26")
    start.fill("2026-01-20")
    page.get_by_label("Bahasa pertanyaan").select_option(label="Melayu")
    page.get_by_label("Media (dipisah koma)").fill("Tempo , Antara,")
    page.get_by_role("button", name="Tanyakan dengan perubahan").click()
    expect(page.locator(".chip").first).to_have_text("Bahasa: Melayu×")
    expect(page.locator(".reply.answer")).to_be_visible()
    period = Period(date(2026, 1, 20), date(2026, 2, 1))
    assert rote.asked[-1][2] == Edits(language="ms", period=period, outlets=("Tempo", "Antara"))
    assert page.evaluate("document.documentElement.scrollWidth") == page.evaluate("innerWidth")


def test_the_last_question_can_be_put_in_other_words_in_its_place(wide_chat: Visit, rote: Rote) -> None:
    page = wide_chat.page
    ask(page, "Berapa orang?")
    page.locator(".edits summary").click()
    page.get_by_role("textbox", name="Pertanyaan", exact=True).fill("Berapa pejabat?")
    page.get_by_role("button", name="Tanyakan dengan perubahan").click()
    expect(page.locator(".question")).to_have_text(["Berapa pejabat?"])
    expect(page.locator(".reply.answer")).to_be_visible()
    assert rote.asked[-1] == ("Berapa pejabat?", (), AS_UNDERSTOOD)


def test_a_follow_up_says_what_it_is_read_with_and_can_be_read_alone(wide_chat: Visit, rote: Rote) -> None:
    page = wide_chat.page
    ask(page, "Berapa pejabat?")
    expect(page.locator(".reply.answer")).to_have_count(1)
    ask(page, "Lalu siapa?")
    expect(page.locator(".chip").last).to_have_text("Dibaca bersama: “Berapa pejabat?”×")
    page.get_by_role("button", name="Hapus: Dibaca bersama: “Berapa pejabat?”").click()
    expect(page.locator(".chip").last).to_have_text("Tanpa pertanyaan sebelumnya×")
    expect(page.locator(".reply.answer")).to_have_count(2)
    assert rote.asked[-1][2] == Edits(query="Lalu siapa?")
    page.get_by_role("button", name="Hapus: Tanpa pertanyaan sebelumnya").click()
    expect(page.locator(".chip").last).to_have_text("Dibaca bersama: “Berapa pejabat?”×")
    expect(page.locator(".reply.answer")).to_have_count(2)
    ask(page, "Berapa?")
    expect(page.locator(".reply.answer")).to_have_count(3)
    assert rote.last()[1][1].query == "Berapa pejabat? Lalu siapa?"


def test_each_step_is_told_while_it_lasts(wide_chat: Visit, rote: Rote) -> None:
    page = wide_chat.page
    rote.slow.clear()
    ask(page, "Ini dibaca di Serang?")
    expect(page.locator(".reply.reading")).to_have_text("Membaca 4 bagian dari 2 artikel …", timeout=1000)
    expect(page.locator(".tanya-aloud")).to_have_text("Membaca 4 bagian dari 2 artikel …")
    expect(page.locator(".chip").last).to_have_text("Tempat: Serang")
    rote.slow.set()
    expect(page.locator(".reply.answer")).to_be_visible()


def test_differing_figures_stand_side_by_side_and_a_course_of_events_is_a_list(chat: Visit) -> None:
    page = chat.page
    ask(page, "Apakah beda?")
    expect(page.locator(".figure .large")).to_have_text(["269", "12"])
    first, second = (page.locator(".figure").nth(n).bounding_box() for n in (0, 1))
    assert first
    assert second
    assert (first["y"] == second["y"]) == (page.evaluate("innerWidth") == 1440)
    ask(page, "Bagaimana kronologinya?")
    expect(page.locator("ol.timeline > li")).to_have_count(2)


def test_a_copied_answer_keeps_its_footnotes_and_its_link_can_be_copied(
    wide_chat: Visit, address: str
) -> None:
    page = wide_chat.page
    page.context.grant_permissions(["clipboard-read"], origin=address)
    ask(page, "Berapa pejabat?")
    page.get_by_role("button", name="Salin jawaban").click()
    expect(page.locator(".tanya-aloud")).to_have_text("Jawaban dan sumbernya tersalin.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert re.sub(r"\?start=\d+&end=\d+&version=\w+#quote", "", copied) == (
        "melantik 269 pejabat [1]\nSebanyak 250 pejabat\ndilantik Rabu. [2]\n"
        "[1] SuaraBanten.id, 6 Februari 2026, “Wali Kota Serang Lantik 269 Pejabat”, "
        f"{address}/articles/serang%2F1/view\n"
        f"[2] SuaraBanten.id, 6 Februari 2026, “Berita yang panjang”, {address}/articles/panjang/view"
    )
    html = page.evaluate(
        "navigator.clipboard.read().then(([item]) => item.getType('text/html')).then((blob) => blob.text())"
    )
    assert f'<a href="{address}/articles/panjang/view?start=' in html
    page.get_by_role("button", name="Salin tautan").click()
    expect(page.locator(".tanya-aloud")).to_have_text("Tautan tersalin.")
    assert page.evaluate("navigator.clipboard.readText()") == f"{address}/a/a"


def test_an_answer_is_rated_with_a_reason_and_thanks_are_said(chat: Visit) -> None:
    page = chat.page
    RATED.clear()
    ask(page, "Berapa pejabat?")
    page.get_by_role("button", name="Membantu", exact=True).click()
    expect(page.locator(".rated")).to_have_text("Terima kasih, penilaian Anda tersimpan.")
    expect(page.locator(".tanya-aloud")).to_have_text("Terima kasih, penilaian Anda tersimpan.")
    page.get_by_role("button", name="Tidak membantu").click()
    expect(page.get_by_label("Apa yang kurang?")).to_be_focused()
    page.get_by_label("Apa yang kurang?").select_option(label="Sudah usang")
    page.get_by_label("Catatan (boleh kosong)").fill(" Itu tahun lalu. ")
    page.get_by_role("button", name="Kirim").click()
    expect(page.locator("form.reasons")).to_be_hidden()
    expect(page.get_by_role("button", name="Tidak membantu")).to_have_attribute("aria-pressed", "true")
    ask(page, "Siapa presiden?")
    expect(page.locator(".reply.abstention")).to_be_visible()
    expect(page.locator(".answer .thumb.wrong")).to_have_attribute("aria-pressed", "true")
    wrong = {"verdict": "wrong", "reason": "outdated", "comment": "Itu tahun lalu."}
    assert [rating for _, rating in RATED] == [{"verdict": "right"}, {"verdict": "wrong"}, wrong]
    assert {answer_id for answer_id, _ in RATED} == {"a"}
    reload(chat)
    expect(page.locator(".answer .thumb.wrong")).to_have_attribute("aria-pressed", "true")


def test_a_rating_that_is_not_saved_says_so_and_can_be_sent_again(browser: Browser, address: str) -> None:
    with visit(browser, f"{address}/chat") as visited:
        page = visited.page
        ask(page, "Berapa pejabat?")
        page.get_by_role("button", name="Tidak membantu").click()
        page.get_by_label("Catatan (boleh kosong)").fill("rusak")
        page.get_by_role("button", name="Kirim").click()
        expect(page.locator(".rated")).to_have_text("Penilaian belum tersimpan. Coba lagi sebentar.")
        expect(page.locator("form.reasons")).to_be_visible()


def test_a_verdict_is_stored_before_its_reason_and_stands_without_one(wide_chat: Visit) -> None:
    page = wide_chat.page
    RATED.clear()
    ask(page, "Berapa pejabat?")
    page.get_by_role("button", name="Tidak membantu").click()
    expect(page.locator(".rated")).to_have_text("Terima kasih, penilaian Anda tersimpan.")
    expect(page.get_by_label("Apa yang kurang?")).to_be_focused()
    assert RATED == [("a", {"verdict": "wrong"})]
    page.get_by_label("Catatan (boleh kosong)").fill("rumit")
    page.get_by_role("button", name="Kirim").click()
    expect(page.locator("form.reasons")).to_be_hidden()
    assert RATED[1:] == [("a", {"verdict": "wrong", "reason": None, "comment": "rumit"})]


def test_a_verdict_that_is_not_saved_does_not_look_saved(browser: Browser, address: str) -> None:
    with visit(browser, f"{address}/chat") as visited:
        page = visited.page
        page.route("**/feedback", lambda route: route.fulfill(status=503))
        ask(page, "Berapa pejabat?")
        page.get_by_role("button", name="Tidak membantu").click()
        expect(page.locator(".rated")).to_have_text("Penilaian belum tersimpan. Coba lagi sebentar.")
        expect(page.get_by_role("button", name="Tidak membantu")).to_have_attribute("aria-pressed", "false")
        expect(page.get_by_role("button", name="Tidak membantu")).to_be_focused()
        expect(page.locator("form.reasons")).to_be_hidden()


def test_rating_a_long_answer_leaves_the_page_where_it_is(browser: Browser, address: str) -> None:
    with visit(browser, f"{address}/chat", width=390) as visited:
        page = visited.page
        ask(page, "Ini panjang?")
        expect(page.locator(".reply.answer")).to_be_visible()
        page.wait_for_timeout(1500)
        wrong = page.get_by_role("button", name="Tidak membantu")
        wrong.scroll_into_view_if_needed()
        before = page.evaluate("scrollY")
        assert before > 900
        wrong.click()
        expect(page.get_by_label("Apa yang kurang?")).to_be_visible()
        page.wait_for_timeout(300)
        assert page.evaluate("scrollY") >= before


def test_a_long_quote_can_be_scrolled(wide_chat: Visit) -> None:
    page = wide_chat.page
    ask(page, "Ini panjang?")
    expect(page.locator(".reply.answer")).to_be_visible()
    page.wait_for_timeout(1500)  # until the page follows the answer no more
    page.locator(".mark").first.focus()
    page.wait_for_timeout(300)  # it is far down, and scrolling there closes a quote
    page.keyboard.press("Enter")
    quote = page.locator("#quote-0-1")
    expect(quote).to_be_visible()
    quote.evaluate("element => element.scrollTo(0, 200)")
    page.wait_for_timeout(200)
    expect(quote).to_be_visible()
    assert quote.evaluate("element => element.scrollTop") == 200


def test_a_suggestion_is_asked_by_a_click(wide_chat: Visit, rote: Rote) -> None:
    page = wide_chat.page
    ask(page, "Siapa presiden?")
    expect(page.locator(".coverage")).to_have_text(
        "Isi arsip: 5 artikel, 31 Okt 2025 – 6 Feb 2026, dari Antara (5)."
    )
    page.get_by_role("button", name="Berapa pejabat?").click()
    expect(page.locator(".reply.answer")).to_be_visible()
    assert rote.last()[0] == "Berapa pejabat?"


def test_what_is_typed_stays_while_something_else_is_asked_and_over_a_reload(
    wide_chat: Visit, rote: Rote
) -> None:
    page, box = wide_chat.page, wide_chat.page.locator("#tanya-question textarea")
    box.fill("Setengah jadi")
    page.get_by_role("button", name=EXAMPLES[0]).click()
    expect(page.locator(".reply.answer")).to_be_visible()
    expect(box).to_have_value("Setengah jadi")
    asked = len(rote.asked)
    page.get_by_role("button", name="Tanya ulang").click()
    wait_until(page, lambda: len(rote.asked) > asked)
    expect(page.get_by_role("button", name="Percakapan baru")).to_be_visible()
    expect(page.locator(".reply.answer")).to_be_visible()
    expect(box).to_have_value("Setengah jadi")
    reload(wide_chat)
    expect(page.locator(".freshness")).not_to_be_empty()
    expect(box).to_have_value("Setengah jadi")
    page.get_by_role("button", name="Tanya", exact=True).click()
    expect(page.locator(".question").last).to_have_text("Setengah jadi")
    expect(box).to_have_value("")


def test_a_short_gap_in_the_connection_takes_nothing(wide_chat: Visit) -> None:
    page, box = wide_chat.page, wide_chat.page.locator("#tanya-question textarea")
    box.fill("Setengah jadi")
    expect(page.locator("#tanya-log")).to_have_attribute("tabindex", "-1")  # the script has begun
    page.evaluate("window.here = true; dispatchEvent(new Event('offline'))")
    page.wait_for_timeout(500)
    expect(page.locator(".unreachable")).to_be_hidden()
    expect(box).to_have_value("Setengah jadi")
    assert page.evaluate("window.here")


def test_the_conversation_is_there_after_a_reload_until_it_is_cleared(chat: Visit, rote: Rote) -> None:
    page = chat.page
    ask(page, "Berapa pejabat?")
    expect(page.locator(".reply.answer")).to_be_visible()
    ask(page, "Siapa presiden?")
    expect(page.locator(".reply.abstention")).to_be_visible()
    reload(chat)
    expect(page.locator(".question")).to_have_text(["Berapa pejabat?", "Siapa presiden?"])
    expect(page.locator("#tanya-sources .nearest .card")).to_have_count(2)
    ask(page, "Lalu?")
    expect(page.locator(".exchange:last-child .reply.answer")).to_be_visible()
    assert [turn.question for turn in rote.last()[1]] == ["Berapa pejabat?", "Siapa presiden?"]
    page.get_by_role("button", name="Percakapan baru").click()
    expect(page.locator(".welcome")).to_be_visible()
    reload(chat)
    expect(page.locator(".freshness")).not_to_be_empty()
    expect(page.locator(".welcome")).to_be_visible()


def test_the_language_and_the_theme_are_chosen_from_menus_and_kept(chat: Visit) -> None:
    page = chat.page
    ask(page, "Berapa pejabat?")
    expect(page.locator(".reply.answer")).to_be_visible()
    page.get_by_role("combobox", name="Bahasa", exact=True).select_option("en")
    expect(page.get_by_label("Your question")).to_be_visible()
    expect(page.get_by_role("button", name="Copy answer")).to_be_visible()
    page.get_by_role("combobox", name="Theme").select_option("dark")
    expect(page.locator("body")).to_have_css("background-color", "rgb(23, 22, 20)")
    reload(chat)
    expect(page.get_by_role("button", name="New conversation")).to_be_visible()
    expect(page.get_by_role("combobox", name="Theme")).to_have_value("dark")
    expect(page.locator("body")).to_have_css("background-color", "rgb(23, 22, 20)")
    assert page.evaluate("document.documentElement.lang") == "en"
    with page.context.expect_page() as opened:
        page.locator("#source-0-2").get_by_role("link", name="Read the whole article").click()
    expect(opened.value.get_by_role("link", name="Back to Tanya")).to_be_visible()
    page.get_by_role("combobox", name="Theme").select_option("light")
    expect(page.locator("body")).to_have_css("background-color", "rgb(251, 250, 246)")


def test_a_search_goes_on_in_the_language_that_is_chosen_meanwhile(wide_chat: Visit, rote: Rote) -> None:
    page = wide_chat.page
    rote.slow.clear()
    ask(page, "Ini dibaca di Serang?")
    expect(page.locator(".reply.reading")).to_be_visible()
    page.get_by_role("combobox", name="Bahasa", exact=True).select_option("en")
    expect(page.locator(".reply.searching")).to_contain_text("Searching the archive")
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    rote.slow.set()
    expect(page.get_by_role("button", name="Copy answer")).to_be_visible()
    expect(page.locator(".reply.stopped")).to_have_count(0)


def test_without_javascript_the_chat_leads_to_the_plain_page(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        page.goto(f"{address}/chat/")
        expect(page.get_by_role("heading", level=1)).to_have_text("Polos")
    finally:
        context.close()


def test_a_server_that_cannot_be_reached_is_told_and_the_conversation_stays(
    browser: Browser, rote: Rote
) -> None:
    app = FastAPI()
    mount_chat(app, build_chat(rote, lambda: FRESHNESS, EXAMPLES))
    with served(app) as address, visit(browser, f"{address}/chat") as visited:
        page = visited.page
        ask(page, "Berapa pejabat?")
        expect(page.locator(".reply.answer")).to_be_visible()
        page.context.set_offline(True)
        ask(page, "Siapa?")
        alert = page.get_by_role("alert").filter(has_text="Server tidak dapat dihubungi.")
        expect(alert).to_be_visible()
        expect(page.locator(".reply.answer")).to_be_visible()
        page.context.set_offline(False)
        alert.get_by_role("button", name="Coba sambungkan lagi").click()
        expect(page.get_by_role("button", name="Percakapan baru")).to_be_visible()
        expect(page.locator(".reply.answer")).to_be_visible()
        assert not [error for error in visited.errors if "Failed to load resource" not in error]


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
    assert page.locator(".exchange .question").text_content() == question
    assert page.locator(".reply.answer .statement > span").first.text_content() == TRAP.text
    card = page.locator(".card")
    assert card.locator("blockquote mark").text_content() == TRAP.text
    assert card.locator("h3").text_content() == HOSTILE[0]
    assert card.locator(".outlet").text_content() == HOSTILE[1]
    assert page.locator("#tanya-desk :is(script, img, svg[onload], b, i, code, strong, .katex)").count() == 0
    with page.context.expect_page() as opened:
        card.get_by_role("link", name="Baca artikel utuh").click()
    reading = opened.value
    reading.wait_for_load_state()
    assert reading.locator("mark").all_text_contents() == list(HOSTILE)
    ours = '[src="/ui/theme.js"]'
    assert reading.locator(f"script:not({ours}), img, svg, a[href^=javascript]").count() == 0
    for shown in (page, reading):
        shown.wait_for_timeout(300)
        assert shown.evaluate("window.pwned") is None


def test_a_failure_is_told_plainly_and_logged_with_its_traceback(
    wide_chat: Visit, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, logger="ui.conversation"):
        ask(wide_chat.page, "Ini gagal?")
        failed = wide_chat.page.locator(".reply.failed")
        expect(failed).to_contain_text("Maaf, ada gangguan pada layanan")
    assert "on fire" not in wide_chat.page.content()
    assert "RuntimeError: the disk is on fire" in caplog.text


def test_that_too_much_is_asked_at_once_is_told_as_such(
    wide_chat: Visit, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="ui.conversation"):
        ask(wide_chat.page, "Ini penuh?")
        busy = wide_chat.page.locator(".reply.busy")
        expect(busy).to_have_text("Sedang banyak pertanyaan. Coba lagi sebentar.")
    assert "Traceback" not in caplog.text


def test_a_search_whose_page_is_gone_leaves_nothing_behind(rote: Rote) -> None:
    with gr.Blocks():
        screen, _ = _lay_out(_translations(), ())
    talk = Conversation(rote, lambda: FRESHNESS, screen)
    request = gr.Request(session_hash="s", headers={"accept-language": "en"})
    first, second = (talk.converse("Berapa pejabat?", [], request) for _ in range(2))
    assert isinstance(first, Generator)
    assert isinstance(second, Generator)
    next(first)
    next(second)
    first.close()
    assert list(talk.searches) == ["s"]
    second.close()
    assert talk.searches == {}


def test_choosing_a_language_the_moment_an_answer_is_sent_leaves_the_answer(rote: Rote) -> None:
    with gr.Blocks():
        screen, _ = _lay_out(_translations(), ())
    talk = Conversation(rote, lambda: FRESHNESS, screen)
    request = gr.Request(session_hash="s", headers={"accept-language": "en"})
    steps = list(talk.converse("Berapa pejabat?", [], request))
    searching, answered = steps[0][screen.exchanges], steps[-1][screen.exchanges]
    for known in (searching, answered):
        update = talk.speak(known, request)
        assert update.get(screen.exchanges, answered) == answered
        assert update[screen.ask]["value"] == "Ask"


def test_a_question_that_is_too_long_is_not_asked_and_stays_in_the_box(wide_chat: Visit, rote: Rote) -> None:
    before = len(rote.asked)
    ask(wide_chat.page, "x" * 1001)
    expect(wide_chat.page.locator(".reply.too_long")).to_contain_text("1001 karakter")
    expect(wide_chat.page.get_by_label("Pertanyaan Anda")).to_have_value("x" * 1001)
    assert len(rote.asked) == before


def test_to_try_a_question_again_that_is_too_long_is_to_shorten_it(wide_chat: Visit) -> None:
    page = wide_chat.page
    ask(page, "x" * 1001)
    expect(page.locator(".reply.too_long")).to_be_visible()
    page.get_by_label("Pertanyaan Anda").fill("")
    page.get_by_role("button", name="Tanya ulang").click()
    expect(page.get_by_label("Pertanyaan Anda")).to_have_value("x" * 1001)


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
    first = Turn("Siapa presiden?", "Arsip tidak memuat jawabannya.", "Siapa presiden?")
    assert rote.last() == ("Berapa pejabat?", (first,))
    asked = len(rote.asked)
    page.get_by_role("button", name="Tanya ulang").click()
    wait_until(page, lambda: len(rote.asked) > asked)
    expect(page.locator(".reply.answer")).to_be_visible()
    expect(page.locator(".exchange")).to_have_count(3)
    assert rote.asked[-2:] == [("Berapa pejabat?", (first,), AS_UNDERSTOOD)] * 2
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
    expect(wide_chat.page.locator(".tanya-aloud")).to_have_attribute("lang", "id")


def test_what_is_said_twice_is_heard_twice_and_in_its_own_language(browser: Browser, address: str) -> None:
    with visit(browser, f"{address}/chat", locale="en-GB") as visited:
        page = visited.page
        page.get_by_label("Your question").fill("Berapa pejabat?")
        page.get_by_label("Your question").press("Enter")
        aloud = page.locator(".tanya-aloud")
        expect(aloud).to_contain_text("melantik 269 pejabat")
        expect(aloud).to_have_attribute("lang", "id")
        expect(page.locator(".question")).to_have_attribute("lang", "id")
        page.get_by_role("button", name="Copy link").click()
        expect(aloud).to_have_text("Link copied.")
        expect(aloud).to_have_attribute("lang", "en")
        page.evaluate(
            "window.said = 0; new MutationObserver(() => (said += 1))"
            ".observe(document.querySelector('.tanya-aloud'), { childList: true })"
        )
        page.get_by_role("button", name="Copy link").click()
        wait_until(page, lambda: page.evaluate("said") == 2)  # emptied, and filled again
        visited.assert_quiet()


def test_the_focus_stays_in_the_conversation_when_a_button_goes_away(wide_chat: Visit, rote: Rote) -> None:
    page, log = wide_chat.page, wide_chat.page.locator("#tanya-log")
    expect(log).to_have_attribute("tabindex", "-1")  # the script has begun
    page.get_by_role("button", name=EXAMPLES[0]).focus()
    page.keyboard.press("Enter")
    expect(page.locator(".reply.answer")).to_be_visible()
    expect(log).to_be_focused()
    rote.slow.clear()
    page.get_by_label("Pertanyaan Anda").fill("Ini lama?")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    stop = page.get_by_role("button", name="Berhenti")
    expect(stop).to_be_visible()
    expect(log).to_be_focused()
    stop.press("Enter")
    expect(page.locator(".reply.stopped")).to_be_visible()
    expect(log).to_be_focused()
    rote.slow.set()
    page.get_by_role("button", name="Percakapan baru").press("Enter")
    expect(page.locator(".welcome")).to_be_visible()
    expect(log).to_be_focused()


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
