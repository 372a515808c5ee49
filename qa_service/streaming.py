"""POST /ask as a stream of events, for those who accept one."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel

from qa_service.accept import prefers
from qa_service.answers import Abstention, Answer, Retrieved
from qa_service.ask_schemas import AskRequest, AskResponse, Citation, Interpretation, Statement
from qa_service.interpretation import Interpretation as Understood
from qa_service.kept import KeepingAsk
from qa_service.problems import told
from qa_service.schemas import SearchHit

MEDIA_TYPE = "text/event-stream"

STREAM: dict[str, Any] = {
    "description": "An answer, or an abstention.",
    "content": {
        MEDIA_TYPE: {
            "schema": {"type": "string"},
            "example": (
                'event: interpretation\ndata: {…}\n\nevent: passages\ndata: {"hits": […]}\n\n'
                'event: statement\ndata: {"statement": {…}, "citations": […]}\n\n'
                "event: done\ndata: {…}\n\n"
            ),
        }
    },
}
"""What the route documents of the stream: `done` has what the JSON response is, `error` a problem."""


class Passages(BaseModel):
    """What was found and is read now."""

    hits: list[SearchHit]


class CitedStatement(BaseModel):
    """A statement of the answer, with the citations that back it."""

    statement: Statement
    citations: list[Citation]


def streamed_too(ask: KeepingAsk) -> type[APIRoute]:
    """A route that answers a question, as a stream of events where such is accepted."""

    def stream(request: AskRequest) -> Iterator[ServerSentEvent]:
        try:
            yield from events(ask, request)
        except Exception as error:
            # The status is sent already: an exception would end the stream without a word.
            yield _event("error", told(error))

    async def room() -> None:
        ask.require_room()

    streaming = APIRoute(
        "/ask",
        stream,
        methods=["POST"],
        response_class=EventSourceResponse,
        dependencies=[Depends(room)],
    )
    answer_by_events = streaming.get_route_handler()

    class Streamed(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            answer = super().get_route_handler()

            async def answered(request: Request) -> Response:
                accept = ",".join(request.headers.getlist("accept"))
                streams = prefers(accept, MEDIA_TYPE, to="application/json")
                return await (answer_by_events if streams else answer)(request)

            return answered

    return Streamed


def events(ask: KeepingAsk, request: AskRequest) -> Iterator[ServerSentEvent]:
    """interpretation and passages, once for each way the question is understood, statements, done.

    Whoever goes away closes the generator, and no further stage is begun.
    """
    for stage in request.put_to(ask.stages):
        match stage:
            case Understood():
                yield _event("interpretation", Interpretation.of(stage))
            case Retrieved():
                yield _event("passages", Passages(hits=[SearchHit.of(hit) for hit in stage.hits]))
            case Answer() | Abstention():
                yield from _result(AskResponse.of(stage))


def _result(response: AskResponse) -> Iterator[ServerSentEvent]:
    cited = {citation.n: citation for citation in response.citations}
    for statement in response.statements:
        citations = [cited[n] for n in statement.citations]
        yield _event("statement", CitedStatement(statement=statement, citations=citations))
    yield _event("done", response)


def _event(name: str, data: BaseModel) -> ServerSentEvent:
    return ServerSentEvent(event=name, data=data)
