"""The `tanya` command. `ui.serve` adds `serve` to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tomllib import TOMLDecodeError
from typing import Annotated

import typer
from pydantic import ValidationError
from pydantic_settings import SettingsError
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column, Table
from rich.text import Text

from index.errors import CorpusError
from index.ingest import Ingest, Report, raws_in
from qa_service.answers import Abstention, Answer
from qa_service.ask import checked
from qa_service.build import Service, build, load_embedder, open_store
from qa_service.comparison import comparison_table
from qa_service.errors import EvaluationInvalid, ServiceError
from qa_service.evaluate import READING_THRESHOLD, Mode, evaluate, mode_of, replier
from qa_service.open_corpus import gathered, index_corpus, opened
from qa_service.questions import drawn, read_questions
from qa_service.schemas import AskResponse
from qa_service.scorecard import (
    Scorecard,
    read_scorecard,
    require_writable,
    scorecard,
    table,
    write_scorecard,
)
from qa_service.settings import Settings

cli = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Answers questions from news articles with verbatim, checkable quotes.",
)

_REFUSALS_SHOWN = 20

_out = Console()
_err = Console(stderr=True)


@contextmanager
def stated_errors() -> Iterator[None]:
    """End with exit code 1 and the error's message, which names the remedy, instead of a traceback."""
    try:
        yield
    except ValidationError as error:
        for each in error.errors():
            name = "TANYA_" + "_".join(map(str, each["loc"])).upper()
            _err.print(f"error: the setting {name}: {each['msg']}", style="red", markup=False)
        raise typer.Exit(1) from error
    except (CorpusError, ServiceError, SettingsError, TOMLDecodeError) as error:
        _err.print(f"error: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from error


def _settings() -> Settings:
    """The settings, said where the data lies: the default is a folder of the working directory."""
    settings = Settings()
    say(f"data in {settings.home.resolve()}")
    return settings


def say(step: str) -> None:
    """Show a step of the start."""
    _err.print(f"· {step}", style="dim", markup=False, highlight=False, soft_wrap=True)


@cli.command()
def ask(
    question: str,
    limit: Annotated[int, typer.Option(min=1, max=20, help="Citations at most.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print what POST /ask answers.")] = False,
) -> None:
    """Ask a question."""
    with stated_errors():
        checked(question)  # before the model is loaded, which takes seconds
        service = build(_settings(), say)
        result = service.ask(question, limit=limit)
    if as_json:
        print(AskResponse.of(result).model_dump_json(indent=2))
    else:
        _show(result)


@cli.command()
def add(
    paths: Annotated[
        list[Path], typer.Argument(exists=True, help="Files (.txt, .jsonl, .jsonl.gz) or folders.")
    ],
) -> None:
    """Add articles, or bring those up to date that are there already."""
    with stated_errors():
        service = build(_settings(), say)
        report = add_articles(service, paths)
    if report.refused and not report.stored and not report.unchanged:
        raise typer.Exit(1)


@cli.command("list")
def list_articles(
    offset: Annotated[int, typer.Option(min=0)] = 0, limit: Annotated[int, typer.Option(min=1)] = 50
) -> None:
    """List the articles, newest first: id, day of publication, outlet, title; tab-separated in a pipe."""
    with stated_errors():
        articles = open_store(_settings()).articles(offset=offset, limit=limit)
    rows = Table(
        *(Column(name, no_wrap=True) for name in ("id", "published", "outlet")),
        Column("title", no_wrap=True, overflow="ellipsis"),
        box=None,
    )
    for article in articles:
        day = article.published_on
        cells = article.id, day.isoformat() if day else "", article.outlet or "", article.title
        if _out.is_terminal:
            rows.add_row(*map(Text, cells))
        else:
            print("\t".join(cells))
    if _out.is_terminal:
        _out.print(rows)


@cli.command()
def remove(article_ids: list[str]) -> None:
    """Remove articles by their ids."""
    with stated_errors():
        store = open_store(_settings())
        for article_id in article_ids:
            store.delete(article_id)
            _out.print(f"removed {article_id}", markup=False, highlight=False)


@cli.command()
def rebuild() -> None:
    """Clean, split and embed every article anew, with the present rules and model."""
    with stated_errors():
        settings = _settings()
        store = open_store(settings)
        ingest = Ingest(store, load_embedder(settings, say))
        _shown(ingest.rebuild)


@cli.command("eval")
def evaluate_file(
    questions: Annotated[
        Path | None, typer.Argument(exists=True, dir_okay=False, help="JSON Lines (.jsonl, .jsonl.gz).")
    ] = None,
    is_open: Annotated[
        bool, typer.Option("--open", help="Ask of an index of all contexts, not each of its own.")
    ] = False,
    corpus: Annotated[
        list[Path] | None,
        typer.Option(exists=True, dir_okay=False, help="Articles to index as well. Once for each file."),
    ] = None,
    home: Annotated[Path | None, typer.Option(help="Keep the index of --open here.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Ask only so many, always the same ones.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write all figures here.")] = None,
    compare: Annotated[
        tuple[Path, Path] | None, typer.Option(metavar="A.json B.json", help="Show how two runs differ.")
    ] = None,
) -> None:
    """Ask the questions of a file and judge the answers, per language.

    A question that has a context is read against that alone; others are asked of the served corpus.
    """
    with stated_errors():
        if compare is not None:
            if questions or is_open or corpus or home or limit or json_file:
                raise EvaluationInvalid("--compare asks nothing: give it the two runs and nothing else")
            _out.print(comparison_table(*map(read_scorecard, compare)))
            return
        if questions is None:
            raise EvaluationInvalid("nothing to ask: give a file of questions, or --compare A.json B.json")
        if not is_open and (corpus or home):
            raise EvaluationInvalid("--corpus and --home are about the index of --open: give that as well")
        if json_file is not None:
            require_writable(json_file)  # before all is asked, which takes minutes
        card = _evaluated(questions, corpus or [], home, limit, is_open=is_open)
        _out.print(table(card))
        if json_file is not None:
            write_scorecard(card, json_file)


def _evaluated(
    file: Path, corpus: list[Path], home: Path | None, limit: int | None, *, is_open: bool
) -> Scorecard:
    asked = read_questions(file)
    mode = mode_of(asked, is_open=is_open)
    settings = _settings()
    with ExitStack() as stack, Progress(console=_err) as progress:
        if mode is Mode.OPEN:
            articles = gathered(asked, corpus)
            asked = list(articles.questions)
            service = stack.enter_context(opened(settings, home, say))
            task = progress.add_task("indexing")
            index_corpus(
                service, articles, say, lambda seen, total: progress.update(task, completed=seen, total=total)
            )
        else:
            service = build(settings, say)
        chosen = progress.track(drawn(asked, limit), description="asking")
        outcomes = evaluate(replier(service, mode), chosen)
        threshold = READING_THRESHOLD if mode is Mode.READING else service.ask.threshold
        model = service.reader.name
    return scorecard(outcomes, mode=mode, threshold=threshold, file=file.name, model=model)


def add_articles(service: Service, paths: list[Path]) -> Report:
    """Take the articles of files and folders in, with a progress line, and say what came of it."""
    report = _shown(lambda progress: service.ingest.run(raws_in(paths), progress))
    service.save_views()
    return report


def _shown(run: Callable[[Callable[[Report], None]], Report]) -> Report:
    columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, console=_err) as progress:
        task = progress.add_task("articles", total=None)

        def show(report: Report) -> None:
            text = f"{report.seen} articles, {report.passages} passages embedded"
            progress.update(task, description=text)

        report = run(show)
        progress.update(task, total=1, completed=1)
    for refused in report.refused[:_REFUSALS_SHOWN]:
        _err.print(f"refused {refused.reason}", style="yellow", markup=False, highlight=False, soft_wrap=True)
    _err.print(
        f"{report.stored} stored, {report.unchanged} unchanged, {len(report.refused)} refused",
        highlight=False,
    )
    return report


def _show(result: Answer | Abstention) -> None:
    if isinstance(result, Answer):
        _out.print(result.text, markup=False, highlight=False, soft_wrap=True)
        cited = result.citations
    else:
        _out.print(result.message, markup=False, highlight=False, soft_wrap=True)
        cited = result.nearest
    for citation in cited:
        article = citation.article
        heading = f"\n[{citation.n}] {article.title}" + (f" ({article.byline})" if article.byline else "")
        quote = f"    “{citation.quote}”"
        _out.print(heading, quote, sep="\n", markup=False, highlight=False, soft_wrap=True)
    _out.print(f"\nconfidence {result.confidence:.2f}", style="dim", highlight=False)
