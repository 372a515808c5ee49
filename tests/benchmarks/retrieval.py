"""How often each search, and their fusion, finds the right text first.

    python -m tests.benchmarks.retrieval ../shared/data/qa

For each question set the contexts of its train and valid files are indexed together. The weight was chosen
on the train questions; the valid ones are only reported. The first run embeds for some minutes; later
ones take the vectors from build/benchmarks.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table

from index.records import Filters, Hit
from index.retrieve import LEXICAL_WEIGHT
from tests.benchmarks.question_sets import SetQuestion, read_set, serve_contexts

SETS = "facqa", "idk_mrc"
QUESTIONS = 400
WEIGHTS = 0.0005, 0.001, 0.002, 0.003, 0.004, 0.006
STANDARDISED_WEIGHTS = 0.3, 0.5, 0.7, 1.0

Scores = Callable[[Sequence[Hit]], NDArray[np.float64]]
Run = tuple[str, list[Hit]]


def main(data: Annotated[Path, typer.Argument(exists=True, file_okay=False)]) -> None:
    """Print recall@1 and MRR@10 for dense, lexical and fused search."""
    for name in SETS:
        train, valid = read_set(data, f"{name}-train"), read_set(data, f"{name}-valid")
        service, ids = serve_contexts([*train, *valid], home=Path("build/benchmarks") / name)
        for part, questions in ("train", train), ("valid", valid):
            asked = _sample([question for question in questions if question.answers])
            runs: list[Run] = [
                (ids[q.context], service.retriever.retrieve(q.text, Filters(), limit=200))
                for q in track(asked, f"{name}-{part}")
            ]
            Console().print(_table(f"{name}-{part}, {len(runs)} questions, {len(ids)} contexts", runs))


def _sample(questions: list[SetQuestion]) -> list[SetQuestion]:
    random.Random(0).shuffle(questions)
    return questions[:QUESTIONS]


def _table(title: str, runs: Sequence[Run]) -> Table:
    rows = Table("search", "recall@1", "MRR@10", title=title)
    rows.add_row("dense", *_measured(runs, _dense))
    rows.add_row("BM25", *_measured(runs, _lexical))
    for weight in WEIGHTS:
        mark = " (in use)" if weight == LEXICAL_WEIGHT else ""
        rows.add_row(f"dense + {weight} BM25{mark}", *_measured(runs, _absolute(weight)))
    for weight in STANDARDISED_WEIGHTS:
        rows.add_row(f"standardised dense + {weight} BM25", *_measured(runs, _standardised(weight)))
    return rows


def _dense(hits: Sequence[Hit]) -> NDArray[np.float64]:
    return np.array([hit.dense for hit in hits])


def _lexical(hits: Sequence[Hit]) -> NDArray[np.float64]:
    return np.array([hit.lexical for hit in hits])


def _absolute(weight: float) -> Scores:
    return lambda hits: np.add(_dense(hits), weight * _lexical(hits))


def _standardised(weight: float) -> Scores:
    """Each score in standard deviations from its mean over the candidates."""

    def z(scores: NDArray[np.float64]) -> NDArray[np.float64]:
        standard: NDArray[np.float64] = (scores - scores.mean()) / (scores.std() + 1e-9)
        return standard

    return lambda hits: np.add(z(_dense(hits)), weight * z(_lexical(hits)))


def _measured(runs: Sequence[Run], scores: Scores) -> tuple[str, str]:
    ranks = [_rank(article_id, hits, scores) for article_id, hits in runs]
    first = sum(rank == 1 for rank in ranks) / len(ranks)
    reciprocal = sum(1 / rank for rank in ranks if rank and rank <= 10) / len(ranks)
    return f"{first:.3f}", f"{reciprocal:.3f}"


def _rank(article_id: str, hits: Sequence[Hit], scores: Scores) -> int:
    """The place of the article among the articles of the hits, from 1; 0 where it is not there."""
    order = np.argsort(-scores(hits), kind="stable")
    ordered = list(dict.fromkeys(hits[place].article.id for place in order))
    return ordered.index(article_id) + 1 if article_id in ordered else 0


if __name__ == "__main__":
    typer.run(main)
