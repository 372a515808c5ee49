"""The service below a path of a host that others share, as a proxy passes requests on."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient

from qa_service.build import Service
from qa_service.keys import Keys, Scope
from qa_service.root_path import OURS
from tests.browser import made
from tests.corpus import make_article, make_service, put
from ui.serve import create_app

PUBLIC = "http://berita.example/tanya"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    service = make_service(tmp_path_factory.mktemp("home"))
    put(service.store, make_article("a", "Wali kota melantik 269 pejabat.", outlet="Antara"))
    yield service
    service.close()


def client_of(service: Service, *, needs_key: bool = False, rate: str | None = None) -> TestClient:
    app = made(
        lambda: create_app(service, examples=(), public_url=PUBLIC, reading_needs_key=needs_key, rate=rate)
    )
    return TestClient(app, base_url="http://berita.example", follow_redirects=False)


@pytest.fixture(scope="module")
def client(service: Service) -> TestClient:
    return client_of(service)


@pytest.mark.parametrize(
    "path", ["/health/live", "/articles", "/archive", "/docs/assets/swagger-ui.css", "/ui/chat.css", "/chat/"]
)
def test_the_proxy_may_take_the_path_off_or_leave_it_on(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 200
    assert client.get(f"/tanya{path}").status_code == 200
    assert client.get(f"/tanya/tanya{path}").status_code == 404


def test_what_only_begins_like_the_path_is_not_below_it(client: TestClient) -> None:
    assert client.get("/tanyakan").status_code == 404


def test_the_start_leads_to_the_chat_below_the_path(client: TestClient) -> None:
    assert client.get("/tanya").headers["location"] == "http://berita.example/tanya/"
    assert client.get("/tanya/").headers["location"] == "chat/"
    assert client.get("/tanya/chat").headers["location"] == "http://berita.example/tanya/chat/"


def test_links_of_pages_begin_with_the_path(client: TestClient) -> None:
    for page in "/archive", "/articles/a/view", "/plain?q=pejabat", "/key":
        html = client.get(f"/tanya{page}").text
        assert 'href="/tanya/chat/"' in html
        assert 'href="/tanya/ui/article.css"' in html
        assert re.findall(r'(?:href|src|action)="(?!/tanya/)(?!key")(?!#)(?!data:)[^"]*"', html) == []


def test_the_openapi_document_names_the_path_as_its_server(client: TestClient) -> None:
    assert client.get("/tanya/openapi.json").json()["servers"] == [{"url": "/tanya"}]


def test_all_that_our_paths_begin_with_is_known_as_no_path_to_be_served_below(service: Service) -> None:
    app = made(lambda: create_app(service, examples=()))
    paths = {route.path for route in iter_route_contexts(app.routes)} - {"/"}
    assert "/chat" in paths
    assert [path for path in paths if not OURS.fullmatch(path or "")] == []


def test_a_page_that_needs_a_key_leads_to_where_it_is_entered(service: Service) -> None:
    client = client_of(service, needs_key=True)
    led = client.get("/tanya/archive", headers={"accept": "text/html"})
    assert (led.status_code, led.headers["location"]) == (303, "/tanya/key")
    assert client.get("/tanya/archive").status_code == 401
    assert client.get("/tanya/health/live").status_code == 200  # open, as without a path


def test_limits_of_rate_and_size_hold_below_the_path(service: Service) -> None:
    client = client_of(service, rate="1/minute")
    statuses = [client.get("/tanya/search", params={"q": "pejabat"}).status_code for _ in range(2)]
    assert statuses == [200, 429]
    unlimited = client_of(service)
    assert unlimited.post("/tanya/quotes/locate", content=b"x" * (2**20 + 1)).status_code == 413


def test_the_key_in_the_browser_is_sent_to_nothing_beside_the_service(service: Service) -> None:
    _, sent = Keys(service.store.engine).make("redaksi", Scope.READ)
    entered = client_of(service).post("/tanya/key", data={"key": sent})
    assert entered.status_code == 303
    assert "Path=/tanya;" in entered.headers["set-cookie"]


def test_the_log_names_what_was_asked_for_without_the_path(service: Service, client: TestClient) -> None:
    client.get("/tanya/chat/nothing-here")
    assert 'route="/chat/…"' in service.metrics.text().decode()
    assert "/tanya" not in service.metrics.text().decode()
