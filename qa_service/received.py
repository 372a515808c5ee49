"""The body of a request that brings articles -> the articles in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from fastapi import HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from pydantic import Field, TypeAdapter, ValidationError
from starlette.datastructures import UploadFile

from index.articles import READABLE, media_type_of, parts
from index.bounded import TooBig
from index.errors import ArticleUnreadable
from index.jobs import Item
from index.records import RawArticle, Refused
from qa_service.errors import FieldRefused
from qa_service.intake_schemas import NewArticle
from qa_service.problems import MOST_ERRORS, says_json

_MOST_FILES = 1000
_MOST_ARTICLES = 100_000

_LIST = TypeAdapter(Annotated[list[Any], Field(min_length=1, max_length=_MOST_ARTICLES)])


@dataclass(frozen=True, slots=True)
class File:
    """A file that was uploaded."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Body:
    """A body as it was received: JSON, or files. `hash` is the SHA-256 (hex) of what it says."""

    content: bytes | Sequence[File]
    hash: str


async def receive(request: Request) -> Body:
    """The request's body. Raises HTTPException where it is neither JSON nor files, or too much."""
    if says_json(request):
        content = await request.body()
        return Body(content, await run_in_threadpool(_hash, content))
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise HTTPException(
            415, "Send articles as JSON (content-type: application/json) or files (multipart/form-data)."
        )
    files = await _files(request)
    return Body(files, await run_in_threadpool(_hash_of_files, files))


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _hash_of_files(files: Sequence[File]) -> str:
    digest = hashlib.sha256()
    for file in files:  # the form's boundary is another each time
        digest.update(f"{len(file.name)} {file.name} {len(file.content)} ".encode())
        digest.update(file.content)
    return digest.hexdigest()


async def _files(request: Request) -> list[File]:
    files = []
    try:
        async with request.form(max_files=_MOST_FILES) as form:
            for name, value in form.multi_items():
                if not isinstance(value, UploadFile) or not value.filename:
                    raise FieldRefused(_sound(name), "this is no file: send files only, each with its name")
                files.append(File(_sound(value.filename), await value.read()))
    except UnicodeError as error:  # a charset that nothing is in
        raise HTTPException(400, "The form's charset is not known: leave it out.") from error
    if not files:
        raise FieldRefused("files", "there is no file: send at least one, as curl -F files=@FILE does")
    return files


def _sound(name: str) -> str:
    """The name, in UTF-8 though some charset gave half of a character in it."""
    return name.encode(errors="backslashreplace").decode()


def article(content: bytes) -> NewArticle:
    """The article of a JSON object. Raises RequestValidationError, HTTPException."""
    return _article(_value(content))


def articles(content: bytes) -> NewArticle | list[NewArticle]:
    """The article of a JSON object, or those of a list. Raises RequestValidationError, HTTPException."""
    value = _value(content)
    return _listed(value) if isinstance(value, list) else _article(value)


def _value(content: bytes) -> Any:
    try:
        return json.loads(content.decode())
    except json.JSONDecodeError as error:
        found = {"type": "json_invalid", "loc": ("body", error.pos), "ctx": {"error": error.msg}}
        raise RequestValidationError([found]) from error
    except (ValueError, RecursionError) as error:  # not UTF-8, a number of thousands of digits, too deep
        raise HTTPException(400, "There was an error parsing the body") from error


def _article(value: object) -> NewArticle:
    try:
        return NewArticle.model_validate(value)
    except ValidationError as error:
        raise RequestValidationError(_errors(error)) from error


def _listed(values: list[Any]) -> list[NewArticle]:
    """The articles of a list, or as many errors as are told: a hundred thousand would take gigabytes."""
    found: list[NewArticle] = []
    wrong: list[dict[str, Any]] = []
    try:
        _LIST.validate_python(values)
    except ValidationError as error:
        raise RequestValidationError(_errors(error)) from error
    for number, value in enumerate(values):
        try:
            found.append(NewArticle.model_validate(value))
        except ValidationError as error:
            wrong += _errors(error, number)
            if len(wrong) >= MOST_ERRORS:
                break
    if wrong:
        raise RequestValidationError(wrong)
    return found


def _errors(error: ValidationError, *place: int) -> list[dict[str, Any]]:
    return [{**each, "loc": ("body", *place, *each["loc"])} for each in error.errors()]


def items(content: Sequence[NewArticle] | Sequence[File], *, max_bytes: int) -> list[Item]:
    """The items of a job; raises HTTPException where they are too many, or unpacked larger than that."""
    found = []
    size = 0
    most = f"{_MOST_ARTICLES} articles, or unpacked more than {max_bytes} bytes"
    advice = "send them in parts, or use `tanya add`, which has no limit"
    too_many = HTTPException(413, f"There are more than {most}: {advice}.")
    try:
        for item in _items(content, max_bytes):
            found.append(item)
            size += len(item.raw.content) if isinstance(item.raw, RawArticle) else 0
            if len(found) > _MOST_ARTICLES or size > max_bytes:
                raise too_many
    except TooBig as error:
        raise too_many from error
    return found


def _items(content: Sequence[NewArticle] | Sequence[File], max_bytes: int) -> Iterator[Item]:
    for number, each in enumerate(content):
        match each:
            case NewArticle():
                yield Item(f"/{number}", each.raw(f"api:/{number}"))
            case File():
                yield from _items_of(each, max_bytes)


def _items_of(file: File, max_bytes: int) -> Iterator[Item]:
    # Two files of one name are two articles: neither takes the place of the other.
    origin = f"api:{file.name}#{hashlib.sha256(file.content).hexdigest()[:8]}"
    media_type = media_type_of(Path(file.name))
    if media_type is None:
        yield Item(file.name, Refused(origin, f"unknown format; readable are {READABLE}"))
        return
    try:
        for raw in parts(RawArticle(file.content, media_type, origin), most_bytes=max_bytes):
            yield Item(file.name + raw.origin.removeprefix(origin), raw)
    except ArticleUnreadable as error:
        yield Item(file.name, Refused(origin, str(error)))
