"""How much of an article's body is kept, and how little else, beside plain trafilatura.

    python -m tests.benchmarks.cleaning ../shared/data

For each page with a gold body it prints precision, recall and F1 of words: what text and gold have in common
as multisets of case-folded words (single characters where a script sets no words apart). Ours is the text of
the article as stored; the title, which is stored apart, does not count. Then the means by language, and how
often title and date are right where known: a title with case and punctuation left aside, a date as the
calendar day in the gold's zone. Last, which pages without a gold body are taken for articles.
"""

from __future__ import annotations

import gzip
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import mean
from typing import Annotated, Any

import trafilatura
import typer
from rich.console import Console
from rich.table import Table

from index.articles import to_article
from index.errors import ArticleUnreadable
from index.records import Article, RawArticle

GROUPS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("Indonesian", lambda lang: lang == "id"),
    ("others", lambda lang: lang != "id"),
    ("all", lambda _: True),
)
_UNSPACED = "\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")


@dataclass(frozen=True, slots=True)
class Overlap:
    """How much two texts have in common, from 0 to 1."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / ((self.precision + self.recall) or 1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A page, what is stored of it (or why nothing is), and what plain trafilatura makes of it."""

    page: dict[str, Any]
    article: Article | None
    refused: str
    plain: str
    seconds: float

    @property
    def ours(self) -> Overlap:
        return overlap(self.article.text if self.article else "", self.page["text"])

    @property
    def theirs(self) -> Overlap:
        return overlap(self.plain, self.page["text"])


def main(data: Annotated[Path, typer.Argument(exists=True, file_okay=False)]) -> None:
    """Print precision, recall and F1 of words for each page, and their means."""
    folder = data / "html"
    lines = (folder / "index.jsonl").read_text(encoding="utf-8").splitlines()
    outcomes = [_outcome(folder, json.loads(line)) for line in lines]
    console = Console(width=140)
    with_gold = sorted((o for o in outcomes if o.page["text"]), key=lambda o: o.ours.f1)
    console.print(_pages(with_gold))
    console.print(_means(with_gold))
    console.print(_facts(outcomes))
    for outcome in outcomes:
        if not outcome.page["text"]:
            said = (
                outcome.refused or f"taken for an article: {outcome.article and outcome.article.text[:60]!r}"
            )
            console.print(
                f"{outcome.page['kind']}, {outcome.page['file']}: {said}", markup=False, highlight=False
            )


def overlap(text: str, gold: str) -> Overlap:
    found, wanted = Counter(_words(text)), Counter(_words(gold))
    common = (found & wanted).total()
    return Overlap(common / (found.total() or 1), common / (wanted.total() or 1))


def _outcome(folder: Path, page: dict[str, Any]) -> Outcome:
    content = gzip.decompress((folder / page["file"]).read_bytes())
    raw = RawArticle(content, "text/html", page["url"] or page["file"])
    article, refused, started = None, "", time.perf_counter()
    try:
        article = to_article(raw, datetime.now(UTC))
    except ArticleUnreadable as error:
        refused = str(error)
    seconds = time.perf_counter() - started
    return Outcome(page, article, refused, trafilatura.extract(content) or "", seconds)


def _pages(outcomes: Sequence[Outcome]) -> Table:
    rows = Table("page", "language", "precision", "recall", "F1", "plain F1", "better by", title="words")
    for o in outcomes:
        measured = (o.ours.precision, o.ours.recall, o.ours.f1, o.theirs.f1, o.ours.f1 - o.theirs.f1)
        rows.add_row(o.page["file"][:50], o.page["lang"], *(f"{value:.3f}" for value in measured))
    return rows


def _means(outcomes: Sequence[Outcome]) -> Table:
    rows = Table(
        "pages", "precision", "recall", "F1", "plain precision", "plain recall", "plain F1", title="means"
    )
    for name, belongs in GROUPS:
        members = [o for o in outcomes if belongs(o.page["lang"])]
        both = [o.ours for o in members], [o.theirs for o in members]
        means = [
            mean(getattr(o, what) for o in side) for side in both for what in ("precision", "recall", "f1")
        ]
        rows.add_row(f"{name} ({len(members)})", *(f"{value:.3f}" for value in means))
    worst = min(outcomes, key=lambda o: o.ours.f1 - o.theirs.f1)
    rows.caption = f"furthest behind plain: {worst.ours.f1 - worst.theirs.f1:+.3f}, {worst.page['file'][:50]}"
    return rows


def _facts(outcomes: Sequence[Outcome]) -> Table:
    rows = Table("fact", "known", "right", "wrong", title="facts of the pages with a gold body")
    judged: tuple[tuple[str, Callable[[Article, str], bool]], ...] = (
        ("title", lambda article, gold: _words(article.title) == _words(gold)),
        ("date", _same_day),
    )
    for key, is_right in judged:
        known = [o for o in outcomes if o.page["text"] and o.page[key]]
        wrong = [o for o in known if not (o.article and is_right(o.article, o.page[key]))]
        for group, belongs in GROUPS:
            members = [o for o in known if belongs(o.page["lang"])]
            missed = [o for o in wrong if belongs(o.page["lang"])]
            told = "\n".join(_told(o, key) for o in missed) if group != "all" else ""
            rows.add_row(f"{key}, {group}", str(len(members)), f"{1 - len(missed) / len(members):.1%}", told)
    spent = sorted(o.seconds for o in outcomes)
    rows.caption = f"{mean(spent) * 1000:.0f} ms a page, at most {spent[-1] * 1000:.0f}"
    return rows


def _told(outcome: Outcome, key: str) -> str:
    article = outcome.article
    ours = article and (article.title if key == "title" else article.published_at)
    return f"{outcome.page['file'][:30]}: {ours} for {outcome.page[key]}"


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _same_day(article: Article, gold: str) -> bool:
    wanted, found = datetime.fromisoformat(gold), article.published_at
    if isinstance(found, datetime):
        found = (found.astimezone(wanted.tzinfo) if wanted.tzinfo else found).date()
    day: date | None = found
    return day == wanted.date()


if __name__ == "__main__":
    typer.run(main)
