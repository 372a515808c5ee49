"""What every page of ours tells the browser: what it may load, who may frame it, what it passes on."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser

from qa_service.build import Service
from tests.browser import chromium, served, visit
from tests.corpus import make_article, make_service, put
from ui.serve import create_app

PAGES = (
    "/chat/",
    "/archive",
    "/archive?q=wali",
    "/plain",
    "/plain?q=wali",
    "/key",
    "/articles/a/view",
    "/docs",
)
MISSING = ("/a/none", "/articles/none/view")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    service = make_service(tmp_path_factory.mktemp("home"))
    put(service.store, make_article("a", "Wali kota melantik 269 pejabat."))
    yield service
    service.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def address(service: Service, browser: Browser) -> Iterator[str]:  # noqa: ARG001
    # Once Playwright's event loop runs, Gradio makes none of its own, which nobody would close.
    with served(create_app(service, examples=())) as address:
        yield address


def policy_of(response: httpx.Response) -> dict[str, str]:
    stated = response.headers["content-security-policy"].split("; ")
    return dict(part.partition(" ")[::2] for part in stated)


@pytest.mark.parametrize("path", [*PAGES, *MISSING])
def test_every_page_says_what_it_may_do(address: str, path: str) -> None:
    response = httpx.get(address + path, headers={"accept": "text/html"})
    assert response.headers["content-type"].startswith("text/html")
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "same-origin"
    policy = policy_of(response)
    assert policy["frame-ancestors"] == "'none'"
    if path != "/chat/":  # Gradio writes scripts and styles into its page
        assert policy["default-src"] == "'none'"
        assert "unsafe" not in policy.get("script-src", "")
    assert policy["base-uri"] in ("'none'", "'self'")


def test_an_answers_page_says_so_too(address: str) -> None:
    answer = httpx.post(f"{address}/ask", json={"question": "wali kota melantik berapa pejabat?"}).json()
    response = httpx.get(f"{address}/a/{answer['id']}")
    assert (response.status_code, policy_of(response)["default-src"]) == (200, "'none'")


@pytest.mark.parametrize("path", ["/articles", "/ui/chat.css", "/docs/assets/swagger-ui.css", "/nowhere"])
def test_whatever_else_is_sent_is_taken_for_what_it_says_it_is(address: str, path: str) -> None:
    assert httpx.get(address + path).headers["x-content-type-options"] == "nosniff"


def test_the_documentation_works_under_its_policy(browser: Browser, address: str) -> None:
    with visit(browser, f"{address}/docs", width=1000) as visited:
        visited.page.wait_for_selector("#operations-asking-ask")
        visited.page.click("#operations-asking-ask button")
        visited.page.wait_for_selector(".try-out__btn")
        visited.assert_quiet()


def test_what_a_link_to_the_chat_is_shown_with_is_not_gradio_s(address: str) -> None:
    page = httpx.get(f"{address}/chat/").text
    assert "<title>Tanya</title>" in page
    assert [said for said in ("og:", "twitter:", "githubusercontent") if said in page] == []
