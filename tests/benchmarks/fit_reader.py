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

from index.embedder import Embedder
from index.records import Filters, Hit
from qa_service.build import Service
from qa_service.reader import sentence_spans
from qa_service.sentence_reader import FEATURES, SentenceReader, Weights
from tests.benchmarks.question_sets import SetQuestion, read_set, serve_contexts

SETS = "facqa", "idk_mrc"
QUESTIONS = 250
READ = 5

ANSWERABLE = 2 / 3
"""The share of questions that the archive is taken to answer, as among the seed questions."""

WITHOUT_WORDS = [0, 1, 2, 5, 6]
"""The features that can be told where question and article share no words."""

Example = tuple[NDArray[np.float64], NDArray[np.bool_]]
"""The features of the sentences read for one question, and which of them are right."""


def main(data: Annotated[Path, typer.Argument(exists=True, file_okay=False)]) -> None:
    """Print weights, bias and the language gap, and how the weights do on the valid files."""
    fitted: list[Example] = []
    held_out: dict[str, list[Example]] = {}
    for name in SETS:
        train, valid = read_set(data, f"{name}-train"), read_set(data, f"{name}-valid")
        service, ids = serve_contexts([*train, *valid], home=Path("build/benchmarks") / name)
        fitted += _examples(service, ids, train, f"{name}-train")
        held_out[f"{name}-valid"] = list(_examples(service, ids, valid, f"{name}-valid"))
    for name, columns in ("AKIN", range(len(FEATURES))), ("FOREIGN", WITHOUT_WORDS):
        weights = _calibrated(_fitted(fitted, list(columns)), fitted)
        print(f"{name} = Weights(of={tuple(round(w, 3) for w in weights.of)}, bias={weights.bias:.3f})")
        for held_out_name, examples in held_out.items():
            print(f"    {held_out_name}: {_report(examples, weights)}")

    print(f"LANGUAGE_GAP = {_language_gap(data, service.embedder):.3f}")


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
        yield SentenceReader(service.embedder).features(question.text, spans), np.array(right)


def _right(question: SetQuestion, gold: str, hit: Hit, start: int, end: int) -> bool:
    sentence = hit.article.text[start:end]
    return hit.article.id == gold and any(answer in sentence for answer in question.answers)


def _fitted(examples: Sequence[Example], columns: list[int]) -> Weights:
    """A logistic regression on all sentences, with these features only."""
    features = np.concatenate([features for features, _ in examples])[:, columns]
    right = np.concatenate([right for _, right in examples])
    scaler = StandardScaler().fit(features)
    model = LogisticRegression(max_iter=1000).fit(scaler.transform(features), right)
    weights = np.zeros(len(FEATURES))
    weights[columns] = model.coef_[0] / scaler.scale_
    return Weights(tuple(weights.tolist()), float(model.intercept_[0] - weights[columns] @ scaler.mean_))


def _calibrated(weights: Weights, examples: Sequence[Example]) -> Weights:
    """Scaled so that the probability is true of a question's best sentence (Platt, 1999).

    Questions are weighted as if ANSWERABLE of them had their answer among the sentences read.
    """
    logits, right, possible = _best(examples, weights)
    share = possible.mean()
    importance = np.where(possible, ANSWERABLE / share, (1 - ANSWERABLE) / (1 - share))
    platt = LogisticRegression(C=1e6).fit(logits[:, np.newaxis], right, sample_weight=importance)
    slope, intercept = float(platt.coef_[0, 0]), float(platt.intercept_[0])
    return Weights(tuple(slope * weight for weight in weights.of), slope * weights.bias + intercept)


def _best(
    examples: Sequence[Example], weights: Weights
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Of each question the best sentence's logit, whether it is right, and whether any sentence is."""
    scored = [(weights.logits(features), right) for features, right in examples]
    logits = np.array([scores.max() for scores, _ in scored])
    right = np.array([rights[scores.argmax()] for scores, rights in scored])
    return logits, right, np.array([rights.any() for _, rights in scored])


def _report(examples: Sequence[Example], weights: Weights) -> str:
    """How often the best sentence is right, and whether its probability tells."""
    logits, right, possible = _best(examples, weights)
    kept = logits >= 0
    return (
        f"best sentence right {right[possible].mean():.3f} of {possible.sum()} answerable; of {len(right)} "
        f"AUROC {roc_auc_score(right, logits):.3f}; at probability .5 answered {kept.mean():.3f}, "
        f"right {right[kept].mean():.3f}"
    )


def _language_gap(data: Path, embedder: Embedder) -> float:
    """By how much unrelated English questions are further from Indonesian texts than Indonesian ones are."""
    chance = random.Random(0)
    indonesian, english = read_set(data, "idk_mrc-train"), read_set(data, "tydiqa_en-train")
    asked = [
        np.array([embedder.embed_query(question.text) for question in chance.sample(questions, 200)])
        for questions in (indonesian, english)
    ]
    texts = embedder.embed_passages([question.context[:200] for question in chance.sample(indonesian, 200)])
    same, foreign = (float((questions @ texts.T).mean()) for questions in asked)
    return same - foreign


if __name__ == "__main__":
    typer.run(main)
