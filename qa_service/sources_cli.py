"""The commands that take articles in from where they appear: the web, a folder that others write to."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from index.ingest import Progress, Report
from index.watch import Watch
from index.web import saved_listing
from qa_service.archive_cli import is_url, sum_up
from qa_service.build import open_index, open_web
from qa_service.console import err, say, settings_of_home, stated_errors
from qa_service.progress import shown

cli = typer.Typer()


@cli.command()
def feed(
    names: Annotated[
        list[str], typer.Argument(metavar="URL… | FILE…", help="RSS, Atom, sitemaps, or files they are in.")
    ],
    strict: Annotated[bool, typer.Option("--strict", help="End with 1 if anything is refused.")] = False,
) -> None:
    """Take in the articles that feeds or sitemaps list, as far as they are new or changed.

    An article that is listed no more stays; one that can't be fetched or read is refused with the reason, and
    the rest goes on. The exit code is 1 if any was refused and none got in or was there already.
    """
    with stated_errors():
        saved = {name: saved_listing(Path(name)) for name in names if not is_url(name)}
        settings = settings_of_home()
        index = open_index(settings, say)
        web = open_web(settings, index)
        so_far = _SoFar(len(names))
        with shown(lambda _: so_far.share) as progress:
            for name in names:
                hear = partial(so_far.hear, progress)
                taken_in = web.saved_feed(saved[name], hear) if name in saved else web.feed(name, hear)
                so_far.end(taken_in)
        sum_up(so_far.report)
        index.save_views()
    refused, got_in = so_far.report.refused, so_far.report.stored + so_far.report.unchanged
    if refused and (strict or not got_in):
        raise typer.Exit(1)


@cli.command()
def watch(folder: Annotated[Path, typer.Argument(exists=True, file_okay=False)]) -> None:
    """Keep the archive in step with a folder: articles come, change and go as its files do.

    Each file that does something is named. Ctrl-C ends it with exit code 0; it is 1 where the folder is gone.
    """
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


@dataclass(slots=True)
class _SoFar:
    """What came of the lists that are done, and how much of all of them that is."""

    lists: int
    done: int = 0
    report: Report = field(default_factory=Report)
    share: float = 0.0

    def hear(self, progress: Progress, report: Report, share: float) -> None:
        """Show how far it is with the present list, too."""
        self.share = (self.done + share) / self.lists
        progress(self.report + report)

    def end(self, report: Report) -> None:
        self.done += 1
        self.report += report


def _tell(line: str) -> None:
    err.print(line, markup=False, highlight=False, soft_wrap=True)
