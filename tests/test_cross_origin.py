"""Pages of other sites read where they were let, and never write."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError

from qa_service.api import create_api
from qa_service.build import Service
from qa_service.keys import Scope
from qa_service.settings import Settings
from tests.browser import made
from ui.serve import create_app

SITE = "https://berita.example"
OTHER = "https://lain.example"
QUESTION = {"question": "wali kota melantik berapa pejabat?"}
READING = (
    ("POST", "/ask"),
    ("POST", "/quotes/locate"),
    ("POST", "/v1/chat/completions"),
    ("POST", "/answers/x/feedback"),
    ("GET", "/search?q=a"),
    ("GET", "/articles"),
    ("GET", "/articles/a"),
    ("GET", "/articles/a/copies"),
    ("GET", "/articles/a/revisions"),
    ("GET", "/articles/a/revisions/3f1c6b"),
    ("GET", "/answers/x"),
    ("GET", "/v1/models/tanya"),
    ("GET", "/health/ready"),
    ("GET", "/openapi.json"),
)
WRITING = (
    ("POST", "/articles"),
    ("PUT", "/articles/a"),
    ("DELETE", "/articles/a"),
    ("DELETE", "/jobs/x"),
    ("POST", "/key"),
    ("POST", "/archive"),
    ("POST", "/mcp"),
    ("GET", "/metrics"),
    ("GET", "/jobs/x"),
    ("GET", "/articles/a/view"),
)

CHAT = (
    ("GET", "/chat/config"),
    ("GET", "/chat/gradio_api/info"),
    ("POST", "/chat/gradio_api/queue/join"),
)


@pytest.mark.parametrize("origins", [(), (SITE,)])
def test_the_chat_is_no_exception(service: Service, origins: tuple[str, ...]) -> None:
    app = made(lambda: create_app(service, examples=(), origins=origins))
    for base in ("http://berita.example", "http://127.0.0.1:8000"):
        here = TestClient(app, base_url=base, raise_server_exceptions=False)
        for method, path in (*CHAT, *WRITING):
            assert preflight(here, method, path) == {}
            assert granted(here.request(method, path, headers={"origin": SITE}).headers) == {}
        assert here.get("/chat/config").status_code == 200


def client(service: Service, *origins: str) -> TestClient:
    app = create_api(service, origins=origins, reading_needs_key=False)
    here = {"base_url": "http://127.0.0.1:8000", "client": ("127.0.0.1", 50000)}
    return TestClient(app, raise_server_exceptions=False, **here)  # type: ignore[arg-type]


def preflight(of: TestClient, method: str, path: str, origin: str = SITE) -> dict[str, str]:
    asked = {
        "origin": origin,
        "access-control-request-method": method,
        "access-control-request-headers": "authorization,content-type",
    }
    return granted(of.options(path, headers=asked).headers)


def granted(headers: object) -> dict[str, str]:
    return {name: value for name, value in dict(headers).items() if name.startswith("access-control-")}  # type: ignore[call-overload]


def test_without_the_setting_no_page_is_let_read(service: Service) -> None:
    here = client(service)
    for method, path in (*READING, *WRITING):
        assert preflight(here, method, path) == {}
        assert granted(here.request(method, path, headers={"origin": SITE}).headers) == {}


def test_a_page_of_an_origin_that_was_named_asks_and_reads(service: Service) -> None:
    here = client(service, SITE)
    for method, path in READING:
        leave = preflight(here, method, path)
        assert leave["access-control-allow-origin"] == SITE
        assert method in leave["access-control-allow-methods"]
        assert "authorization" in leave["access-control-allow-headers"].lower()
        assert "access-control-allow-credentials" not in leave
    answered = here.post("/ask", json=QUESTION, headers={"origin": SITE})
    assert (answered.status_code, answered.headers["access-control-allow-origin"]) == (200, SITE)
    assert answered.headers["vary"] == "Origin"
    refused = here.post("/ask", json={}, headers={"origin": SITE})
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (422, SITE)


def test_a_page_of_another_origin_does_not(service: Service) -> None:
    here = client(service, SITE)
    assert "access-control-allow-origin" not in preflight(here, "POST", "/ask", OTHER)
    answered = here.post("/ask", json=QUESTION, headers={"origin": OTHER})
    assert "access-control-allow-origin" not in answered.headers


def test_all_pages_may_be_let_read_and_none_of_them_writes(service: Service) -> None:
    here = client(service, "*")
    key, secret = here.app.state.keys.make("app", Scope.WRITE)  # type: ignore[attr-defined]
    assert key.scope is Scope.WRITE
    assert here.get("/articles", headers={"origin": OTHER}).headers["access-control-allow-origin"] == "*"
    for method, path in WRITING:
        assert preflight(here, method, path) == {}
        assert granted(here.request(method, path, headers={"origin": OTHER}).headers) == {}
    sent = {"origin": OTHER, "authorization": f"Bearer {secret}"}
    assert here.delete("/articles/a", headers=sent).status_code == 403
    assert here.post("/articles", json={"text": "Hujan turun."}, headers=sent).status_code == 403
    assert here.delete("/articles/a", headers={"authorization": f"Bearer {secret}"}).status_code == 204


def test_a_key_may_come_in_a_header_where_reading_needs_one(service: Service) -> None:
    app = create_api(service, origins=[SITE], reading_needs_key=True)
    here = TestClient(app)
    _, secret = app.state.keys.make("app", Scope.READ)
    assert preflight(here, "POST", "/ask")["access-control-allow-origin"] == SITE
    refused = here.post("/ask", json=QUESTION, headers={"origin": SITE})
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, SITE)
    sent = {"origin": SITE, "authorization": f"Bearer {secret}"}
    assert here.post("/ask", json=QUESTION, headers=sent).status_code == 200


@pytest.mark.parametrize(
    ("value", "origins"),
    [
        (f"{SITE} {OTHER}", (SITE, OTHER)),
        (f"{SITE},{OTHER}", (SITE, OTHER)),
        ("*", ("*",)),
        ("", ()),
    ],
)
def test_origins_are_named_by_a_variable(
    value: str, origins: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TANYA_CORS_ORIGINS", value)
    assert Settings().cors_origins == origins


@pytest.mark.parametrize("value", ["berita.example", "https://berita.example/", "https://*.example", "null"])
def test_what_is_no_origin_is_refused(value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TANYA_CORS_ORIGINS", value)
    with pytest.raises(ValidationError, match="is no origin"):
        Settings()


def test_origins_are_a_list_in_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tanya.toml").write_text(f'cors_origins = ["{SITE}"]\n')
    assert Settings().cors_origins == (SITE,)
