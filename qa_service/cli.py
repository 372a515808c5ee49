"""The `tanya` command. `ui.serve` adds `serve` to it."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from qa_service import archive_cli, keeping_cli, keys_cli, sources_cli
from qa_service.answers import Abstention, Answer
from qa_service.ask import checked
from qa_service.ask_schemas import AskResponse
from qa_service.build import build
from qa_service.comparison import comparison_table
from qa_service.console import err, out, say, settings_of_home, stated_errors
from qa_service.errors import EvaluationInvalid
from qa_service.evaluate import READING_THRESHOLD, Mode, evaluate, mode_of, replier
from qa_service.footnotes import prose_line
from qa_service.log import write_log
from qa_service.open_corpus import gathered, index_corpus, opened
from qa_service.questions import drawn, read_questions
from qa_service.scorecard import (
    Scorecard,
    read_scorecard,
    require_writable,
    scorecard,
    table,
    write_scorecard,
)

cli = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Answers questions from news articles with verbatim, checkable quotes.",
)
cli.add_typer(archive_cli.cli)
cli.add_typer(sources_cli.cli)
cli.add_typer(keeping_cli.cli)
cli.add_typer(keys_cli.cli, name="keys")


@cli.command()
def ask(
    question: str,
    limit: Annotated[int, typer.Option(min=1, max=20, help="Citations at most.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print what POST /ask answers.")] = False,
) -> None:
    """Ask a question."""
    with stated_errors():
        checked(question)  # before the model is loaded, which takes seconds
        service = build(settings_of_home(), say)
        result = service.ask(question, limit=limit)
    if as_json:
        print(AskResponse.of(result).model_dump_json(indent=2))
    else:
        _show(result)


@cli.command("mcp")
def serve_tools() -> None:
    """Offer the archive to an assistant that starts this, by the Model Context Protocol over pipes."""
    from qa_service.mcp_server import mcp_server  # takes a second to import

    write_log(sys.stderr)  # standard output is the assistant's
    with stated_errors():
        service = build(settings_of_home(), say)
    with service.following():
        mcp_server(service).run("stdio")


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
    """Ask the questions of a file and judge the answers, per language. A conversation is asked turn by turn.

    A question that has a context is read against that alone; others are asked of the served corpus.
    """
    with stated_errors():
        if compare is not None:
            if questions or is_open or corpus or home or limit or json_file:
                raise EvaluationInvalid("--compare asks nothing: give it the two runs and nothing else")
            out.print(comparison_table(*map(read_scorecard, compare)))
            return
        if questions is None:
            raise EvaluationInvalid("nothing to ask: give a file of questions, or --compare A.json B.json")
        if not is_open and (corpus or home):
            raise EvaluationInvalid("--corpus and --home are about the index of --open: give that as well")
        if json_file is not None:
            require_writable(json_file)  # before all is asked, which takes minutes
        card = _evaluated(questions, corpus or [], home, limit, is_open=is_open)
        out.print(table(card))
        if json_file is not None:
            write_scorecard(card, json_file)


def _evaluated(
    file: Path, corpus: list[Path], home: Path | None, limit: int | None, *, is_open: bool
) -> Scorecard:
    asked = read_questions(file)
    mode = mode_of(asked, is_open=is_open)
    settings = settings_of_home()
    with ExitStack() as stack, Progress(console=err) as progress:
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


def _show(result: Answer | Abstention) -> None:
    if isinstance(result, Answer):
        out.print(result.text, markup=False, highlight=False, soft_wrap=True)
        cited = result.citations
    else:
        out.print(result.message, markup=False, highlight=False, soft_wrap=True)
        cited = result.nearest
    for citation in cited:
        article = citation.article
        heading = f"\n[{citation.n}] {article.title}" + (f" ({article.byline})" if article.byline else "")
        quote = f"    “{citation.quote}”"
        out.print(heading, quote, sep="\n", markup=False, highlight=False, soft_wrap=True)
    out.print(f"\nconfidence {result.confidence:.2f}", style="dim", highlight=False)
    for line in prose_line(result):
        out.print(line, style="dim", markup=False, highlight=False, soft_wrap=True)
