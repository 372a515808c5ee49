"""What the reader is trained on: which questions, in what shares, and what is made of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from qa_service.questions import GoldQuestion, read_questions
from qa_service.training.examples import (
    Example,
    PassageSplitter,
    against,
    as_indexed,
    examples,
    with_another_name,
)
from qa_service.training.negatives import Found, context_id
from qa_service.training.variants import Glossary, Translations, hurried, in_other_words

SEED = 7
"""Of all that is drawn."""


@dataclass(frozen=True, slots=True)
class Share:
    """Of a question set: what part is drawn in an epoch, and for what part of its answerable questions a
    mined near miss is added, and a variant about another name or number."""

    drawn: float
    near_misses: float = 0.0
    other_names: float = 0.0


RECIPE = {
    "idk_mrc": Share(1.0, near_misses=0.25),
    "squad_id": Share(0.25),
    "facqa": Share(1.0, near_misses=0.8, other_names=0.3),
    "id_newsqa": Share(0.25, near_misses=0.7, other_names=0.15),
    "tydiqa_en": Share(0.5, near_misses=0.2, other_names=0.4),
    "qamr_en": Share(0.05, other_names=0.7),
    "vi_squad2": Share(0.25),
}
"""What an epoch is made of; near misses are mined for the sets that ask for them."""

TRANSLATED = 0.5
"""Of the questions that there are translations of, the share that is asked in one, of any passage."""

FOREIGN_QUESTIONS = {"id": 0.12, "en": 0.1}
"""By language, the share of the questions not so asked that the glossary puts into English or Indonesian."""

FOREIGN_PASSAGES = {"id": 0.06, "en": 0.3}
"""By language, the share of the questions still as they were whose passages it puts so instead."""

HELD_OUT = 0.04
"""The share of contexts kept from training, to calibrate on."""


@dataclass(frozen=True, slots=True)
class DrawnQuestion:
    """A question drawn for an epoch, and which negatives go with it."""

    question: GoldQuestion
    near_miss: bool
    other_name: bool


def training_questions(data: Path, name: str) -> list[GoldQuestion]:
    """The questions of `NAME-train`, as the index has their contexts, but those held out, and those whose
    paragraph XQuAD asks about.

    XQuAD's paragraphs are SQuAD's, which squad_id translates; its questions keep SQuAD's ids.
    """
    questions = read_questions(data / f"{name}-train.jsonl.gz")
    validated = {q.id for path in data.glob("xquad_*-valid.jsonl.gz") for q in read_questions(path)}
    seen = {context_id(q) for q in questions if q.id.removeprefix("squad-trans-") in validated}
    return [as_indexed(q) for q in questions if context_id(q) not in seen and not is_held_out(q)]


def is_held_out(question: GoldQuestion) -> bool:
    """Whether the question's context is kept from training, to calibrate on."""
    return int(context_id(question), 16) % 1000 < 1000 * HELD_OUT


def draw_epoch(sets: dict[str, list[GoldQuestion]], epoch: int) -> list[DrawnQuestion]:
    """The questions of an epoch."""
    chance = random.Random(1000 * SEED + epoch)
    return [
        DrawnQuestion(
            question,
            near_miss=question.answerable and chance.random() < share.near_misses,
            other_name=question.answerable and chance.random() < share.other_names,
        )
        for name, share in RECIPE.items()
        for question in chance.sample(sets[name], round(share.drawn * len(sets[name])))
    ]


def build_examples(
    epoch: Sequence[DrawnQuestion],
    found: Found,
    names: Sequence[str],
    translations: Translations,
    words: Glossary,
    splitter: PassageSplitter,
    chance: random.Random,
) -> list[Example]:
    """The examples of an epoch, each question as one person or another would type it."""
    made: list[Example] = []
    for each in epoch:
        own = plain = list(examples(each.question, splitter, chance))
        if each.near_miss:
            others = (
                against(each.question, title=title, passage=passage, chance=chance)
                for title, passage in found[each.question.id]
            )
            near = [example for example in others if example][:6]
            plain = own + chance.sample(near, min(1, len(near)))
        foreign = translations.get(each.question.id, ())
        made += [_asked(example, foreign, words, chance) for example in plain]
        if each.other_name and own and (example := with_another_name(own[0], names, chance)):
            made.append(_asked(example, (), words, chance))  # a translation would name the old name
    return made


def _asked(example: Example, translations: Sequence[str], words: Glossary, chance: random.Random) -> Example:
    """The example as another person would ask, perhaps in another language."""
    question = example.question
    if translations and chance.random() < TRANSLATED:
        question = chance.choice(translations)
    elif chance.random() < FOREIGN_QUESTIONS.get(example.language, 0):
        question = words.foreign(question, example.language).strip()
    elif chance.random() < FOREIGN_PASSAGES.get(example.language, 0):
        example = in_other_words(example, words)
    return replace(example, question=hurried(question, chance))
