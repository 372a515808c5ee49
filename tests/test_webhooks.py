"""Addresses are told when what an answer quotes changes, once they take it, and not for ever."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator
from sqlalchemy import select

from index.database import reading
from index.schema import webhooks as webhooks_table
from qa_service import webhooks as webhooks_module
from qa_service.api import create_api
from qa_service.build import Service
from qa_service.kept_schemas import GivenAnswer
from qa_service.keys import Scope
from qa_service.webhooks import Webhooks, signature
from tests.contract import SNAPSHOT
from tests.corpus import make_article, make_service, put
from tests.receiver import Receiver, receiving

NEVER = threading.Event()


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


def wait_until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 4
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)


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


def test_a_change_that_comes_while_a_webhook_is_registered_is_told(
    service: Service, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(service)
    answer_id = asked(client)
    given = service.webhooks._given

    def change() -> None:
        put(service.store, make_article("a", "Wali kota melantik 270 pejabat.", outlet="Antara"))
        service.webhooks.tell(NEVER)

    changing = threading.Thread(target=change)

    def given_while_it_changes(answer_id: str) -> GivenAnswer:
        if not changing.ident:
            changing.start()
            changing.join(timeout=0.3)  # held up by the lock that the registration has
        return given(answer_id)

    monkeypatch.setattr(Webhooks, "_given", lambda _, answer_id: given_while_it_changes(answer_id))
    registered(client, answer_id, receiver.url())
    changing.join()
    service.webhooks.tell(NEVER)
    assert receiver.states == [["changed"]]


def test_what_is_told_is_what_the_contract_says(service: Service, receiver: Receiver) -> None:
    contract = json.loads(SNAPSHOT.read_text())
    registering = contract["paths"]["/answers/{answer_id}/webhooks"]["post"]
    (message,) = registering["callbacks"]["changed"].values()
    client = client_of(service)
    registered(client, asked(client), receiver.url())
    service.store.delete("a")
    service.webhooks.tell(NEVER)
    ((headers, body),) = receiver.told
    described = {parameter["name"].lower() for parameter in message["post"]["parameters"]}
    assert described == {name for name in headers if name.startswith("x-tanya-")}
    schema = message["post"]["requestBody"]["content"]["application/json"]["schema"]
    Draft202012Validator({**schema, **contract}).validate(json.loads(body))


def test_no_two_messages_have_the_same_delivery(service: Service, receiver: Receiver) -> None:
    client = client_of(service)
    for _ in range(2):
        registered(client, asked(client), receiver.url())
    for _ in range(2):
        service.store.delete("a")
        service.webhooks.tell(NEVER)
        put(service.store, make_article("a", "Wali kota melantik 269 pejabat.", outlet="Antara"))
        service.webhooks.tell(NEVER)
    assert receiver.states == [[state] for state in ("withdrawn", "unchanged") * 2 for _ in range(2)]
    assert len({headers["x-tanya-delivery"] for headers, _ in receiver.told}) == 8


def test_a_thread_tells_what_changes_where_the_archive_is_served_and_nowhere_else(
    service: Service, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks_module, "_EVERY_S", 0.05)
    client = client_of(service)
    registered(client, asked(client), receiver.url())
    service.store.delete("a")
    with service.following():
        time.sleep(0.5)
    assert receiver.told == []
    with service.following(service.webhooks.follow):
        wait_until(lambda: bool(receiver.told))
    assert receiver.states == [["withdrawn"]]


def test_one_that_does_not_answer_holds_up_no_other(service: Service, receiver: Receiver) -> None:
    client = client_of(service)
    answer_id = asked(client)
    with receiving() as silent, ThreadPoolExecutor() as pool:
        silent.go.clear()
        for each in (silent, silent, silent, silent, receiver):
            registered(client, answer_id, each.url())
        service.store.delete("a")
        telling = pool.submit(service.webhooks.tell, NEVER)
        try:
            wait_until(lambda: (len(silent.told), len(receiver.told)) == (4, 1))
        finally:
            silent.go.set()
        telling.result()
    assert all(hook["told_at"] for hook in client.get(f"/answers/{answer_id}/webhooks").json())


def test_a_service_that_ends_waits_for_those_alone_that_are_being_told(
    service: Service, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks_module, "_AT_ONCE", 1)
    client = client_of(service)
    answer_id = asked(client)
    hooks = [registered(client, answer_id, receiver.url()) for _ in range(2)]
    service.store.delete("a")
    receiver.go.clear()
    stop = threading.Event()
    with ThreadPoolExecutor() as pool:
        telling = pool.submit(service.webhooks.tell, stop)
        try:
            wait_until(lambda: len(receiver.told) == 1)
        finally:
            stop.set()
            receiver.go.set()
        telling.result()
    assert len(receiver.told) == 1
    service.webhooks.tell(NEVER)
    assert [headers["x-tanya-webhook"] for headers, _ in receiver.told] == [hook["id"] for hook in hooks]


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


def test_who_never_takes_it_is_tried_for_twenty_hours_with_pauses_that_grow_then_given_up_and_listed(
    service: Service, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC)
    monkeypatch.setattr(webhooks_module, "_now", lambda: now)
    client = client_of(service)
    answer_id = asked(client)
    registered(client, answer_id, receiver.url())
    service.store.delete("a")
    receiver.statuses[:] = [500] * 99
    pauses_s: list[float] = []
    for tries in range(1, 13):
        service.webhooks.tell(NEVER)
        service.webhooks.tell(NEVER)
        assert len(receiver.told) == tries
        with reading(service.store.engine) as connection:
            again = datetime.fromisoformat(connection.execute(select(webhooks_table.c.try_at)).scalar_one())
        pauses_s.append((again - now).total_seconds())
        now = again
    *between, _ = pauses_s
    assert between == [60, 120, 240, 480, 960, 1920, 3840, 7680, 15360, 21600, 21600]
    assert sum(between) == timedelta(hours=20, minutes=31).total_seconds()
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


def test_a_resolver_that_hangs_is_not_waited_for(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = threading.Event()

    def hang(*_: object, **__: object) -> list[object]:
        over.wait(20)
        return []

    client = client_of(service)
    answer_id = asked(client)
    registered(client, answer_id, "https://berita.example/hook")
    service.store.delete("a")
    service.close()
    monkeypatch.setattr(webhooks_module, "_POST_S", 0.3)
    monkeypatch.setattr(socket, "getaddrinfo", hang)
    later = serve(tmp_path, allow_private=False)
    client = client_of(later)
    began = time.monotonic()
    later.webhooks.tell(NEVER)
    (hook,) = client.get(f"/answers/{answer_id}/webhooks").json()
    assert hook["last_failure"] == "took longer than 0.3 seconds"
    refused = client.post(f"/answers/{answer_id}/webhooks", json={"url": "https://berita.example/"})
    assert refused.status_code == 422
    assert time.monotonic() - began < 10
    over.set()
    later.close()


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


def test_there_are_no_webhooks_of_an_answer_that_there_is_not(service: Service) -> None:
    response = client_of(service).get("/answers/unknown/webhooks")
    assert (response.status_code, response.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.parametrize(
    ("url", "advice"),
    [
        ("ftp://a.example/", "ftp://a.example/: only http and https will do; give another address"),
        (
            "https://ani:rahasia@a.example/",
            "https://ani:rahasia@a.example/: has a user name in it; leave that out, or give another address",
        ),
    ],
)
def test_an_address_that_will_not_do_is_told_what_will(service: Service, url: str, advice: str) -> None:
    client = client_of(service)
    response = client.post(f"/answers/{asked(client)}/webhooks", json={"url": url})
    assert response.status_code == 422
    assert response.json()["errors"] == [{"pointer": "/url", "detail": advice}]


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
