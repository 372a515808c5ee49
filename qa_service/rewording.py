"""A question put in other words: about another place, person or number, or asking something else of it."""

from __future__ import annotations

import re
from collections.abc import Callable

from index.dates import MONTHS, WEEKDAY
from index.places import is_place, places_in
from index.words import words
from qa_service.days import CALENDAR, DAY_NUMBER, RELATIVE
from qa_service.outlets import SAYING
from qa_service.periods import TO

ASKING = re.compile(
    r"\b(?:(?:di|ke|dari)\s*mana(?:kah)?|mana(?:kah)?|apa(?:kah)?(?:\s+itu(?=\s+\w))?"
    r"|(?:siapa|kapan|bila)(?:kah)?"
    r"|(?:berapa(?:kah)?|brp|brapa|pira|piro)(?:\s+(?:orang|banyak|ramai|jumlah|total|lama|kali))?"
    r"|kenapa|knp|mengapa|bagaimana(?:kah)?|gimana|gmn|sapa|sopo|n?gendi|endi|piye|kepriye"
    r"|who|whom|whose|what|which|when|where|why"
    r"|how(?:\s+(?:many|much|old|long|often|far|big|large|tall|high)(?:\s+people)?)?)"
    r"(?:\s+(?:saja|aja))?\b",
    re.IGNORECASE,
)
"""The words that ask."""

# "Jan" and "Mar" are people's names, too.
_MONTH = "|".join(name for name in MONTHS if len(name) > 3 or name in ("mei", "may"))
_WHEN = (
    r"pada|di|dalam|selama|sepanjang|sejak|mulai|dari|antara|sampai|hingga|sebelum|setelah|sesudah"
    r"|in|on|during|since|from|between|until|before|after"
)
_ANY = (
    rf"{RELATIVE}|{CALENDAR}|hari\s+{WEEKDAY}|(?!(?-i:minggu)){WEEKDAY}"
    r"|besok|tomorrow|(?:pekan|minggu|bulan|tahun)\s+depan"
)
_PERIOD = re.compile(
    # No month is in "officials may leave" and "Jan Ethes".
    rf"\b(?:(?P<when>{_WHEN})\s+)?(?!(?-i:may|march)\b|\w{{3}}\s+(?-i:[A-Z]))"
    rf"(?P<days>(?:(?:{_ANY}|{DAY_NUMBER})(?:{TO}|\s+(?:dan|and)\s+))?(?:{_ANY}))(?!\w)",
    re.IGNORECASE,
)
_AT = r"(?:di|ke|dari|oleh|pada|dalam|untuk|tentang|soal|in|at|from|by|for|about|of|ing|neng)"
_BREAK = rf"{_AT}|{SAYING}|yang|yg|sing|dan|and|that|who"

_NAME_WORD = rf"(?!(?:{_MONTH}|{WEEKDAY}|[IVX]+)\b)(?-i:[A-Z])[\w'’-]*"
_NAME = re.compile(rf"\b{_NAME_WORD}(?:\s+{_NAME_WORD})*", re.IGNORECASE)
_REGION = ("Kota ", "Kabupaten ", "Provinsi ", "Pemkot ", "Pemkab ", "Pemprov ", "Pemerintah ")

_HEAD = re.compile(
    rf"\s+(?P<head>.+?)(?=\s+(?:{_BREAK}|(?-i:[A-Z])\w*|did|do|does|is|are|was|were)\b|$)", re.IGNORECASE
)
_LINKING = re.compile(r"^\W*(?:(?:is|are|adalah|yang|sing|kah)\b\W*)+", re.IGNORECASE)
_HELPING = r"(?:is|are|was|were|did|do|does)"
_INVERTED = re.compile(r"(?P<head>.+?)\s+(?P<rest>(?:did|do|does|was|were)\s+.+)", re.IGNORECASE)
_END = re.compile(r"[\s?!.…]+$")


def names(text: str) -> list[str]:
    """The names in the text: capitalised words in a row, but for what begins a sentence, and places."""
    found = []
    for match in _NAME.finditer(text):
        name = match.group()
        if not text[: match.start()].strip(" \"'“‘(¿") and not is_place(name):
            first, _, others = name.partition(" ")
            name = name if others and words(first) else others
        if name:
            found.append(name)
    capitalised = " ".join(found)
    return [*found, *(place for place in places_in(text) if _bare(place) not in capitalised)]


def about_whom(question: str) -> str:
    """Whom the question is about: the last person or office that it names, else as it puts it."""
    several = [name for name in names(question) if " " in name and not _is_region(name)]
    return several[-1] if several else re.sub(rf"^{_HELPING}\s+", "", without_asking(question))


def without_asking(question: str) -> str:
    """What the question is about: all of it but the words that ask."""
    return _LINKING.sub("", _tidy(ASKING.sub(" ", _END.sub("", question))))


