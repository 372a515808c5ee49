"""Keys: made once, hashed, revoked at once; what needs one, and how much it is good for."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from limits.storage import MemoryStorage
from starlette.requests import Request
from typer.testing import CliRunner

from qa_service.access import Access
from qa_service.api import create_api
from qa_service.build import Service
from qa_service.cli import cli
from qa_service.errors import KeyNotFound
from qa_service.keys import Keys, Scope
from ui.key_page import key_page

ARTICLE = {"title": "Banjir", "text": "BPBD Cilegon membeli 12 perahu karet pada hari Senin."}
AWAY = "203.0.113.7"


@pytest.fixture
def keys(service: Service) -> Keys:
    return Keys(service.store.engine)


def client_of(service: Service, *, peer: str = AWAY, **settings: Any) -> TestClient:
    app = create_api(service, **settings)
    app.include_router(key_page(app.state.keys))
    return TestClient(app, base_url="http://tanya.example", client=(peer, 50000), follow_redirects=False)


def bearer(sent: str) -> dict[str, str]:
    return {"authorization": f"Bearer {sent}"}


def test_a_key_is_known_by_what_its_holder_sends_and_nothing_else(keys: Keys) -> None:
    key, sent = keys.make("redaksi", Scope.WRITE)
    assert sent.startswith(f"tanya_{key.id}_")
    assert keys.holder(sent) == key
    for other in ("", "tanya", f"tanya_{key.id}_", sent[:-1], sent + "x", sent.replace("tanya", "other")):
        assert keys.holder(other) is None


def test_what_is_kept_of_a_key_does_not_let_anybody_in(keys: Keys, tmp_path: Path) -> None:
    _, sent = keys.make("redaksi", Scope.ADMIN)
    connection = sqlite3.connect(tmp_path / "tanya.sqlite")
    (row,) = connection.execute("SELECT * FROM keys")
    connection.close()
    secret = sent.split("_", 2)[2]
    assert not any(secret in str(value) for value in row)
    assert keys.holder(f"tanya_{row[0]}_{row[3]}") is None


def test_a_revoked_key_is_refused_by_a_running_service(service: Service, keys: Keys) -> None:
    key, sent = keys.make("redaksi", Scope.WRITE)
    client = client_of(service)
    assert client.delete("/articles/a", headers=bearer(sent)).status_code == 204
    assert keys.revoke(key.id).revoked_at is not None
    refused = client.delete("/articles/a", headers=bearer(sent))
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
    with pytest.raises(KeyNotFound, match="tanya keys list"):
        keys.revoke("unknown")


def test_without_keys_only_this_machine_writes_and_with_one_only_its_holders(
    service: Service, keys: Keys
) -> None:
    here = TestClient(create_api(service), base_url="http://127.0.0.1:8000", client=("127.0.0.1", 50000))
    assert client_of(service).post("/articles", json=ARTICLE).status_code == 403
    assert here.post("/articles", json=ARTICLE).status_code == 201
    keys.make("pembaca", Scope.READ)
    assert here.post("/articles", json=ARTICLE).status_code == 200
    _, sent = keys.make("redaksi", Scope.WRITE)
    assert here.post("/articles", json=ARTICLE).status_code == 401
    assert here.post("/articles", json=ARTICLE, headers=bearer(sent)).status_code == 200
    assert client_of(service).post("/articles", json=ARTICLE, headers={"x-api-key": sent}).status_code == 200


def test_a_key_that_may_only_read_does_not_write(service: Service, keys: Keys) -> None:
    key, sent = keys.make("pembaca", Scope.READ)
    refused = client_of(service).post("/articles", json=ARTICLE, headers=bearer(sent))
    assert refused.status_code == 403
    assert key.id in refused.json()["detail"]


def test_another_site_does_not_write_with_the_key_of_the_browser(service: Service, keys: Keys) -> None:
    _, sent = keys.make("redaksi", Scope.WRITE)
    headers = {**bearer(sent), "origin": "https://evil.example"}
    assert client_of(service).delete("/articles/a", headers=headers).status_code == 403


def test_reading_can_be_made_to_need_a_key(service: Service, keys: Keys) -> None:
    _, sent = keys.make("pembaca", Scope.READ)
    client = client_of(service, reading_needs_key=True)
    question = {"question": "wali kota melantik berapa pejabat?"}
    assert client.post("/ask", json=question).status_code == 401
    assert client.get("/articles").status_code == 401
    assert client.get("/health/live").status_code == 200
    assert client.post("/ask", json=question, headers=bearer(sent)).status_code == 200


def test_a_key_that_is_not_ours_is_nobodys_where_none_is_needed(service: Service) -> None:
    client = client_of(service)
    question = {"question": "wali kota melantik berapa pejabat?"}
    assert client.post("/ask", json=question, headers=bearer("sk-of-another-service")).status_code == 200
    assert client.post("/ask", json=question, headers=bearer("tanya_0_no")).status_code == 401


def test_who_asks_too_much_is_told_when_to_come_again(service: Service, keys: Keys) -> None:
    client = client_of(service, rate="2/minute")
    question = {"question": "wali kota melantik berapa pejabat?"}
    statuses = [client.post("/ask", json=question).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    refused = client.get("/search", params={"q": "banjir"})
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert client.get("/archive", params={"q": "banjir"}).status_code == 429
    # These compute nothing.
    for path in "/articles", "/archive", "/archive/style.css", "/archive/jobs/dead?q=x":
        assert client.get(path).status_code != 429
    _, sent = keys.make("aplikasi", Scope.READ)
    assert client.post("/ask", json=question, headers=bearer(sent)).status_code == 200
    here = client_of(service, peer="127.0.0.1", rate="1/minute")
    assert [here.post("/ask", json=question).status_code for _ in range(3)] == [200] * 3


class Clock:
    """A time that goes on when it is told to."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("pause_s", [0.0, 0.3, 1.7])
