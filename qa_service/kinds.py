"""The kind of answer that a question asks for, as far as its words tell: a number, a sum, a time."""

from __future__ import annotations

import re

from index.dates import MONTH, WEEKDAY
from qa_service.rewording import ASKING

_WANTS_NUMBER = re.compile(r"\b(?:berapa|brp|brapa|pira|piro|how\s+(?!come))", re.IGNORECASE)
_WANTS_TIME = re.compile(r"\b(?:kapan|bila(?:kah)?\b|when|tanggal\s)", re.IGNORECASE)

_WANTS_SUM = re.compile(
    r"(?:berapa(?:kah)?|brp|pira)\s+(?:harga|biaya|ongkos|nilai|anggaran|gaji|dana)\b|how\s+much\b"
    r"|what\s+(?:\w+\s+){0,2}cost\b",
    re.IGNORECASE,
)

_FIGURE = re.compile(
    r"\d|(?i:\b(?:ratus|ribu|juta|miliar|triliun|gratis|hundred|thousand|million|billion|free)\b)"
)
_NUMBER = re.compile(
    r"\d|\b[IVX]+\b|(?i:\b(?:satu|dua|tiga|empat|lima|enam|tujuh|delapan|lapan|sembilan"
    r"|se(?:puluh|belas|ratus|ribu|juta)|setengah|separuh|belasan|puluhan|ratusan|ribuan|jutaan|pertama|kedua|ketiga|ke\w+(?:puluh|belas)"
    r"|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|half|dozens?|hundreds?|thousands?"
    r"|millions?|first|second|third|fourth|fifth)\b)"
)
_TIME = re.compile(
    rf"\d|(?i:\b(?:{MONTH}|{WEEKDAY}|kemarin|besok|lusa|hari|pekan|bulan|tahun|pagi|siang|sore|malam|subuh"
    r"|yesterday|today|tomorrow|week|month|year|morning|noon|afternoon|evening|night)\b)"
)


def is_of_kind(question: str, answer: str) -> bool:
    """Whether the words that answer may be of the kind asked for; no other kind is told."""
    asking = ASKING.search(question)
    if asking is None:
        return True
    asked = question[max(0, asking.start() - len("tanggal ")) : asking.end()]
    if _WANTS_TIME.search(asked):
        return _TIME.search(answer) is not None
    if _WANTS_SUM.search(question, asking.start()):
        return _FIGURE.search(answer) is not None
    return _WANTS_NUMBER.search(asked) is None or _NUMBER.search(answer) is not None
