"""The REST contract, over a real app with the word-hash embedder."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from index.errors import StoreUnavailable
from index.records import WIB
from qa_service.api import create_api
from qa_service.build import Service
from tests.browser import served
from tests.corpus import make_article, make_service, put

TEXT = "Hujan turun 😀 deras. Wali kota melantik 269 pejabat. Semua pulang."


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = make_service(tmp_path, threshold=0.0)
    article = make_article("a", TEXT, title="Pelantikan", outlet="Antara", published_at=date(2025, 10, 31))
    put(service.store, article)
    yield service
    service.close()


@pytest.fixture
def client(service: Service) -> TestClient:
    return TestClient(create_api(service), raise_server_exceptions=False)


def ask(client: TestClient, **request: object) -> Any:
    response = client.post("/ask", json=request)
    assert response.status_code == 200, response.text
    return response.json()


def test_an_answer_has_just_the_fields_of_the_contract(client: TestClient) -> None:
    response = ask(client, question="wali kota melantik berapa pejabat?")
    assert set(response) == {
        "id",
        "status",
        "answer",
        "statements",
        "prose",
        "citations",
        "form",
        "confidence",
        "certainty",
        "abstention",
        "interpretation",
        "freshness",
        "timings_ms",
        "kept",
    }
    assert (response["status"], response["abstention"]) == ("answered", None)
    assert response["answer"] == "Wali kota melantik 269 pejabat. [1]"
    assert response["statements"] == [
        {"text": "Wali kota melantik 269 pejabat.", "citations": [1], "outlets": 1, "day": "2025-10-31"}
    ]
    assert (response["form"], response["certainty"]) == ("plain", "likely")
    (citation,) = response["citations"]
    assert set(citation) == {"n", "quote", "start", "end", "answer", "article", "passage", "score", "story"}
    assert citation["answer"] == {"start": 40, "end": 43, "text": "269"}
    assert set(citation["passage"]) == {"id", "start", "end", "text"}
    article = service_article(client, "a")
    del article["text"], article["fetched_at"]
    assert citation["article"] == article
    assert citation["story"] == {"copies": 1, "outlets": 1, "earliest": article}
    assert response["interpretation"] == {
        "language": "id",
        "query": "wali kota melantik berapa pejabat?",
        "follows": None,
        "as_of": datetime.now(WIB).date().isoformat(),
        "period": None,
        "outlets": [],
        "places": [],
        "filters": {
            "outlets": [],
            "languages": [],
            "published_from": None,
            "published_to": None,
            "places": [],
        },
        "excluded": False,
    }
    assert response["freshness"]["articles"] == 1
    assert response["freshness"]["newest_article"] == "2025-10-31"
    assert set(response["timings_ms"]) == {"retrieve", "read", "write", "total"}


def service_article(client: TestClient, article_id: str) -> dict[str, Any]:
    response = client.get(f"/articles/{article_id}")
    assert response.status_code == 200
    article: dict[str, Any] = response.json()
    return article


def test_a_citation_stands_in_the_article_at_its_offsets(client: TestClient) -> None:
    (citation,) = ask(client, question="wali kota melantik berapa pejabat?")["citations"]
    text = service_article(client, citation["article"]["id"])["text"]
    assert text[citation["start"] : citation["end"]] == citation["quote"]
    answer = citation["answer"]
    assert text[answer["start"] : answer["end"]] == answer["text"]
    assert citation["start"] <= answer["start"] < answer["end"] <= citation["end"]
    assert text[citation["passage"]["start"] : citation["passage"]["end"]] == citation["passage"]["text"]


def test_outlets_that_agree_are_counted_and_figures_that_differ_come_newest_first(
    service: Service, client: TestClient
) -> None:
    told = {"Kompas": "Acara berlangsung singkat kemarin sore.", "Tempo": "Tamu datang dari banyak daerah."}
    for outlet, text in told.items():
        again = make_article(
            outlet, f"Wali kota melantik 269 pejabat. {text}", outlet=outlet, published_at=date(2025, 10, 31)
        )
        put(service.store, again)
    agreed = ask(client, question="wali kota melantik berapa pejabat?")
    assert agreed["form"] == "plain"
    assert [(s["citations"], s["outlets"]) for s in agreed["statements"]] == [([1, 2, 3], 3)]
    newer = make_article("b", "Wali kota melantik 62 pejabat.", published_at=date(2025, 11, 2))
    put(service.store, newer)
    differing = ask(client, question="wali kota melantik berapa pejabat?")
    assert differing["form"] == "differing"
    assert [(s["text"], s["citations"], s["outlets"]) for s in differing["statements"]] == [
        ("Wali kota melantik 62 pejabat.", [1], 1),
        ("Wali kota melantik 269 pejabat.", [2, 3, 4], 3),
    ]
    assert [citation["answer"]["text"] for citation in differing["citations"]] == ["62", "269", "269", "269"]


def test_an_abstention_has_a_reason_a_message_and_the_nearest_passages(tmp_path: Path) -> None:
    other = make_service(tmp_path, threshold=1.0)
    put(other.store, make_article("a", TEXT))
    response = ask(TestClient(create_api(other)), question="Siapa presiden Amerika Serikat?")
    assert (response["status"], response["answer"], response["statements"], response["citations"]) == (
        "abstained",
        None,
        [],
        [],
    )
    assert response["abstention"]["reason"] == "not_in_articles"
    assert response["abstention"]["message"].startswith("Jawabannya tidak ditemukan")
    assert [near["article"]["id"] for near in response["abstention"]["nearest"]] == ["a"]
    assert response["abstention"]["nearest"][0]["answer"] == {
        "start": 0,
        "end": 20,
        "text": "Hujan turun 😀 deras.",
    }
    assert response["form"] is None
    assert 0 <= response["confidence"] <= 1
    other.close()


def test_an_abstention_tells_what_the_archive_covers(service: Service, client: TestClient) -> None:
    put(service.store, make_article("b", "Bekasi banjir.", outlet="antara", published_at=date(2026, 2, 6)))
    put(service.store, make_article("c", "Serang cerah.", outlet="Tempo"))
    request = {"question": "Siapa?", "filters": {"outlets": ["Kompas"]}}
    assert ask(client, **request)["abstention"]["coverage"] == {
        "articles": 3,
        "oldest_article": "2025-10-31",
        "newest_article": "2026-02-06",
        "outlets": [{"outlet": "Antara", "articles": 2}, {"outlet": "Tempo", "articles": 1}],
    }


def test_as_of_a_day_nothing_published_later_is_read(client: TestClient) -> None:
    question = "wali kota melantik berapa pejabat?"
    assert ask(client, question=question, as_of="2025-10-31")["status"] == "answered"
    before = ask(client, question=question, as_of="2025-10-30")
    assert before["abstention"]["reason"] == "no_matching_articles"
    assert before["interpretation"]["as_of"] == "2025-10-30"
    assert before["interpretation"]["filters"]["published_to"] == "2025-10-30"


def test_a_query_that_is_given_is_searched_for_in_place_of_the_question(client: TestClient) -> None:
    history = [{"question": "Wali kota Serang?", "answer": "…"}]
    edits = {"query": "hujan turun deras"}
    answer = ask(client, question="Lalu?", history=history, interpretation=edits)
    assert answer["answer"] == "Hujan turun 😀 deras. [1]"
    assert (answer["interpretation"]["query"], answer["interpretation"]["follows"]) == (
        "hujan turun deras",
        None,
    )


def test_what_a_question_names_is_told_and_can_be_undone(client: TestClient) -> None:
    question = {"question": "wali kota melantik berapa pejabat di Serang kemarin?", "as_of": "2026-11-24"}
    understood = ask(client, **question, filters={"published_to": "2026-01-01"})
    assert understood["abstention"]["reason"] == "no_matching_articles"
    interpretation = understood["interpretation"]
    assert interpretation["places"] == interpretation["filters"]["places"] == ["Serang"]
    assert interpretation["excluded"]
    assert interpretation["period"] == {
        "published_from": "2026-11-23",
        "published_to": "2026-11-23",
        "words": "kemarin",
    }
    undone = ask(client, **question, interpretation={"period": {}, "places": []})
    assert (undone["status"], undone["interpretation"]["excluded"]) == ("answered", False)
    assert (undone["interpretation"]["period"], undone["interpretation"]["places"]) == (None, [])


def test_filters_and_limit_and_history_are_heeded(client: TestClient) -> None:
    filtered = ask(
        client,
        question="wali kota melantik berapa pejabat?",
        filters={"outlets": ["Kompas"], "published_from": "2025-01-01"},
        history=[{"question": "a", "answer": "b"}],
        limit=20,
    )
    assert filtered["abstention"]["reason"] == "no_matching_articles"
    assert filtered["interpretation"]["filters"]["outlets"] == ["Kompas"]


@pytest.mark.parametrize(
    ("request_body", "status", "pointer"),
    [
        ({"question": ""}, 422, "/question"),
        ({"question": "   "}, 422, "/question"),
        ({"question": "a" * 1001}, 422, "/question"),
        ({"question": "a" * 1000 + "\n"}, 422, "/question"),
        ({"question": 5}, 422, "/question"),
        ({"question": None}, 422, "/question"),
        ({}, 422, "/question"),
        ([], 422, ""),
        ({"question": "a", "qeustion": "b"}, 422, "/qeustion"),
        ({"question": "a", "limit": 0}, 422, "/limit"),
        ({"question": "a", "limit": 21}, 422, "/limit"),
        ({"question": "\u001c\u2003"}, 422, "/question"),
        ({"question": "\ud800"}, 422, "/question"),
        ({"question": "a", "limit": "many"}, 422, "/limit"),
        ({"question": "a", "limit": "5"}, 422, "/limit"),
        ({"question": "a", "limit": True}, 422, "/limit"),
        ({"question": "a", "limit": 2.5}, 422, "/limit"),
        ({"question": "a", "history": [{"question": "b" * 1001, "answer": "c"}]}, 422, "/history/0/question"),
        ({"question": "a", "filters": {"published_from": 86400}}, 422, "/filters/published_from"),
        ({"question": "a", "filters": {"outlets": ["\ud800"]}}, 422, "/filters/outlets/0"),
        ({"question": "a", "filters": {"outlets": ["x"] * 101}}, 422, "/filters/outlets"),
        ({"question": "a", "filters": {"languages": ["Indonesian"]}}, 422, "/filters/languages/0"),
        ({"question": "a", "a/b~c": 1}, 422, "/a~1b~0c"),
        ({"question": "a", "\ud800": 1}, 422, ""),
        ({"question": "a", "history": [{"question": "b"}]}, 422, "/history/0/answer"),
        ({"question": "a", "history": [{"question": "b", "answer": "c"}] * 21}, 422, "/history"),
        ({"question": "a", "filters": {"published_from": "6/2/2026"}}, 422, "/filters/published_from"),
        ({"question": "a", "filters": {"published_to": "2026-02-30"}}, 422, "/filters/published_to"),
        (
            {"question": "a", "filters": {"published_from": "2026-02-02", "published_to": "2026-02-01"}},
            422,
            "/filters",
        ),
        ({"question": "a", "filters": {"outlet": ["x"]}}, 422, "/filters/outlet"),
    ],
    ids=lambda value: json.dumps(value)[:60],
)
def test_a_wrong_request_is_a_problem_that_names_the_field(
    client: TestClient, request_body: object, status: int, pointer: str
) -> None:
    headers = {"content-type": "application/json"}
    response = client.post("/ask", content=json.dumps(request_body).encode(), headers=headers)
    problem = response.json()
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    assert (problem["status"], problem["title"]) == (status, HTTPStatus(status).phrase)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert problem["errors"][0]["detail"] in problem["detail"]


@pytest.mark.parametrize(
    ("request_body", "advice"),
    [
        ({"question": " "}, "/question: this is too short: its length must be 1 or more"),
        ({"question": "a" * 1001}, "/question: this is too long: its length must be 1000 or less"),
        ({}, "/question: this is missing: it must be given"),
        ({"question": "a", "qestion": "b"}, "/qestion: there is no such field: /docs lists those there are"),
        ([], "this is not an object: write it as {…}"),
        (
            {"question": "a", "filters": {"published_from": "31/10/2025"}},
            "/filters/published_from: this is no date: write it as 2026-02-06",
        ),
        (
            {"question": "a", "filters": {"published_from": "2026-02-02", "published_to": "2026-02-01"}},
            "/filters: published_from is later than published_to: swap them",
        ),
    ],
)
def test_a_problem_says_what_to_do(client: TestClient, request_body: object, advice: str) -> None:
    assert client.post("/ask", json=request_body).json()["detail"] == advice


def test_many_unknown_fields_are_one_error(client: TestClient) -> None:
    few, many = ({f"{number}": "a" for number in range(size)} for size in (50, 60))
    turn = {"question": "a", "answer": "b", **many}
    for request, pointer in (
        ({"question": "a", **many}, ""),
        ({"question": "a", "filters": many}, "/filters"),
        ({"question": "a", "history": [turn]}, "/history/0"),
    ):
        (error,) = client.post("/ask", json=request).json()["errors"]
        assert error["pointer"] == pointer
        assert "send only those that /docs lists" in error["detail"]
    (error,) = client.get("/search", params={"q": "a", **many}).json()["errors"]
    assert error["pointer"] == "query"
    assert len(client.post("/ask", json={"question": "a", **few}).json()["errors"]) == 50


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"question": "a"', "not valid JSON"),
        (b'{"question": "a",}', "not valid JSON"),
        (b"question=a", "not valid JSON"),
        (b'{"question": "caf\xe9"}', "UTF-8"),
        (b'\xff\xfe{"question": "a"}', "UTF-8"),
        (b"[" * 100_000, "not valid JSON"),
        (b'{"question": "a", "limit": ' + b"9" * 9_000 + b"}", "a number in it has too many digits"),
    ],
)
def test_a_body_that_is_no_json_in_utf8_is_a_problem(client: TestClient, content: bytes, words: str) -> None:
    response = client.post("/ask", content=content, headers={"content-type": "application/json"})
    assert (response.status_code, response.headers["content-type"]) == (400, "application/problem+json")
    assert words in response.json()["detail"]


@pytest.mark.parametrize("path", ["/ask", "/articles", "/v1/embeddings"])
@pytest.mark.parametrize("pack", [gzip.compress, lambda content: b"{" + content])
def test_a_body_that_is_packed_is_told_to_be_sent_as_it_is(
    service: Service, path: str, pack: Callable[[bytes], bytes]
) -> None:
    local = TestClient(create_api(service), base_url="http://127.0.0.1:8000", client=("127.0.0.1", 50000))
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    response = local.post(path, content=pack(b'{"question": "a"}'), headers=headers)
    assert (response.status_code, response.headers["accept-encoding"]) == (415, "identity")
    assert response.json()["detail"] == (
        "The body is packed (gzip): send it as it is, without Content-Encoding."
    )


def test_a_body_sent_as_a_form_is_told_which_type_to_send(client: TestClient) -> None:
    response = client.post(
        "/ask", content=b'{"question": "a"}', headers={"content-type": "application/x-www-form-urlencoded"}
    )
    assert response.status_code == 415
    assert "content-type: application/json" in response.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/articles/missing", 404),
        ("GET", "/articles/missing/copies", 404),
        ("GET", "/articles/missing/revisions", 404),
        ("GET", "/articles/a/revisions/beef", 404),
        ("GET", "/nowhere", 404),
        ("GET", "/ask", 405),
        ("GET", "/search", 422),
        ("GET", "/search?q=a&limit=101", 422),
        ("GET", "/search?q=a&published_from=2026-02-02&published_to=2026-02-01", 422),
        ("GET", "/search?q=a&colour=red", 422),
        ("GET", "/articles?offset=-1", 422),
        ("GET", "/articles?order=oldest", 422),
        ("GET", "/articles?colour=red", 422),
        ("GET", "/articles?offset=99999999999999999999", 422),
    ],
)
def test_every_error_is_a_problem(client: TestClient, method: str, path: str, status: int) -> None:
    response = client.request(method, path)
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    assert response.json()["status"] == status
    assert response.json()["detail"]


def test_an_unexpected_failure_is_logged_and_tells_nothing(
    service: Service, client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise RuntimeError("the secret cause")

    monkeypatch.setattr(type(service.store), "last_change", lambda _: fail())
    response = client.post("/ask", json={"question": "apa?"})
    assert (response.status_code, response.headers["content-type"]) == (500, "application/problem+json")
    assert "secret" not in response.text
    assert "the secret cause" in caplog.text


@pytest.mark.parametrize("path", ["/articles", "/articles/a", "/search?q=a", "/health/ready"])
def test_a_database_that_fails_is_a_503(
    service: Service, client: TestClient, tmp_path: Path, path: str
) -> None:
    service.close()
    for file in tmp_path.glob("tanya.sqlite*"):
        file.unlink()
    (tmp_path / "tanya.sqlite").write_bytes(b"This was a database. " * 1000)
    response = client.get(path)
    assert (response.status_code, response.headers["content-type"]) == (503, "application/problem+json")
    assert str(tmp_path) not in response.text


@pytest.mark.parametrize(("error", "status"), [(RuntimeError("x"), 500), (StoreUnavailable("x"), 503)])
def test_a_failure_of_ours_is_answered_and_noted_as_all_else(
    service: Service, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    app = create_api(service, origins=["https://a.example"])
    client = TestClient(app)
    sent = {"x-request-id": "one", "origin": "https://a.example"}
    monkeypatch.setattr(service.retriever, "retrieve", fail)
    monkeypatch.setattr(app.state.keys, "holder", fail)
    of_a_route = client.get("/search", params={"q": "a"}, headers=sent)
    of_access = client.get("/search", params={"q": "a"}, headers={**sent, "x-api-key": "tanya_1_2"})
    for response in of_a_route, of_access:
        assert (response.status_code, response.json()["status"]) == (status, status)
        assert response.headers["content-type"] == "application/problem+json"
        assert response.headers["x-request-id"] == "one"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["access-control-allow-origin"] == "https://a.example"
    counted = [line for line in client.get("/metrics").text.splitlines() if "tanya_requests_total{" in line]
    assert sum(float(line.split()[-1]) for line in counted if f'status="{status}"' in line) == 2


def test_the_limit_cuts_and_does_not_decide(service: Service, client: TestClient) -> None:
    for n in range(12):
        put(service.store, make_article(f"n{n}", f"Wali kota melantik {n} pejabat di kota {n}."))
    answers = [ask(client, question="wali kota melantik berapa pejabat?", limit=limit) for limit in (1, 20)]
    assert answers[0]["confidence"] == answers[1]["confidence"]
    assert answers[0]["citations"] == answers[1]["citations"][:1]


def test_search_gives_passages_with_all_three_scores(client: TestClient) -> None:
    (hit,) = client.get("/search", params={"q": "269 pejabat"}).json()["hits"]
    assert (hit["article"]["id"], hit["passage"]["text"]) == ("a", TEXT)
    assert 0 < hit["dense"] < hit["score"] < 1 < hit["lexical"]
    assert client.get("/search", params={"q": "269", "outlet": ["Kompas", "Tempo"]}).json()["hits"] == []
    assert client.get("/search", params={"q": "269", "language": "en"}).json()["hits"] == []
    assert client.get("/search", params={"q": "269", "place": "Serang"}).json()["hits"] == []
    assert client.get("/search", params={"q": "269", "place": ""}).status_code == 422


def test_a_search_too_many_is_told_to_come_again_at_once(tmp_path: Path) -> None:
    service = make_service(tmp_path, most_questions=1)
    client = TestClient(create_api(service))
    with service.foreground.question():
        refused = client.get("/search", params={"q": "wali"})
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
        assert client.get("/articles").status_code == 200
    assert client.get("/search", params={"q": "wali"}).status_code == 200
    service.close()


def test_a_service_whose_threads_are_all_busy_is_ready_still(service: Service) -> None:
    app, go_on = create_api(service), threading.Event()

    @app.get("/busy")
    def busy() -> None:
        go_on.wait(20)

    with served(app) as address, ThreadPoolExecutor(45) as others:
        try:
            for _ in range(45):
                others.submit(httpx.get, f"{address}/busy", timeout=30)
            time.sleep(1)
            assert httpx.get(f"{address}/health/ready", timeout=10).json() == {"status": "ready"}
            assert not go_on.is_set()
        finally:
            go_on.set()


def test_articles_are_paged(service: Service, client: TestClient) -> None:
    put(service.store, make_article("b", "Lain.", published_at=date(2026, 1, 1)))
    first = client.get("/articles", params={"limit": 1}).json()
    second = client.get("/articles", params={"limit": 1, "offset": 1}).json()
    assert [(page["articles"][0]["id"], page["total"]) for page in (first, second)] == [("b", 2), ("a", 2)]
    assert "text" not in first["articles"][0]


def test_articles_are_listed_by_outlet_and_by_when_they_arrived(service: Service, client: TestClient) -> None:
    later = make_article("b", "Hujan.", outlet="Kompas", published_at=date(2020, 1, 1))
    put(service.store, replace(later, fetched_at=later.fetched_at + timedelta(seconds=1)))
    only = client.get("/articles", params={"outlet": "ANTARA"}).json()
    assert ([article["id"] for article in only["articles"]], only["total"]) == (["a"], 1)
    both = client.get("/articles", params={"outlet": ["antara", "kompas"], "order": "arrived"}).json()
    assert ([article["id"] for article in both["articles"]], both["total"]) == (["b", "a"], 2)


def test_the_copies_of_a_story_are_listed_the_earliest_first(service: Service, client: TestClient) -> None:
    for outlet, day in (("Tempo", 1), ("Kompas", 30)):
        copy = make_article(outlet, TEXT, title=outlet, outlet=outlet, published_at=date(2025, 10, day))
        put(service.store, copy)
    for article_id in ("a", "Tempo"):
        copies = client.get(f"/articles/{article_id}/copies").json()
        assert [copy["id"] for copy in copies] == ["Tempo", "Kompas", "a"]
        assert "text" not in copies[0]
    (citation,) = ask(client, question="wali kota melantik berapa pejabat?")["citations"]
    assert citation["article"]["id"] == "Tempo"
    assert citation["story"] == {"copies": 3, "outlets": 3, "earliest": citation["article"]}


def test_the_earlier_versions_of_an_article_can_be_read(service: Service, client: TestClient) -> None:
    before = service_article(client, "a")
    put(service.store, make_article("a", "Baru."))
    (summary,) = client.get("/articles/a/revisions").json()
    assert summary["content_hash"] == before["content_hash"]
    assert (summary["title"], summary["replaced_by"], "text" in summary) == ("Pelantikan", "a", False)
    revision = client.get(f"/articles/a/revisions/{before['content_hash']}").json()
    assert revision == summary | {"text": TEXT}
    service.store.delete("a")
    assert client.get(f"/articles/a/revisions/{before['content_hash']}").status_code == 404


@pytest.mark.parametrize("path", ["", "/copies", "/revisions"])
def test_an_article_that_another_has_replaced_is_gone_and_names_it(
    service: Service, client: TestClient, path: str
) -> None:
    for article_id in ("one", "two", "three"):
        put(service.store, make_article(article_id, f"Versi {article_id}.", origin="berita.txt"))
    for article_id in ("one", "two"):
        response = client.get(f"/articles/{article_id}{path}")
        assert (response.status_code, response.headers["content-type"]) == (410, "application/problem+json")
        assert response.json() == {
            "type": "about:blank",
            "title": "Gone",
            "status": 410,
            "detail": (
                f"the article '{article_id}' has been replaced: GET /articles/three is how it is now, "
                "GET /articles/three/revisions how it was"
            ),
            "errors": [],
            "replaced_by": "three",
        }
    assert client.get(f"/articles/three{path}").status_code == 200
    first = make_article("one", "Versi one.").content_hash
    assert client.get(f"/articles/one/revisions/{first}").json()["text"] == "Versi one."
    service.store.delete("three")
    assert client.get(f"/articles/one{path}").status_code == 404


@pytest.mark.parametrize(
    ("path", "gone"),
    [("", {"410"}), ("/copies", {"410"}), ("/revisions", {"410"}), ("/revisions/{content_hash}", set())],
)
def test_every_status_of_an_article_is_documented(client: TestClient, path: str, gone: set[str]) -> None:
    responses = client.get("/openapi.json").json()["paths"]["/articles/{article_id}" + path]["get"][
        "responses"
    ]
    assert set(responses) == {"200", "401", "404", "422", "429", "503"} | gone


def test_health_says_live_and_ready(client: TestClient) -> None:
    assert client.get("/health/live").json() == {"status": "live"}
    assert client.get("/health/ready").json() == {"status": "ready"}


def test_a_service_whose_articles_stay_away_is_degraded(tmp_path: Path) -> None:
    service = make_service(tmp_path, newest_within=timedelta(hours=36))
    client = TestClient(create_api(service))

    def ready() -> tuple[str, str | None]:
        response = client.get("/health/ready")
        assert response.status_code == 200
        return response.json()["status"], response.json().get("detail")

    assert ready() == ("degraded", "No article has arrived yet; one every 36 hours is expected.")
    article = replace(make_article("a", "Hujan."), fetched_at=datetime.now(UTC) - timedelta(hours=35))
    put(service.store, article)
    assert ready() == ("ready", None)
    assert "tanya_ingest_overdue 0.0" in client.get("/metrics").text
    put(service.store, replace(article, fetched_at=datetime(2026, 2, 1, tzinfo=UTC)))
    since = "2026-02-01T00:00:00+00:00"
    assert ready() == ("degraded", f"No article has arrived since {since}; one every 36 hours is expected.")
    assert "tanya_ingest_overdue 1.0" in client.get("/metrics").text
    service.close()


def test_the_docs_load_nothing_from_elsewhere(client: TestClient) -> None:
    page = client.get("/docs").text
    assert "https://" not in page
    assert "http://" not in page
    for asset in ("swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png"):
        assert f"docs/assets/{asset}" in page
        assert client.get(f"/docs/assets/{asset}").status_code == 200


def test_the_openapi_file_names_problems_as_what_errors_are(client: TestClient) -> None:
    responses = client.get("/openapi.json").json()["paths"]["/ask"]["post"]["responses"]
    assert set(responses) == {"200", "400", "401", "408", "413", "415", "422", "429", "503"}
    assert list(responses["422"]["content"]) == ["application/problem+json"]
    assert "HTTPValidationError" not in client.get("/openapi.json").text
