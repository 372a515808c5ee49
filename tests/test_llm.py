"""A language model is asked over real HTTP: what it says is taken in the form asked for, or not at all."""

from __future__ import annotations

import gzip
import json
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from pydantic import BaseModel

from qa_service.errors import GivenUp, LlmFailed, Trouble
from qa_service.llm import LARGEST_BODY, Llm
from qa_service.wanted import WISH, Wish
from tests.language_model import LanguageModel, Sent, completion, language_model

KEY = "sk-rahasia-123"


class Form(BaseModel):
    word: str


@pytest.fixture
def model() -> Iterator[LanguageModel]:
    with language_model() as model:
        yield model


def ask(llm: Llm) -> str:
    return llm.ask("Say a word.", {"text": "“Abaikan”"}, Form, share=1).word


def trouble(llm: Llm) -> Trouble:
    with pytest.raises(LlmFailed) as failed:
        ask(llm)
    assert KEY not in str(failed.value)
    assert failed.value.__cause__ is None
    return failed.value.trouble


def test_what_is_data_goes_as_json_beside_the_instructions_and_the_key_in_its_header(
    model: LanguageModel,
) -> None:
    model.says = lambda _: '{"word": "banjir"}'
    assert ask(model.llm(key=KEY)) == "banjir"
    assert model.asked == [
        {
            "model": "tiruan-7b",
            "messages": [
                {"role": "system", "content": "Say a word."},
                {"role": "user", "content": '{"text": "“Abaikan”"}'},
            ],
            "temperature": 0,
            "max_tokens": 1500,
            "response_format": {"type": "json_object"},
        }
    ]
    assert model.paths == ["/v1/chat/completions"]
    assert model.headers[0]["authorization"] == f"Bearer {KEY}"
    ask(model.llm())
    assert "authorization" not in model.headers[1]


@pytest.mark.parametrize("address", ["/", "/chat/completions"])
def test_the_address_may_be_written_out(model: LanguageModel, address: str) -> None:
    model.says = lambda _: '{"word": "banjir"}'
    ask(Llm(model.url + address, "m", "", timeout_s=20))
    assert model.paths == ["/v1/chat/completions"]


def test_a_model_that_refuses_to_be_steered_is_asked_once_without(model: LanguageModel) -> None:
    model.says = lambda asked: Sent(status=400) if "temperature" in asked else '{"word": "banjir"}'
    assert ask(model.llm()) == "banjir"
    assert [sorted(asked) for asked in model.asked][1:] == [["messages", "model"]]
    model.says = lambda _: Sent(status=422)
    assert trouble(model.llm()) is Trouble.UNREACHABLE
    assert len(model.asked) == 4


@pytest.mark.parametrize(
    "said",
    [
        '```json\n{"word": "banjir"}\n```',
        '<think>{"word": "macet"}?</think>\n{"word": "banjir"}',
        'Here it is: {"word": "banjir", "more": 1}',
    ],
)
def test_json_that_is_fenced_in_or_thought_about_is_found(model: LanguageModel, said: str) -> None:
    model.says = lambda _: said
    assert ask(model.llm()) == "banjir"


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (Sent(b"down", 500), Trouble.UNREACHABLE),
        (Sent(b"no such model", 404), Trouble.UNREACHABLE),
        (Sent(status=401), Trouble.UNREACHABLE),
        (Sent(b"<html><body>Welcome</body></html>"), Trouble.UNUSABLE),
        (Sent(b"\xff\xfe\x00"), Trouble.UNUSABLE),
        (Sent(b'{"choices": ['), Trouble.UNUSABLE),
        (Sent(b"[" * 50_000), Trouble.UNUSABLE),
        (Sent(b'{"choices": []}'), Trouble.UNUSABLE),
        (Sent(b'{"choices": [{"message": null}]}'), Trouble.UNUSABLE),
        (Sent(b'{"error": {"message": "overloaded"}}'), Trouble.UNUSABLE),
        (Sent(b" " * LARGEST_BODY + completion('{"word": "x"}')), Trouble.UNUSABLE),
        (
            Sent(gzip.compress(completion('{"word": "x"}')), headers={"Content-Encoding": "gzip"}),
            Trouble.UNUSABLE,
        ),
        (Sent(completion(None)), Trouble.UNUSABLE),
        (Sent(completion("I can't help with that.")), Trouble.UNUSABLE),
        (Sent(completion('{"word": 7}')), Trouble.UNUSABLE),
        (Sent(completion('{"word": "cut')), Trouble.UNUSABLE),
        (Sent(completion("} {")), Trouble.UNUSABLE),
        (Sent(completion(None, refusal="I can't help with that.")), Trouble.REFUSED),
        (Sent(write=lambda write, _: write(b"SMTP 220 hello\r\n\r\n")), Trouble.UNREACHABLE),
        (
            Sent(write=lambda write, _: write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{")),
            Trouble.UNREACHABLE,
        ),
    ],
)
def test_what_is_no_completion_of_the_form_is_told_by_its_kind(
    model: LanguageModel, sent: Sent, expected: Trouble
) -> None:
    model.says = lambda _: sent
    assert trouble(model.llm(key=KEY)) is expected


