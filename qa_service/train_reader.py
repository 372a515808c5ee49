"""Train the reader.

    python -m qa_service.train_reader --data ../shared/data/qa

Reads every `*-train.jsonl.gz` that the recipe names, mines near misses with our own retriever, trains,
calibrates on contexts held out from training and writes the reader to build/reader/model. Interrupted, it
goes on from its last checkpoint when started again. Nothing is drawn but from the seed.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Annotated

import torch
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from index.embedder import Embedder, SentenceEmbedder
from index.store import Store
from qa_service.build import Index, assemble_index, bundled_model
from qa_service.calibration import Calibration
from qa_service.cross_encoder import CrossEncoder, TorchScorer, save, untrained
from qa_service.openvino_scorer import OpenVinoScorer
from qa_service.pairs import PairEncoder
from qa_service.questions import read_questions
from qa_service.reader import SpanFinder
from qa_service.scorecard import commit
from qa_service.settings import Settings
from qa_service.training.calibrating import (
    calibrated,
    found_passages,
    given_contexts,
    of_found,
    of_given,
)
from qa_service.training.examples import Example, PassageSplitter, names_and_numbers
from qa_service.training.export import export
from qa_service.training.loop import Pace, train
from qa_service.training.negatives import Found, index_contexts, mine
from qa_service.training.recipe import (
    RECIPE,
    SEED,
    DrawnQuestion,
    build_examples,
    draw_epoch,
    is_held_out,
    training_questions,
)
from qa_service.training.variants import read_glossary, read_translations

_CALIBRATED_ON = "idk_mrc", "facqa", "tydiqa_en"
"""Sets of answers in the words of the article, so that a quote can be judged."""

_AT_MOST = 200
"""Held-out questions of a set, and translations in all, so that the largest doesn't outweigh the others."""


def main(
    data: Annotated[Path, typer.Option(exists=True, file_okay=False, help="the question sets")],
    work: Annotated[Path, typer.Option(help="where checkpoints and the mining index are kept")] = Path(
        "build/reader"
    ),
    model: Annotated[Path, typer.Option(help="where the trained reader goes")] = Path("build/reader/model"),
    epochs: Annotated[int, typer.Option(min=1)] = 3,
    half: Annotated[
        bool, typer.Option(help="multiply in bfloat16: twice as fast on some processors, slower on others")
    ] = True,
    device: Annotated[str, typer.Option(help="cpu or cuda")] = "cuda" if torch.cuda.is_available() else "cpu",
) -> None:
    """Train the reader, calibrate it, and keep it with the curve of its training."""
    if find_spec("nncf") is None:
        raise typer.BadParameter('the export needs nncf: pip install -e ".[train]"')
    named = commit() or "uncommitted"
    work.mkdir(parents=True, exist_ok=True)
    model_folder = bundled_model(Settings().home, print)
    embedder = SentenceEmbedder(model_folder)
    encoder = PairEncoder(model_folder)
    with closing(_index(work / "corpus", embedder)) as index:
        material = gather(data, index, work, epochs)
    network, curve = fitted(material, encoder, model_folder, work, half=half, device=device)
    save(network, work / "weights.safetensors")
    model.mkdir(parents=True, exist_ok=True)
    export(network, model / "reader.xml")
    exact = SpanFinder(encoder, TorchScorer(network, pad=encoder.pad))
    shipped = SpanFinder(encoder, OpenVinoScorer(model / "reader.xml", model_folder, pad=encoder.pad))
    with closing(_index(work / "held-out", embedder)) as index:
        calibration, held_out = calibrate(shipped, exact, index, data, name=named)
    _write(model / "calibration.json", asdict(calibration))
    for earlier in model.glob("training-*.json"):
        earlier.unlink()
    _write(
        model / f"training-{named}.json",
        {
            "commit": named,
            "seed": SEED,
            "recipe": {name: asdict(share) for name, share in RECIPE.items()},
            "pace": asdict(Pace()),
            "half": half,
            "examples": [len(each) for each in material],
            "held_out": held_out,
            "curve": curve,
        },
    )


