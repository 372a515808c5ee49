"""The same question as others would type it: hurried, and in the words of another language."""

from __future__ import annotations

import gzip
import random
import re
from collections import defaultdict
from pathlib import Path

from index.words import stems

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*|\d[\d.,]*|[^\w\s]+")

_HURRIED = {
    "berapa": "brp", "yang": "yg", "dengan": "dgn", "tidak": "gak", "di mana": "dimana", "kapan": "kpn",
    "siapa": "sapa", "untuk": "utk", "tahun": "thn", "dan": "&", "apa saja": "apa aja", "mengapa": "kenapa",
    "sudah": "udah", "saja": "aja", "what is": "whats", "who is": "whos", "you": "u", "are": "r",
}  # fmt: skip

# What a dictionary gives for these is no question: its first sense, or none.
_TO_ENGLISH = {
    "siapa": "who", "siapakah": "who is", "kapan": "when", "kapankah": "when", "dimana": "where",
    "manakah": "which", "mana": "where", "berapa": "how many", "berapakah": "how many", "mengapa": "why",
    "kenapa": "why", "bagaimana": "how", "bagaimanakah": "how", "apa": "what", "apakah": "what is",
    "di": "in", "ke": "to", "dari": "from", "pada": "in", "oleh": "by", "yang": "that", "dan": "and",
    "untuk": "for", "adalah": "is", "itu": "the", "ini": "this", "dengan": "with", "tidak": "not",
    "dalam": "in", "terjadi": "happened", "tahun": "year", "disebut": "called", "nama": "name",
    "jumlah": "number of", "orang": "people", "para": "", "sebuah": "a", "seorang": "a", "dapat": "can",
    "pertama": "first", "terbesar": "largest", "pertama kali": "first", "sejak": "since", "menjadi": "become",
    "wali": "mayor", "bupati": "regent", "pejabat": "officials", "dilantik": "inaugurated",
    "pelantikan": "inauguration", "kota": "city", "kabupaten": "regency", "kecamatan": "district",
}  # fmt: skip
_TO_INDONESIAN = {
    "who": "siapa", "when": "kapan", "where": "di mana", "which": "yang mana", "why": "mengapa",
    "how": "bagaimana", "what": "apa", "many": "berapa", "much": "berapa", "in": "di", "to": "ke",
    "from": "dari", "by": "oleh", "that": "yang", "and": "dan", "for": "untuk", "is": "adalah", "was": "",
    "were": "", "are": "", "did": "", "does": "", "do": "", "the": "", "a": "", "an": "", "of": "",
    "on": "pada", "with": "dengan", "not": "tidak", "year": "tahun", "called": "disebut", "name": "nama",
    "has": "punya",
    "someone": "seseorang", "something": "sesuatu", "first": "pertama", "it": "itu", "he": "dia",
}  # fmt: skip


def hurried(question: str, chance: random.Random) -> str:
    """The question with what haste does to it: no question mark, small letters, slips, short forms."""
    if chance.random() < 0.35:
        question = question.rstrip(" ?")
    if chance.random() < 0.15:
        question = question.lower()
    if chance.random() < 0.08:
        for word, short in _HURRIED.items():
            question = re.sub(rf"\b{word}\b", short, question, flags=re.IGNORECASE)
    if chance.random() < 0.15:
        question = _with_slip(question, chance)
    return question


def _with_slip(question: str, chance: random.Random) -> str:
    """Two neighbouring letters exchanged, or one dropped or doubled, in a word of some length."""
    words = list(re.finditer(r"[^\W\d_]{4,}", question))
    if not words:
        return question
    word = chance.choice(words)
    at = chance.randrange(word.start() + 1, word.end() - 1)
    pair = question[at : at + 2]
    return question[:at] + chance.choice((pair[::-1], pair[1], pair[0] + pair)) + question[at + 2 :]


class Dictionary:
    """Word-by-word translation between English and Indonesian; what it lacks, names foremost, stays.

    Not good prose, but enough for a multilingual model to learn that a question need not share a word with
    its passage (code-switching: Qin et al., 2020).
    """

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        """`pairs` of an English and an Indonesian word."""
        self._to_english: dict[str, list[str]] = defaultdict(list)
        self._to_indonesian: dict[str, list[str]] = defaultdict(list)
        for english, indonesian in pairs:
            self._to_indonesian[english].append(indonesian)
            self._to_english[indonesian].append(english)
            if (stem := stems([indonesian])[0]) != indonesian:
                self._to_english[stem].append(english)

    def foreign(self, question: str, language: str, chance: random.Random) -> str:
        """An Indonesian question in English words, an English one in Indonesian words, others as they are."""
        if language == "id":
            return self._translated(question, _TO_ENGLISH, self._to_english, chance)
        if language == "en":
            return self._translated(question, _TO_INDONESIAN, self._to_indonesian, chance)
        return question

    def _translated(
        self, question: str, fixed: dict[str, str], known: dict[str, list[str]], chance: random.Random
    ) -> str:
        words = []
        for place, word in enumerate(_WORD.findall(question)):
            folded = word.lower()
            if folded in fixed:
                words.append(fixed[folded])
            elif place and word[0].isupper():
                words.append(word)
            else:
                senses = next((known[form] for form in _forms(folded) if form in known), [word])
                words.append(chance.choice(senses[:2]))
        return re.sub(r" ([?.,!]+)", r"\1", " ".join(word for word in words if word))


def _forms(word: str) -> tuple[str, ...]:
    """The word, without a plural or past ending, and its Indonesian stem."""
    english = re.sub(r"(?:ies|es|s|ed|d|ing)$", "", word)
    return (word, word.removesuffix("s"), word.removesuffix("nya"), english, english + "e", stems([word])[0])


def read_dictionary(path: Path) -> Dictionary:
    """A dictionary in dictd's format, as Debian's dict-freedict-eng-ind: `path`.index and `path`.dict.dz."""
    text = gzip.decompress(path.with_name(f"{path.name}.dict.dz").read_bytes())
    pairs = []
    for line in path.with_name(f"{path.name}.index").read_text(encoding="utf-8").splitlines():
        headword, start, length = line.split("\t")[:3]
        if not headword.startswith("00database") and " " not in headword:
            entry = text[_number(start) :][: _number(length)].decode()
            pairs += [(headword.lower(), sense) for sense in _senses(entry)]
    return Dictionary(pairs)


def _senses(entry: str) -> list[str]:
    """The single Indonesian words of an entry's first line of translations."""
    lines = entry.split("\n")
    if len(lines) < 2:
        return []
    found = [sense.strip().lower() for sense in re.split("[,;]", re.sub(r"^\s*\d+\.\s*", "", lines[1]))]
    return [sense for sense in found if re.fullmatch(r"[a-z]+(?: [a-z]+)?", sense)]


_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def _number(digits: str) -> int:
    """Dictd's numbers are in base 64, the most significant digit first."""
    value = 0
    for digit in digits:
        value = value * 64 + _DIGITS.index(digit)
    return value
