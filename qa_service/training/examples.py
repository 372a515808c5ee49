"""Question sets -> what the reader is trained on: question, passage, and where the answer stands in it."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from index.cleaning import clean
from index.passages import TokenCounter, split
from index.records import Span
from qa_service.questions import GoldAnswer, GoldQuestion

_ENOUGH_OVERLAP = 0.4
"""The share of an answer's words that its evidence sentence must hold to be taken for it."""

_TOO_MUCH_OVERLAP = 0.6
"""The share of such an answer's words from which on another passage may answer as well."""


@dataclass(frozen=True, slots=True)
class Example:
    """A question and a passage, under `header` as the index gives it. `language` is the passage's.

    `spans` are where the answer stands in the passage, any of them; none where the passage does not answer.
    `literal` says that a span is the answer itself; else the answer is somewhere inside it, in other words.
    """

    language: str
    question: str
    header: str
    passage: str
    spans: tuple[Span, ...]
    literal: bool = True


class PassageSplitter:
    """Splits contexts as the index does, each once."""

    def __init__(self, count_tokens: TokenCounter) -> None:
        self._count_tokens = count_tokens
        self._known: dict[str, list[Span]] = {}

    def __call__(self, context: str, language: str) -> list[Span]:
        if context not in self._known:
            self._known[context] = split(context, count_tokens=self._count_tokens, language=language)
        return self._known[context]


def as_indexed(question: GoldQuestion) -> GoldQuestion:
    """The question about its context as the index has it, cleaned and with a title.

    Near misses come from the index: nothing but what they say may tell them from answers. An answer moves to
    where it stands now, as the same one of several that are alike; it has no place where none is left.
    """
    context = question.context or ""
    title = "" if question.title == question.question else question.title  # vi_squad2 repeats questions
    page = clean(context, title=title)

    def moved(answer: GoldAnswer) -> GoldAnswer:
        if answer.start < 0:
            return answer
        before = context[: answer.start].count(answer.text)
        places = [match.start() for match in re.finditer(re.escape(answer.text), page.text)]
        return GoldAnswer(text=answer.text, start=places[min(before, len(places) - 1)] if places else -1)

    return question.model_copy(
        update={
            "context": page.text,
            "title": page.title,
            "answers": [moved(answer) for answer in question.answers],
            "evidence": question.evidence and moved(question.evidence),
        }
    )


def examples(question: GoldQuestion, splitter: PassageSplitter, chance: random.Random) -> Iterator[Example]:
    """A passage that answers the question, and one of its context that doesn't, as far as there are any."""
    context = question.context or ""
    passages = splitter(context, question.lang)
    spans = answer_spans(question)
    if question.answerable and not spans:
        return
    within = {place: tuple(_within(spans, place)) for place in passages}
    answering = [place for place, inside in within.items() if inside]
    chosen = [chance.choice(answering)] if answering else []
    silent = [
        place
        for place in passages
        if place not in answering and not holds_answer(context[place.start : place.end], question)
    ]
    # A near passage of an answerable question teaches as an extra; it is all that an unanswerable one has.
    if silent and (not question.answerable or chance.random() < 1 / 3):
        chosen.append(chance.choice(silent))
    for place in chosen:
        yield Example(
            language=question.lang,
            question=question.question,
            header=header(question.title, chance),
            passage=context[place.start : place.end],
            spans=within[place],
            literal=question.evidence is None,
        )


def header(title: str, chance: random.Random) -> str:
    """What the index would put before a passage: its title, and an outlet and a day that are made up.

    Each is there or not by chance alone, for passages that answer and for those that don't: else the header
    would tell which is which.
    """
    day = f"{chance.randint(2015, 2026)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
    byline = f"{chance.choice(_OUTLETS)}, {day}"
    shown = (title if chance.random() < 0.7 else "", byline if chance.random() < 0.4 else "")
    return "".join(f"{part}\n" for part in shown if part)


_NAME_OR_NUMBER = re.compile(r"(?<!^)\b(?:[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)*|\d[\d.,]*\d|\d)\b")

_OUTLETS = (
    "Antara", "Kompas.com", "detikcom", "Tempo", "CNN Indonesia", "Tribun", "SuaraBanten.id", "Radar Bekasi",
    "Republika", "Liputan6", "The Jakarta Post", "BBC", "Reuters",
)  # fmt: skip


def answer_spans(question: GoldQuestion) -> list[Span]:
    """Where the answer stands in the context: the literal answers, or the sentence that backs it."""
    if question.evidence is not None:
        backed = _backs(question.evidence.text, question.answers, share=_ENOUGH_OVERLAP)
        answers = [question.evidence] if backed else []
    else:
        answers = question.answers
    return [Span(each.start, each.start + len(each.text)) for each in answers if each.start >= 0]


def _backs(text: str, answers: Sequence[GoldAnswer], *, share: float) -> bool:
    """Whether the text holds that share of the words of an answer."""
    said = set(text.casefold().split())
    return any(
        len(said & (needed := set(answer.text.casefold().split()))) >= share * len(needed)
        for answer in answers
    )


def _within(spans: Sequence[Span], passage: Span) -> Iterator[Span]:
    """The spans that lie in the passage, counted from its start."""
    for span in spans:
        if passage.start <= span.start and span.end <= passage.end:
            yield Span(span.start - passage.start, span.end - passage.start)


def holds_answer(text: str, question: GoldQuestion) -> bool:
    """Whether an answer stands in the text, or, of one in other words, its evidence or most of its words."""
    if question.evidence is not None and _backs(text, question.answers, share=_TOO_MUCH_OVERLAP):
        return True
    folded = text.casefold()
    evidence = [question.evidence] if question.evidence else []
    return any(answer.text.casefold() in folded for answer in [*question.answers, *evidence])


def against(question: GoldQuestion, *, title: str, passage: str, chance: random.Random) -> Example | None:
    """The question with a passage found for it that doesn't answer; None where the passage may answer."""
    if holds_answer(passage, question):
        return None
    return Example(question.lang, question.question, header(title, chance), passage, spans=())


def with_another_name(example: Example, names: Sequence[str], chance: random.Random) -> Example | None:
    """The example asked about another name or number, so that its passage no longer answers.

    None where the question holds no name or number to exchange.
    """
    own = [match for match in names_and_numbers(example.question) if match in example.passage]
    if not own:
        return None
    old = chance.choice(own)
    numeric = old[0].isdigit()
    others = [name for name in chance.sample(names, min(len(names), 40)) if name[0].isdigit() == numeric]
    new = next((name for name in others if name.casefold() not in example.passage.casefold()), None)
    if new is None:
        return None
    return replace(example, question=example.question.replace(old, new), spans=())


def names_and_numbers(question: str) -> list[str]:
    """Runs of capitalised words beyond the first word, and numbers."""
    return _NAME_OR_NUMBER.findall(question)
