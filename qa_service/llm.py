"""A language model behind OpenAI's API, wherever it runs: asked for JSON, and never waited for too long.

    instructions, data ──▶ POST …/chat/completions ──▶ body, counted ──▶ message ──▶ JSON ──▶ checked form

What it says is no more than a proposal. What is sent as data may hold anything, instructions too, and so may
what comes back: whoever asks checks what they make of it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, Field, ValidationError

from index.bounded import Counted, TooBig
from index.time_limit import run_within
from qa_service.errors import LlmFailed, Trouble
from qa_service.wanted import Wish, left_s, require_wanted, while_wanted

LARGEST_BODY = 262_144
"""Bytes of a response, some fifty times what a short answer takes."""

_MOST_TOKENS = 1500

_AFTERWARDS_S = 2.0
"""Of the time that a request has, what is left for checking what the model said, or telling the quotes."""

Said = TypeVar("Said", bound=BaseModel)


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Completion(BaseModel):
    choices: list[_Choice] = Field(min_length=1)


class Llm:
    """Asks one model, from any thread but that of an event loop.

    No redirect is followed and no proxy of the environment used: the key goes to the address that was set,
    and nowhere else.
    """

    def __init__(self, url: str, model: str, key: str, *, timeout_s: float) -> None:
        """`url` is the base address, as OpenAI's clients take it; `timeout_s` is for all of a question."""
        self._url = url.rstrip("/").removesuffix("/chat/completions") + "/chat/completions"
        self._headers = {"Accept-Encoding": "identity", **({"Authorization": f"Bearer {key}"} if key else {})}
        self._timeout_s = timeout_s
        self._tls = httpx.create_ssl_context()
        self._answers = Wish()
        self.model = model

    def close(self) -> None:
        """Wait for the model no more: calls that do fail at once, and so do later ones."""
        self._answers.give_up()

    def ask(self, instructions: str, data: object, form: type[Said], *, share: float) -> Said:
        """What the model makes of the data, within that share of the time, and in time for the request.

        Raises LlmFailed whatever goes wrong: too slow, an error, a refusal, or not of the form; GivenUp where
        the request is.
        """
        messages = [
            {"role": "system", "content": instructions},
            {"role": "user", "content": json.dumps(data, ensure_ascii=False)},
        ]
        timeout_s = max(0.0, min(share * self._timeout_s, left_s() - _AFTERWARDS_S))
        try:
            body = run_within(self._answered(messages), timeout_s)
        except asyncio.CancelledError:
            require_wanted()
            raise LlmFailed(Trouble.TIMED_OUT, "the service ends") from None
        except TimeoutError:
            raise LlmFailed(Trouble.TIMED_OUT, f"no answer within {timeout_s:g} s") from None
        except TooBig:
            raise LlmFailed(Trouble.UNUSABLE, f"more than {LARGEST_BODY} bytes came") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            # What the error says may name the key: h11 quotes a header that it refuses.
            raise LlmFailed(Trouble.UNREACHABLE, type(error).__name__) from None
        return _read(_content(body), form)

    async def _answered(self, messages: list[dict[str, str]]) -> bytes:
        end = _cancelling()
        with while_wanted(end), self._answers.withdrawn_by(end):
            return await self._asked(messages)

    async def _asked(self, messages: list[dict[str, str]]) -> bytes:
        async with httpx.AsyncClient(
            headers=self._headers, verify=self._tls, timeout=None, trust_env=False, follow_redirects=False
        ) as client:
            asked: dict[str, Any] = {"model": self.model, "messages": messages}
            steered = {
                "temperature": 0,
                "max_tokens": _MOST_TOKENS,
                "response_format": {"type": "json_object"},
            }
            status, body = await self._post(client, asked | steered)
            if status in (400, 422):  # some models refuse to be steered
                status, body = await self._post(client, asked)
        if status != 200:
            raise LlmFailed(Trouble.UNREACHABLE, f"it answered with the status {status}")
        return body

    async def _post(self, client: httpx.AsyncClient, asked: dict[str, Any]) -> tuple[int, bytes]:
        body = Counted(LARGEST_BODY)
        async with client.stream("POST", self._url, json=asked) as response:
            async for piece in response.aiter_raw():
                body.feed(piece)
            return response.status_code, body.content()


def _cancelling() -> Callable[[], None]:
    """What cancels the present task, from any thread."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None

    def cancel() -> None:
        with suppress(RuntimeError):  # its loop is closed: it has just ended by itself
            loop.call_soon_threadsafe(task.cancel)

    return cancel


def _content(body: bytes) -> str:
    """What the model said. Raises LlmFailed where it refused, or the body is no completion."""
    try:
        choice = _Completion.model_validate_json(body).choices[0]
    except ValidationError:
        raise LlmFailed(Trouble.UNUSABLE, "what came is no chat completion") from None
    if choice.message.refusal or choice.finish_reason == "content_filter":
        raise LlmFailed(Trouble.REFUSED, "it refused")
    return choice.message.content or ""


def _read(content: str, form: type[Said]) -> Said:
    """The JSON in what the model said: some think aloud before it, or fence it in."""
    said = content.rpartition("</think>")[2]
    try:
        return form.model_validate_json(said[said.find("{") : said.rfind("}") + 1])
    except ValidationError:
        raise LlmFailed(Trouble.UNUSABLE, "it did not say what it was asked for") from None
