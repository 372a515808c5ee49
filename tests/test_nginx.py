"""The service behind a real nginx with our configuration, below a path of the host."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest
from mcp import Client
from playwright.sync_api import Request, expect

from qa_service.build import Service
from qa_service.keys import Keys, Scope
from tests.browser import STARTUP_S, chromium, made, served, visit
from tests.corpus import make_article, make_service, put
from tests.test_streaming import STREAM, WaitingReader, events
from ui.serve import create_app

CONFIGURATION = Path(__file__).parents[1] / "docs" / "deploy" / "nginx.conf"
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
UPLOAD = 3 * 2**20
QUESTION = "wali kota melantik berapa pejabat?"
TEXT = "Hujan turun. Wali kota melantik 269 pejabat. Semua pulang."

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed: apt-get install nginx-light")

_AROUND = """
{user}
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
    include /etc/nginx/mime.types;
    gzip on;
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/tanya.conf;
}}
"""
"""What Debian's nginx.conf has around our configuration, as far as it matters, in a folder of its own."""


@dataclass(frozen=True, slots=True)
class Proxied:
    """The service behind nginx: `url` is without a slash at its end; `upstream` is where nginx finds it."""

    url: str
    upstream: str
    service: Service
    reader: WaitingReader
    key: str

    @property
    def may_write(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.key}"}


@contextmanager
def nginx(folder: Path, *, port: int, upstream: str) -> Iterator[None]:
    """Our configuration, but for where nginx listens, where the service is, and how much may be sent."""
    ours = CONFIGURATION.read_text()
    places = {
        "listen 80;": f"listen 127.0.0.1:{port};",
        "http://127.0.0.1:8000": upstream,
        "client_max_body_size 64m;": f"client_max_body_size {UPLOAD};",
    }
    for written, here in places.items():
        assert ours.count(written) == 1
        ours = ours.replace(written, here)
    (folder / "tanya.conf").write_text(ours)
    user = "user root;" if os.geteuid() == 0 else ""  # its workers could not write here
    (folder / "nginx.conf").write_text(_AROUND.format(folder=folder, user=user))
    command = [
        str(NGINX),
        "-p",
        str(folder),
        "-c",
        str(folder / "nginx.conf"),
        "-e",
        str(folder / "error.log"),
    ]
    with subprocess.Popen(command) as process:
        try:
            _wait_for(port, process)
            yield
        finally:
            process.terminate()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + STARTUP_S
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    pytest.fail("nginx did not start")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    reader = WaitingReader()
    reader.go.set()
    service = make_service(tmp_path_factory.mktemp("home"), reader=reader, examples=[QUESTION])
    put(service.store, make_article("a", TEXT, title="Pelantikan", outlet="Antara"))
    put(service.store, make_article("b", "Hujan deras turun sejak pagi di kota.", outlet="Tempo"))
    _, key = Keys(service.store.engine).make("redaksi", Scope.WRITE)
    port = _free_port()
    url = f"http://127.0.0.1:{port}/tanya"
    app = made(
        lambda: create_app(service, examples=(QUESTION,), max_body=UPLOAD, host="127.0.0.1", public_url=url)
    )
    with served(app) as upstream, nginx(tmp_path_factory.mktemp("nginx"), port=port, upstream=upstream):
        yield Proxied(url, upstream, service, reader, key)
        reader.go.set()
    service.close()


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=20) as client:
        yield client


def test_the_chat_answers_and_loads_nothing_from_outside_its_path(proxied: Proxied) -> None:
    asked: list[str] = []

    def note(request: Request) -> None:
        if request.url.startswith("http"):
            asked.append(request.url)

    with chromium() as browser, visit(browser, f"{proxied.url}/") as visited:
        page = visited.page
        page.context.on("request", note)
        page.goto(proxied.url)
        assert page.url == f"{proxied.url}/chat/"
        expect(page.locator(".freshness")).not_to_be_empty()
        page.get_by_label("Pertanyaan Anda").fill(QUESTION)
        page.get_by_role("button", name="Tanya", exact=True).click()
        expect(page.locator(".reply.answer")).to_contain_text("melantik 269 pejabat")
        page.locator(".thumb.right").click()
        expect(page.locator(".rated")).to_be_visible()
        with page.expect_popup() as opened:
            page.locator("#tanya-sources .card a.read").first.click()
        expect(opened.value.locator("mark").first).to_contain_text("269")
        opened.value.locator("header.bar a.back").click()
        expect(opened.value.locator(".freshness")).not_to_be_empty()
        page.locator("nav a").first.click()
        expect(page.locator("ol.articles li")).to_have_count(2)
        visited.errors[:] = [error for error in visited.errors if "Connection errored out" not in error]
        visited.assert_quiet()
    assert asked
    assert [address for address in asked if not f"{address}/".startswith(f"{proxied.url}/")] == []