def fitted(
    material: Sequence[Sequence[Example]],
    encoder: PairEncoder,
    model_folder: Path,
    work: Path,
    *,
    half: bool,
    device: str,
) -> tuple[CrossEncoder, list[dict[str, float]]]:
    """The network, trained on the examples and back on the CPU, and the curve of its training."""
    torch.manual_seed(SEED)
    network = untrained(model_folder).to(device)
    if device == "cpu":
        network.encoder.set_attn_implementation("eager")  # the fused one is slower to train there
    with _progress() as bar:
        heard = _hears(bar, "training")
        curve = train(network, encoder, material, Pace(), work=work, seed=SEED, half=half, progress=heard)
    network = network.cpu()
    network.encoder.set_attn_implementation("sdpa")
    return network, curve


def _index(home: Path, embedder: Embedder) -> Index:
    return assemble_index(Store.in_home(home), embedder, views_folder=home / "views")


def gather(data: Path, index: Index, work: Path, epochs: int) -> list[list[Example]]:
    """The examples of each epoch."""
    sets = {name: training_questions(data, name) for name in RECIPE}
    drawn = [draw_epoch(sets, epoch) for epoch in range(epochs)]
    found = near_misses(index, drawn, work)
    translations, words = read_translations(), read_glossary()
    splitter = PassageSplitter(index.embedder.count_tokens)
    names = sorted({n for each in sets.values() for q in each for n in names_and_numbers(q.question)})
    chance = random.Random(SEED)
    return [build_examples(each, found, names, translations, words, splitter, chance) for each in drawn]


def near_misses(index: Index, epochs: Sequence[Sequence[DrawnQuestion]], work: Path) -> Found:
    """Near misses for all who want one, from an index over the contexts of all of them."""
    asked = {each.question.id: each.question for epoch in epochs for each in epoch if each.near_miss}
    questions = list(asked.values())
    with _progress() as bar:
        index_contexts(index, questions, _hears(bar, "indexing contexts"))
        return mine(index, questions, work / "near-misses.jsonl", _hears(bar, "mining near misses"))


def calibrate(
    shipped: SpanFinder, exact: SpanFinder, index: Index, data: Path, *, name: str
) -> tuple[Calibration, dict[str, dict[str, float]]]:
    """The calibration of the network as it is shipped, and figures of it on the questions held out.

    Reading is judged for the exact network as well. Searches are made among the questions' contexts, for
    the answerable questions and for translations of some; of the two the figures are told apart.
    """
    chance = random.Random(SEED)
    held_out = {
        of: [q for q in read_questions(data / f"{of}-train.jsonl.gz") if is_held_out(q)]
        for of in _CALIBRATED_ON
    }
    questions = [q for each in held_out.values() for q in chance.sample(each, min(_AT_MOST, len(each)))]
    translations = read_translations()
    foreign = [
        question.model_copy(update={"question": translation})
        for question in chain.from_iterable(held_out.values())
        if question.answerable
        for translation in translations.get(question.id, ())
    ]
    asked = {
        "found": [question for question in questions if question.answerable],
        "found_across_languages": chance.sample(foreign, min(_AT_MOST, len(foreign))),
    }
    count_tokens = index.embedder.count_tokens
    with _progress() as bar:
        index_contexts(index, [*questions, *foreign], _hears(bar, "indexing held-out contexts"))
        found = {
            of: found_passages(shipped, bar.track(each, description=f"asking, {of}"), index.retriever, chance)
            for of, each in asked.items()
        }
        read = {
            of: given_contexts(finder, bar.track(questions, description=f"reading, {of}"), count_tokens)
            for of, finder in (("exact", exact), ("shipped", shipped))
        }
    calibration = calibrated(
        read["shipped"],
        list(chain.from_iterable(found.values())),
        model=f"tanya-reader-{name}",
        embedder=index.embedder.fingerprint,
    )
    figures = {of: of_given(each, calibration) for of, each in read.items()}
    return calibration, {**figures, **of_found(found, calibration)}


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


def _hears(bar: Progress, doing: str) -> Callable[[int, int], None]:
    """A new line of the bar, and what tells it how much is done of how much."""
    task = bar.add_task(doing)
    return lambda done, of: bar.update(task, completed=done, total=of)


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
    )


if __name__ == "__main__":
    typer.run(main)
