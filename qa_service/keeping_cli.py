"""The commands that look after the archive: what it holds, whether it is sound, and copies of it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter
from rich.table import Table
from rich.text import Text

from index.backup import back_up, restore
from index.database import home_url
from index.doctor import examine
from index.exporting import json_line, write_json_lines, write_lines
from index.status import Status, status
from qa_service.build import open_store
from qa_service.console import out, say, settings_of_home, stated_errors
from qa_service.feedback import lines
from qa_service.kept import KeptAnswers
from qa_service.settings import Settings

cli = typer.Typer()

_Force = Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")]
_AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]

_OUTLETS_SHOWN = 10


@cli.command("status")
def show_status(as_json: _AsJson = False) -> None:
    """Show what the archive holds, how current it is, and whether a process writes to it."""
    with stated_errors():
        settings = settings_of_home()
        found = status(open_store(settings), home=settings.home)
    if as_json:
        print(TypeAdapter(Status).dump_json(found, indent=2).decode())
        return
    rows = Table(show_header=False, box=None)
    for name, value in _lines(found):
        if out.is_terminal:
            rows.add_row(name, Text(value))
        else:
            print(f"{name}\t{value}")
    if out.is_terminal:
        out.print(rows)


@cli.command()
def doctor(as_json: _AsJson = False) -> None:
    """Check that everything is whole; each finding comes with what mends it.

    The exit code is 1 if there are any, or if it could not look.
    """
    with stated_errors():
        settings = settings_of_home()
        findings = examine(settings.home, _url(settings))
    if as_json:
        print(json.dumps({"sound": not findings, "findings": [asdict(each) for each in findings]}, indent=2))
    else:
        for each in findings:
            out.print(f"{each.what}\n    {each.fix}", markup=False, highlight=False, soft_wrap=True)
        say(f"{len(findings)} findings" if findings else "everything is sound")
    raise typer.Exit(1 if findings else 0)


@cli.command()
def backup(file: Path, force: _Force = False) -> None:
    """Write a copy of the database, as it is at one moment, into one file; the service may go on."""
    with stated_errors():
        made = back_up(_url(settings_of_home()), file, overwrite=force)
    say(f"{made.articles} articles, {made.passages} passages in {file}, {_size(file.stat().st_size)}")


@cli.command("restore")
def restore_backup(file: Path) -> None:
    """Put a backup in the place of the database, if it is sound and no service runs; the old one is kept.

    Else the exit code is 1, and nothing was changed.
    """
    with stated_errors():
        settings = settings_of_home()
        made, replaced = restore(file, home=settings.home, url=_url(settings))
    say(f"{made.articles} articles, {made.passages} passages, as of {made.made_at}")
    if replaced is not None:
        say(f"what was there is kept in {replaced}; delete it once it is not needed")


@cli.command()
def export(
    file: Annotated[Path | None, typer.Argument(help="JSON Lines (.jsonl, .jsonl.gz).")] = None,
    article_ids: Annotated[list[str] | None, typer.Argument(help="Only these articles.")] = None,
    force: _Force = False,
) -> None:
    """Write articles as JSON Lines that `tanya add` reads; without a file all, to standard output."""
    with stated_errors():
        store = open_store(settings_of_home())
        articles = map(store.article, article_ids) if article_ids else store.all_articles()
        if file is not None:
            say(f"{write_json_lines(articles, file, overwrite=force)} articles in {file}")
            return
        _print(map(json_line, articles))


@cli.command()
def feedback(
    file: Annotated[Path | None, typer.Argument(help="JSON Lines (.jsonl, .jsonl.gz).")] = None,
    only_gold: Annotated[
        bool,
        typer.Option("--questions", help="Only what tells a right answer: a file for `tanya eval`."),
    ] = False,
    force: _Force = False,
) -> None:
    """Write what was said of answers, with questions and citations; without a file to standard output."""
    with stated_errors():
        settings = settings_of_home()
        answers = KeptAnswers(open_store(settings).engine, days=settings.keep_answers_days)
        found = lines(answers.judged(), only_gold=only_gold)
        if file is None:
            _print(found)
        else:
            say(f"{write_lines(found, file, overwrite=force)} answers in {file}")


def _print(found: Iterable[str]) -> None:
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    for line in found:
        print(line)


def _url(settings: Settings) -> str:
    return settings.database_url or home_url(settings.home)


def _lines(found: Status) -> list[tuple[str, str]]:
    outlets = [f"{name} {count}" for name, count in found.outlets.items()]
    more = ["…"] if len(outlets) > _OUTLETS_SHOWN else []
    days = [day.isoformat() if day else "–" for day in (found.oldest_article, found.newest_article)]
    return [
        ("articles", str(found.articles)),
        ("passages", str(found.passages)),
        ("outlets", f"{len(outlets)}: {', '.join([*outlets[:_OUTLETS_SHOWN], *more])}"),
        ("languages", ", ".join(f"{code} {count}" for code, count in found.languages.items())),
        ("published", " to ".join(days)),
        ("index as of", found.index_as_of.isoformat(timespec="seconds") if found.index_as_of else "–"),
        ("embedder", ", ".join(found.embedders) or "–"),
        ("jobs waiting", str(found.jobs_waiting)),
        ("writing now", "yes" if found.writer_active else "no"),
        ("database", _size(found.database_bytes) if found.database_bytes is not None else "elsewhere"),
        ("saved views", _size(found.views_bytes)),
    ]


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB"