def test_the_documentation_loads_its_own_assets_and_tries_things_out_below_the_path(proxied: Proxied) -> None:
    with chromium() as browser, visit(browser, f"{proxied.url}/docs") as visited:
        page = visited.page
        expect(page.locator(".servers")).to_contain_text("/tanya")
        page.locator("#operations-health-live .opblock-summary-control").click()
        page.get_by_role("button", name="Try it out").click()
        with page.expect_response(f"{proxied.url}/health/live") as response:
            page.get_by_role("button", name="Execute").click()
        assert response.value.status == 200


def test_every_link_form_and_redirect_of_the_pages_stays_below_the_path(
    proxied: Proxied, client: httpx.Client
) -> None:
    answer = client.post(f"{proxied.url}/ask", json={"question": QUESTION}).json()
    client.post(f"{proxied.url}/key", data={"key": proxied.key})  # who may write sees more
    to_see = [f"{proxied.url}/archive?q=hujan", f"{proxied.url}/plain?q={QUESTION}", f"{proxied.url}/key"]
    to_see.append(f"{proxied.url}/a/{answer['id']}")
    seen: set[str] = set()
    while to_see:
        address = to_see.pop().partition("#")[0]
        if address in seen:
            continue
        seen.add(address)
        page = client.get(address, follow_redirects=True)
        assert page.status_code == 200, address
        if not page.headers["content-type"].startswith("text/html") or "/chat/" in address:
            continue
        links = re.findall(r'(?:href|src)="([^"]*)"', page.text)
        actions = re.findall(r'action="([^"]*)"', page.text)
        whole = [urljoin(str(page.url), unescape(link)) for link in (*links, *actions)]
        ours = [link for link in whole if link.startswith("http")]
        assert [link for link in ours if not link.startswith(f"{proxied.url}/")] == []
        to_see += ours[: len(links)]
    assert f"{proxied.url}/articles/a/view" in seen
    assert f"{proxied.url}/archive/articles/a/delete" in seen
    assert f"{proxied.url}/chat/" in seen


def test_the_forms_change_the_archive_and_lead_back_below_the_path(
    proxied: Proxied, client: httpx.Client
) -> None:
    host = proxied.url.removesuffix("/tanya")
    headers = {"origin": host, "sec-fetch-site": "same-origin"}
    client.post(f"{proxied.url}/key", data={"key": proxied.key}, headers=headers)
    assert [(cookie.name, cookie.path) for cookie in client.cookies.jar] == [("tanya_key", "/tanya")]
    added = client.post(
        f"{proxied.url}/archive/articles", data={"text": "Bupati menanam 40 pohon."}, headers=headers
    )
    assert added.status_code == 303
    shown = client.get(urljoin(str(added.url), added.headers["location"]))
    assert (str(shown.url).partition("?")[0], shown.status_code) == (f"{proxied.url}/archive", 200)
    new = shown.url.params["added"]
    deleted = client.post(
        f"{proxied.url}/archive/articles/{new}/delete", headers=headers, follow_redirects=True
    )
    assert (str(deleted.url), deleted.status_code) == (f"{proxied.url}/archive?deleted=1", 200)
    from_elsewhere = {"origin": "http://berita.example", "sec-fetch-site": "cross-site"}
    refused = client.post(f"{proxied.url}/archive/articles/a/delete", headers=from_elsewhere)
    assert refused.status_code == 403


def test_apps_ask_by_json_by_openais_interface_and_by_mcp(proxied: Proxied, client: httpx.Client) -> None:
    answer = client.post(f"{proxied.url}/ask", json={"question": QUESTION}).json()
    assert "269" in answer["answer"]
    message = {"role": "user", "content": QUESTION}
    chat = client.post(f"{proxied.url}/v1/chat/completions", json={"model": "tanya", "messages": [message]})
    assert "269" in chat.json()["choices"][0]["message"]["content"]

    async def told() -> object:
        async with Client(f"{proxied.url}/mcp") as tools:
            return (await tools.call_tool("ask", {"question": QUESTION})).structured_content

    assert "269" in json.dumps(asyncio.run(told()))


def test_nothing_is_answered_at_another_name(proxied: Proxied, client: httpx.Client) -> None:
    headers = {"host": "evil.example", "accept": "application/json, text/event-stream"}
    for method, path in (("POST", "/mcp"), ("POST", "/ask"), ("GET", "/articles"), ("GET", "/chat/")):
        assert client.request(method, proxied.url + path, json={}, headers=headers).status_code == 421


