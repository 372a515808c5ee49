"""The routes that programs made for OpenAI's API can use: chat completions, embeddings, models.

An answer is the same as that of POST /ask: its text with footnotes is the message, and all of it stands in
the field `tanya`. What steers a language model, such as `temperature`, is taken and means nothing here.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, HTTPException, Path
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event
from numpy.typing import NDArray
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    ValidationError,
    WrapValidator,
)

from index.embedder import Embedder
from qa_service.answers import Abstention, Answer, Turn
from qa_service.ask import LONGEST_HISTORY, LONGEST_QUESTION
from qa_service.ask_schemas import AskResponse
from qa_service.errors import FieldRefused
from qa_service.footnotes import with_footnotes
from qa_service.foreground import Foreground
from qa_service.kept import KeepingAsk
from qa_service.problems import responses, told
from qa_service.schemas import Within
from qa_service.streaming import MEDIA_TYPE

MODEL = "tanya"

_AT_ONCE = 128
"""Texts that are embedded in one request."""

_MOST_PARTS = 100

_LONGEST_TEXT = 20_000

Text = Annotated[str, Within(0, _LONGEST_TEXT)]

ModelId = Annotated[str, Path(description="The id of a model.", examples=[MODEL])]


def _or_told(advice: str) -> WrapValidator:
    """One sentence for what fits none of several types, where pydantic tells what is wrong for each."""

    def checked(value: object, check: Callable[[object], object]) -> object:
        try:
            return check(value)
        except ValidationError as error:
            raise ValueError(advice) from error

    return WrapValidator(checked)


class _Request(BaseModel):
    model_config = ConfigDict(extra="ignore")


class TextPart(_Request):
    """A part of a message."""

    type: Literal["text"]
    text: Text


class Message(_Request):
    """What was said; what the system or a tool says is not looked at."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Annotated[
        Text | Annotated[list[TextPart], Field(max_length=_MOST_PARTS, fail_fast=True)] | None,
        _or_told(
            f"write this as a string, or as a list of at most {_MOST_PARTS} parts such as "
            f'{{"type": "text", "text": "…"}}: text only, at most {_LONGEST_TEXT} characters each'
        ),
    ] = None

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content)
        return self.content or ""


class StreamOptions(_Request):
    """What a stream tells besides the answer."""

    include_usage: StrictBool = False


class ChatRequest(_Request):
    """A conversation whose last message is the user's question."""

    model: str = MODEL
    messages: Annotated[list[Message], Field(min_length=1, max_length=200, fail_fast=True)]
    stream: StrictBool = False
    stream_options: StreamOptions | None = None

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "model": MODEL,
                    "messages": [
                        {"role": "user", "content": "Berapa pejabat yang dilantik Wali Kota Serang?"}
                    ],
                }
            ]
        }
    )

    def question(self) -> tuple[str, list[Turn]]:
        """The question and the turns before it; raises FieldRefused where the last message asks nothing."""
        *before, last = [message for message in self.messages if message.role in ("user", "assistant")] or [
            Message(role="assistant")
        ]
        if last.role != "user" or not last.text:
            raise FieldRefused("/messages", "the last message asks nothing: let it be the user's question")
        turns = [
            Turn(asked.text, replied.text)
            for asked, replied in pairwise(before)
            if (asked.role, replied.role) == ("user", "assistant") and 0 < len(asked.text) <= LONGEST_QUESTION
        ]
        return last.text, turns[-LONGEST_HISTORY:]


class Usage(BaseModel):
    """Tokens, as the embedding model counts them; nothing is charged."""

    prompt_tokens: int
    completion_tokens: int = 0
    total_tokens: int


class Reply(BaseModel):
    """The answer with its footnotes, or why there is none."""

    role: Literal["assistant"] = "assistant"
    content: str


class Choice(BaseModel):
    """The only one."""

    index: int = 0
    message: Reply
    finish_reason: Literal["stop"] = "stop"


class ChatResponse(BaseModel):
    """A chat completion. `tanya` is what POST /ask answers, with all citations."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str = MODEL
    choices: list[Choice]
    usage: Usage
    tanya: AskResponse


class EmbeddingRequest(_Request):
    """Texts to embed, as questions unless `input_type` says that they are passages."""

    model: str = ""
    input: Annotated[
        Text | Annotated[list[Text], Field(min_length=1, max_length=_AT_ONCE)],
        _or_told(
            f"write this as a string, or as a list of 1 to {_AT_ONCE} strings, of at most {_LONGEST_TEXT} "
            "characters each"
        ),
    ]
    encoding_format: Literal["float", "base64"] = "float"
    input_type: Literal["query", "passage"] = "query"
    dimensions: int | None = None
    """That of the vectors there are, or it is refused: they are not cut."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"input": ["pelantikan pejabat Serang"]}]})

    @property
    def texts(self) -> list[str]:
        return [self.input] if isinstance(self.input, str) else self.input


class Embedding(BaseModel):
    """A vector of unit length: numbers, or little-endian float32 in base64."""

    object: Literal["embedding"] = "embedding"
    index: int
    embedding: list[float] | str


class EmbeddingResponse(BaseModel):
    """The vectors, in the order of the texts."""

    object: Literal["list"] = "list"
    data: list[Embedding]
    model: str
    usage: Usage


