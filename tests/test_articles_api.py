"""Articles over REST: one is answerable when its response comes, many become a job, and only locals write."""

from __future__ import annotations

import gzip
import json
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from index.errors import ArticleUnreadable
from index.formats.packed import LARGEST_BYTES
from index.records import RawArticle
from index.store import Store
from qa_service.api import create_api
from qa_service.build import Service
from tests.corpus import make_article, make_service, put

TEXT = "BPBD Cilegon membeli 37 perahu karet."
PAGE = "https://example.id/berita/1"


class Pages:
    """A Fetch that knows one page."""

    def fetch(self, url: str) -> RawArticle:
        if url != PAGE:
            raise ArticleUnreadable(f"{url}: nobody answers there")
        return RawArticle(b"Gubernur membuka 12 jembatan.", "text/plain", url)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = make_service(tmp_path, threshold=0.0, fetch=Pages())
    yield service
    service.close()


@pytest.fixture
def client(service: Service) -> Iterator[TestClient]:
    with local(service) as client:
        yield client


def local(service: Service, *, max_body: int = 10_000) -> TestClient:
    """A program on the machine that serves."""
    app = create_api(service, max_body=max_body)
    return TestClient(
        app, base_url="http://127.0.0.1:8000", client=("127.0.0.1", 50000), raise_server_exceptions=False
    )


def ask(client: TestClient, question: str) -> Any:
    return client.post("/ask", json={"question": question}).json()


def finished(client: TestClient, location: str) -> Any:
    """The job, once it is."""
    for _ in range(1000):
        job = client.get(location).json()
        if job["finished_at"]:
            return job
        time.sleep(0.01)
    raise AssertionError(job)


def problem(response: Any, status: int) -> Any:
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    assert response.json()["status"] == status
    return response.json()


def ids(service: Service) -> list[str]:
    return sorted(article.id for article in service.store.articles(offset=0, limit=99))


# One


def test_an_article_answers_as_soon_as_it_is_stored(client: TestClient) -> None:
    article = {
        "id": "perahu-1",
        "title": "Perahu karet",
        "text": TEXT,
        "outlet": "Kabar Banten",
        "published_at": "2026-03-02",
        "language": "id",
    }
    response = client.post("/articles", json=article)
    assert (response.status_code, response.headers["location"]) == (201, "/articles/perahu-1")
    stored = response.json()
    assert {name: stored[name] for name in article} == article
    assert stored == client.get("/articles/perahu-1").json()
    answer = ask(client, "BPBD Cilegon membeli berapa perahu karet?")
    assert answer["citations"][0]["article"]["id"] == "perahu-1"
    assert answer["citations"][0]["answer"]["text"] == "37"


