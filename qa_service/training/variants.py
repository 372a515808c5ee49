"""The same question as others would ask it: hurried, and in another language."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from index.records import Span
from qa_service.training.examples import Example

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")

_HURRIED = {
    "berapa": "brp", "yang": "yg", "dengan": "dgn", "tidak": "gak", "di mana": "dimana", "kapan": "kpn",
    "siapa": "sapa", "untuk": "utk", "tahun": "thn", "dan": "&", "apa saja": "apa aja", "mengapa": "kenapa",
    "sudah": "udah", "saja": "aja", "what is": "whats", "who is": "whos", "you": "u", "are": "r",
}  # fmt: skip


def hurried(question: str, chance: random.Random) -> str:
    """The question with what haste does to it: no question mark, small letters, slips, short forms."""
    if chance.random() < 0.35:
        question = question.rstrip(" ?")
    if chance.random() < 0.15:
        question = question.lower()
    if chance.random() < 0.12:
        for word, short in _HURRIED.items():
            question = re.sub(rf"\b{word}\b", short, question, flags=re.IGNORECASE)
    if chance.random() < 0.15:
        question = _with_slip(question, chance)
    return question


def _with_slip(question: str, chance: random.Random) -> str:
    """Two neighbouring letters exchanged, or one dropped or doubled, in a word of some length."""
    words = list(re.finditer(r"[A-Za-z]{4,}", question))
    if not words:
        return question
    word = chance.choice(words)
    at = chance.randrange(word.start() + 1, word.end() - 1)
    pair = question[at : at + 2]
    return question[:at] + chance.choice((pair[::-1], pair[1], pair[0] + pair)) + question[at + 2 :]


def in_other_words(example: Example, words: Glossary) -> Example:
    """The example with its header and passage in the words of the other language, the first span followed."""
    first = example.spans[0] if example.spans else Span(0, 0)
    cuts = (0, first.start), (first.start, first.end), (first.end, len(example.passage))
    before, answer, after = (words.foreign(example.passage[a:b], example.language) for a, b in cuts)
    span = Span(len(before), len(before) + len(answer))
    return replace(
        example,
        header=words.foreign(example.header, example.language),
        passage=before + answer + after,
        spans=(span,) if answer.strip() else (),
    )


Translations = Mapping[str, Sequence[str]]
"""By the id of a question, the question as speakers of other languages ask it."""


def read_translations() -> Translations:
    """Translations of training questions, made for this project: translations.tsv beside this file.

    Each line is the id of a question, a language and the question in it. They are of IDK-MRC's questions (CC
    BY-SA 4.0) and FacQA's (Apache-2.0), and under the licence of the set.
    """
    rows = Path(__file__).with_name("translations.tsv").read_text(encoding="utf-8").splitlines()
    translations: dict[str, list[str]] = {}
    for question_id, _, translation in (row.split("\t") for row in rows):
        translations.setdefault(question_id, []).append(translation)
    return translations


class Glossary:
    """Word-by-word translation between Indonesian and English; what it lacks, names foremost, stays.

    Not good prose, but enough for a multilingual model to learn that a question need not share a word with
    its passage (code-switching: Qin et al., 2020).
    """

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        """`pairs` of an Indonesian and an English word or phrase; of several for one the first is taken.

        A word whose other side is empty is left out in translation.
        """
        self._known: dict[str, dict[str, str]] = {"id": {}, "en": {}}
        for indonesian, english in pairs:
            if indonesian:
                self._known["id"].setdefault(indonesian.lower(), english)
            if english:
                self._known["en"].setdefault(english.lower(), indonesian)
        self._longest = max((side.count(" ") + 1 for pair in pairs for side in pair), default=1)

    def foreign(self, text: str, language: str) -> str:
        """An Indonesian text in English words, an English one in Indonesian words, others as they are."""
        if language not in self._known:
            return text
        known = self._known[language]
        words = list(_WORD.finditer(text))
        said: list[str] = []
        place = at = 0
        while place < len(words):
            taken, translation = self._longest_known(text, words[place : place + self._longest], known)
            said += (text[at : words[place].start()], translation)
            place += taken
            at = words[place - 1].end()
        return re.sub(" {2,}", " ", "".join([*said, text[at:]]))

    def _longest_known(
        self, text: str, words: Sequence[re.Match[str]], known: Mapping[str, str]
    ) -> tuple[int, str]:
        """How many of the words are translated together, and how; the first as it is where none is known."""
        for taken in range(len(words), 0, -1):
            phrase = text[words[0].start() : words[taken - 1].end()].lower()
            for form in (phrase, phrase.removesuffix("nya"), phrase.removesuffix("s")):
                if form in known:
                    return taken, known[form]
        return 1, words[0].group()


def read_glossary() -> Glossary:
    """The words that questions are mostly made of: glossary.tsv beside this file, Indonesian and English."""
    rows = Path(__file__).with_name("glossary.tsv").read_text(encoding="utf-8").splitlines()
    return Glossary([(indonesian, english) for indonesian, english in (row.split("\t") for row in rows)])
