"""The commands that fill and keep the archive."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from io import BufferedReader
from itertools import chain
from threading import Event
from typing import Annotated, Any, cast

import typer
from rich.table import Column, Table
from rich.text import Text

from index.arrivals import STANDARD_INPUT, Arrivals, require_there
from index.articles import READABLE
from index.ingest import Ingest, Report
from index.records import RawArticle, Refused
from index.web import Web
from qa_service.build import Index, lazy_embedder, open_index, open_store, open_web
from qa_service.console import err, out, say, settings_of_home, stated_errors
from qa_service.progress import shown

cli = typer.Typer()

_REFUSALS_SHOWN = 20


_NAMES_HELP = (
    f"Files ({READABLE}), folders, quoted patterns ('berita/**/*.txt'), pages (https://…), or - for JSON"
    " Lines from standard input."
)


@cli.command()
def add(
    names: Annotated[list[str], typer.Argument(metavar="PATH… | URL… | -", help=_NAMES_HELP)],
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop at the first refusal; what came before it is stored.")
    ] = False,
) -> None:
    """Add articles, or bring those up to date that are there already.

    Each file or line that can't be read is refused with the reason, and the rest goes on. Hidden files in a
    folder are left out; those of other formats in a folder or a pattern are only counted. The exit code is 0
    if anything got in or was there already, else 1; with --strict 1 if anything was refused.
    """
    pages = [name for name in names if is_url(name)]
    paths = [name for name in names if not is_url(name)]
    with stated_errors():
        for path in paths:
            if path != STANDARD_INPUT:
                require_there(path)
        settings = settings_of_home()
        index = open_index(settings, say)  # no reader: nothing is asked
        report = add_articles(index, paths, strict=strict) if paths else Report()
        if pages and not (strict and report.refused):
            report += add_pages(open_web(settings, index), pages, strict=strict)
            index.save_views()
    if report.refused and strict:
        err.print("stopped at the first refusal: what came before it is stored", style="red")
    if (report.refused and strict) or not (report.stored or report.unchanged):
        raise typer.Exit(1)


@cli.command("list")
def list_articles(
    offset: Annotated[int, typer.Option(min=0)] = 0, limit: Annotated[int, typer.Option(min=1)] = 50
) -> None:
    """List the articles, newest first: id, day of publication, outlet, title; tab-separated in a pipe."""
    with stated_errors():
        articles = open_store(settings_of_home()).articles(offset=offset, limit=limit)
    rows = Table(
        *(Column(name, no_wrap=True) for name in ("id", "published", "outlet")),
        Column("title", no_wrap=True, overflow="ellipsis"),
        box=None,
    )
    for article in articles:
        day = article.published_on
        cells = article.id, day.isoformat() if day else "", article.outlet or "", article.title
        if out.is_terminal:
            rows.add_row(*map(Text, cells))
        else:
            print("\t".join(cells))
    if out.is_terminal:
        out.print(rows)


@cli.command()
def remove(article_ids: list[str]) -> None:
    """Remove articles by their ids."""
    with stated_errors():
        store = open_store(settings_of_home())
        for article_id in article_ids:
            store.delete(article_id)
            out.print(f"removed {article_id}", markup=False, highlight=False)


@cli.command()
def rebuild() -> None:
    """Clean, split and embed every article anew, with the present rules and model."""
    with stated_errors():
        settings = settings_of_home()
        store = open_store(settings)
        ingest = Ingest(store, lazy_embedder(settings, say))
        articles = store.freshness().articles
        with shown(lambda report: report.seen / articles if articles else None) as progress:
            report = ingest.rebuild(progress)
        sum_up(report)


def add_articles(index: Index, names: Sequence[str], *, strict: bool = False) -> Report:
    """Take in what the names stand for (see `add`), show how far it is, and say what came of it."""
    arrivals = Arrivals()
    if STANDARD_INPUT not in names:
        arrivals.measure(names)
    stopping = Event()

    def raws() -> Iterator[RawArticle | Refused]:
        for raw in chain.from_iterable(_raws(name, arrivals) for name in names):
            if stopping.is_set():
                return
            yield raw

    with shown(lambda _: arrivals.share) as progress:

        def hear(report: Report) -> None:
            progress(report)
            if strict and report.refused:
                stopping.set()

        report = index.ingest.run(raws(), hear)
    index.save_views()
    sum_up(report)
    if arrivals.skipped:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in arrivals.skipped.most_common(5))
        err.print(
            f"{arrivals.skipped.total():,} files skipped that hold no articles: {kinds}", highlight=False
        )
    return report


def add_pages(web: Web, urls: Sequence[str], *, strict: bool = False) -> Report:
    """Take in the pages at the URLs, one after another, and say what came of it."""
    report = Report()
    with shown(lambda report: report.seen / len(urls)) as progress:
        for url in urls:
            report += web.page(url)
            progress(report)
            if strict and report.refused:
                break
    sum_up(report)
    return report


def is_url(name: str) -> bool:
    return name.startswith(("https://", "http://"))


def _raws(name: str, arrivals: Arrivals) -> Iterator[RawArticle | Refused]:
    """The raw articles that one argument of `add` stands for."""
    if name == STANDARD_INPUT:
        return arrivals.streamed(cast("BufferedReader[Any]", sys.stdin.buffer), "stdin")
    return arrivals.named(name)


def sum_up(report: Report) -> None:
    """Say what came of an ingest, and name the first refusals."""
    for refused in report.refused[:_REFUSALS_SHOWN]:
        err.print(f"refused {refused.reason}", style="yellow", markup=False, highlight=False, soft_wrap=True)
    if len(report.refused) > _REFUSALS_SHOWN:
        err.print(f"… and {len(report.refused) - _REFUSALS_SHOWN:,} more", style="yellow", highlight=False)
    err.print(
        f"{report.stored} stored, {report.unchanged} unchanged, {len(report.refused)} refused",
        highlight=False,
    )
