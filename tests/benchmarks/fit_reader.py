"""Fit the reader's weights on questions with known answers.

    python -m tests.benchmarks.fit_reader ../shared/data/qa

Each question is retrieved among the contexts of its set; for every second one the right context is taken
away, so that the reader learns what no answer looks like. A sentence counts as right when it stands in the
right context and holds a gold answer. Train files are fitted, valid files only reported.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from rich.progress import track
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

from index.records import Filters, Hit
from qa_service.build import Service
from qa_service.reader import FEATURES, sentence_spans
from tests.benchmarks.question_sets import SetQuestion, read_set, serve_contexts

SETS = "facqa", "idk_mrc", "tydiqa_en"
QUESTIONS = 250
READ = 5

Example = tuple[NDArray[np.float64], NDArray[np.bool_]]
"""The features of the sentences read for one question, and which of them are right."""


def main(data: Annotated[Path, typer.Argument(exists=True, file_okay=False)]) -> None:
    """Print weights and bias, and how they do on the valid files."""
    fitted: list[Example] = []
    held_out: dict[str, list[Example]] = {}
    for name in SETS:
        train, valid = read_set(data, f"{name}-train"), read_set(data, f"{name}-valid")
        service, ids = serve_contexts([*train, *valid], home=Path("build/benchmarks") / name)
        fitted += _examples(service, ids, train, f"{name}-train")
        held_out[f"{name}-valid"] = list(_examples(service, ids, valid, f"{name}-valid"))
    weights, bias = _fit(fitted)
    for feature, weight in zip(FEATURES, weights, strict=True):
        print(f"{weight:9.4f}  {feature}")
    print(f"{bias:9.4f}  bias")
    for name, examples in held_out.items():
        print(f"{name}: {_report(examples, weights, bias)}")


def _examples(
    service: Service, ids: dict[str, str], questions: Sequence[SetQuestion], name: str
) -> Iterator[Example]:
    chosen = random.Random(0).sample(list(questions), min(QUESTIONS, len(questions)))
    for number, question in enumerate(track(chosen, name)):
        gold = ids[question.context]
        hits = service.retriever.retrieve(question.text, Filters(), limit=READ + 5)
        if number % 2:
            hits = [hit for hit in hits if hit.article.id != gold]
        spans = [(hit, span) for hit in hits[:READ] for span in sentence_spans(hit)]
        right = [_right(question, gold, hit, span.start, span.end) for hit, span in spans]
        yield service.reader.features(question.text, spans), np.array(right)


def _right(question: SetQuestion, gold: str, hit: Hit, start: int, end: int) -> bool:
    sentence = hit.article.text[start:end]
    return hit.article.id == gold and any(answer in sentence for answer in question.answers)


def _fit(examples: Sequence[Example]) -> tuple[NDArray[np.float64], float]:
    features = np.concatenate([features for features, _ in examples])
    right = np.concatenate([right for _, right in examples])
    scaler = StandardScaler().fit(features)
    model = LogisticRegression(C=1.0, max_iter=1000).fit(scaler.transform(features), right)
    weights = model.coef_[0] / scaler.scale_
    return weights, float(model.intercept_[0] - weights @ scaler.mean_)


def _report(examples: Sequence[Example], weights: NDArray[np.float64], bias: float) -> str:
    """Of the best sentence of each question: how often right, whether its probability tells, what is kept."""
    best = [(features @ weights + bias, right) for features, right in examples]
    logits = np.array([scores.max() for scores, _ in best])
    right = np.array([rights[scores.argmax()] for scores, rights in best])
    possible = np.array([rights.any() for _, rights in best])
    kept = 1 / (1 + np.exp(-logits)) >= 0.5
    return (
        f"first sentence right {right[possible].mean():.3f} of {possible.sum()} answerable, "
        f"AUROC {roc_auc_score(right, logits):.3f}, at probability 0.5: answered {kept.mean():.3f}, "
        f"right {right[kept].mean():.3f}"
    )


if __name__ == "__main__":
    typer.run(main)