def test_who_comes_again_when_told_is_answered(
    service: Service, monkeypatch: pytest.MonkeyPatch, pause_s: float
) -> None:
    clock = Clock(1_800_000_000.4)
    monkeypatch.setattr(time, "time", clock)
    client = client_of(service, rate="5/10 seconds")
    refused = 0
    for _ in range(60):
        clock.now += pause_s
        response = client.get("/search", params={"q": "banjir"})
        if response.status_code == 429:
            refused += 1
            wait_s = int(response.headers["retry-after"])
            assert 1 <= wait_s <= 10
            clock.now += wait_s
            assert client.get("/search", params={"q": "banjir"}).status_code == 200
    assert refused > 5


def test_whoever_comes_no_more_is_forgotten(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(1_800_000_000.0)
    monkeypatch.setattr(time, "time", clock)
    access = Access(FastAPI(), keys=keys, reading_needs_key=False, rate="2/second")

    def ask(address: str) -> None:
        headers: list[tuple[bytes, bytes]] = []
        scope = {"type": "http", "method": "POST", "path": "/ask", "headers": headers, "query_string": b""}
        assert access._refusal(Request({**scope, "client": (address, 1)}), None) is None

    for number in range(500):
        ask(f"203.0.113.{number % 250}.{number}")
    known = access._limiter.storage
    assert isinstance(known, MemoryStorage)
    assert len(known.storage) == 500
    clock.now += 3
    deadline = time.monotonic() + 10
    while len(known.storage) > 1 and time.monotonic() < deadline:
        ask("198.51.100.1")
        clock.now += 3
        time.sleep(0.05)
    assert (len(known.storage) + len(known.expirations) + len(known.events), len(known.locks)) <= (2, 1)


def test_a_body_that_is_too_large_is_refused_before_it_is_read(service: Service) -> None:
    refused = client_of(service).post("/ask", json={"question": "x", "more": "y" * 2**20})
    assert refused.status_code == 413
    assert refused.headers["content-type"] == "application/problem+json"

    def parts() -> Iterator[bytes]:
        yield b'{"question": "'
        for _ in range(2048):
            yield b"x" * 1024

    assert client_of(service).post("/ask", content=parts()).status_code == 413


def test_a_body_that_nobody_reads_is_passed_over_however_large_it_is(service: Service, keys: Keys) -> None:
    _, sent = keys.make("redaksi", Scope.WRITE)
    client, large = client_of(service), b"x" * (2**20 + 1)
    assert client.request("GET", "/articles/a", content=large).status_code == 200
    path = "/answers/none/webhooks/none"
    assert client.request("DELETE", path, content=large, headers=bearer(sent)).status_code == 404


def test_addresses_of_one_network_count_together(service: Service) -> None:
    app = create_api(service, rate="1/minute")
    peers = "2001:db8::1", "2001:db8::2", "2001:db8:1::1"
    asked = [
        TestClient(app, client=(peer, 50000)).post("/ask", json={"question": "banjir?"}).status_code
        for peer in peers
    ]
    assert asked == [200, 429, 200]


def test_a_browser_is_given_a_key_and_forgets_it(service: Service, keys: Keys) -> None:
    _, sent = keys.make("redaksi", Scope.WRITE)
    client = client_of(service)
    assert client.post("/key", data={"key": "tanya_0_no"}).status_code == 401
    entered = client.post("/key", data={"key": sent})
    assert entered.status_code == 303
    assert "HttpOnly" in entered.headers["set-cookie"]
    assert "SameSite=lax" in entered.headers["set-cookie"]
    assert "redaksi" in client.get("/key").text
    assert client.delete("/articles/a").status_code == 204
    client.post("/key", data={})
    assert "redaksi" not in client.get("/key").text


def test_a_browser_whose_key_was_revoked_reads_on_and_can_forget_it(service: Service, keys: Keys) -> None:
    key, sent = keys.make("redaksi", Scope.WRITE)
    client = client_of(service)
    client.post("/key", data={"key": sent})
    keys.revoke(key.id)
    assert client.get("/articles").status_code == 200
    assert client.delete("/articles/a").status_code == 403
    page = client.get("/key").text
    assert "Kunci ini tidak berlaku" in page
    forget = '<form method="post" action="key"><button type="submit">Lupakan kunci ini</button></form>'
    assert forget in page
    assert 'id="key"' in page
    client.post("/key", data={})
    assert forget not in client.get("/key").text


def test_a_browser_without_a_valid_key_is_led_to_where_one_is_entered(service: Service, keys: Keys) -> None:
    key, sent = keys.make("pembaca", Scope.READ)
    client = client_of(service, reading_needs_key=True)
    browser = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    led = client.get("/articles", headers=browser)
    assert (led.status_code, led.headers["location"]) == (303, "/key")
    assert client.head("/articles", headers=browser).status_code == 303
    assert client.get("/key", headers=browser).status_code == 200
    client.post("/key", data={"key": sent})
    assert client.get("/articles", headers=browser).status_code == 200
    keys.revoke(key.id)
    assert client.get("/articles", headers=browser).status_code == 303
    assert client.post("/articles", headers=browser).status_code == 401


def test_the_way_to_the_key_keeps_to_the_path_that_a_proxy_serves_under(service: Service) -> None:
    app = create_api(service, reading_needs_key=True)
    client = TestClient(app, root_path="/tanya", follow_redirects=False)
    led = client.get("/articles", headers={"accept": "text/html"})
    assert (led.status_code, led.headers["location"]) == (303, "/tanya/key")


def test_keys_are_made_listed_and_revoked_at_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANYA_HOME", str(tmp_path))
    run = CliRunner().invoke
    made = run(cli, ["keys", "make", "redaksi", "--scope", "write"])
    sent = made.stdout.strip()
    key_id = sent.split("_")[1]
    assert made.exit_code == 0
    assert f"key {key_id} for redaksi may write" in made.stderr
    assert sent not in run(cli, ["keys", "list"]).stdout
    assert run(cli, ["keys", "list"]).stdout.startswith(f"{key_id}\twrite\t")
    assert run(cli, ["keys", "revoke", key_id]).exit_code == 0
    assert "revoked" in run(cli, ["keys", "list"]).stdout
    assert run(cli, ["keys", "revoke", "x"]).exit_code == 1


@pytest.mark.parametrize(
    ("sent_to", "answered"),
    [
        ("127.0.0.1:8000", True),
        ("localhost:9000", True),  # through a tunnel, say
        ("[::1]:8000", True),
        ("192.168.1.5:8000", True),  # forwarded: an address cannot be made to lead here
        ("Berita.example", True),
        ("berita.example:8443", True),
        ("evil.example", False),
        ("evil.example:8000", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("[", False),
    ],
)
def test_on_this_machine_alone_no_other_name_is_answered(
    service: Service, sent_to: str, answered: bool
) -> None:
    public = "https://berita.example/tanya"
    here = TestClient(create_api(service, host="127.0.0.1", public_url=public), client=("127.0.0.1", 1))
    for path in ("/articles", "/articles/a", "/health/ready", "/docs"):
        response = here.get(path, headers={"host": sent_to})
        assert response.status_code == (200 if answered else 421)
        if not answered:
            assert response.headers["content-type"] == "application/problem+json"
            assert "TANYA_PUBLIC_URL" in response.json()["detail"]
    # Whoever listens for others is reached by names that it cannot know.
    open_to_all = TestClient(create_api(service, host="0.0.0.0"))
    assert open_to_all.get("/articles", headers={"host": sent_to}).status_code == 200
