"""Errors on the wire: application/problem+json (RFC 9457), each with what the caller can do."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.types import Scope

from index.errors import (
    ArticleNotFound,
    ArticleReplaced,
    CorpusError,
    JobNotFound,
    RevisionNotFound,
    WriterBusy,
)
from qa_service.errors import (
    AnswerNotFound,
    FieldRefused,
    GivenUp,
    KeyRefused,
    Overloaded,
    QuestionInvalid,
    WebhookNotFound,
    WritingRefused,
)
from qa_service.root_path import own_path
from qa_service.schemas import FieldError, Problem, Replaced

_log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"

MOST_ERRORS = 100
"""How many wrong fields are named: a list may have thousands."""

RETRY_AFTER_S = 5
"""When to come again with what was one too many at once."""

_HEADERS: dict[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": {"description": "Bearer.", "schema": {"type": "string"}}},
    429: {"Retry-After": {"description": "Seconds.", "required": True, "schema": {"type": "integer"}}},
    503: {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}},
}

RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {
        "description": description,
        "content": {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}},
        **({"headers": _HEADERS[status]} if status in _HEADERS else {}),
    }
    for status, model, description in (
        (400, Problem, "The body is not JSON in UTF-8."),
        (401, Problem, "The key is not valid, or one is needed."),
        (403, Problem, "Who sends this may not change the archive."),
        (404, Problem, "There is no such thing."),
        (408, Problem, "The body did not come on."),
        (409, Problem, "A request with this Idempotency-Key is still being answered: try again."),
        (410, Replaced, "An article with another id has taken its place."),
        (413, Problem, "The body is larger than what is taken at once."),
        (415, Problem, "The body is of a type that this call does not take."),
        (422, Problem, "A field is missing, unknown or has a wrong value."),
        (429, Problem, "Too many requests; Retry-After says when to try again."),
        (
            503,
            Problem,
            "The archive cannot be used at the moment, or the answer took too long; Retry-After says when to "
            "try again, if that is known.",
        ),
    )
}


_UNPARSED = "There was an error parsing the body"
"""What the framework says of a body that is no JSON, but where the JSON is wrong at some character."""

_ADVICE = {
    "Not Found": "Nothing is here: /docs lists all paths.",
    "Method Not Allowed": (
        "The path is right, the method is not: the header Allow names those that are, /docs what they do."
    ),
}
"""What to do, by what the framework says."""


_FIELD_ADVICE = {
    "missing": "this is missing: it must be given",
    "extra_forbidden": "there is no such field: /docs lists those there are",
    "string_too_short": "this is too short: its length must be {min_length} or more",
    "string_too_long": "this is too long: its length must be {max_length} or less",
    "too_short": "this is too short: its length must be {min_length} or more",
    "too_long": "this is too long: its length must be {max_length} or less",
    "string_unicode": "this is no Unicode text: it holds a lone surrogate",
    "string_type": "this is not text: write it as a string",
    "model_attributes_type": "this is not an object: write it as {{…}}",
    "model_type": "this is not an object: write it as {{…}}",
    "string_pattern_mismatch": "this is no language code: write it as ISO 639 does, such as id or en",
    "date_from_datetime_parsing": "this is no date: write it as 2026-02-06",
    "date_parsing": "this is no date: write it as 2026-02-06",
}
"""What to do, by pydantic's type of error; its own words where there is nothing better to say."""


def add_problem_handlers(app: FastAPI) -> None:
    """Make every error of the app a problem."""
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(ArticleNotFound, _not_found)
    app.add_exception_handler(ArticleReplaced, _replaced)
    app.add_exception_handler(RevisionNotFound, _not_found)
    app.add_exception_handler(JobNotFound, _not_found)
    app.add_exception_handler(AnswerNotFound, _not_found)
    app.add_exception_handler(WebhookNotFound, _not_found)
    app.add_exception_handler(WriterBusy, _busy)
    app.add_exception_handler(Overloaded, _busy)
    app.add_exception_handler(GivenUp, _busy)
    app.add_exception_handler(CorpusError, _ours)
    app.add_exception_handler(QuestionInvalid, _refused)
    app.add_exception_handler(FieldRefused, _field_refused)
    app.add_exception_handler(WritingRefused, _forbidden)
    app.add_exception_handler(KeyRefused, _keyless)
    app.add_exception_handler(Exception, _ours)


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What a route documents of the errors it may answer with, those of any request included."""
    of_a_body = {408} if 413 in statuses else set()
    return {status: RESPONSES[status] for status in sorted({*statuses, *of_a_body, 401, 429, 503})}


def field_errors(error: RequestValidationError) -> list[FieldError]:
    """What is wrong with each part of a request, and what to do."""
    found = error.errors()[:MOST_ERRORS]
    return [FieldError(pointer=_pointer(each["loc"]), detail=advice(each)) for each in found]


def advice(error: Mapping[str, Any]) -> str:
    """What to do about one thing pydantic found."""
    found = _FIELD_ADVICE.get(str(error["type"]))
    if found is None:
        return str(error["msg"]).removeprefix("Value error, ")
    return found.format_map(error.get("ctx", {}))


def problem(status: int, detail: str, errors: Sequence[FieldError] = ()) -> JSONResponse:
    """A problem response."""
    return _response(_problem(status, detail, errors))


def unauthorized(detail: str) -> JSONResponse:
    """The problem of a request that needs a key, or another one."""
    response = problem(401, detail)
    response.headers["www-authenticate"] = "Bearer"
    return response


def told(error: Exception) -> Problem:
    """What the caller hears of any error where no status can be sent any more."""
    match error:
        case QuestionInvalid() | FieldRefused():
            return _problem(422, str(error))
        case Overloaded() | GivenUp() | WriterBusy():
            return _problem(503, str(error))
    return our_fault(error)


def our_fault(error: Exception) -> Problem:
    """What the caller hears of an error that is not theirs; what it was is for the log."""
    if isinstance(error, CorpusError):
        _log.error("the archive cannot be used: %s", error)
        return _problem(503, "The archive cannot be used now; the cause has been logged. Try again later.")
    _log.error("a request failed", exc_info=error)
    return _problem(500, "Something went wrong on our side; it has been logged. Try again later.")


def fault(error: Exception) -> JSONResponse:
    """The response to an error that is not the caller's."""
    return _response(our_fault(error))


