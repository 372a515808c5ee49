"""The corpus that the questions of a file are asked of with `--open`: their contexts, and what is added."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError, model_validator

from index.articles import JSON
from index.records import RawArticle
from index.store import Store
from qa_service.build import Index, Service, build, bundled_model
from qa_service.errors import EvaluationInvalid
from qa_service.questions import GoldQuestion, numbered_lines
from qa_service.settings import Settings

_AT_ONCE = 5000
"""Articles of a store that are looked through together."""

Say = Callable[[str], None]
Progress = Callable[[int, int], None]
"""Hears how many articles of how many are in."""


@dataclass(frozen=True, slots=True)
class OpenCorpus:
    """Articles by id, and questions that name those by which they are answered."""

    articles: Mapping[str, RawArticle]
    questions: tuple[GoldQuestion, ...]


@dataclass(frozen=True, slots=True)
class _Text:
    """An article before it is ingested, under the id by which questions name it."""

    id: str
    text: str
    title: str | None = None
    published_at: str | None = None
    outlet: str | None = None

    def raw(self) -> RawArticle:
        return RawArticle(json.dumps(asdict(self)).encode(), JSON, self.id)


class _Line(BaseModel):
    """A line of a corpus file: an article, or a question whose context is one.

    An article's URL is not read: ingesting would make an id of it.
    """

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    id: str | None = None
    text: str | None = None
    context: str | None = None
    article: str | None = Field(default=None, validation_alias=AliasChoices("article", "article_id"))
    title: str | None = None
    published_at: str | None = Field(default=None, validation_alias=AliasChoices("published_at", "date"))
    outlet: str | None = Field(default=None, validation_alias=AliasChoices("outlet", "source"))

    @model_validator(mode="after")
    def _holds_one(self) -> _Line:
        if self.text is None and self.context is None:
            raise ValueError("neither text nor context")
        return self

    def as_text(self) -> _Text:
        text = self.context or "" if self.text is None else self.text
        name = self.article if self.text is None else self.id
        article_id = _sound(name) if name else text_id(text)
        return _Text(article_id, text, self.title, self.published_at, self.outlet)


@contextmanager
def opened(settings: Settings, home: Path | None, say: Say) -> Iterator[Service]:
    """A service with the present settings and models over `home`, or over a temporary one, removed after."""
    with TemporaryDirectory(prefix="tanya-eval-") as temporary:
        service = build(_moved(settings, home or Path(temporary), say), say)
        try:
            yield service
        finally:
            service.close()


def gathered(questions: Sequence[GoldQuestion], files: Sequence[Path]) -> OpenCorpus:
    """The articles of the files and the contexts of the questions, each text once.

    A file holds articles (lines with `text`) or questions (lines with `context`). A question whose article
    is in the files is answered by that one, and its context stays out; else its context is its article,
    under the name that the question gives it. Raises EvaluationInvalid.
    """
    texts: dict[str, _Text] = {}
    for text in chain.from_iterable(map(_articles, files)):
        texts.setdefault(text.id, text)
    in_files = frozenset(texts)
    asked = []
    for question in questions:
        named = {_sound(name) for name in question.gold_articles}
        golds = named & in_files or ({_put(question, texts)} if question.context else named)
        asked.append(question.model_copy(update={"article": None, "articles": sorted(golds)}))
    if not texts:
        raise EvaluationInvalid("no question has a context: give the articles with --corpus FILE")
    return OpenCorpus({id_: text.raw() for id_, text in texts.items()}, tuple(asked))


def index_corpus(index: Index, corpus: OpenCorpus, say: Say, progress: Progress) -> None:
    """Take the corpus in. Raises EvaluationInvalid where the home holds other articles: they would answer."""
    strangers = sum(article_id not in corpus.articles for article_id in _ids(index.store))
    if strangers:
        raise EvaluationInvalid(
            f"the home holds {strangers} articles of another corpus: give --home a folder of its own"
        )
    total = len(corpus.articles)
    report = index.ingest.run(corpus.articles.values(), lambda report: progress(report.seen, total))
    index.save_views()
    if report.refused:
        say(f"{len(report.refused)} of {total} articles are left out, the first: {report.refused[0].reason}")


def _moved(settings: Settings, home: Path, say: Say) -> Settings:
    """The settings for another home, with the present one's model."""
    model = settings.model or str(bundled_model(settings.home, say))
    return settings.model_copy(update={"home": home, "database_url": None, "model": model})


def _articles(file: Path) -> Iterator[_Text]:
    """The articles of a corpus file."""
    for number, line in numbered_lines(file):
        try:
            yield _Line.model_validate_json(line).as_text()
        except ValidationError as error:
            raise EvaluationInvalid(
                f"{file}, line {number}: no article in it: write an object with text, or with context"
            ) from error


def _put(question: GoldQuestion, texts: dict[str, _Text]) -> str:
    """Put the question's context among the texts; the id that it has there."""
    context = question.context or ""
    names = [*map(_sound, sorted(question.gold_articles)), text_id(context)]
    free = [name for name in names if name not in texts or texts[name].text == context]
    texts.setdefault(free[0], _Text(free[0], context, question.title, question.date))
    return free[0]


def _ids(store: Store) -> Iterator[str]:
    for offset in range(0, store.freshness().articles, _AT_ONCE):
        yield from (article.id for article in store.articles(offset=offset, limit=_AT_ONCE))


def context_article(question: GoldQuestion) -> RawArticle:
    """The question's context as an article, named by its text."""
    context = question.context or ""
    return _Text(text_id(context), context, question.title, question.date).raw()


def text_id(text: str) -> str:
    """The id of an article that has no other: made from its text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _sound(name: str) -> str:
    """The name as an article's id, or, where it could not be one, an id made from it."""
    sound = re.fullmatch(r"[A-Za-z0-9._~-]*[A-Za-z0-9_~-]", name) and len(name) <= 128
    return name if sound else text_id(name)
