"""A question and the conversation before it -> the ways to read it, by rules; the reader decides.

A question stands alone by what it names and how much it says. Another one is completed by what the
conversation is about: "Kalau di Serang?" puts another place into that, "Kapan?" asks of it anew, and in
"Berapa yang dia lantik?" the person comes in. Putting the turns together as they are would be the simplest,
but then the reader answers the earlier question again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.languages import detect
from index.words import words
from qa_service.answers import Turn
from qa_service.rewording import ASKING, about_whom, completed, names, substituted, without_asking

_KNOWN_LANGUAGES = frozenset({"id", "ms", "jv", "su", "en"})
"""The languages that the rules are for."""

_A_FEW_WORDS = 4
"""Up to so many words, a question in another language may be a follow-up."""

_SOME, _ENOUGH = 2, 4
"""Telling words with which a question that names nobody may stand alone, and does."""

_MOST_WAYS = 3
"""Each is a search and a reading of its own, or two where what it names may not hold."""

LONGEST = 500
"""Characters of a completed question; one that is longer was no follow-up."""

_LEADING = re.compile(
    r"\W*(?:(?:terus|trus|lalu|dan|tapi|nah|oke?|and|but|so|then)\b\W*)*"
    r"(?:(?:(?:bagaimana|gimana|gmn|macam\s+mana)\s+(?:pula\s+)?(?:dengan|kalau|kalo|klo|sama)"
    r"|kalau|kalo|klo|yang|yg|sing|nek|yen|(?:what|how)\s+about)\b\W*)*",
    re.IGNORECASE,
)
"""What leads over from the question before; nothing where it stands at once."""

_PERSON = re.compile(r"\b(?:dia|ia|beliau|dheweke|he|she|him)\b", re.IGNORECASE)

_COURTESY = re.compile(
    r"\W*(?:(?:maka?sih|trims|terima\s+kasih|suwun|nuhun|thanks?|thank\s+you|halo|hai|hi|hello|selamat\s+\w+"
    r"|ya|iya|tidak|nggak|enggak|bukan|salah|betul|benar|sip|oke?|ok|yes|no|banyak|ya|kak|min|very\s+much)\b\W*)+",
    re.IGNORECASE,
)
"""What asks nothing."""

_BACK = re.compile(
    r"\b(?:itu|tersebut|tsb|begitu|tadi|tuh|mereka|sana|situ|iku|kuwi|it|that|this|these|those|there|they"
    r"|them|their|its|his|her)\b",
    re.IGNORECASE,
)
"""What points back where the question itself names nothing."""

_OF_IT = re.compile(
    r"\b(?!(?:ha|ta|berta|pu|mempu|biasa|sebenar|sebelum|selanjut|akhir|misal|khusus|umum|ada|lain)nya\b)"
    r"(\w{3,})nya\b",
    re.IGNORECASE,
)
"""A noun with "-nya", its or the; and the noun alone."""

_END = re.compile(r"[\s?!.…]+$")


@dataclass(frozen=True, slots=True)
class Way:
    """A way to read a question: what to search for, and what it was put together with for that.

    `about` is what the conversation is about then: the question that a further one would follow.
    """

    query: str
    follows: str | None
    about: str


def ways(question: str, history: Sequence[Turn]) -> list[Way]:
    """The ways to read the question, the one to try first at the head; never none, and few."""
    about: str | None = None
    for turn in history:
        if not is_courtesy(turn.question):
            about = _about(turn, _ways(turn.question, about))
    return _ways(question, about)


def is_courtesy(question: str) -> bool:
    """Whether it says no more than thanks, yes or hello."""
    return _COURTESY.fullmatch(question) is not None


def telling_words(question: str) -> list[str]:
    """What the question itself names or tells, folded: without what leads over, asks or points back."""
    leading = _LEADING.match(question)
    bare = without_asking(question[leading.end() :] if leading else question)
    return words(_OF_IT.sub(r"\1", _BACK.sub(" ", _PERSON.sub(" ", bare))))


def _about(turn: Turn, read: Sequence[Way]) -> str:
    """What the conversation is about after a turn that could be read so."""
    if turn.query is None:
        return read[0].about
    return next((way.about for way in read if way.query == turn.query), turn.query)


def _ways(question: str, before: str | None) -> list[Way]:
    alone = Way(question, None, question)
    if before is None:
        return [alone]
    found = _readings(question, before, alone)
    return [way for way in found if len(way.query) <= LONGEST][:_MOST_WAYS] or [alone]


def _readings(question: str, before: str, alone: Way) -> list[Way]:
    if detect(question) not in _KNOWN_LANGUAGES:
        joined = Way(f"{before} {question}", before, before)
        return [alone, joined] if len(words(question)) <= _A_FEW_WORDS else [alone]
    said = _Said.of(question)
    if said.stands_alone or is_courtesy(question):
        return [alone]
    if said.names_another:
        may_be_all = not said.leads_over and said.telling >= _SOME
        return [_with_another(said, before), *([alone] if may_be_all else [])]
    if said.points_to_a_person:
        query = completed(_PERSON.sub(lambda _: about_whom(before), said.rest))
        return [Way(query, before, query), *([alone] if said.names else [])]
    anew = _anew(said, before)
    if said.points_back or said.telling < _SOME:
        return anew
    return [alone, *anew] if said.telling > _SOME else [*anew, alone]


@dataclass(frozen=True, slots=True)
class _Said:
    """A question, and what tells whether it stands alone. `rest` is all but what leads over to it."""

    rest: str
    leads_over: bool
    asks: bool
    names: bool
    points_to_a_person: bool
    points_back: bool
    telling: int

    @classmethod
    def of(cls, question: str) -> _Said:
        leading = _LEADING.match(question)
        rest = question[leading.end() :] if leading else question
        bare = without_asking(rest)
        return cls(
            rest=_END.sub("", rest),
            leads_over=len(rest) < len(question),
            asks=ASKING.search(rest) is not None,
            names=bool(names(rest)),
            points_to_a_person=_PERSON.search(rest) is not None,
            points_back=bool(_BACK.search(bare) or _OF_IT.search(bare)),
            telling=len(words(_BACK.sub(" ", _PERSON.sub(" ", bare)))),
        )

    @property
    def stands_alone(self) -> bool:
        if self.points_to_a_person:
            return False
        if self.leads_over:
            return self.asks and self.names and self.telling > _SOME
        if self.names:
            return self.asks or self.telling > _SOME
        return not self.points_back and self.telling >= _ENOUGH

    @property
    def names_another(self) -> bool:
        """Whether it gives another place, person, number … for the one of the question before."""
        return not self.asks or (self.leads_over and self.names)


def _with_another(said: _Said, before: str) -> Way:
    """The question before with what this one names in place of what it had; asked anew, if this one asks."""
    new = substituted(before, without_asking(said.rest))
    asking = ASKING.search(said.rest)
    query = completed(asking.group(), without_asking(new)) if asking else new
    return Way(query, before, query)


def _anew(said: _Said, before: str) -> list[Way]:
    """This question of what the one before was about, and of whom or what that one named."""
    bare = _OF_IT.sub(r"\1", _BACK.sub(" ", said.rest))
    topics = [without_asking(before), *([" ".join(names(before))] if said.telling else [])]
    queries = dict.fromkeys(completed(bare, topic) for topic in topics if topic)
    return [Way(query, before, before) for query in queries]
