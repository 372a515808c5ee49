"""Calibrate a trained reader on questions held out from training, with the embedder of the settings.

    python -m qa_service.calibrate_reader --data ../shared/data/qa

`train_reader` ends with it. To be done again for another embedder (TANYA_MODEL), whose cosines mean something
else, or when searching or calibrating changes: minutes, where training takes hours.
"""

from __future__ import annotations

import json
import random
from contextlib import closing
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from index.store import Store
from qa_service.build import BUNDLED_READER, Index, assemble_index, load_embedder, load_finder
from qa_service.calibration import Calibration, load_calibration
from qa_service.questions import read_questions
from qa_service.reader import SpanFinder
from qa_service.settings import Settings
from qa_service.training.calibrating import calibrated, found_passages, given_contexts, of_found, of_given
from qa_service.training.negatives import index_contexts
from qa_service.training.progress import bars, hears
from qa_service.training.recipe import SEED, is_held_out
from qa_service.training.variants import read_translations

_CALIBRATED_ON = "idk_mrc", "facqa", "tydiqa_en"
"""Sets of answers in the words of the article, so that a quote can be judged."""

_AT_MOST = 200
"""Held-out questions of a set, and translations in all, so that the largest doesn't outweigh the others."""


def main(
    data: Annotated[Path, typer.Option(exists=True, file_okay=False, help="the question sets")],
    reader: Annotated[Path, typer.Option(exists=True, file_okay=False)] = BUNDLED_READER,
    work: Annotated[Path, typer.Option(help="where the index of held-out contexts is kept")] = Path(
        "build/reader"
    ),
) -> None:
    """Calibrate the reader in a folder anew."""
    settings = Settings()
    embedder = load_embedder(settings, print)
    finder = load_finder(reader, settings, print)
    name = load_calibration(reader / "calibration.json").model
    home = work / "held-out"
    with closing(assemble_index(Store.in_home(home), embedder, views_folder=home / "views")) as index:
        keep(*calibrate(finder, index, data, name=name), folder=reader)


def calibrate(
    finder: SpanFinder, index: Index, data: Path, *, name: str
) -> tuple[Calibration, dict[str, dict[str, float]]]:
    """The calibration of the network, and figures of it, on the questions held out.

    Searches are made among the questions' contexts, for the answerable questions and for translations of
    some; of the two the figures are told apart.
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
    with bars() as bar:
        index_contexts(index, [*questions, *foreign], hears(bar, "indexing held-out contexts"))
        found = {
            of: found_passages(finder, bar.track(each, description=f"asking, {of}"), index.retriever, chance)
            for of, each in asked.items()
        }
        read = given_contexts(
            finder, bar.track(questions, description="reading"), index.embedder.count_tokens
        )
    calibration = calibrated(
        read, list(chain.from_iterable(found.values())), model=name, embedder=index.embedder.model_name
    )
    return calibration, {"given": of_given(read, calibration), **of_found(found, calibration)}


def keep(calibration: Calibration, held_out: dict[str, dict[str, float]], *, folder: Path) -> None:
    """Write the calibration and its figures beside the network."""
    for name, value in (("calibration", asdict(calibration)), ("held-out", held_out)):
        (folder / f"{name}.json").write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
