"""Train the reader.

    python -m qa_service.train_reader --data ../shared/data/qa

Reads every `*-train.jsonl.gz` that RECIPE names, mines near misses with our own retriever, trains, calibrates
on contexts held out from training and writes the reader to build/reader/model. Interrupted, it goes on
from its last checkpoint when started again. Nothing is drawn but from the seed.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated

import torch
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from qa_service.build import Index, bundled_model, open_index
from qa_service.calibration import Calibration
from qa_service.cross_encoder import TorchScorer, save, trained, untrained
from qa_service.openvino_scorer import OpenVinoScorer
from qa_service.pairs import PairEncoder, Scorer
from qa_service.questions import GoldQuestion, read_questions
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
from qa_service.training.examples import (
    Example,
    PassageSplitter,
    against,
    examples,
    names_and_numbers,
    with_another_name,
)
from qa_service.training.export import export
from qa_service.training.loop import Pace, train
from qa_service.training.negatives import Found, context_id, index_contexts, mine
from qa_service.training.variants import Glossary, hurried, in_other_words, read_glossary


@dataclass(frozen=True, slots=True)
class Share:
    """Of a question set: what part is drawn in an epoch, and for what part of its answerable questions a
    mined near miss is added, and a variant about another name or number."""

    drawn: float
    near_misses: float = 0.0
    other_names: float = 0.0


RECIPE = {
    "idk_mrc": Share(1.0, near_misses=0.3),
    "squad_id": Share(0.25),
    "facqa": Share(1.0, near_misses=1.0, other_names=0.3),
    "id_newsqa": Share(0.3, near_misses=0.8, other_names=0.15),
    "tydiqa_en": Share(0.6, near_misses=0.2, other_names=0.2),
    "qamr_en": Share(0.1),
    "vi_squad2": Share(0.3),
}
"""What an epoch is made of; near misses are mined for the sets that ask for them."""

FOREIGN_QUESTIONS = {"id": 0.25, "en": 0.1}
"""By language, the share of questions that are put in the words of the other one, Indonesian or English."""

FOREIGN_PASSAGES = {"id": 0.1, "en": 0.4}
"""By language, the share of the other questions whose passages are."""

HELD_OUT = 0.04
"""The share of contexts kept from training, to calibrate on."""


SEED = 7

_CALIBRATED_ON = 120
"""Held-out questions of a set at most, so that the largest doesn't outweigh the others."""

_SAMPLE = 300
"""Examples that show the export how large the activations get."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A question drawn for an epoch, and which negatives go with it."""

    question: GoldQuestion
    near_miss: bool
    other_name: bool


def main(
    data: Annotated[Path, typer.Option(exists=True, file_okay=False, help="the question sets")],
    work: Annotated[Path, typer.Option(help="where checkpoints and the mining index are kept")] = Path(
        "build/reader"
    ),
    model: Annotated[Path, typer.Option(help="where the trained reader goes")] = Path("build/reader/model"),
    epochs: Annotated[int, typer.Option(min=1)] = 2,
    start_from: Annotated[
        Path | None, typer.Option(exists=True, help="weights of an earlier run, for a second stage")
    ] = None,
    learning_rate: Annotated[float, typer.Option(help="the highest of the transformer's layers")] = 1e-4,
    device: Annotated[str, typer.Option(help="cpu or cuda")] = "cuda" if torch.cuda.is_available() else "cpu",
) -> None:
    """Train the reader, calibrate it, and keep it with the curve of its training."""
    work.mkdir(parents=True, exist_ok=True)
    words = read_glossary()
    model_folder = bundled_model(Path("data"), print)
    index = open_index(Settings(home=work / "corpus", model=str(model_folder)), print)
    sets = {name: training_questions(data, name) for name in RECIPE}
    epochs_drawn = [drawn(sets, epoch) for epoch in range(epochs)]
    found = near_misses(index, epochs_drawn, work)
    splitter = PassageSplitter(index.embedder.count_tokens)
    chance = random.Random(SEED)
    names = sorted({n for each in sets.values() for q in each for n in names_and_numbers(q.question)})
    material = [made(each, found, names, words, splitter, chance) for each in epochs_drawn]
    torch.manual_seed(SEED)
    network = trained(model_folder, start_from) if start_from else untrained(model_folder)
    network.to(device)
    pace = Pace(learning_rate=learning_rate)
    encoder = PairEncoder(model_folder)
    with _progress() as bar:
        task = bar.add_task("training")
        curve = train(
            network,
            encoder,
            material,
            pace,
            work=work,
            seed=SEED,
            progress=lambda done, of: bar.update(task, completed=done, total=of),
        )
    network = network.cpu()
    save(network, work / "weights.safetensors")
    model.mkdir(exist_ok=True)
    sample = encoder.encode([(each.question, each.header, each.passage) for each in material[0][:_SAMPLE]])
    export(network, model_folder, sample, model / "reader.xml", pad=encoder.pad)
    scorers: dict[str, Scorer] = {
        "exact": TorchScorer(network, pad=encoder.pad),
        "shipped": OpenVinoScorer(model / "reader.xml", model_folder, pad=encoder.pad),
    }
    finders = {name: SpanFinder(encoder, scorer) for name, scorer in scorers.items()}
    named = commit() or "uncommitted"
    calibration, figures = calibrate(finders, index, data, model=f"tanya-reader-{named}")
    _write(model / "calibration.json", asdict(calibration))
    _write(
        model / f"training-{named}.json",
        {
            "commit": named,
            "seed": SEED,
            "second_stage": start_from is not None,
            "recipe": {name: asdict(share) for name, share in RECIPE.items()},
            "pace": asdict(pace),
            "examples": [len(each) for each in material],
            "held_out": figures,
            "curve": curve,
        },
    )


