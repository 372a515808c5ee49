"""Question sets with their contexts, and a service over those contexts."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.progress import Progress

from index.records import RawArticle
from qa_service.build import Service, build, bundled_model
from qa_service.settings import Settings


@dataclass(frozen=True, slots=True)
class SetQuestion:
    """A question, the text it was asked about, and the texts that answer it, none if unanswerable."""

    text: str
    context: str
    answers: tuple[str, ...]


def read_set(data: Path, name: str) -> list[SetQuestion]:
    """The questions of `data/NAME.jsonl.gz`; fields as `question`, `context`, `answers: [{text}]`."""
    with gzip.open(data / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        SetQuestion(row["question"], row["context"], tuple(answer["text"] for answer in row["answers"]))
        for row in rows
    ]


def serve_contexts(questions: Sequence[SetQuestion], *, home: Path) -> tuple[Service, dict[str, str]]:
    """A service whose articles are the questions' contexts, and each context's article id.

    Kept in `home`, so that a second run embeds nothing.
    """
    settings = Settings(home=home, model=str(bundled_model(Path("data"), print)))
    service = build(settings, print)
    ids = {context: f"context-{n}" for n, context in enumerate(dict.fromkeys(q.context for q in questions))}
    lines = [{"id": article_id, "text": context} for context, article_id in ids.items()]
    raws = [RawArticle(json.dumps(line).encode(), "application/json", str(line["id"])) for line in lines]
    with Progress() as progress:
        task = progress.add_task(f"embedding {home.name}", total=len(raws))
        service.ingest.run(raws, lambda report: progress.update(task, completed=report.seen))
    service.save_views()
    return service, ids
