"""How far a long ingest is: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from index.ingest import Report
from qa_service.console import err

_EVERY_S = 10
"""Between two lines where there is no terminal."""

Share = Callable[[Report], float | None]
"""How much of all is done, from 0 to 1; None while that isn't known."""


@contextmanager
def shown(share: Share) -> Iterator[Callable[[Report], None]]:
    """What a run is to call with each report."""
    started = time.monotonic()

    def line(report: Report) -> str:
        return progress_line(report, share(report), time.monotonic() - started)

    if not err.is_terminal:
        yield _logging(line)
        return
    columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, console=err) as bar:
        task = bar.add_task("articles", total=None)

        def show(report: Report) -> None:
            known = share(report)
            bar.update(task, description=line(report), total=known and 1, completed=known or 0)

        yield show
        bar.update(task, total=1, completed=1)


def progress_line(report: Report, share: float | None, elapsed_s: float) -> str:
    """Articles done, passages embedded in a second, and where the share is known, the time that is left."""
    said = f"{report.seen:,} articles, {report.passages / max(elapsed_s, 1e-9):.0f} passages/s"
    if not share:
        return said
    left_s = round(elapsed_s * (1 - share) / share)
    return f"{said}, {share:.0%}, {left_s // 3600}:{left_s % 3600 // 60:02}:{left_s % 60:02} left"


def _logging(line: Callable[[Report], str]) -> Callable[[Report], None]:
    said_at = time.monotonic()

    def log(report: Report) -> None:
        nonlocal said_at
        if report.seen and time.monotonic() - said_at >= _EVERY_S:  # before, the model is being loaded
            said_at = time.monotonic()
            err.print(line(report), highlight=False, soft_wrap=True)

    return log
