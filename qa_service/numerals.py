"""Numbers that are spelled out, in Indonesian and English."""

from __future__ import annotations

import re

_DIGITS = "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan"
_ENGLISH_DIGITS = "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"
_TEENS = (
    *("ten", "eleven", "twelve", "thirteen", "fourteen"),
    *("fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"
_VALUES = {
    **{word: n for words in (_DIGITS, _ENGLISH_DIGITS) for n, word in enumerate(words, start=1)},
    **{word: n for n, word in enumerate(_TEENS, start=10)},
    **{word: 10 * n for n, word in enumerate(_TENS, start=2)},
    **{"sepuluh": 10, "sebelas": 11, "seratus": 100},
}
_DIGIT, _ENGLISH_DIGIT = "|".join(_DIGITS), "|".join(_ENGLISH_DIGITS)
_BELOW_100 = rf"(?:sepuluh|sebelas|(?:{_DIGIT})(?:\sbelas|\spuluh(?:\s(?:{_DIGIT}))?)?)\b"
_ENGLISH_BELOW_100 = (
    rf"(?:(?:{'|'.join(_TENS)})(?:[\s-](?:{_ENGLISH_DIGIT}))?|{'|'.join(_TEENS)}|{_ENGLISH_DIGIT})\b"
)
_NUMERAL = re.compile(
    rf"""(?<![\w-])(?<!\bsalah\s)(?!one\b(?!\shundred))(?:
      (?:seratus|(?:{_DIGIT})\sratus)\b(?:\s{_BELOW_100})?
    | (?:{_ENGLISH_DIGIT})\shundred\b(?:(?:\sand)?\s{_ENGLISH_BELOW_100})?
    | {_BELOW_100} | {_ENGLISH_BELOW_100}
    )(?!-?\w)""",
    re.IGNORECASE | re.VERBOSE,
)


def in_figures(text: str) -> str:
    """The text with figures for its numbers below a thousand: "25 orang" for "dua puluh lima orang".

    What is part of a name ("Kelapa Dua", "Tiga Raksa"), stands for some ("salah satu", "one of them") or is
    but about right ("dua-tiga hari") stays.
    """
    return _NUMERAL.sub(_figures, text)


def _figures(match: re.Match[str]) -> str:
    words = match.group()
    after = match.string[match.end() :].lstrip()[:1]
    if words[0].isupper() and (match.start() or after.isupper()):
        return words
    value = last = 0
    for word in re.findall(r"\w+", words.lower()):
        if word in ("ratus", "hundred"):
            value *= 100
        elif word == "puluh":
            value += 9 * last
        else:
            last = 10 if word == "belas" else _VALUES.get(word, 0)
            value += last
    return str(value)
