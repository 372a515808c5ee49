"""Whose office a question is about: a deputy's, a former one's, a candidate's is not the office itself.

The reader takes the mayor for an answer to who the deputy mayor is: the words differ little.
"""

from __future__ import annotations

import re

_LANGUAGES = frozenset({"id", "ms", "jv", "su", "en"})
"""Of the articles in which these words would be found."""

_HOLDERS = [
    (re.compile(asked, re.IGNORECASE), re.compile(told, re.IGNORECASE))
    for asked, told in (
        (
            r"\b(?:wakil|wabup|wawali|wawalkot|wagub|wapres|timbalan|deputy|vice)\b",
            r"wakil|timbalan|deputi|\b(?:wabup|wawali|wawalkot|wagub|wapres|deputy|vice|represent)",
        ),
        (
            r"\b(?:mantan|eks|bekas|former|ex-)\b",
            r"\b(?:mantan|eks|bekas|purna|pensiunan?|terdahulu|sebelum(?:nya)?|pertama|periode|era|former|ex-|previous|first"
            r"|predecessor|until|retired)\b",
        ),
        (
            r"\b(?:calon|kandidat|candidates?)\b",
            r"calon|kandidat|maju|usung|usul|pilih|pilkada|pilwalkot|pilbup|pilgub|candida|nomin|elect|propos|run",
        ),
        (
            r"\b(?:plt|plh|pjs?|penjabat|pelaksana|acting|interim)\b",
            r"\b(?:plt|plh|pjs?|penjabat|pelaksana|acting|interim|sementara|temporar)",
        ),
    )
]
"""Pairs: the words by which a question asks for such a holder, and those by which a text tells of one."""


def tells_of_holder(question: str, text: str, *, language: str | None) -> bool:
    """Whether a text in that language may tell of whom a question asks for; False where it asks for a deputy,
    say, and the text knows none.
    """
    return language not in _LANGUAGES or all(
        told.search(text) for asked, told in _HOLDERS if asked.search(question)
    )