def test_events_come_one_by_one(proxied: Proxied, client: httpx.Client) -> None:
    proxied.reader.go.clear()
    try:
        with client.stream(
            "POST", f"{proxied.url}/ask", json={"question": QUESTION}, headers=STREAM
        ) as answer:
            told = events(answer.iter_lines())
            before = [next(told)[0], next(told)[0]]
            assert before == ["interpretation", "passages"]  # nothing is read yet
            assert not proxied.reader.go.is_set()
            proxied.reader.go.set()
            assert [name for name, _ in told] == ["statement", "done"]
    finally:
        proxied.reader.go.set()


def test_a_client_that_goes_away_ends_its_work(proxied: Proxied, client: httpx.Client) -> None:
    reader = proxied.reader
    history = [{"question": "Wali kota Serang?", "answer": "…"}]
    question = {"question": "Siapa presiden Amerika?", "history": history}  # two ways to read it
    reader.go.clear()
    reader.began.clear()
    read = len(reader.read_for)
    try:
        with client.stream("POST", f"{proxied.url}/ask", json=question, headers=STREAM) as answer:
            told = events(answer.iter_lines())
            next(told)
            assert reader.began.wait(10)
    finally:
        reader.go.set()
    deadline = time.monotonic() + 10
    while "tanya_questions 0.0" not in client.get(f"{proxied.upstream}/metrics").text:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert reader.read_for[read:] in ([], ["Siapa presiden Amerika?"])


def test_an_upload_of_the_size_that_is_allowed_passes_and_a_larger_one_is_told_so(
    proxied: Proxied, client: httpx.Client
) -> None:
    line = json.dumps({"id": "besar", "text": "Gubernur membuka 12 jembatan. " * 900}).encode() + b"\n"
    room = UPLOAD - 1000  # a form has its own lines
    files = {"files": ("arsip.jsonl", line * (room // len(line)))}
    taken = client.post(f"{proxied.url}/articles", files=files, headers=proxied.may_write)
    assert taken.status_code == 202
    assert taken.headers["location"].startswith("/tanya/jobs/")
    job = urljoin(proxied.url, taken.headers["location"])
    deadline = time.monotonic() + 30
    while (state := client.get(job).json()["state"]) in ("waiting", "running"):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert state == "done"
    client.delete(f"{proxied.url}/articles/besar", headers=proxied.may_write)
    too_large = client.post(f"{proxied.url}/articles", content=b"x" * (UPLOAD + 1), headers=proxied.may_write)
    assert (too_large.status_code, too_large.headers["content-type"]) == (413, "application/problem+json")
    assert too_large.json()["status"] == 413


@pytest.fixture
def without_keys(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """A service that has no keys, but a limit: its address through nginx, and its own."""
    service = make_service(tmp_path)
    (tmp_path / "nginx").mkdir()
    port = _free_port()
    url = f"http://127.0.0.1:{port}/tanya"
    app = made(lambda: create_app(service, examples=(), public_url=url, rate="3/minute"))
    with served(app) as upstream, nginx(tmp_path / "nginx", port=port, upstream=upstream):
        yield url, upstream
    service.close()


def test_nobody_writes_through_the_proxy_without_a_key(without_keys: tuple[str, str]) -> None:
    url, upstream = without_keys
    article = {"text": "Bupati menanam 40 pohon."}
    refused = httpx.post(f"{url}/articles", json=article)
    assert refused.status_code == 403
    assert "through a proxy" in refused.json()["detail"]
    assert 'id="add"' not in httpx.get(f"{url}/archive").text
    assert httpx.post(f"{upstream}/articles", json=article).status_code == 201


def test_the_limit_counts_whom_the_proxy_names_and_nobody_else_is_believed(
    without_keys: tuple[str, str],
) -> None:
    through, upstream = without_keys

    def statuses(address: str, *, named: str, times: int = 1, peer: str = "127.0.0.1") -> list[int]:
        headers = {"x-forwarded-for": named}
        with httpx.Client(transport=httpx.HTTPTransport(local_address=peer), headers=headers) as client:
            return [client.get(f"{address}/search?q=hujan").status_code for _ in range(times)]

    # nginx adds the peer to what it was sent, and the last one that is no proxy counts.
    assert statuses(through, named="203.0.113.7", times=4) == [200, 200, 200, 429]
    assert statuses(through, named="198.51.100.9") == [200]
    assert statuses(through, named="203.0.113.7", peer="127.0.0.2") == [200]
    assert statuses(upstream, named="203.0.113.7", peer="127.0.0.2") == [200]
