"""Addresses are told when what an answer quotes changes, once they take it, and not for ever."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from qa_service import webhooks as webhooks_module
from qa_service.api import create_api
from qa_service.build import Service
from qa_service.keys import Scope
from qa_service.webhooks import signature
from tests.corpus import make_article, make_service, put

NEVER = threading.Event()


@dataclass(frozen=True, slots=True)
class Receiver:
    """Notes what it is told: headers, in lower case, and bodies. `statuses` are answered in turn."""

    port: int
    told: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    go: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    @property
    def states(self) -> list[list[str]]:
        """What each message said of the citations."""
        return [[each["now"]["state"] for each in json.loads(body)["citations"]] for _, body in self.told]


@contextmanager
def receiving() -> Iterator[Receiver]:
    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            note.told.append((headers, self.rfile.read(int(headers["content-length"]))))
            note.go.wait(20)
            self.send_response(note.statuses.pop(0) if note.statuses else 204)
            self.send_header("location", "http://127.0.0.1:1/")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Hook) as server:
        note = Receiver(server.server_port)
        note.go.set()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield note
        note.go.set()
        server.shutdown()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def serve(home: Path, *, allow_private: bool = True) -> Service:
    return make_service(home, allow_private=allow_private)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = serve(tmp_path)
    put(service.store, make_article("a", "Wali kota melantik 269 pejabat.", outlet="Antara"))
    yield service
    service.close()


def client_of(service: Service) -> TestClient:
    return TestClient(create_api(service), base_url="http://127.0.0.1:8000", client=("127.0.0.1", 50000))


def asked(client: TestClient) -> str:
    answer = client.post("/ask", json={"question": "wali kota melantik berapa pejabat?"}).json()
    assert answer["citations"][0]["article"]["id"] == "a"
    answer_id: str = answer["id"]
    return answer_id


def registered(client: TestClient, answer_id: str, url: str) -> Any:
    response = client.post(f"/answers/{answer_id}/webhooks", json={"url": url})
    assert response.status_code == 201, response.text
    return response.json()


def test_a_change_is_told_once_with_the_answer_as_it_is_now_and_a_signature(
    service: Service, receiver: Receiver
) -> None:
    client = client_of(service)
    answer_id = asked(client)
    hook = registered(client, answer_id, receiver.url())
    service.webhooks.tell(NEVER)
    assert receiver.told == []  # nothing has changed since
    put(service.store, make_article("b", "Hujan turun."))
    service.webhooks.tell(NEVER)
    assert receiver.told == []
    put(service.store, make_article("a", "Wali kota melantik 270 pejabat.", outlet="Antara"))
    service.webhooks.tell(NEVER)
    service.webhooks.tell(NEVER)
    ((headers, body),) = receiver.told
    assert json.loads(body) == client.get(f"/answers/{answer_id}").json()
    assert receiver.states == [["changed"]]
    at = headers["x-tanya-timestamp"]
    assert headers["x-tanya-signature"] == "sha256=" + signature(hook["secret"], at, body)
    assert headers["x-tanya-webhook"] == hook["id"]
    assert headers["content-type"] == "application/json"
    service.store.delete("a")
    service.webhooks.tell(NEVER)
    assert receiver.states == [["changed"], ["withdrawn"]]
    assert receiver.told[0][0]["x-tanya-delivery"] != receiver.told[1][0]["x-tanya-delivery"]


def test_the_thread_of_the_service_tells_what_changes(
    service: Service, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks_module, "_EVERY_S", 0.05)
    client = client_of(service)
    registered(client, asked(client), receiver.url())
    with service.following():
        service.store.delete("a")
        for _ in range(500):
            if receiver.told:
                break
            threading.Event().wait(0.02)
    assert receiver.states == [["withdrawn"]]


def test_what_was_not_taken_is_told_again_later_and_over_a_restart(
    service: Service, receiver: Receiver, tmp_path: Path
) -> None:
    service.webhooks._pause_s = 0
    client = client_of(service)
    answer_id = asked(client)
    registered(client, answer_id, receiver.url())
    service.store.delete("a")
    receiver.statuses[:] = [500, 302]
    service.webhooks.tell(NEVER, all_=False)
    assert receiver.told == []  # that something changed is looked at once
    service.webhooks.tell(NEVER)
    service.webhooks.tell(NEVER, all_=False)
    assert len(receiver.told) == 2
    (hook,) = client.get(f"/answers/{answer_id}/webhooks").json()
    assert (hook["failures"], hook["last_failure"], hook["told_at"]) == (2, "answered 302", None)
    service.close()
    later = serve(tmp_path)
    later.webhooks.tell(NEVER)
    assert receiver.states == [["withdrawn"]] * 3
    assert len({headers["x-tanya-delivery"] for headers, _ in receiver.told}) == 1
    (hook,) = client_of(later).get(f"/answers/{answer_id}/webhooks").json()
    assert (hook["failures"], hook["given_up_at"]) == (0, None)
    assert hook["told_at"] is not None
    later.webhooks.tell(NEVER)
    assert len(receiver.told) == 3
    later.close()


def test_between_two_tries_lies_a_pause_that_grows(service: Service, receiver: Receiver) -> None:
    client = client_of(service)
    registered(client, asked(client), receiver.url())
    service.store.delete("a")
    receiver.statuses[:] = [500]
    service.webhooks.tell(NEVER)
    service.webhooks.tell(NEVER)
    assert len(receiver.told) == 1


def test_who_never_takes_it_is_given_up_and_listed(service: Service, receiver: Receiver) -> None:
    service.webhooks._pause_s = 0
    client = client_of(service)
    answer_id = asked(client)
    registered(client, answer_id, receiver.url())
    service.store.delete("a")
    receiver.statuses[:] = [500] * 99
    for _ in range(20):
        service.webhooks.tell(NEVER)
    assert len(receiver.told) == 12
    (hook,) = client.get(f"/answers/{answer_id}/webhooks").json()
    assert hook["given_up_at"] is not None
    assert "secret" not in hook


def test_a_receiver_that_does_not_answer_is_not_waited_for(
    service: Service, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks_module, "_POST_S", 0.3)
    client = client_of(service)
    answer_id = asked(client)
    registered(client, answer_id, receiver.url())
    service.store.delete("a")
    receiver.go.clear()
    service.webhooks.tell(NEVER)
    (hook,) = client.get(f"/answers/{answer_id}/webhooks").json()
    assert hook["last_failure"] == "took longer than 0.3 seconds"


def test_a_webhook_that_is_deleted_is_told_nothing(service: Service, receiver: Receiver) -> None:
    client = client_of(service)
    answer_id = asked(client)
    hook = registered(client, answer_id, receiver.url())
    path = f"/answers/{answer_id}/webhooks/{hook['id']}"
    assert client.delete(path).status_code == 204
    assert client.delete(path).status_code == 404
    assert client.get(f"/answers/{answer_id}/webhooks").json() == []
    service.store.delete("a")
    service.webhooks.tell(NEVER)
    assert receiver.told == []


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "http://10.0.0.1/", "http://localhost:8080/", "ftp://a.example/", "berita"]
)
def test_an_address_of_ones_own_network_is_refused(url: str, tmp_path: Path) -> None:
    service = serve(tmp_path, allow_private=False)
    put(service.store, make_article("a", "Wali kota melantik 269 pejabat."))
    client = client_of(service)
    response = client.post(f"/answers/{asked(client)}/webhooks", json={"url": url})
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "/url"
    service.close()


def test_an_address_that_became_one_of_the_own_network_is_not_told(
    service: Service, receiver: Receiver, tmp_path: Path
) -> None:
    client = client_of(service)
    answer_id = asked(client)
    registered(client, answer_id, receiver.url())
    service.close()
    later = serve(tmp_path, allow_private=False)
    later.store.delete("a")
    later.webhooks.tell(NEVER)
    assert receiver.told == []
    (hook,) = client_of(later).get(f"/answers/{answer_id}/webhooks").json()
    assert "not one of the open internet" in hook["last_failure"]
    later.close()


def test_only_who_may_write_registers_lists_and_deletes(service: Service, receiver: Receiver) -> None:
    client = client_of(service)
    answer_id = asked(client)
    hook = registered(client, answer_id, receiver.url())
    _, reading = client.app.state.keys.make("app", Scope.READ)  # type: ignore[attr-defined]
    _, writing = client.app.state.keys.make("desk", Scope.WRITE)  # type: ignore[attr-defined]
    path, body = f"/answers/{answer_id}/webhooks", {"url": receiver.url()}
    for sent, status in (({}, 401), ({"authorization": f"Bearer {reading}"}, 403)):
        assert client.post(path, json=body, headers=sent).status_code == status
        assert client.get(path, headers=sent).status_code == status
        assert client.delete(f"{path}/{hook['id']}", headers=sent).status_code == status
    allowed = {"authorization": f"Bearer {writing}"}
    assert client.post(path, json=body, headers={**allowed, "origin": "https://a.example"}).status_code == 403
    assert client.post(path, json=body, headers=allowed).status_code == 201
    assert client.post("/answers/none/webhooks", json=body, headers=allowed).status_code == 404


def test_there_are_only_so_many(
    service: Service, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks_module, "MOST", 1)
    client = client_of(service)
    answer_id = asked(client)
    registered(client, answer_id, receiver.url())
    response = client.post(f"/answers/{answer_id}/webhooks", json={"url": receiver.url()})
    assert (response.status_code, "delete one first" in response.json()["detail"]) == (422, True)


def test_an_answer_that_is_just_given_can_be_watched_at_once(service: Service, receiver: Receiver) -> None:
    client = client_of(service)
    with ThreadPoolExecutor(4) as pool:
        hooks = pool.map(lambda _: registered(client, asked(client), receiver.url()), range(8))
        assert len({hook["id"] for hook in hooks}) == 8
