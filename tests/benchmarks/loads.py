"""Clients that ask a running service: so many at once, each answered before it asks again, or at a rate."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle

import httpx
import numpy as np

TIMEOUT_S = 75
"""Longer than the service takes to say that it gives up."""

WARM = 0.25
"""The share of the time, at its beginning, that isn't measured: queues fill and connections are made."""

MOST_AT_ONCE = 512
"""Questions under way; of an open loop that is this far behind, what comes then has failed."""


@dataclass(slots=True)
class Load:
    """What came of the questions that ended within the `seconds` measured."""

    name: str
    seconds: float
    took_s: list[float] = field(default_factory=list)
    """Of each that was answered, from when it was due."""
    refused: int = 0
    """Told to come again (503)."""
    failed: int = 0

    @property
    def answered_per_s(self) -> float:
        return len(self.took_s) / self.seconds

    def ms(self, percentile: float) -> float:
        """By this percentile of those answered; infinite where none was."""
        return 1000 * float(np.percentile(self.took_s, percentile)) if self.took_s else float("inf")


class Clients:
    """Asks the questions in turn, over and over."""

    def __init__(self, client: httpx.AsyncClient, questions: Sequence[str]) -> None:
        self._client = client
        self._questions: Iterator[str] = cycle(questions)

    async def at_once(self, clients: int, seconds: float) -> Load:
        """A closed loop: each client asks once it is answered, or refused and told to come again."""
        load = Load(f"{clients} clients", seconds)
        begin, end = _times(seconds)

        async def client() -> None:
            while (now := time.monotonic()) < end:
                wait = await self._ask(load, begin, end, due=now)
                await asyncio.sleep(max(0, min(wait, end - time.monotonic())))

        async with asyncio.TaskGroup() as asking:
            for _ in range(clients):
                asking.create_task(client())
        return load

    async def each_second(self, rate: float, seconds: float) -> Load:
        """An open loop: questions come at this rate, at random moments, however long the answers take."""
        load = Load(f"{rate:.1f}/s", seconds)
        begin, end = _times(seconds)
        moments, due = random.Random(0), time.monotonic()
        async with asyncio.TaskGroup() as asking:
            under_way: set[asyncio.Task[float]] = set()
            while (due := due + moments.expovariate(rate)) < end:
                await asyncio.sleep(max(0, due - time.monotonic()))
                if len(under_way) >= MOST_AT_ONCE:
                    load.failed += begin <= due
                    continue
                task = asking.create_task(self._ask(load, begin, end, due=due))
                under_way.add(task)
                task.add_done_callback(under_way.discard)
        return load

    async def ask(self, requests: int, clients: int) -> Load:
        """So many questions in all, by so many clients; none is left out of what is measured."""
        began = time.monotonic()
        load, left = Load(f"{requests:,} requests", 1), iter(range(requests))

        async def client() -> None:
            for _ in left:
                await asyncio.sleep(await self._ask(load, began, float("inf"), due=time.monotonic()))

        async with asyncio.TaskGroup() as asking:
            for _ in range(clients):
                asking.create_task(client())
        load.seconds = time.monotonic() - began
        return load

    async def _ask(self, load: Load, begin: float, end: float, *, due: float) -> float:
        """Ask the next question and count what came of it; how many seconds to wait then."""
        wait = 0.0
        try:
            response = await self._client.post("/ask", json={"question": next(self._questions)})
            status = response.status_code
            wait = float(response.headers.get("retry-after", 0))
        except httpx.HTTPError:
            status = 0
        now = time.monotonic()
        if begin <= now <= end:
            if status == 200:
                load.took_s.append(now - due)
            elif status == 503:
                load.refused += 1
            else:
                load.failed += 1
        return wait


def _times(seconds: float) -> tuple[float, float]:
    """When what is measured begins and ends, after a while in which things get going."""
    begin = time.monotonic() + seconds * WARM
    return begin, begin + seconds