def test_the_same_article_twice_is_one(service: Service, client: TestClient) -> None:
    first, second = (client.post("/articles", json={"text": TEXT}) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert first.headers["location"] == second.headers["location"]
    assert len(ids(service)) == 1


def test_an_article_with_a_url_is_known_by_it_and_not_fetched(service: Service, client: TestClient) -> None:
    first = client.post("/articles", json={"url": PAGE, "text": TEXT}).json()
    second = client.post("/articles", json={"url": PAGE, "text": f"{TEXT} Banjir surut."})
    assert second.status_code == 201
    assert (first["id"], second.json()["url"]) == (second.json()["id"], PAGE)
    assert ids(service) == [first["id"]]


def test_a_url_alone_is_fetched(client: TestClient) -> None:
    response = client.post("/articles", json={"url": PAGE})
    assert (response.status_code, response.json()["text"]) == (201, "Gubernur membuka 12 jembatan.")


def test_what_is_said_of_a_page_goes_before_what_it_says(client: TestClient) -> None:
    url = "https://example.id/berita/1"
    response = client.post("/articles", json={"url": url, "title": "Jembatan", "outlet": "Kabar Banten"})
    assert response.status_code == 201, response.text
    stored = response.json()
    assert (stored["title"], stored["outlet"], stored["url"]) == ("Jembatan", "Kabar Banten", url)
    assert stored["text"] == "Gubernur membuka 12 jembatan."


def test_an_article_is_read_from_its_page(client: TestClient) -> None:
    body = "".join(
        f"<p>BPBD Cilegon membeli {n} perahu karet untuk menghadapi banjir.</p>" for n in range(20, 30)
    )
    html = f"<html><body><nav>Beranda</nav><article><h1>Perahu</h1>{body}</article></body></html>"
    response = client.post("/articles", json={"html": html, "outlet": "Kabar Banten", "authors": ["Siti"]})
    assert response.status_code == 201, response.text
    stored = response.json()
    assert (stored["outlet"], stored["authors"]) == ("Kabar Banten", ["Siti"])
    assert "membeli 20 perahu" in stored["text"]
    assert "Beranda" not in stored["text"]


def test_an_article_is_put_under_its_id_and_replaced_and_removed(
    service: Service, client: TestClient
) -> None:
    created = client.put("/articles/a-1", json={"text": TEXT})
    again = client.put("/articles/a-1", json={"text": TEXT, "id": "a-1"})
    replaced = client.put("/articles/a-1", json={"text": "BPBD Cilegon menjual 9 perahu karet."})
    assert [each.status_code for each in (created, again, replaced)] == [201, 200, 200]
    assert client.get("/articles/a-1").json()["text"] == "BPBD Cilegon menjual 9 perahu karet."
    removed = client.delete("/articles/a-1")
    assert (removed.status_code, removed.content) == (204, b"")
    problem(client.delete("/articles/a-1"), 404)
    assert ids(service) == []
    assert ask(client, "BPBD Cilegon menjual berapa perahu?")["abstention"]["reason"] == "empty_corpus"


def test_an_article_is_put_under_just_the_id_of_the_path(service: Service, client: TestClient) -> None:
    other = problem(client.put("/articles/a-1", json={"text": TEXT, "id": "b"}), 422)
    assert other["errors"][0]["pointer"] == "/id"
    by_url = problem(client.put("/articles/a-1", json={"text": TEXT, "url": PAGE}), 422)
    assert by_url["errors"][0]["pointer"] == "/url"
    assert ids(service) == []
    right = client.post("/articles", json={"text": TEXT, "url": PAGE}).json()["id"]
    assert client.put(f"/articles/{right}", json={"text": TEXT, "url": PAGE}).status_code == 200
    assert (
        problem(client.put("/articles/a%20b", json={"text": TEXT}), 422)["errors"][0]["pointer"]
        == "article_id"
    )


@pytest.mark.parametrize(
    ("sent", "pointers"),
    [
        ({}, [""]),
        ([], [""]),
        ("text", [""]),
        ({"text": TEXT, "html": "<p>a</p>"}, [""]),
        ({"text": " "}, ["/text"]),
        ({"text": "\ud800"}, ["/text"]),
        ({"text": "(TS)"}, ["/text"]),
        ({"text": 5, "titel": "a"}, ["/text", "/titel"]),
        ({"text": TEXT, "id": "a/b"}, ["/id"]),
        ({"text": TEXT, "url": "berita/1"}, ["/url"]),
        ({"text": TEXT, "url": "javascript:alert(1)"}, ["/url"]),
        ({"url": "https://example.id/none"}, ["/url"]),
        ({"text": TEXT, "published_at": "kemarin"}, ["/published_at"]),
        ({"text": TEXT, "language": "Indonesian"}, ["/language"]),
        ({"text": TEXT, "authors": "Budi"}, ["/authors"]),
        ([{"text": TEXT}, {"text": ""}, {"txt": "a", "text": "b"}], ["/1/text", "/2/txt"]),
    ],
    ids=lambda value: json.dumps(value)[:50],
)
def test_what_is_wrong_with_an_article_is_named_and_nothing_is_stored(
    service: Service, client: TestClient, sent: object, pointers: list[str]
) -> None:
    headers = {"content-type": "application/json"}
    response = client.post("/articles", content=json.dumps(sent).encode(), headers=headers)
    assert [each["pointer"] for each in problem(response, 422)["errors"]] == pointers
    assert ids(service) == []


def test_of_a_list_as_many_errors_are_sought_as_are_told(service: Service, client: TestClient) -> None:
    sent = [{"text": TEXT}, *({"txt": TEXT, "text": ""} for _ in range(60))]
    found = problem(client.post("/articles", json=sent), 422)["errors"]
    assert [each["pointer"] for each in found[:2]] == ["/1/text", "/1/txt"]
    assert len(found) == 100
    assert ids(service) == []


@pytest.mark.parametrize(
    ("content", "media_type", "status", "words"),
    [
        (b'{"text": "a"', "application/json", 400, "not valid JSON"),
        (b'{"text": "caf\xe9"}', "application/json", 400, "UTF-8"),
        (b'[{"text": "a"}]', "application/json", 422, "this is not an object"),
        (b"", "application/json", 400, "not valid JSON"),
        (b'{"text": "a"}', "text/plain", 415, "application/json"),
        (b"a", "multipart/form-data", 415, "application/json"),
        (b"{" + b" " * 10_000 + b"}", "application/json", 413, "10000 bytes"),
    ],
)
def test_an_article_that_is_put_is_one_object_of_json(
    client: TestClient, content: bytes, media_type: str, status: int, words: str
) -> None:
    response = client.put("/articles/a-1", content=content, headers={"content-type": media_type})
    assert words in problem(response, status)["detail"]


FORM = b'--b\r\ncontent-disposition: form-data; name="+2AA-"\r\n\r\na\r\n--b--\r\n'
"""A field whose name is half of a character, in UTF-7."""


@pytest.mark.parametrize(
    ("content", "media_type", "status", "words"),
    [
        (b'{"text": "a"', "application/json", 400, "not valid JSON"),
        (b'{"text": "caf\xe9"}', "application/json", 400, "UTF-8"),
        (b"[" * 9_000, "application/json", 400, "not valid JSON"),
        (b'{"text": ' + b"9" * 9_000 + b"}", "application/json", 400, "too many digits"),
        (b"text=a", "application/x-www-form-urlencoded", 415, "multipart/form-data"),
        (b"a", "text/plain", 415, "application/json"),
        (b"a", "multipart/form-data", 400, "boundary"),
        (FORM, "multipart/form-data; boundary=b; charset=undefined", 400, "charset"),
        (FORM, "multipart/form-data; boundary=b; charset=utf-7", 422, "is no file"),
        (b"{" + b" " * 10_000 + b"}", "application/json", 413, "10000 bytes"),
    ],
)
def test_a_body_that_cannot_be_read_is_a_problem(
    client: TestClient, content: bytes, media_type: str, status: int, words: str
) -> None:
    response = client.post("/articles", content=content, headers={"content-type": media_type})
    assert words in problem(response, status)["detail"]


def test_a_body_without_a_length_is_limited_too(client: TestClient) -> None:
    response = client.post(
        "/articles", content=iter([b" " * 6_000] * 2), headers={"content-type": "application/json"}
    )
    problem(response, 413)


def test_while_another_process_writes_a_caller_is_told_when_to_come_again(
    client: TestClient, tmp_path: Path
) -> None:
    other = Store.in_home(tmp_path)
    with other.writing():
        response = client.post("/articles", json={"text": TEXT})
    other.close()
    assert "another process is writing" in problem(response, 503)["detail"]
    assert response.headers["retry-after"] == "5"
    assert client.post("/articles", json={"text": TEXT}).status_code == 201


# Many


def test_a_list_becomes_a_job_that_names_what_it_refused(service: Service, client: TestClient) -> None:
    client.post("/articles", json={"text": "Berita ke 0."})
    sent = [{"text": f"Berita ke {n}."} for n in range(40)]
    sent.insert(3, {"text": "(TS)"})
    sent.insert(20, {"url": "https://example.id/none"})
    response = client.post("/articles", json=[*sent, {"url": PAGE}])
    location = response.headers["location"]
    assert response.status_code == 202
    assert location == f"/jobs/{response.json()['id']}"
    assert (response.json()["state"], response.json()["total"]) == ("waiting", 43)
    job = finished(client, location)
    assert {name: job[name] for name in ("state", "total", "stored", "unchanged", "refused")} == {
        "state": "done",
        "total": 43,
        "stored": 40,
        "unchanged": 1,
        "refused": 2,
    }
    assert job["errors"] == [
        {"place": "/3", "reason": "no text in it; leave it out or give it a text"},
        {"place": "/20", "reason": "https://example.id/none: nobody answers there"},
    ]
    assert job["articles_per_s"] > 0
    assert job["eta_s"] is None
    assert len(ids(service)) == 41
    assert ask(client, "Gubernur membuka berapa jembatan?")["citations"][0]["answer"]["text"] == "12"


def test_uploaded_files_are_read_by_their_names(service: Service, client: TestClient) -> None:
    lines = [
        {"id": "a", "text": "Satu kalimat."},
        {"id": "b", "text": ""},
        {"id": "c", "text": "Tiga kalimat."},
    ]
    collection = "\n".join(map(json.dumps, lines)).encode()
    files = [
        ("files", ("berita.txt", b"Empat kalimat.")),
        ("files", ("berita.txt", b"Lima kalimat.")),
        ("files", ("arsip.jsonl.gz", gzip.compress(collection))),
        ("files", ("rusak.jsonl.gz", gzip.compress(collection)[:-9])),
        ("files", ("foto.png", b"\x89PNG")),
    ]
    job = finished(client, client.post("/articles", files=files).headers["location"])
    assert (job["total"], job["stored"], job["unchanged"], job["refused"]) == (9, 4, 1, 4)
    assert [error["place"] for error in job["errors"]] == [
        "arsip.jsonl.gz:2",
        "rusak.jsonl.gz:2",
        "rusak.jsonl.gz",
        "foto.png",
    ]
    assert job["errors"][-1]["reason"].startswith("unknown format; readable are .txt, ")
    texts = {article.text for article in service.store.articles(offset=0, limit=9)}
    assert texts == {"Satu kalimat.", "Tiga kalimat.", "Empat kalimat.", "Lima kalimat."}


@pytest.mark.parametrize(
    ("form", "pointer"),
    [({"data": {"text": "a"}, "files": {"f": ("a.txt", b"a")}}, "text"), ({"files": {"f": ("", b"a")}}, "f")],
)
def test_a_form_holds_files_only(client: TestClient, form: Any, pointer: str) -> None:
    response = client.post("/articles", **form)
    assert [error["pointer"] for error in problem(response, 422)["errors"]] == [pointer]


def test_files_that_are_far_larger_unpacked_are_refused(service: Service) -> None:
    content = gzip.compress(b'{"text": "a"}\n' * 200)
    with local(service, max_body=len(content) + 200) as client:
        response = client.post("/articles", files={"f": ("a.jsonl.gz", content)})
    assert "unpacked" in problem(response, 413)["detail"]


@pytest.mark.parametrize("unpacked", [bytes(2**27), b"\n" * 2**23], ids=["a line of zeros", "empty lines"])
def test_a_bomb_that_is_uploaded_is_refused_without_unpacking_it(service: Service, unpacked: bytes) -> None:
    content = gzip.compress(unpacked)
    with local(service, max_body=2**20) as client:
        tracemalloc.start()
        try:
            response = client.post("/articles", files={"f": ("a.jsonl.gz", content)})
            _, peak_bytes = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert "unpacked" in problem(response, 413)["detail"]
    assert peak_bytes < 3 * LARGEST_BYTES


def test_a_bomb_of_one_article_costs_only_that_one(service: Service) -> None:
    files = [
        ("files", ("nol.txt.gz", gzip.compress(bytes(2**20), 9) * 40)),
        ("files", ("berita.txt", b"Satu kalimat.")),
    ]
    with local(service, max_body=2**20) as client:
        job = finished(client, client.post("/articles", files=files).headers["location"])
    assert (job["stored"], [error["place"] for error in job["errors"]]) == (1, ["nol.txt.gz"])
    assert "larger than 32 MB" in job["errors"][0]["reason"]


def test_a_job_that_nobody_knows_is_a_404(client: TestClient) -> None:
    problem(client.get("/jobs/none"), 404)
    problem(client.delete("/jobs/none"), 404)


def test_a_job_waits_for_another_process_and_is_cancelled(
    service: Service, client: TestClient, tmp_path: Path
) -> None:
    other = Store.in_home(tmp_path)
    with other.writing():
        location = client.post("/articles", json=[{"text": TEXT}]).headers["location"]
        while "another process" not in (waiting := client.get(location).json())["message"]:
            time.sleep(0.01)
        cancelled = client.delete(location).json()
    other.close()
    assert waiting["state"] == "waiting"
    assert cancelled["state"] == "cancelled"
    assert cancelled["message"] == "Cancelled: the 0 articles stored so far stay; 1 were left out."
    assert client.get(location).json()["state"] == "cancelled"
    assert client.delete(location).json() == cancelled
    assert ids(service) == []


# Idempotency keys


def test_a_key_gives_the_first_response_again(service: Service, client: TestClient) -> None:
    key = {"idempotency-key": "k1"}
    first = client.post("/articles", json={"text": TEXT}, headers=key)
    client.delete(first.headers["location"])
    second = client.post("/articles", json={"text": TEXT}, headers=key)
    assert (second.status_code, second.content) == (201, first.content)
    assert second.headers["location"] == first.headers["location"]
    assert ids(service) == []


def test_a_key_makes_one_job_of_two_requests(client: TestClient) -> None:
    files = {"f": ("a.txt", TEXT.encode())}
    first, second = (
        client.post("/articles", files=files, headers={"idempotency-key": "k"}) for _ in range(2)
    )
    assert (second.status_code, second.content) == (202, first.content)


def test_a_key_with_another_body_is_refused_and_one_that_failed_is_free(client: TestClient) -> None:
    key = {"idempotency-key": "k1"}
    problem(client.post("/articles", json={"text": "(TS)"}, headers=key), 422)
    assert client.post("/articles", json={"text": TEXT}, headers=key).status_code == 201
    other = problem(client.post("/articles", json={"text": "Lain."}, headers=key), 422)
    assert [error["pointer"] for error in other["errors"]] == ["Idempotency-Key"]
    long = client.post("/articles", json={"text": TEXT}, headers={"idempotency-key": "k" * 256})
    assert problem(long, 422)["errors"][0]["pointer"] == "Idempotency-Key"


# Who may write

CALLS = [("POST", "/articles"), ("PUT", "/articles/a"), ("DELETE", "/articles/a"), ("DELETE", "/jobs/a")]


@pytest.mark.parametrize(("method", "path"), CALLS)
@pytest.mark.parametrize(
    ("peer", "headers", "words"),
    [
        ("192.0.2.7", {}, "from the machine that serves it"),
        ("127.0.0.1", {"x-forwarded-for": "127.0.0.1"}, "through a proxy"),
        ("127.0.0.1", {"forwarded": "for=192.0.2.7"}, "through a proxy"),
        ("127.0.0.1", {"host": "evil.example:8000"}, "its own address"),
        ("127.0.0.1", {"host": "127.0.0.1.evil.example"}, "its own address"),
        ("127.0.0.1", {"host": "["}, "its own address"),
        ("127.0.0.1", {"origin": "https://evil.example"}, "other web pages"),
        ("127.0.0.1", {"origin": "null"}, "other web pages"),
        ("127.0.0.1", {"origin": "http://["}, "other web pages"),
        ("127.0.0.1", {"origin": "http://127.0.0.1:3000"}, "other web pages"),
        ("127.0.0.1", {"sec-fetch-site": "cross-site"}, "other web pages"),
        ("127.0.0.1", {"sec-fetch-site": "same-site"}, "other web pages"),
    ],
)
def test_the_archive_is_only_changed_by_programs_on_the_machine_that_serves(
    service: Service, method: str, path: str, peer: str, headers: dict[str, str], words: str
) -> None:
    put(service.store, make_article("a", TEXT))
    client = TestClient(create_api(service), base_url="http://127.0.0.1:8000", client=(peer, 50000))
    response = client.request(method, path, json={"text": "Lain."}, headers=headers)
    assert words in problem(response, 403)["detail"]
    assert ids(service) == ["a"]
    assert client.get("/articles/a", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("peer", "base"),
    [
        ("127.0.0.1", "http://localhost:8000"),
        ("::1", "http://[::1]:8000"),
        ("::ffff:127.0.0.1", "http://127.0.0.1"),
    ],
)
def test_a_program_on_this_machine_and_our_own_page_may_write(service: Service, peer: str, base: str) -> None:
    client = TestClient(create_api(service), base_url=base, client=(peer, 50000))
    headers = {"origin": base, "sec-fetch-site": "same-origin"}
    assert client.post("/articles", json={"text": TEXT}, headers=headers).status_code == 201


# The contract


def test_every_status_is_in_the_contract_and_its_examples_run(client: TestClient) -> None:
    contract = client.get("/openapi.json").json()
    paths = contract["paths"]
    assert set(paths["/articles"]["post"]["responses"]) == {
        *("200", "201", "202"),
        *("400", "401", "403", "408", "409", "413", "415", "422", "429", "503"),
    }
    assert set(paths["/articles/{article_id}"]["delete"]["responses"]) == {
        *("204", "401", "403", "404", "422", "429", "503")
    }
    assert set(paths["/articles/{article_id}"]["put"]["responses"]) == {
        *("200", "201"),
        *("400", "401", "403", "408", "413", "415", "422", "429", "503"),
    }
    assert set(paths["/jobs/{job_id}"]["delete"]["responses"]) == {
        *("200", "401", "403", "404", "422", "429", "503")
    }
    for status in "201", "422":
        (media_type,) = paths["/articles"]["post"]["responses"][status]["content"]
        assert media_type == ("application/json" if status == "201" else "application/problem+json")
    (example,) = contract["components"]["schemas"]["NewArticle"]["examples"]
    assert client.post("/articles", json=example).status_code == 201
