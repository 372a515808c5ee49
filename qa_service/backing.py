"""The gate: whether a quote backs a sentence that a language model wrote. What is not shown to is dropped.

    sentence ──▶ its signs the quote's? ──▶ its words a run of the quote's, from where a clause begins?
             ──▶ no "not" lost ──▶ does the reader find the quote's answer in it? ──▶ backed

A sentence may shorten what the quote says: cut what stands before a clause, and what is said on. It adds
nothing, and rearranges nothing: the same words in another order, or voice, make another claim.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from index.records import Hit, Passage, Span
from index.sentences import sentences
from qa_service.agreement import agree
from qa_service.answers import Citation
from qa_service.reader import Reader, Reading
from qa_service.turning import turning

_POINTING_WORDS = "itu ini tersebut para sebanyak sejumlah a an the this these that those"
"""Words that claim nothing, wherever they stand: a sentence may have others of them than its quote."""

_CONTRASTING = frozenset({"sedangkan", "sementara", "tetapi", "tapi", "namun", "but", "while", "whereas"})
"""Words with which, and behind which, a clause begins without a comma."""

_LEADING_ON_WORDS = """
dan serta yang di pada saat ketika setelah usai karena and in on at when after because
"""
"""Words before which a sentence may end: what they lead to is said of a thing that was told."""

_POINTING = frozenset(_POINTING_WORDS.split())
_LEADING_ON = frozenset(_LEADING_ON_WORDS.split())
_SIGNS = frozenset(" .,;:!?()-–—/'\"‘’“”")
_BREAKS = frozenset(",;:!?(-–—")
"""Signs behind which a clause begins. A dot that ends no sentence is of an abbreviation."""

_WORD = re.compile(r"(?:(?<!\S)-(?=\d))?\w+(?:(?:[-‐–'./]|(?<=\d)[,:](?=\d))\w+)*%?|[^\w\s]")
"""A word or a figure with the signs in it (3-1, 1.500, Jum'at, -5, 12,5%), or a sign."""


def backed(
    question: str, claimed: Sequence[tuple[str, Citation]], *, reader: Reader, threshold: float
) -> list[bool]:
    """Of each sentence, whether the quote with it backs it as an answer to the question.

    The reader must find the quote's answer in it; where all of the quote answers, that the sentence does is
    to be as probable as `threshold`.
    """
    sound = [n for n, (sentence, citation) in enumerate(claimed) if adds_nothing(sentence, citation.quote)]
    hits = [_hit(n, *claimed[n]) for n in sound]
    read = {reading.hit.passage.id: reading for reading in (reader.read(question, hits) if hits else ())}
    return [
        n in read and read[n].probability >= threshold and _same_answer(read[n], citation)
        for n, (_, citation) in enumerate(claimed)
    ]


def adds_nothing(sentence: str, quote: str) -> bool:
    """Whether the sentence is a run of the quote's words, from where a clause begins, and nothing that turns
    it is left out.
    """
    said, told = [word for word, _ in _words(sentence)], _words(quote)
    return (
        bool(said)
        and _signs(sentence) <= _signs(quote) | _SIGNS
        and any(_stands_at(at, said, told) for at in range(len(told) - len(said) + 1))
        and turning(quote) <= turning(sentence)
    )


def _signs(text: str) -> set[str]:
    """All characters that are no parts of words."""
    return {sign for sign in unicodedata.normalize("NFKC", text) if not sign.isalnum()}


def _words(text: str) -> list[tuple[str, bool]]:
    """Each word, folded, and whether a clause may begin with it; those that only point are left out."""
    words: list[tuple[str, bool]] = []
    for span in sentences(text):
        begins = True
        folded = unicodedata.normalize("NFKC", text[span.start : span.end]).casefold().replace("’", "'")
        for word in _WORD.findall(folded):
            if word in _BREAKS:
                begins = True
            elif word not in _POINTING | _SIGNS:
                words.append((word, begins or word in _CONTRASTING))
                begins = word in _CONTRASTING
    return words


def _stands_at(at: int, said: Sequence[str], told: Sequence[tuple[str, bool]]) -> bool:
    """Whether these words stand there, from where a clause begins to where one may end."""
    end = at + len(said)
    word, begins = told[end] if end < len(told) else ("", True)
    return (
        told[at][1]
        and (begins or word in _LEADING_ON)
        and all(word == known for word, (known, _) in zip(said, told[at:end], strict=True))
    )


def _hit(n: int, sentence: str, citation: Citation) -> Hit:
    """The sentence as a passage, under its number, of an article that says nothing else."""
    article = replace(citation.article, text=sentence)
    return Hit(Passage(n, article.id, 0, 0, len(sentence), sentence), article, dense=0, lexical=0, score=0)


def _same_answer(reading: Reading, citation: Citation) -> bool:
    if citation.answer == Span(citation.start, citation.end):
        return True  # no words alone answer: that the sentence is made of the quote's own has to do
    article = reading.hit.article
    whole = replace(citation, quote=article.text, start=0, end=len(article.text), article=article)
    return agree(citation, replace(whole, answer=reading.answer))
