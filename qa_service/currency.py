"""Whether the archive takes in articles as often as it was said to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from index.store import Store


@dataclass(frozen=True, slots=True)
class Currency:
    """Watches that something arrives in the archive `within` a time; None: whenever it may be."""

    store: Store
    within: timedelta | None

    def overdue(self) -> str | None:
        """What is wrong, as a sentence; None while nothing is. An empty archive is overdue."""
        if self.within is None:
            return None
        arrived = self.store.last_arrival()
        allowed = f"{self.within.total_seconds() / 3600:g} hours"
        if arrived is None:
            return f"No article has arrived yet; one every {allowed} is expected."
        if datetime.now(UTC) - arrived <= self.within:
            return None
        since = arrived.isoformat(timespec="seconds")
        return f"No article has arrived since {since}; one every {allowed} is expected."
