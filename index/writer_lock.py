"""One writer at a time, other processes included."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from index.errors import CorpusError, StoreUnavailable, WriterBusy


@contextmanager
def held(lock: FileLock, *, timeout_s: float) -> Iterator[None]:
    """Hold the lock while the block runs; a thread that holds it may take it again.

    Raises WriterBusy where another keeps it for `timeout_s`, StoreUnavailable where it can't be written.
    """
    try:
        lock.acquire(timeout=timeout_s)
    except Timeout as error:
        raise WriterBusy(
            "another process is writing to the archive: wait until its ingest ends, then try again"
        ) from error
    except OSError as error:
        raise StoreUnavailable(
            f"{lock.lock_file} cannot be locked ({error.strerror}): make the home directory writable"
        ) from error
    try:
        yield
    finally:
        lock.release()


def is_held(lock: Path) -> bool:
    """Whether a process may be writing: also where the file is there and can't be locked. Makes no file."""
    if not lock.exists():
        return False
    try:
        with held(FileLock(lock), timeout_s=0):
            return False
    except CorpusError:
        return True