class Model(BaseModel):
    """Something that answers here."""

    id: str
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: Literal["tanya"] = "tanya"


class Models(BaseModel):
    """What answers here: `tanya` questions, the other one with vectors."""

    object: Literal["list"] = "list"
    data: list[Model]


def openai_routes(ask: KeepingAsk, embedder: Embedder, foreground: Foreground) -> APIRouter:
    """The routes under /v1. A request for vectors counts as a question in the `foreground`."""
    router = APIRouter(prefix="/v1", tags=["OpenAI's API"])
    known = [Model(id=MODEL), Model(id=embedder.model_name)]

    @router.post(
        "/chat/completions",
        response_model=ChatResponse,
        responses={**responses(400, 413, 415, 422, 503), 200: {"content": {MEDIA_TYPE: {}}}},
    )
    def complete(request: ChatRequest) -> ChatResponse | StreamingResponse:
        """Answer the last message from the articles, in the light of those before it."""
        question, turns = request.question()
        count = _Counter(embedder, [message.text for message in request.messages])
        if request.stream:
            ask.require_room()
            usage = request.stream_options is not None and request.stream_options.include_usage
            return StreamingResponse(
                _chunks(ask, question, turns, count if usage else None), media_type=MEDIA_TYPE
            )
        result = ask(question, history=turns)
        text = with_footnotes(result)
        return ChatResponse(
            id=f"chatcmpl-{result.id}",
            created=int(time.time()),
            choices=[Choice(message=Reply(content=text))],
            usage=count(text),
            tanya=AskResponse.of(result),
        )

    @router.post("/embeddings", responses=responses(400, 413, 415, 422, 503))
    def embeddings(request: EmbeddingRequest) -> EmbeddingResponse:
        """The vectors by which the archive is searched."""
        if request.dimensions not in (None, embedder.dimension):
            detail = f"there are vectors of {embedder.dimension} dimensions only: leave this out"
            raise FieldRefused("/dimensions", detail)
        texts = request.texts
        embed = embedder.embed_passages if request.input_type == "passage" else embedder.embed_queries
        encoded = _base64 if request.encoding_format == "base64" else _floats
        with foreground.question():
            vectors = embed(texts)
            usage = _Counter(embedder, texts)("")
        return EmbeddingResponse(
            data=[Embedding(index=n, embedding=encoded(vector)) for n, vector in enumerate(vectors)],
            model=embedder.model_name,
            usage=usage,
        )

    @router.get("/models", responses=responses())
    def models() -> Models:
        """What answers here."""
        return Models(data=known)

    @router.get("/models/{model_id:path}", responses=responses(404, 422, 503))
    def model(model_id: ModelId) -> Model:
        """One of them."""
        for each in known:
            if each.id == model_id:
                return each
        raise HTTPException(404, f"There is no model {model_id!r}: GET /v1/models lists those there are.")

    return router


class _Counter:
    """Counts what was said, for those who look at `usage`."""

    def __init__(self, embedder: Embedder, prompts: Sequence[str]) -> None:
        self._embedder = embedder
        self._prompts = prompts

    def __call__(self, answer: str) -> Usage:
        *prompts, completion = self._embedder.count_tokens([*self._prompts, answer])
        completion = completion if answer else 0
        prompt = sum(prompts)
        return Usage(prompt_tokens=prompt, completion_tokens=completion, total_tokens=prompt + completion)


def _chunks(ask: KeepingAsk, question: str, turns: Sequence[Turn], count: _Counter | None) -> Iterator[bytes]:
    """The answer as chunks: the role at once, the text once it is there, the rest of it with the last one."""
    created, chunk_id = int(time.time()), f"chatcmpl-{time.time_ns():x}"

    def chunk(choices: list[dict[str, Any]], **more: Any) -> bytes:
        data = _Chunk(id=chunk_id, created=created, choices=choices, **more)
        return format_sse_event(data_str=data.model_dump_json(exclude_none=True))

    def choice(delta: dict[str, str], finish_reason: str | None = None) -> list[dict[str, Any]]:
        return [{"index": 0, "delta": delta, "finish_reason": finish_reason}]

    yield chunk(choice({"role": "assistant", "content": ""}))
    try:
        result: Answer | Abstention | None = None
        for stage in ask.stages(question, history=turns):
            if isinstance(stage, Answer | Abstention):
                result = stage
        assert result is not None
        text = with_footnotes(result)
        for line in text.splitlines(keepends=True):
            yield chunk(choice({"content": line}))
        yield chunk(choice({}, "stop"), tanya=AskResponse.of(result))
        if count:
            yield chunk([], usage=count(text))
    except Exception as error:
        # The status is sent already; the official client raises what an event says under `error`.
        fault = told(error)
        yield format_sse_event(data_str=_Failed(error=fault.model_dump()).model_dump_json())
        return
    yield format_sse_event(data_str="[DONE]")


class _Chunk(BaseModel):
    id: str
    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"
    created: int
    model: str = MODEL
    choices: list[dict[str, Any]]
    usage: Usage | None = None
    tanya: AskResponse | None = None


class _Failed(BaseModel):
    error: dict[str, Any]


def _base64(vector: NDArray[np.float32]) -> str:
    return base64.b64encode(vector.astype("<f4").tobytes()).decode()


def _floats(vector: NDArray[np.float32]) -> list[float]:
    return [float(component) for component in vector]
