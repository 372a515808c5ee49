"""The commands that fill and keep the archive."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column, Table
from rich.text import Text

from index.ingest import Ingest, Report, raws_in
from index.web import Web
from qa_service.build import Service, build, load_embedder, open_store, open_web
from qa_service.console import err, out, say, settings_of_home, stated_errors

cli = typer.Typer()

_REFUSALS_SHOWN = 20


@cli.command()
def add(
    sources: Annotated[
        list[str], typer.Argument(help="Files (.txt, .jsonl, .jsonl.gz), folders or pages (https://…).")
    ],
) -> None:
    """Add articles, or bring those up to date that are there already."""
    urls = [source for source in sources if is_url(source)]
    paths = [Path(source) for source in sources if not is_url(source)]
    for path in paths:
        if not path.exists():
            raise typer.BadParameter(f"{path} does not exist.")
    with stated_errors():
        settings = settings_of_home()
        service = build(settings, say)
        report = add_articles(service, paths) if paths else Report()
        if urls:
            report += add_pages(open_web(settings, service), urls)
            service.save_views()
    if report.refused and not report.stored and not report.unchanged:
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
        ingest = Ingest(store, load_embedder(settings, say))
        shown(ingest.rebuild)


def add_articles(service: Service, paths: list[Path]) -> Report:
    """Take the articles of files and folders in, with a progress line, and say what came of it."""
    report = shown(lambda progress: service.ingest.run(raws_in(paths), progress))
    service.save_views()
    return report


def add_pages(web: Web, urls: list[str]) -> Report:
    """Take in the pages at the URLs, and say what came of it."""
    return shown(lambda progress: web.pages(urls, progress))


def is_url(source: str) -> bool:
    return "://" in source


def shown(run: Callable[[Callable[[Report], None]], Report]) -> Report:
    """Run with a progress line, and say what came of it."""
    columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, console=err) as progress:
        task = progress.add_task("articles", total=None)

        def show(report: Report) -> None:
            text = f"{report.seen} articles, {report.passages} passages embedded"
            progress.update(task, description=text)

        report = run(show)
        progress.update(task, total=1, completed=1)
    for refused in report.refused[:_REFUSALS_SHOWN]:
        err.print(f"refused {refused.reason}", style="yellow", markup=False, highlight=False, soft_wrap=True)
    err.print(
        f"{report.stored} stored, {report.unchanged} unchanged, {len(report.refused)} refused",
        highlight=False,
    )
    return report
