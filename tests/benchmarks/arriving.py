"""Articles that a running service takes in while something else is measured."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import httpx

BATCH = 300
"""Articles of a job."""

_LOOK_EVERY_S = 0.5
_SENTENCES = 16
_WORDS = 14


@dataclass(slots=True)
class Arriving:
    """Jobs, one after the other, and what they stored; `words` is what their articles are made of."""

    client: httpx.AsyncClient
    words: list[str]
    stored: int = 0
    random: random.Random = field(default_factory=lambda: random.Random(0))
    numbers: count[int] = field(default_factory=count)

    async def run(self) -> None:
        """Have articles taken in until it is cancelled; then the job that runs is, too."""
        while True:
            sent = await self.client.post("/articles", json=[self._article() for _ in range(BATCH)])
            sent.raise_for_status()
            job = sent.headers["location"]
            try:
                while (await self.client.get(job)).json()["state"] in ("waiting", "running"):
                    await asyncio.sleep(_LOOK_EVERY_S)
            finally:
                await self.client.delete(job)
                self.stored += (await self.client.get(job)).json()["stored"]

    def _article(self) -> dict[str, str]:
        """Like no other, and about nothing: what is asked is answered by the articles that were there."""
        sentences = (" ".join(self.random.choices(self.words, k=_WORDS)) for _ in range(_SENTENCES))
        return {"title": f"Berita nomor {next(self.numbers)}", "text": ". ".join(sentences) + "."}


@asynccontextmanager
async def arriving(client: httpx.AsyncClient, texts: Path) -> AsyncIterator[Arriving]:
    """While the block runs, articles made of the words of the files in `texts` come in."""
    words = [word for file in sorted(texts.glob("*.txt")) for word in re.findall(r"\w+", file.read_text())]
    jobs = Arriving(client, words)
    running = asyncio.create_task(jobs.run())
    try:
        yield jobs
    finally:
        if running.done():
            await running  # it ends by an error only
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
