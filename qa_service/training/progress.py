"""What is shown of work that takes minutes or hours."""

from __future__ import annotations

from collections.abc import Callable

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


def bars() -> Progress:
    """Bars with how much is done of how much, and the time left."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
    )


def hears(bar: Progress, doing: str) -> Callable[[int, int], None]:
    """A new line of the bars, and what tells it how much is done of how much."""
    task = bar.add_task(doing)
    return lambda done, of: bar.update(task, completed=done, total=of)
