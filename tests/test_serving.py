"""How `tanya serve` begins and ends, as a process: what runs is finished, the rest refused, nothing lost."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import httpx
import pytest

from qa_service.problems import RETRY_AFTER_S
from qa_service.starting import answering_while_starting
from tests.language_model import Sent, language_model
from tests.receiver import receiving

pytestmark = pytest.mark.long

ARTICLES = 300
DRIVER = "from tests.serving_driver import cli; cli({})"
STREAM = {"accept": "text/event-stream"}
SLOW = {"question": "Wali kota melantik berapa pejabat lambat?"}

Process = subprocess.Popen[str]


@contextmanager
def serving(home: Path, *, slow_s: float = 2, **environment: str) -> Iterator[tuple[Process, str]]:
    """A running service over the home, and its address once it takes connections."""
    with (
        (home.parent / "log").open("a") as log,
        subprocess.Popen(
            [sys.executable, "-c", DRIVER.format(f"passage_s=0.02, slow_s={slow_s}"), "serve", "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={**os.environ, "TANYA_HOME": str(home), **environment},
        ) as process,
    ):
        try:
            assert process.stdout is not None
            said = "".join(process.stdout.readline() for _ in range(4))
            match = re.search(r"chat +(http://\S+)/chat/", said)
            assert match, said
            yield process, match[1]
        finally:
            process.kill()


def has_ended(process: Process) -> float:
    """Tell the process to end; how long it took to, in seconds."""
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0
    return time.monotonic() - began


def test_what_runs_is_finished_and_the_rest_refused_when_the_service_is_told_to_end(tmp_path: Path) -> None:
    home = tmp_path / "home"
    articles = [{"id": f"a{n}", "text": f"Wali kota melantik {n} pejabat baru."} for n in range(ARTICLES)]

    def streamed(address: str) -> str:
        with httpx.stream("POST", f"{address}/ask", json=SLOW, headers=STREAM, timeout=30) as response:
            return "".join(response.iter_text())

    with serving(home) as (process, address), ThreadPoolExecutor() as pool:
        first = {"id": "first", "text": "Wali kota melantik 269 pejabat."}
        assert httpx.post(f"{address}/articles", json=first).status_code == 201
        job = httpx.post(f"{address}/articles", json=articles).json()
        host, port = address.removeprefix("http://").split(":")
        idle = socket.create_connection((host, int(port)))
        idle.sendall(b"GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n")
        assert idle.recv(4096).startswith(b"HTTP/1.1 200")
        answer = pool.submit(httpx.post, f"{address}/ask", json=SLOW, timeout=30)
        stream = pool.submit(streamed, address)
        time.sleep(0.7)
        ended = pool.submit(has_ended, process)
        time.sleep(0.7)
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{address}/health/live")
        assert answer.result().status_code == 200
        assert answer.result().json()["status"] == "answered"
        assert "event: done" in stream.result()
        assert ended.result() < 10
        idle.close()
    assert "Traceback" not in (tmp_path / "log").read_text()

    with serving(home) as (process, address):
        assert httpx.get(f"{address}/answers/{answer.result().json()['id']}").status_code == 200
        until = time.monotonic() + 60
        while (now := httpx.get(f"{address}/jobs/{job['id']}").json())["state"] != "done":
            assert time.monotonic() < until, now
            time.sleep(0.2)
        assert httpx.get(f"{address}/articles").json()["total"] == ARTICLES + 1
        # What a page of the chat keeps open as long as it is looked at doesn't hold the end up.
        with httpx.stream("GET", f"{address}/chat/gradio_api/heartbeat/tab", timeout=30) as tab:
            assert next(tab.iter_lines()) == "data: ALIVE"
            assert has_ended(process) < 10
    assert "timeout graceful shutdown exceeded" not in (tmp_path / "log").read_text()


def test_a_connection_is_still_there_when_who_was_refused_comes_again(tmp_path: Path) -> None:
    with (
        serving(tmp_path / "home") as (_, url),
        closing(HTTPConnection(url.removeprefix("http://"), timeout=10)) as connection,
    ):
        connection.connect()
        connection.auto_open = False
        for wait in RETRY_AFTER_S + 0.5, 0:
            connection.request("GET", "/health/live")
            assert connection.getresponse().read()
            time.sleep(wait)


def test_the_service_tells_webhooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANYA_FETCH_PRIVATE", "true")
    with receiving() as receiver, serving(tmp_path / "home") as (_, address):
        article = f"{address}/articles/a"
        assert httpx.put(article, json={"text": "Wali kota melantik 269 pejabat."}).status_code == 201
        answer = httpx.post(f"{address}/ask", json={"question": "Wali kota melantik berapa pejabat?"}).json()
        hook = httpx.post(f"{address}/answers/{answer['id']}/webhooks", json={"url": receiver.url()})
        assert hook.status_code == 201
        assert httpx.delete(article).status_code == 204
        until = time.monotonic() + 20
        while not receiver.told:
            assert time.monotonic() < until
            time.sleep(0.1)
        assert receiver.states == [["withdrawn"]]


def test_what_takes_longer_than_the_end_may_is_told_to_come_again(tmp_path: Path) -> None:
    with serving(tmp_path / "home", slow_s=30) as (process, address), ThreadPoolExecutor() as pool:
        article = {"id": "a", "text": "Wali kota melantik 269 pejabat."}
        assert httpx.post(f"{address}/articles", json=article).status_code == 201
        asked = pool.submit(httpx.post, f"{address}/ask", json=SLOW, timeout=30)
        time.sleep(0.7)
        assert has_ended(process) < 10.5
    refused = asked.result()
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["detail"].startswith("The service is being stopped")
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_the_log_is_lines_of_json_without_the_addresses_that_are_called(tmp_path: Path) -> None:
    with (
        receiving() as receiver,
        serving(tmp_path / "home", TANYA_FETCH_PRIVATE="true") as (process, address),
    ):
        article = {"id": "a", "text": "Wali kota melantik 269 pejabat."}
        httpx.post(f"{address}/articles", json=article)
        answer = httpx.post(f"{address}/ask", json={"question": "wali kota melantik berapa pejabat?"}).json()
        made = httpx.post(
            f"{address}/answers/{answer['id']}/webhooks",
            json={"url": receiver.url("/kait/token-rahasia")},
            headers={"x-request-id": "one"},
        )
        assert made.status_code == 201
        httpx.delete(f"{address}/articles/a")
        until = time.monotonic() + 20
        while not receiver.told:
            assert time.monotonic() < until
            time.sleep(0.1)
        has_ended(process)
    log = (tmp_path / "log").read_text()
    lines = [json.loads(line) for line in log.splitlines()]
    (registered,) = (line for line in lines if line["request"] == "one")
    assert (registered["route"], registered["status"]) == ("/answers/{answer_id}/webhooks", 201)
    assert "rahasia" not in log


def test_a_language_model_that_is_waited_for_at_the_end_leaves_the_answer_to_the_quotes(
    tmp_path: Path,
) -> None:
    with (
        language_model() as model,
        serving(tmp_path / "home", TANYA_LLM_URL=model.url, TANYA_LLM_MODEL="tiruan-7b") as (
            process,
            address,
        ),
        ThreadPoolExecutor() as pool,
    ):
        model.says = lambda _: Sent(write=lambda _, stop: stop.wait(20))
        first = {"id": "first", "text": "Wali kota melantik 269 pejabat."}
        assert httpx.post(f"{address}/articles", json=first).status_code == 201
        question = {"question": "Wali kota melantik berapa pejabat?"}
        answer = pool.submit(httpx.post, f"{address}/ask", json=question, timeout=30)
        until = time.monotonic() + 10
        while not model.asked:
            assert time.monotonic() < until
            time.sleep(0.05)
        has_ended(process)
        assert answer.result().status_code == 200
        assert answer.result().json()["answer"] == "Wali kota melantik 269 pejabat. [1]"
        assert answer.result().json()["prose"]["trouble"] == "timed_out"
    assert "timeout graceful shutdown exceeded" not in (tmp_path / "log").read_text()


def test_a_service_that_loads_says_that_it_lives_and_is_not_ready(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    with subprocess.Popen(
        [sys.executable, "-c", DRIVER.format("loading_s=3"), "serve", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "TANYA_HOME": str(tmp_path / "home"), "TANYA_PUBLIC_URL": f"{address}/tanya"},
    ) as process:
        said: list[int] = []
        until = time.monotonic() + 60
        while not said or said[-1] != 200:
            assert time.monotonic() < until
            try:
                status = httpx.get(f"{address}/health/ready", timeout=10).status_code
                said += [status] if said[-1:] != [status] else []
                for base in address, f"{address}/tanya":  # a proxy may take the path off
                    assert httpx.get(f"{base}/health/live", timeout=10).json() == {"status": "live"}
            except httpx.ConnectError:
                assert said == []
            time.sleep(0.1)
        assert said == [503, 200]
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0


def test_what_is_asked_of_a_service_that_loads_is_told_to_come_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with answering_while_starting(listener):
            refused = httpx.post(f"{address}/ask", json={"question": "Apa?"})
            assert httpx.get(f"{address}/health/live").json() == {"status": "live"}
        listener.settimeout(5)
        with httpx.Client() as client, ThreadPoolExecutor() as pool:
            later = pool.submit(client.get, f"{address}/health/live")
            connection, _ = listener.accept()  # whoever comes now is the service's own
            connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
            assert later.result().status_code == 204
            connection.close()
    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "5"
    assert refused.headers["content-type"] == "application/problem+json"
    assert json.loads(refused.text)["detail"].startswith("The service is starting")
