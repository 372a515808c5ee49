"""How a question is understood: values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from index.records import Filters


@dataclass(frozen=True, slots=True)
class Period:
    """Days that a question is about, both included; an open end is None, and with both open it is any time.

    `words` are the question's own: "pekan lalu". `is_relative` where they count from the day of asking: only
    articles of those days can answer, while others may well tell of "tahun 2026", or of "tahun lalu".
    """

    start: date | None = None
    end: date | None = None
    words: str = ""
    is_relative: bool = False

    def __bool__(self) -> bool:
        return bool(self.start or self.end)


@dataclass(frozen=True, slots=True)
class Interpretation:
    """How a question was understood: what is searched for and read, and in which articles.

    `query` is the question as it was searched for; `follows` the earlier question that it was put together
    with for that, None where it stands alone. `filters` is all that the search was limited to: what was
    asked for, narrowed by the `period`, `outlets` and `places` that were found in the question. `language`
    is ISO 639; relative dates count from `as_of`.
    """

    language: str
    query: str
    filters: Filters
    as_of: date
    period: Period = field(default_factory=Period)
    outlets: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    follows: str | None = None

    @property
    def is_within_period(self) -> bool:
        """Whether the period limits the search: one of the calendar is let go where it brings no answer."""
        limit = Filters(published_from=self.period.start, published_to=self.period.end)
        return self.filters.narrowed(limit) == self.filters


@dataclass(frozen=True, slots=True)
class Edits:
    """What a person put right in how the question was understood; None leaves it to the rules.

    With a `query`, just that is searched for, and no earlier question is looked at; an empty period, or no
    outlets or places, undoes what the rules found.
    """

    language: str | None = None
    query: str | None = None
    period: Period | None = None
    outlets: tuple[str, ...] | None = None
    places: tuple[str, ...] | None = None


AS_UNDERSTOOD = Edits()
