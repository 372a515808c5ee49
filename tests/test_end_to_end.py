"""The whole service as it is started, with the real model, asked as people and apps ask."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import expect

from qa_service.settings import Settings
from tests.browser import chromium, visit
from tests.test_accessibility import violations

pytestmark = pytest.mark.long

TANYA = Path(sys.executable).with_name("tanya")
SEEDS = Path(__file__).parents[1] / "seeds"
SERANG = "Berapa pejabat yang dilantik Wali Kota Serang?"


_WATCH_THE_NETWORK = """
import os, sys

def watch(event, arguments):
    outside = event == "socket.getaddrinfo" and arguments[0] not in ("127.0.0.1", "localhost", None)
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        outside = arguments[1][0] not in ("127.0.0.1", "::1")
    if outside:
        with open(os.environ["CALLS_OUT"], "a") as file:
            file.write(f"{event} {arguments[1:] if event == 'socket.connect' else arguments}\\n")

sys.addaudithook(watch)
"""
"""Run by Python before anything else: notes each call to another machine."""


@dataclass(frozen=True, slots=True)
class Served:
    """A running `tanya serve`."""

    url: str
    said: str
    home: Path


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, model_folder: Path) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("home")
    temporary = tmp_path_factory.mktemp("temporary")
    watched = tmp_path_factory.mktemp("watched")
    (watched / "sitecustomize.py").write_text(_WATCH_THE_NETWORK)
    environment = {
        **os.environ,
        "TMPDIR": str(temporary),
        "TANYA_HOME": str(home),
        "TANYA_MODEL": str(model_folder),
        "PYTHONPATH": str(watched),
        "CALLS_OUT": str(watched / "calls"),
    }
    with subprocess.Popen(
        [TANYA, "serve", "--port", "0", *sorted(SEEDS.glob("*.txt"))],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
        cwd=home,
    ) as process:
        try:
            assert process.stdout is not None
            said = "".join(process.stdout.readline() for _ in range(4))
            match = re.search(r"chat +(http://\S+)/chat/", said)
            assert match, said
            yield Served(match[1], said, home)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)
    assert process.returncode == 0
    assert list(temporary.glob("tanya-lexical-*")) == []
    assert not (watched / "calls").exists(), (watched / "calls").read_text()


def ask(served: Served, question: str, **request: object) -> dict[str, Any]:
    response = httpx2.post(f"{served.url}/ask", json={"question": question, **request}, timeout=60)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def test_the_start_says_where_everything_is(served: Served) -> None:
    assert f"chat      {served.url}/chat/" in served.said
    assert f"archive   {served.url}/archive" in served.said
    assert f"API docs  {served.url}/docs" in served.said
    assert f"data      {served.home}" in served.said


@pytest.mark.parametrize(
    ("question", "words", "outlet"),
    [
        (SERANG, "269 pejabat", "SuaraBanten.id"),
        ("What are the priority sectors of the Bekasi government in 2026?", "kemacetan", "RakyatBekasi.Com"),
    ],
    ids=["id", "en"],
)
def test_an_answer_is_quoted_from_the_right_article(
    served: Served, question: str, words: str, outlet: str
) -> None:
    answer = ask(served, question)
    first = answer["citations"][0]
    assert answer["status"] == "answered"
    assert words in first["quote"]
    assert first["article"]["outlet"] == outlet
    article = httpx2.get(f"{served.url}/articles/{first['article']['id']}").json()
    assert article["text"][first["start"] : first["end"]] == first["quote"]


@pytest.mark.parametrize(
    "question",
    ["Siapa presiden Amerika Serikat?", "Who is the president of the United States?"],
    ids=["id", "en"],
)
def test_what_the_archive_does_not_know_is_not_answered(served: Served, question: str) -> None:
    assert ask(served, question)["abstention"]["reason"] == "not_in_articles"


@pytest.mark.parametrize(
    ("question", "answer"),
    list(zip(Settings().examples, ("269", "6/2/2026", "peringkat ketiga", "kemacetan"), strict=True)),
)
def test_the_questions_that_the_chat_offers_are_answered(served: Served, question: str, answer: str) -> None:
    assert answer in ask(served, question)["citations"][0]["quote"]


def test_an_article_added_by_another_process_is_answerable_without_a_restart(
    served: Served, model_folder: Path, tmp_path: Path
) -> None:
    question = "Berapa perahu karet yang dibeli BPBD Cilegon?"
    assert ask(served, question)["status"] == "abstained"
    article = tmp_path / "perahu.txt"
    article.write_text("BPBD Cilegon membeli 37 perahu karet untuk menghadapi banjir, Senin (2/3/2026).")
    environment = {**os.environ, "TANYA_HOME": str(served.home), "TANYA_MODEL": str(model_folder)}
    subprocess.run([TANYA, "add", article], env=environment, check=True, capture_output=True)
    answer = ask(served, question)
    article_id = answer["citations"][0]["article"]["id"]
    assert "37 perahu karet" in answer["answer"]
    assert answer["freshness"]["articles"] == 6
    subprocess.run([TANYA, "remove", article_id], env=environment, check=True, capture_output=True)
    gone = ask(served, question)
    cited = [*gone["citations"], *(gone["abstention"] or {"nearest": []})["nearest"]]
    assert article_id not in [citation["article"]["id"] for citation in cited]


@pytest.mark.parametrize("width", [1440, 390])
def test_a_person_asks_and_checks_the_quote_in_the_article(served: Served, width: int) -> None:
    with chromium() as browser, visit(browser, served.url, width=width) as visited:
        page = visited.page
        expect(page.locator(".freshness")).not_to_be_empty()
        page.get_by_label("Pertanyaan Anda").fill(SERANG)
        page.get_by_role("button", name="Tanya", exact=True).click()
        expect(page.locator(".reply.answer")).to_contain_text("269 pejabat", timeout=30_000)
        card = page.locator("#tanya-sources .card").first
        expect(card).to_contain_text("SuaraBanten.id")
        expect(card.locator("mark")).to_contain_text("269 pejabat")
        with page.context.expect_page() as opened:
            card.get_by_role("link").first.click()
        reading = opened.value
        expect(reading.locator("mark#quote").first).to_be_in_viewport()
        expect(reading.locator("mark#quote").first).to_contain_text("269 pejabat")
        visited.assert_quiet()


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize(
    ("locale", "dark"), [("id-ID", True), ("id-ID", False), ("en-US", True), ("en-US", False)]
)
def test_a_person_follows_up_and_says_that_it_helped(
    served: Served, width: int, locale: str, dark: bool
) -> None:
    with chromium() as browser, visit(browser, served.url, width=width, locale=locale, dark=dark) as visited:
        page = visited.page
        page.emulate_media(reduced_motion="reduce")  # what fades in has no contrast yet
        expect(page.locator(".freshness")).not_to_be_empty()
        question = page.locator("#tanya-question textarea")
        for asked, words in ((SERANG, "269"), ("Kalau di Bekasi?", "61")):
            question.fill(asked)
            question.press("Enter")
            reply = page.locator(".exchange").last.locator(".reply.answer")
            expect(reply).to_contain_text(words, timeout=60_000)
        understood = page.locator(".exchange").last.locator(".chip")
        expect(understood.filter(has_text="Bekasi").first).to_be_visible()
        expect(understood.filter(has_text=SERANG)).to_be_visible()
        page.locator(".exchange").last.locator(".thumb.right").click()
        expect(page.locator(".rated").last).not_to_be_empty()
        question.fill("Siapa presiden Amerika Serikat?")
        question.press("Enter")
        expect(page.locator(".exchange").last.locator(".abstention .coverage")).to_be_visible(timeout=60_000)
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        visited.assert_quiet()
    judged = subprocess.run(
        [TANYA, "feedback"],
        env={**os.environ, "TANYA_HOME": str(served.home)},
        check=True,
        capture_output=True,
        text=True,
    )
    told = [json.loads(line) for line in judged.stdout.splitlines()]
    assert ("Kalau di Bekasi?", "right") in [(each["asked"], each["verdict"]) for each in told]


def test_a_person_asks_what_is_not_there(served: Served) -> None:
    with chromium() as browser, visit(browser, served.url, locale="en-US") as visited:
        page = visited.page
        expect(page.locator(".freshness")).not_to_be_empty()
        page.get_by_role("textbox").fill("Who is the president of the United States?")
        page.get_by_role("textbox").press("Enter")
        expect(page.locator(".reply.abstention")).to_be_visible(timeout=30_000)
        expect(page.locator("#tanya-sources .card").first).to_be_visible()
        visited.assert_quiet()


def test_the_api_docs_work_offline(served: Served) -> None:
    with chromium() as browser, visit(browser, f"{served.url}/docs") as visited:
        expect(visited.page.get_by_text("/ask").first).to_be_visible()
        visited.assert_quiet()
