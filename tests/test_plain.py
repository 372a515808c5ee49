"""The pages without JavaScript: a question is asked and answered, an answer shared, in plain HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from html import unescape
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from markupsafe import escape
from playwright.sync_api import Browser, expect

from qa_service.answers import Abstention, Answer, Prose, Sentence
from qa_service.api import create_api
from qa_service.build import Service
from qa_service.errors import Overloaded
from qa_service.kept_schemas import GivenAnswer
from tests.browser import chromium, served, visit
from tests.corpus import make_article, make_service, put
from tests.test_render import HOSTILE, answer, citation
from ui.pages import Archive, reading_pages
from ui.plain import answer_link, plain_link, plain_pages

TEXT = "Hujan turun 😀 deras. Wali kota melantik 269 pejabat. Semua pulang."
QUESTION = "wali kota melantik berapa pejabat?"
NOWHERE = "siapa presiden?"
EXAMPLES = ("Berapa pejabat yang dilantik?",)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = make_service(tmp_path)
    article = make_article("a", TEXT, title="Pelantikan", outlet="Antara", published_at=date(2026, 2, 6))
    put(service.store, replace(article, url="https://antara.example/a"))
    yield service
    service.close()


@pytest.fixture
def client(service: Service) -> TestClient:
    return TestClient(app_of(service), raise_server_exceptions=False)


def app_of(service: Service) -> FastAPI:
    def given(answer_id: str) -> GivenAnswer:
        return GivenAnswer.since(service.answers.answer(answer_id), service.store)

    app = create_api(service)
    store = service.store
    app.include_router(reading_pages(Archive(store.article, store.copies, store.revision)))
    app.include_router(plain_pages(service.asking, given, EXAMPLES))
    return app


def page(client: TestClient, path: str, *, language: str = "en", status: int = 200) -> str:
    response = client.get(path, headers={"accept-language": language})
    assert response.status_code == status
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    return response.text


def text_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def shared(service: Service, question: str = QUESTION) -> str:
    return answer_link(service.asking(question).id)


def test_a_question_in_the_address_is_answered_below_the_form(client: TestClient) -> None:
    html = page(client, plain_link(QUESTION))
    assert f'<input id="q" name="q" type="text" value="{QUESTION}" maxlength="1000"' in html
    assert '<label for="q">Your question</label>' in html
    assert (
        '<p class="statement"><span lang="id">Wali kota melantik 269 pejabat.</span>&nbsp;'
        '<a class="mark" href="#source-1" aria-label="Source 1">[1]</a></p>'
    ) in html
    assert '<li id="source-1" value="1">' in html
    assert '<span class="outlet">Antara</span> · 6 February 2026' in html
    assert '<h3 lang="id">Pelantikan</h3>' in html
    assert "Wali kota melantik <strong>269</strong> pejabat." in html
    assert re.search(r'href="/articles/a/view\?start=21&amp;end=52&amp;version=[0-9a-f]{12}#quote"', html)
    assert (
        'href="https://antara.example/a#:~:text=Wali%20kota%20melantik%20269%20pejabat." rel="noopener'
        in html
    )
    assert re.search(r'<a href="/a/[\w-]{16}">Link to this answer</a>', html)
    assert html.count("<script") == 1  # the theme\'s


def test_an_abstention_shows_what_there_is_instead(client: TestClient, service: Service) -> None:
    html = page(client, plain_link(NOWHERE))
    assert '<h2 id="answer">Not found in the archive</h2>' in html
    assert '<p lang="id">Jawabannya tidak ditemukan' in html
    assert "The archive holds 1 article, 6 Feb 2026, from Antara (1)." in html
    assert '<h2 id="sources">Nearest passages</h2>' in html
    assert "Pelantikan" in html
    service.store.delete("a")
    assert "Arsip masih kosong" in page(client, plain_link(NOWHERE))


def test_questions_that_the_archive_answers_are_offered_as_links(service: Service) -> None:
    def ask(question: str) -> Answer | Abstention:
        result = service.ask(question)
        assert isinstance(result, Abstention)
        return replace(result, suggestions=("Berapa <b>&", "Kapan?"))

    app = FastAPI()
    app.include_router(plain_pages(ask, lambda _: pytest.fail("no"), EXAMPLES))
    html = page(TestClient(app), plain_link(NOWHERE))
    assert '<h2 id="suggestions">What this archive can answer</h2>' in html
    assert '<a href="/plain?q=Berapa+%3Cb%3E%26">Berapa &lt;b&gt;&amp;</a>' in html


@pytest.mark.parametrize("text", ["269 pejabat dilantik.", HOSTILE[0]])
def test_prose_is_text_with_its_marks_and_a_line_on_who_wrote_it(service: Service, text: str) -> None:
    def ask(question: str) -> Answer | Abstention:
        result = service.ask(question)
        assert isinstance(result, Answer)
        return replace(result, prose=Prose(text, (Sentence(text, (1,)),)))

    app = FastAPI()
    app.include_router(plain_pages(ask, lambda _: pytest.fail("no"), EXAMPLES))
    html = page(TestClient(app), plain_link(QUESTION))
    assert (
        f'<p class="statement"><span lang="id">{escape(text)}</span>&nbsp;'
        '<a class="mark" href="#source-1" aria-label="Source 1">[1]</a></p>'
    ) in html
    assert f'<p class="byline">Written by {escape(text)} from the quotes.</p>' in html
    assert html.count('<p class="statement">') == 1


def test_the_form_alone_offers_examples(client: TestClient) -> None:
    for path in "/plain", "/plain?q=", "/plain?q=%20%09", "/plain?other=1":
        html = page(client, path, language="id")
        assert '<a href="/plain?q=Berapa+pejabat+yang+dilantik%3F">' in html
        assert 'id="answer"' not in html
        assert '<html lang="id">' in html
        assert '<button type="submit">Tanya</button>' in html


def test_an_answer_that_is_not_kept_has_no_link(tmp_path: Path) -> None:
    service = make_service(tmp_path, keep_days=0)
    put(service.store, make_article("a", TEXT))
    html = page(TestClient(app_of(service)), plain_link(QUESTION))
    assert "269" in html
    assert "Link to this answer" not in html
    service.close()


@pytest.mark.parametrize("question", [*HOSTILE, "\x00\x01\x1b[31m", "%ED%A0%80", "😀" * 1000, "\u202e?"])
def test_a_strange_question_is_answered_as_text(client: TestClient, question: str) -> None:
    html = page(client, f"/plain?q={question}" if question.startswith("%") else plain_link(question))
    assert "pwned" not in re.sub(r'value="[^"]*"|<title>[^<]*</title>', "", html)
    assert html.count("<script") == 1  # the theme\'s


def test_a_question_too_long_is_told_so(client: TestClient) -> None:
    html = page(client, plain_link("x" * 1001), status=422)
    assert "The question is too long: 1001 characters. Shorten it to at most 1000." in html
    page(client, plain_link("x" * 60_000), status=422)


def test_a_failure_is_a_page_too(caplog: pytest.LogCaptureFixture) -> None:
    def broken(_question: str) -> Answer | Abstention:
        raise RuntimeError("the disk is on fire")

    app = FastAPI()
    app.include_router(plain_pages(broken, lambda _: pytest.fail("no"), ()))
    html = page(TestClient(app), plain_link(QUESTION), status=503)
    assert "Sorry, something went wrong on our side" in html
    assert "fire" not in html
    assert "the disk is on fire" in caplog.text


def test_a_question_too_many_at_once_is_told_when_to_come_again(caplog: pytest.LogCaptureFixture) -> None:
    def busy(_question: str) -> Answer | Abstention:
        raise Overloaded("32 questions are being answered")

    app = FastAPI()
    app.include_router(plain_pages(busy, lambda _: pytest.fail("no"), ()))
    response = TestClient(app).get(plain_link(QUESTION), headers={"accept-language": "en"})
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")
    assert "Many questions at the moment" in response.text
    assert caplog.text == ""


def test_what_an_answer_was_limited_to_is_told(client: TestClient, service: Service) -> None:
    question = "Menurut Antara, wali kota melantik berapa pejabat pada Februari 2026?"
    limited = '<p class="byline">Februari 2026: 1 Feb 2026 – 28 Feb 2026 · Outlet: Antara</p>'
    assert limited in page(client, plain_link(question))
    assert limited in page(client, shared(service, question))
    asked = {
        "question": QUESTION,
        "filters": {"outlets": ["Antara"], "published_from": "2026-02-01"},
        "interpretation": {"query": "kota melantik berapa pejabat"},
    }
    html = page(client, answer_link(client.post("/ask", json=asked).json()["id"]))
    said = "Searched for: kota melantik berapa pejabat · since 1 Feb 2026 · Outlet: Antara"
    assert f'<p class="byline">{said}</p>' in html
    assert "Searched for" not in page(client, plain_link(QUESTION))


def test_figures_that_differ_have_the_day_of_publication_where_no_other_is_known() -> None:
    differing = answer(citation(answer="269"), citation("12 dinas", n=2, answer="12"), differing=True)
    told = replace(differing.statements[1], day=date(2026, 1, 2))

    app = FastAPI()
    both = replace(differing, statements=(differing.statements[0], told))
    app.include_router(plain_pages(lambda _: both, lambda _: pytest.fail("no"), ()))
    html = page(TestClient(app), plain_link("q"))
    assert re.findall(r'<p class="statement"><(?:time|span) class="byline"[^>]*>([^<]*)<', html) == [
        "6 February 2026",
        "2 January 2026",
    ]


def test_a_shared_answer_is_shown_as_it_was_given(client: TestClient, service: Service) -> None:
    html = page(client, shared(service))
    assert f'<h1 lang="id">{QUESTION}</h1>' in html
    assert f"<title>{QUESTION} · Tanya</title>" in html
    assert re.search(r"Asked \d+ \w+ 20\d\d, \d\d:\d\d WIB", html)
    assert "Nothing has changed since in the articles quoted." in html
    assert "Fairly sure · Confidence 80%" in html
    assert '<a href="/plain">Ask something yourself</a>' in html
    assert text_of(html).count("Wali kota melantik 269 pejabat.") == 2
    assert html.count("<script") == 1  # the theme\'s


def test_a_shared_answer_tells_what_has_changed_since(client: TestClient, service: Service) -> None:
    path = shared(service)
    put(service.store, make_article("a", "Hujan turun. Wali kota melantik 270 pejabat. Semua pulang."))
    html = page(client, path)
    assert "Since then 1 of the articles quoted has changed or was withdrawn" in html
    said = text_of(html)
    assert "This article has changed since it was quoted. The quote is no longer in the current text." in said
    assert "It now says: Wali kota melantik 270 pejabat." in said
    put(service.store, make_article("a", f"Ralat. {TEXT}"))
    assert "The quote is still in the current text." in text_of(page(client, path))
    service.store.delete("a")
    html = page(client, path, language="id")
    assert "Artikel ini sudah tidak ada di arsip." in html
    assert "Wali kota melantik <strong>269</strong> pejabat." in html
    assert "Baca artikel utuh" not in html


def test_a_shared_abstention_is_shown_with_its_nearest_passages(client: TestClient, service: Service) -> None:
    html = page(client, shared(service, NOWHERE), language="id")
    assert "Tidak ditemukan di arsip" in html
    assert "Kutipan terdekat" in html
    assert "Isi arsip: 1 artikel, 6 Feb 2026, dari Antara (1)." in html


@pytest.mark.parametrize("answer_id", ["x", "%00", "%ED%A0%80", "..%2e", "<script>", "😀", "x" * 9000])
def test_an_unknown_answer_is_a_page_that_leads_on(client: TestClient, answer_id: str) -> None:
    html = page(client, f"/a/{answer_id}", status=404)
    assert "<h1>Answer not found</h1>" in html
    assert '<a href="/plain">' in html
    assert html.count("<script") == 1  # the theme\'s


def test_what_articles_say_stays_text(service: Service, client: TestClient) -> None:
    text = "Wali kota melantik <script>window.pwned=1</script> 12 <b>orang</b> {{ 7 * 7 }}."
    hostile = make_article("b", text, title=HOSTILE[0], outlet=HOSTILE[1])
    put(service.store, replace(hostile, url="javascript:window.pwned=1"))
    for path in plain_link("melantik script window pwned orang"), shared(service, "melantik window pwned"):
        html = page(client, path)
        assert "&lt;script&gt;window.pwned=1&lt;/script&gt;" in html
        assert html.count("<script") == 1  # the theme\'s
        assert "<img" not in html
        assert "javascript:" not in html


@pytest.mark.parametrize("path", ["/plain", "/a/x"])
def test_a_page_loads_our_style_and_theme_alone_and_is_not_indexed(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-robots-tag"] == "noindex, nofollow"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["vary"] == "Accept-Language, Cookie"  # the language that was chosen is in one


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.mark.parametrize("width", [390, 1440])
def test_a_person_without_javascript_asks_checks_and_shares(
    browser: Browser, service: Service, width: int
) -> None:
    with (
        served(app_of(service)) as address,
        visit(browser, f"{address}/plain", width=width, script=False) as visited,
    ):
        person = visited.page
        person.get_by_label("Pertanyaan Anda").fill(QUESTION)
        person.keyboard.press("Enter")
        expect(person.get_by_role("heading", name="Jawaban")).to_be_visible()
        person.get_by_role("link", name="Sumber 1").click()
        assert person.url.endswith("#source-1")
        person.get_by_role("link", name="Baca artikel utuh").click()
        expect(person.locator("mark#quote")).to_have_text("Wali kota melantik 269 pejabat.")
        person.go_back()
        person.get_by_role("link", name="Tautan ke jawaban ini").click()
        expect(person.get_by_role("heading", level=1)).to_have_text(QUESTION)
        assert person.evaluate("document.documentElement.scrollWidth") <= width
        person.get_by_role("link", name="Tanyakan sendiri").click()
        expect(person.get_by_role("heading", name="Coba tanyakan")).to_be_visible()
        visited.assert_quiet()