def test_what_a_filter_cut_is_a_refusal(model: LanguageModel) -> None:
    body = json.loads(completion('{"word": "x"}'))
    body["choices"][0]["finish_reason"] = "content_filter"
    model.says = lambda _: Sent(json.dumps(body).encode())
    assert trouble(model.llm()) is Trouble.REFUSED


def test_a_redirect_is_not_followed(model: LanguageModel) -> None:
    model.says = lambda _: Sent(status=307, headers={"Location": f"{model.url}/elsewhere"})
    assert trouble(model.llm(key=KEY)) is Trouble.UNREACHABLE
    assert model.paths == ["/v1/chat/completions"]


def test_nobody_there_is_told_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    assert trouble(Llm(f"http://127.0.0.1:{port}/v1", "m", KEY, timeout_s=20)) is Trouble.UNREACHABLE


def never(_: Callable[[bytes], object], stop: threading.Event) -> None:
    stop.wait(20)


def dripping(before: bytes, drop: bytes) -> Callable[[Callable[[bytes], object], threading.Event], None]:
    def drip(write: Callable[[bytes], object], stop: threading.Event) -> None:
        write(before)
        while not stop.wait(0.02):
            write(drop)

    return drip


@pytest.mark.parametrize(
    "write",
    [
        never,
        dripping(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"),
        dripping(b"HTTP/1.1 200 OK\r\n\r\n", b" "),
    ],
    ids=["never answers", "drips headers", "drips a body"],
)
def test_one_limit_of_time_holds_for_all(
    model: LanguageModel, write: Callable[[Callable[[bytes], object], threading.Event], None]
) -> None:
    model.says = lambda _: Sent(write=write)
    began = time.monotonic()
    assert trouble(model.llm(timeout_s=0.3)) is Trouble.TIMED_OUT
    assert 0.3 <= time.monotonic() - began < 3


def test_what_is_left_of_the_request_is_the_limit(model: LanguageModel) -> None:
    model.says = lambda _: Sent(write=never)
    wish = Wish()
    before = WISH.set(wish)
    try:
        for left_s, least_s, most_s in ((2.3, 0.2, 2), (1, 0, 1)):
            began = time.monotonic()
            wish.deadline = began + left_s
            assert trouble(model.llm()) is Trouble.TIMED_OUT
            assert least_s <= time.monotonic() - began < most_s
    finally:
        WISH.reset(before)


def test_a_resolver_that_hangs_does_not_outlast_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait(10))
    began = time.monotonic()
    assert trouble(Llm("http://model.example/v1", "m", KEY, timeout_s=0.3)) is Trouble.TIMED_OUT
    assert time.monotonic() - began < 2
    over.set()


def test_a_call_ends_at_once_where_the_request_is_given_up(model: LanguageModel) -> None:
    wish = Wish()

    def giving_up(_: Callable[[bytes], object], stop: threading.Event) -> None:
        wish.give_up()
        stop.wait(20)

    model.says = lambda _: Sent(write=giving_up)
    before = WISH.set(wish)
    try:
        began = time.monotonic()
        for _ in range(2):
            with pytest.raises(GivenUp):
                ask(model.llm())
        assert time.monotonic() - began < 3
    finally:
        WISH.reset(before)
    assert len(model.asked) == 1


def test_at_the_end_a_call_ends_at_once_and_no_other_begins(model: LanguageModel) -> None:
    llm = model.llm()

    def ending(_: Callable[[bytes], object], stop: threading.Event) -> None:
        llm.close()
        stop.wait(20)

    model.says = lambda _: Sent(write=ending)
    began = time.monotonic()
    assert [trouble(llm), trouble(llm)] == [Trouble.TIMED_OUT, Trouble.TIMED_OUT]
    assert time.monotonic() - began < 3
    assert len(model.asked) == 1


def test_no_proxy_of_the_environment_is_used(model: LanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    model.says = lambda _: '{"word": "banjir"}'
    assert ask(model.llm()) == "banjir"


def test_no_error_names_the_key(model: LanguageModel, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "qa_service"):
        assert trouble(model.llm(key=f"{KEY}\nx")) is Trouble.UNREACHABLE  # h11 refuses and quotes it
    assert KEY not in caplog.text
    assert KEY not in repr(model.llm(key=KEY))
