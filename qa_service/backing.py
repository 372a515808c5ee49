"""The gate: whether a quote backs a sentence that a language model wrote. What is not shown to is dropped.

    sentence ──▶ its signs and words, the quote's? ──▶ no "not" lost, figures and names as they stand?
             ──▶ does the reader find the quote's answer in it? ──▶ backed

A sentence may shorten and rearrange what the quote says, and add nothing. By its words alone a quote that
backs it is told from one that doesn't, whatever the model was made to say; so they are compared in the
quote's language only, where they can be.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from index.records import Hit, Passage, Span
from index.words import all_words, stems
from qa_service.agreement import agree
from qa_service.answers import Citation
from qa_service.reader import Reader, Reading

_JOINING_WORDS = """
yang dan di ke dari oleh pada untuk dengan dalam adalah ialah yaitu yakni itu ini tersebut para
serta juga sebagai bahwa atas tentang menurut kata ujar sebanyak sejumlah berjumlah jumlah
jumlahnya total totalnya a an the of in on at to by from for with and as that this these those
which who is are was were be been has have had it its there according said says total number
"""
"""What a sentence may have that the quote has not: words that join, report and count, and claim nothing."""

_TURNING_WORDS = """
tidak tak tiada bukan belum tanpa jangan batal gagal tolak menolak tunda menunda larang cegah cabut
henti akan bakal hendak diduga dugaan mungkin jika kalau bila apabila asalkan hampir sekitar kira
nyaris kurang lebih hanya rencana rencananya berencana direncanakan diusulkan diharapkan seharusnya
membantah bantah hoaks not no never none neither nor without cannot will would may might could
should if unless about nearly almost around alleged allegedly only less more than plans planned
expected denied denies hoax refused refuses rejected rejects cancelled canceled postponed failed
fails forbade forbids stopped
"""
"""What turns a sentence into another claim where it is left out, in any form of the word."""

_JOINING = frozenset(_JOINING_WORDS.split())
_TURNING = frozenset(stems(_TURNING_WORDS.split()))
_SIGNS = frozenset(" .,;:!?()-–—/'\"‘’“”")
_NAMES = re.compile(r"[^\W\d_][\w'’-]*(?:\s+[^\W\d_][\w'’-]*)*")


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
    """Whether all that the sentence says stands in the quote, and nothing is lost that turns it."""
    said, told = list(all_words(sentence)), list(all_words(quote))
    return (
        _signs(sentence) <= _signs(quote) | _SIGNS
        and any(word not in _JOINING for word in said)
        and _all_stand(said, told)
        and _TURNING.intersection(stems(told)) <= set(stems(said))
        and _figures_count_the_same(said, told)
        and all(_stands_as_spelled(names, told) for names in _names(sentence))
    )


def _signs(text: str) -> set[str]:
    """All characters that are no parts of words."""
    return {sign for sign in unicodedata.normalize("NFKC", text) if not sign.isalnum()}


def _all_stand(said: Sequence[str], told: Sequence[str]) -> bool:
    """Whether each word stands among those told, maybe in another form; figures and such just so."""
    stemmed = set(stems([word for word in told if word.isalpha()]))
    return all(
        word in told or word in _JOINING or (word.isalpha() and stems([word])[0] in stemmed) for word in said
    )


def _figures_count_the_same(said: Sequence[str], told: Sequence[str]) -> bool:
    """Whether each figure still stands before, or behind, the word that it does in the quote.

    "68 administrator, 162 pengawas" backs no "68 pengawas".
    """
    beside = set(_beside_figures(told))
    figures = [word for word in said if any(map(str.isdigit, word))]
    kept = beside.intersection(_beside_figures(said))
    return all(any(figure in pair for pair in kept) for figure in figures)


def _beside_figures(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each figure with the word before, and with the one behind it, as stems; words that join aside."""
    telling = [word for word in words if word not in _JOINING]
    for pair in pairwise(zip(telling, stems(telling), strict=True)):
        if any(character.isdigit() for word, _ in pair for character in word):
            yield pair[0][1], pair[1][1]


def _names(sentence: str) -> Iterator[str]:
    """Words in a row that begin with capitals, but for the one that begins the sentence."""
    rest = sentence.lstrip("\"'“‘(").partition(" ")[2]
    for match in _NAMES.finditer(rest):
        run: list[str] = []
        for word in [*match.group().split(), ""]:
            if word[:1].isupper():
                run.append(word)
            elif run:
                yield " ".join(run)
                run = []


def _stands_as_spelled(name: str, told: Sequence[str]) -> bool:
    words = list(all_words(name))
    return any(list(told[at : at + len(words)]) == words for at in range(len(told)))


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