def calibrate(
    finders: dict[str, SpanFinder], index: Index, data: Path, *, model: str
) -> tuple[Calibration, dict[str, dict[str, float]]]:
    """The calibration of the shipped reader on the questions held out, and figures of each reader on them.

    They are of the sets that near misses are mined for.
    """
    questions: list[GoldQuestion] = []
    for name in (name for name, share in RECIPE.items() if share.near_misses):
        held_out = [q for q in read_questions(data / f"{name}-train.jsonl.gz") if is_held_out(q)]
        questions += random.Random(SEED).sample(held_out, min(_CALIBRATED_ON, len(held_out)))
    count_tokens = index.embedder.count_tokens
    with _progress() as bar:
        indexing = bar.add_task("indexing held-out contexts")
        index_contexts(index, questions, lambda done, of: bar.update(indexing, completed=done, total=of))
        given = {
            name: given_contexts(finder, bar.track(questions, description=f"reading, {name}"), count_tokens)
            for name, finder in finders.items()
        }
        asked = [question for question in questions if question.answerable]
        found = found_passages(finders["shipped"], bar.track(asked, description="asking"), index.retriever)
    calibration = calibrated(given["shipped"], found, model=model)
    figures = {name: of_given(each, calibration) for name, each in given.items()}
    return calibration, {**figures, "found": of_found(found, calibration)}


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


def training_questions(data: Path, name: str) -> list[GoldQuestion]:
    """The questions of `NAME-train` but those held out, and those whose paragraph XQuAD asks about.

    XQuAD's paragraphs are SQuAD's, which squad_id translates; its questions keep SQuAD's ids.
    """
    questions = read_questions(data / f"{name}-train.jsonl.gz")
    validated = {q.id for path in data.glob("xquad_*-valid.jsonl.gz") for q in read_questions(path)}
    seen = {context_id(q) for q in questions if q.id.removeprefix("squad-trans-") in validated}
    return [q for q in questions if context_id(q) not in seen and not is_held_out(q)]


def is_held_out(question: GoldQuestion) -> bool:
    """Whether the question's context is kept from training, to calibrate on."""
    return int(context_id(question), 16) % 1000 < 1000 * HELD_OUT


def drawn(sets: dict[str, list[GoldQuestion]], epoch: int) -> list[Drawn]:
    """The questions of an epoch."""
    chance = random.Random(1000 * SEED + epoch)
    return [
        Drawn(
            question,
            near_miss=question.answerable and chance.random() < share.near_misses,
            other_name=question.answerable and chance.random() < share.other_names,
        )
        for name, share in RECIPE.items()
        for question in chance.sample(sets[name], round(share.drawn * len(sets[name])))
    ]


def near_misses(index: Index, epochs: Sequence[Sequence[Drawn]], work: Path) -> Found:
    """Near misses for all who want one, from an index over the contexts of all of them."""
    asked = {each.question.id: each.question for epoch in epochs for each in epoch if each.near_miss}
    with _progress() as bar:
        indexing, mining = bar.add_task("indexing contexts"), bar.add_task("mining near misses")
        questions = list(asked.values())
        index_contexts(index, questions, lambda done, of: bar.update(indexing, completed=done, total=of))
        return mine(
            index,
            questions,
            work / "near-misses.jsonl",
            lambda done, of: bar.update(mining, completed=done, total=of),
        )


def made(
    epoch: Sequence[Drawn],
    found: Found,
    names: Sequence[str],
    words: Glossary,
    splitter: PassageSplitter,
    chance: random.Random,
) -> list[Example]:
    """The examples of an epoch, each question as one person or another would type it."""
    plain: list[Example] = []
    for each in epoch:
        plain += (own := list(examples(each.question, splitter, chance)))
        if each.near_miss:
            others = (
                against(each.question, title=title, passage=passage, chance=chance)
                for title, passage in found[each.question.id]
            )
            near = [example for example in others if example][:6]
            plain += chance.sample(near, min(1, len(near)))
        if each.other_name and own and (example := with_another_name(own[0], names, chance)):
            plain.append(example)
    return [_across_languages(each, words, chance) for each in plain]


def _across_languages(example: Example, words: Glossary, chance: random.Random) -> Example:
    question = example.question
    if chance.random() < FOREIGN_QUESTIONS.get(example.language, 0):
        question = words.foreign(question, example.language).strip()
    elif chance.random() < FOREIGN_PASSAGES.get(example.language, 0):
        example = in_other_words(example, words)
    return replace(example, question=hurried(question, chance))


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
    )


if __name__ == "__main__":
    typer.run(main)
