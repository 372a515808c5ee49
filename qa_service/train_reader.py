"""Train the reader.

    python -m qa_service.train_reader --data ../shared/data/qa

Reads every `*-train.jsonl.gz` that the recipe names, mines near misses with our own retriever, trains,
calibrates on contexts held out from training and writes the reader to build/reader/model. Interrupted, it
goes on from its last checkpoint when started again. Nothing is drawn but from the seed.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import torch
import typer

from index.embedder import Embedder, SentenceEmbedder
from index.store import Store
from qa_service.build import Index, assemble_index, bundled_model
from qa_service.calibrate_reader import calibrate, keep
from qa_service.cross_encoder import CrossEncoder, save, untrained
from qa_service.openvino_scorer import OpenVinoScorer
from qa_service.pairs import PairEncoder
from qa_service.reader import SpanFinder
from qa_service.scorecard import commit
from qa_service.settings import Settings
from qa_service.training.examples import Example, PassageSplitter, names_and_numbers
from qa_service.training.export import export
from qa_service.training.loop import Pace, train
from qa_service.training.negatives import Found, index_contexts, mine
from qa_service.training.progress import bars, hears
from qa_service.training.recipe import (
    RECIPE,
    SEED,
    DrawnQuestion,
    build_examples,
    draw_epoch,
    training_questions,
)
from qa_service.training.variants import read_glossary, read_translations


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
    for earlier in model.glob("training-*.json"):
        earlier.unlink()
    run = {
        "commit": named,
        "seed": SEED,
        "recipe": {name: asdict(share) for name, share in RECIPE.items()},
        "pace": asdict(Pace()),
        "half": half,
        "examples": [len(each) for each in material],
        "curve": curve,
    }
    (model / f"training-{named}.json").write_text(json.dumps(run, indent=1) + "\n", encoding="utf-8")
    shipped = SpanFinder(encoder, OpenVinoScorer(model / "reader.xml", model_folder, pad=encoder.pad))
    with closing(_index(work / "held-out", embedder)) as index:
        keep(*calibrate(shipped, index, data, name=f"tanya-reader-{named}"), folder=model)


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
    with bars() as bar:
        heard = hears(bar, "training")
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
    with bars() as bar:
        index_contexts(index, questions, hears(bar, "indexing contexts"))
        return mine(index, questions, work / "near-misses.jsonl", hears(bar, "mining near misses"))


if __name__ == "__main__":
    typer.run(main)
