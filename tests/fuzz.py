"""`make fuzz`: damaged files and odd requests, other ones each time, for FUZZ_MINUTES (60).

Each round reads some hundred files of each kind (`tests/damage.py`) and sends the API what its contract
allows and forbids (`tests/odd_requests.py`). What breaks is printed with the seed that brings it about again,
and the rest goes on; the exit code is 1 then. Words after the command choose kinds.
"""

from __future__ import annotations

import os
import random
import resource
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.damage import KINDS, LONGEST_S, damaged, require_articles_or_a_refusal
from tests.odd_requests import send_odd_requests

_EXAMPLES = 200
_MEMORY_BYTES = 6 * 2**30
_SHOWN = 4000
"""Characters of what broke."""

_done: Counter[str] = Counter()


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    signal.signal(signal.SIGPROF, _too_long)
    minutes = float(os.environ.get("FUZZ_MINUTES", "60"))
    ends = time.monotonic() + 60 * minutes
    chosen = sys.argv[1:] or [*KINDS, "requests"]
    failures = 0
    while time.monotonic() < ends:
        for name in chosen:
            number = random.randrange(2**32)
            failures += not _holds(name, number)
            if time.monotonic() > ends:
                break
        print(f"{sum(_done.values()):,} so far, {failures} broke: {dict(_done)}", flush=True)
    sys.exit(failures > 0)


def _holds(name: str, number: int) -> bool:
    """Whether nothing breaks in a round with this seed."""
    try:
        if name == "requests":
            _done[name] += send_odd_requests(examples=_EXAMPLES // 10, number=number)
        else:
            _reading(name, number)()
    except Exception:
        print(f"--- {name}, seed {number}:\n{traceback.format_exc()[-_SHOWN:]}", flush=True)
        return False
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return True


def _reading(name: str, number: int) -> Callable[[], None]:
    @seed(number)
    @given(damaged(KINDS[name]) | st.binary(max_size=1000))
    @settings(
        max_examples=_EXAMPLES,
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    def read(content: bytes) -> None:
        _done[name] += 1
        signal.setitimer(signal.ITIMER_PROF, LONGEST_S - 2)
        require_articles_or_a_refusal(KINDS[name], content)

    return read


def _too_long(*_: object) -> None:
    raise TimeoutError("reading takes too long")


if __name__ == "__main__":
    main()
