"""The commands that take articles in from where they appear: the web, a folder that others write to."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from index.ingest import Progress, Report
from index.watch import Watch
from qa_service.archive_cli import sum_up
from qa_service.build import open_index, open_web
from qa_service.console import err, say, settings_of_home, stated_errors
from qa_service.progress import shown

cli = typer.Typer()


@cli.command()
def feed(urls: Annotated[list[str], typer.Argument(help="RSS, Atom, sitemaps.")]) -> None:
    """Take in the articles that feeds or sitemaps list, as far as they are new or changed.

    An article that is listed no more stays.
    """
    with stated_errors():
        settings = settings_of_home()
        index = open_index(settings, say)
        web = open_web(settings, index)
        report = Report()
        with shown(lambda _: None) as progress:
            for url in urls:
                report += web.feed(url, partial(_go_on, progress, report))
        sum_up(report)
        index.save_views()
    if report.refused and not report.stored and not report.unchanged:
        raise typer.Exit(1)


@cli.command()
def watch(folder: Annotated[Path, typer.Argument(exists=True, file_okay=False)]) -> None:
    """Keep the archive in step with a folder: articles come, change and go as its files do."""
    with stated_errors(), _told_to_stop() as stop:
        index = open_index(settings_of_home(), say)
        Watch(folder, index.store, index.ingest, _tell).run(stop)
        index.close()
    _tell("stopped")


@contextmanager
def _told_to_stop() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set; a second one of them ends the process at once."""
    stop = threading.Event()

    def note(number: int, _: FrameType | None) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _go_on(progress: Progress, before: Report, report: Report) -> None:
    """Tell how far it is with what was done before as well."""
    progress(before + report)


def _tell(line: str) -> None:
    err.print(line, markup=False, highlight=False, soft_wrap=True)