def methods_at(scope: Scope) -> list[str]:
    """What may be done with the path: each method has a route of its own, and the first only knows its.

    HEAD may be wherever GET may. What is mounted is not looked into.
    """
    path = own_path(scope)
    routes = (route for route in iter_route_contexts(scope["app"].routes) if route.methods)
    found = {method for route in routes if route.path_regex.match(path) for method in route.methods or ()}
    return sorted(found | {"HEAD"} if "GET" in found else found)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    in_body = any(each["loc"][0] == "body" for each in error.errors())
    if in_body and (encoding := _encoding(request)) is not None:
        return _packed(encoding)
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        detail = f"The body is not valid JSON: {first['ctx']['error']} at character {first['loc'][-1]}."
        return problem(400, detail)
    if in_body and request.method in ("POST", "PUT") and not says_json(request):
        return problem(415, "Send the body as JSON, with the header content-type: application/json.")
    errors = field_errors(error)
    summary = "; ".join(": ".join(filter(None, (each.pointer, each.detail))) for each in errors)
    return problem(422, summary, errors)


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if error.detail == _UNPARSED:
        encoding = _encoding(request)
        return _packed(encoding) if encoding else problem(400, _unparsed(error.__cause__))
    response = problem(error.status_code, _ADVICE.get(error.detail, error.detail))
    response.headers.update(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED and (methods := methods_at(request.scope)):
        response.headers["allow"] = ", ".join(methods)
    return response


async def _not_found(_: Request, error: Exception) -> JSONResponse:
    return problem(404, str(error))


async def _replaced(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ArticleReplaced)
    status = HTTPStatus.GONE
    content = Replaced(title=status.phrase, status=status, detail=str(error), replaced_by=error.replaced_by)
    return JSONResponse(content.model_dump(), status, media_type=MEDIA_TYPE)


async def _refused(_: Request, error: Exception) -> JSONResponse:
    return problem(422, str(error))


async def _field_refused(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, FieldRefused)
    return problem(422, str(error), [FieldError(pointer=error.pointer, detail=error.detail)])


async def _forbidden(_: Request, error: Exception) -> JSONResponse:
    return problem(403, str(error))


async def _keyless(_: Request, error: Exception) -> JSONResponse:
    return unauthorized(str(error))


async def _busy(_: Request, error: Exception) -> JSONResponse:
    response = problem(503, str(error))
    response.headers["retry-after"] = str(RETRY_AFTER_S)
    return response


async def _ours(_: Request, error: Exception) -> JSONResponse:
    return fault(error)


def _problem(status: int, detail: str, errors: Sequence[FieldError] = ()) -> Problem:
    return Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, errors=list(errors))


def _response(content: Problem) -> JSONResponse:
    return JSONResponse(content.model_dump(), content.status, media_type=MEDIA_TYPE)


def _unparsed(cause: BaseException | None) -> str:
    """What is wrong with a body that could not be parsed."""
    match cause:
        case UnicodeDecodeError():
            return "The body is not text in UTF-8: send JSON in UTF-8."
        case RecursionError():
            return "The body is not valid JSON for us: it is nested too deeply."
        case ValueError():  # Python reads no integer of more than 4300 digits
            return "The body is not valid JSON for us: a number in it has too many digits."
    return "The body cannot be read: send JSON in UTF-8."


def _encoding(request: Request) -> str | None:
    """How the body is packed, if it is."""
    encoding = request.headers.get("content-encoding", "").strip().lower()
    return encoding if encoding not in ("", "identity") else None


def _packed(encoding: str) -> JSONResponse:
    """The problem of a body that is packed."""
    response = problem(415, f"The body is packed ({encoding}): send it as it is, without Content-Encoding.")
    response.headers["accept-encoding"] = "identity"
    return response


def says_json(request: Request) -> bool:
    """Whether the body is sent as JSON."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return media_type == "application/json" or media_type.endswith("+json")


def _pointer(location: tuple[int | str, ...]) -> str:
    """A JSON pointer into the body (RFC 6901), or the name of the parameter."""
    where, *path = location
    if where != "body":
        return str(path[0]) if path else str(where)
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)
