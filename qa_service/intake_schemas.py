"""What goes over the wire where articles come in."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)
from pydantic.config import JsonDict

from index import jobs
from index.articles import ID, JSON
from index.records import RawArticle
from qa_service.intake import URL
from qa_service.schemas import Name, Request, Within, sound


def _id(written: str) -> str:
    if not ID.fullmatch(written):
        raise ValueError("this cannot be an id: write at most 128 letters, digits or - . _ ~")
    return written


def _address(written: str) -> str:
    parts = urlsplit(written)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("this is no address on the web: write it as https://example.id/berita/1")
    return written


def _moment(written: str) -> str:
    for read in (date.fromisoformat, datetime.fromisoformat):
        try:
            read(written)
        except ValueError:
            continue
        return written
    raise ValueError("this is no date: write it as 2026-02-06 or 2026-02-06T14:30:00+07:00")


def _language(written: str) -> str:
    if not re.fullmatch(r"[a-z]{2,3}", written):
        raise ValueError("this is no language code: write it as ISO 639 does, such as id or en")
    return written


ArticleId = Annotated[
    str, AfterValidator(_id), WithJsonSchema({"type": "string", "pattern": f"^{ID.pattern}$"})
]
Text = Annotated[str, AfterValidator(sound), StringConstraints(min_length=1)]
Address = Annotated[str, Within(0, 2000), AfterValidator(_address)]
Given = Annotated[str, Within(1, 500)]

EXAMPLE: JsonDict = {
    "title": "BPBD Cilegon membeli perahu karet",
    "text": "BPBD Cilegon membeli 37 perahu karet untuk menghadapi banjir.",
    "outlet": "Kabar Banten",
    "published_at": "2026-03-02",
    "language": "id",
    "url": "https://example.id/berita/perahu-karet",
}


class NewArticle(Request):
    """An article that is to come in: its `text` or its page's `html`, or only a `url`, which is fetched.

    What the fields say goes before what the text or the page says. With a URL the article's id is made from
    it; else `id` is the one given, or made from the text.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [EXAMPLE],
            "anyOf": [{"required": ["text"]}, {"required": ["html"]}, {"required": ["url"]}],
        },
    )

    id: ArticleId | None = None
    url: Annotated[Address | None, Field(description="Fetched where there is neither text nor html.")] = None
    title: Given | None = None
    text: Text | None = None
    html: Annotated[Text | None, Field(description="The page that the article stands on.")] = None
    outlet: Name | None = None
    published_at: Annotated[
        Annotated[str, AfterValidator(_moment)] | None,
        Field(description="ISO 8601: a day, or a time; one without a zone is in WIB."),
    ] = None
    language: Annotated[
        Annotated[
            str, AfterValidator(_language), WithJsonSchema({"type": "string", "pattern": "^[a-z]{2,3}$"})
        ]
        | None,
        Field(description="ISO 639 code."),
    ] = None
    authors: Annotated[list[Name], Field(max_length=50)] = []  # noqa: RUF012  # pydantic copies it

    @model_validator(mode="after")
    def _has_one_content(self) -> Self:
        if self.text is not None and self.html is not None:
            raise ValueError("text and html are both given: leave one out")
        if self.text is None and self.html is None and self.url is None:
            raise ValueError("there is no article: give one of text, html or url")
        return self

    @property
    def content_field(self) -> Literal["text", "html", "url"]:
        """The field that the article is made from."""
        if self.text is not None:
            return "text"
        return "html" if self.html is not None else "url"

    def raw(self, origin: str) -> RawArticle:
        """The raw article, as the readers take it."""
        fields = self.model_dump(exclude_none=True, exclude_defaults=True)
        media_type = URL if self.content_field == "url" else JSON
        return RawArticle(json.dumps(fields, ensure_ascii=False).encode(), media_type, origin)


class ItemError(BaseModel):
    """An article of a job that did not get in."""

    place: Annotated[str, Field(description="A JSON pointer into the list, or the file's name and line.")]
    reason: str


class Job(BaseModel):
    """How far many articles have come in. `total` is `stored + unchanged + refused` once it is done."""

    id: str
    state: Literal["waiting", "running", "done", "cancelled"]
    message: Annotated[str, Field(description="The state in a sentence.")]
    total: int
    stored: int
    unchanged: Annotated[int, Field(description="Were in the archive already, just so.")]
    refused: int
    articles_per_s: float | None
    eta_s: Annotated[float | None, Field(description="Seconds until it is done, at this rate.")]
    created_at: datetime
    finished_at: datetime | None
    errors: Annotated[list[ItemError], Field(description="Of what was refused, the first 1000.")]

    @classmethod
    def of(cls, job: jobs.Job, waits_for: str | None) -> Self:
        rate = job.seen / job.worked_s if job.worked_s else None
        going = job.finished_at is None
        return cls(
            id=job.id,
            state=job.state,
            message=_message(job, waits_for),
            total=job.total,
            stored=job.stored,
            unchanged=job.unchanged,
            refused=job.refused,
            articles_per_s=round(rate, 2) if rate else None,
            eta_s=round((job.total - job.seen) / rate, 1) if going and rate else None,
            created_at=job.created_at,
            finished_at=job.finished_at,
            errors=[ItemError(place=each.origin, reason=each.reason) for each in job.refusals],
        )


def _message(job: jobs.Job, waits_for: str | None) -> str:
    left = job.total - job.seen
    match job.state:
        case "cancelled":
            return f"Cancelled: the {job.stored} articles stored so far stay; {left} were left out."
        case "done":
            return f"Done: {job.stored} articles stored, {job.unchanged} unchanged, {job.refused} refused."
        case _ if waits_for:
            return f"Waiting, {left} articles to go: {waits_for}."
        case "waiting":
            return f"Waiting for its turn, {left} articles to go."
        case "running":
            return f"Running, {left} articles to go."
