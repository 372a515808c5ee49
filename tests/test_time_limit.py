"""A limit of time holds over what can't be cancelled: a resolver that hangs."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from index.time_limit import run_within


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Set once a name is asked for; the answer comes when the test is over."""
    asked, over = threading.Event(), threading.Event()

    def getaddrinfo(*_: object, **__: object) -> list[object]:
        asked.set()
        over.wait(20)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    yield asked
    over.set()


async def resolved() -> object:
    return await asyncio.get_running_loop().getaddrinfo("berita.example", 80)


def test_a_resolver_that_hangs_is_not_waited_for(hanging: threading.Event) -> None:
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        run_within(resolved(), 0.2)
    assert 0.2 <= time.monotonic() - began < 2
    assert hanging.is_set()


def test_what_a_thread_makes_or_raises_comes_back() -> None:
    assert run_within(asyncio.to_thread(int, "269"), 20) == 269
    with pytest.raises(ValueError, match="banyak"):
        run_within(asyncio.to_thread(int, "banyak"), 20)


_LEFT = """
import asyncio, time
from index.time_limit import run_within
try:
    run_within(asyncio.to_thread(time.sleep, 30), 0.1)
except TimeoutError:
    print("late")
"""


def test_a_process_ends_whatever_its_threads_are_at() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", _LEFT], capture_output=True, text=True, check=True, timeout=20
    )
    assert (ran.stdout, ran.stderr) == ("late\n", "")
