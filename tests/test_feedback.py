"""What people say of answers is kept, bounded, and makes an evaluation set."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from qa_service.api import create_api
from qa_service.build import Service
from qa_service.evaluate import Mode, evaluate, mode_of, replier
from qa_service.feedback import lines
from qa_service.questions import read_questions
from tests.corpus import make_article, make_service, put

TANYA = Path(sys.executable).with_name("tanya")
QUESTION = "wali kota melantik berapa pejabat?"
NOWHERE = "siapa presiden?"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = make_service(tmp_path)
    put(service.store, make_article("a", "Wali kota melantik 269 pejabat.", published_at=date(2026, 2, 6)))
    yield service
    service.close()


@pytest.fixture
def client(service: Service) -> TestClient:
    return TestClient(create_api(service), raise_server_exceptions=False)


def ask(client: TestClient, question: str = QUESTION, **request: object) -> str:
    return str(client.post("/ask", json={"question": question, **request}).json()["id"])


def judge(client: TestClient, answer_id: str, verdict: str, **feedback: object) -> None:
    response = client.post(f"/answers/{answer_id}/feedback", json={"verdict": verdict, **feedback})
    assert (response.status_code, response.content) == (204, b""), response.text


def exported(service: Service, *, only_gold: bool = False) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines(service.answers.judged(), only_gold=only_gold)]


def test_what_is_said_of_an_answer_is_exported_with_question_and_citations(
    service: Service, client: TestClient
) -> None:
    answer_id = ask(client)
    judge(client, answer_id, "wrong", reason="outdated", comment="  Itu \u0000 lama 😀 ")
    (line,) = exported(service)
    assert (line["id"], line["question"], line["asked"]) == (answer_id, QUESTION, QUESTION)
    assert (line["verdict"], line["reason"], line["comment"]) == ("wrong", "outdated", "Itu \u0000 lama 😀")
    assert (line["status"], line["lang"]) == ("answered", "id")
    (citation,) = line["citations"]
    assert (citation["quote"], citation["answer"]) == ("Wali kota melantik 269 pejabat.", "269")
    assert (citation["article"], citation["start"], citation["end"]) == ("a", 0, 31)
    assert "answerable" not in line
    assert exported(service, only_gold=True) == []


def test_the_last_one_who_says_something_counts(service: Service, client: TestClient) -> None:
    answer_id = ask(client)
    judge(client, answer_id, "wrong", reason="other", comment="?")
    judge(client, answer_id, "right")
    (line,) = exported(service)
    assert (line["verdict"], line["reason"], line["comment"]) == ("right", None, None)


def test_right_answers_and_right_abstentions_make_an_evaluation_set(
    service: Service, client: TestClient, tmp_path: Path
) -> None:
    for question, verdict in (QUESTION, "right"), (NOWHERE, "right"), ("melantik 269 pejabat?", "wrong"):
        judge(client, ask(client, question), verdict)
    file = tmp_path / "set.jsonl"
    file.write_text("\n".join(lines(service.answers.judged(), only_gold=True)))
    questions = read_questions(file)
    assert [(each.question, each.answerable) for each in questions] == [(QUESTION, True), (NOWHERE, False)]
    assert [answer.text for answer in questions[0].answers] == ["269"]
    assert questions[0].gold_articles == {"a"}
    assert mode_of(questions, is_open=False) is Mode.SERVED
    outcomes = evaluate(replier(service, Mode.SERVED), questions)
    assert [(outcome.answered, outcome.rank) for outcome in outcomes] == [(True, 1), (False, None)]


def test_a_follow_up_is_exported_as_the_question_that_was_searched_for(
    service: Service, client: TestClient
) -> None:
    result = service.ask(QUESTION)
    followed = replace(result.interpretation, follows="siapa melantik?")
    judge(client, service.answers.keep("berapa?", replace(result, interpretation=followed)).id, "right")
    (line,) = exported(service, only_gold=True)
    assert (line["question"], line["asked"]) == (QUESTION, "berapa?")


def test_that_filters_let_nothing_through_does_not_say_that_nothing_answers(
    service: Service, client: TestClient
) -> None:
    judge(client, ask(client, filters={"outlets": ["Kompas"]}), "right")
    judge(client, ask(client, NOWHERE, filters={"published_to": "2026-02-07"}), "right")
    assert [line["status"] for line in exported(service)] == ["abstained"] * 2
    assert exported(service, only_gold=True) == []


@pytest.mark.parametrize(
    ("body", "status", "detail"),
    [
        ({}, 422, "/verdict: this is missing"),
        ({"verdict": "up"}, 422, "/verdict"),
        ({"verdict": "wrong", "reason": "ugly"}, 422, "/reason"),
        ({"verdict": "right", "reason": "other"}, 422, "leave it out where the verdict is right"),
        ({"verdict": "right", "comment": "x" * 1001}, 422, "its length must be 1000 or less"),
        ({"verdict": "right", "comment": "\ud800"}, 422, "lone surrogate"),
        ({"verdict": "right", "stars": 5}, 422, "there is no such field"),
        ({"verdict": "right", "comment": "x" * 20_000}, 413, "shorten it"),
    ],
)
def test_feedback_that_cannot_be_used_is_refused_with_the_reason(
    client: TestClient, body: dict[str, object], status: int, detail: str
) -> None:
    sent = json.dumps(body).encode()
    headers = {"content-type": "application/json"}
    response = client.post(f"/answers/{ask(client)}/feedback", content=sent, headers=headers)
    assert response.status_code == status
    assert detail in response.json()["detail"]


def test_the_longest_comment_gets_in_however_it_is_escaped(service: Service, client: TestClient) -> None:
    judge(client, ask(client), "right", comment="😀" * 1000)
    assert exported(service)[0]["comment"] == "😀" * 1000


def test_nothing_is_said_of_an_answer_that_is_not_kept(client: TestClient) -> None:
    response = client.post("/answers/x/feedback", json={"verdict": "right"})
    assert (response.status_code, response.headers["content-type"]) == (404, "application/problem+json")


def test_feedback_is_exported_from_the_command_line(client: TestClient, tmp_path: Path) -> None:
    judge(client, ask(client), "right")
    judge(client, ask(client), "wrong")
    environment = {**os.environ, "TANYA_HOME": str(tmp_path)}

    def tanya(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        command = [TANYA, "feedback", *arguments]
        return subprocess.run(
            command, capture_output=True, text=True, env=environment, timeout=60, check=False
        )

    shown = tanya()
    assert [json.loads(line)["verdict"] for line in shown.stdout.splitlines()] == ["right", "wrong"]
    written = tanya("--questions", tmp_path / "set.jsonl.gz")
    assert (written.returncode, "1 answers in" in written.stderr) == (0, True)
    assert [each.question for each in read_questions(tmp_path / "set.jsonl.gz")] == [QUESTION]
    refused = tanya(tmp_path / "none" / "set.jsonl")
    assert (refused.returncode, "cannot be written" in refused.stderr) == (1, True)
