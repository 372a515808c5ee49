"""Answers are kept as they were given, with what was said of them, and never at an answer's cost."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from index.backup import back_up, restore
from index.database import home_url
from qa_service import kept as kept_module
from qa_service.answers import Answer
from qa_service.api import create_api
from qa_service.build import Service
from qa_service.errors import AnswerNotFound
from qa_service.feedback import Feedback, Verdict
from tests.corpus import make_article, make_service, put

TEXT = "Hujan turun 😀 deras. Wali kota melantik 269 pejabat. Semua pulang."
QUESTION = "wali kota melantik berapa pejabat?"
RIGHT = Feedback(Verdict.RIGHT)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = make_service(tmp_path)
    put(service.store, make_article("a", TEXT, title="Pelantikan", outlet="Antara"))
    yield service
    service.close()


@pytest.fixture
def client(service: Service) -> TestClient:
    return TestClient(create_api(service), raise_server_exceptions=False)


def ask(client: TestClient, question: str = QUESTION) -> Any:
    response = client.post("/ask", json={"question": question})
    assert response.status_code == 200, response.text
    return response.json()


def given(client: TestClient, answer_id: str) -> Any:
    response = client.get(f"/answers/{answer_id}")
    assert response.status_code == 200, response.text
    return response.json()


def rows(home: Path, table: str) -> int:
    connection = sqlite3.connect(home / "tanya.sqlite")
    (count,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    connection.close()
    return int(count)


def execute(home: Path, *statements: str) -> None:
    connection = sqlite3.connect(home / "tanya.sqlite")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


@pytest.mark.parametrize("question", [QUESTION, "siapa presiden?"], ids=["answer", "abstention"])
def test_a_result_is_had_again_as_it_was_given(client: TestClient, question: str) -> None:
    asked = ask(client, question)
    assert asked["kept"] is True
    again = given(client, asked["id"])
    assert again.pop("question") == question
    assert datetime.now(UTC) - datetime.fromisoformat(again.pop("asked_at")) < timedelta(minutes=1)
    cited = again["citations"] if again["status"] == "answered" else again["abstention"]["nearest"]
    assert [citation.pop("now")["state"] for citation in cited] == ["unchanged"]
    assert again == asked


def test_an_answer_outlives_the_service(service: Service, client: TestClient, tmp_path: Path) -> None:
    answer_id = ask(client)["id"]
    service.close()
    later = make_service(tmp_path)
    assert given(TestClient(create_api(later)), answer_id)["question"] == QUESTION
    later.close()


def test_an_unknown_answer_is_a_problem(client: TestClient) -> None:
    for path in "/answers/x", "/answers/%00", "/answers/%F0%9F%98%80", f"/answers/{'x' * 5000}":
        response = client.get(path)
        assert (response.status_code, response.headers["content-type"]) == (404, "application/problem+json")
    assert response.json()["detail"].endswith("not for more than 365 days; ask again")


def test_a_quote_that_still_stands_in_a_changed_article_is_found_in_it(
    service: Service, client: TestClient
) -> None:
    answer_id = ask(client)["id"]
    changed = make_article("a", "Pembaruan. Wali kota melantik 269 pejabat. Selesai.", title="Pelantikan")
    put(service.store, changed)
    (citation,) = given(client, answer_id)["citations"]
    assert (citation["start"], citation["article"]["outlet"]) == (21, "Antara")
    assert citation["now"]["state"] == "changed"
    assert citation["now"]["article"]["content_hash"] == changed.content_hash
    assert citation["now"]["stands"] == {"start": 11, "end": 42, "text": "Wali kota melantik 269 pejabat."}
    assert citation["now"]["instead"] is None


def test_what_took_the_place_of_a_quote_is_shown(service: Service, client: TestClient) -> None:
    answer_id = ask(client)["id"]
    put(service.store, make_article("a", "Hujan turun. Wali kota melantik 270 pejabat. Semua pulang."))
    now = given(client, answer_id)["citations"][0]["now"]
    assert (now["state"], now["stands"]) == ("changed", None)
    assert now["instead"] == {"start": 13, "end": 44, "text": "Wali kota melantik 270 pejabat."}


def test_nothing_takes_the_place_of_a_quote_that_nothing_is_like(
    service: Service, client: TestClient
) -> None:
    answer_id = ask(client)["id"]
    put(service.store, make_article("a", "Artikel ini telah dicabut."))
    now = given(client, answer_id)["citations"][0]["now"]
    assert (now["state"], now["stands"], now["instead"]) == ("changed", None, None)


def test_an_article_whose_id_changed_with_its_text_is_told_by_its_new_one(
    service: Service, client: TestClient
) -> None:
    answer_id = ask(client)["id"]
    put(service.store, make_article("b", f"{TEXT} Ralat.", origin="a.txt"))
    now = given(client, answer_id)["citations"][0]["now"]
    assert (now["state"], now["article"]["id"], now["stands"]["start"]) == ("changed", "b", 21)


def test_an_article_that_is_gone_is_told_as_withdrawn(service: Service, client: TestClient) -> None:
    answer_id = ask(client)["id"]
    service.store.delete("a")
    (citation,) = given(client, answer_id)["citations"]
    assert citation["quote"] == "Wali kota melantik 269 pejabat."
    assert citation["now"] == {"state": "withdrawn", "article": None, "stands": None, "instead": None}


def test_keeping_changes_nothing_in_the_corpus(service: Service, client: TestClient, tmp_path: Path) -> None:
    before = service.store.last_change(), service.store.freshness()
    ask(client)
    service.answers.close()
    assert rows(tmp_path, "answers") == 1
    assert (service.store.last_change(), service.store.freshness()) == before


def test_no_answer_waits_for_whoever_writes(service: Service, client: TestClient, tmp_path: Path) -> None:
    ask(client)
    ingest = sqlite3.connect(tmp_path / "tanya.sqlite", isolation_level=None)
    with service.store.writing():
        ingest.execute("BEGIN IMMEDIATE")
        began = time.perf_counter()
        asked = [ask(client) for _ in range(3)]
        assert time.perf_counter() - began < 15
        assert [each["kept"] for each in asked] == [True] * 3
        assert [given(client, each["id"])["id"] for each in asked] == [each["id"] for each in asked]
        ingest.execute("ROLLBACK")
    ingest.close()
    service.answers.close()
    assert rows(tmp_path, "answers") == 4


def test_an_answer_that_cannot_be_kept_is_given_all_the_same_and_says_so(
    client: TestClient, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    execute(tmp_path, "ALTER TABLE answers RENAME TO hidden")
    first = ask(client)
    until(lambda: "answers are not kept yet" in caplog.text)
    second = ask(client)
    assert (second["status"], second["kept"]) == ("answered", False)
    execute(tmp_path, "ALTER TABLE hidden RENAME TO answers")
    until(lambda: bool(ask(client)["kept"]))
    assert given(client, first["id"])["id"] == first["id"]
    assert client.get(f"/answers/{second['id']}").status_code == 404


def until(condition: Callable[[], bool], *, timeout_s: float = 10) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_answers_to_many_at_once_are_all_kept(service: Service, tmp_path: Path) -> None:
    ids: list[str] = []
    threads = [
        threading.Thread(target=lambda: ids.extend(service.asking(QUESTION).id for _ in range(10)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {service.answers.answer(each).response.id for each in ids} == set(ids)
    service.answers.close()
    assert rows(tmp_path, "answers") == 40


def test_the_last_stage_is_kept(service: Service) -> None:
    *earlier, last = service.asking.stages(QUESTION)
    assert isinstance(last, Answer)
    assert (len(earlier), last.kept) == (2, True)
    assert service.answers.answer(last.id).question == QUESTION


def test_what_is_asked_on_the_command_line_and_by_evaluations_is_not_kept(
    service: Service, tmp_path: Path
) -> None:
    assert service.ask(QUESTION).kept is False
    service.answers.close()
    assert rows(tmp_path, "answers") == 0


def test_a_question_that_is_no_text_is_answered_and_not_kept(service: Service) -> None:
    result = service.ask(QUESTION)
    assert service.answers.keep("wali \ud800", result) is result


def test_an_answer_is_kept_for_so_many_days(service: Service, client: TestClient, tmp_path: Path) -> None:
    old, new = ask(client)["id"], ask(client)["id"]
    service.answers.close()
    asked_at = (datetime.now(UTC) - timedelta(days=366)).isoformat()
    execute(tmp_path, f"UPDATE answers SET asked_at = '{asked_at}' WHERE id = '{old}'")
    assert client.get(f"/answers/{old}").status_code == 404
    assert client.get(f"/answers/{new}").status_code == 200
    with TestClient(create_api(later := make_service(tmp_path))):
        later.close()
    assert rows(tmp_path, "answers") == 1


def test_with_no_days_none_is_kept_and_those_there_are_go(
    service: Service, client: TestClient, tmp_path: Path
) -> None:
    answer_id = ask(client)["id"]
    service.answers.judge(answer_id, RIGHT)
    service.close()
    none = make_service(tmp_path, keep_days=0)
    with TestClient(create_api(none)) as client:
        assert ask(client)["kept"] is False
        assert client.get(f"/answers/{answer_id}").status_code == 404
        none.answers.close()
        assert (rows(tmp_path, "answers"), rows(tmp_path, "feedback")) == (0, 0)
    none.close()


def test_only_the_newest_so_many_are_kept(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_module, "_MOST_KEPT", 2)
    monkeypatch.setattr(kept_module, "_PRUNE_EVERY_S", 0)
    ids = [service.asking(QUESTION).id for _ in range(5)]
    service.answers.close()
    assert rows(tmp_path, "answers") == 2
    assert [service.answers.answer(each).response.id for each in ids[3:]] == ids[3:]
    with pytest.raises(AnswerNotFound):
        service.answers.answer(ids[2])


def test_an_answer_in_a_form_of_before_is_not_found_and_holds_up_nothing(
    service: Service, client: TestClient, tmp_path: Path
) -> None:
    old, new = ask(client)["id"], ask(client)["id"]
    for each in old, new:
        service.answers.judge(each, RIGHT)
    service.answers.close()
    response = zlib.compress(json.dumps({"id": old, "text": "?"}).encode()).hex()
    execute(tmp_path, f"UPDATE answers SET response = x'{response}' WHERE id = '{old}'")
    assert client.get(f"/answers/{old}").status_code == 404
    assert [judged.given.response.id for judged in service.answers.judged()] == [new]


def test_a_backup_carries_answers_and_feedback(service: Service, tmp_path: Path) -> None:
    answer_id = service.asking(QUESTION).id
    service.answers.judge(answer_id, RIGHT)
    back_up(home_url(tmp_path), tmp_path / "kept.zip")
    restore(tmp_path / "kept.zip", home=tmp_path / "other", url=home_url(tmp_path / "other"))
    other = make_service(tmp_path / "other")
    (judged,) = other.answers.judged()
    assert (judged.given.question, judged.given.response.id) == (QUESTION, answer_id)
    other.close()


def test_keeping_costs_an_answer_next_to_nothing(service: Service) -> None:
    result = service.ask(QUESTION)
    began = time.perf_counter()
    for _ in range(20):
        service.answers.keep(QUESTION, result)
    assert (time.perf_counter() - began) / 20 < 0.02