def completed(question: str, topic: str = "") -> str:
    """The question, asked of the topic.

    An English topic keeps its own verb: "When was" of "officials did he see" is "When did he see officials".
    """
    inverted = _INVERTED.fullmatch(topic)
    topic = f"{inverted['rest']} {inverted['head']}" if inverted else topic
    if re.match(rf"{_HELPING}\b", topic, re.IGNORECASE):
        question = re.sub(rf"\s{_HELPING}\s*$", "", question, flags=re.IGNORECASE)
    return _tidy(f"{question} {topic}") + "?"


def substituted(question: str, phrase: str) -> str:
    """The question with the phrase in place of what is of its kind there, and at its end where nothing is."""
    question = _END.sub("", question)
    new = (kind(question, phrase) for kind in _KINDS)
    return completed(next(filter(None, new), f"{question} {phrase}"))


def _period(question: str, phrase: str) -> str | None:
    """Another period, where the phrase is no more than one; at the end where the question has none."""
    new = _PERIOD.search(phrase)
    if new is None or words(phrase[: new.start()] + phrase[new.end() :]):
        return None
    old = _PERIOD.search(question)
    if old is None:
        return f"{question} {phrase}"
    part = "days" if new["when"] is None else 0
    return question[: old.start(part)] + new[part] + question[old.end(part) :]


def _adverbial(question: str, phrase: str) -> str | None:
    """ "di …" for "di …", up to the end of a name, else to the next preposition; "menurut …" for none."""
    at = re.match(rf"(?:{_AT}|(?P<saying>{SAYING}))\b", phrase, re.IGNORECASE)
    if at is None:
        return None
    to = rf"(?:{_NAME.pattern}|.+?(?=\s+(?:{_BREAK})\b|$))"
    old = re.search(rf"\b{at.group()}\s+(?!mana\b){to}", question, re.IGNORECASE)
    if old is None:
        return f"{question} {phrase}" if at["saying"] else None
    return _replaced(question, old, phrase)


def _like_words(question: str, phrase: str) -> str | None:
    """Where the question has some of the phrase's words: "pejabat fungsional" for "pejabat pengawas"."""
    old, new = question.split(), phrase.split()
    shared = [
        sum(
            bool(words(one)) and words(one) == words(other) for one, other in zip(old[at:], new, strict=False)
        )
        for at in range(len(old) - len(new) + 1)
    ]
    if not any(shared):
        return None
    at = shared.index(max(shared))
    return " ".join([*old[:at], phrase, *old[at + len(new) :]])


def _place(question: str, phrase: str) -> str | None:
    """Another place for the last one."""
    new, old = places_in(phrase), places_in(question)
    if not new or not old or _says_more(phrase, new[-1]):
        return None
    found = [*re.finditer(rf"\b{re.escape(_bare(old[-1]))}\b", question, re.IGNORECASE)]
    return _replaced(question, found[-1], _bare(new[-1])) if found else None


def _says_more(phrase: str, place: str) -> bool:
    """Whether the phrase is more than a place: "Bupati Bekasi" names an office."""
    named = rf"\b(?:(?:kota|kabupaten)\s+)?{re.escape(_bare(place))}\b"
    return bool(words(re.sub(named, " ", phrase, flags=re.IGNORECASE)))


def _name(question: str, phrase: str) -> str | None:
    """Another name for the last one, or for its last word: "Serang" in "Wali Kota Bekasi"."""
    given, had = _NAME.search(phrase), [name for name in names(question) if name in question]
    if given is None or not had or words(phrase[: given.start()] + phrase[given.end() :]):
        return None
    new, old = given.group(), had[-1]
    old = old if " " in new else old.rpartition(" ")[2]
    start = question.rindex(old)
    return question[:start] + new + question[start + len(old) :]


def _head(question: str, phrase: str) -> str | None:
    """Another thing that is counted or looked for: what follows the word that asks."""
    asking = ASKING.search(question)
    head = _HEAD.match(question, asking.end()) if asking and not names(phrase) else None
    return question[: head.start("head")] + phrase + question[head.end("head") :] if head else None


_KINDS: tuple[Callable[[str, str], str | None], ...] = (
    _period,
    _adverbial,
    _like_words,
    _place,
    _name,
    _head,
)
"""What a phrase may be of, each with how it replaces its like; the first that finds one counts."""


def _replaced(question: str, old: re.Match[str], new: str) -> str:
    return question[: old.start()] + new + question[old.end() :]


def _bare(place: str) -> str:
    return re.sub(r"^(?:Kota|Kabupaten) ", "", place)


def _is_region(name: str) -> bool:
    return is_place(name) or name.startswith(_REGION)


def _tidy(text: str) -> str:
    return " ".join(text.split())
