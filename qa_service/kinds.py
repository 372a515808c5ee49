"""The kind of answer that a question asks for, as far as its words tell: a number, a sum, a time."""

from __future__ import annotations

import re

from index.dates import MONTH, WEEKDAY
from qa_service.rewording import ASKING

_WANTS_NUMBER = re.compile(r"\b(?:berapa|brp|brapa|pira|piro|how\s+(?!come|often))", re.IGNORECASE)
_WANTS_TIME = re.compile(r"\b(?:kapan|bila(?:kah)?\b|when|tanggal\s)", re.IGNORECASE)

_WANTS_SUM = re.compile(
    r"(?:berapa(?:kah)?|brp|pira)\s+(?:harga|biaya|ongkos|nilai|anggaran|gaji|dana)\b|how\s+much\b"
    r"|what\s+(?:\w+\s+){0,2}cost\b",
    re.IGNORECASE,
)

_FIGURE = re.compile(
    r"\d|(?i:\b(?:(?:se)?(?:ratus|ribu|juta|miliar|triliun)|gratis|hundred|thousand|million|billion|free)\b)"
)
_UNIT = r"(?:menit|jam|hari|pekan|minggu|bulan|tahun|malam)"
_NUMBER = re.compile(
    r"\d|\b[IVX]+\b|(?i:\b(?:(?:ke|seper)?(?:satu|dua|tiga|empat|lima|enam|tujuh|delapan|lapan|sembilan)(?:nya)?"
    rf"|se(?:puluh|belas|ratus|ribu|juta|orang|kali|{_UNIT}(?:an)?)|setengah|separuh|belasan|puluhan|ratusan|ribuan"
    r"|jutaan|pertama|ke\w+(?:puluh|belas)"
    r"|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|half|dozens?|hundreds?|thousands?"
    r"|millions?|first|second|third|fourth|fifth|once|twice|an?\s+(?:minute|hour|day|night|week|month|year))\b)"
)
_TIME = re.compile(
    rf"\d|(?i:\b(?:{MONTH}|{WEEKDAY}|kemarin|besok|lusa|{_UNIT}|se{_UNIT}(?:an)?|pagi|siang|sore|subuh"
    r"|lebaran|idul\s*(?:fitri|adha)|ramadh?an|natal|abad|zaman|masa|usia|setelah|sesudah|usai|saat|ketika|sebelum|sejak"
    r"|yesterday|today|tomorrow|week|month|year|morning|noon|afternoon|evening|night"
    r"|christmas|after|during|when|before|since)\b)"
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
