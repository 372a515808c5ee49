"""What kind of answer a question asks for, told by its question word, and whether a sentence holds one."""

from __future__ import annotations

import re

_NUMBER = re.compile(
    r"\b\d[\d.,]*\b|\b(?:satu|dua|tiga|empat|lima|enam|tujuh|delapan|sembilan|sepuluh|sebelas|belas|puluh"
    r"|ratus|ribu|juta|miliar|triliun)\b",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"\b(?:\d{1,2}/\d{1,2}(?:/\d{2,4})?|(?:19|20)\d\d|senin|selasa|rabu|kamis|jumat|sabtu|minggu|januari"
    r"|februari|maret|april|mei|juni|juli|agustus|september|oktober|november|desember|monday|tuesday"
    r"|wednesday|thursday|friday|saturday|sunday|january|february|march|may|june|july|august|october"
    r"|december|pukul|jam|kemarin|pagi|siang|sore|malam)\b",
    re.IGNORECASE,
)
_PERSON = re.compile(r"\b[A-Z][\w'’.-]+ [A-Z][\w'’.-]*")

# Question words of the languages that are asked in most, each with what an answer holds; the first counts.
# "Bila" and "quand" begin a question, or they mean "if" and "when" in the middle of one.
_KINDS = tuple(
    (re.compile(asks, re.IGNORECASE), kind)
    for asks, kind in (
        (r"\b(?:kapan|kapankah|bilakah|when|cu[aá]ndo|wann)\b|^(?:bila|quand)\b", _TIME),
        (r"متى|何时|什么时候|哪天", _TIME),
        (r"\b(?:tanggal|hari|tahun|bulan|jam) (?:berapa|apa)\b|\bwhat (?:date|day|year|time)\b", _TIME),
        (r"\b(?:berapa\w*|brp|pira|how (?:many|much)|cu[aá]nt[oa]s?)\b|كم|多少|几", _NUMBER),
        (r"\b(?:siapa\w*|sapa|who|whom|qui[eé]n(?:es)?|wer|qui)\b|(?:^| )من (?:هو|هي)|谁", _PERSON),
    )
)


def meets_expectation(question: str, sentence: str) -> bool | None:
    """Whether the sentence holds, beyond what the question says itself, the kind of answer it asks for.

    None where the question asks for no kind that can be told.
    """
    kind = next((kind for asks, kind in _KINDS if asks.search(question)), None)
    if kind is None:
        return None
    said = {match.casefold() for match in kind.findall(question)}
    return any(match.casefold() not in said for match in kind.findall(sentence))
