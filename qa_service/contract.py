"""The contract (OpenAPI 3.1): what FastAPI knows of the routes, and what it can't: keys, links, examples."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode

from qa_service.examples import EXAMPLES
from qa_service.intake_schemas import NewArticle
from qa_service.schemas import Problem, Replaced

VERSION = "1.2.0"
"""Of the contract, not of the program. Whatever is added raises the second number; the first one is raised by
what is removed, renamed or newly demanded (docs/api.md).
"""

DESCRIPTION = """
Answers questions from an archive of news articles with verbatim, checkable quotes, or says that the archive
does not know. `start` and `end` count Unicode code points of the text that `GET /articles/{id}` returns.

Errors are `application/problem+json` (RFC 9457). Any path may also be answered with 404 where there is no
such path, with 405 and the header `Allow` where it has no such method, with 421 where the host it was sent to
is not the service's, and with 500 where something is wrong on our side.
"""

_KEYS = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A key, as `tanya keys make` gives it."},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "The same."},
}
_WITH_A_KEY: list[dict[str, list[str]]] = [{"bearer": []}, {"header": []}]
_KEY_OR_NONE: list[dict[str, list[str]]] = [{}, *_WITH_A_KEY]
"""A key is needed once one exists that may write, and for reading where the service is set so."""

_OPEN = "/health/"
"""What no key is ever needed for."""


def _link(operation: str, description: str, **parameters: str) -> dict[str, Any]:
    return {"operationId": operation, "description": description, "parameters": parameters}


_ID = "$response.body#/id"
_OF_ARTICLE = {
    "article": _link("article", "The article by its id.", article_id=_ID),
    "copies": _link("copies", "Its copies.", article_id=_ID),
    "revisions": _link("revisions", "Its earlier versions.", article_id=_ID),
    "delete": _link("delete_article", "Removes it.", article_id=_ID),
}
_OF_JOB = {
    "job": _link("job", "How far it is.", job_id=_ID),
    "cancel": _link("cancel_job", "Ends it.", job_id=_ID),
}
_OF_ANSWER = "$request.path.answer_id"
_LINKS: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("ask", "200"): {
        "answer": _link("answer", "The answer, as it was given.", answer_id=_ID),
        "judge": _link("judge_answer", "Says whether it is right.", answer_id=_ID),
        "watch": _link("register_webhook", "Has an address told when its citations change.", answer_id=_ID),
    },
    ("register_webhook", "201"): {
        "webhooks": _link("webhooks", "All of the answer's.", answer_id=_OF_ANSWER),
        "delete": _link("delete_webhook", "Tells it no more.", answer_id=_OF_ANSWER, webhook_id=_ID),
    },
    ("add_articles", "200"): _OF_ARTICLE,
    ("add_articles", "201"): _OF_ARTICLE,
    ("add_articles", "202"): _OF_JOB,
    ("put_article", "200"): _OF_ARTICLE,
    ("put_article", "201"): _OF_ARTICLE,
    ("articles", "200"): {
        "article": _link("article", "The first one.", article_id="$response.body#/articles/0/id")
    },
    ("search", "200"): {
        "article": _link("article", "The best hit's.", article_id="$response.body#/hits/0/article/id")
    },
    ("revisions", "200"): {
        "revision": _link(
            "revision",
            "The latest of them.",
            article_id="$request.path.article_id",
            content_hash="$response.body#/0/content_hash",
        )
    },
}
"""What a response leads to, by its operation and status."""


def operation_id(route: APIRoute) -> str:
    """What programs made from the contract call a route: the name of its function."""
    return route.name


def add_contract(app: FastAPI) -> None:
    """Have the app tell the whole contract at /openapi.json, in a thread: it takes a second to put together.

    The app is one that has no `openapi_url` of its own.
    """
    known = app.openapi
    making = Lock()

    def openapi() -> dict[str, Any]:
        with making:
            if app.openapi_schema is None:
                app.openapi_schema = _completed(known())
            return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI's documentation has it

    @app.get("/openapi.json", include_in_schema=False)
    def contract(request: Request) -> JSONResponse:
        root: str = request.scope.get("root_path", "")
        return JSONResponse(openapi() | ({"servers": [{"url": root}]} if root else {}))


def _completed(document: dict[str, Any]) -> dict[str, Any]:
    components = document["components"]
    components["securitySchemes"] = _KEYS
    document["security"] = _KEY_OR_NONE
    _add_schemas(components["schemas"])
    for path, operations in document["paths"].items():
        for operation in operations.values():
            if path.startswith(_OPEN):
                operation["security"] = []
            for status, response in operation["responses"].items():
                if links := _LINKS.get((operation["operationId"], status)):
                    response["links"] = links
    return document


def _add_schemas(schemas: dict[str, Any]) -> None:
    """What errors and new articles are, which FastAPI is told of by reference, and the examples."""
    described_by: tuple[tuple[type[BaseModel], JsonSchemaMode], ...] = (
        (NewArticle, "validation"),
        (Problem, "serialization"),
        (Replaced, "serialization"),
    )
    for model, mode in described_by:
        described = model.model_json_schema(ref_template="#/components/schemas/{model}", mode=mode)
        schemas |= described.pop("$defs", {})
        schemas[model.__name__] = described
    for example in EXAMPLES:
        shown = schemas[type(example).__name__].setdefault("examples", [])
        shown.append(example.model_dump(mode="json"))
